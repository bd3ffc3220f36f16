//! The normaliser on bytes that need not be UTF-8.

use crate::vocabulary::Normalizer;
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// `text` normalised, each stretch of valid UTF-8 by itself; bytes that are not valid stay.
pub(super) fn normalize(normalizer: Normalizer, text: &[u8]) -> Cow<'_, [u8]> {
    let Normalizer::Nfc = normalizer;
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let composed = |text: &str| is_nfc_quick(text.chars()) == IsNormalized::Yes;
    if text.utf8_chunks().all(|chunk| composed(chunk.valid())) {
        return Cow::Borrowed(text);
    }
    let mut normalized = Vec::with_capacity(text.len());
    let mut character = [0; 4];
    for chunk in text.utf8_chunks() {
        for composed in chunk.valid().nfc() {
            normalized.extend_from_slice(composed.encode_utf8(&mut character).as_bytes());
        }
        normalized.extend_from_slice(chunk.invalid());
    }
    Cow::Owned(normalized)
}

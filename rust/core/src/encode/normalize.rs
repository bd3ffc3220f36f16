//! Canonical composition (NFC) of a text, and where each byte of the result came from.

use std::ops::Range;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A normalised text.
pub(crate) struct Normalized {
    pub(crate) bytes: Vec<u8>,
    /// In order; each goes on to the next one, and the last is an end mark.
    pieces: Vec<Piece>,
}

/// A part of the text that was left as it is, or changed as a whole.
#[derive(Clone, Copy)]
struct Piece {
    normalized: usize,
    original: usize,
    changed: bool,
}

/// Whether no character before it can change what becomes of this one and those after it.
pub(crate) fn begins_segment(character: char) -> bool {
    canonical_combining_class(character) == 0 && is_nfc_quick(std::iter::once(character)) == IsNormalized::Yes
}

/// The text in NFC; `None` where it is in NFC already. Bytes that are not UTF-8 stay as they are, and nothing composes across them.
pub(crate) fn nfc(text: &[u8]) -> Option<Normalized> {
    if text.is_ascii()
        || text
            .utf8_chunks()
            .all(|chunk| is_nfc_quick(chunk.valid().chars()) == IsNormalized::Yes)
    {
        return None;
    }
    let mut result = Normalized {
        bytes: Vec::with_capacity(text.len()),
        pieces: Vec::new(),
    };
    let mut original = 0;
    for chunk in text.utf8_chunks() {
        let mut segment = 0;
        let valid = chunk.valid();
        let ends = valid
            .char_indices()
            .filter(|&(_, character)| begins_segment(character));
        for end in ends.map(|(place, _)| place).chain([valid.len()]) {
            if segment < end {
                result.add(&valid[segment..end], original + segment);
            }
            segment = end;
        }
        original += valid.len();
        if !chunk.invalid().is_empty() {
            result.keep(chunk.invalid(), original);
        }
        original += chunk.invalid().len();
    }
    result.pieces.push(Piece {
        normalized: result.bytes.len(),
        original,
        changed: true,
    });
    Some(result)
}

impl Normalized {
    fn add(&mut self, segment: &str, original: usize) {
        if is_nfc_quick(segment.chars()) == IsNormalized::Yes || segment.nfc().eq(segment.chars()) {
            return self.keep(segment.as_bytes(), original);
        }
        self.pieces.push(Piece {
            normalized: self.bytes.len(),
            original,
            changed: true,
        });
        for character in segment.nfc() {
            self.bytes
                .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn keep(&mut self, bytes: &[u8], original: usize) {
        if self.pieces.last().is_none_or(|piece| piece.changed) {
            self.pieces.push(Piece {
                normalized: self.bytes.len(),
                original,
                changed: false,
            });
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Where a range of the normalised text came from; a part of a changed piece came from all of it.
    pub(crate) fn original(&self, range: Range<usize>) -> Range<usize> {
        let piece_at = |place: usize| {
            let index = self.pieces.partition_point(|piece| piece.normalized <= place);
            index.saturating_sub(1)
        };
        let first = self.pieces[piece_at(range.start)];
        let start = if first.changed {
            first.original
        } else {
            first.original + (range.start - first.normalized)
        };
        if range.is_empty() {
            return start..start;
        }
        let last = piece_at(range.end - 1);
        let end = if self.pieces[last].changed {
            self.pieces.get(last + 1).map_or(start, |next| next.original)
        } else {
            self.pieces[last].original + (range.end - self.pieces[last].normalized)
        };
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn composes_and_remembers() {
        assert!(nfc("déjà vu".as_bytes()).is_none());
        let text = "ae\u{301}b\u{212B}c".as_bytes();
        let normalized = nfc(text).expect("not in NFC");
        assert_eq!(normalized.bytes, "aéb\u{C5}c".as_bytes());
        assert_eq!(normalized.original(0..1), 0..1);
        assert_eq!(normalized.original(1..2), 1..4);
        assert_eq!(normalized.original(2..3), 1..4);
        assert_eq!(normalized.original(3..4), 4..5);
        assert_eq!(normalized.original(4..7), 5..9);
        assert_eq!(normalized.original(0..7), 0..9);
    }

    #[test]
    fn bytes_that_are_not_utf8_stay() {
        let normalized = nfc(b"e\xCC\x81\xFFe\xFF\xCC\x81").expect("not in NFC");
        assert_eq!(normalized.bytes, b"\xC3\xA9\xFFe\xFF\xCC\x81");
        assert_eq!(normalized.original(2..7), 3..8);
    }

    proptest! {
        #[test]
        fn as_the_whole_at_once(text in "[ae\u{301}\u{323}\u{308}\u{1100}\u{1161}\u{11A8}\u{AC00}\u{212B}\u{958}é]{0,12}") {
            let expected: String = text.nfc().collect();
            match nfc(text.as_bytes()) {
                None => prop_assert_eq!(text, expected),
                Some(normalized) => {
                    prop_assert_eq!(&normalized.bytes, expected.as_bytes());
                    prop_assert_eq!(normalized.original(0..normalized.bytes.len()), 0..text.len());
                }
            }
        }
    }
}

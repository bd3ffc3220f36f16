//! What is done to a text before it is split, and where each byte of the result came from.
//!
//! Bytes that are not UTF-8 stay as they are, and nothing composes across them. Texts that a normaliser leaves alone, nearly all of
//! them, are not copied.

use crate::vocabulary::Normalizer;
use std::ops::Range;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{
    IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfd_quick, is_nfkc_quick, is_nfkd_quick,
};

/// A text that a normaliser changed.
pub(crate) struct Normalized {
    pub(crate) bytes: Vec<u8>,
    /// One for each normaliser that changed something, in the order they were applied.
    layers: Vec<Layer>,
}

/// Pieces in order; each goes on to the next one, and the last is an end mark.
type Layer = Vec<Piece>;

/// A part of the text that was left as it is, or changed as a whole.
#[derive(Clone, Copy)]
struct Piece {
    normalized: usize,
    original: usize,
    changed: bool,
}

/// The text as `normalizer` leaves it; `None` where that is the text itself.
pub(crate) fn normalize(normalizer: &Normalizer, text: &[u8]) -> Option<Normalized> {
    let (bytes, layer) = match normalizer {
        Normalizer::Sequence(all) => return sequence(all, text),
        Normalizer::Nfc => Form::Nfc.apply(text),
        Normalizer::Nfd => Form::Nfd.apply(text),
        Normalizer::Nfkc => Form::Nfkc.apply(text),
        Normalizer::Nfkd => Form::Nfkd.apply(text),
        Normalizer::Lowercase => lowercase(text),
        Normalizer::Replace { pattern, content } => replace(text, pattern.as_bytes(), content.as_bytes()),
        Normalizer::Prepend(content) => prepend(text, content.as_bytes()),
        Normalizer::Strip { left, right } => strip(text, *left, *right),
    }?;
    Some(Normalized {
        bytes,
        layers: vec![layer],
    })
}

/// Whether both sides of a cut between ASCII characters, normalised apart, give the whole normalised.
pub(crate) fn is_local(normalizer: &Normalizer) -> bool {
    match normalizer {
        Normalizer::Prepend(_) | Normalizer::Strip { .. } => false,
        Normalizer::Replace { pattern, .. } => pattern.chars().count() == 1,
        Normalizer::Sequence(all) => all.iter().all(is_local),
        _ => true,
    }
}

fn sequence(all: &[Normalizer], text: &[u8]) -> Option<Normalized> {
    let mut result: Option<Normalized> = None;
    for normalizer in all {
        let input = result.as_ref().map_or(text, |normalized| &normalized.bytes);
        let Some(next) = normalize(normalizer, input) else {
            continue;
        };
        match &mut result {
            None => result = Some(next),
            Some(result) => {
                result.bytes = next.bytes;
                result.layers.extend(next.layers);
            }
        }
    }
    result
}

/// A text on its way to be normalised.
#[derive(Default)]
struct Builder {
    bytes: Vec<u8>,
    pieces: Layer,
    any: bool,
}

impl Builder {
    /// Takes over what stands at `original` as it is.
    fn keep(&mut self, bytes: &[u8], original: usize) {
        if self.pieces.last().is_none_or(|piece| piece.changed) {
            self.begin(original, false);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Puts what follows in the place of something else that begins at `original`.
    fn change(&mut self, original: usize) {
        self.any = true;
        self.begin(original, true);
    }

    fn begin(&mut self, original: usize, changed: bool) {
        self.pieces.push(Piece {
            normalized: self.bytes.len(),
            original,
            changed,
        });
    }

    fn push(&mut self, character: char) {
        self.bytes
            .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn finish(mut self, original: usize) -> Option<(Vec<u8>, Layer)> {
        self.begin(original, true);
        self.any.then_some((self.bytes, self.pieces))
    }
}

/// The four normalisation forms of Unicode.
#[derive(Clone, Copy)]
enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    fn holds(self, characters: impl Iterator<Item = char>) -> bool {
        let answer = match self {
            Self::Nfc => is_nfc_quick(characters),
            Self::Nfd => is_nfd_quick(characters),
            Self::Nfkc => is_nfkc_quick(characters),
            Self::Nfkd => is_nfkd_quick(characters),
        };
        answer == IsNormalized::Yes
    }

    fn of(self, text: &str) -> String {
        match self {
            Self::Nfc => text.nfc().collect(),
            Self::Nfd => text.nfd().collect(),
            Self::Nfkc => text.nfkc().collect(),
            Self::Nfkd => text.nfkd().collect(),
        }
    }

    /// Whether no character before it can change what becomes of this one and those after it.
    fn begins_segment(self, character: char) -> bool {
        canonical_combining_class(character) == 0 && self.holds(std::iter::once(character))
    }

    fn apply(self, text: &[u8]) -> Option<(Vec<u8>, Layer)> {
        if text.is_ascii() || text.utf8_chunks().all(|chunk| self.holds(chunk.valid().chars())) {
            return None;
        }
        let mut result = Builder::default();
        let mut original = 0;
        for chunk in text.utf8_chunks() {
            let valid = chunk.valid();
            let mut segment = 0;
            let ends = valid
                .char_indices()
                .filter(|&(_, character)| self.begins_segment(character));
            for end in ends.map(|(place, _)| place).chain([valid.len()]) {
                if segment < end {
                    self.apply_to_segment(&valid[segment..end], original + segment, &mut result);
                }
                segment = end;
            }
            original += valid.len();
            if !chunk.invalid().is_empty() {
                result.keep(chunk.invalid(), original);
            }
            original += chunk.invalid().len();
        }
        result.finish(text.len())
    }

    fn apply_to_segment(self, segment: &str, original: usize, result: &mut Builder) {
        if !self.holds(segment.chars()) {
            let normalized = self.of(segment);
            if normalized != segment {
                result.change(original);
                result.bytes.extend_from_slice(normalized.as_bytes());
                return;
            }
        }
        result.keep(segment.as_bytes(), original);
    }
}

fn lowercase(text: &[u8]) -> Option<(Vec<u8>, Layer)> {
    let mut result = Builder::default();
    let mut original = 0;
    for chunk in text.utf8_chunks() {
        for (place, character) in chunk.valid().char_indices() {
            let mut lower = character.to_lowercase();
            if lower.len() == 1 && lower.next() == Some(character) {
                result.keep(
                    &chunk.valid().as_bytes()[place..place + character.len_utf8()],
                    original + place,
                );
            } else {
                result.change(original + place);
                character.to_lowercase().for_each(|lower| result.push(lower));
            }
        }
        original += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            result.keep(chunk.invalid(), original);
        }
        original += chunk.invalid().len();
    }
    result.finish(text.len())
}

fn replace(text: &[u8], pattern: &[u8], content: &[u8]) -> Option<(Vec<u8>, Layer)> {
    let mut result = Builder::default();
    let mut start = 0;
    if !pattern.is_empty() {
        for place in memchr::memmem::find_iter(text, pattern) {
            if start < place {
                result.keep(&text[start..place], start);
            }
            result.change(place);
            result.bytes.extend_from_slice(content);
            start = place + pattern.len();
        }
    }
    if start < text.len() {
        result.keep(&text[start..], start);
    }
    result.finish(text.len())
}

fn prepend(text: &[u8], content: &[u8]) -> Option<(Vec<u8>, Layer)> {
    if text.is_empty() || content.is_empty() {
        return None;
    }
    let mut result = Builder::default();
    result.change(0);
    result.bytes.extend_from_slice(content);
    result.keep(text, 0);
    result.finish(text.len())
}

fn strip(text: &[u8], left: bool, right: bool) -> Option<(Vec<u8>, Layer)> {
    let mut chunks = text.utf8_chunks();
    let first = chunks.next()?;
    let mut start = 0;
    if left {
        start = first.valid().len() - first.valid().trim_start().len();
    }
    let last = chunks.last().unwrap_or(first);
    let mut end = text.len();
    if right && last.invalid().is_empty() {
        end -= last.valid().len() - last.valid().trim_end().len();
    }
    let end = end.max(start);
    if end - start == text.len() {
        return None;
    }
    let mut result = Builder {
        any: true,
        ..Builder::default()
    };
    result.keep(&text[start..end], start);
    result.finish(end)
}

impl Normalized {
    /// Where a range of the normalised text came from; a part of a changed piece came from all of it.
    pub(crate) fn original(&self, range: Range<usize>) -> Range<usize> {
        self.layers
            .iter()
            .rev()
            .fold(range, |range, layer| original(layer, range))
    }
}

fn original(pieces: &[Piece], range: Range<usize>) -> Range<usize> {
    let piece_at = |place: usize| {
        let index = pieces.partition_point(|piece| piece.normalized <= place);
        index.saturating_sub(1)
    };
    let first = pieces[piece_at(range.start)];
    let start = if first.changed {
        first.original
    } else {
        first.original + (range.start - first.normalized)
    };
    if range.is_empty() {
        return start..start;
    }
    let last = piece_at(range.end - 1);
    let end = if pieces[last].changed {
        pieces.get(last + 1).map_or(start, |next| next.original)
    } else {
        pieces[last].original + (range.end - pieces[last].normalized)
    };
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(normalizer: &Normalizer, text: &str) -> Option<Vec<u8>> {
        normalize(normalizer, text.as_bytes()).map(|normalized| normalized.bytes)
    }

    #[test]
    fn composes_and_remembers() {
        assert!(normalize(&Normalizer::Nfc, "déjà vu".as_bytes()).is_none());
        let text = "ae\u{301}b\u{212B}c".as_bytes();
        let normalized = normalize(&Normalizer::Nfc, text).expect("not in NFC");
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
        let text = b"e\xCC\x81\xFFe\xFF\xCC\x81";
        let normalized = normalize(&Normalizer::Nfc, text).expect("not in NFC");
        assert_eq!(normalized.bytes, b"\xC3\xA9\xFFe\xFF\xCC\x81");
        assert_eq!(normalized.original(2..7), 3..8);
        let lower = normalize(&Normalizer::Lowercase, b"\xFFA\xC3").expect("has a capital");
        assert_eq!(lower.bytes, b"\xFFa\xC3");
    }

    #[test]
    fn each_does_what_its_name_says() {
        assert_eq!(bytes(&Normalizer::Lowercase, "aß"), None);
        assert_eq!(bytes(&Normalizer::Lowercase, "İÀ"), Some("i̇à".into()));
        assert_eq!(bytes(&Normalizer::Nfkd, "ﬁé"), Some("fie\u{301}".into()));
        assert_eq!(bytes(&Normalizer::Nfkc, "ﬁé"), Some("fié".into()));
        assert_eq!(bytes(&Normalizer::Nfd, "é"), Some("e\u{301}".into()));
        let spaces = Normalizer::Replace {
            pattern: " ".into(),
            content: "▁".into(),
        };
        assert_eq!(bytes(&spaces, "a b "), Some("a▁b▁".into()));
        assert_eq!(bytes(&spaces, "ab"), None);
        assert_eq!(bytes(&Normalizer::Prepend("▁".into()), ""), None);
        assert_eq!(
            bytes(
                &Normalizer::Strip {
                    left: true,
                    right: false
                },
                " \u{A0}a "
            ),
            Some("a ".into())
        );
        assert_eq!(
            bytes(
                &Normalizer::Strip {
                    left: true,
                    right: true
                },
                "  \n"
            ),
            Some("".into())
        );
        assert_eq!(
            bytes(
                &Normalizer::Strip {
                    left: false,
                    right: true
                },
                "a"
            ),
            None
        );
    }

    #[test]
    fn a_sequence_remembers_through_all_its_steps() {
        let all = Normalizer::Sequence(vec![
            Normalizer::Strip {
                left: true,
                right: true,
            },
            Normalizer::Prepend("▁".into()),
            Normalizer::Replace {
                pattern: " ".into(),
                content: "▁".into(),
            },
            Normalizer::Nfc,
        ]);
        let normalized = normalize(&all, "  a e\u{301} ".as_bytes()).expect("changed");
        assert_eq!(normalized.bytes, "▁a▁é".as_bytes());
        assert_eq!(normalized.original(0..3), 2..2);
        assert_eq!(normalized.original(3..4), 2..3);
        assert_eq!(normalized.original(4..7), 3..4);
        assert_eq!(normalized.original(7..9), 4..7);
    }

    proptest! {
        #[test]
        fn as_the_whole_at_once(text in "[ae\u{301}\u{323}\u{308}\u{1100}\u{1161}\u{11A8}\u{AC00}\u{212B}\u{958}éﬁ]{0,12}") {
            let forms: [(Normalizer, String); 4] = [
                (Normalizer::Nfc, text.nfc().collect()),
                (Normalizer::Nfd, text.nfd().collect()),
                (Normalizer::Nfkc, text.nfkc().collect()),
                (Normalizer::Nfkd, text.nfkd().collect()),
            ];
            for (form, expected) in forms {
                match normalize(&form, text.as_bytes()) {
                    None => prop_assert_eq!(&text, &expected),
                    Some(normalized) => {
                        prop_assert_eq!(&normalized.bytes, expected.as_bytes());
                        prop_assert_eq!(normalized.original(0..normalized.bytes.len()), 0..text.len());
                    }
                }
            }
        }
    }
}

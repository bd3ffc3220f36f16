//! Unicode's normalisation forms.

use super::alignment::{Edits, Normalized};
use unicode_normalization::char::{canonical_combining_class, decompose_canonical, decompose_compatible};
use unicode_normalization::{
    IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfd_quick, is_nfkc_quick, is_nfkd_quick,
};

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    pub(super) fn apply(self, text: &[u8]) -> Option<Normalized> {
        // Most texts are in order.
        if text.is_ascii() || text.utf8_chunks().all(|chunk| self.holds(chunk.valid())) {
            return None;
        }
        let mut edits = Edits::new(text.len());
        for chunk in text.utf8_chunks() {
            let mut segment = 0;
            let valid = chunk.valid();
            let ends = valid
                .char_indices()
                .filter(|&(_, character)| self.begins_segment(character));
            for end in ends.map(|(place, _)| place).chain([valid.len()]) {
                self.add(&valid[segment..end], &mut edits);
                segment = end;
            }
            edits.keep(chunk.invalid());
        }
        edits.finish()
    }

    fn add(self, segment: &str, edits: &mut Edits) {
        if self.holds(segment) {
            return edits.keep(segment.as_bytes());
        }
        let new: String = match self {
            Self::Nfc => segment.nfc().collect(),
            Self::Nfd => segment.nfd().collect(),
            Self::Nfkc => segment.nfkc().collect(),
            Self::Nfkd => segment.nfkd().collect(),
        };
        if new == segment {
            edits.keep(segment.as_bytes());
        } else {
            edits.replace(segment.len(), new.as_bytes());
        }
    }

    /// Whether a text is certainly in this form.
    fn holds(self, text: &str) -> bool {
        let quick = match self {
            Self::Nfc => is_nfc_quick(text.chars()),
            Self::Nfd => is_nfd_quick(text.chars()),
            Self::Nfkc => is_nfkc_quick(text.chars()),
            Self::Nfkd => is_nfkd_quick(text.chars()),
        };
        quick == IsNormalized::Yes
    }

    /// Whether nothing before a character changes what becomes of it and of what follows: its decomposition begins with a starter that does not
    /// compose with anything before it.
    fn begins_segment(self, character: char) -> bool {
        if character.is_ascii() {
            return true;
        }
        let mut first = None;
        let emit = |part: char| first = first.or(Some(part));
        match self {
            Self::Nfc | Self::Nfd => decompose_canonical(character, emit),
            Self::Nfkc | Self::Nfkd => decompose_compatible(character, emit),
        }
        let first = first.unwrap_or(character);
        canonical_combining_class(first) == 0
            && (matches!(self, Self::Nfd | Self::Nfkd)
                || is_nfc_quick([first].into_iter()) == IsNormalized::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn composes_and_remembers() {
        assert!(Form::Nfc.apply("déjà vu".as_bytes()).is_none());
        let text = "ae\u{301}b\u{212B}c".as_bytes();
        let normalized = Form::Nfc.apply(text).expect("not in NFC");
        assert_eq!(normalized.bytes, "aéb\u{C5}c".as_bytes());
        for (range, original) in [
            (0..1, 0..1),
            (1..2, 1..4),
            (2..3, 1..4),
            (3..4, 4..5),
            (4..7, 5..9),
            (0..7, 0..9),
        ] {
            assert_eq!(normalized.original(range), original);
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_stay() {
        let normalized = Form::Nfc
            .apply(b"e\xCC\x81\xFFe\xFF\xCC\x81")
            .expect("not in NFC");
        assert_eq!(normalized.bytes, b"\xC3\xA9\xFFe\xFF\xCC\x81");
        assert_eq!(normalized.original(2..7), 3..8);
    }

    proptest! {
        #[test]
        fn as_the_whole_at_once(
            text in "[aeéﬁ\u{301}\u{323}\u{308}\u{344}\u{F71}\u{F73}\u{F72}\u{1100}\u{1161}\u{11A8}\u{AC00}\u{212B}\u{958}\u{FB1D}\u{FDFA}]{0,12}",
        ) {
            for form in [Form::Nfc, Form::Nfd, Form::Nfkc, Form::Nfkd] {
                let expected: String = match form {
                    Form::Nfc => text.nfc().collect(),
                    Form::Nfd => text.nfd().collect(),
                    Form::Nfkc => text.nfkc().collect(),
                    Form::Nfkd => text.nfkd().collect(),
                };
                match form.apply(text.as_bytes()) {
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

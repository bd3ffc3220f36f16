//! Unicode's normalisation forms, as `tokenizers` has them: its tables are of Unicode 9, and a character that came later is left as it is
//! and parts what stands around it.

use super::alignment::{Edits, Normalized};
use regex_syntax::hir::{Class, Hir, HirKind};
use std::ops::Range;
use std::sync::OnceLock;
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

/// Beyond this every character is inert or came after Unicode 9.
const TABLE_END: usize = 0x3_0000;

/// A bit for each character below [`TABLE_END`]: set where a form leaves it alone, whatever stands before it.
type Inert = [u64];

impl Form {
    pub(super) fn apply(self, text: &[u8]) -> Option<Normalized> {
        let inert = self.inert();
        let mut edits: Option<Edits> = None;
        let mut done = 0;
        let mut base = 0;
        let mut buffer = String::new();
        for chunk in text.utf8_chunks() {
            let valid = chunk.valid();
            let mut at = 0;
            while let Some(stretch) = next_stretch(valid, at, inert) {
                at = stretch.end;
                for segment in self.segments(valid, stretch) {
                    let old = &valid[segment.clone()];
                    if self.holds(old) {
                        continue;
                    }
                    buffer.clear();
                    self.write(old, &mut buffer);
                    if buffer != old {
                        let edits = edits.get_or_insert_with(|| Edits::new(text.len()));
                        edits.keep(&text[done..base + segment.start]);
                        edits.replace(segment.len(), buffer.as_bytes());
                        done = base + segment.end;
                    }
                }
            }
            base += valid.len() + chunk.invalid().len();
        }
        let mut edits = edits?;
        edits.keep(&text[done..]);
        edits.finish()
    }

    /// A stretch, cut where nothing before a character changes what becomes of it and of what follows.
    fn segments(self, text: &str, stretch: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let starts = text[stretch.clone()].char_indices().skip(1);
        let cuts = starts.filter(move |(_, character)| self.begins_segment(*character));
        let ends = cuts.map({
            let start = stretch.start;
            move |(length, _)| start + length
        });
        ends.chain([stretch.end]).scan(stretch.start, |start, end| {
            let segment = *start..end;
            *start = end;
            Some(segment)
        })
    }

    /// Whether the decomposition of a character begins with a starter that does not compose with anything before it.
    fn begins_segment(self, character: char) -> bool {
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

    fn write(self, text: &str, out: &mut String) {
        match self {
            Self::Nfc => out.extend(text.nfc()),
            Self::Nfd => out.extend(text.nfd()),
            Self::Nfkc => out.extend(text.nfkc()),
            Self::Nfkd => out.extend(text.nfkd()),
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

    /// Made at the first use, in some milliseconds.
    fn inert(self) -> &'static Inert {
        static TABLES: [OnceLock<Vec<u64>>; 4] = [const { OnceLock::new() }; 4];
        TABLES[self as usize].get_or_init(|| {
            let mut table = vec![u64::MAX; TABLE_END / 64];
            let codes = 0x80..TABLE_END;
            for character in codes.filter_map(|code| char::from_u32(u32::try_from(code).ok()?)) {
                let starter = canonical_combining_class(character) == 0;
                if !starter || !self.holds(character.encode_utf8(&mut [0; 4])) {
                    table[character as usize / 64] &= !(1 << (character as usize % 64));
                }
            }
            for (start, end) in later() {
                for code in *start as usize..(*end as usize + 1).min(TABLE_END) {
                    table[code / 64] |= 1 << (code % 64);
                }
            }
            table
        })
    }
}

/// The next part from `at` on that a form may change: characters that are not inert, and the one before them, which may change with what
/// follows it (`e` before an accent).
fn next_stretch(text: &str, at: usize, inert: &Inert) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut place = at;
    let mut before = None;
    loop {
        if let Some(eight) = bytes.get(place..place + 8)
            && eight.is_ascii()
        {
            place += 8;
            before = Some((place - 1, 'a'));
            continue;
        }
        let character = text[place..].chars().next()?;
        if !is_inert(inert, character) {
            break;
        }
        before = Some((place, character));
        place += character.len_utf8();
    }
    let start = match before {
        Some((start, character)) if !came_later(character) => start,
        _ => place,
    };
    let end = text[place..]
        .char_indices()
        .find(|(_, character)| is_inert(inert, *character));
    Some(start..end.map_or(text.len(), |(length, _)| place + length))
}

fn is_inert(inert: &Inert, character: char) -> bool {
    let code = character as usize;
    code >= TABLE_END || inert[code / 64] >> (code % 64) & 1 == 1
}

/// The characters that Unicode 9 did not have, as ranges.
fn later() -> &'static [(char, char)] {
    static LATER: OnceLock<Vec<(char, char)>> = OnceLock::new();
    LATER.get_or_init(|| match regex_syntax::parse(r"\P{Age=9.0}").map(Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        _ => Vec::new(),
    })
}

fn came_later(character: char) -> bool {
    let later = later();
    let range = later.partition_point(|(_, end)| *end < character);
    later.get(range).is_some_and(|(start, _)| *start <= character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::normalize::normalize;
    use crate::vocabulary::Normalizer;
    use proptest::prelude::*;

    fn applied(form: Form, text: &str) -> String {
        let normalized = form
            .apply(text.as_bytes())
            .map_or_else(|| text.into(), |normalized| normalized.bytes);
        String::from_utf8(normalized).expect("UTF-8")
    }

    #[test]
    fn composes_and_remembers() {
        assert!(
            Form::Nfc
                .apply("déjà vu, \u{4e2d}\u{ac01}, plain".as_bytes())
                .is_none()
        );
        let text = "ae\u{301}b\u{212B}c".as_bytes();
        let normalized = Form::Nfc.apply(text).expect("not in NFC");
        assert_eq!(normalized.bytes, "aéb\u{C5}c".as_bytes());
        for (range, original) in [
            (0..1, 0..1),
            (1..2, 1..4),
            (2..3, 1..4),
            (2..3, 1..4),
            (3..4, 4..5),
            (4..7, 5..9),
            (0..7, 0..9),
        ] {
            assert_eq!(normalized.original(range.clone()), original, "{range:?}");
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

    #[test]
    fn later_characters_are_left_alone() {
        // U+32FF came with Unicode 12, U+11938 with 13.
        assert_eq!(applied(Form::Nfkc, "\u{32ff}\u{2460}"), "\u{32ff}1");
        assert_eq!(
            applied(Form::Nfd, "\u{11938}\u{301}\u{323}"),
            "\u{11938}\u{323}\u{301}"
        );
        assert!(
            came_later('\u{32ff}') && !came_later('a') && !came_later('\u{1f6f6}') && came_later('\u{1f6f7}')
        );
    }

    fn text() -> impl Strategy<Value = String> {
        let character = prop_oneof![
            any::<char>(),
            prop::char::range('\u{300}', '\u{36f}'),
            prop::char::range('\u{1100}', '\u{11ff}'),
            prop::char::range('a', 'e'),
            prop::char::range('\u{900}', '\u{9ff}'),
            prop::sample::select(vec![
                '\u{344}',
                '\u{f71}',
                '\u{f73}',
                '\u{fb1d}',
                '\u{11938}',
                '\u{1abf}',
                '\u{ac00}',
                '\u{32ff}',
                '\u{1e0d}',
                '\u{212b}',
                'ﬁ',
            ]),
        ];
        prop::collection::vec(character, 0..24).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn as_the_whole_at_once(text in text()) {
            let forms = [
                (Form::Nfc, Normalizer::Nfc),
                (Form::Nfd, Normalizer::Nfd),
                (Form::Nfkc, Normalizer::Nfkc),
                (Form::Nfkd, Normalizer::Nfkd),
            ];
            for (form, normalizer) in forms {
                let expected = normalize(&normalizer, &text);
                prop_assert_eq!(applied(form, &text), expected.as_str());
                if let Some(normalized) = form.apply(text.as_bytes()) {
                    // The whole comes from the whole, and ranges follow each other.
                    prop_assert_eq!(normalized.original(0..expected.len()), 0..text.len());
                    let mut end = 0;
                    for at in 0..expected.len() {
                        let range = normalized.original(at..at + 1);
                        prop_assert!(range.start <= end && range.end >= end, "{range:?} after {end}");
                        end = range.end;
                    }
                }
            }
        }
    }
}

//! Splits text into units: words in lower case, case marks, numbers, blanks, symbols and bytes.
//!
//! A single space before a word or a number is not written where the unit before expects it ([`Spacing`]); where
//! it is expected and missing, a glue unit says so.

use super::characters::{Class, classify, push_lower};
use super::spacing::{DIGITS, LETTERS, NONE, Spacing};
use super::units::{CAPITAL, CAPITALS, GLUE};

/// Longest word in bytes; longer runs of letters are cut and glued, which bounds the work on any input.
pub const MAXIMUM_WORD: usize = 40;
/// Most digits in a number unit.
pub const MAXIMUM_DIGITS: usize = 16;
/// Longest run of blanks in one unit.
const MAXIMUM_BLANKS: usize = 64;

/// Receives the units of a text in order.
pub trait Sink {
    /// A unit that is no word: a byte by itself, [`GLUE`], [`CAPITAL`] or [`CAPITALS`].
    fn unit(&mut self, unit: u32);
    /// A word in lower case, a run of digits, a run of two or more blanks, or one character outside ASCII that is no
    /// letter.
    fn word(&mut self, text: &[u8]);
}

/// Splits `text` into units, in linear time, for any bytes.
pub fn lex(text: &[u8], spacing: &Spacing, sink: &mut impl Sink) {
    let mut expects = NONE;
    let mut lowered = Vec::with_capacity(MAXIMUM_WORD);
    let mut at = 0;
    while at < text.len() {
        let (mut class, mut length) = classify(text, at);
        if class == Class::Blank {
            let run = blanks(text, at);
            if run >= 2 {
                sink.word(&text[at..at + run]);
                at += run;
                expects = NONE;
                continue;
            }
            let byte = text[at];
            let mut implied = false;
            if byte == b' ' && expects != NONE && at + 1 < text.len() {
                let (next, next_length) = classify(text, at + 1);
                let wants = match next {
                    Class::Letter | Class::Upper => LETTERS,
                    Class::Digit => DIGITS,
                    _ => NONE,
                };
                if expects & wants != NONE {
                    implied = true;
                    (class, length) = (next, next_length);
                }
            }
            at += 1;
            if !implied {
                sink.unit(u32::from(byte));
                expects = spacing.after_byte(byte);
                continue;
            }
            // The space is in what the next unit implies: as if nothing were expected.
            expects = NONE;
        }
        match class {
            Class::Letter => {
                if expects & LETTERS != NONE {
                    sink.unit(GLUE);
                }
                let end = letters(text, at, at + length, Class::Letter);
                sink.word(&text[at..end]);
                at = end;
                expects = spacing.words;
            }
            Class::Upper => {
                if expects & LETTERS != NONE {
                    sink.unit(GLUE);
                }
                let mut end = letters(text, at, at + length, Class::Upper);
                let mut all = end > at + length;
                if let Some(last) = last_of_several(text, at, end) {
                    // "XMLParser": the last capital belongs to the next word.
                    if end < text.len() && classify(text, end).0 == Class::Letter {
                        end = last;
                        all = end > at + length;
                    }
                } else {
                    end = letters(text, at, end, Class::Letter);
                }
                sink.unit(if all { CAPITALS } else { CAPITAL });
                lowered.clear();
                push_lower(&text[at..end], &mut lowered);
                sink.word(&lowered);
                at = end;
                expects = spacing.words;
            }
            Class::Digit => {
                if expects & DIGITS != NONE {
                    sink.unit(GLUE);
                }
                let limit = text.len().min(at + MAXIMUM_DIGITS);
                let mut end = at + 1;
                while end < limit && text[end].is_ascii_digit() {
                    end += 1;
                }
                sink.word(&text[at..end]);
                at = end;
                expects = spacing.numbers;
            }
            Class::Symbol => {
                sink.word(&text[at..at + length]);
                at += length;
                expects = NONE;
            }
            Class::Byte | Class::Blank => {
                sink.unit(u32::from(text[at]));
                expects = spacing.after_byte(text[at]);
                at += 1;
            }
        }
    }
}

/// The end of the run of characters of `wanted` class, [`Class::Letter`] or [`Class::Upper`], that goes on at `end`, within the longest word from `start`.
#[inline]
fn letters(text: &[u8], start: usize, mut end: usize, wanted: Class) -> usize {
    let limit = text.len().min(start + MAXIMUM_WORD);
    while end < limit {
        if let Some(eight) = text[end..].first_chunk() {
            let count = ascii_letters(*eight, wanted);
            end += count;
            if end >= limit {
                return limit;
            }
            if count == 8 {
                continue;
            }
            if text[end] < 128 {
                return end;
            }
        }
        let (class, length) = classify(text, end);
        if class != wanted || end + length > limit {
            break;
        }
        end += length;
    }
    end
}

/// How many of eight bytes, from the first on, are ASCII letters of that class.
#[inline]
fn ascii_letters(eight: [u8; 8], wanted: Class) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let first = if wanted == Class::Upper { b'A' } else { b'a' };
    // Sums of seven bits each, whose eighth bit says that the byte is no less than a letter.
    let bytes = u64::from_le_bytes(eight);
    let no_less = |than: u8| (bytes & !HIGH) + u64::from(0x80 - than) * EACH;
    let letters = no_less(first) & !no_less(first + 26) & !bytes & HIGH;
    ((letters ^ HIGH).trailing_zeros() / 8) as usize
}

/// Where the last character of `text[start..end]` begins, if there are at least two.
fn last_of_several(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let mut last = end - 1;
    while last > start && text[last] & 0xC0 == 0x80 {
        last -= 1;
    }
    (last > start).then_some(last)
}

/// The length of the run of blanks at `at`.
#[inline]
fn blanks(text: &[u8], at: usize) -> usize {
    let limit = text.len().min(at + MAXIMUM_BLANKS);
    let mut end = at;
    while end < limit && matches!(text[end], b' ' | b'\t' | b'\n' | b'\r') {
        end += 1;
    }
    end - at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes units readably: glue `_`, capitals `^` and `^^`, words in brackets, bytes as they are.
    #[derive(Default)]
    struct Readable(String);

    impl Sink for Readable {
        fn unit(&mut self, unit: u32) {
            match unit {
                GLUE => self.0.push('_'),
                CAPITAL => self.0.push('^'),
                CAPITALS => self.0.push_str("^^"),
                byte => self.0.push(char::from(byte as u8)),
            }
        }
        fn word(&mut self, text: &[u8]) {
            self.0 += &format!("[{}]", String::from_utf8_lossy(text));
        }
    }

    /// The units of a text with the plain rules.
    fn units(text: &str) -> String {
        let mut sink = Readable::default();
        lex(text.as_bytes(), &Spacing::plain(), &mut sink);
        sink.0
    }

    #[test]
    fn units_of_samples() {
        for (text, expected) in [
            ("", ""),
            ("one two", "[one][two]"),
            ("One TWO X", "^[one]^^[two]^[x]"),
            ("oneTwo XMLParser", "[one]_^[two]^^[xml]_^[parser]"),
            ("a 1 b2 3", "[a][1][b]_[2] [3]"),
            ("no.space, (here)", "[no].[space], ([here])"),
            (" lead", " [lead]"),
            ("two  spaces\n\tx", "[two][  ][spaces][\n\t][x]"),
            ("É é Ж中한 x", "^[é][é]^[ж][中][한] [x]"),
            ("12345678901234567890", "[1234567890123456][7890]"),
        ] {
            assert_eq!(units(text), expected, "{text:?}");
        }
    }

    #[test]
    fn letters_are_counted_as_classified() {
        let count = |text: &[u8], wanted| {
            let is_letter = |&at: &usize| text[at] < 128 && classify(text, at).0 == wanted;
            (0..8).take_while(is_letter).count()
        };
        for byte in 0..=u8::MAX {
            for (other, wanted) in [(b'k', Class::Letter), (b'K', Class::Upper)] {
                for place in 0..8 {
                    let mut text = [other; 8];
                    text[place] = byte;
                    assert_eq!(ascii_letters(text, wanted), count(&text, wanted), "{text:?}");
                    let mut text = [byte; 8];
                    text[place] = other;
                    assert_eq!(ascii_letters(text, wanted), count(&text, wanted), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn words_are_cut() {
        assert_eq!(units(&"a".repeat(81)), format!("[{0}]_[{0}]_[a]", "a".repeat(40)));
        // 13 characters of three bytes fit into 40.
        assert_eq!(units(&"क".repeat(14)), format!("[{}]_[क]", "क".repeat(13)));
    }

    #[test]
    fn spacing_is_learned() {
        let spacing = Spacing::learn([&b"one, two. x(y) - 1,5 a, b"[..]].into_iter());
        assert_eq!(spacing.after_byte(b','), LETTERS);
        assert_eq!(spacing.after_byte(b'('), NONE);
        assert_eq!(spacing.after_byte(b'-'), DIGITS);
        assert_eq!(spacing.after_byte(0xFF), NONE);
    }
}

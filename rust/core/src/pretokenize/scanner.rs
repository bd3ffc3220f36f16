//! The interface of the hand-written scanners, and what they have in common.

use super::classes::{BLANK, Classes, LETTER, LOWER, NEWLINE, NUMBER, OTHER, SPACE, UNCASED, UPPER};

/// A scheme written by hand.
///
/// The pretokens of a text are found by calling `next` from 0 on until the end; where one ends depends on the text from its start on alone.
pub trait Scanner: Send + Sync {
    /// The end of the pretoken that starts at `start`; greater than `start`, or the length of the text where `start` is not below it.
    fn next(&self, text: &[u8], start: usize) -> usize;

    /// The first place at or after `from` where the text may be cut: both sides, which are not empty, give the pretokens of the whole.
    fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize>;
}

/// The first place at or after `from` where every scheme of this folder may be cut.
///
/// None of the schemes looks behind, so the right side is safe wherever a pretoken begins. That leaves, for a cut between the characters
/// a and b, that a pretoken ends there and that those on the left are the same when the text ends at the cut. What looks at more than the
/// characters that it takes is: a run of white space, at the one character after it (`\s++$`, `\s+(?!\S)`, `\s*[\r\n]`); a contraction,
/// at up to two letters; a greedy run, at the character that ends it; o200k's choice between its first two alternatives, at the character
/// after a run of letters and marks. So:
///
/// - a is not white space, b is white space other than CR and LF: no alternative holds these two in this order, and for each of the above
///   that reaches b, white space decides as the end of the text does (it is no letter, mark, number, symbol, CR, LF or "/"). A run of
///   white space does not reach the cut, since it ends before a.
/// - a is a letter, and b a number, CR, LF or a symbol other than a mark or an apostrophe: likewise. The apostrophe begins a suffix of
///   o200k's words, a mark goes on in them.
/// - a is a number, b is none: numbers stand with nothing but a space before them, and what stops them is the end of the run or its length,
///   counted from the left.
pub(crate) fn safe_cut(classes: &Classes, text: &[u8], from: usize) -> Option<usize> {
    let mut at = from.max(1);
    // Each byte that does not continue a character begins one, in valid and in invalid UTF-8.
    while text.get(at)? & 0xC0 == 0x80 {
        at += 1;
    }
    let (mut before, _) = classes.before(text, at);
    loop {
        let &byte = text.get(at)?;
        let (class, length) = classes.at(text, at);
        let safe = if class & BLANK != 0 {
            before & SPACE == 0
        } else if before & LETTER != 0 {
            class & (NUMBER | NEWLINE) != 0 || class & OTHER != 0 && byte != b'\''
        } else {
            before & NUMBER != 0 && class & NUMBER == 0
        };
        if safe {
            return Some(at);
        }
        before = class;
        at += length;
    }
}

/// Whether an ASCII letter stands at `at`.
#[inline(always)]
pub(crate) fn letter(classes: &Classes, text: &[u8], at: usize) -> bool {
    text.get(at)
        .is_some_and(|&byte| classes.of_byte(byte) & LETTER != 0)
}

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

#[inline(always)]
fn word_at(text: &[u8], at: usize) -> Option<u64> {
    let bytes = text.get(at..at + 8)?;
    bytes.try_into().ok().map(u64::from_le_bytes)
}

/// The high bit of each byte that is not an ASCII letter (`BOTH`: of either case; else lower case only).
#[inline(always)]
fn not_letters<const BOTH: bool>(word: u64) -> u64 {
    let low = (if BOTH { word | (0x20 * EACH) } else { word }) & !HIGH;
    let from_a = low + (0x80 - u64::from(b'a')) * EACH;
    let past_z = low + (0x7F - u64::from(b'z')) * EACH;
    (!from_a | past_z | word) & HIGH
}

/// The end of the run of characters of the classes in `SET` that begins at `at`.
///
/// Runs of ASCII letters go eight bytes a step.
#[inline(always)]
pub(crate) fn run<const SET: u8>(classes: &Classes, text: &[u8], mut at: usize) -> usize {
    if SET & LOWER != 0 {
        while let Some(word) = word_at(text, at) {
            let stops = if SET & UPPER != 0 {
                not_letters::<true>(word)
            } else {
                not_letters::<false>(word)
            };
            if stops != 0 {
                at += stops.trailing_zeros() as usize / 8;
                break;
            }
            at += 8;
        }
    }
    loop {
        let Some(&byte) = text.get(at) else { return at };
        let (class, length) = if byte < 0x80 {
            (classes.of_byte(byte), 1)
        } else {
            classes.beyond_ascii(text, at)
        };
        if class & SET == 0 {
            return at;
        }
        at += length;
    }
}

/// The end of a run of at most `most` numbers that begins at `at`.
#[inline(always)]
pub(crate) fn numbers(classes: &Classes, text: &[u8], mut at: usize, most: usize) -> usize {
    for _ in 0..most {
        let (class, length) = classes.at(text, at);
        if class & NUMBER == 0 {
            break;
        }
        at += length;
    }
    at
}

/// A run of white space.
pub(crate) struct Blanks {
    /// Its end.
    pub end: usize,
    /// Where its last character starts.
    pub last: usize,
    /// The end of its last CR or LF; its start where it has none.
    pub newlines: usize,
}

/// The run of white space that begins at `start`.
#[inline(always)]
pub(crate) fn blanks(classes: &Classes, text: &[u8], start: usize) -> Blanks {
    let mut found = Blanks {
        end: start,
        last: start,
        newlines: start,
    };
    loop {
        // Indentation: eight spaces a step.
        while let Some(word) = word_at(text, found.end) {
            if word != 0x20 * EACH {
                break;
            }
            found.last = found.end + 7;
            found.end += 8;
        }
        let (class, length) = classes.at(text, found.end);
        if class & SPACE == 0 {
            return found;
        }
        found.last = found.end;
        found.end += length;
        if class & NEWLINE != 0 {
            found.newlines = found.end;
        }
    }
}

/// The end of `\s+(?!\S)|\s+`, which leaves the last character of a run to what follows it.
#[inline(always)]
pub(crate) fn leave_last(text: &[u8], start: usize, run: &Blanks) -> usize {
    if run.end == text.len() || run.last == start {
        run.end
    } else {
        run.last
    }
}

/// The length of `'s`, `'d`, `'m`, `'t`, `'ll`, `'ve` or `'re` at `at`, where an apostrophe stands; 0 if there is none.
///
/// `FOLD`: in any case. Case folding takes U+017F, the long s, for an s; none of the other letters has such a relative.
#[inline(always)]
pub(crate) fn contraction<const FOLD: bool>(text: &[u8], at: usize) -> usize {
    let fold = |byte: u8| if FOLD { byte | 0x20 } else { byte };
    let Some(&first) = text.get(at + 1) else { return 0 };
    let second = || text.get(at + 2).map(|&byte| fold(byte));
    match fold(first) {
        b's' | b'd' | b'm' | b't' => 2,
        b'l' if second() == Some(b'l') => 3,
        b'v' | b'r' if second() == Some(b'e') => 3,
        _ if FOLD && first == 0xC5 && text.get(at + 2) == Some(&0xBF) => 3,
        _ => 0,
    }
}

/// Letters and marks that o200k takes for upper case.
pub(crate) const UPPER_SIDE: u8 = UPPER | UNCASED | super::classes::MARK;
/// Letters and marks that o200k takes for lower case.
pub(crate) const LOWER_SIDE: u8 = LOWER | UNCASED | super::classes::MARK;

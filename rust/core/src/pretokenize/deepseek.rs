//! The scheme of DeepSeek V3 and R1: three splits in a row, as one scanner.

use super::blocks::rules::{numbers as number_starts, spacing};
use super::blocks::{Block, Rules, Starts};
use super::classes::{BLANK, Classes, LOWER, MARK, NUMBER, OTHER, SPACE, UNCASED, UPPER, ranges};
use super::scanner::{Scanner, blanks, leave_last, numbers, run};
use std::sync::LazyLock;

// What the bits of the table say here; those of numbers and white space keep their meaning. The second step cuts between `[一-龥぀-ゟ゠-ヿ]`
// and all else, so each kind of character is one on either side of that. A character of `[一-龥぀-ゟ゠-ヿ]` that is of no kind (unassigned)
// has no class.

/// `\p{L}`, `\p{M}`.
const WORD: u8 = LOWER;
/// `\p{P}`, `\p{S}`.
const SYMBOL: u8 = UPPER;
/// Controls, unassigned characters and the like; bytes that are not part of valid UTF-8.
const REST: u8 = OTHER;
/// `WORD` in `[一-龥぀-ゟ゠-ヿ]`.
const WORD_THERE: u8 = UNCASED;
/// `SYMBOL` in `[一-龥぀-ゟ゠-ヿ]`.
const SYMBOL_THERE: u8 = MARK;

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    Classes::build(|flat| {
        for (class, bit) in [
            (r"[\p{L}\p{M}]", WORD),
            (r"[\p{P}\p{S}]", SYMBOL),
            ("[一-龥぀-ゟ゠-ヿ]", 0),
            (r"[\p{L}\p{M}&&[一-龥぀-ゟ゠-ヿ]]", WORD_THERE),
            (r"[\p{P}\p{S}&&[一-龥぀-ゟ゠-ヿ]]", SYMBOL_THERE),
        ] {
            for (first, last) in ranges(class) {
                flat[first as usize..=last as usize].fill(bit);
            }
        }
    })
});

/// What kernels go by: `WORD` and `WORD_THERE` as above, symbols of no class, and what is rare as `OTHER`.
static MASKS: LazyLock<Classes> = LazyLock::new(|| {
    Classes::build(|flat| {
        for (code_point, class) in flat.iter_mut().enumerate() {
            *class = match CLASSES.of_code_point(code_point as u32) {
                0 | REST | SYMBOL_THERE => OTHER,
                SYMBOL => 0,
                class => class,
            };
        }
    })
});

/// Whether the character of this class, which there is, is one of `[一-龥぀-ゟ゠-ヿ]`.
#[inline(always)]
fn is_there(class: u8) -> bool {
    class == 0 || class & (WORD_THERE | SYMBOL_THERE) != 0
}

/// `\p{N}{1,3}`, then `[一-龥぀-ゟ゠-ヿ]+`, then the pattern below on each piece that these two give, matches as well as the rest:
/// `[!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
#[derive(Clone, Copy)]
pub struct DeepSeek {
    classes: &'static Classes,
}

impl DeepSeek {
    /// The scanner.
    pub fn new() -> Self {
        Self { classes: &CLASSES }
    }

    fn symbols(&self, text: &[u8], at: usize) -> usize {
        let mut end = run::<SYMBOL>(self.classes, text, at);
        while let Some(b'\r' | b'\n') = text.get(end) {
            end += 1;
        }
        end
    }

    /// The end of what the last pattern does not match, which goes on behind a character of no kind up to `at`: with characters of the class
    /// `rest` that begin no `word`.
    fn unmatched(&self, text: &[u8], mut at: usize, rest: u8, word: u8) -> usize {
        loop {
            let (class, length) = self.classes.at(text, at);
            if class != rest || length == 0 || self.classes.at(text, at + length).0 & word != 0 {
                return at;
            }
            at += length;
        }
    }

    /// The end of the pretoken that begins in `[一-龥぀-ゟ゠-ヿ]` with a character of this class, up to `rest`.
    fn there(&self, text: &[u8], class: u8, rest: usize) -> usize {
        if class & SYMBOL_THERE != 0 {
            return run::<SYMBOL_THERE>(self.classes, text, rest);
        }
        let end = run::<WORD_THERE>(self.classes, text, rest);
        if class != 0 || end > rest {
            end
        } else {
            self.unmatched(text, rest, 0, WORD_THERE)
        }
    }
}

impl Default for DeepSeek {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner for DeepSeek {
    #[inline(always)]
    fn next(&self, text: &[u8], start: usize) -> usize {
        let classes = self.classes;
        let Some(&first) = text.get(start) else {
            return text.len();
        };
        let ascii_letter = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphabetic);
        if first == b' ' && ascii_letter(start + 1) {
            return run::<WORD>(classes, text, start + 2);
        }
        let (class, length) = classes.at(text, start);
        let rest = start + length;
        if class & WORD != 0 {
            return run::<WORD>(classes, text, rest);
        }
        if class & NUMBER != 0 {
            return numbers(classes, text, rest, 2);
        }
        if is_there(class) {
            return self.there(text, class, rest);
        }
        if class & SYMBOL != 0 {
            if length == 1 && ascii_letter(rest) {
                let letters = text[rest..].iter().take_while(|byte| byte.is_ascii_alphabetic());
                return rest + letters.count();
            }
            return self.symbols(text, rest);
        }
        if class & (BLANK | REST) != 0 {
            let (after, longer) = classes.at(text, rest);
            if after & WORD != 0 {
                return run::<WORD>(classes, text, rest + longer);
            }
            if first == b' ' && after & SYMBOL != 0 {
                return self.symbols(text, rest);
            }
            if class & REST != 0 {
                return self.unmatched(text, rest, REST, WORD);
            }
        }
        debug_assert!(class & SPACE != 0);
        let run = blanks(classes, text, start);
        if run.newlines > start {
            run.newlines
        } else {
            match classes.at(text, run.end) {
                // The first two steps have cut there: it is the end of the piece.
                (class, 1..) if class & NUMBER != 0 || is_there(class) => run.end,
                _ => leave_last(text, start, &run),
            }
        }
    }

    /// The first two steps cut between numbers and others, and between `[一-龥぀-ゟ゠-ヿ]` and others, whatever stands around. White space other than
    /// CR and LF behind something else begins a piece of the last step, and to what stands before it, it is like the end of the text: no
    /// alternative goes on with it, and none looks at it but a run of white space, which ended before.
    fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from.max(1);
        while text.get(at)? & 0xC0 == 0x80 {
            at += 1;
        }
        let (mut before, _) = self.classes.before(text, at);
        loop {
            text.get(at)?;
            let (class, length) = self.classes.at(text, at);
            if (before ^ class) & NUMBER != 0
                || is_there(before) != is_there(class)
                || class & BLANK != 0 && before & SPACE == 0
            {
                return Some(at);
            }
            before = class;
            at += length;
        }
    }
}

impl Rules for DeepSeek {
    const CASED: bool = true;
    const OTHERS: bool = true;
    const CONTROLS: bool = true;
    const IDEOGRAPH: u8 = WORD_THERE;
    const HANGUL: u8 = WORD;

    #[inline(always)]
    fn starts(&self, _: &[u8], _: usize, block: &Block) -> Starts {
        let Block {
            number,
            blank,
            newline,
            uncased: there,
            other,
            ..
        } = *block;
        let word = block.upper | block.lower;
        let ascii = !beyond_ascii(block);
        let symbol = block.symbol();
        let spacing = spacing(block, symbol);
        let (numbers, uncounted) = number_starts(block, 3);
        // A symbol of ASCII takes letters of ASCII, and no others.
        let first = word & !(word << 1);
        let taking = spacing.joins & !blank & ascii;
        let taken_first = first & ascii & (taking << 1);
        let letters = word & ascii;
        let taken = letters & !letters.wrapping_add(taken_first);
        let words = first & !(blank << 1) & !taken_first | word & !ascii & (taken << 1);
        // Where a piece ends behind white space, that keeps its last character.
        let white = blank | newline;
        let kept = block.first_bytes(blank & (number | there) >> 1);
        let kept = kept & (white << 1) & !(newline << 1);
        Starts {
            starts: (words | spacing.starts | numbers | there & !(there << 1)) & !kept,
            trouble: spacing.trouble | uncounted | other | other >> 1 | other >> 2 | other >> 3,
            inside: there | word & !taken,
        }
    }

    fn block_classes(&self) -> &'static Classes {
        &MASKS
    }
}

/// All bytes of characters that are not ASCII, but for first bytes at the end of the block.
#[inline(always)]
fn beyond_ascii(block: &Block) -> u64 {
    block.continuation | block.continuation >> 1
}

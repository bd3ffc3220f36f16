//! The scheme of `o200k_base`, and its relatives without contractions: Mistral Nemo and `bpe-200k`.

use super::blocks::rules::{numbers as number_starts, slashes, spacing, uncontracted};
use super::blocks::{Block, Rules, Starts};
use super::classes::{BLANK, Classes, LETTER, LOWER, MARK, NUMBER, OTHER, SPACE, SYMBOL, UPPER};
use super::scanner::{
    LOWER_SIDE, Scanner, UPPER_SIDE, blanks, contraction, leave_last, letter, numbers, run, safe_cut,
};

/// Words that change from lower to upper case are cut there:
/// `[^\r\n\p{L}\p{N}]?U*L+C?|[^\r\n\p{L}\p{N}]?U+L*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+` where
/// U = `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, L = `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`, C = `(?i:'s|'t|'re|'ve|'m|'ll|'d)`.
#[derive(Clone, Copy)]
pub struct O200k {
    classes: &'static Classes,
    digits: usize,
    contractions: bool,
    slashes: bool,
}

impl O200k {
    /// The scanner. `digits`: how many numbers a pretoken holds at most; `contractions`: `'s` and the like join the word before them.
    pub fn new(digits: usize, contractions: bool) -> Self {
        Self {
            classes: Classes::get(),
            digits: digits.max(1),
            contractions,
            slashes: true,
        }
    }

    /// The same by other classes, and with no slashes behind symbols.
    pub(crate) fn without_slashes(self, classes: &'static Classes) -> Self {
        Self {
            classes,
            slashes: false,
            ..self
        }
    }

    /// The end of the word whose letters and marks begin at `at`, where one stands.
    ///
    /// What backtracking would find: `U*L+` takes the whole run of U where an L that is no U follows it, and all L from there. Where none
    /// does, L+ has to be content with the last character of the run that is an L as well, and the word ends behind it. Where there is none
    /// either, the second alternative takes the run. A mark may be the character before the word (`[^\r\n\p{L}\p{N}]?`) or its first
    /// letter: both readings end at the same place, so here it is always a letter.
    #[inline(always)]
    fn word(&self, text: &[u8], start: usize) -> usize {
        let classes = self.classes;
        // An ASCII letter of either case with small ones behind it: one branch for both cases (7.9 to 7.1 ns a pretoken of English).
        let class_of = |at: usize| text.get(at).map_or(0, |&byte| classes.of_byte(byte));
        let class = class_of(start);
        if class != 0 {
            let end = run::<LOWER_SIDE>(classes, text, start + 1);
            if (class & LOWER != 0) | (class_of(start + 1) & LOWER != 0) {
                return self.suffix(text, end);
            }
        }
        let mut at = start;
        let mut last_of_both = start;
        let end = loop {
            let (class, length) = classes.at(text, at);
            if class & UPPER_SIDE == 0 {
                break if class & LOWER != 0 {
                    run::<LOWER_SIDE>(classes, text, at + length)
                } else if last_of_both > start {
                    last_of_both
                } else {
                    at
                };
            }
            at += length;
            if class & UPPER == 0 {
                last_of_both = at;
            }
        };
        self.suffix(text, end)
    }

    /// The end of a word that may go on with a contraction at `at`.
    #[inline(always)]
    fn suffix(&self, text: &[u8], at: usize) -> usize {
        if self.contractions && text.get(at) == Some(&b'\'') {
            at + contraction::<true>(text, at)
        } else {
            at
        }
    }

    /// `[^\s\p{L}\p{N}]+[\r\n/]*` from within the symbols on.
    #[inline(always)]
    fn symbols(&self, text: &[u8], at: usize) -> usize {
        let mut end = run::<SYMBOL>(self.classes, text, at);
        while let Some(&byte) = text.get(end)
            && (matches!(byte, b'\r' | b'\n') || byte == b'/' && self.slashes)
        {
            end += 1;
        }
        end
    }
}

impl Scanner for O200k {
    #[inline(always)]
    fn next(&self, text: &[u8], start: usize) -> usize {
        let classes = self.classes;
        let Some(&first) = text.get(start) else {
            return text.len();
        };
        if first == b' ' && letter(classes, text, start + 1) {
            return self.word(text, start + 1);
        }
        let (class, length) = classes.at(text, start);
        let rest = start + length;
        if class & (LETTER | MARK) != 0 {
            return self.word(text, start);
        }
        if class & NUMBER != 0 {
            return numbers(classes, text, rest, self.digits - 1);
        }
        if class & (BLANK | OTHER) != 0 {
            let (after, _) = classes.at(text, rest);
            if after & (LETTER | MARK) != 0 {
                return self.word(text, rest);
            }
            if class & OTHER != 0 || first == b' ' && after & OTHER != 0 {
                return self.symbols(text, rest);
            }
        }
        debug_assert!(class & SPACE != 0);
        let run = blanks(classes, text, start);
        if run.newlines > start {
            run.newlines
        } else {
            leave_last(text, start, &run)
        }
    }

    fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        safe_cut(self.classes, text, from)
    }
}

impl Rules for O200k {
    const CASED: bool = true;

    #[inline(always)]
    fn starts(&self, text: &[u8], at: usize, block: &Block) -> Starts {
        let Block {
            upper,
            lower,
            uncased,
            mark,
            ..
        } = *block;
        let word = upper | lower | uncased | mark;
        let other = block.symbol() & !mark;
        let spacing = spacing(block, other);
        let (numbers, uncounted) = number_starts(block, self.digits);
        let words = word & !(word << 1) & !(spacing.joins << 1);
        let either = uncased | mark;
        let mut starts = Starts {
            starts: words | upper & (lower << 1) | spacing.starts | numbers,
            // Marks belong to the symbols before them, but for a single one; a letter of neither case before a capital ends the word or does
            // not, as what is before it and behind it has it; a slash behind the newlines that symbols took goes with them.
            trouble: spacing.trouble
                | uncounted
                | mark & (other << 1)
                | upper & (either << 1)
                | if self.slashes {
                    slashes(text, at, other & (spacing.taken << 1))
                } else {
                    0
                },
            // Behind a small letter a word waits for no other; behind one of neither case, if all before it are such.
            inside: uncontracted(block, if lower == 0 { uncased } else { lower }),
        };
        if self.contractions {
            starts.contract(block.apostrophe & (word << 1), 0, |place| {
                contraction::<true>(text, at + place)
            });
        }
        starts
    }

    fn block_classes(&self) -> &'static Classes {
        self.classes
    }
}

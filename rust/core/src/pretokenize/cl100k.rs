//! The scheme of `cl100k_base`, and its relatives: Llama 3 (its older spelling) and Qwen 2 (that with single digits).

use super::blocks::rules::{numbers as number_starts, spacing, uncontracted};
use super::blocks::{Block, Rules, Starts};
use super::classes::{BLANK, Classes, LETTER, MARK, NUMBER, OTHER, SPACE, SYMBOL};
use super::scanner::{Scanner, blanks, contraction, leave_last, letter, numbers, run, safe_cut};

/// `'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z|\s*[\r\n]+|\s+(?!\S)|\s+`
#[derive(Clone, Copy)]
pub struct Cl100k {
    classes: &'static Classes,
    digits: usize,
    whole_tail: bool,
}

impl Cl100k {
    /// The scanner. `digits`: how many numbers a pretoken holds at most; `whole_tail`: white space at the end of the text is one pretoken
    /// (`\s+\z`), not cut after its last newline.
    pub fn new(digits: usize, whole_tail: bool) -> Self {
        Self {
            classes: Classes::get(),
            digits: digits.max(1),
            whole_tail,
        }
    }

    /// `SYMBOL+[\r\n]*` from within the symbols on.
    #[inline(always)]
    fn symbols(&self, text: &[u8], at: usize) -> usize {
        let mut end = run::<SYMBOL>(self.classes, text, at);
        while let Some(b'\r' | b'\n') = text.get(end) {
            end += 1;
        }
        end
    }
}

impl Scanner for Cl100k {
    #[inline(always)]
    fn next(&self, text: &[u8], start: usize) -> usize {
        let classes = self.classes;
        let Some(&first) = text.get(start) else {
            return text.len();
        };
        // As in `gpt2.rs`: by branches alone.
        if first == b' ' && letter(classes, text, start + 1) {
            return run::<LETTER>(classes, text, start + 2);
        }
        if first == b'\'' {
            let short = contraction::<true>(text, start);
            if short > 0 {
                return start + short;
            }
        }
        let (class, length) = classes.at(text, start);
        let rest = start + length;
        if class & LETTER != 0 {
            return run::<LETTER>(classes, text, rest);
        }
        if class & NUMBER != 0 {
            return numbers(classes, text, rest, self.digits - 1);
        }
        if class & (BLANK | OTHER | MARK) != 0 {
            let (after, longer) = classes.at(text, rest);
            if after & LETTER != 0 {
                return run::<LETTER>(classes, text, rest + longer);
            }
            if class & SYMBOL != 0 || first == b' ' && after & SYMBOL != 0 {
                return self.symbols(text, rest);
            }
        }
        debug_assert!(class & SPACE != 0);
        let run = blanks(classes, text, start);
        if self.whole_tail && run.end == text.len() {
            run.end
        } else if run.newlines > start {
            run.newlines
        } else {
            leave_last(text, start, &run)
        }
    }

    fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        safe_cut(self.classes, text, from)
    }
}

impl Rules for Cl100k {
    const CASED: bool = false;

    #[inline(always)]
    fn starts(&self, text: &[u8], at: usize, block: &Block) -> Starts {
        let letter = block.letter();
        let symbol = block.symbol();
        let spacing = spacing(block, symbol);
        let (numbers, uncounted) = number_starts(block, self.digits);
        let words = letter & !(letter << 1) & !(spacing.joins << 1);
        let mut starts = Starts {
            starts: words | spacing.starts | numbers,
            trouble: spacing.trouble | uncounted,
            inside: uncontracted(block, letter),
        };
        let apostrophes = block.apostrophe & !(symbol << 1) & !(block.space << 1);
        starts.contract(apostrophes, 1, |place| contraction::<true>(text, at + place));
        starts
    }

    fn block_classes(&self) -> &'static Classes {
        self.classes
    }
}

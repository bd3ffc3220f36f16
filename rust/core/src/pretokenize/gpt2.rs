//! GPT-2's scheme (`gpt2`, `r50k_base`, `p50k_base`).

use super::classes::{Classes, LETTER, NUMBER, SPACE, SYMBOL};
use super::scanner::{Scanner, blanks, contraction, leave_last, letter, run, safe_cut};

/// `'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
#[derive(Clone, Copy)]
pub struct Gpt2 {
    classes: &'static Classes,
}

impl Gpt2 {
    /// The scanner.
    pub fn new() -> Self {
        Self {
            classes: Classes::get(),
        }
    }
}

impl Default for Gpt2 {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner for Gpt2 {
    #[inline(always)]
    fn next(&self, text: &[u8], start: usize) -> usize {
        let classes = self.classes;
        let Some(&first) = text.get(start) else {
            return text.len();
        };
        // A word after a space first, by branches alone: where the next pretoken starts then hangs on the letters, not on look-ups
        // (9.3 to 6.4 ns a pretoken of English).
        if first == b' ' && letter(classes, text, start + 1) {
            return run::<LETTER>(classes, text, start + 2);
        }
        let (mut class, mut length) = classes.at(text, start);
        if first == b' ' {
            let (after, longer) = classes.at(text, start + 1);
            if after & (LETTER | NUMBER | SYMBOL) != 0 {
                (class, length) = (after, longer + 1);
            }
        } else if first == b'\'' {
            let short = contraction::<false>(text, start);
            if short > 0 {
                return start + short;
            }
        }
        let rest = start + length;
        if class & LETTER != 0 {
            run::<LETTER>(classes, text, rest)
        } else if class & SPACE != 0 {
            leave_last(text, start, &blanks(classes, text, start))
        } else if class & NUMBER != 0 {
            run::<NUMBER>(classes, text, rest)
        } else {
            run::<SYMBOL>(classes, text, rest)
        }
    }

    fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        safe_cut(self.classes, text, from)
    }
}

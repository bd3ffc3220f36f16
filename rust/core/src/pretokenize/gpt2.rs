//! GPT-2's scheme (`gpt2`, `r50k_base`, `p50k_base`).

use super::blocks::rules::uncontracted;
use super::blocks::{Block, Rules, Starts};
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

impl Rules for Gpt2 {
    const CASED: bool = false;

    #[inline(always)]
    fn starts(&self, text: &[u8], at: usize, block: &Block) -> Starts {
        let Block {
            number,
            blank,
            newline,
            space,
            ..
        } = *block;
        let letter = block.letter();
        let white = blank | newline;
        let symbol = !(letter | number | white);
        // A run of one kind takes the space before it.
        let run = |class: u64| class & !(class << 1);
        let runs = (run(letter) | run(number) | run(symbol)) & !(space << 1);
        // White space leaves its last character to what follows, which takes it if it is a space.
        let last = block.first_bytes(white & !(white >> 1));
        let mut starts = Starts {
            starts: runs | run(white) | last,
            trouble: 0,
            inside: uncontracted(block, letter),
        };
        let apostrophes = block.apostrophe & runs;
        starts.contract(apostrophes, 1, |place| contraction::<false>(text, at + place));
        starts
    }

    fn block_classes(&self) -> &'static Classes {
        self.classes
    }
}

//! The scheme of Kimi K2: o200k's with Han apart.

use super::blocks::{Block, Rules, Starts};
use super::classes::{Classes, LETTER, MARK, NUMBER, OTHER, decode, ranges};
use super::o200k::O200k;
use super::scanner::{Scanner, safe_cut};
use std::sync::LazyLock;

/// Han, and the classes of characters for the rest of the pattern.
struct Tables {
    /// Letters of Han have none: they are neither in words nor symbols. Marks of Han are symbols.
    classes: Classes,
    /// The ranges of Han that are no letters: numbers, marks, symbols.
    others: Vec<(u32, u32)>,
    /// What kernels go by: all of Han, and nothing else, is `OTHER`; what of it is no letter is `MARK` as well.
    masks: Classes,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    classes: Classes::build(|flat| {
        for (first, last) in ranges(r"\p{Han}") {
            for class in &mut flat[first as usize..=last as usize] {
                *class = match *class {
                    class if class & LETTER != 0 => 0,
                    MARK => OTHER,
                    other => other,
                };
            }
        }
    }),
    others: ranges(r"[\p{Han}&&[^\p{L}]]"),
    masks: Classes::build(|flat| {
        flat.iter_mut().for_each(|class| *class &= !OTHER);
        for (regex, class) in [(r"\p{Han}", OTHER), (r"[\p{Han}&&[^\p{L}]]", OTHER | MARK)] {
            for (first, last) in ranges(regex) {
                flat[first as usize..=last as usize].fill(class);
            }
        }
    }),
});

/// `[\p{Han}]+`, else as `O200k`, with words that end before Han and symbols without "/" behind them.
#[derive(Clone, Copy)]
pub struct Kimi {
    tables: &'static Tables,
    others: O200k,
}

impl Kimi {
    /// The scanner.
    pub fn new() -> Self {
        let tables: &'static Tables = &TABLES;
        Self {
            tables,
            others: O200k::new(3, true).without_slashes(&tables.classes),
        }
    }

    /// The length of the character of Han at `at`; 0 where none stands.
    #[inline(always)]
    fn han(&self, text: &[u8], at: usize) -> usize {
        match self.tables.classes.at(text, at) {
            (0, length) => length,
            (class, length) if length > 1 && class & (NUMBER | OTHER) != 0 && self.is_other(&text[at..]) => {
                length
            }
            _ => 0,
        }
    }

    #[inline(never)]
    fn is_other(&self, text: &[u8]) -> bool {
        let Some(character) = decode(text) else {
            return false;
        };
        let code_point = character as u32;
        let ranges = &self.tables.others;
        let after = ranges.partition_point(|&(first, _)| first <= code_point);
        after
            .checked_sub(1)
            .is_some_and(|index| code_point <= ranges[index].1)
    }

    /// The end of the run of Han at `at`.
    #[inline(always)]
    fn run(&self, text: &[u8], mut at: usize) -> usize {
        loop {
            match self.han(text, at) {
                0 => return at,
                length => at += length,
            }
        }
    }
}

impl Default for Kimi {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner for Kimi {
    #[inline(always)]
    fn next(&self, text: &[u8], start: usize) -> usize {
        if text.get(start).is_some_and(|&byte| byte >= 0x80) {
            let end = self.run(text, start);
            if end > start {
                return end;
            }
        }
        self.others.next(text, start)
    }

    /// As that of every scheme here, but not between two characters of Han, which may be a number and something else.
    fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        let classes = &self.tables.classes;
        let mut from = from;
        loop {
            let cut = safe_cut(classes, text, from)?;
            let (_, length) = classes.before(text, cut);
            if self.han(text, cut) == 0 || self.han(text, cut - length) == 0 {
                return Some(cut);
            }
            from = cut + 1;
        }
    }
}

impl Rules for Kimi {
    const CASED: bool = true;
    const OTHERS: bool = true;
    const IDEOGRAPH: u8 = OTHER;

    #[inline(always)]
    fn starts(&self, text: &[u8], at: usize, block: &Block) -> Starts {
        let han = block.other;
        let first = han & !(han << 1);
        let rest = Block {
            mark: block.mark & !han,
            ..*block
        };
        // What follows Han starts by the rules for the rest: to these it is nothing that they know.
        let Starts {
            starts,
            trouble,
            inside,
        } = self.others.starts(text, at, &rest);
        Starts {
            starts: starts | first,
            // What of Han is no letter belongs to the numbers or symbols before it.
            trouble: trouble | block.mark & first,
            inside: inside | han,
        }
    }

    fn block_classes(&self) -> &'static Classes {
        &self.tables.masks
    }
}

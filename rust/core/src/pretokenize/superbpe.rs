//! The scheme of SuperBPE's second stage, whose pretokens span words.

use super::blocks::rules::{numbers as number_starts, slashes};
use super::blocks::{Block, Rules, Starts};
use super::classes::{Classes, LETTER, NUMBER, SPACE, SYMBOL};
use super::scanner::{Scanner, numbers, run};

/// `\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)`, and what lies between its matches.
#[derive(Clone, Copy)]
pub struct SuperBpe {
    classes: &'static Classes,
}

impl SuperBpe {
    /// The scanner.
    pub fn new() -> Self {
        Self {
            classes: Classes::get(),
        }
    }

    /// The end of the match that begins with the character at `at`, of this class and length, where one does.
    #[inline(always)]
    fn matched(&self, text: &[u8], at: usize, class: u8, length: usize) -> Option<usize> {
        let rest = at + length;
        if class & NUMBER != 0 {
            return Some(numbers(self.classes, text, rest, 2));
        }
        let space = text.get(at) == Some(&b' ');
        if class & SYMBOL == 0 && !space {
            return None;
        }
        let (after, longer) = self.classes.at(text, rest);
        if class & SYMBOL != 0 {
            return (after & SYMBOL != 0).then(|| self.symbols(text, rest + longer));
        }
        if after & SYMBOL != 0 {
            let (second, length) = self.classes.at(text, rest + longer);
            return (second & SYMBOL != 0).then(|| self.symbols(text, rest + longer + length));
        }
        let spaces = text[rest..].iter().take_while(|&&byte| byte == b' ').count();
        let end = rest + spaces;
        let (next, length) = self.classes.at(text, end);
        if length == 0 || next & SPACE != 0 {
            Some(end)
        } else {
            // The last one is left to what follows.
            (spaces > 0).then(|| end - 1)
        }
    }

    /// `[^\s\p{L}\p{N}]*[\r\n/]*`
    #[inline(always)]
    fn symbols(&self, text: &[u8], at: usize) -> usize {
        let mut end = run::<SYMBOL>(self.classes, text, at);
        while let Some(b'\r' | b'\n' | b'/') = text.get(end) {
            end += 1;
        }
        end
    }
}

impl Default for SuperBpe {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner for SuperBpe {
    #[inline(always)]
    fn next(&self, text: &[u8], start: usize) -> usize {
        let classes = self.classes;
        let (class, length) = classes.at(text, start);
        if length == 0 {
            return text.len();
        }
        if let Some(end) = self.matched(text, start, class, length) {
            return end;
        }
        // No match begins with a letter.
        let mut at = run::<LETTER>(classes, text, start + length);
        loop {
            let (class, length) = classes.at(text, at);
            if length == 0 || self.matched(text, at, class, length).is_some() {
                return at;
            }
            at = run::<LETTER>(classes, text, at + length);
        }
    }

    /// Where numbers begin and end, if no space stands before them: nothing else takes numbers, and nothing looks beyond its end but a run of
    /// spaces.
    fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from.max(1);
        while text.get(at)? & 0xC0 == 0x80 {
            at += 1;
        }
        let (mut before, _) = self.classes.before(text, at);
        loop {
            text.get(at)?;
            let (class, length) = self.classes.at(text, at);
            if (before ^ class) & NUMBER != 0 && text[at - 1] != b' ' {
                return Some(at);
            }
            before = class;
            at += length;
        }
    }
}

impl Rules for SuperBpe {
    const CASED: bool = false;

    #[inline(always)]
    fn starts(&self, text: &[u8], at: usize, block: &Block) -> Starts {
        let Block {
            number,
            blank,
            newline,
            space,
            continuation,
            ..
        } = *block;
        let (numbers, uncounted) = number_starts(block, 3);
        // Spaces are matched where there are several, or other white space follows, but for the last one before anything else.
        let white = blank | newline;
        let first_space = space & !(space << 1);
        let last_space = space & !(space >> 1);
        let before_white = last_space & (white >> 1);
        let spaces = first_space & (white >> 1) | last_space & !first_space & !before_white;
        // Symbols are matched where there are several, with the space before them.
        let symbol = block.symbol();
        let first = symbol & !(symbol << 1);
        let first_whole = block.whole_characters(first);
        let second = (first_whole << 1) & !first_whole & symbol & !continuation;
        // Behind a character a byte that is not UTF-8 may pass for a part of it: then what is before it need not be a symbol.
        let matched_first = block.first_bytes(second >> 1) & first;
        // A carry clears the symbols that it goes through, and so on for the newlines behind them.
        let matched = symbol & !symbol.wrapping_add(matched_first);
        let taken = newline & !newline.wrapping_add(newline & (matched << 1));
        let behind_space = matched_first & (space << 1);
        let symbols = (matched_first & !behind_space) | (behind_space >> 1);
        // What is matched, but for the spaces: behind it something new starts in any case.
        let all = number | matched | taken;
        Starts {
            starts: numbers | spaces | before_white << 1 | symbols | (all << 1) & !all,
            trouble: uncounted | slashes(text, at, symbol & (taken << 1)),
            inside: block.letter(),
        }
    }

    fn block_classes(&self) -> &'static Classes {
        self.classes
    }
}

//! Regular expressions without an engine: a table of states over classes of characters, made when the pattern is compiled.
//!
//! Takes what has no back-reference and looks at nothing but the characters that it takes and the one after them, which is all that
//! `\s+(?!\S)` and `$` need. Says no to everything else, and where a table would be too large: an engine runs those. The table is read-only,
//! so threads share it, and a byte that is not part of valid UTF-8 is a letter like any other: no text is copied.

mod alphabet;
mod greedy;
mod machine;
mod oniguruma;
mod tree;

pub(super) use alphabet::STAND_IN;

use super::spec::{Dialect, Pattern};
use machine::Machine;
use tree::Node;

/// A pattern as an automaton.
pub(crate) struct Automaton {
    machine: Machine,
    /// Whether it may match nothing.
    may_be_empty: bool,
    /// Whether it asks for the start of the text.
    anchored: bool,
}

/// What an attempt at one place came to.
pub(crate) struct Attempt {
    /// The end of the match, if there is one.
    pub(crate) end: Option<usize>,
    /// How far it looked.
    pub(crate) reached: usize,
}

impl Automaton {
    /// The automaton of a pattern, which its engine takes; `None` where only the engine can run it.
    pub(crate) fn new(pattern: &Pattern) -> Option<Self> {
        let tree = match pattern.dialect {
            Dialect::Tiktoken => Node::parse(&pattern.regex)?,
            Dialect::Tokenizers => Node::parse(&oniguruma::respelled(&pattern.regex)?)?,
        };
        let tree = greedy::without_atomic(tree)?;
        let machine = Machine::new(&tree)?;
        Some(Self {
            may_be_empty: tree.may_be_empty(),
            anchored: machine.first != machine.start,
            machine,
        })
    }

    /// Whether what it does after a place depends on the text from there on alone, and it takes at least a character: so an engine can go on in
    /// its stead.
    pub(crate) fn can_be_relieved(&self) -> bool {
        !self.may_be_empty && !self.anchored
    }

    /// The match that begins at `start`, the one that a backtracking engine finds first.
    #[inline(always)]
    pub(crate) fn attempt(&self, text: &[u8], start: usize) -> Attempt {
        let Machine { alphabet, table, .. } = &self.machine;
        let mut state = if start == 0 {
            self.machine.first
        } else {
            self.machine.start
        };
        let (mut at, mut end) = (start, None);
        loop {
            let (letter, length) = alphabet.at(text, at);
            // States and letters come from this very table; 0 would lead nowhere.
            let entry = table.get(state + letter).copied().unwrap_or(0);
            if entry & 1 != 0 {
                end = Some(at);
            }
            state = (entry >> 1) as usize;
            if state == 0 {
                return Attempt { end, reached: at };
            }
            at += length;
        }
    }

    /// The start of the character after the one at `at`.
    pub(crate) fn after(&self, text: &[u8], at: usize) -> usize {
        at + self.machine.alphabet.at(text, at).1.max(1)
    }
}

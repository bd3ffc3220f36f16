//! From units back to text: the slow and complete way, unit by unit, which also fills the tables of the fast way.

use super::characters::make_upper;
use super::spacing::{DIGITS, LETTERS, NONE, Spaces, Spacing};
use super::units::{CAPITAL, CAPITALS, FIRST_WORD, GLUE, LAST_BYTE, NUMBER, RARE_SYMBOL, RARE_WORD};
use super::words::Words;

/// Capitals that wait for the next word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// As it is.
    #[default]
    Lower,
    /// First letter.
    First,
    /// All letters.
    All,
}

/// What the text so far asks of the next unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What would get a space before it.
    pub expects: Spaces,
    /// The case of the next word.
    pub case: Case,
}

/// Where rare words and digits come from.
pub trait Payload {
    /// Appends the next rare word; `false` if there is none.
    fn rare(&mut self, out: &mut Vec<u8>) -> bool;
    /// Appends the next `count` digits; `false` if there are too few.
    fn digits(&mut self, count: usize, out: &mut Vec<u8>) -> bool;
}

/// A payload of empty words and numbers, for what follows from units alone.
pub struct NoPayload;

impl Payload for NoPayload {
    fn rare(&mut self, _: &mut Vec<u8>) -> bool {
        true
    }
    fn digits(&mut self, _: usize, _: &mut Vec<u8>) -> bool {
        true
    }
}

/// Units with all that their expansion needs.
pub struct Units {
    words: Words,
    spacing: Spacing,
    /// For each word, what it wants a space for and what it asks of the next unit.
    spaces: Vec<(Spaces, Spaces)>,
}

impl Units {
    /// The units of a dictionary.
    pub fn new(words: Words, spacing: Spacing) -> Self {
        let spaces = (0..words.len() as u32)
            .map(|word| spacing.of_word(words.get(word)))
            .collect();
        Self {
            words,
            spacing,
            spaces,
        }
    }

    /// What decides on a space before a unit.
    #[inline]
    pub fn begins(&self, unit: u32) -> Spaces {
        match unit {
            CAPITAL | CAPITALS | RARE_WORD => LETTERS,
            NUMBER..FIRST_WORD => DIGITS,
            FIRST_WORD.. => self.spaces[(unit - FIRST_WORD) as usize].0,
            _ => NONE,
        }
    }

    /// Appends the text of one unit; `false` if the payload has run out.
    #[inline]
    pub fn expand(
        &self,
        unit: u32,
        payload: &mut impl Payload,
        state: &mut State,
        out: &mut Vec<u8>,
    ) -> bool {
        if unit == GLUE {
            state.expects = NONE;
            return true;
        }
        if state.expects & self.begins(unit) != NONE {
            out.push(b' ');
        }
        let start = out.len();
        state.expects = match unit {
            0..=LAST_BYTE => {
                out.push(unit as u8);
                self.spacing.after_byte(unit as u8)
            }
            CAPITAL | CAPITALS => {
                let case = if unit == CAPITAL { Case::First } else { Case::All };
                *state = State { expects: NONE, case };
                return true;
            }
            RARE_WORD | RARE_SYMBOL => {
                if !payload.rare(out) {
                    return false;
                }
                if unit == RARE_WORD {
                    self.spacing.words
                } else {
                    NONE
                }
            }
            NUMBER..FIRST_WORD => {
                if !payload.digits((unit - NUMBER) as usize + 1, out) {
                    return false;
                }
                self.spacing.numbers
            }
            _ => {
                let word = unit - FIRST_WORD;
                out.extend_from_slice(self.words.get(word));
                self.spaces[word as usize].1
            }
        };
        match state.case {
            Case::Lower => {}
            Case::First => make_upper(&mut out[start..], 1),
            Case::All => make_upper(&mut out[start..], usize::MAX),
        }
        state.case = Case::Lower;
        true
    }
}

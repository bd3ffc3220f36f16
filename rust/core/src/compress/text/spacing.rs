//! Where a space is the rule, so that it need not be written.

use super::characters::{Class, classify};

/// What a unit may want a space before it for; a set of bits.
pub type Spaces = u8;
/// No space.
pub const NONE: Spaces = 0;
/// A space before letters.
pub const LETTERS: Spaces = 1;
/// A space before digits.
pub const DIGITS: Spaces = 2;

/// For what follows each kind of unit, whether a space is the rule. Learned from the text, kept in the dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spacing {
    /// By the last byte, after units that are single ASCII bytes.
    pub bytes: [Spaces; 128],
    /// After words.
    pub words: Spaces,
    /// After numbers.
    pub numbers: Spaces,
}

impl Spacing {
    /// The rule before anything is known: spaces after words and numbers only.
    pub const fn plain() -> Self {
        Self {
            bytes: [NONE; 128],
            words: LETTERS | DIGITS,
            numbers: LETTERS,
        }
    }

    /// What is expected after a byte unit.
    #[inline]
    pub fn after_byte(&self, byte: u8) -> Spaces {
        self.bytes.get(usize::from(byte)).copied().unwrap_or(NONE)
    }

    /// The begin mask and the expectation after a word unit with this text: letters, digits, blanks or a symbol.
    pub fn of_word(&self, text: &[u8]) -> (Spaces, Spaces) {
        if text.is_empty() {
            return (NONE, NONE);
        }
        match classify(text, 0).0 {
            Class::Letter | Class::Upper => (LETTERS, self.words),
            Class::Digit => (DIGITS, self.numbers),
            Class::Blank | Class::Symbol | Class::Byte => (NONE, NONE),
        }
    }

    /// Learns the rules from a sample: the more frequent of space and no space after each kind of unit.
    pub fn learn<'a>(samples: impl Iterator<Item = &'a [u8]>) -> Self {
        // Votes by what stands before (bytes, then word, then number), what follows, and whether spaced.
        let mut votes = [[[0u32; 2]; 2]; 130];
        for sample in samples {
            for at in 1..sample.len() {
                let (class, _) = classify(sample, at);
                let follows = match class {
                    Class::Letter | Class::Upper => 0,
                    Class::Digit => 1,
                    _ => continue,
                };
                let spaced = sample[at - 1] == b' ';
                if spaced && at < 2 {
                    continue;
                }
                let before = sample[at - 1 - usize::from(spaced)];
                let slot = match before {
                    b' ' | b'\t' | b'\n' | b'\r' | 128.. => continue,
                    b'a'..=b'z' | b'A'..=b'Z' => 128,
                    b'0'..=b'9' => 129,
                    other => usize::from(other),
                };
                // Letters after letters and digits after digits without a space are the same word.
                if !spaced && slot >= 128 && slot - 128 == follows {
                    continue;
                }
                votes[slot][follows][usize::from(spaced)] += 1;
            }
        }
        let decide = |vote: &[[u32; 2]; 2]| {
            let bit = |pair: &[u32; 2], bit: Spaces| if pair[1] > pair[0] { bit } else { NONE };
            bit(&vote[0], LETTERS) | bit(&vote[1], DIGITS)
        };
        let mut spacing = Self::plain();
        for (slot, vote) in votes[..128].iter().enumerate() {
            spacing.bytes[slot] = decide(vote);
        }
        spacing.words = decide(&votes[128]) | LETTERS;
        spacing.numbers = decide(&votes[129]);
        spacing
    }
}

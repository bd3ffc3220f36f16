//! Pretokens by the published pattern, match by match.

use crate::pretokenize::{Dialect, Pattern};
use std::ops::Range;

/// A pattern, compiled by its engine.
pub enum Splitter {
    /// As tiktoken reads it.
    Fancy(fancy_regex::Regex),
    /// As `tokenizers` reads it.
    Oniguruma(onig::Regex),
}

impl Splitter {
    /// Compiles a pattern.
    ///
    /// # Panics
    /// It does not compile.
    pub fn new(pattern: &Pattern) -> Self {
        match pattern.dialect {
            Dialect::Tiktoken => {
                Self::Fancy(fancy_regex::Regex::new(&pattern.regex).expect("the pattern compiles"))
            }
            Dialect::Tokenizers => {
                Self::Oniguruma(onig::Regex::new(&pattern.regex).expect("the pattern compiles"))
            }
        }
    }

    /// The pretokens of `text`: what the pattern matches, and what lies between its matches.
    ///
    /// Each byte that is not part of valid UTF-8 is matched as a noncharacter.
    ///
    /// # Panics
    /// The engine gives up.
    pub fn split(&self, text: &[u8]) -> Vec<Range<usize>> {
        // The text as the engines want it, and for each of its bytes the place in the original.
        let mut copy = String::new();
        let mut origin = Vec::new();
        let mut at = 0;
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                origin.extend(std::iter::repeat_n(at, character.len_utf8()));
                copy.push(character);
                at += character.len_utf8();
            }
            for _ in chunk.invalid() {
                origin.extend([at; 3]);
                copy.push('\u{FFFF}');
                at += 1;
            }
        }
        origin.push(at);

        let matches: Vec<(usize, usize)> = match self {
            Self::Fancy(regex) => regex
                .find_iter(copy.as_str())
                .map(|found| found.expect("the engine finds its way"))
                .map(|found| (found.start(), found.end()))
                .collect(),
            Self::Oniguruma(regex) => regex.find_iter(&copy).collect(),
        };
        let mut pieces = Vec::new();
        let mut last = 0;
        for (start, end) in matches {
            pieces.push(last..start);
            pieces.push(start..end);
            last = end;
        }
        pieces.push(last..copy.len());
        pieces.retain(|piece| !piece.is_empty());
        pieces
            .into_iter()
            .map(|piece| origin[piece.start]..origin[piece.end])
            .collect()
    }
}

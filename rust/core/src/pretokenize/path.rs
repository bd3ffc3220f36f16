//! What runs a pretokenizer.

use super::scheme::Scheme;
use super::spec::Dialect;
use std::fmt;

/// What runs a pretokenizer, or a step of one: the first three at hundreds of megabytes a second, an engine at 3 to 20.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// Nothing is split.
    Whole,
    /// A scanner written by hand.
    Scanner(Scheme),
    /// A table of states, made from the regular expression.
    Automaton,
    /// The regular-expression engine of a dialect: for look-around beyond the next character, back-references, word boundaries.
    Engine(Dialect),
    /// A search for a text, or for digits or punctuation.
    Search,
    /// Each piece goes through several.
    Steps(Vec<Path>),
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => formatter.write_str("whole text"),
            Self::Scanner(scheme) => write!(formatter, "scanner {}", scheme.name()),
            Self::Automaton => formatter.write_str("automaton"),
            Self::Engine(Dialect::Tiktoken) => formatter.write_str("engine fancy-regex"),
            Self::Engine(Dialect::Tokenizers) => formatter.write_str("engine Oniguruma"),
            Self::Search => formatter.write_str("search"),
            Self::Steps(steps) => {
                for (number, step) in steps.iter().enumerate() {
                    let comma = if number == 0 { "" } else { ", " };
                    write!(formatter, "{comma}{step}")?;
                }
                Ok(())
            }
        }
    }
}

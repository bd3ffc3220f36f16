//! What a pretokenizer does, as data: what vocabulary files hold and what users name.

/// Whose reading of a regular expression counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// fancy-regex, as tiktoken reads its patterns.
    Tiktoken,
    /// Oniguruma, as `tokenizers` reads those of a `tokenizer.json`.
    Tokenizers,
}

/// A regular expression and its dialect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// The expression as it was given.
    pub regex: String,
    /// Who reads it.
    pub dialect: Dialect,
}

/// What a `Split` looks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SplitPattern {
    /// A regular expression.
    Regex(Pattern),
    /// A text, literally.
    Literal(String),
}

/// What a `Split` does with its matches (names of `tokenizers`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Behavior {
    /// Each match is a piece.
    Isolated,
    /// Matches are dropped.
    Removed,
    /// A match joins the piece before it.
    MergedWithPrevious,
    /// A match joins the piece after it.
    MergedWithNext,
    /// Neighbouring matches are one piece.
    Contiguous,
}

/// One step of a pretokenizer; each works on the pieces that the step before it left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Split at a pattern.
    Split {
        /// What to look for.
        pattern: SplitPattern,
        /// What to do with it.
        behavior: Behavior,
        /// Matches and the rest change places.
        invert: bool,
    },
    /// GPT-2's own step of `tokenizers`.
    ByteLevel {
        /// A space before every piece that does not begin with one (white space of any kind counts as in `tokenizers`).
        add_prefix_space: bool,
        /// Split with GPT-2's pattern.
        use_regex: bool,
        /// Offsets leave out white space around a token (changes offsets only).
        trim_offsets: bool,
    },
    /// Split numbers (`\p{N}`) from the rest.
    Digits {
        /// Each digit is a piece.
        individual: bool,
    },
    /// Split at punctuation (ASCII punctuation and `\p{P}`).
    Punctuation {
        /// What to do with it.
        behavior: Behavior,
    },
}

/// A pretokenizer as data. No steps: the whole text is one pretoken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PretokenizerSpec {
    /// In order.
    pub steps: Vec<Step>,
}

impl PretokenizerSpec {
    /// The whole text is one pretoken.
    pub fn none() -> Self {
        Self::default()
    }

    /// Any regular expression: its matches are pretokens, and so is what lies between them.
    pub fn regex(regex: impl Into<String>, dialect: Dialect) -> Self {
        let pattern = SplitPattern::Regex(Pattern {
            regex: regex.into(),
            dialect,
        });
        Self {
            steps: vec![Step::Split {
                pattern,
                behavior: Behavior::Isolated,
                invert: false,
            }],
        }
    }

    /// A scheme by name: `gpt2` (also `r50k`, `p50k`), `cl100k`, `o200k`.
    ///
    /// # Errors
    /// A name that is not known.
    pub fn named(name: &str) -> Result<Self, crate::error::PretokenizeError> {
        let _ = name;
        todo!()
    }

    /// The name of the scheme, in whichever spelling and form it is written, where it is a known one.
    pub fn name(&self) -> Option<&'static str> {
        todo!()
    }

    /// The pattern as tiktoken spells it, where one regular expression of that dialect says the same.
    pub fn tiktoken_pattern(&self) -> Option<String> {
        todo!()
    }

    /// The steps as `tokenizers` spells them (a known scheme in Oniguruma's spelling, without the final `ByteLevel`), where that can be said.
    pub fn tokenizers_steps(&self) -> Option<Vec<Step>> {
        todo!()
    }
}

//! What a pretokenizer does, as data: what vocabulary files hold and what users name.

use super::dialects::reads_alike;
use super::scheme::Scheme;
use crate::error::PretokenizeError;

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

    /// A scheme by name: `gpt2` (also `r50k`, `p50k`), `cl100k`, `o200k`, with or without `_base`; `llama3`, `qwen2`, `mistral-nemo`,
    /// `bpe-200k`, `kimi-k2`, `deepseek`, `superbpe-200k`.
    ///
    /// # Errors
    /// A name that is not known.
    pub fn named(name: &str) -> Result<Self, PretokenizeError> {
        match Scheme::named(name) {
            Some(scheme) => Ok(Self::of_pattern(scheme.pattern(Dialect::Tiktoken))),
            None => Err(PretokenizeError::UnknownName {
                name: name.to_owned(),
                known: Scheme::names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    fn of_pattern(pattern: Pattern) -> Self {
        Self::regex(pattern.regex, pattern.dialect)
    }

    /// The known scheme that this is, in whichever spelling and form it is written.
    pub fn scheme(&self) -> Option<Scheme> {
        Scheme::of_steps(&self.without_byte_level()?)
    }

    /// The name of the scheme, in whichever spelling and form it is written, where it is a known one.
    pub fn name(&self) -> Option<&'static str> {
        self.scheme().map(Scheme::name)
    }

    /// The steps with a last `ByteLevel` replaced by the split that it stands for; `None` where it adds spaces or stands before other steps.
    fn without_byte_level(&self) -> Option<Vec<Step>> {
        let mut steps = self.steps.clone();
        if let Some(&Step::ByteLevel {
            add_prefix_space: false,
            use_regex,
            ..
        }) = steps.last()
        {
            steps.pop();
            if use_regex {
                steps.extend(Self::of_pattern(Scheme::Gpt2.pattern(Dialect::Tokenizers)).steps);
            }
        }
        let raw = !steps.iter().any(|step| matches!(step, Step::ByteLevel { .. }));
        raw.then_some(steps)
    }

    /// The pattern as tiktoken spells it, where one regular expression of that dialect says the same.
    ///
    /// tiktoken drops what its pattern does not match; a pattern that leaves gaps means the same there only for texts without any.
    pub fn tiktoken_pattern(&self) -> Option<String> {
        if let Some(scheme) = self.scheme() {
            return Some(scheme.pattern(Dialect::Tiktoken).regex);
        }
        match self.without_byte_level()?.as_slice() {
            [
                Step::Split {
                    pattern: SplitPattern::Regex(pattern),
                    behavior: Behavior::Isolated,
                    ..
                },
            ] => respelled(pattern, Dialect::Tiktoken).map(|pattern| pattern.regex),
            _ => None,
        }
    }

    /// The steps as `tokenizers` spells them, where that can be said: patterns in Oniguruma's spelling.
    ///
    /// Without the final `ByteLevel` of such a file, which the caller adds (`use_regex: false`, no prefix space). Where the steps cannot do
    /// without a `ByteLevel` of their own (it adds spaces, or others follow it) they hold it, and none is to be added.
    pub fn tokenizers_steps(&self) -> Option<Vec<Step>> {
        let steps = self.without_byte_level().unwrap_or_else(|| self.steps.clone());
        steps
            .into_iter()
            .map(|step| match step {
                Step::Split {
                    pattern: SplitPattern::Regex(pattern),
                    behavior,
                    invert,
                } => Some(Step::Split {
                    pattern: SplitPattern::Regex(respelled(&pattern, Dialect::Tokenizers)?),
                    behavior,
                    invert,
                }),
                other => Some(other),
            })
            .collect()
    }
}

/// The pattern in the other dialect, where it is known to mean the same there.
fn respelled(pattern: &Pattern, dialect: Dialect) -> Option<Pattern> {
    if pattern.dialect == dialect {
        return Some(pattern.clone());
    }
    if let Some(scheme) = Scheme::of_pattern(pattern) {
        return Some(scheme.pattern(dialect));
    }
    reads_alike(&pattern.regex).then(|| Pattern {
        regex: pattern.regex.clone(),
        dialect,
    })
}

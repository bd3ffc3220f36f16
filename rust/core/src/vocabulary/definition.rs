//! Everything that a tokenizer is, as data: what files hold, what `encode` runs on.

use super::{TokenId, Vocabulary};
use crate::pretokenize::PretokenizerSpec;

/// A token that is looked for in the text before anything else (the fields of `tokenizers`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedToken {
    /// Its text.
    pub content: String,
    /// Its id.
    pub id: TokenId,
    /// A control token: `encode` raises on it unless allowed, decoding may skip it. Where `false`, it is always matched.
    pub special: bool,
    /// Looked for in the normalised text; else in the text as given.
    pub normalized: bool,
    /// Only where no word character touches it.
    pub single_word: bool,
    /// Takes the white space before it.
    pub lstrip: bool,
    /// Takes the white space after it.
    pub rstrip: bool,
}

impl AddedToken {
    /// A special token, nothing stripped, looked for in the text as given.
    pub fn special(content: impl Into<String>, id: TokenId) -> Self {
        Self {
            content: content.into(),
            id,
            special: true,
            normalized: false,
            single_word: false,
            lstrip: false,
            rstrip: false,
        }
    }
}

/// What is done to the text before it is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Normalizer {
    /// Unicode's canonical composition.
    Nfc,
}

/// Ids put around a text by `add_special_tokens=True`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// Before the text.
    pub before: Vec<TokenId>,
    /// After it.
    pub after: Vec<TokenId>,
}

/// A tokenizer as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The ordinary tokens.
    pub vocabulary: Vocabulary,
    /// Special and other added tokens, by id.
    pub added_tokens: Vec<AddedToken>,
    /// What is done to the text first.
    pub normalizer: Option<Normalizer>,
    /// How the text is split.
    pub pretokenizer: PretokenizerSpec,
    /// What `add_special_tokens=True` adds.
    pub template: Template,
}

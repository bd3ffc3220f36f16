//! Tokens and merges: id ↔ bytes, and which pair becomes what, in which order.
//!
//! One file a format: `tiktoken.rs`, `tokenizer_json.rs`, `gpt2.rs` (`vocab.json` + `merges.txt`); `load.rs` recognises them by content.

mod definition;

pub use definition::{AddedToken, Definition, Normalizer, Template};

use crate::error::VocabularyError;
use crate::pretokenize::PretokenizerSpec;
use std::path::Path;

/// A token's id.
pub type TokenId = u32;

/// One merge: `left` and `right` side by side become `id`. Its rank is its place in [`Vocabulary::merges`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Merge {
    /// The token on the left.
    pub left: TokenId,
    /// The token on the right.
    pub right: TokenId,
    /// What they become; several merges may share it.
    pub id: TokenId,
}

/// What decides the order of merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Semantics {
    /// tiktoken: any two neighbours whose joined bytes are a token may merge, the lowest rank (= id) of the joined bytes first; a whole pretoken
    /// that is a token is taken as it is.
    Ranks,
    /// `tokenizers`: only listed pairs merge, the earliest in the list first.
    Merges {
        /// A whole pretoken that is a token is taken as it is.
        ignore_merges: bool,
    },
}

/// The ordinary tokens of a tokenizer and their merges; special tokens are kept apart, in [`Definition::added_tokens`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    tokens: Vec<Option<Box<[u8]>>>,
    merges: Vec<Merge>,
    semantics: Semantics,
}

impl Vocabulary {
    /// From ranks, as in a `.tiktoken` file; the merges follow from them (each token that merging reaches, split by the merges before it).
    ///
    /// # Errors
    /// Two tokens with one rank, two ranks for one token, an empty token.
    pub fn from_ranks(ranks: Vec<(Vec<u8>, TokenId)>) -> Result<Self, VocabularyError> {
        let _ = ranks;
        todo!()
    }

    /// From tokens by id (`None`: unused) and a list of merges.
    ///
    /// # Errors
    /// A token twice, an empty token, a merge of or into an unknown id, or whose bytes do not join to its token's.
    pub fn from_merges(
        tokens: Vec<Option<Box<[u8]>>>,
        merges: Vec<Merge>,
        ignore_merges: bool,
    ) -> Result<Self, VocabularyError> {
        let _ = (tokens, merges, ignore_merges);
        todo!()
    }

    /// Bytes by id; `None` where an id is unused.
    pub fn tokens(&self) -> &[Option<Box<[u8]>>] {
        &self.tokens
    }

    /// The bytes of a token.
    pub fn bytes(&self, id: TokenId) -> Option<&[u8]> {
        self.tokens.get(id as usize)?.as_deref()
    }

    /// In order.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// Which semantics encoding follows.
    pub fn semantics(&self) -> Semantics {
        self.semantics
    }
}

/// Formats of vocabulary files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `base64(bytes) rank` a line.
    Tiktoken,
    /// A `tokenizer.json` of `tokenizers`.
    TokenizerJson,
    /// `vocab.json` and `merges.txt` in one folder.
    Gpt2,
}

/// Reads a tokenizer from a file or a folder, whose format is recognised by its content.
///
/// `pretokenizer` is needed where the file has none (`.tiktoken`, GPT-2's pair), and overrides where it has one.
///
/// # Errors
/// A missing, truncated or forged file; one that asks for what is not supported; no pretokenizer.
pub fn load(path: &Path, pretokenizer: Option<&PretokenizerSpec>) -> Result<Definition, VocabularyError> {
    let _ = (path, pretokenizer);
    todo!()
}

/// Writes a tokenizer in a format: aside, then renamed. `path` is a file, or for [`Format::Gpt2`] a folder.
///
/// # Errors
/// What the format can't hold, named; what the system says.
pub fn save(definition: &Definition, path: &Path, format: Format) -> Result<(), VocabularyError> {
    let _ = (definition, path, format);
    todo!()
}

//! Tokens and merges: id ↔ bytes, and which pair becomes what, in which order.
//!
//! One file a format: `tiktoken.rs`, `tokenizer_json.rs`, `gpt2.rs` (`vocab.json` + `merges.txt`); `load.rs` recognises them by content.

mod definition;
mod splits;
mod table;

pub use definition::{AddedToken, Definition, Normalizer, Template};
pub use table::Vocabulary;

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

//! Tokens and merges: id ↔ bytes, and which pair becomes what, in which order.
//!
//! One file a format: `tiktoken.rs`, `tokenizer_json.rs`, `gpt2.rs` (`vocab.json` + `merges.txt`); `load.rs` recognises them by content.

mod added_tokens;
pub mod byte_characters;
mod definition;
mod gpt2;
mod json;
mod load;
mod pretrained;
mod reach;
#[cfg(test)]
mod refusals;
mod spelled;
mod splits;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod tiktoken;
mod tokenizer_json;

pub use definition::{
    AddedToken, Definition, Normalizer, PostProcessor, Template, TemplatePiece, TemplateToken,
};
pub use load::{load, load_bytes};
pub use pretrained::save_pretrained;
pub use table::Vocabulary;

use crate::error::VocabularyError;
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

/// Writes a tokenizer in a format: aside, then renamed. `path` is a file, or for [`Format::Gpt2`] a folder (made where it is missing).
///
/// A `.tiktoken` file holds neither the pattern nor the special tokens, GPT-2's pair not the pattern: give them again where it is loaded.
///
/// # Errors
/// What the format can't hold and would give other ids without, named; what the system says.
pub fn save(definition: &Definition, path: &Path, format: Format) -> Result<(), VocabularyError> {
    match format {
        Format::Tiktoken => tiktoken::write(definition, path),
        Format::TokenizerJson => tokenizer_json::write(definition, path),
        Format::Gpt2 => gpt2::write(definition, path),
    }
}

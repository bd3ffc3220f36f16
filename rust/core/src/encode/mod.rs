//! Merges applied in order: text to ids, and ids back to text.

mod backtrack;
mod merge;
mod model;
mod pairs;
#[cfg(test)]
mod properties;
mod trie;

use crate::error::{DecodeError, EncodeError, VocabularyError};
use crate::monitor::Monitor;
use crate::source::SourceOptions;
use crate::vocabulary::{Definition, TokenId};
use std::path::PathBuf;

/// What to do with special tokens that stand in the text (added tokens that are not special are always matched).
#[derive(Clone, Copy)]
pub enum SpecialTokens<'a> {
    /// They are ordinary text.
    Ordinary,
    /// Those in `allowed` become their ids, those in `disallowed` are an error, the rest is ordinary text.
    Choose {
        /// Become their ids.
        allowed: &'a dyn Fn(&str) -> bool,
        /// Raise.
        disallowed: &'a dyn Fn(&str) -> bool,
    },
}

/// How much work encoding took, for tests that bound it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Symbols (or trie steps) looked at.
    pub symbols: u64,
    /// Pushes to and pops from a queue.
    pub queue_operations: u64,
}

/// Ids of many documents in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// All ids, one document after the other.
    pub ids: Vec<TokenId>,
    /// Where each document begins in `ids`, and at last where the last one ends: (D + 1).
    pub offsets: Vec<i64>,
    /// Special tokens that were taken for ordinary text.
    pub special_seen: u64,
}

/// A tokenizer, compiled: encodes and decodes. Shared by threads; the caches inside are bounded.
pub struct Tokenizer {
    definition: Definition,
}

impl Tokenizer {
    /// Builds the tables.
    ///
    /// # Errors
    /// A pattern that does not compile; special tokens that clash with each other or with the vocabulary.
    pub fn new(definition: Definition) -> Result<Self, VocabularyError> {
        Ok(Self { definition })
    }

    /// What it was made from.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Appends the ids of one text to `out`; `template`: with the ids that the post-processor adds.
    ///
    /// # Errors
    /// A special token that is not allowed; a byte without a token; a pattern that gives up. `out` is then as it was.
    pub fn encode(
        &self,
        text: &[u8],
        special: SpecialTokens<'_>,
        template: bool,
        out: &mut Vec<TokenId>,
    ) -> Result<(), EncodeError> {
        let _ = (text, special, template, out);
        todo!()
    }

    /// [`Tokenizer::encode`], and for each id the byte range of the original text that it stands for (empty for ids of the template).
    /// Tokens of one normalised or multi-byte character share its range where they split it.
    pub fn encode_with_offsets(
        &self,
        text: &[u8],
        special: SpecialTokens<'_>,
        template: bool,
    ) -> Result<(Vec<TokenId>, Vec<(usize, usize)>), EncodeError> {
        let _ = (text, special, template);
        todo!()
    }

    /// Encodes many texts on `threads` threads; what comes out does not depend on how many. A text that is longer than the others is cut at safe places.
    pub fn encode_batch(
        &self,
        texts: &[&[u8]],
        special: SpecialTokens<'_>,
        template: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<Encoded, EncodeError> {
        let _ = (texts, special, template, threads, monitor);
        todo!()
    }

    /// Encodes files, document by document, in the order given; `sink` takes the ids of each batch (so that memory stays bounded).
    /// `special`: match special tokens; else they are ordinary text, and are counted.
    pub fn encode_files<E: From<EncodeError>>(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
        sink: &mut dyn FnMut(Encoded) -> Result<(), E>,
    ) -> Result<(), E> {
        let _ = (paths, options, special, threads, monitor, sink);
        todo!()
    }

    /// How many ids [`Tokenizer::encode`] would give.
    pub fn count(&self, text: &[u8], special: SpecialTokens<'_>, template: bool) -> Result<u64, EncodeError> {
        let _ = (text, special, template);
        todo!()
    }

    /// The count where it is at most `limit`, else `None`, found without encoding much more than `limit` tokens.
    pub fn count_up_to(
        &self,
        text: &[u8],
        special: SpecialTokens<'_>,
        limit: u64,
    ) -> Result<Option<u64>, EncodeError> {
        let _ = (text, special, limit);
        todo!()
    }

    /// How often each id occurs in files: `frequencies[id]`, (V,).
    pub fn token_frequencies(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<Vec<u64>, EncodeError> {
        let _ = (paths, options, special, threads, monitor);
        todo!()
    }

    /// The bytes of ids.
    ///
    /// # Errors
    /// An id that is not in the vocabulary.
    pub fn decode(&self, ids: &[TokenId], skip_special: bool, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let _ = (ids, skip_special, out);
        todo!()
    }

    /// Encodes without the pretoken cache, and counts the work (for tests).
    pub fn measure_work(&self, text: &[u8]) -> Result<(Vec<TokenId>, Work), EncodeError> {
        let _ = text;
        todo!()
    }
}

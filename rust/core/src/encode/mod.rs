//! Merges applied in order: text to ids, and ids back to text.
//!
//! A text goes through `special.rs` (added tokens are found first), the normaliser and the pretokenizer, and for each pretoken `cache.rs` or, where it is not there, `model.rs`:
//! `backtrack.rs` in linear time where the vocabulary allows it, else `merge.rs`, and `lockstep.rs` for many short ones at once; all ask `pairs.rs`, the table of merges, which `making.rs` fills (`tables.rs` says when,
//! `kept.rs` and `table_cache.rs` spare the next process most of it). `engine.rs` does this for a
//! stretch of text (`lookup.rs`: with the caches of a worker; `misses.rs`: what is not there), `text.rs` for one text, `batch.rs` for many on threads, `files.rs` for files; ids go into a `sink.rs`, those
//! of several threads into one list by `join.rs`; `buffers.rs` keeps such lists for the next call. `keys.rs` makes pretokens keys of the cache, `hashes.rs` hashes these, `cuts.rs` finds where they may be
//! cut. `corpus.rs` counts over files,
//! `profile.rs` over profiles (with `traces.rs`). `decode.rs` is the way back.
//!
//! `anchors.rs` keeps places where a text may be cut, with the tokens before each. On it stand `index.rs`, which counts any part of a text, and `chunk.rs`, which cuts a text
//! into pieces of so many tokens (`borders.rs`: where its tokens end); `appender.rs` counts a text that grows. `restarts.rs` helps where such places are rare.

mod anchors;
mod appender;
mod backtrack;
mod batch;
mod borders;
mod buffers;
mod cache;
#[cfg(test)]
mod cache_tests;
mod chunk;
mod corpus;
#[cfg(test)]
mod counting_tests;
mod cuts;
#[cfg(test)]
mod cuts_tests;
mod decode;
mod engine;
mod files;
#[cfg(any(test, feature = "reference"))]
pub mod forged;
mod hashes;
mod index;
mod join;
mod kept;
#[cfg(test)]
mod kept_tests;
mod keys;
mod layout;
mod lockstep;
mod lookup;
mod making;
mod merge;
mod misses;
mod model;
mod offsets;
mod pairs;
#[cfg(test)]
mod parts_tests;
mod pool;
mod profile;
#[cfg(test)]
mod properties;
mod restarts;
mod sink;
mod special;
mod table_cache;
mod tables;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod thread_tests;
mod traces;
mod trie;

pub use appender::Appender;
pub use buffers::recycle;
pub use chunk::{Chunker, Chunks};
pub use corpus::{CorpusCount, CorpusOptions, CorpusSource};
pub use decode::StreamDecoder;
pub use index::TextIndex;
pub use offsets::WithOffsets;
pub use table_cache::TableCache;

use crate::beside::beside;
use crate::error::{EncodeError, VocabularyError};
use crate::pretokenize::Pretokenizer;
use crate::vocabulary::{AddedToken, Definition, TokenId, Vocabulary};
use decode::Decoder;
use engine::{Engine, Failure};
use making::SMALL;
use model::{Scratch, Way};
use pool::Pool;
use sink::{Count, Sink};
use special::Added;
use std::collections::HashMap;
use std::ops::ControlFlow;
use tables::Tables;

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
    /// Where each document begins in `ids`, and at last where the last one ends: (D + 1). Batches of files may cut a long document: ids after the
    /// last offset are of a document that goes on in the next batch, whose first offset to follow is its end ([`Encoded::append`]).
    pub offsets: Vec<i64>,
    /// Special tokens that were taken for ordinary text.
    pub special_seen: u64,
}

/// A tokenizer, compiled: encodes and decodes. Shared by threads; the caches inside are bounded.
pub struct Tokenizer {
    definition: Definition,
    engine: Engine,
    added: Added,
    decoder: Decoder,
    pool: Pool,
}

impl Tokenizer {
    /// Builds the tables.
    ///
    /// # Errors
    /// A pattern that does not compile; special tokens that clash with each other or with the vocabulary.
    pub fn new(definition: Definition) -> Result<Self, VocabularyError> {
        Self::with_cache(definition, None)
    }

    /// [`Tokenizer::new`], with tables out of a cache where it has them; where it has not, they are put into it.
    ///
    /// # Errors
    /// As [`Tokenizer::new`]; never on account of the cache.
    pub fn with_cache(definition: Definition, cache: Option<&TableCache>) -> Result<Self, VocabularyError> {
        check_added_tokens(&definition.added_tokens, &definition.vocabulary)?;
        let pretokenizer = Pretokenizer::new(&definition.pretokenizer)?;
        let (tables, decoder) = beside(
            definition.vocabulary.len() > SMALL,
            || Tables::new(&definition.vocabulary, cache),
            || Decoder::new(&definition),
        );
        Ok(Self {
            engine: Engine::new(tables?, pretokenizer),
            added: Added::new(&definition.added_tokens, definition.normalizer.as_ref())?,
            decoder: decoder?,
            pool: Pool::new(),
            definition,
        })
    }

    /// What it was made from.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Bytes of memory of what threads share: the vocabulary, and the tables made of it (not a pattern's automata, nor those of added tokens).
    /// Each thread that encodes has a cache of its own beside it.
    pub fn memory(&self) -> usize {
        self.definition.vocabulary.memory() + self.engine.memory() + self.decoder.memory()
    }

    /// What runs its pretokenizer.
    pub fn pretokenizer_path(&self) -> &crate::pretokenize::Path {
        self.engine.pretokenizer.path()
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
        let before = out.len();
        let result = self.encode_into(text, special, template, out);
        if result.is_err() {
            out.truncate(before);
        }
        result.map_err(EncodeError::from)
    }

    /// How many ids [`Tokenizer::encode`] would give.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn count(&self, text: &[u8], special: SpecialTokens<'_>, template: bool) -> Result<u64, EncodeError> {
        let mut count = Count::new();
        self.encode_into(text, special, template, &mut count)?;
        Ok(count.count)
    }

    /// The count where it is at most `limit`, else `None`, found without encoding much more than `limit` tokens.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`], but for what stands after the limit (special tokens are looked for in all of the text).
    pub fn count_up_to(
        &self,
        text: &[u8],
        special: SpecialTokens<'_>,
        limit: u64,
    ) -> Result<Option<u64>, EncodeError> {
        let mut count = Count::up_to(limit);
        match self.encode_into(text, special, false, &mut count) {
            Ok(()) => Ok((count.count <= limit).then_some(count.count)),
            Err(Failure::Full) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    fn encode_into<S: Sink>(
        &self,
        text: &[u8],
        special: SpecialTokens<'_>,
        template: bool,
        sink: &mut S,
    ) -> Result<(), Failure> {
        let policy = self.added.policy_for_text(special, text);
        if template {
            sink.many(&self.definition.template.before);
        }
        self.pool.with(|worker| {
            let normalizer = self.definition.normalizer.as_ref();
            text::encode(&self.engine, &self.added, &policy, normalizer, text, worker, sink)
        })?;
        if template {
            sink.many(&self.definition.template.after);
        }
        Ok(())
    }

    /// Encodes ordinary text without the pretoken cache, and counts the work (for tests).
    ///
    /// # Errors
    /// A byte without a token; a pattern that gives up.
    pub fn measure_work(&self, text: &[u8]) -> Result<(Vec<TokenId>, Work), EncodeError> {
        let mut ids = Vec::new();
        let mut scratch = Scratch::default();
        let mut result = Ok(());
        self.engine.pretokenizer.for_each(text, |pretoken| {
            let emit = &mut |id| ids.push(id);
            match self
                .engine
                .model
                .encode(pretoken.bytes, Way::Best, &mut scratch, emit)
            {
                Ok(()) => ControlFlow::Continue(()),
                Err(missing) => {
                    result = Err(EncodeError::NoByteToken {
                        byte: missing.byte,
                        offset: pretoken.range.start + missing.place,
                    });
                    ControlFlow::Break(())
                }
            }
        })?;
        result.map(|()| (ids, scratch.work))
    }
}

/// An added token may have the text of an ordinary token with another id (GPT-NeoX has such ones): it is found first.
///
/// # Errors
/// Added tokens that are empty, that share an id or a content, or that have the id of an ordinary token.
fn check_added_tokens(added: &[AddedToken], vocabulary: &Vocabulary) -> Result<(), VocabularyError> {
    let mut ids: HashMap<TokenId, &str> = HashMap::new();
    let mut contents: HashMap<&str, TokenId> = HashMap::new();
    for token in added {
        let AddedToken { content, id, .. } = token;
        let problem = if content.is_empty() {
            format!("the added token of id {id} is empty")
        } else if let Some(other) = ids.insert(*id, content) {
            format!("the added tokens {other:?} and {content:?} have the same id {id}")
        } else if let Some(other) = contents.insert(content, *id) {
            format!("the added token {content:?} has two ids, {other} and {id}")
        } else if let Some(bytes) = vocabulary.bytes(*id).filter(|&bytes| bytes != content.as_bytes()) {
            let bytes = bytes.escape_ascii();
            format!("the added token {content:?} has the id {id} of the ordinary token \"{bytes}\"")
        } else {
            continue;
        };
        return Err(VocabularyError::Inconsistent(problem));
    }
    Ok(())
}

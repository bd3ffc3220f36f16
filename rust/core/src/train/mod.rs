//! Pretoken counts to merges.
//!
//! `count.rs` counts pretokens over documents and files, `merge.rs` is the merge loop, `profile.rs` the file of counts.

use crate::error::{ProfileError, TrainError};
use crate::monitor::Monitor;
use crate::pretokenize::PretokenizerSpec;
use crate::source::SourceOptions;
use crate::vocabulary::{Definition, Normalizer};
use std::path::{Path, PathBuf};

/// Which of several pairs with the same count is merged first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ties {
    /// As `tokenizers`: the smallest (left id, right id), the 256 bytes having ids in the order of GPT-2's characters.
    #[default]
    SmallestIds,
    /// The pair seen first in the corpus, in the order of the sources as given.
    FirstSeen,
}

/// What to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Tokens in all: bytes, merges and special tokens.
    pub vocab_size: usize,
    /// Training stops when the most frequent pair is rarer than this.
    pub min_frequency: u64,
    /// Longest token, in bytes.
    pub max_token_length: Option<usize>,
    /// Special tokens, in order.
    pub special_tokens: Vec<String>,
    /// They get the lowest ids; else the highest.
    pub special_first: bool,
    /// The tie rule.
    pub ties: Ties,
    /// Worker threads, at least 1.
    pub threads: usize,
}

/// What training gave.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The tokenizer.
    pub definition: Definition,
    /// Corpus count of each merge at the time it was made.
    pub merge_counts: Vec<u64>,
    /// The text did not yield `vocab_size` tokens (or `min_frequency` or `max_token_length` stopped it).
    pub exhausted: bool,
}

/// Counts pretokens: feed it documents, files and counts made elsewhere, then [`PretokenCounter::finish`].
///
/// Memory follows the distinct pretokens. The result depends neither on threads nor on how documents were batched.
pub struct PretokenCounter<'a> {
    monitor: &'a Monitor<'a>,
}

/// How a [`PretokenCounter`] counts.
#[derive(Clone, Debug)]
pub struct CountOptions {
    /// How text is split; normaliser first.
    pub pretokenizer: PretokenizerSpec,
    /// What is done to the text before it is split.
    pub normalizer: Option<Normalizer>,
    /// How files are split into documents.
    pub source: SourceOptions,
    /// Texts of special tokens to look for.
    pub special_tokens: Vec<String>,
    /// Leave them out of the text (nothing merges across them); else they are ordinary text, and are counted in `special_seen`.
    pub allow_special: bool,
    /// Remember where each pretoken was first seen (for [`Ties::FirstSeen`]).
    pub positions: bool,
    /// Worker threads, at least 1.
    pub threads: usize,
}

impl<'a> PretokenCounter<'a> {
    /// An empty counter.
    pub fn new(options: CountOptions, monitor: &'a Monitor<'a>) -> Result<Self, TrainError> {
        let _ = options;
        Ok(Self { monitor })
    }

    /// Counts documents, each whole.
    pub fn add_documents(&mut self, documents: &[&[u8]]) -> Result<(), TrainError> {
        let _ = (documents, self.monitor);
        todo!()
    }

    /// Counts the documents of files (text in any form that [`crate::source::visit_file`] reads, and profiles, recognised by their magic).
    pub fn add_files(&mut self, paths: &[PathBuf]) -> Result<(), TrainError> {
        let _ = paths;
        todo!()
    }

    /// Adds a pretoken that was counted elsewhere.
    pub fn add_pretoken(&mut self, pretoken: &[u8], count: u64) -> Result<(), TrainError> {
        let _ = (pretoken, count);
        todo!()
    }

    /// The counts.
    pub fn finish(self) -> Result<PretokenCounts, TrainError> {
        todo!()
    }
}

/// Pretokens and how often each occurs, sorted by their bytes; plus what a profile's header says of them.
#[derive(Clone, Debug, Default)]
pub struct PretokenCounts {}

impl PretokenCounts {
    /// Number of distinct pretokens.
    pub fn len(&self) -> usize {
        todo!()
    }

    /// In the order of their bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        std::iter::empty()
    }

    /// Reads a profile.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        let _ = path;
        todo!()
    }

    /// Writes a profile: aside, then renamed.
    pub fn save(&self, path: &Path) -> Result<(), ProfileError> {
        let _ = path;
        todo!()
    }
}

/// Learns merges; `base` is continued, its ids and merges kept as a prefix.
pub fn train(
    counts: &PretokenCounts,
    options: &TrainOptions,
    base: Option<&Definition>,
    monitor: &Monitor<'_>,
) -> Result<Trained, TrainError> {
    let _ = (counts, options, base, monitor);
    todo!()
}

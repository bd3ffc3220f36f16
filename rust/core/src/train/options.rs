//! What training is asked for, and what it gives.

use crate::vocabulary::Definition;

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
    /// Corpus count of each merge that was learned, at the time it was made (those of a base are not among them).
    pub merge_counts: Vec<u64>,
    /// The text did not yield `vocab_size` tokens (or `min_frequency` or `max_token_length` stopped it).
    pub exhausted: bool,
}

//! One error enum a stage; each message names the input, the place, and what would be right.

use std::path::PathBuf;

pub use crate::monitor::Interrupted;

/// Reading documents failed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The operating system refused; `source` keeps its code.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file whose content is not what its name or the options promise.
    #[error("{}: {place}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where: `line 12`, `offset 5120 of the uncompressed data`.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The caller stopped the work.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// A pattern does not compile, or gave up on a text.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PretokenizeError {
    /// The regular expression is not valid in its dialect.
    #[error("pattern {pattern:?} does not compile: {problem}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What the engine said, with the position where it gives one.
        problem: String,
    },
    /// No scheme of that name.
    #[error("no pattern named {name:?}; known are {known}")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The engine gave up while matching (a backtracking limit).
    #[error("pattern {pattern:?} gave up at byte {offset} of the text: {problem}")]
    Matching {
        /// The pattern.
        pattern: String,
        /// Byte offset into the text.
        offset: usize,
        /// What the engine said.
        problem: String,
    },
}

/// A vocabulary is inconsistent, or a file of one can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The content of a file is wrong.
    #[error("{}: {place}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where: `line 12`, `model.merges[40]`.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The file asks for something that is not supported.
    #[error("{}: {feature} is not supported: {hint}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it asks for, by the name it has in the file.
        feature: String,
        /// What is supported.
        hint: String,
    },
    /// The file does not say how text is split, and neither did the caller.
    #[error("{}: {what} does not say how text is split: pass the pattern (gpt2, cl100k, o200k, or a regular expression)", path.display())]
    PatternNeeded {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The tokens and merges do not fit together.
    #[error("{0}")]
    Inconsistent(String),
    /// The pattern does not compile.
    #[error(transparent)]
    Pattern(#[from] PretokenizeError),
}

/// A corpus profile can't be read, written or merged.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The content of a file is wrong.
    #[error("{}: {place}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where: `header`, `byte 4096`.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Two profiles that count different things.
    #[error("{0}")]
    Incompatible(String),
    /// The caller stopped the work.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// Training can't be done as asked.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting that can't be met.
    #[error("{0}")]
    Setting(String),
    /// No text.
    #[error("{0}")]
    EmptyCorpus(String),
    /// Reading failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The pattern failed.
    #[error(transparent)]
    Pretokenize(#[from] PretokenizeError),
    /// A profile among the sources can't be read, or counts something else.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The result, or the vocabulary to extend, is inconsistent.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// The caller stopped the work.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// A text can't be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A special token stands in the text and was not allowed.
    #[error(
        "the text contains the special token {token:?} at byte {offset}; allow it (allowed_special) or encode it as ordinary text (disallowed_special=())"
    )]
    SpecialToken {
        /// The token.
        token: String,
        /// Byte offset into the text.
        offset: usize,
    },
    /// The vocabulary has no token for a byte of the text.
    #[error("the vocabulary has no token for byte 0x{byte:02X} at byte {offset} of the text")]
    NoByteToken {
        /// The byte.
        byte: u8,
        /// Byte offset into the text.
        offset: usize,
    },
    /// A text can't be cut into pieces of so few tokens.
    #[error(
        "the character at byte {offset} of the text takes {tokens} tokens by itself; pieces of at most {limit} can't hold it (max_tokens)"
    )]
    CharacterTooLong {
        /// Byte offset into the text.
        offset: usize,
        /// Tokens of the character alone.
        tokens: u64,
        /// Tokens that a piece may have.
        limit: u64,
    },
    /// A setting that can't be met.
    #[error("{0}")]
    Setting(String),
    /// The vocabulary has no token for a byte of a pretoken of a profile.
    #[error(
        "the vocabulary has no token for byte 0x{byte:02X}, which stands in pretoken \"{pretoken}\" of {profile}"
    )]
    NoByteTokenInProfile {
        /// The byte.
        byte: u8,
        /// The pretoken, escaped.
        pretoken: String,
        /// The profile.
        profile: String,
    },
    /// The pattern failed.
    #[error(transparent)]
    Pretokenize(#[from] PretokenizeError),
    /// Reading failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A profile can't be read, or counts what this vocabulary does not have.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The caller stopped the work.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// Ids can't be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The buffer has not the length of the decoded text; or the ids were changed by someone else while they were decoded.
    #[error("the buffer has not the length that the ids decode to (were they changed meanwhile?)")]
    WrongLength,
    /// An id that the vocabulary does not have.
    #[error("id {id} at index {index} is not in the vocabulary (ids go up to {highest}; some may be unused)")]
    UnknownId {
        /// The id.
        id: u64,
        /// Its place in the input.
        index: usize,
        /// The highest id of the vocabulary.
        highest: u32,
    },
}

/// Compressing or decompressing failed. Offsets count the bytes of the compressed data from its beginning.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// A setting that can't be met.
    #[error("{0}")]
    Setting(String),
    /// The data is damaged, or was never of this format.
    #[error("byte {offset} of the compressed data: {problem}")]
    Corrupt {
        /// Where the part begins that is wrong.
        offset: u64,
        /// What is wrong.
        problem: String,
    },
    /// The data ends too early.
    #[error("the compressed data ends at byte {offset}, within {part}")]
    Truncated {
        /// How much there is.
        offset: u64,
        /// What is incomplete: `a block`, `the footer`.
        part: &'static str,
    },
    /// The data asks for something that this version does not have.
    #[error("byte {offset} of the compressed data: {feature} is not supported: {hint}")]
    Unsupported {
        /// Where it is asked for.
        offset: u64,
        /// What it asks for.
        feature: String,
        /// What is supported.
        hint: String,
    },
    /// Decoding takes more memory, or gives more output, than the caller allows.
    #[error("{what} takes {needed} bytes; the limit is {limit} ({option})")]
    Limit {
        /// What takes so much.
        what: String,
        /// How much it takes, or more.
        needed: u64,
        /// How much is allowed.
        limit: u64,
        /// The option that allows more.
        option: &'static str,
    },
    /// The operating system refused to read or write.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The caller stopped the work.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

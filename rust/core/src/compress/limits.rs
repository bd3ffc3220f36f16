//! What decoding may take.

use super::container::{Entry, Header, Kind};
use crate::error::CodecError;

/// What decoding may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of memory to work in, besides what the caller holds: what asks for more is an error. A block takes, for each thread, up to so many times its own length:
    /// 2 where it is stored, 5 as bytes, 12 as tokens (a forged one; text takes 3).
    pub memory: u64,
    /// Threads that work at most; fewer do where the memory allows no more.
    pub threads: usize,
}

/// Memory that decoding may take where the caller says nothing.
pub const DEFAULT_MEMORY_LIMIT: u64 = 2 << 30;

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: DEFAULT_MEMORY_LIMIT,
            threads: 1,
        }
    }
}

/// Bytes that a thread is given at once at least, where blocks are shorter: one that is done waits for the others, which with a single block of 2 MB for
/// each costs two threads 5 % of their time.
const SHARE: u64 = 8 << 20;

/// Memory that decoding a block may take.
pub(super) fn memory_of(entry: &Entry) -> u64 {
    let lengths = match entry.kind {
        // It stands for no bytes; what is made of it is reckoned there.
        Kind::Dictionary => return entry.stored,
        // Payload and text.
        Kind::Stored => 2,
        // Twice its length in streams, its literals, too.
        Kind::Bytes => 5,
        // Payload, text and streams, and half a token of eight bytes for each byte, in a vector that may have doubled.
        Kind::Tokens => 12,
    };
    lengths * entry.raw
}

impl Limits {
    /// What is left of the memory beside the smallest that a block of a frame with that header takes.
    ///
    /// # Errors
    /// [`CodecError::Limit`] where that is too much.
    pub(super) fn beside_block(&self, header: Header) -> Result<u64, CodecError> {
        let needed = 2 * header.block_size() as u64;
        let left = self.memory.checked_sub(needed);
        let what = || format!("decoding blocks of {} bytes", header.block_size());
        left.ok_or_else(|| self.exceeded(what(), needed))
    }

    /// Bytes that all threads decode at once.
    pub(super) fn at_once(&self, header: Header) -> u64 {
        ((header.block_size() as u64).max(SHARE) * self.threads as u64).min(self.memory)
    }

    /// The error for something that takes too much.
    pub(super) fn exceeded(&self, what: String, needed: u64) -> CodecError {
        CodecError::Limit {
            what,
            needed,
            limit: self.memory,
            option: "memory_limit",
        }
    }
}

//! What decoding may take.

use super::container::Header;
use crate::error::CodecError;

/// What decoding may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of memory to work in, besides what the caller holds: a frame that asks for more is an error. A block takes up to three times its own
    /// length (what it is read from, its streams, what it gives), for each thread.
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

/// Working memory for a block, in lengths of the block.
const BLOCK_FACTOR: u64 = 3;

/// Bytes that a thread is given at once at least, where blocks are short: starting one takes some 50 µs.
const SHARE: u64 = 1 << 20;

impl Limits {
    /// Memory for dictionaries, besides a block of a frame with that header.
    ///
    /// # Errors
    /// [`CodecError::Limit`] where not even the block has room.
    pub(super) fn besides_block(&self, header: Header) -> Result<u64, CodecError> {
        let needed = BLOCK_FACTOR * header.block_size() as u64;
        let what = || format!("decoding blocks of {} bytes", header.block_size());
        self.memory
            .checked_sub(needed)
            .ok_or_else(|| self.exceeded(what(), needed))
    }

    /// Bytes to decode at once beside a dictionary: a block at least.
    pub(super) fn at_once(&self, header: Header, dictionary: u64) -> u64 {
        let most = self.memory.saturating_sub(dictionary) / BLOCK_FACTOR;
        let block = header.block_size() as u64;
        (block.max(SHARE) * self.threads as u64).min(most)
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

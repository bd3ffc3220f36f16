//! The levels: what each one spends. Numbers in brackets are those of `docs/compression-experiments.md`.

use super::bytes::Effort;
use crate::error::CodecError;

/// What a level does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// libdeflate's effort for blocks of bytes.
    pub deflate_bytes: u32,
    /// The same for blocks of tokens: 1 beats 4 to 9 there, whose greedy matches split what the codes fit (21).
    pub deflate_tokens: u32,
    /// The same for dictionaries, which hold few repetitions: what does not search for the best parse takes 5 % more, 12 twice the time of 10 for .1 % less. At
    /// level 1 on 4 MB of text 6 takes 3 % less time for .04 points.
    pub deflate_dictionary: u32,
    /// How long repetitions are looked for in blocks of bytes.
    pub matches: Effort,
    /// The logarithm, base two, of the most bytes of a block.
    pub block_size_log: u8,
    /// The level of the dictionary and of its tokens.
    pub text: u32,
    /// The most bytes of a block of tokens: what a thread works on.
    pub piece: usize,
    /// What the bytes mode takes at least, in hundredths of the estimate that a sample gives, which has not seen repetitions from afar: on logs 88 at level 1 and
    /// 73 at level 3, else more.
    pub best_of_sample: usize,
    /// Whether a sample that leaves open which mode is shorter is followed by a look at all.
    pub looks_twice: bool,
    /// Bytes that are gathered before anything is written, and worked on together.
    pub window: usize,
}

/// The level where none is asked for.
pub const DEFAULT_LEVEL: u8 = 3;

/// The levels there are.
const LEVELS: [Level; 3] = [
    Level {
        deflate_bytes: 1,
        deflate_tokens: 1,
        deflate_dictionary: 6,
        matches: Effort { stride: 4, ways: 1 },
        block_size_log: 22,
        text: 1,
        piece: 2 << 20,
        best_of_sample: 85,
        looks_twice: false,
        window: 16 << 20,
    },
    Level {
        deflate_bytes: 6,
        deflate_tokens: 1,
        deflate_dictionary: 10,
        matches: Effort { stride: 1, ways: 4 },
        block_size_log: 23,
        text: 2,
        piece: 2 << 20,
        best_of_sample: 66,
        looks_twice: true,
        window: 32 << 20,
    },
    // Repetitions within 8 MiB, on logs: 12.8 % of the original; 4 MiB 14.0, 2 MiB 14.5, 1 MiB 15.2; more than 8 gain nothing there.
    Level {
        deflate_bytes: 12,
        deflate_tokens: 12,
        deflate_dictionary: 10,
        matches: Effort { stride: 1, ways: 4 },
        block_size_log: 23,
        text: 3,
        piece: 2 << 20,
        best_of_sample: 66,
        looks_twice: true,
        window: 64 << 20,
    },
];

/// The level of that number.
///
/// # Errors
/// [`CodecError::Setting`] where there is none.
pub(super) fn level(number: u8) -> Result<Level, CodecError> {
    usize::from(number)
        .checked_sub(1)
        .and_then(|index| LEVELS.get(index))
        .copied()
        .ok_or_else(|| {
            CodecError::Setting(format!(
                "no level {number}: there are 1 (fast) to {} (small)",
                LEVELS.len()
            ))
        })
}

//! How much work the levels do.

use super::classes::Shape;
use super::model::ModelTuning;
use super::phrases::Rules;
use super::words::Thresholds;

/// Everything that a level decides.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// Thresholds for words.
    pub thresholds: Thresholds,
    /// Phrases and codes.
    pub model: ModelTuning,
    /// How many earlier places are looked at for repeats; 0: none are looked for.
    pub match_depth: usize,
    /// Pieces of the window have this length in bytes.
    pub piece: usize,
    /// About how many bytes of the window words are counted in.
    pub word_sample: usize,
    /// About how many of these bytes phrases and codes are learned from.
    pub model_sample: usize,
}

impl Tuning {
    /// The settings of a level for a window of `length` bytes. Numbers in brackets
    /// are those of `docs/compression-experiments.md`, which has the measurements.
    pub fn new(level: u32, length: usize) -> Self {
        let small = length < 16 << 20;
        // A context costs a table of some 80 bytes in each block, worth it where the window fills blocks (2, 22).
        let contexts = |most: usize| (length >> 16).clamp(1, most);
        // Few tokens need few leads, which the dictionary lists for each (26).
        let tiny = length < 512 << 10;
        let shape = Shape {
            direct: if tiny { 100 } else { 130 },
            narrow: if tiny { 40 } else { 100 },
            wide: if tiny { 4 } else { 16 },
            contexts: contexts(48),
            rests: if tiny { 4 } else { 12 },
            rounds: 10,
            settled: 8,
        };
        match level {
            0 | 1 => Self {
                // Learning on more of a small window would take longer than encoding it (24).
                thresholds: Thresholds {
                    word: if small { 2 } else { 3 },
                    number: 16,
                },
                model: ModelTuning {
                    rules: Rules {
                        limit: 8_000,
                        least: 20,
                        rounds: 12,
                    },
                    shape: Shape {
                        narrow: if small { 60 } else { shape.narrow },
                        contexts: contexts(if small { 16 } else { 32 }),
                        rounds: 4,
                        settled: 3,
                        ..shape
                    },
                    passes: 0,
                    keep: 6,
                    skip: 1,
                },
                match_depth: 0,
                piece: 1 << 16,
                word_sample: if small { 1_300_000 } else { 8 << 20 },
                model_sample: 8 << 20,
            },
            2 => Self {
                thresholds: Thresholds { word: 3, number: 16 },
                model: ModelTuning {
                    rules: Rules {
                        limit: 20_000,
                        least: 8,
                        rounds: 14,
                    },
                    shape: Shape {
                        contexts: contexts(32),
                        rounds: 6,
                        settled: 4,
                        ..shape
                    },
                    passes: 1,
                    keep: 4,
                    skip: 2,
                },
                match_depth: 8,
                piece: 1 << 17,
                word_sample: 16 << 20,
                model_sample: 8 << 20,
            },
            _ => Self {
                // In a large window words that occur three times are too many to pay for their places (17).
                thresholds: Thresholds {
                    word: if length > 48 << 20 { 4 } else { 3 },
                    number: 16,
                },
                model: ModelTuning {
                    rules: Rules {
                        limit: 40_000,
                        least: if length < 2 << 20 { 24 } else { 12 },
                        rounds: 14,
                    },
                    shape,
                    passes: 1,
                    keep: 4,
                    skip: 2,
                },
                match_depth: 8,
                piece: 1 << 18,
                word_sample: 64 << 20,
                model_sample: 64 << 20,
            },
        }
    }
}

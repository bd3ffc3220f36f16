//! How much work the levels do.

use super::classes::Shape;
use super::model::ModelTuning;
use super::phrases::Rules;
use super::words::Thresholds;

/// What a caller chooses.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// 1 (fast) to 3 (small).
    pub level: u32,
    /// Most threads for learning; the dictionary does not depend on it.
    pub threads: usize,
}

/// Everything that a level decides.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// Thresholds for words.
    pub thresholds: Thresholds,
    /// Phrases and codes.
    pub model: ModelTuning,
    /// Level of Deflate.
    pub deflate_level: u32,
    /// Whether repeats are looked for.
    pub matches: bool,
    /// Pieces of the window have this length in bytes.
    pub piece: usize,
    /// About how many bytes of the window words are counted in.
    pub word_sample: usize,
    /// About how many of these bytes phrases and codes are learned from.
    pub model_sample: usize,
}

impl Tuning {
    /// The settings of a level for a window of `length` bytes.
    pub fn new(level: u32, length: usize) -> Self {
        // A context costs a table of some 80 bytes in each block: worth it where blocks are large.
        let contexts = |most: usize| (length >> 16).clamp(1, most);
        let shape = Shape {
            direct: 130,
            narrow: 100,
            wide: 16,
            contexts: contexts(48),
            rests: 12,
            rounds: 10,
            settled: 8,
        };
        let full = Self {
            thresholds: Thresholds {
                word: if length > 48 << 20 { 4 } else { 3 },
                number: 16,
            },
            model: ModelTuning {
                rules: Rules {
                    limit: 40_000,
                    least: 12,
                    rounds: 14,
                    step: 2,
                },
                shape,
                passes: 1,
                keep: 4,
                skip: 2,
            },
            deflate_level: 12,
            matches: true,
            piece: 1 << 18,
            word_sample: 64 << 20,
            model_sample: 64 << 20,
        };
        if level >= 3 {
            return full;
        }
        Self {
            thresholds: Thresholds { word: 3, number: 16 },
            model: ModelTuning {
                rules: Rules {
                    limit: 8_000,
                    least: 20,
                    rounds: 12,
                    step: 2,
                },
                shape: Shape {
                    contexts: contexts(16),
                    rounds: 4,
                    settled: 3,
                    ..shape
                },
                passes: 0,
                keep: 6,
                skip: 1,
            },
            deflate_level: 1,
            matches: false,
            piece: 1 << 16,
            word_sample: 4 << 20,
            model_sample: 4 << 20,
        }
    }
}

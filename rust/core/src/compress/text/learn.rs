//! Learning a dictionary from the first window of the input.

use super::dictionary::Content;
use super::encode::Encoder;
use super::model::Model;
use super::spacing::Spacing;
use super::tuning::Tuning;
use super::units::FIRST_WORD;
use super::words;
use crate::compress::deflate::Deflater;
use crate::compress::parallel::Workers;
use crate::monitor::Interrupted;

/// A dictionary with all that encoding needs; shared by threads.
pub struct Learned {
    encoder: Encoder,
}

/// Learns from `window`, the beginning of the input or all of it. The result depends on the window and the level only.
///
/// # Errors
/// [`Interrupted`] once the monitor says so.
pub fn learn(window: &[u8], level: u32, workers: &Workers<'_>) -> Result<Learned, Interrupted> {
    let tuning = Tuning::new(level, window.len());
    let pieces = sample(
        window.chunks(tuning.piece).collect(),
        tuning.word_sample / tuning.piece,
    );
    // The rules show in any sample.
    const SPACING_PIECES: usize = 8;
    let spacing = Spacing::learn(sample(pieces.clone(), SPACING_PIECES).into_iter());
    let window = words::learn(&pieces, &spacing, tuning.thresholds, workers)?;
    let units = FIRST_WORD + window.words.len() as u32;
    let pieces = sample(window.pieces, tuning.model_sample / tuning.piece);
    let model = Model::learn(&pieces, units, &tuning.model, workers)?;
    let words = window.words;
    let encoder = Encoder {
        spacing,
        words,
        model,
        match_depth: tuning.match_depth,
    };
    Ok(Learned { encoder })
}

/// About `count` of the items, evenly spread, or all if there are fewer.
fn sample<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let total = items.len();
    let count = count.max(1);
    if total <= count {
        return items;
    }
    let chosen = |index: usize| (index + 1) * count / total > index * count / total;
    items
        .into_iter()
        .enumerate()
        .filter(|&(index, _)| chosen(index))
        .map(|(_, item)| item)
        .collect()
}

impl Learned {
    /// The dictionary, for [`super::Dictionary::parse`], by libdeflate's effort `deflate`.
    pub fn dictionary_bytes(&self, deflate: u32) -> Vec<u8> {
        let Encoder {
            spacing,
            words,
            model,
            ..
        } = &self.encoder;
        Content {
            spacing: spacing.clone(),
            words: words.words().clone(),
            pairs: model.tokens.pairs.clone(),
            assignment: model.assignment.clone(),
        }
        .write(deflate)
    }

    /// The streams of a block.
    #[cfg(test)]
    pub fn streams(&self, text: &[u8]) -> Vec<Vec<u8>> {
        self.encoder.streams(text).expect("few enough")
    }

    /// Appends the payload of a block to `out`, and says whether it may be one: text that falls into more tokens than decoders make room for is none. Each
    /// thread has a `deflater` of its own.
    pub fn encode_block(&self, text: &[u8], deflater: &mut Deflater, out: &mut Vec<u8>) -> bool {
        self.encoder.block(text, deflater, out)
    }
}

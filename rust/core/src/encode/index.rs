//! An index of a text: the tokens of any part of it, without counting what lies between.

use super::anchors::Anchors;
use super::special::Policy;
use super::{SpecialTokens, Tokenizer};
use crate::error::EncodeError;
use crate::monitor::{Monitor, Progress};
use std::ops::Range;
use std::sync::Arc;

/// Bytes whose anchors are looked for, and counted between, at a time: enough work for several threads, few enough for frequent reports.
const BLOCK: usize = 1 << 22;

/// Knows the number of tokens of each part of one text.
///
/// It holds neither the text nor the tokenizer; both are handed in again with each question. 16 bytes for every 512 bytes of text or more.
pub struct TextIndex {
    anchors: Anchors,
    policy: Arc<Policy>,
    length: usize,
}

impl TextIndex {
    /// Counts a text on `threads` threads.
    ///
    /// # Errors
    /// As [`Tokenizer::count`] of the text; an interrupt.
    pub fn new(
        tokenizer: &Tokenizer,
        text: &[u8],
        special: SpecialTokens<'_>,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<Self, EncodeError> {
        let policy = tokenizer.added.policy(special);
        let mut anchors = Anchors::new(tokenizer);
        while !anchors.is_complete() && !text.is_empty() {
            let start = anchors.end();
            let mut places = vec![start];
            let mut last = start;
            while last < text.len() && last - start < BLOCK {
                last = anchors.next_place(tokenizer, text, last);
                places.push(last);
            }
            let segments: Vec<&[u8]> = places.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect();
            let counts = tokenizer.count_batch(
                &segments,
                special,
                false,
                threads,
                &Monitor::new(&|progress| {
                    let done = start as u64 + progress.done;
                    let total = Some(text.len() as u64);
                    monitor
                        .report(Progress {
                            done,
                            total,
                            ..progress
                        })
                        .is_ok()
                }),
            );
            let counts = match counts {
                Ok(counts) => counts,
                Err(error @ EncodeError::Interrupted(_)) => return Err(error),
                // Its place counts from the start of a segment: ask again.
                Err(error) => return Err(tokenizer.count_by(&policy, text).err().unwrap_or(error)),
            };
            for (&place, count) in places[1..].iter().zip(counts) {
                let tokens = anchors.tokens() + count;
                anchors.fill(tokenizer, &policy, text, place)?;
                anchors.push(place, tokens, text.len());
            }
        }
        anchors.shrink();
        Ok(Self {
            anchors,
            policy,
            length: text.len(),
        })
    }

    /// The tokens of `text[range]` as a text of its own, `text` being that of [`TextIndex::new`]. A range that is reversed or goes beyond the text is cut to it.
    ///
    /// The time follows the distance from both ends of the part to the next places where the text may be cut (some 500 bytes); where a text or a
    /// tokenizer has no such places, the part is counted.
    ///
    /// # Errors
    /// As [`Tokenizer::count`].
    pub fn count(&self, tokenizer: &Tokenizer, text: &[u8], range: Range<usize>) -> Result<u64, EncodeError> {
        let end = range.end.min(text.len());
        if range.start >= end {
            return Ok(0);
        }
        if text.len() != self.length {
            // Another text.
            return tokenizer.count_by(&self.policy, &text[range.start..end]);
        }
        self.anchors
            .count(tokenizer, &self.policy, text, range.start, end)
    }

    /// The tokens of another text, special tokens being what they are in that of the index.
    ///
    /// # Errors
    /// As [`Tokenizer::count`].
    pub fn count_other(&self, tokenizer: &Tokenizer, text: &[u8]) -> Result<u64, EncodeError> {
        tokenizer.count_by(&self.policy, text)
    }

    /// The tokens of all of the text.
    pub fn total(&self) -> u64 {
        self.anchors.tokens()
    }

    /// Bytes that the index takes, beside the text.
    pub fn memory(&self) -> usize {
        self.anchors.memory() + size_of::<Self>()
    }
}

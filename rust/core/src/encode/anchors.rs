//! Places where a text may be cut, with the number of tokens before each: what a part of it counts to follows from the places inside it.
//!
//! A safe cut ([`Tokenizer::safe_cut`]) is known by what stands beside it, within a distance that is the same for all texts of a tokenizer. So a
//! safe cut of a text is one of each of its parts in which it lies that far from both ends, and
//!
//! ```text
//! count(text[a..b]) = count(text[a..p]) + tokens between p and q + count(text[q..b])
//! ```
//!
//! for any two of them with a ≤ p ≤ q ≤ b. The parts on the left and on the right are counted as texts of their own, which they are: whatever a
//! cut in the middle of a word, of a run of digits or of white space does to the pretokens beside it, they show it.

use super::sink::Count;
use super::special::Policy;
use super::{Tokenizer, text};
use crate::error::{EncodeError, PretokenizeError};

/// Bytes beside a safe cut that decide about it, at least: the characters next to it (three on each side would do), and the ASCII around it that a
/// normaliser asks for (8 bytes).
const REACH: usize = 32;

/// Bytes between two anchors, at least. 512: an index takes 3 % of the text, and what is counted for each end of a part is a microsecond's work.
const STEP: usize = if cfg!(test) { 1 } else { 512 };

/// A cut is looked for in so many bytes at a time: a search that gives up is not repeated over the rest of the text.
const WINDOW: usize = 1 << 16;

impl Tokenizer {
    /// How far from a safe cut the text may be changed, cut off or gone on with, and the cut stays safe; `None`: no cut is known to be.
    pub(super) fn cut_reach(&self) -> Option<usize> {
        // The places of a token in the normalised text are looked for in the text as it is; that is the same where all of the token is ASCII that
        // normalising leaves alone, which is known for a few bytes around a cut.
        let blurred = |length: usize, normalized: bool| normalized && length > 8;
        if self.definition.normalizer.is_some() {
            let mut tokens = self.definition.added_tokens.iter();
            if tokens.any(|token| blurred(token.content.len(), token.normalized)) {
                return None;
            }
        }
        Some(self.added.margin().max(REACH))
    }

    /// The first safe cut at or after `from` that is judged by no more than `reach` bytes beside it.
    pub(super) fn anchor(&self, text: &[u8], mut from: usize, reach: usize) -> Option<usize> {
        let window = WINDOW.max(4 * reach);
        loop {
            let low = from.saturating_sub(reach);
            let high = text.len().min(from.saturating_add(window));
            if from >= high {
                return None;
            }
            if let Some(place) = self.safe_cut(&text[low..high], from - low) {
                let place = low + place;
                if high == text.len() || place + reach <= high {
                    return Some(place);
                }
            }
            if high == text.len() {
                return None;
            }
            from = high - reach;
        }
    }

    /// As [`Tokenizer::count`], without a template.
    pub(super) fn count_by(&self, policy: &Policy, text: &[u8]) -> Result<u64, EncodeError> {
        if text.is_empty() {
            return Ok(0);
        }
        let mut count = Count::new();
        let normalizer = self.definition.normalizer.as_ref();
        self.pool.with(|worker| {
            text::encode(
                &self.engine,
                &self.added,
                policy,
                normalizer,
                text,
                worker,
                &mut count,
            )
        })?;
        Ok(count.count)
    }
}

/// Safe cuts of a text from its beginning on, and the number of tokens before each.
pub(super) struct Anchors {
    /// How far a cut may lie from the end of a part; `None`: there are none but the ends of the text.
    reach: Option<usize>,
    places: Vec<u64>,
    counts: Vec<u64>,
    /// Whether the last place is the end of the text.
    complete: bool,
}

impl Anchors {
    pub(super) fn new(tokenizer: &Tokenizer) -> Self {
        Self {
            reach: tokenizer.cut_reach(),
            places: vec![0],
            counts: vec![0],
            complete: false,
        }
    }

    /// The next anchor of the text after the last one, or its end.
    pub(super) fn next_place(&self, tokenizer: &Tokenizer, text: &[u8], last: usize) -> usize {
        let Some(reach) = self.reach else {
            return text.len();
        };
        let from = last.saturating_add(STEP.max(reach));
        tokenizer.anchor(text, from, reach).unwrap_or(text.len())
    }

    /// Adds the next place and the tokens between the last one and it.
    pub(super) fn push(&mut self, place: usize, count: u64, length: usize) {
        self.places.push(place as u64);
        self.counts.push(self.tokens() + count);
        self.complete = place == length;
    }

    /// Whether the end of the text is reached.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The last place.
    pub(super) fn end(&self) -> usize {
        self.place(self.places.len() - 1)
    }

    /// The tokens before the last place.
    pub(super) fn tokens(&self) -> u64 {
        self.counts.last().copied().unwrap_or(0)
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn place(&self, index: usize) -> usize {
        self.places.get(index).map_or(0, |&place| place as usize)
    }

    pub(super) fn tokens_before(&self, index: usize) -> u64 {
        self.counts.get(index).copied().unwrap_or(0)
    }

    /// The last anchor with at most so many tokens before it.
    pub(super) fn last_with(&self, tokens: u64) -> usize {
        self.counts
            .partition_point(|&count| count <= tokens)
            .saturating_sub(1)
    }

    /// The first anchor with at least so many tokens before it.
    pub(super) fn first_with(&self, tokens: u64) -> usize {
        self.counts.partition_point(|&count| count < tokens)
    }

    /// The last anchor at or before a place.
    pub(super) fn before(&self, place: usize) -> usize {
        let after = self.places.partition_point(|&known| known as usize <= place);
        after.saturating_sub(1)
    }

    /// Bytes that it takes.
    pub(super) fn memory(&self) -> usize {
        (self.places.capacity() + self.counts.capacity()) * size_of::<u64>()
    }

    pub(super) fn shrink(&mut self) {
        self.places.shrink_to_fit();
        self.counts.shrink_to_fit();
    }

    /// The tokens of a part of the text, as a text of its own.
    pub(super) fn count(
        &self,
        tokenizer: &Tokenizer,
        policy: &Policy,
        text: &[u8],
        start: usize,
        end: usize,
    ) -> Result<u64, EncodeError> {
        let Some((first, last)) = self.inside(start, end) else {
            return tokenizer.count_by(policy, &text[start..end]);
        };
        let before = tokenizer.count_by(policy, &text[start..self.place(first)])?;
        let after = tokenizer.count_by(policy, &text[self.place(last)..end])?;
        Ok(before + (self.counts[last] - self.counts[first]) + after)
    }

    /// The first and the last anchor that cut the part as they cut the text.
    ///
    /// Those that lie far enough from its ends; and its ends themselves, where nothing is cut at all or where the cut is a safe one.
    fn inside(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let reach = self.reach.unwrap_or(0);
        let mut first = self.places.partition_point(|&place| (place as usize) < start);
        if self.place(first) != start {
            let far = start.saturating_add(reach);
            first += self.places[first..].partition_point(|&place| (place as usize) < far);
        }
        let mut last = self.before(end);
        if self.place(last) != end {
            last = self.before(end.checked_sub(reach)?);
        }
        (first <= last && last < self.places.len()).then_some((first, last))
    }
}

impl EncodeError {
    /// The error of a part of a text that begins `by` bytes on, as one of the text.
    pub(super) fn moved(self, by: usize) -> Self {
        let add = |offset: usize| offset.saturating_add(by);
        match self {
            Self::SpecialToken { token, offset } => Self::SpecialToken {
                token,
                offset: add(offset),
            },
            Self::NoByteToken { byte, offset } => Self::NoByteToken {
                byte,
                offset: add(offset),
            },
            Self::Pretokenize(PretokenizeError::Matching {
                pattern,
                offset,
                problem,
            }) => Self::Pretokenize(PretokenizeError::Matching {
                pattern,
                offset: add(offset),
                problem,
            }),
            other => other,
        }
    }
}

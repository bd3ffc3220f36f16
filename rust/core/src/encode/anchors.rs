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
//!
//! Where safe cuts are far apart (lines of brackets, camel case without end), boundaries of pretokens stand in for them, if the scheme does not
//! look behind: as q where no pretoken before it looks as far as b, as p where the pretokens from a on meet those of the text.

use super::sink::Count;
use super::special::Policy;
use super::{Tokenizer, text};
use crate::error::{EncodeError, PretokenizeError};
use std::ops::{ControlFlow, Range};

/// Bytes beside a safe cut that decide about it, at least: the characters next to it (three on each side would do), and the ASCII around it that a
/// normaliser asks for (8 bytes).
const REACH: usize = 32;

/// Bytes between two anchors, at least. 512: an index takes 3 % of the text, and what is counted for each end of a part is a microsecond's work.
const STEP: usize = if cfg!(test) { 1 } else { 512 };

/// Longer stretches without a safe cut get anchors at boundaries of pretokens.
const LONG: usize = if cfg!(test) { 48 } else { 4 * STEP };

/// Pretokens that have not met in twice so many bytes are not looked at any further (digits by threes never meet within a run).
const FAR: usize = 1 << 15;

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
    /// Which of them, by number, are boundaries of pretokens and not safe cuts.
    boundaries: Vec<Range<usize>>,
    /// Whether the last place is the end of the text.
    complete: bool,
}

impl Anchors {
    pub(super) fn new(tokenizer: &Tokenizer) -> Self {
        Self {
            reach: tokenizer.cut_reach(),
            places: vec![0],
            counts: vec![0],
            boundaries: Vec::new(),
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

    /// Adds the next place, with the tokens before it.
    pub(super) fn push(&mut self, place: usize, tokens: u64, length: usize) {
        self.places.push(place as u64);
        self.counts.push(tokens);
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
        let boundaries = self.boundaries.capacity() * size_of::<Range<usize>>();
        (self.places.capacity() + self.counts.capacity()) * size_of::<u64>() + boundaries
    }

    pub(super) fn shrink(&mut self) {
        self.places.shrink_to_fit();
        self.counts.shrink_to_fit();
        self.boundaries.shrink_to_fit();
    }

    /// Adds boundaries of pretokens between the last place and the next one, where these are far apart.
    pub(super) fn fill(
        &mut self,
        tokenizer: &Tokenizer,
        policy: &Policy,
        text: &[u8],
        next: usize,
    ) -> Result<(), EncodeError> {
        let start = self.end();
        let stretch = &text[start..next];
        if stretch.len() <= LONG || !tokenizer.restarts() || !tokenizer.is_plain(policy, stretch) {
            return Ok(());
        }
        let (first, tokens) = (self.places.len(), self.tokens());
        let mut last = 0;
        tokenizer.walk(policy, stretch, &mut |end, count| {
            // Cut there, a text must not show an added token that only what stood before it hid (one for single words).
            if end - last >= STEP && end < stretch.len() && tokenizer.added.may_cut(text, start + end) {
                self.places.push((start + end) as u64);
                self.counts.push(tokens + count);
                last = end;
            }
            ControlFlow::Continue(())
        })?;
        if first < self.places.len() {
            self.boundaries.push(first..self.places.len());
        }
        Ok(())
    }

    /// The number of the next safe cut, where an anchor is only a boundary of pretokens.
    fn boundary(&self, index: usize) -> Option<usize> {
        let after = self.boundaries.partition_point(|range| range.end <= index);
        let range = self.boundaries.get(after)?;
        range.contains(&index).then_some(range.end)
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
        let afresh = || tokenizer.count_by(policy, &text[start..end]);
        let Some(last) = self.last(tokenizer, text, end) else {
            return afresh();
        };
        let mut first = self.first(start);
        if first > last {
            return afresh();
        }
        let mut before = None;
        if self.place(first) == start {
            before = Some(0);
        } else if let Some(safe) = self.boundary(first) {
            match self.meeting(tokenizer, policy, text, start..end, first..safe.min(last) + 1)? {
                Some((index, tokens)) => (first, before) = (index, Some(tokens)),
                None if safe <= last => first = safe,
                None => return afresh(),
            }
        }
        let before = match before {
            Some(tokens) => tokens,
            None => tokenizer.count_by(policy, &text[start..self.place(first)])?,
        };
        let after = tokenizer.count_by(policy, &text[self.place(last)..end])?;
        Ok(before + (self.counts[last] - self.counts[first]) + after)
    }

    /// The first anchor that may be one of a part that begins at `start`: far enough from there, or there itself.
    fn first(&self, start: usize) -> usize {
        let first = self.places.partition_point(|&place| (place as usize) < start);
        if self.places.get(first) == Some(&(start as u64)) {
            return first;
        }
        let far = start.saturating_add(self.reach.unwrap_or(0));
        first + self.places[first..].partition_point(|&place| (place as usize) < far)
    }

    /// The last anchor that is one of a part that ends at `end`, too: far enough from there, or a safe cut there.
    fn last(&self, tokenizer: &Tokenizer, text: &[u8], end: usize) -> Option<usize> {
        let reach = self.reach.unwrap_or(0);
        let there = self.before(end);
        if self.place(there) == end && self.boundary(there).is_none() {
            return Some(there);
        }
        let last = self.before(end.checked_sub(reach)?);
        if self.boundary(last).is_none() {
            return Some(last);
        }
        Some(self.before(tokenizer.settled(text, end, reach)))
    }

    /// The first of some anchors at which the pretokens of a part meet those of the text, and the tokens of the part before it.
    fn meeting(
        &self,
        tokenizer: &Tokenizer,
        policy: &Policy,
        text: &[u8],
        part: Range<usize>,
        anchors: Range<usize>,
    ) -> Result<Option<(usize, u64)>, EncodeError> {
        let goal = self.place(anchors.end - 1);
        let mut window = 2 * LONG;
        loop {
            let end = part.end.min(part.start.saturating_add(window));
            let here = &text[part.start..end];
            let settled = if end == part.end {
                here.len()
            } else {
                tokenizer.settled(here, here.len(), self.reach.unwrap_or(0))
            };
            let mut next = anchors.clone();
            let mut found = None;
            tokenizer.walk(policy, here, &mut |place, tokens| {
                if place > settled {
                    return ControlFlow::Break(());
                }
                while next.start < next.end && self.place(next.start) < part.start + place {
                    next.start += 1;
                }
                if next.is_empty() {
                    return ControlFlow::Break(());
                }
                if self.place(next.start) == part.start + place {
                    found = Some((next.start, tokens));
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })?;
            if found.is_some() || end == part.end || part.start + settled >= goal || window > FAR {
                return Ok(found);
            }
            window *= 4;
        }
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

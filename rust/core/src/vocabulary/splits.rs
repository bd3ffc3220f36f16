//! Which merge makes each token, where only ranks are known.
//!
//! Merging by rank forms a token by one pair only, whatever stands around it: as long as no merge crosses the ends of a span, the merges
//! inside are those of the span alone (the lowest rank of the whole text, where it lies in the span, is the span's lowest, and ties go to
//! the left in both). So what is left of the token's own bytes just before they become one is the only pair that ever becomes it, and the
//! list of these pairs, in the order of ranks, says the same as the ranks. A token whose bytes get stuck in three or more parts is never
//! reached by merging.

use super::{TokenId, Vocabulary};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Splits tokens; keeps its buffers between them.
pub(super) struct RankSplitter<'a> {
    vocabulary: &'a Vocabulary,
    longest: usize,
    /// By start of a part: where it ends, and where the part before it starts.
    parts: Vec<Part>,
    queue: BinaryHeap<Reverse<(TokenId, u32, u32)>>,
}

#[derive(Clone, Copy)]
struct Part {
    end: u32,
    previous: u32,
    alive: bool,
}

impl<'a> RankSplitter<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary) -> Self {
        let longest = vocabulary
            .tokens()
            .iter()
            .flatten()
            .map(|token| token.len())
            .max();
        Self {
            vocabulary,
            longest: longest.unwrap_or(0),
            parts: Vec::new(),
            queue: BinaryHeap::new(),
        }
    }

    /// The two tokens that become `token`; `None` for a single byte and for a token that merging does not reach.
    ///
    /// O(n log n) merges for n bytes.
    pub(super) fn split(&mut self, token: &[u8]) -> Option<(TokenId, TokenId)> {
        let length = u32::try_from(token.len()).ok()?;
        if length < 2 {
            return None;
        }
        self.parts.clear();
        self.queue.clear();
        self.parts.extend((0..length).map(|start| Part {
            end: start + 1,
            previous: start.saturating_sub(1),
            alive: true,
        }));
        for start in 0..length - 1 {
            self.propose(token, start, start + 2);
        }
        let mut left = length;
        // An entry is (rank, start, end); it is out of date unless its two parts still tile it.
        while left > 2 {
            let Reverse((_, start, end)) = self.queue.pop()?;
            let part = self.parts[start as usize];
            if !part.alive || part.end >= end || self.parts[part.end as usize].end != end {
                continue;
            }
            self.parts[part.end as usize].alive = false;
            self.parts[start as usize].end = end;
            left -= 1;
            if end < length {
                self.parts[end as usize].previous = start;
                let next_end = self.parts[end as usize].end;
                self.propose(token, start, next_end);
            }
            if start > 0 {
                self.propose(token, part.previous, end);
            }
        }
        let middle = self.parts[0].end as usize;
        Some((
            self.vocabulary.id(&token[..middle])?,
            self.vocabulary.id(&token[middle..])?,
        ))
    }

    fn propose(&mut self, token: &[u8], start: u32, end: u32) {
        let span = &token[start as usize..end as usize];
        if span.len() <= self.longest
            && let Some(rank) = self.vocabulary.id(span)
        {
            self.queue.push(Reverse((rank, start, end)));
        }
    }
}

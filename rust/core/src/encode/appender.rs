//! A count that is kept while text is added.

use super::special::Policy;
use super::{SpecialTokens, Tokenizer};
use crate::error::EncodeError;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

/// How far before the end a cut is looked for at first; then four times as far, and so on.
const NEAR: usize = 256;

/// A longer tail without a safe cut is cut at a boundary of pretokens.
const LONG: usize = if cfg!(test) { 64 } else { 2048 };

/// Boundaries that are tried, from the last one on.
const TRIED: usize = 64;

/// Counts the tokens of a text that grows at its end.
///
/// What lies before the last safe cut (whose surroundings are complete) never changes its tokens any more: it is counted and forgotten. What lies
/// behind it, the tail, is counted anew when something is added; of prose that is a line or less. Where a tokenizer has no safe cuts (a pattern of
/// a user's own, for one) the tail is the whole text.
#[derive(Clone)]
pub struct Appender {
    policy: Arc<Policy>,
    reach: Option<usize>,
    /// Tokens of what is forgotten, and its bytes.
    settled: u64,
    settled_bytes: u64,
    tail: Vec<u8>,
    tail_count: u64,
    /// No cut lies in the tail before this place, as far as has been seen.
    searched: usize,
    /// Bytes at the end that may still be taken back.
    provisional: usize,
}

impl Appender {
    /// An appender with no text yet.
    pub fn new(tokenizer: &Tokenizer, special: SpecialTokens<'_>) -> Self {
        Self {
            policy: tokenizer.added.policy(special),
            reach: tokenizer.cut_reach(),
            settled: 0,
            settled_bytes: 0,
            tail: Vec::new(),
            tail_count: 0,
            searched: 0,
            provisional: 0,
        }
    }

    /// The tokens of all that was added, as one text.
    pub fn count(&self) -> u64 {
        self.settled + self.tail_count
    }

    /// The bytes that were added.
    pub fn bytes(&self) -> u64 {
        self.settled_bytes + self.tail.len() as u64
    }

    /// The bytes that are held, because what follows may change their tokens.
    pub fn held(&self) -> usize {
        self.tail.len()
    }

    /// As new.
    pub fn clear(&mut self) {
        self.settled = 0;
        self.settled_bytes = 0;
        self.tail = Vec::new();
        self.tail_count = 0;
        self.searched = 0;
        self.provisional = 0;
    }

    /// Adds to the end of the text; `tokenizer` is that of [`Appender::new`].
    ///
    /// # Errors
    /// As [`Tokenizer::count`] of the whole text; nothing is added then.
    pub fn append(&mut self, tokenizer: &Tokenizer, piece: &[u8]) -> Result<(), EncodeError> {
        self.append_provisional(tokenizer, piece, 0)
    }

    /// [`Appender::append`], but the last `provisional` bytes of the piece (of at most one character) are taken back by the next piece.
    ///
    /// # Errors
    /// As [`Appender::append`].
    pub fn append_provisional(
        &mut self,
        tokenizer: &Tokenizer,
        piece: &[u8],
        provisional: usize,
    ) -> Result<(), EncodeError> {
        let kept = self.tail.len() - self.provisional;
        let taken_back = self.tail.split_off(kept);
        self.tail.extend_from_slice(piece);
        match self.settle(tokenizer) {
            Ok(()) => {
                self.provisional = provisional.min(piece.len()).min(4);
                Ok(())
            }
            Err(error) => {
                self.tail.truncate(kept);
                self.tail.extend_from_slice(&taken_back);
                Err(error.moved(usize::try_from(self.settled_bytes).unwrap_or(usize::MAX)))
            }
        }
    }

    /// Counts the tail, and forgets what lies before the last cut; after an error nothing has changed.
    fn settle(&mut self, tokenizer: &Tokenizer) -> Result<(), EncodeError> {
        let (cut, searched) = self.last_cut(tokenizer);
        let found = match cut {
            Some(cut) => Some((cut, tokenizer.count_by(&self.policy, &self.tail[..cut])?)),
            None => self.last_boundary(tokenizer)?,
        };
        let Some((cut, counted)) = found else {
            self.tail_count = tokenizer.count_by(&self.policy, &self.tail)?;
            self.searched = searched;
            return Ok(());
        };
        let rest = tokenizer
            .count_by(&self.policy, &self.tail[cut..])
            .map_err(|error| error.moved(cut))?;
        self.settled += counted;
        self.settled_bytes += cut as u64;
        self.tail_count = rest;
        self.searched = searched.saturating_sub(cut);
        let left = self.tail.len() - cut;
        if self.tail.capacity() > 4 * left + 4096 {
            // A large piece does not leave a large buffer behind.
            self.tail = self.tail[cut..].to_vec();
        } else {
            self.tail.drain(..cut);
        }
        Ok(())
    }

    /// The last boundary of pretokens of a long tail that no text to come can move, and the tokens before it.
    fn last_boundary(&self, tokenizer: &Tokenizer) -> Result<Option<(usize, u64)>, EncodeError> {
        let Some(reach) = self.reach else {
            return Ok(None);
        };
        if self.tail.len() <= LONG || !tokenizer.restarts() {
            return Ok(None);
        }
        let settled = tokenizer.settled(&self.tail, self.tail.len(), reach);
        if settled == 0 {
            return Ok(None);
        }
        tokenizer.added.refuse_disallowed(&self.policy, &self.tail)?;
        // Only places near the last one are asked about added tokens.
        let mut found = VecDeque::with_capacity(TRIED);
        tokenizer.walk(&self.policy, &self.tail, &mut |place, tokens| {
            if place > settled {
                return ControlFlow::Break(());
            }
            if found.len() == TRIED {
                found.pop_front();
            }
            found.push_back((place, tokens));
            ControlFlow::Continue(())
        })?;
        let mut found = found.into_iter().rev();
        Ok(found.find(|&(place, _)| place > 0 && tokenizer.added.may_cut(&self.tail, place)))
    }

    /// The last cut of the tail that no text to come can undo (of those that a search from near the end finds), and how far has been searched.
    fn last_cut(&self, tokenizer: &Tokenizer) -> (Option<usize>, usize) {
        let Some(reach) = self.reach else {
            return (None, 0);
        };
        let Some(limit) = self.tail.len().checked_sub(reach) else {
            return (None, self.searched);
        };
        let mut near = NEAR;
        let mut limit_of_search = limit;
        loop {
            let from = limit.saturating_sub(near).max(self.searched);
            let mut last = None;
            let mut next = from;
            while next <= limit_of_search {
                match tokenizer.anchor(&self.tail, next, reach) {
                    Some(cut) if cut <= limit => {
                        last = Some(cut);
                        next = cut + 1;
                    }
                    _ => break,
                }
            }
            if last.is_some() || from <= self.searched {
                return (last, limit.max(self.searched));
            }
            // What lies behind has been searched.
            limit_of_search = from;
            near *= 4;
        }
    }
}

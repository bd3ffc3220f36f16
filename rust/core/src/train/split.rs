//! A text as spans of pretokens: special tokens looked for, text normalised, pretokens gathered by the hundred.

use super::tally::Span;
use crate::error::TrainError;
use crate::monitor::Interrupted;
use crate::normalize::normalize;
use crate::pretokenize::{Pretoken, Pretokenizer};
use crate::vocabulary::Normalizer;
use aho_corasick::AhoCorasick;
use std::ops::ControlFlow;

/// Bytes between two looks at the monitor: a fraction of a millisecond.
const BYTES_A_LOOK: usize = 1 << 15;

/// Pretokens that are found before they are counted: two short loops are faster than one long one.
const SPANS: usize = 256;

/// How a text becomes pretokens.
pub(super) struct Split<'a> {
    pub pretokenizer: &'a Pretokenizer,
    pub normalizer: Option<&'a Normalizer>,
    pub special: Option<&'a AhoCorasick>,
    pub allow_special: bool,
}

impl Split<'_> {
    /// Hands the pretokens to `note` (a text, and where they stand in it) and returns the number of special tokens seen. `look` is told
    /// every some ten kilobytes how many more bytes have been seen.
    pub fn count(
        &self,
        text: &[u8],
        mut note: impl FnMut(&[u8], &[Span]),
        look: impl Fn(u64) -> Result<(), Interrupted>,
    ) -> Result<u64, TrainError> {
        let mut seen = 0;
        let mut begin = 0;
        if let Some(special) = self.special {
            for found in special.find_iter(text) {
                seen += 1;
                if self.allow_special {
                    self.pretokens(&text[begin..found.start()], &mut note, &look)?;
                    begin = found.end();
                }
            }
        }
        self.pretokens(&text[begin..], &mut note, &look)?;
        Ok(seen)
    }

    fn pretokens(
        &self,
        text: &[u8],
        note: &mut impl FnMut(&[u8], &[Span]),
        look: &impl Fn(u64) -> Result<(), Interrupted>,
    ) -> Result<(), TrainError> {
        let normalized = self.normalizer.and_then(|normalizer| normalize(normalizer, text));
        let text = normalized.as_ref().map_or(text, |normalized| &normalized.bytes);
        let mut gathered = Gathered {
            text,
            spans: [Span::default(); SPANS],
            filled: 0,
            looked_at: 0,
            stopped: Ok(()),
            note,
            look,
        };
        self.pretokenizer
            .for_each(text, |pretoken| gathered.take(&pretoken))?;
        gathered.finish()
    }
}

/// Pretokens on their way to be counted.
struct Gathered<'a, N, L> {
    text: &'a [u8],
    spans: [Span; SPANS],
    filled: usize,
    /// Up to where in the text `look` has been told.
    looked_at: usize,
    stopped: Result<(), Interrupted>,
    note: &'a mut N,
    look: &'a L,
}

impl<N: FnMut(&[u8], &[Span]), L: Fn(u64) -> Result<(), Interrupted>> Gathered<'_, N, L> {
    #[inline(always)]
    fn take(&mut self, pretoken: &Pretoken<'_>) -> ControlFlow<()> {
        let (start, length) = (pretoken.range.start, pretoken.bytes.len());
        // Where the pretoken stands in the text, what comes behind it can be read along.
        let stands_there = length == pretoken.range.len()
            && std::ptr::eq(pretoken.bytes.as_ptr(), self.text.as_ptr().wrapping_add(start));
        if stands_there && length > 0 {
            self.spans[self.filled % SPANS] = Span { start, length };
            self.filled += 1;
            if self.filled < SPANS {
                return ControlFlow::Continue(());
            }
            self.pass_on(start)
        } else {
            self.take_alone(pretoken)
        }
    }

    #[inline(never)]
    fn pass_on(&mut self, at: usize) -> ControlFlow<()> {
        (self.note)(self.text, &self.spans[..self.filled]);
        self.filled = 0;
        if at - self.looked_at >= BYTES_A_LOOK {
            self.stopped = (self.look)((at - self.looked_at) as u64);
            self.looked_at = at;
            if self.stopped.is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Takes a pretoken whose bytes are not those of the text.
    #[cold]
    #[inline(never)]
    fn take_alone(&mut self, pretoken: &Pretoken<'_>) -> ControlFlow<()> {
        let flow = self.pass_on(pretoken.range.start.max(self.looked_at));
        let length = pretoken.bytes.len();
        if length > 0 {
            (self.note)(pretoken.bytes, &[Span { start: 0, length }]);
        }
        flow
    }

    fn finish(self) -> Result<(), TrainError> {
        (self.note)(self.text, &self.spans[..self.filled]);
        self.stopped?;
        (self.look)((self.text.len() - self.looked_at) as u64)?;
        Ok(())
    }
}

//! Stretches of text to ids: split, cut, and handed to `lookup.rs`, many pieces at a time.

use super::cuts::Cuts;
use super::hashes::AnyHash;
use super::lookup::{Caches, LONG_BITS, SHORT_BITS};
use super::model::{MissingByte, Model};
use super::sink::Sink;
use super::tables::Tables;
use crate::error::{EncodeError, PretokenizeError};
use crate::pretokenize::{AnyScanner, BATCH, Ends, LONGEST, Level, Pretokenizer};
use crate::vocabulary::TokenId;
use std::ops::ControlFlow;

/// Why a stretch could not be encoded to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A byte without a token, and its place in the stretch.
    Missing(MissingByte),
    /// The pattern gave up.
    Pretokenize(PretokenizeError),
    /// The sink wants no more.
    Full,
    /// Anything else.
    Encode(EncodeError),
}

impl From<EncodeError> for Failure {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

/// What threads share: tables that are only read.
pub(crate) struct Engine {
    pub(crate) model: Model,
    pub(crate) pretokenizer: Pretokenizer,
    cuts: Option<Cuts>,
    pub(super) hash: AnyHash,
    level: Level,
}

/// What one thread at a time uses: its caches and scratch.
pub(crate) struct Worker {
    caches: Caches,
    ends: Box<Ends>,
    /// Where the pieces of a batch begin and end, where these are not always neighbours.
    starts: Vec<u32>,
    stops: Vec<u32>,
    /// Where pretokens are cut.
    places: Vec<u32>,
}

impl Worker {
    pub(crate) fn new() -> Self {
        Self::with_sizes(SHORT_BITS, LONG_BITS)
    }

    /// With caches of so many buckets (powers of two), at first and at most.
    pub(crate) fn with_sizes(short: (u32, u32), long: (u32, u32)) -> Self {
        Self {
            caches: Caches::with_sizes(short, long),
            ends: Box::new(Ends::new()),
            starts: Vec::new(),
            stops: Vec::new(),
            places: Vec::new(),
        }
    }

    /// What it remembers.
    pub(super) fn caches(&mut self) -> &mut Caches {
        &mut self.caches
    }

    /// With room for so many ids of pretokens that have more of them than an entry of a table holds.
    #[cfg(test)]
    pub(crate) fn with_more(mut self, most: usize) -> Self {
        self.caches.bound_more(most);
        self
    }

    /// Buckets of the two tables.
    #[cfg(test)]
    pub(crate) fn buckets(&self) -> (usize, usize) {
        self.caches.buckets()
    }
}

impl Engine {
    pub(crate) fn new(Tables { model, cuts }: Tables, pretokenizer: Pretokenizer) -> Self {
        Self {
            cuts,
            model,
            pretokenizer,
            hash: AnyHash::best(),
            level: Level::best(),
        }
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        self.model.memory() + self.cuts.as_ref().map_or(0, Cuts::memory)
    }

    /// Whether pretokens are cut.
    #[cfg(test)]
    pub(crate) fn has_cuts(&self) -> bool {
        self.cuts.is_some()
    }

    /// Leaves pretokens whole from now on.
    #[cfg(test)]
    pub(crate) fn forget_cuts(&mut self) {
        self.cuts = None;
    }

    /// Hands the ids of a stretch between added tokens to `sink`.
    pub(crate) fn encode<S: Sink>(
        &self,
        text: &[u8],
        worker: &mut Worker,
        sink: &mut S,
    ) -> Result<(), Failure> {
        match self.pretokenizer.scanner() {
            Some(scanner) if text.len() <= LONGEST => self.encode_scanned(scanner, text, worker, sink),
            _ => self.encode_any(text, worker, sink),
        }
    }

    /// Where a scanner finds the pretokens, a batch at a time.
    fn encode_scanned<S: Sink>(
        &self,
        scanner: &AnyScanner,
        text: &[u8],
        worker: &mut Worker,
        sink: &mut S,
    ) -> Result<(), Failure> {
        let Worker {
            caches, ends, places, ..
        } = worker;
        let mut at = 0;
        while at < text.len() {
            at = scanner.fill(self.level, text, at, ends);
            let bounds = ends.bounds();
            match &self.cuts {
                Some(cuts) if ends.high => self.cut(cuts, text, bounds, places, caches, sink)?,
                _ => self.look_up(text, bounds, &bounds[1..], caches, sink)?,
            }
            if sink.is_full() {
                return Err(Failure::Full);
            }
        }
        Ok(())
    }

    /// Pretokens that are neighbours, cut where no token spans two characters.
    fn cut<S: Sink>(
        &self,
        cuts: &Cuts,
        text: &[u8],
        bounds: &[u32],
        places: &mut Vec<u32>,
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), Failure> {
        // Leaves the end of the last piece, where the next begins.
        let flush = |places: &mut Vec<u32>, caches: &mut Caches, sink: &mut S| {
            let result = self.look_up(text, places, &places[1..], caches, sink);
            places.drain(..places.len() - 1);
            result
        };
        places.clear();
        places.push(bounds[0]);
        for pair in bounds.windows(2) {
            let (start, end) = (pair[0] as usize, pair[1] as usize);
            let pretoken = &text[start..end];
            if Cuts::may_help(pretoken) {
                let mut pieces = cuts.places(pretoken);
                while !pieces.append(start, BATCH + 1 - places.len().min(BATCH - 1), places) {
                    flush(places, caches, sink)?;
                }
                if places.len() > BATCH {
                    flush(places, caches, sink)?;
                }
            } else {
                places.push(pair[1]);
                if places.len() > BATCH {
                    flush(places, caches, sink)?;
                }
            }
        }
        flush(places, caches, sink)
    }

    /// Where something else finds the pretokens: one at a time, and not always neighbours.
    fn encode_any<S: Sink>(&self, text: &[u8], worker: &mut Worker, sink: &mut S) -> Result<(), Failure> {
        let Worker {
            caches,
            starts,
            stops,
            places,
            ..
        } = worker;
        starts.clear();
        stops.clear();
        // Places are counted from here: a text may be longer than 32 bits count.
        let mut base = 0;
        let mut outcome = Ok(());
        let flush =
            |base: usize, starts: &mut Vec<u32>, stops: &mut Vec<u32>, caches: &mut Caches, sink: &mut S| {
                let result = self.look_up(&text[base..], starts, stops, caches, sink);
                starts.clear();
                stops.clear();
                result.map_err(|failure| match failure {
                    Failure::Missing(missing) => Failure::Missing(MissingByte {
                        place: base + missing.place,
                        ..missing
                    }),
                    other => other,
                })
            };
        let matched = self.pretokenizer.for_each(text, |pretoken| {
            let start = pretoken.range.start;
            let length = pretoken.range.len();
            let in_text = pretoken.bytes.len() == length && pretoken.bytes.as_ptr() == text[start..].as_ptr();
            if outcome.is_ok() && pretoken.range.end - base > LONGEST {
                outcome = flush(base, starts, stops, caches, sink);
                base = start;
            }
            if outcome.is_ok() {
                // A pretoken that begins with a space of its own does not lie in the text.
                if in_text && length <= LONGEST {
                    let mut add = |from: usize, to: usize| {
                        starts.push((start + from - base) as u32);
                        stops.push((start + to - base) as u32);
                        if starts.len() < BATCH {
                            return Ok(());
                        }
                        flush(base, starts, stops, caches, sink)
                    };
                    let bytes = pretoken.bytes;
                    outcome = match &self.cuts {
                        Some(cuts) if Cuts::may_help(bytes) => {
                            let mut pieces = cuts.places(bytes);
                            let mut from = 0;
                            let mut all = false;
                            let mut added = Ok(());
                            while !all && added.is_ok() {
                                places.clear();
                                all = pieces.append(0, BATCH, places);
                                added = places.iter().try_for_each(|&to| {
                                    let begin = std::mem::replace(&mut from, to as usize);
                                    add(begin, to as usize)
                                });
                            }
                            added
                        }
                        _ => add(0, length),
                    };
                } else {
                    let added = pretoken.bytes.len().saturating_sub(length);
                    outcome = flush(base, starts, stops, caches, sink).and_then(|()| {
                        self.encode_one(pretoken.bytes, caches).map_err(|missing| {
                            Failure::Missing(MissingByte {
                                place: start + missing.place.saturating_sub(added),
                                ..missing
                            })
                        })?;
                        sink.many(caches.ids());
                        Ok(())
                    });
                }
            }
            if outcome.is_ok() && sink.is_full() {
                outcome = Err(Failure::Full);
            }
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        outcome?;
        flush(base, starts, stops, caches, sink)?;
        matched.map_err(Failure::Pretokenize)?;
        if sink.is_full() {
            return Err(Failure::Full);
        }
        Ok(())
    }

    /// [`Engine::encode_one`] into a list, which is cleared first.
    pub(crate) fn encode_pretoken(
        &self,
        pretoken: &[u8],
        worker: &mut Worker,
        ids: &mut Vec<TokenId>,
    ) -> Result<(), MissingByte> {
        ids.clear();
        self.encode_one(pretoken, &mut worker.caches)?;
        ids.extend_from_slice(worker.caches.ids());
        Ok(())
    }
}

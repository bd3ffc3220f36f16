//! Stretches of text to ids: pretokens through the caches, what is not there through the merges.

use super::cache::{More, Table};
use super::cuts::{Cuts, FIRST_LEAD};
use super::keys::{AnyHash, Hash, Key, LONG, LongKey, SHORT, ShortKey};
use super::making::SMALL;
use super::model::{MissingByte, Model, Scratch, Way};
use super::sink::{Cursor, Run, Sink};
use crate::beside::beside;
use crate::error::{EncodeError, PretokenizeError, VocabularyError};
use crate::pretokenize::{AnyScanner, BATCH, Ends, LONGEST, Level, MOST, Pretokenizer};
use crate::vocabulary::{TokenId, Vocabulary};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Sizes of a worker's cache in bits, at first and at most: 2 entries of 32 bytes, and 2 of 64, a bucket; 32 MB and 16 MB.
const SHORT_BITS: (u32, u32) = (9, 19);
const LONG_BITS: (u32, u32) = (6, 17);

/// Pretokens of more bytes (and at most so many) are remembered in a map, so many of them: lines of dashes, deep indentation. In code they took a fifth of the time
/// when each was merged anew. 16 MB at the very most.
const LONGER: usize = 256;
const LONGER_KEPT: usize = 1 << 13;

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

type ShortTable = Table<ShortKey, 4>;
type LongTable = Table<LongKey, 8>;

/// What threads share: tables that are only read.
pub(crate) struct Engine {
    pub(crate) model: Model,
    pub(crate) pretokenizer: Pretokenizer,
    cuts: Option<Cuts>,
    hash: AnyHash,
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

struct Caches {
    short: ShortTable,
    long: LongTable,
    longer: HashMap<Box<[u8]>, Box<[TokenId]>, FixedState>,
    more: More,
    scratch: Scratch,
    /// Of the last miss.
    ids: Vec<TokenId>,
    asked: Box<Asked>,
}

/// What is known of the pretokens of a batch.
struct Asked {
    /// Of short ones.
    keys: [<ShortKey as Key>::Stored; MOST],
    buckets: [u32; MOST],
    /// Of those that are not short.
    hashes: [u64; MOST],
}

/// In the place of a bucket, for a pretoken that is not short.
const LONG_ONE: u32 = u32::MAX;

impl Worker {
    pub(crate) fn new() -> Self {
        Self::with_sizes(SHORT_BITS, LONG_BITS)
    }

    /// With caches of so many buckets (powers of two), at first and at most.
    pub(crate) fn with_sizes(short: (u32, u32), long: (u32, u32)) -> Self {
        Self {
            caches: Caches {
                short: Table::new(short.0, short.1),
                long: Table::new(long.0, long.1),
                longer: HashMap::with_hasher(FixedState::default()),
                more: More::default(),
                scratch: Scratch::default(),
                ids: Vec::new(),
                asked: Box::new(Asked {
                    keys: [ShortKey::NONE; MOST],
                    buckets: [0; MOST],
                    hashes: [0; MOST],
                }),
            },
            ends: Box::new(Ends::new()),
            starts: Vec::new(),
            stops: Vec::new(),
            places: Vec::new(),
        }
    }

    /// With room for so many ids of pretokens that have more of them than an entry of a table holds.
    #[cfg(test)]
    pub(crate) fn with_more(mut self, most: usize) -> Self {
        self.caches.more = More::bounded(most);
        self
    }

    /// Buckets of the two tables.
    #[cfg(test)]
    pub(crate) fn buckets(&self) -> (usize, usize) {
        (self.caches.short.buckets(), self.caches.long.buckets())
    }
}

impl Engine {
    pub(crate) fn new(vocabulary: &Vocabulary, pretokenizer: Pretokenizer) -> Result<Self, VocabularyError> {
        let all = vocabulary.tokens().iter().flatten();
        let (model, cuts) = beside(
            vocabulary.len() > SMALL,
            || Model::new(vocabulary),
            || Cuts::new(all.clone().map(|bytes| &**bytes)),
        );
        let model = model?;
        // Where a token is taken whole that merging would not give, a piece must not be mistaken for a pretoken.
        let cuts = if !model.merges_reach_all() {
            None
        } else if model.reached().count() == all.count() {
            cuts
        } else {
            Cuts::new(model.reached().filter_map(|id| vocabulary.bytes(id)))
        };
        Ok(Self {
            cuts,
            model,
            pretokenizer,
            hash: AnyHash::best(),
            level: Level::best(),
        })
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
            // Both bytes at once first: most text is ASCII.
            if pretoken.len() > 3
                && pretoken[0] | pretoken[1] >= FIRST_LEAD
                && (pretoken[0] >= FIRST_LEAD || pretoken[1] >= FIRST_LEAD)
            {
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
                        Some(cuts) if length > 3 && bytes[0].max(bytes[1]) >= FIRST_LEAD => {
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
                        sink.many(&caches.ids);
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

    /// The ids of at most [`MOST`] pieces of the text, in two passes: so many memory accesses are under way at once.
    #[inline]
    fn look_up<S: Sink>(
        &self,
        text: &[u8],
        starts: &[u32],
        stops: &[u32],
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), Failure> {
        let result = match self.hash {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: there is an `Aes` only where the processor has the instruction.
            AnyHash::Aes(hash) => unsafe { self.look_up_with_aes(hash, text, starts, stops, caches, sink) },
            AnyHash::Products(hash) => self.look_up_with(hash, text, starts, stops, caches, sink),
        };
        result.map_err(Failure::Missing)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "aes")]
    fn look_up_with_aes<S: Sink>(
        &self,
        hash: super::keys::Aes,
        text: &[u8],
        starts: &[u32],
        stops: &[u32],
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), MissingByte> {
        self.look_up_with(hash, text, starts, stops, caches, sink)
    }

    #[inline(always)]
    fn look_up_with<S: Sink>(
        &self,
        hasher: impl Hash,
        text: &[u8],
        starts: &[u32],
        stops: &[u32],
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), MissingByte> {
        let count = starts.len().min(stops.len()).min(MOST);
        let (starts, stops) = (&starts[..count], &stops[..count]);
        // What the first pass finds is kept for the second: short keys and their buckets; of longer ones the hashes.
        let Asked {
            keys,
            buckets,
            hashes,
        } = &mut *caches.asked;
        let short = caches.short.view();
        let long = caches.long.view();
        for (index, (&start, &stop)) in starts.iter().zip(stops).enumerate() {
            let (start, length) = (start as usize, (stop - start) as usize);
            if length <= SHORT {
                let key = ShortKey::new(text, start, length);
                let bucket = short.index(hasher.hash(key));
                short.prefetch(bucket);
                keys[index] = key.store();
                buckets[index] = bucket as u32;
            } else {
                buckets[index] = LONG_ONE;
                if length <= LONG {
                    let hash = hasher.hash(LongKey::new(text, start, length));
                    long.prefetch(long.index(hash));
                    hashes[index] = hash;
                }
            }
        }
        let mut cursor = sink.cursor(count);
        let mut index = 0;
        loop {
            // As long as all are there, nothing changes.
            let mut run = cursor.begin();
            {
                let asked = &*caches.asked;
                while index < count {
                    let bucket = asked.buckets[index];
                    if bucket == LONG_ONE {
                        break;
                    }
                    let key = ShortKey::stored(&asked.keys[index]);
                    // SAFETY: the view is of the table as it is: where the table grows, this loop is not entered again.
                    match unsafe { short.get(key, bucket as usize) } {
                        // SAFETY: one entry for each of `count` pretokens at most.
                        Some(entry) if entry.is_whole() => unsafe { run.entry(entry) },
                        Some(entry) => match caches.more.eight(entry) {
                            // SAFETY: as above; there are eight at most.
                            Some(ids) => unsafe { run.eight(ids, entry.count()) },
                            None => break,
                        },
                        None => break,
                    }
                    index += 1;
                }
            }
            // SAFETY: of this cursor, as above.
            unsafe { cursor.end(run) };
            if index == count {
                return Ok(());
            }
            let (start, length) = (starts[index] as usize, (stops[index] - starts[index]) as usize);
            if length > LONG && cursor.is_passed_by((length / self.model.longest().max(1)) as u64) {
                // More tokens than the sink takes, whatever they are.
                index += 1;
                continue;
            }
            // What has more ids than its entry holds, and what is longer.
            let found = if length <= SHORT {
                let key = ShortKey::stored(&caches.asked.keys[index]);
                // SAFETY: as above.
                unsafe { short.get(key, caches.asked.buckets[index] as usize) }
                    .map(|entry| caches.more.of(entry))
            } else if length <= LONG {
                let entry = caches
                    .long
                    .get(LongKey::new(text, start, length), caches.asked.hashes[index]);
                if let Some(entry) = entry
                    && entry.is_whole()
                {
                    let mut run = cursor.begin();
                    // SAFETY: the one entry of this pretoken.
                    unsafe {
                        run.entry(entry);
                        cursor.end(run);
                    }
                    index += 1;
                    continue;
                }
                entry.map(|entry| caches.more.of(entry))
            } else {
                None
            };
            if let Some(ids) = found {
                cursor.many(ids);
                index += 1;
                continue;
            }
            self.miss(&text[start..start + length], caches)
                .map_err(|missing| MissingByte {
                    place: start + missing.place,
                    ..missing
                })?;
            cursor.many(&caches.ids);
            index += 1;
            if !caches.short.is_as(&short) {
                break;
            }
        }
        // The table has grown, which is rare: the rest one by one.
        for (&start, &stop) in starts[index..].iter().zip(&stops[index..]) {
            let (start, stop) = (start as usize, stop as usize);
            if stop - start > LONG
                && cursor.is_passed_by(((stop - start) / self.model.longest().max(1)) as u64)
            {
                continue;
            }
            self.encode_one(&text[start..stop], caches)
                .map_err(|missing| MissingByte {
                    place: start + missing.place,
                    ..missing
                })?;
            cursor.many(&caches.ids);
        }
        Ok(())
    }

    /// The ids of a pretoken by itself, into the caches' list.
    fn encode_one(&self, pretoken: &[u8], caches: &mut Caches) -> Result<(), MissingByte> {
        let length = pretoken.len();
        let found = if length <= SHORT {
            let key = ShortKey::new(pretoken, 0, length);
            let entry = caches.short.get(key, self.hash.hash(key));
            entry.map(|entry| entry.ids(&caches.more))
        } else if length <= LONG {
            let key = LongKey::new(pretoken, 0, length);
            let entry = caches.long.get(key, self.hash.hash(key));
            entry.map(|entry| entry.ids(&caches.more))
        } else {
            None
        };
        if let Some(ids) = found {
            caches.ids.clear();
            caches.ids.extend_from_slice(ids);
            return Ok(());
        }
        self.miss(pretoken, caches)
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
        ids.extend_from_slice(&worker.caches.ids);
        Ok(())
    }

    /// The ids of a pretoken that is not in the two tables of the caches, into their list; and from now on into a table.
    #[inline(never)]
    fn miss(&self, pretoken: &[u8], caches: &mut Caches) -> Result<(), MissingByte> {
        let Caches {
            short,
            long,
            longer,
            more,
            scratch,
            ids,
            ..
        } = caches;
        ids.clear();
        if !more.has_room(LONG) {
            short.clear();
            long.clear();
            more.clear();
        }
        let length = pretoken.len();
        let mut merge = |ids: &mut Vec<TokenId>| {
            self.model
                .encode(pretoken, Way::Best, scratch, &mut |id| ids.push(id))
        };
        if length <= SHORT {
            let key = ShortKey::new(pretoken, 0, length);
            let hash = self.hash.hash(key);
            merge(ids)?;
            short.insert(key, hash, ids, more, self.hash);
        } else if length <= LONG {
            let key = LongKey::new(pretoken, 0, length);
            let hash = self.hash.hash(key);
            merge(ids)?;
            long.insert(key, hash, ids, more, self.hash);
        } else if length <= LONGER {
            if let Some(known) = longer.get(pretoken) {
                ids.extend_from_slice(known);
                return Ok(());
            }
            merge(ids)?;
            if longer.len() == LONGER_KEPT {
                longer.clear();
            }
            longer.insert(pretoken.into(), ids.as_slice().into());
        } else {
            merge(ids)?;
        }
        Ok(())
    }
}

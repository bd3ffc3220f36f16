//! Stretches of text to ids: pretokens through the caches, what is not there through the merges.

use super::cache::{self, Size, Table, hash, long_key, short_key};
use super::cuts::{Cuts, FIRST_LEAD};
use super::model::{MissingByte, Model, Scratch, Way};
use super::sink::Sink;
use crate::error::{EncodeError, PretokenizeError, VocabularyError};
use crate::pretokenize::Pretokenizer;
use crate::vocabulary::{TokenId, Vocabulary};
use std::ops::ControlFlow;

/// Pretokens that are hashed and asked for before the first of them is looked up; 256 to 2,048 take the same time.
const BATCH: usize = 512;

/// Sizes of a worker's cache in bits, at first and at most: 2 entries of 32 bytes, and 2 of 64, a bucket; 32 MB and 16 MB.
const SHORT_BITS: (u32, u32) = (9, 19);
const LONG_BITS: (u32, u32) = (6, 17);

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
    words: Table<2, 3>,
    long_words: Table<4, 7>,
    cuts: Option<Cuts>,
}

/// What one thread at a time uses: its caches and scratch.
pub(crate) struct Worker {
    caches: Caches,
    spans: Vec<(usize, usize)>,
}

struct Caches {
    short: Table<2, 3>,
    long: Table<4, 7>,
    scratch: Scratch,
    ids: Vec<TokenId>,
    hashes: Box<[u64; BATCH]>,
}

impl Worker {
    pub(crate) fn new() -> Self {
        Self {
            caches: Caches {
                short: Table::new(SHORT_BITS.0, SHORT_BITS.1),
                long: Table::new(LONG_BITS.0, LONG_BITS.1),
                scratch: Scratch::default(),
                ids: Vec::new(),
                hashes: Box::new([0; BATCH]),
            },
            spans: Vec::with_capacity(BATCH),
        }
    }
}

impl Engine {
    pub(crate) fn new(vocabulary: &Vocabulary, pretokenizer: Pretokenizer) -> Result<Self, VocabularyError> {
        let model = Model::new(vocabulary)?;
        let mut shorts = 0usize;
        let mut longs = 0usize;
        let mut add = |length: usize| match Size::of(length) {
            Size::Short => shorts += 1,
            Size::Long => longs += 1,
            Size::Longer => {}
        };
        for id in model.reached() {
            add(vocabulary.bytes(id).map_or(0, <[u8]>::len));
        }
        for (bytes, _) in model.taken_whole() {
            add(bytes.len());
        }
        // Between a third and two thirds full; the few that find their bucket full go through the workers' caches.
        let bits = |count: usize| (count * 3 / 4).next_power_of_two().trailing_zeros().max(2);
        let mut words = Table::new(bits(shorts), bits(shorts));
        let mut long_words = Table::new(bits(longs), bits(longs));
        let mut add = |bytes: &[u8], id: TokenId| match Size::of(bytes.len()) {
            Size::Short => {
                let key = short_key(bytes, 0, bytes.len());
                words.insert_own(&key, hash(&key), &[id]);
            }
            Size::Long => {
                let key = long_key(bytes);
                long_words.insert_own(&key, hash(&key), &[id]);
            }
            Size::Longer => {}
        };
        for id in model.reached() {
            add(vocabulary.bytes(id).unwrap_or(&[]), id);
        }
        for (bytes, id) in model.taken_whole() {
            add(bytes, id);
        }
        // Where a token is taken whole that merging would not give, a piece must not be mistaken for a pretoken.
        let cuts = model.merges_reach_all().then(|| {
            let tokens = model.reached().filter_map(|id| vocabulary.bytes(id));
            Cuts::new(tokens)
        });
        Ok(Self {
            cuts: cuts.flatten(),
            model,
            pretokenizer,
            words,
            long_words,
        })
    }

    /// Hands the ids of a stretch between added tokens to `sink`.
    pub(crate) fn encode<S: Sink>(
        &self,
        text: &[u8],
        worker: &mut Worker,
        sink: &mut S,
    ) -> Result<(), Failure> {
        let Worker { caches, spans } = worker;
        spans.clear();
        let mut outcome = Ok(());
        let matched = self.pretokenizer.for_each(text, |pretoken| {
            let start = pretoken.range.start;
            let length = pretoken.range.len();
            // A pretoken that begins with a space of its own does not lie in the text.
            if pretoken.bytes.len() == length && pretoken.bytes.as_ptr() == text[start..].as_ptr() {
                if let Some(cuts) = &self.cuts
                    && pretoken.bytes.iter().take(2).any(|&byte| byte >= FIRST_LEAD)
                    && length > 3
                {
                    let mut begin = 0;
                    for end in cuts.places(pretoken.bytes) {
                        spans.push((start + begin, end - begin));
                        begin = end;
                        if spans.len() == BATCH {
                            outcome = self.flush(text, spans, caches, sink);
                            if outcome.is_err() {
                                break;
                            }
                        }
                    }
                } else {
                    spans.push((start, length));
                    if spans.len() < BATCH {
                        return ControlFlow::Continue(());
                    }
                    outcome = self.flush(text, spans, caches, sink);
                }
            } else {
                let added = pretoken.bytes.len().saturating_sub(length);
                outcome = self.flush(text, spans, caches, sink).and_then(|()| {
                    self.encode_one(pretoken.bytes, caches, sink).map_err(|missing| {
                        Failure::Missing(MissingByte {
                            place: start + missing.place.saturating_sub(added),
                            ..missing
                        })
                    })
                });
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
        self.flush(text, spans, caches, sink)?;
        matched.map_err(Failure::Pretokenize)?;
        if sink.is_full() {
            return Err(Failure::Full);
        }
        Ok(())
    }

    /// Encodes the pretokens that were put by, in two passes: so many memory accesses are under way at once.
    fn flush<S: Sink>(
        &self,
        text: &[u8],
        spans: &mut Vec<(usize, usize)>,
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), Failure> {
        let count = spans.len().min(BATCH);
        for (&(start, length), slot) in spans[..count].iter().zip(caches.hashes.iter_mut()) {
            match Size::of(length) {
                Size::Short => {
                    *slot = hash(&short_key(text, start, length));
                    self.words.prefetch(*slot);
                    caches.short.prefetch(*slot);
                }
                Size::Long => {
                    *slot = hash(&long_key(&text[start..start + length]));
                    self.long_words.prefetch(*slot);
                    caches.long.prefetch(*slot);
                }
                Size::Longer => {}
            }
        }
        for index in 0..count {
            let (start, length) = spans[index];
            let hash = caches.hashes[index];
            let result = match Size::of(length) {
                Size::Short => {
                    let key = short_key(text, start, length);
                    if let Some(entry) = self.words.get_own(&key, hash) {
                        sink.one(entry.ids[0]);
                        continue;
                    }
                    if let Some(entry) = caches.short.get(&key, hash) {
                        sink.few(&entry.ids, entry.count());
                        continue;
                    }
                    self.miss_short(&text[start..start + length], &key, hash, caches, sink)
                }
                Size::Long => self.encode_long(&text[start..start + length], hash, caches, sink),
                Size::Longer => self.encode_uncached(&text[start..start + length], caches, sink),
            };
            if let Err(missing) = result {
                spans.clear();
                return Err(Failure::Missing(MissingByte {
                    place: start + missing.place,
                    ..missing
                }));
            }
        }
        spans.clear();
        Ok(())
    }

    /// One pretoken by itself.
    fn encode_one<S: Sink>(
        &self,
        pretoken: &[u8],
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), MissingByte> {
        match Size::of(pretoken.len()) {
            Size::Short => {
                let key = short_key(pretoken, 0, pretoken.len());
                let hash = hash(&key);
                if let Some(entry) = self.words.get_own(&key, hash) {
                    sink.one(entry.ids[0]);
                    return Ok(());
                }
                if let Some(entry) = caches.short.get(&key, hash) {
                    sink.few(&entry.ids, entry.count());
                    return Ok(());
                }
                self.miss_short(pretoken, &key, hash, caches, sink)
            }
            Size::Long => self.encode_long(pretoken, hash(&long_key(pretoken)), caches, sink),
            Size::Longer => self.encode_uncached(pretoken, caches, sink),
        }
    }

    /// [`Engine::encode_one`] into a list, which is cleared first.
    pub(crate) fn encode_pretoken(
        &self,
        pretoken: &[u8],
        worker: &mut Worker,
        ids: &mut Vec<TokenId>,
    ) -> Result<(), MissingByte> {
        ids.clear();
        self.encode_one(pretoken, &mut worker.caches, ids)
    }

    #[cold]
    #[inline(never)]
    fn miss_short<S: Sink>(
        &self,
        pretoken: &[u8],
        key: &[u64; 2],
        hash: u64,
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), MissingByte> {
        let Caches {
            short,
            long,
            scratch,
            ids,
            ..
        } = caches;
        // What has more ids than an entry holds is in the table of long ones.
        let long_key = long_key(pretoken);
        let long_hash = cache::hash(&long_key);
        if let Some(entry) = long.get(&long_key, long_hash) {
            sink.few(&entry.ids, entry.count());
            return Ok(());
        }
        ids.clear();
        self.model
            .encode(pretoken, Way::Best, scratch, &mut |id| ids.push(id))?;
        if ids.len() <= 3 {
            short.insert(key, hash, ids);
        } else {
            long.insert(&long_key, long_hash, ids);
        }
        sink.many(ids);
        Ok(())
    }

    #[inline(never)]
    fn encode_long<S: Sink>(
        &self,
        pretoken: &[u8],
        hash: u64,
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), MissingByte> {
        let key = long_key(pretoken);
        if let Some(entry) = self.long_words.get_own(&key, hash) {
            sink.one(entry.ids[0]);
            return Ok(());
        }
        if let Some(entry) = caches.long.get(&key, hash) {
            sink.few(&entry.ids, entry.count());
            return Ok(());
        }
        let Caches {
            long, scratch, ids, ..
        } = caches;
        ids.clear();
        self.model
            .encode(pretoken, Way::Best, scratch, &mut |id| ids.push(id))?;
        long.insert(&key, hash, ids);
        sink.many(ids);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn encode_uncached<S: Sink>(
        &self,
        pretoken: &[u8],
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), MissingByte> {
        // More tokens than the sink takes, whatever they are.
        if sink.is_passed_by((pretoken.len() / self.model.longest().max(1)) as u64) {
            return Ok(());
        }
        self.model
            .encode(pretoken, Way::Best, &mut caches.scratch, &mut |id| sink.one(id))
    }
}

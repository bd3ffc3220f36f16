//! The caches of a worker, and how pieces of a text are looked up in them, many at a time.

use super::cache::{More, Table};
use super::engine::{Engine, Failure};
use super::keys::{AnyHash, Hash, Key, LONG, LongKey, SHORT, ShortKey};
use super::model::{MissingByte, Scratch, Way};
use super::sink::{Cursor, Run, Sink};
use crate::pretokenize::MOST;
use crate::vocabulary::TokenId;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Sizes of a worker's cache in bits, at first and at most: 2 entries of 32 bytes, and 2 of 64, a bucket; 32 MB and 16 MB.
pub(super) const SHORT_BITS: (u32, u32) = (9, 19);
pub(super) const LONG_BITS: (u32, u32) = (6, 17);

/// Pretokens of more bytes (and at most so many) are remembered in a map, so many of them: lines of dashes, deep indentation. In code they took a fifth of the time
/// when each was merged anew. 16 MB at the very most.
const LONGER: usize = 256;
const LONGER_KEPT: usize = 1 << 13;

type ShortTable = Table<ShortKey, 4>;
type LongTable = Table<LongKey, 8>;

/// What a worker remembers of the pretokens that it saw.
pub(super) struct Caches {
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

impl Caches {
    /// Of so many buckets (powers of two), at first and at most.
    pub(super) fn with_sizes(short: (u32, u32), long: (u32, u32)) -> Self {
        Self {
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
        }
    }

    /// The ids of the pretoken that was encoded last.
    pub(super) fn ids(&self) -> &[TokenId] {
        &self.ids
    }

    /// With room for so many ids of pretokens that have more of them than an entry of a table holds.
    #[cfg(test)]
    pub(super) fn bound_more(&mut self, most: usize) {
        self.more = More::bounded(most);
    }

    /// Buckets of the two tables.
    #[cfg(test)]
    pub(super) fn buckets(&self) -> (usize, usize) {
        (self.short.buckets(), self.long.buckets())
    }
}

impl Engine {
    /// The ids of pieces of the text, in two passes over many of them: so many memory accesses are under way at once.
    #[inline]
    pub(super) fn look_up<S: Sink>(
        &self,
        text: &[u8],
        starts: &[u32],
        stops: &[u32],
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<(), Failure> {
        let count = starts.len().min(stops.len());
        let mut done = 0;
        while done < count {
            let (starts, stops) = (&starts[done..count], &stops[done..count]);
            let some = match self.hash {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: there is an `Aes` only where the processor has the instruction.
                AnyHash::Aes(hash) => unsafe {
                    self.look_up_with_aes(hash, text, starts, stops, caches, sink)
                },
                AnyHash::Products(hash) => self.look_up_with(hash, text, starts, stops, caches, sink),
            };
            done += some.map_err(Failure::Missing)?;
        }
        Ok(())
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
    ) -> Result<usize, MissingByte> {
        self.look_up_with(hash, text, starts, stops, caches, sink)
    }

    /// Looks up as many pieces as there is room for, or fewer where the table grows meanwhile, which is rare; returns how many, at least one.
    #[inline(always)]
    fn look_up_with<S: Sink>(
        &self,
        hasher: impl Hash,
        text: &[u8],
        starts: &[u32],
        stops: &[u32],
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<usize, MissingByte> {
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
                return Ok(count);
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
                return Ok(index);
            }
        }
    }

    /// The ids of a pretoken by itself, into the caches' list.
    pub(super) fn encode_one(&self, pretoken: &[u8], caches: &mut Caches) -> Result<(), MissingByte> {
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

//! The caches of a worker, and how pieces of a text are looked up in them, many at a time.

use super::cache::{Entry, More, Room, Table, View};
use super::engine::{Engine, Failure};
use super::hashes::{AnyHash, Hash};
use super::keys::{Key, LONG, LongKey, SHORT, ShortKey, Stored};
use super::lockstep::Lanes;
use super::model::{MissingByte, Scratch};
use super::sink::{Cursor, Run, Sink};
use crate::pretokenize::MOST;
use crate::vocabulary::TokenId;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Sizes of a worker's cache in bits, at first and at most: 2 entries of 32 bytes, and 2 of 64, a bucket; 32 MB and 16 MB.
pub(super) const SHORT_BITS: (u32, u32) = (9, 19);
pub(super) const LONG_BITS: (u32, u32) = (6, 17);

/// From so many misses on, half of those before the last batch added to its own, the next ones are looked for ahead and merged side by side: to look for them takes as long as one
/// or two misses.
const MANY: usize = 2;

pub(super) type ShortTable = Table<ShortKey, 3>;
pub(super) type LongTable = Table<LongKey, 7>;

/// What a worker remembers of the pretokens that it saw.
pub(crate) struct Caches {
    pub(super) short: ShortTable,
    pub(super) long: LongTable,
    pub(super) longer: HashMap<Box<[u8]>, Box<[TokenId]>, FixedState>,
    pub(super) room: Room,
    pub(super) scratch: Scratch,
    /// Of the last miss.
    pub(super) ids: Vec<TokenId>,
    pub(super) asked: Box<Asked>,
    pub(super) lanes: Lanes,
    /// How many pieces of the last batches were not there, those of older ones for less and less.
    misses: usize,
}

/// What is known of the pretokens of a batch.
pub(super) struct Asked {
    /// Those of short ones; for others [`ShortKey::NO_KEY`].
    pub(super) keys: [Stored; MOST],
    /// Where the buckets of short ones are.
    pub(super) places: [u32; MOST],
    /// Of those that are not short.
    pub(super) hashes: [u64; MOST],
    /// The numbers of those that seem not to be there.
    pub(super) missing: [u16; MOST],
}

impl Caches {
    /// Of so many buckets (powers of two), at first and at most.
    pub(super) fn with_sizes(short: (u32, u32), long: (u32, u32)) -> Self {
        Self {
            short: Table::new(short.0, short.1),
            long: Table::new(long.0, long.1),
            longer: HashMap::with_hasher(FixedState::default()),
            room: Room::default(),
            scratch: Scratch::default(),
            ids: Vec::new(),
            asked: Box::new(Asked {
                keys: [ShortKey::NONE; MOST],
                places: [0; MOST],
                hashes: [0; MOST],
                missing: [0; MOST],
            }),
            lanes: Lanes::default(),
            misses: MANY,
        }
    }

    /// Hands each id to `take` with how often the entries that it is among were hit, and counts anew.
    pub(super) fn take_hits(&mut self, mut take: impl FnMut(TokenId, u64)) {
        self.short.take_hits(&mut self.room);
        self.long.take_hits(&mut self.room);
        self.room.hits.drain(..).for_each(|(id, times)| take(id, times));
    }

    /// The ids of the pretoken that was encoded last.
    pub(super) fn ids(&self) -> &[TokenId] {
        &self.ids
    }

    /// With room for so many ids of pretokens that have more of them than an entry of a table holds.
    #[cfg(test)]
    pub(super) fn bound_more(&mut self, most: usize) {
        self.room.more = More::bounded(most);
    }

    /// Buckets of the two tables.
    #[cfg(test)]
    pub(super) fn buckets(&self) -> (usize, usize) {
        (self.short.buckets(), self.long.buckets())
    }
}

/// Gives the ids of an entry to a cursor.
#[inline(always)]
fn hand_over<K: Key, const N: usize, const M: usize>(
    entry: &Entry<'_, K, N>,
    more: &More,
    cursor: &mut impl Cursor,
) {
    let mut run = cursor.begin();
    // SAFETY: the one entry of this pretoken, in a table of this worker.
    let taken = unsafe {
        let taken = run.entry::<K, N, M>(entry, more);
        cursor.end(run);
        taken
    };
    if !taken {
        cursor.many(more.of(entry));
    }
}

impl Engine {
    /// The ids of pieces of the text, in its order, in two passes over many of them: so many memory accesses are under way at once.
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
    #[target_feature(enable = "aes,avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn look_up_with_aes<S: Sink>(
        &self,
        hash: super::hashes::Aes,
        text: &[u8],
        starts: &[u32],
        stops: &[u32],
        caches: &mut Caches,
        sink: &mut S,
    ) -> Result<usize, MissingByte> {
        self.look_up_with(hash, text, starts, stops, caches, sink)
    }

    /// Looks up as many pieces as there is room for, or fewer where the table grows meanwhile, which is rare; returns how many.
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
        let short = caches.short.view();
        let long = caches.long.view();
        let asked = &mut *caches.asked;
        // So many begin where 16 bytes can be read: pieces come in the order of the text.
        let readable = text.len().saturating_sub(15);
        let inner = if starts.last().is_some_and(|&last| (last as usize) < readable) {
            count
        } else {
            starts.partition_point(|&start| (start as usize) < readable)
        };
        for index in 0..inner.min(MOST) {
            let (start, length) = (starts[index] as usize, (stops[index] - starts[index]) as usize);
            if length <= SHORT {
                // SAFETY: starts rise, and this one is among those from which 16 bytes can be read.
                let key = unsafe { ShortKey::within(text, start, length) };
                let place = short.place(hasher.hash(key));
                short.prefetch(place);
                asked.keys[index] = key.store();
                asked.places[index] = place as u32;
            } else {
                self.ask_other(text, (start, length), (&short, &long), asked, index);
            }
        }
        for index in inner..count {
            let (start, length) = (starts[index] as usize, (stops[index] - starts[index]) as usize);
            self.ask_other(text, (start, length), (&short, &long), asked, index);
        }
        let mut cursor = sink.cursor(count);
        let mut index = 0;
        let mut misses = 0;
        let mut may_merge_many = caches.misses >= MANY;
        loop {
            // As long as all are there, nothing changes.
            let mut run = cursor.begin();
            {
                let asked = &*caches.asked;
                while index < count {
                    let key = ShortKey::stored(&asked.keys[index]);
                    // SAFETY: the view is of the table as it is: where the table grows, this loop is not entered again.
                    let Some(entry) = (unsafe { short.get(key, asked.places[index] as usize, hasher) })
                    else {
                        break;
                    };
                    // SAFETY: one entry for each of `count` pretokens at most; the table is this worker's.
                    if !unsafe { run.entry::<_, 3, 4>(&entry, &caches.room.more) } {
                        break;
                    }
                    index += 1;
                }
            }
            // SAFETY: of this cursor, as above.
            unsafe { cursor.end(run) };
            if index == count {
                caches.misses = caches.misses / 2 + misses;
                return Ok(count);
            }
            let (start, length) = (starts[index] as usize, (stops[index] - starts[index]) as usize);
            if length > LONG && cursor.is_passed_by((length / self.model.longest().max(1)) as u64) {
                // More tokens than the sink takes, whatever they are.
                index += 1;
                continue;
            }
            let found = if length <= SHORT {
                let key = ShortKey::stored(&caches.asked.keys[index]);
                let place = caches.asked.places[index] as usize;
                // SAFETY: as above.
                let entry = unsafe {
                    short
                        .get(key, place, hasher)
                        .or_else(|| short.get_beside(key, place, hasher))
                };
                entry.map(|entry| hand_over::<_, 3, 4>(&entry, &caches.room.more, &mut cursor))
            } else if length <= LONG {
                let key = LongKey::new(text, start, length);
                let entry = caches.long.get(key, caches.asked.hashes[index], hasher);
                entry.map(|entry| hand_over::<_, 7, 8>(&entry, &caches.room.more, &mut cursor))
            } else {
                None
            };
            if found.is_some() {
                index += 1;
                continue;
            }
            if may_merge_many && length <= LONG {
                may_merge_many = false;
                misses += self.merge_many(text, &starts[index..], &stops[index..], caches, index);
                if !caches.short.is_as(&short) {
                    caches.misses = MANY;
                    return Ok(index);
                }
                continue;
            }
            misses += usize::from(length <= LONG);
            self.miss(&text[start..start + length], caches)
                .map_err(|missing| MissingByte {
                    place: start + missing.place,
                    ..missing
                })?;
            cursor.many(&caches.ids);
            index += 1;
            if !caches.short.is_as(&short) {
                caches.misses = MANY;
                return Ok(index);
            }
        }
    }

    /// Asks for a piece that is not short, or ends a text; apart, so that the loop over all others has the registers.
    #[inline(never)]
    fn ask_other(
        &self,
        text: &[u8],
        (start, length): (usize, usize),
        (short, long): (&View<ShortKey, 3>, &View<LongKey, 7>),
        asked: &mut Asked,
        index: usize,
    ) {
        asked.keys[index] = ShortKey::NO_KEY;
        asked.places[index] = 0;
        if length <= SHORT {
            let key = ShortKey::new(text, start, length);
            let place = short.place(self.hash.hash(key));
            short.prefetch(place);
            asked.keys[index] = key.store();
            asked.places[index] = place as u32;
        } else if length <= LONG {
            let hash = self.hash.hash(LongKey::new(text, start, length));
            long.prefetch(long.place(hash));
            asked.hashes[index] = hash;
        }
    }

    /// The ids of a pretoken by itself, into the caches' list.
    pub(super) fn encode_one(&self, pretoken: &[u8], caches: &mut Caches) -> Result<(), MissingByte> {
        let length = pretoken.len();
        let found = if length <= SHORT {
            let key = ShortKey::new(pretoken, 0, length);
            let entry = caches.short.get(key, self.hash.hash(key), self.hash);
            entry.map(|entry| entry.ids(&caches.room.more))
        } else if length <= LONG {
            let key = LongKey::new(pretoken, 0, length);
            let entry = caches.long.get(key, self.hash.hash(key), self.hash);
            entry.map(|entry| entry.ids(&caches.room.more))
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
}

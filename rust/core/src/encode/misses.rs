//! Pieces of a text that are not in the caches of a worker: they are merged, many at a time where there are many, and remembered.

use super::cache::Room;
use super::engine::Engine;
use super::hashes::{AnyHash, Hash};
use super::keys::{Key, LONG, LongKey, SHORT, ShortKey};
use super::lockstep::Pretokens;
use super::lookup::{Asked, Caches, LongTable, ShortTable};
use super::model::{MissingByte, Way};
use super::pairs::Symbol;
use crate::vocabulary::TokenId;

/// Pretokens of more bytes (and at most so many) are remembered in a map, so many of them: lines of dashes, deep indentation. In code they took a fifth of the time
/// when each was merged anew. 16 MB at the very most.
const LONGER: usize = 256;
const LONGER_KEPT: usize = 1 << 13;

impl Engine {
    /// Puts into the tables what is not there of the last pieces of a batch, from number `from` on; returns how many these were.
    #[inline(never)]
    pub(super) fn merge_many(
        &self,
        text: &[u8],
        starts: &[u32],
        stops: &[u32],
        caches: &mut Caches,
        from: usize,
    ) -> usize {
        match self.hash {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: there is an `Aes` only where the processor has the instruction.
            AnyHash::Aes(hash) => unsafe {
                self.merge_many_with_aes(hash, text, (starts, stops), caches, from)
            },
            AnyHash::Products(hash) => self.merge_many_with(hash, text, (starts, stops), caches, from),
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "aes,avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn merge_many_with_aes(
        &self,
        hash: super::hashes::Aes,
        text: &[u8],
        pieces: (&[u32], &[u32]),
        caches: &mut Caches,
        from: usize,
    ) -> usize {
        self.merge_many_with(hash, text, pieces, caches, from)
    }

    #[inline(always)]
    fn merge_many_with(
        &self,
        hasher: impl Hash,
        text: &[u8],
        (starts, stops): (&[u32], &[u32]),
        caches: &mut Caches,
        from: usize,
    ) -> usize {
        let Asked {
            keys,
            places,
            missing,
            ..
        } = &mut *caches.asked;
        let short = caches.short.view();
        let mut count = 0;
        // Those that are not short have no key here, so they are always among them.
        let asked = keys[from..]
            .iter()
            .zip(&places[from..])
            .zip(0..starts.len() as u16);
        for ((key, &place), index) in asked {
            // SAFETY: the table is borrowed, and the place is of it: where it grows, all are asked for anew.
            let entry = unsafe { short.get(ShortKey::stored(key), place as usize, hasher) };
            // SAFETY: there are as many as there are pieces, so none is behind the last one.
            unsafe { *missing.get_unchecked_mut(count) = index };
            count += usize::from(entry.is_none());
        }
        let mut pieces = Missing {
            engine: self,
            hasher,
            text,
            starts,
            stops,
            missing: missing[..count].iter(),
            short: &mut caches.short,
            long: &mut caches.long,
            room: &mut caches.room,
            merged: 0,
        };
        self.model.merge_many(&mut caches.lanes, &mut pieces);
        pieces.merged
    }

    /// The ids of a pretoken that is not in the two tables of the caches, into their list; and from now on into a table.
    #[inline(never)]
    pub(super) fn miss(&self, pretoken: &[u8], caches: &mut Caches) -> Result<(), MissingByte> {
        let Caches {
            short,
            long,
            longer,
            room,
            scratch,
            ids,
            ..
        } = caches;
        ids.clear();
        if !room.more.has_room(LONG) {
            forget(short, long, room);
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
            short.insert(key, hash, ids, room, self.hash);
        } else if length <= LONG {
            let key = LongKey::new(pretoken, 0, length);
            let hash = self.hash.hash(key);
            merge(ids)?;
            long.insert(key, hash, ids, room, self.hash);
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

/// Pieces of a batch that seem not to be in the tables.
struct Missing<'a, H> {
    engine: &'a Engine,
    hasher: H,
    text: &'a [u8],
    starts: &'a [u32],
    stops: &'a [u32],
    missing: std::slice::Iter<'a, u16>,
    short: &'a mut ShortTable,
    long: &'a mut LongTable,
    room: &'a mut Room,
    merged: usize,
}

impl<H: Hash> Missing<'_, H> {
    /// Where a piece begins, and its length.
    #[inline(always)]
    fn place(&self, number: usize) -> (usize, usize) {
        let (start, stop) = (self.starts[number], self.stops[number]);
        (start as usize, (stop - start) as usize)
    }
}

impl<'a, H: Hash> Pretokens<'a> for Missing<'a, H> {
    #[inline(always)]
    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        loop {
            let number = *self.missing.next()? as usize;
            let (start, length) = self.place(number);
            let (text, hasher) = (self.text, self.hasher);
            // It may stand beside its bucket, or have come since.
            let is_there = if length <= SHORT {
                let key = ShortKey::new(text, start, length);
                self.short.get(key, hasher.hash(key), hasher).is_some()
            } else if length <= LONG {
                let key = LongKey::new(text, start, length);
                self.long.get(key, hasher.hash(key), hasher).is_some()
            } else {
                // There are few, and each takes long by itself.
                continue;
            };
            let piece = &text[start..start + length];
            if !is_there && self.engine.model.merges(piece) {
                self.merged += 1;
                return Some((number, piece));
            }
        }
    }

    #[inline(always)]
    fn done(&mut self, number: usize, symbols: &[Symbol]) {
        let (start, length) = self.place(number);
        let (text, hasher) = (self.text, self.hasher);
        let mut ids = [0; LONG];
        let ids = &mut ids[..symbols.len()];
        for (id, &symbol) in ids.iter_mut().zip(symbols) {
            *id = self.engine.model.id(symbol);
        }
        if !self.room.more.has_room(LONG) {
            forget(self.short, self.long, self.room);
        }
        if length <= SHORT {
            let key = ShortKey::new(text, start, length);
            let hash = hasher.hash(key);
            if self.short.get(key, hash, hasher).is_none() {
                self.short.insert(key, hash, ids, self.room, hasher);
            }
        } else {
            let key = LongKey::new(text, start, length);
            let hash = hasher.hash(key);
            if self.long.get(key, hash, hasher).is_none() {
                self.long.insert(key, hash, ids, self.room, hasher);
            }
        }
    }
}

/// Empties the tables, where there is no more room for ids that stand elsewhere.
#[cold]
#[inline(never)]
fn forget(short: &mut ShortTable, long: &mut LongTable, room: &mut Room) {
    short.take_hits(room);
    long.take_hits(room);
    short.clear();
    long.clear();
    room.more.clear();
}

//! Pretokens and their ids, in buckets of two entries: the vocabulary's own table, read only and shared, and each worker's cache.
//!
//! An entry with a key of 16 bytes and up to three ids is 32 bytes long, one with 32 bytes and up to seven ids is 64.

use super::keys::{Hash, Key};
use crate::huge_pages;
use crate::vocabulary::TokenId;

/// A key and up to `N` - 1 ids.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Entry<K: Key, const N: usize> {
    key: K::Stored,
    /// At last, how many of them are ids; 0 in an empty entry. In one array, so that they are copied as one.
    ids: [TokenId; N],
}

impl<K: Key, const N: usize> Entry<K, N> {
    const EMPTY: Self = Self {
        key: K::NONE,
        ids: [0; N],
    };

    /// All the room for ids; those from [`Entry::count`] on mean nothing.
    #[inline(always)]
    pub(crate) fn room(&self) -> &[TokenId; N] {
        &self.ids
    }

    /// The ids.
    #[inline(always)]
    pub(crate) fn ids(&self) -> &[TokenId] {
        &self.ids[..self.count().min(N - 1)]
    }

    /// How many of the ids there are; less than `N`.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.ids[N - 1] as usize
    }
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Bucket<K: Key, const N: usize>([Entry<K, N>; 2]);

/// A table of bounded size.
pub(crate) struct Table<K: Key, const N: usize> {
    /// 2^`bits` of them.
    buckets: Vec<Bucket<K, N>>,
    shift: u32,
    used: usize,
    /// The table grows up to this many buckets (as a power of two); then new entries drive out old ones.
    maximal_bits: u32,
}

impl<K: Key, const N: usize> Table<K, N> {
    /// An empty table of 2^`bits` buckets that may grow to 2^`maximal_bits`; both at least 1.
    pub(crate) fn new(bits: u32, maximal_bits: u32) -> Self {
        debug_assert!(bits > 0);
        Self {
            buckets: huge_pages::filled(Bucket([Entry::EMPTY; 2]), 1 << bits),
            shift: 64 - bits,
            used: 0,
            maximal_bits,
        }
    }

    #[inline(always)]
    fn index(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    #[inline(always)]
    fn bucket(&self, index: usize) -> &[Entry<K, N>; 2] {
        debug_assert!(index < self.buckets.len());
        // SAFETY: an index has as many bits as there are buckets a power of two, here and with its lowest bit changed.
        unsafe { &self.buckets.get_unchecked(index).0 }
    }

    /// Asks for the entry's cache line.
    #[inline(always)]
    pub(crate) fn prefetch(&self, hash: u64) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let bucket: *const [Entry<K, N>; 2] = self.bucket(self.index(hash));
            // SAFETY: prefetching reads nothing that a program could see, and SSE is part of x86-64.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(bucket.cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = hash;
    }

    /// The entry of a key.
    #[inline(always)]
    pub(crate) fn get(&self, key: K, hash: u64) -> Option<&Entry<K, N>> {
        let index = self.index(hash);
        self.get_in(index, key).or_else(|| self.get_in(index ^ 1, key))
    }

    /// The entry of a key that was put in with [`Table::insert_own`]; where it is not there, nothing but the bucket that was asked for is touched.
    #[inline(always)]
    pub(crate) fn get_own(&self, key: K, hash: u64) -> Option<&Entry<K, N>> {
        self.get_in(self.index(hash), key)
    }

    #[inline(always)]
    fn get_in(&self, index: usize, key: K) -> Option<&Entry<K, N>> {
        let [newer, older] = self.bucket(index);
        // The older entry unless it is the newer one: one branch for both. No key has length 0, so empty entries match none.
        let entry = if key.equals(&newer.key) { newer } else { older };
        key.equals(&entry.key).then_some(entry)
    }

    /// Adds a key that is not there, with less than `N` ids; where its bucket and the neighbouring one are full, the older entry of its own goes.
    pub(crate) fn insert(&mut self, key: K, hash: u64, ids: &[TokenId], hasher: impl Hash) {
        let Some(entry) = Self::entry(key, ids) else {
            return;
        };
        // Half full: with buckets of two, few entries have been driven out by then.
        if self.used > self.buckets.len() && 64 - self.shift < self.maximal_bits {
            self.grow(hasher);
        }
        self.place(entry, hash);
    }

    /// Adds a key where its own bucket has room.
    pub(crate) fn insert_own(&mut self, key: K, hash: u64, ids: &[TokenId]) {
        if self.has_room(self.index(hash))
            && let Some(entry) = Self::entry(key, ids)
        {
            self.place(entry, hash);
        }
    }

    fn has_room(&self, index: usize) -> bool {
        self.buckets[index].0[1].count() == 0
    }

    fn entry(key: K, ids: &[TokenId]) -> Option<Entry<K, N>> {
        let mut entry = Entry {
            key: key.store(),
            ..Entry::EMPTY
        };
        entry.ids[..N - 1].get_mut(..ids.len())?.copy_from_slice(ids);
        entry.ids[N - 1] = ids.len() as TokenId;
        Some(entry)
    }

    fn place(&mut self, entry: Entry<K, N>, hash: u64) {
        let mut index = self.index(hash);
        if !self.has_room(index) && self.has_room(index ^ 1) {
            index ^= 1;
        }
        let Bucket(entries) = &mut self.buckets[index];
        if entries[1].count() == 0 {
            self.used += 1;
        }
        if entries[0].count() != 0 {
            entries[1] = entries[0];
        }
        entries[0] = entry;
    }

    fn grow(&mut self, hasher: impl Hash) {
        let bits = (64 - self.shift + 2).min(self.maximal_bits);
        let mut larger = Self::new(bits, self.maximal_bits);
        for Bucket(entries) in &self.buckets {
            // The older one first, so that the newer one stays in front.
            for entry in entries.iter().rev().filter(|entry| entry.count() != 0) {
                larger.place(*entry, hasher.hash(K::stored(&entry.key)));
            }
        }
        *self = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{AnyHash, ShortKey};
    use super::*;

    #[test]
    fn what_is_inserted_is_found_until_driven_out() {
        let hasher = AnyHash::best();
        let mut table = Table::<ShortKey, 4>::new(4, 12);
        let key = |number: usize| ShortKey::new(number.to_string().as_bytes(), 0, number.to_string().len());
        for number in 0..4000 {
            let hash = hasher.hash(key(number));
            table.insert(key(number), hash, &[number as u32], hasher);
            assert_eq!(table.get(key(number), hash).map(|entry| entry.ids[0]), Some(number as u32));
        }
        let found = (0..4000)
            .filter(|&number| table.get(key(number), hasher.hash(key(number))).is_some())
            .count();
        assert!(found > 3000, "{found}");
        assert!(table.get(key(4001), hasher.hash(key(4001))).is_none());
    }

    #[test]
    fn a_table_of_one_bucket_forgets_but_never_lies() {
        let hasher = AnyHash::best();
        let mut table = Table::<ShortKey, 4>::new(1, 1);
        let key = |number: usize| ShortKey::new(number.to_string().as_bytes(), 0, number.to_string().len());
        for number in 0..1000 {
            table.insert(key(number), hasher.hash(key(number)), &[number as u32], hasher);
            for other in 0..=number {
                let entry = table.get(key(other), hasher.hash(key(other)));
                assert!(entry.is_none_or(|entry| entry.ids[0] == other as u32 && entry.count() == 1));
            }
        }
    }
}

//! Pretokens and their ids, in buckets of two entries: the vocabulary's own table, read only and shared, and each worker's cache.
//!
//! A key is a pretoken padded with zeros, its length in the last byte, so that two pretokens have one key only if they are equal. An entry with a key of 16 bytes and
//! three ids is 32 bytes long, one with 32 bytes and seven ids is 64.

use crate::huge_pages;
use crate::vocabulary::TokenId;

/// Keys of `K` words, values of up to `N` ids.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Entry<const K: usize, const N: usize> {
    key: [u64; K],
    pub(crate) ids: [TokenId; N],
    /// How many ids; 0 in an empty entry.
    count: u32,
}

impl<const K: usize, const N: usize> Entry<K, N> {
    const EMPTY: Self = Self {
        key: [0; K],
        ids: [0; N],
        count: 0,
    };

    /// How many of the ids there are.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.count as usize
    }
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Bucket<const K: usize, const N: usize>([Entry<K, N>; 2]);

/// A table of bounded size.
pub(crate) struct Table<const K: usize, const N: usize> {
    buckets: Vec<Bucket<K, N>>,
    shift: u32,
    used: usize,
    /// The table grows up to this many buckets (as a power of two); then new entries drive out old ones.
    maximal_bits: u32,
}

/// Longest pretoken with a key of two words.
const SHORT_KEY: usize = 15;
/// Longest pretoken with a key of four words.
const LONG_KEY: usize = 31;

/// Which table a pretoken belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Short,
    Long,
    /// None.
    Longer,
}

impl Size {
    #[inline(always)]
    pub(crate) fn of(length: usize) -> Self {
        if length <= SHORT_KEY {
            Self::Short
        } else if length <= LONG_KEY {
            Self::Long
        } else {
            Self::Longer
        }
    }
}

const fn masks() -> [u128; 16] {
    let mut masks = [0; 16];
    let mut length = 1;
    while length < 16 {
        masks[length] = u128::MAX >> (8 * (16 - length));
        length += 1;
    }
    masks
}

static MASKS: [u128; 16] = masks();

/// The key of `text[start..start + length]`, for a length of at most [`SHORT_KEY`].
#[inline(always)]
pub(crate) fn short_key(text: &[u8], start: usize, length: usize) -> [u64; 2] {
    let raw = match text.get(start..).and_then(|rest| rest.first_chunk::<16>()) {
        Some(bytes) => u128::from_le_bytes(*bytes),
        None => at_the_end(text, start),
    };
    let key = (raw & MASKS[length & 15]) | ((length as u128) << 120);
    [key as u64, (key >> 64) as u64]
}

#[cold]
fn at_the_end(text: &[u8], start: usize) -> u128 {
    let rest = text.get(start..).unwrap_or(&[]);
    let mut bytes = [0; 16];
    let count = rest.len().min(16);
    bytes[..count].copy_from_slice(&rest[..count]);
    u128::from_le_bytes(bytes)
}

/// The key of a pretoken of 16 to [`LONG_KEY`] bytes.
#[inline(always)]
pub(crate) fn long_key(pretoken: &[u8]) -> [u64; 4] {
    let mut bytes = [0; 32];
    let count = pretoken.len().min(LONG_KEY);
    bytes[..count].copy_from_slice(&pretoken[..count]);
    bytes[31] = count as u8;
    let word = |index: usize| {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[8 * index..8 * index + 8]);
        u64::from_le_bytes(word)
    };
    [word(0), word(1), word(2), word(3)]
}

/// Multiplies words in pairs and folds; the constants are digits of π.
#[inline(always)]
pub(crate) fn hash<const K: usize>(key: &[u64; K]) -> u64 {
    let fold = |low: u64, high: u64| {
        let product = u128::from(low ^ 0x243F_6A88_85A3_08D3) * u128::from(high ^ 0x1319_8A2E_0370_7344);
        (product as u64) ^ ((product >> 64) as u64)
    };
    let mut hash = fold(key[0], key[1]);
    if K > 2 {
        hash = fold(hash ^ key[2], key[3]);
    }
    hash.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Compares word by word: as arrays, keys would go through memory, and wait for it (a fifth of the time of a warm run).
#[inline(always)]
fn same<const K: usize>(left: &[u64; K], right: &[u64; K]) -> bool {
    let mut difference = 0;
    for word in 0..K {
        difference |= left[word] ^ right[word];
    }
    difference == 0
}

impl<const K: usize, const N: usize> Table<K, N> {
    /// An empty table of 2^`bits` buckets that may grow to 2^`maximal_bits`.
    pub(crate) fn new(bits: u32, maximal_bits: u32) -> Self {
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

    /// Asks for the entry's cache line.
    #[inline(always)]
    pub(crate) fn prefetch(&self, hash: u64) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let bucket: *const Bucket<K, N> = &raw const self.buckets[self.index(hash)];
            // SAFETY: prefetching reads nothing that a program could see, and SSE is part of x86-64.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(bucket.cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = hash;
    }

    /// The entry of a key.
    #[inline(always)]
    pub(crate) fn get(&self, key: &[u64; K], hash: u64) -> Option<&Entry<K, N>> {
        let index = self.index(hash);
        self.get_in(index, key).or_else(|| self.get_in(index ^ 1, key))
    }

    /// The entry of a key that was put in with [`Table::insert_own`]; where it is not there, nothing but the bucket that was asked for is touched.
    #[inline(always)]
    pub(crate) fn get_own(&self, key: &[u64; K], hash: u64) -> Option<&Entry<K, N>> {
        self.get_in(self.index(hash), key)
    }

    #[inline(always)]
    fn get_in(&self, index: usize, key: &[u64; K]) -> Option<&Entry<K, N>> {
        let Bucket(entries) = &self.buckets[index];
        // No key has length 0, so empty entries match none.
        if same(&entries[0].key, key) {
            return Some(&entries[0]);
        }
        same(&entries[1].key, key).then_some(&entries[1])
    }

    /// Adds a key that is not there, with at most `N` ids; where its bucket and the neighbouring one are full, the older entry of its own goes.
    pub(crate) fn insert(&mut self, key: &[u64; K], hash: u64, ids: &[TokenId]) {
        let Some(entry) = Self::entry(key, ids) else {
            return;
        };
        // Half full: with buckets of two, few entries have been driven out by then.
        if self.used > self.buckets.len() && 64 - self.shift < self.maximal_bits {
            self.grow();
        }
        self.place(entry, hash);
    }

    /// Adds a key where its own bucket has room.
    pub(crate) fn insert_own(&mut self, key: &[u64; K], hash: u64, ids: &[TokenId]) {
        if self.has_room(self.index(hash))
            && let Some(entry) = Self::entry(key, ids)
        {
            self.place(entry, hash);
        }
    }

    fn has_room(&self, index: usize) -> bool {
        self.buckets[index].0[1].count == 0
    }

    fn entry(key: &[u64; K], ids: &[TokenId]) -> Option<Entry<K, N>> {
        let mut entry = Entry {
            key: *key,
            count: u32::try_from(ids.len()).ok()?,
            ..Entry::EMPTY
        };
        entry.ids.get_mut(..ids.len())?.copy_from_slice(ids);
        Some(entry)
    }

    fn place(&mut self, entry: Entry<K, N>, hash: u64) {
        let mut index = self.index(hash);
        if !self.has_room(index) && self.has_room(index ^ 1) {
            index ^= 1;
        }
        let Bucket(entries) = &mut self.buckets[index];
        if entries[1].count == 0 {
            self.used += 1;
        }
        if entries[0].count != 0 {
            entries[1] = entries[0];
        }
        entries[0] = entry;
    }

    fn grow(&mut self) {
        let bits = (64 - self.shift + 2).min(self.maximal_bits);
        let mut larger = Self::new(bits, self.maximal_bits);
        for Bucket(entries) in &self.buckets {
            // The older one first, so that the newer one stays in front.
            for entry in entries.iter().rev().filter(|entry| entry.count != 0) {
                larger.place(*entry, hash(&entry.key));
            }
        }
        *self = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_slices_do_not_depend_on_what_follows() {
        let text = b"the cat sat on the mat, the cat";
        assert_eq!(short_key(text, 0, 7), short_key(text, 24, 7));
        assert_ne!(short_key(text, 0, 7), short_key(text, 0, 6));
        assert_ne!(short_key(b"a\0", 0, 2), short_key(b"a\0", 0, 1));
        assert_ne!(long_key(&[0; 20]), long_key(&[0; 21]));
    }

    #[test]
    fn what_is_inserted_is_found_until_driven_out() {
        let mut table = Table::<2, 3>::new(4, 12);
        let key = |number: usize| short_key(number.to_string().as_bytes(), 0, number.to_string().len());
        for number in 0..4000 {
            table.insert(&key(number), hash(&key(number)), &[number as u32]);
            assert_eq!(
                table
                    .get(&key(number), hash(&key(number)))
                    .map(|entry| entry.ids[0]),
                Some(number as u32)
            );
        }
        let found = (0..4000)
            .filter(|&number| table.get(&key(number), hash(&key(number))).is_some())
            .count();
        assert!(found > 3000, "{found}");
        assert!(table.get(&key(4001), hash(&key(4001))).is_none());
    }
}

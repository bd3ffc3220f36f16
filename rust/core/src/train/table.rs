//! Counts of short pretokens, in tables by length.
//!
//! An entry is one array of words: the pretoken, padded with zeros, its length in the last byte of the key, and the count. 16-byte entries
//! hold up to 11 bytes, 32-byte entries up to 23, 64-byte entries up to 55; three sizes took 10 to 30 % less time than the two larger ones
//! alone. Probing is bound by memory, so keys come in batches, and the line of each is asked for before the first is looked at.

use crate::huge_pages;
use crate::prefetch::prefetch;

/// Seeds of the hash: other ones in each counter, the same in all its tables (results do not depend on them).
pub(super) type Seeds = [u64; 4];

/// Slots of a new table.
const SMALLEST: usize = 1 << 10;

/// Tables below this many slots grow by four, larger ones by two.
const QUICK: usize = 1 << 18;

/// A table whose entries have `W` words.
pub(super) struct Table<const W: usize> {
    slots: Vec<[u64; W]>,
    shift: u32,
    used: usize,
    seeds: Seeds,
}

/// A pretoken as the words of an entry, with no count.
pub(super) type Key<const W: usize> = [u64; W];

/// The longest pretoken of an entry of `W` words.
pub(super) const fn longest(words: usize) -> usize {
    // Two words: eleven bytes, the length, and 32 bits of count. Else the last word is the count.
    if words == 2 { 11 } else { 8 * (words - 1) - 1 }
}

/// What of two words belongs to a pretoken of so many bytes.
const MASKS: [[u64; 2]; 12] = {
    let mut masks = [[0; 2]; 12];
    let mut length = 1;
    while length < 12 {
        masks[length] = if length < 8 {
            [(1 << (8 * length)) - 1, 0]
        } else {
            [u64::MAX, (1 << (8 * (length - 8))) - 1]
        };
        length += 1;
    }
    masks
};

/// The key of `text[start..start + length]`; `length` is at most [`longest`].
#[inline(always)]
pub(super) fn key<const W: usize>(text: &[u8], start: usize, length: usize) -> Key<W> {
    let mut key = [0; W];
    let words = if W == 2 { 2 } else { W - 1 };
    if W == 2
        && let Some(bytes) = text.get(start..start + 16)
        && let Some(masks) = MASKS.get(length)
    {
        let (first, second) = bytes.split_at(8);
        key[0] = u64::from_le_bytes(first.try_into().unwrap_or_default()) & masks[0];
        key[1] = u64::from_le_bytes(second.try_into().unwrap_or_default()) & masks[1] | (length as u64) << 24;
        return key;
    }
    if let Some(bytes) = text.get(start..start + 8 * words) {
        // The bytes behind the pretoken are read too, and masked away.
        for (at, word) in bytes.chunks_exact(8).enumerate() {
            let kept = length.saturating_sub(8 * at).min(8);
            let mask = if kept == 8 {
                u64::MAX
            } else {
                (1 << (8 * kept)) - 1
            };
            key[at] = u64::from_le_bytes(word.try_into().unwrap_or_default()) & mask;
        }
    } else {
        for (at, word) in text[start..start + length].chunks(8).enumerate() {
            let mut bytes = [0; 8];
            bytes[..word.len()].copy_from_slice(word);
            key[at] = u64::from_le_bytes(bytes);
        }
    }
    key[words - 1] |= (length as u64) << if W == 2 { 24 } else { 56 };
    key
}

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

impl<const W: usize> Table<W> {
    pub fn new(seeds: Seeds) -> Self {
        Self {
            slots: Vec::new(),
            shift: 0,
            used: 0,
            seeds,
        }
    }

    /// Pretokens in the table.
    pub fn len(&self) -> usize {
        self.used
    }

    #[inline(always)]
    pub fn hash(&self, key: &Key<W>) -> u64 {
        let seeds = &self.seeds;
        match W {
            2 => fold(key[0] ^ seeds[0], u64::from(key[1] as u32) ^ seeds[1]),
            4 => fold(key[0] ^ seeds[0], key[1] ^ seeds[1]) ^ fold(key[2] ^ seeds[2], seeds[3]),
            _ => key[..W - 1].iter().fold(seeds[2], |hash, &word| {
                fold(hash ^ word ^ seeds[0], seeds[1]).wrapping_add(word.rotate_left(32))
            }),
        }
    }

    /// Asks for the line in which a key of this hash begins.
    #[inline(always)]
    pub fn prefetch(&self, hash: u64) {
        prefetch(&self.slots, (hash >> self.shift) as usize);
    }

    #[inline(always)]
    fn same(slot: &[u64; W], key: &Key<W>) -> bool {
        if W == 2 {
            slot[0] == key[0] && slot[1] as u32 == key[1] as u32
        } else {
            slot[..W - 1] == key[..W - 1]
        }
    }

    #[inline(always)]
    fn is_empty_slot(slot: &[u64; W]) -> bool {
        // The length is never 0.
        if W == 2 {
            slot[1] as u32 == 0
        } else {
            slot[W - 2] == 0
        }
    }

    #[inline(always)]
    fn find(&self, key: &Key<W>, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (hash >> self.shift) as usize;
        while !Self::same(&self.slots[at], key) && !Self::is_empty_slot(&self.slots[at]) {
            at = (at + 1) & mask;
        }
        at
    }

    /// Adds to the count of a key; returns what did not fit into the entry and has to be kept elsewhere (0: all fitted).
    #[inline(always)]
    pub fn add(&mut self, key: &Key<W>, hash: u64, count: u64) -> u128 {
        if self.used * 2 >= self.slots.len() {
            self.grow();
            return self.add(key, hash, count);
        }
        let at = self.find(key, hash);
        let slot = &mut self.slots[at];
        if Self::is_empty_slot(slot) {
            *slot = *key;
            self.used += 1;
        }
        if W == 2 {
            let sum = u128::from(slot[1] >> 32) + u128::from(count);
            if sum <= u128::from(u32::MAX) {
                slot[1] = (sum as u64) << 32 | u64::from(slot[1] as u32);
                return 0;
            }
            slot[1] = u64::from(slot[1] as u32);
            sum
        } else {
            let (sum, over) = slot[W - 1].overflowing_add(count);
            slot[W - 1] = sum;
            if over { 1 << 64 } else { 0 }
        }
    }

    /// The count of a key, 0 where it is not there.
    #[inline(always)]
    pub fn count(&self, key: &Key<W>, hash: u64) -> Option<u64> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = &self.slots[self.find(key, hash)];
        (!Self::is_empty_slot(slot)).then(|| if W == 2 { slot[1] >> 32 } else { slot[W - 1] })
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let size = match self.slots.len() {
            0 => SMALLEST,
            size if size < QUICK => size * 4,
            size => size * 2,
        };
        let mut slots = vec![[0; W]; size];
        huge_pages::advise(&mut slots);
        let old = std::mem::replace(&mut self.slots, slots);
        self.shift = 64 - size.trailing_zeros();
        for slot in old {
            if !Self::is_empty_slot(&slot) {
                // In the order of the old table, which is nearly that of the new one: few misses.
                let at = self.find(&slot, self.hash(&slot));
                self.slots[at] = slot;
            }
        }
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// The keys and counts in a range of slots.
    pub fn iter(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (Key<W>, u64)> {
        self.slots[range]
            .iter()
            .filter(|slot| !Self::is_empty_slot(slot))
            .map(|slot| {
                let mut key = *slot;
                if W == 2 {
                    key[1] &= u64::from(u32::MAX);
                    (key, slot[1] >> 32)
                } else {
                    key[W - 1] = 0;
                    (key, slot[W - 1])
                }
            })
    }
}

/// The pretoken of a key: all its bytes, of which the first `length` count.
#[inline(always)]
pub(super) fn pretoken<const W: usize>(key: &Key<W>) -> ([u8; 64], usize) {
    let mut bytes = [0; 64];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(key) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let length = bytes[longest(W)];
    (bytes, usize::from(length))
}

//! Pretokens and their ids, in buckets of two entries: each worker's cache.
//!
//! An entry with a key of 16 bytes and up to three ids is 32 bytes long, one with 32 bytes and up to seven ids is 64. The few pretokens with more ids have them elsewhere.

use super::keys::{Hash, Key};
use crate::huge_pages;
use crate::vocabulary::TokenId;

/// A key and its ids.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Entry<K: Key, const N: usize> {
    key: K::Stored,
    /// At last how many ids there are; 0 in an empty entry. Fewer than `N` stand before it, in one array, so that they are copied as one; of more
    /// the first item tells where in [`More`] they are.
    ids: [TokenId; N],
}

/// Ids of pretokens that have more of them than an entry holds.
pub(crate) struct More {
    ids: Vec<TokenId>,
    most: usize,
}

/// So few ids are copied as one array.
pub(crate) const EIGHT: usize = 8;

/// Their number is bounded: 16 MB.
const MORE: usize = 1 << 22;

impl Default for More {
    fn default() -> Self {
        Self::bounded(MORE)
    }
}

impl More {
    /// With room for so many.
    pub(crate) fn bounded(most: usize) -> Self {
        Self {
            ids: Vec::new(),
            most,
        }
    }

    /// The ids of an entry that does not hold them itself.
    #[inline]
    pub(crate) fn of<K: Key, const N: usize>(&self, entry: &Entry<K, N>) -> &[TokenId] {
        let from = entry.ids[0] as usize;
        self.ids.get(from..from + entry.count()).unwrap_or(&[])
    }

    /// [`More::of`] for at most [`EIGHT`] ids: an array of which the first [`Entry::count`] mean something.
    #[inline(always)]
    pub(crate) fn eight<K: Key, const N: usize>(&self, entry: &Entry<K, N>) -> Option<&[TokenId; EIGHT]> {
        if entry.count() > EIGHT {
            return None;
        }
        self.ids.get(entry.ids[0] as usize..)?.first_chunk()
    }

    /// Whether there is room for the ids of another pretoken.
    pub(crate) fn has_room(&self, ids: usize) -> bool {
        self.ids.len() + ids <= self.most
    }

    /// Forgets all; the entries that point here must go as well.
    pub(crate) fn clear(&mut self) {
        self.ids.clear();
    }

    /// Where the ids are from now on.
    fn add(&mut self, ids: &[TokenId]) -> TokenId {
        let from = self.ids.len();
        self.ids.extend_from_slice(ids);
        // So that an array can be read from there.
        self.ids.resize(from + ids.len().max(EIGHT), 0);
        from as TokenId
    }
}

impl<K: Key, const N: usize> Entry<K, N> {
    const EMPTY: Self = Self {
        key: K::NONE,
        ids: [0; N],
    };

    /// All the room for ids; those from [`Entry::count`] on mean nothing, and none where the entry is not whole.
    #[inline(always)]
    pub(crate) fn room(&self) -> &[TokenId; N] {
        &self.ids
    }

    /// How many ids there are.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.ids[N - 1] as usize
    }

    /// Whether the ids are here, and not in [`More`].
    #[inline(always)]
    pub(crate) fn is_whole(&self) -> bool {
        self.count() < N
    }

    /// The ids.
    #[inline(always)]
    pub(crate) fn ids<'a>(&'a self, more: &'a More) -> &'a [TokenId] {
        match self.ids.get(..self.count()) {
            Some(ids) if self.is_whole() => ids,
            _ => more.of(self),
        }
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

    /// The table as it is now, to be asked many times: what it needs stays in registers.
    #[inline(always)]
    pub(crate) fn view(&self) -> View<K, N> {
        View {
            buckets: self.buckets.as_ptr(),
            shift: self.shift,
        }
    }

    /// Whether a view is of the table as it is now, entries aside.
    pub(crate) fn is_as(&self, view: &View<K, N>) -> bool {
        std::ptr::eq(self.buckets.as_ptr(), view.buckets) && self.shift == view.shift
    }

    /// The entry of a key.
    #[inline(always)]
    pub(crate) fn get(&self, key: K, hash: u64) -> Option<&Entry<K, N>> {
        // SAFETY: the table is borrowed as long as the entry.
        unsafe { self.view().get(key, self.index(hash)) }
    }

    /// Adds a key that is not there; where its bucket and the neighbouring one are full, the older entry of its own goes.
    pub(crate) fn insert(&mut self, key: K, hash: u64, ids: &[TokenId], more: &mut More, hasher: impl Hash) {
        // Half full: with buckets of two, few entries have been driven out by then.
        if self.used > self.buckets.len() && 64 - self.shift < self.maximal_bits {
            self.grow(hasher);
        }
        self.place(Self::entry(key, ids, more), hash);
    }

    /// How many buckets there are.
    #[cfg(test)]
    pub(crate) fn buckets(&self) -> usize {
        self.buckets.len()
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.buckets.fill(Bucket([Entry::EMPTY; 2]));
        self.used = 0;
    }

    fn has_room(&self, index: usize) -> bool {
        self.buckets[index].0[1].count() == 0
    }

    fn entry(key: K, ids: &[TokenId], more: &mut More) -> Entry<K, N> {
        let mut entry = Entry {
            key: key.store(),
            ..Entry::EMPTY
        };
        match entry.ids[..N - 1].get_mut(..ids.len()) {
            Some(room) => room.copy_from_slice(ids),
            None => entry.ids[0] = more.add(ids),
        }
        entry.ids[N - 1] = ids.len() as TokenId;
        entry
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

/// See [`Table::view`].
#[derive(Clone, Copy)]
pub(crate) struct View<K: Key, const N: usize> {
    buckets: *const Bucket<K, N>,
    shift: u32,
}

impl<K: Key, const N: usize> View<K, N> {
    /// The bucket of a hash.
    #[inline(always)]
    pub(crate) fn index(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    /// Asks for a bucket's cache line.
    #[inline(always)]
    pub(crate) fn prefetch(&self, index: usize) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: prefetching reads nothing that a program could see, and SSE is part of x86-64.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(self.buckets.wrapping_add(index).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = index;
    }

    /// The entry of a key whose bucket is `index`.
    ///
    /// # Safety
    /// The index came from [`View::index`] of this view; the table has not changed its size since the view was taken, and does not change while the entry is in
    /// use.
    #[inline(always)]
    pub(crate) unsafe fn get<'a>(&self, key: K, index: usize) -> Option<&'a Entry<K, N>> {
        // SAFETY: an index has as many bits as there are buckets a power of two; the caller sees to their being there still.
        let bucket = unsafe { &*self.buckets.add(index) };
        bucket.get(key).or_else(|| {
            // SAFETY: buckets come in pairs.
            let bucket = unsafe { &*self.buckets.add(index ^ 1) };
            bucket.get(key)
        })
    }
}

impl<K: Key, const N: usize> Bucket<K, N> {
    #[inline(always)]
    fn get(&self, key: K) -> Option<&Entry<K, N>> {
        let Self([newer, older]) = self;
        // The older entry unless it is the newer one: one branch for both. No key has length 0, so empty entries match none.
        let entry = if key.equals(&newer.key) { newer } else { older };
        key.equals(&entry.key).then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{AnyHash, ShortKey};
    use super::*;

    #[test]
    fn what_is_inserted_is_found_until_driven_out() {
        let hasher = AnyHash::best();
        let mut more = More::default();
        let mut table = Table::<ShortKey, 4>::new(4, 12);
        let key = |number: usize| ShortKey::new(number.to_string().as_bytes(), 0, number.to_string().len());
        for number in 0..4000 {
            let hash = hasher.hash(key(number));
            table.insert(key(number), hash, &[number as u32], &mut more, hasher);
            assert_eq!(
                table.get(key(number), hash).map(|entry| entry.ids[0]),
                Some(number as u32)
            );
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
        let mut more = More::default();
        let mut table = Table::<ShortKey, 4>::new(1, 1);
        let key = |number: usize| ShortKey::new(number.to_string().as_bytes(), 0, number.to_string().len());
        for number in 0..1000 {
            table.insert(
                key(number),
                hasher.hash(key(number)),
                &[number as u32; 5],
                &mut more,
                hasher,
            );
            for other in 0..=number {
                let entry = table.get(key(other), hasher.hash(key(other)));
                assert!(entry.is_none_or(|entry| !entry.is_whole() && entry.ids(&more) == [other as u32; 5]));
            }
        }
    }
}

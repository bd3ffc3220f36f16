//! Pretokens and their ids, in buckets of two entries: each worker's cache.
//!
//! A bucket holds two keys side by side, so that one comparison asks for both, and behind them the ids of each and how many there are: with keys of 16 bytes and
//! up to three ids it is a cache line, with 32 bytes and up to seven two of them. The few pretokens with more ids have them elsewhere.

use super::hashes::Hash;
use super::keys::{FIRST, Key, SECOND};
use crate::huge_pages::{Array, prefetch};
use crate::vocabulary::TokenId;
use std::marker::PhantomData;

/// Buckets that lend each other room. With two in the place of four, entries were driven out while the table was not yet half full, and in every further pass over
/// 100 MB of English one look-up in a thousand found nothing, and merged anew.
const GROUP: usize = 4;

/// Two entries.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Bucket<K: Key, const N: usize> {
    /// The newer one first.
    keys: [K::Stored; 2],
    /// The ids of each where there are at most `N`; else the first item tells where in [`More`] they are.
    ids: [[TokenId; N]; 2],
    /// How many ids each has, at [`FIRST`] and [`SECOND`]; 0 where there is none. Behind each, in two bytes, how often the entry was hit where that is counted. All this
    /// stands behind the ids, so that one item more than these can be read.
    counts: [u8; 8],
}

/// An entry that was found.
pub(crate) struct Entry<'a, K: Key, const N: usize> {
    bucket: *mut Bucket<K, N>,
    table: PhantomData<&'a Bucket<K, N>>,
    /// [`FIRST`] or [`SECOND`].
    mark: usize,
}

/// Ids of pretokens that have more of them than an entry holds.
pub(crate) struct More {
    ids: Vec<TokenId>,
    most: usize,
}

/// What all tables of a worker put elsewhere.
#[derive(Default)]
pub(crate) struct Room {
    pub(crate) more: More,
    pub(crate) hits: Hits,
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
    pub(crate) fn of<K: Key, const N: usize>(&self, entry: &Entry<'_, K, N>) -> &[TokenId] {
        let from = entry.all()[0] as usize;
        self.ids.get(from..from + entry.count()).unwrap_or(&[])
    }

    /// [`More::of`] for at most [`EIGHT`] ids: an array of which the first [`Entry::count`] mean something.
    #[inline(always)]
    pub(crate) fn eight<K: Key, const N: usize>(&self, entry: &Entry<'_, K, N>) -> Option<&[TokenId; EIGHT]> {
        if entry.count() > EIGHT {
            return None;
        }
        self.ids.get(entry.all()[0] as usize..)?.first_chunk()
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

impl<'a, K: Key, const N: usize> Entry<'a, K, N> {
    /// All the room for ids; those from [`Entry::count`] on mean nothing, and none where the entry is not whole.
    #[inline(always)]
    fn all(&self) -> &'a [TokenId; N] {
        // SAFETY: the table is borrowed, and nothing but a counter of hits is written meanwhile.
        unsafe { &(*self.bucket).ids[usize::from(self.mark == SECOND)] }
    }

    /// [`Entry::all`], with an item more.
    #[inline(always)]
    pub(crate) fn room<const M: usize>(&self) -> &'a [TokenId; M] {
        const { assert!(M == N + 1 && size_of::<TokenId>() == 4) };
        // SAFETY: behind the ids of the second entry stand eight bytes of counts, of which the first four are no counters of hits of it.
        unsafe { &*self.bucket.byte_add(Bucket::<K, N>::ids_at(self.mark)).cast() }
    }

    /// How many ids there are.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        // SAFETY: as above.
        unsafe { (*self.bucket).counts[self.mark] as usize }
    }

    /// Counts a hit; returns whether the counter is at 0 again, so that 65,536 more have to be remembered elsewhere.
    ///
    /// # Safety
    /// The entry came from a [`View`], and no other thread has it.
    #[inline(always)]
    pub(crate) unsafe fn hit(&self) -> bool {
        // SAFETY: the two bytes behind a mark are a counter; views may write.
        unsafe {
            let hits = (&raw mut (*self.bucket).counts)
                .cast::<u8>()
                .add(self.mark + 1)
                .cast::<u16>();
            let more = hits.read_unaligned().wrapping_add(1);
            hits.write_unaligned(more);
            more == 0
        }
    }

    /// Whether the ids are here, and not in [`More`].
    #[inline(always)]
    pub(crate) fn is_whole(&self) -> bool {
        self.count() <= N
    }

    /// The ids.
    #[inline(always)]
    pub(crate) fn ids<'b>(&self, more: &'b More) -> &'b [TokenId]
    where
        'a: 'b,
    {
        match self.all().get(..self.count()) {
            Some(ids) => ids,
            None => more.of(self),
        }
    }
}

impl<K: Key, const N: usize> Bucket<K, N> {
    const EMPTY: Self = Self {
        keys: [K::NONE; 2],
        ids: [[0; N]; 2],
        counts: [0; 8],
    };

    /// Where the ids of an entry are, in bytes from the start. The marks are three apart, the ids of short keys three times four bytes: then a product is all there is to it.
    #[inline(always)]
    const fn ids_at(mark: usize) -> usize {
        let keys = 2 * size_of::<K::Stored>();
        if N == SECOND - FIRST {
            keys - size_of::<TokenId>() * FIRST + size_of::<TokenId>() * mark
        } else {
            keys + if mark == SECOND {
                N * size_of::<TokenId>()
            } else {
                0
            }
        }
    }

    fn has_room(&self) -> bool {
        self.counts[SECOND] == 0
    }

    fn hits(&self, mark: usize) -> u16 {
        u16::from_le_bytes([self.counts[mark + 1], self.counts[mark + 2]])
    }

    /// What there is to know of each entry but for its key: its ids, how many they are, and its hits.
    fn entries(&self) -> impl Iterator<Item = (usize, Content<N>)> {
        // The older one first, so that the newer one stays in front where both are moved.
        [(1, SECOND), (0, FIRST)].into_iter().filter_map(|(index, mark)| {
            let content = Content {
                ids: self.ids[index],
                count: self.counts[mark],
                hits: self.hits(mark),
            };
            (content.count > 0).then_some((index, content))
        })
    }

    /// Puts an entry in front; the newer one becomes the older, which goes.
    fn put(&mut self, key: K::Stored, content: Content<N>) {
        self.keys = [key, self.keys[0]];
        self.ids = [content.ids, self.ids[0]];
        let [low, high] = content.hits.to_le_bytes();
        let [unused, first @ .., _, _, _, _] = self.counts;
        self.counts = [unused, content.count, low, high, first[0], first[1], first[2], 0];
    }
}

/// An entry without its key.
#[derive(Clone, Copy)]
struct Content<const N: usize> {
    ids: [TokenId; N],
    count: u8,
    hits: u16,
}

/// Hits of entries that are no more, or more of them than an entry counts: each id, and how often.
pub(crate) type Hits = Vec<(TokenId, u64)>;

impl<const N: usize> Content<N> {
    /// Adds the hits to those of the ids.
    fn add_hits(&self, more: &More, hits: &mut Hits) {
        let from = self.ids[0] as usize;
        let count = self.count as usize;
        let ids = self.ids.get(..count).or_else(|| more.ids.get(from..from + count));
        let known = |&id: &TokenId| (id, u64::from(self.hits));
        if self.hits > 0 {
            hits.extend(ids.unwrap_or(&[]).iter().map(known));
        }
    }
}

/// A table of bounded size.
pub(crate) struct Table<K: Key, const N: usize> {
    /// A power of two of them, at least two.
    buckets: Array<Bucket<K, N>>,
    used: usize,
    /// The table grows up to this many buckets (as a power of two); then new entries drive out old ones.
    maximal_bits: u32,
}

impl<K: Key, const N: usize> Table<K, N> {
    /// An empty table of 2^`bits` buckets that may grow to 2^`maximal_bits`; both at least 1.
    pub(crate) fn new(bits: u32, maximal_bits: u32) -> Self {
        debug_assert!(bits > 0);
        Self {
            buckets: Array::filled(Bucket::EMPTY, 1 << bits),
            used: 0,
            maximal_bits,
        }
    }

    /// The table as it is now, to be asked many times: what it needs stays in registers.
    #[inline(always)]
    pub(crate) fn view(&self) -> View<K, N> {
        View {
            buckets: self.buckets.start(),
            mask: (self.buckets.len() - 1) * size_of::<Bucket<K, N>>(),
        }
    }

    /// Whether a view is of the table as it is now, entries aside.
    pub(crate) fn is_as(&self, view: &View<K, N>) -> bool {
        std::ptr::eq(self.buckets.start(), view.buckets) && self.view().mask == view.mask
    }

    /// The entry of a key, whose hash is known.
    #[inline(always)]
    pub(crate) fn get(&self, key: K, hash: u64, hasher: impl Hash) -> Option<Entry<'_, K, N>> {
        let view = self.view();
        let place = view.place(hash);
        // SAFETY: the place is of this view, and the table is borrowed as long as the entry.
        unsafe {
            view.get(key, place, hasher)
                .or_else(|| view.get_beside(key, place, hasher))
        }
    }

    /// Adds a key that is not there; where all buckets of its group are full, the older entry of its own goes.
    pub(crate) fn insert(&mut self, key: K, hash: u64, ids: &[TokenId], room: &mut Room, hasher: impl Hash) {
        // A quarter full. At half, one bucket in twelve had a third entry to give away and one group in fifty a ninth to drive out: warm passes over code and logs took a tenth
        // longer, first ones a twentieth less.
        if self.used > self.buckets.len() / 2 && 1 << self.maximal_bits > self.buckets.len() {
            self.grow(room, hasher);
        }
        let mut content = Content {
            ids: [0; N],
            // A key of 31 bytes has at most as many ids.
            count: ids.len() as u8,
            hits: 0,
        };
        match content.ids.get_mut(..ids.len()) {
            Some(here) => here.copy_from_slice(ids),
            None => content.ids[0] = room.more.add(ids),
        }
        self.put(key.store(), content, hash, room);
    }

    /// Hands over all hits, and counts anew from 0.
    pub(crate) fn take_hits(&mut self, room: &mut Room) {
        for bucket in &mut *self.buckets {
            for (_, content) in bucket.entries() {
                content.add_hits(&room.more, &mut room.hits);
            }
            for mark in [FIRST, SECOND] {
                bucket.counts[mark + 1..mark + 3].fill(0);
            }
        }
    }

    /// How many buckets there are.
    #[cfg(test)]
    pub(crate) fn buckets(&self) -> usize {
        self.buckets.len()
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.buckets.fill(Bucket::EMPTY);
        self.used = 0;
    }

    fn put(&mut self, key: K::Stored, content: Content<N>, hash: u64, room: &mut Room) {
        let own = self.view().place(hash) / size_of::<Bucket<K, N>>();
        let mut group = (0..GROUP).map(|other| (own ^ other) & (self.buckets.len() - 1));
        let index = group.find(|&index| self.buckets[index].has_room());
        if index.is_some() {
            self.used += 1;
        } else if let Some((_, driven_out)) = self.buckets[own].entries().next() {
            driven_out.add_hits(&room.more, &mut room.hits);
        }
        self.buckets[index.unwrap_or(own)].put(key, content);
    }

    fn grow(&mut self, room: &mut Room, hasher: impl Hash) {
        let bits = (self.buckets.len().trailing_zeros() + 2).min(self.maximal_bits);
        let mut larger = Self::new(bits, self.maximal_bits);
        for bucket in &*self.buckets {
            for (index, content) in bucket.entries() {
                let key = bucket.keys[index];
                larger.put(key, content, hasher.hash(K::stored(&key)), room);
            }
        }
        *self = larger;
    }
}

/// See [`Table::view`].
#[derive(Clone, Copy)]
pub(crate) struct View<K: Key, const N: usize> {
    buckets: *mut Bucket<K, N>,
    /// What a hash leaves of a place.
    mask: usize,
}

impl<K: Key, const N: usize> View<K, N> {
    /// Where the bucket of a hash is, in bytes from the first one.
    #[inline(always)]
    pub(crate) fn place(&self, hash: u64) -> usize {
        hash as usize & self.mask
    }

    /// Asks for a bucket's cache line.
    #[inline(always)]
    pub(crate) fn prefetch(&self, place: usize) {
        prefetch(self.buckets.wrapping_byte_add(place));
    }

    /// The entry of a key in the bucket at `place`.
    ///
    /// # Safety
    /// The place came from [`View::place`] of this view; the table has not changed its size since the view was taken, and does not change while the entry is in
    /// use.
    #[inline(always)]
    pub(crate) unsafe fn get<'a>(&self, key: K, place: usize, hasher: impl Hash) -> Option<Entry<'a, K, N>> {
        // SAFETY: a place is a number of whole buckets below that of all; the caller sees to their being there still.
        let bucket = unsafe { self.buckets.byte_add(place) };
        // No key has length 0, so empty entries match none.
        // SAFETY: as above.
        let mark = hasher.among(key, unsafe { &(*bucket).keys });
        (mark != 0).then_some(Entry {
            bucket,
            mark,
            table: PhantomData,
        })
    }

    /// The entry of a key whose bucket at `place` was full when it came, so that it is in another one of the group.
    ///
    /// # Safety
    /// As of [`View::get`].
    #[inline(always)]
    pub(crate) unsafe fn get_beside<'a>(
        &self,
        key: K,
        place: usize,
        hasher: impl Hash,
    ) -> Option<Entry<'a, K, N>> {
        // A bucket that was full once stays full.
        // SAFETY: as of `get`.
        if unsafe { (*self.buckets.byte_add(place)).has_room() } {
            return None;
        }
        (1..GROUP).find_map(|other| {
            let place = (place ^ (other * size_of::<Bucket<K, N>>())) & self.mask;
            // SAFETY: as above.
            unsafe { self.get(key, place, hasher) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::hashes::AnyHash;
    use super::super::keys::ShortKey;
    use super::*;

    #[test]
    fn what_is_inserted_is_found_until_driven_out() {
        let hasher = AnyHash::best();
        let mut room = Room::default();
        let mut table = Table::<ShortKey, 3>::new(4, 12);
        let key = |number: usize| ShortKey::new(number.to_string().as_bytes(), 0, number.to_string().len());
        for number in 0..4000 {
            let hash = hasher.hash(key(number));
            table.insert(key(number), hash, &[number as u32], &mut room, hasher);
            assert_eq!(
                table.get(key(number), hash, hasher).map(|entry| entry.all()[0]),
                Some(number as u32)
            );
        }
        let found = (0..4000)
            .filter(|&number| table.get(key(number), hasher.hash(key(number)), hasher).is_some())
            .count();
        assert!(found > 3000, "{found}");
        assert!(table.get(key(4001), hasher.hash(key(4001)), hasher).is_none());
    }

    #[test]
    fn a_table_of_one_bucket_forgets_but_never_lies() {
        let hasher = AnyHash::best();
        let mut room = Room::default();
        let mut table = Table::<ShortKey, 3>::new(1, 1);
        let key = |number: usize| ShortKey::new(number.to_string().as_bytes(), 0, number.to_string().len());
        for number in 0..1000 {
            table.insert(
                key(number),
                hasher.hash(key(number)),
                &[number as u32; 5],
                &mut room,
                hasher,
            );
            for other in 0..=number {
                let entry = table.get(key(other), hasher.hash(key(other)), hasher);
                assert!(
                    entry.is_none_or(|entry| !entry.is_whole() && entry.ids(&room.more) == [other as u32; 5])
                );
            }
        }
    }
}

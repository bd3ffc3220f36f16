//! Where ids go: into a list, or into a count.

use super::cache::Entry;
use super::keys::Key;
use crate::huge_pages;
use crate::vocabulary::TokenId;

/// Takes ids in order.
pub(crate) trait Sink {
    /// Takes the ids of a batch of pretokens.
    type Cursor<'a>: Cursor
    where
        Self: 'a;

    /// For at most so many pretokens.
    fn cursor(&mut self, pretokens: usize) -> Self::Cursor<'_>;

    /// One id.
    fn one(&mut self, id: TokenId);

    /// Any number.
    fn many(&mut self, ids: &[TokenId]);

    /// Whether no more ids are wanted.
    #[inline(always)]
    fn is_full(&mut self) -> bool {
        false
    }

    /// Whether so many more ids would fill the sink; it may then take note, and the ids are not given.
    fn is_passed_by(&mut self, more: u64) -> bool {
        let _ = more;
        false
    }
}

/// The room for ids in the largest entry of a cache.
const ENTRY: usize = 8;

/// Takes the ids of the pretokens of a batch, in order; what it has stays in the sink when it is dropped.
pub(crate) trait Cursor {
    /// The ids of a pretoken from a cache.
    fn entry<K: Key, const N: usize>(&mut self, entry: &Entry<K, N>);

    /// The ids of a pretoken from elsewhere.
    fn many(&mut self, ids: &[TokenId]);

    /// As of the sink.
    fn is_passed_by(&mut self, more: u64) -> bool;
}

/// Writes into the room behind the ids of a list; it stands apart from the list, so that it stays in registers.
pub(crate) struct ListCursor<'a> {
    list: &'a mut Vec<TokenId>,
    /// As many as there are in the list, and those written since.
    length: usize,
    /// Pretokens still to come.
    pretokens: usize,
    out: *mut TokenId,
}

impl Sink for Vec<TokenId> {
    type Cursor<'a> = ListCursor<'a>;

    #[inline(always)]
    fn cursor(&mut self, pretokens: usize) -> ListCursor<'_> {
        huge_pages::reserve(self, ENTRY * pretokens);
        ListCursor {
            length: self.len(),
            out: self.as_mut_ptr(),
            pretokens,
            list: self,
        }
    }

    #[inline(always)]
    fn one(&mut self, id: TokenId) {
        self.push(id);
    }

    fn many(&mut self, ids: &[TokenId]) {
        self.extend_from_slice(ids);
    }
}

impl Cursor for ListCursor<'_> {
    #[inline(always)]
    fn entry<K: Key, const N: usize>(&mut self, entry: &Entry<K, N>) {
        const { assert!(N <= ENTRY) };
        debug_assert!(self.list.capacity() - self.length >= ENTRY);
        // SAFETY: there is room for ENTRY ids for each pretoken; N of them are written, and of these less than N are kept.
        unsafe { self.out.add(self.length).cast::<[TokenId; N]>().write(*entry.room()) };
        self.length += entry.count();
    }

    #[inline(never)]
    fn many(&mut self, ids: &[TokenId]) {
        // SAFETY: so many were written.
        unsafe { self.list.set_len(self.length) };
        huge_pages::reserve(self.list, ids.len() + ENTRY * self.pretokens);
        self.list.extend_from_slice(ids);
        self.length = self.list.len();
        self.out = self.list.as_mut_ptr();
    }

    #[inline(always)]
    fn is_passed_by(&mut self, _: u64) -> bool {
        false
    }
}

impl Drop for ListCursor<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: so many were written.
        unsafe { self.list.set_len(self.length) };
    }
}

/// Counts ids, up to a limit.
pub(crate) struct Count {
    pub(crate) count: u64,
    pub(crate) limit: u64,
}

impl Count {
    pub(crate) fn new() -> Self {
        Self::up_to(u64::MAX)
    }

    pub(crate) fn up_to(limit: u64) -> Self {
        Self { count: 0, limit }
    }
}

/// Counts in a register.
pub(crate) struct CountCursor<'a> {
    sink: &'a mut Count,
    count: u64,
}

impl Sink for Count {
    type Cursor<'a> = CountCursor<'a>;

    #[inline(always)]
    fn cursor(&mut self, _: usize) -> CountCursor<'_> {
        CountCursor {
            count: self.count,
            sink: self,
        }
    }

    #[inline(always)]
    fn one(&mut self, _: TokenId) {
        self.count += 1;
    }

    fn many(&mut self, ids: &[TokenId]) {
        self.count += ids.len() as u64;
    }

    #[inline(always)]
    fn is_full(&mut self) -> bool {
        self.count > self.limit
    }

    fn is_passed_by(&mut self, more: u64) -> bool {
        let passed = self.limit < self.count.saturating_add(more);
        if passed {
            self.count = self.limit.saturating_add(1);
        }
        passed
    }
}

impl Cursor for CountCursor<'_> {
    #[inline(always)]
    fn entry<K: Key, const N: usize>(&mut self, entry: &Entry<K, N>) {
        self.count += entry.count() as u64;
    }

    #[inline(always)]
    fn many(&mut self, ids: &[TokenId]) {
        self.count += ids.len() as u64;
    }

    fn is_passed_by(&mut self, more: u64) -> bool {
        self.sink.count = self.count;
        let passed = self.sink.is_passed_by(more);
        self.count = self.sink.count;
        passed
    }
}

impl Drop for CountCursor<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.sink.count = self.count;
    }
}

/// Counts how often each id comes.
pub(crate) struct Frequencies(pub(crate) Vec<u64>);

/// Counts where the sink does.
pub(crate) struct FrequenciesCursor<'a>(&'a mut [u64]);

impl Sink for Frequencies {
    type Cursor<'a> = FrequenciesCursor<'a>;

    #[inline(always)]
    fn cursor(&mut self, _: usize) -> FrequenciesCursor<'_> {
        FrequenciesCursor(&mut self.0)
    }

    #[inline(always)]
    fn one(&mut self, id: TokenId) {
        self.many(&[id]);
    }

    fn many(&mut self, ids: &[TokenId]) {
        FrequenciesCursor(&mut self.0).many(ids);
    }
}

impl Cursor for FrequenciesCursor<'_> {
    #[inline(always)]
    fn entry<K: Key, const N: usize>(&mut self, entry: &Entry<K, N>) {
        self.many(&entry.room()[..entry.count().min(N)]);
    }

    #[inline(always)]
    fn many(&mut self, ids: &[TokenId]) {
        for &id in ids {
            if let Some(frequency) = self.0.get_mut(id as usize) {
                *frequency += 1;
            }
        }
    }

    fn is_passed_by(&mut self, _: u64) -> bool {
        false
    }
}

/// Batches of pretokens between two looks at the monitor: a fraction of a millisecond.
const PATIENCE: u32 = 64;

/// A sink that is full as soon as `stop` says so, which is asked now and then.
pub(crate) struct Watched<'a, S> {
    sink: &'a mut S,
    stop: &'a dyn Fn() -> bool,
    patience: u32,
}

impl<'a, S: Sink> Watched<'a, S> {
    pub(crate) fn new(sink: &'a mut S, stop: &'a dyn Fn() -> bool) -> Self {
        Self {
            sink,
            stop,
            patience: PATIENCE,
        }
    }
}

impl<S: Sink> Sink for Watched<'_, S> {
    type Cursor<'a>
        = S::Cursor<'a>
    where
        Self: 'a;

    #[inline(always)]
    fn cursor(&mut self, pretokens: usize) -> S::Cursor<'_> {
        self.sink.cursor(pretokens)
    }

    #[inline(always)]
    fn one(&mut self, id: TokenId) {
        self.sink.one(id);
    }

    fn many(&mut self, ids: &[TokenId]) {
        self.sink.many(ids);
    }

    #[inline(always)]
    fn is_full(&mut self) -> bool {
        self.patience -= 1;
        if self.patience == 0 {
            self.patience = PATIENCE;
            return (self.stop)() || self.sink.is_full();
        }
        self.sink.is_full()
    }
}

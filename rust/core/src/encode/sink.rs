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
    /// What takes the ids of entries, one after the other.
    type Run: Run;

    /// Begins a run of entries; nothing else is done with the cursor until [`Cursor::end`].
    fn begin(&mut self) -> Self::Run;

    /// Ends a run that [`Cursor::begin`] gave.
    ///
    /// # Safety
    /// The run came from the last `begin` of this cursor, and took no more entries than there were pretokens to come.
    unsafe fn end(&mut self, run: Self::Run);

    /// The ids of a pretoken from elsewhere.
    fn many(&mut self, ids: &[TokenId]);

    /// As of the sink.
    fn is_passed_by(&mut self, more: u64) -> bool;
}

/// Takes the ids of entries. It stands apart from its cursor, by value, so that it stays in registers: through memory, each pretoken waited for the one before.
pub(crate) trait Run {
    /// The ids of a pretoken from a cache.
    ///
    /// # Safety
    /// No more entries than there were pretokens to come.
    unsafe fn entry<K: Key, const N: usize>(&mut self, entry: &Entry<K, N>);
}

/// Writes into the room behind the ids of a list.
pub(crate) struct ListCursor<'a> {
    list: &'a mut Vec<TokenId>,
    /// Pretokens still to come, at most.
    pretokens: usize,
}

/// See [`ListCursor`].
pub(crate) struct ListRun {
    out: *mut TokenId,
}

impl Sink for Vec<TokenId> {
    type Cursor<'a> = ListCursor<'a>;

    #[inline(always)]
    fn cursor(&mut self, pretokens: usize) -> ListCursor<'_> {
        huge_pages::reserve(self, ENTRY * pretokens);
        ListCursor { pretokens, list: self }
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
    type Run = ListRun;

    #[inline(always)]
    fn begin(&mut self) -> ListRun {
        ListRun {
            // SAFETY: the end of what is there.
            out: unsafe { self.list.as_mut_ptr().add(self.list.len()) },
        }
    }

    #[inline(always)]
    unsafe fn end(&mut self, run: ListRun) {
        // SAFETY: the run began at the list's end, and has written what it passed.
        unsafe {
            let length = run.out.offset_from(self.list.as_ptr());
            self.list.set_len(length as usize);
        }
    }

    fn many(&mut self, ids: &[TokenId]) {
        huge_pages::reserve(self.list, ids.len() + ENTRY * self.pretokens);
        self.list.extend_from_slice(ids);
    }

    #[inline(always)]
    fn is_passed_by(&mut self, _: u64) -> bool {
        false
    }
}

impl Run for ListRun {
    #[inline(always)]
    unsafe fn entry<K: Key, const N: usize>(&mut self, entry: &Entry<K, N>) {
        const { assert!(N <= ENTRY) };
        // SAFETY: there is room for ENTRY ids for each pretoken; N of them are written, and of these less than N are kept.
        unsafe {
            self.out.cast::<[TokenId; N]>().write_unaligned(*entry.room());
            self.out = self.out.add(entry.count());
        }
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

/// Counts where the sink does.
pub(crate) struct CountCursor<'a>(&'a mut Count);

/// Counts in a register.
pub(crate) struct CountRun(u64);

impl Sink for Count {
    type Cursor<'a> = CountCursor<'a>;

    #[inline(always)]
    fn cursor(&mut self, _: usize) -> CountCursor<'_> {
        CountCursor(self)
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
    type Run = CountRun;

    #[inline(always)]
    fn begin(&mut self) -> CountRun {
        CountRun(0)
    }

    #[inline(always)]
    unsafe fn end(&mut self, run: CountRun) {
        self.0.count += run.0;
    }

    #[inline(always)]
    fn many(&mut self, ids: &[TokenId]) {
        self.0.count += ids.len() as u64;
    }

    fn is_passed_by(&mut self, more: u64) -> bool {
        self.0.is_passed_by(more)
    }
}

impl Run for CountRun {
    #[inline(always)]
    unsafe fn entry<K: Key, const N: usize>(&mut self, entry: &Entry<K, N>) {
        self.0 += entry.count() as u64;
    }
}

/// Counts how often each id comes.
///
/// The ids of a batch are put by first, and counted when the next one begins: looking pretokens up then needs no branch on how many ids there are, and
/// counting is a loop of its own (both in one take 1.5 ns a token more: 480 MB/s in the place of 575).
pub(crate) struct Frequencies {
    counts: Vec<u64>,
    batch: Vec<TokenId>,
}

impl Frequencies {
    /// For ids below `size`.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            counts: vec![0; size],
            batch: Vec::new(),
        }
    }

    fn count_batch(&mut self) {
        for &id in &self.batch {
            if let Some(count) = self.counts.get_mut(id as usize) {
                *count += 1;
            }
        }
        self.batch.clear();
    }

    /// How often each came.
    pub(crate) fn finish(mut self) -> Vec<u64> {
        self.count_batch();
        self.counts
    }
}

impl Sink for Frequencies {
    type Cursor<'a> = ListCursor<'a>;

    #[inline(always)]
    fn cursor(&mut self, pretokens: usize) -> ListCursor<'_> {
        self.count_batch();
        self.batch.cursor(pretokens)
    }

    #[inline(always)]
    fn one(&mut self, id: TokenId) {
        self.batch.push(id);
    }

    fn many(&mut self, ids: &[TokenId]) {
        self.batch.extend_from_slice(ids);
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

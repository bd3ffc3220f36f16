//! Where ids go: into a list, or into a count.

use super::cache::{EIGHT, Entry, More};
use super::keys::Key;
use super::lookup::Caches;
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

    /// Takes what the caches counted for it, at the end of all work with them.
    fn collect(&mut self, caches: &mut Caches) {
        let _ = caches;
    }

    /// Whether so many more ids would fill the sink; it may then take note, and the ids are not given.
    fn is_passed_by(&mut self, more: u64) -> bool {
        let _ = more;
        false
    }
}

/// As many ids are copied at once, at most.
const ONCE: usize = EIGHT;

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
    /// A pretoken from a cache; returns whether it was taken, which it is not where it has more than [`EIGHT`] ids and these are asked for. `M` is `N` + 1.
    ///
    /// # Safety
    /// No more entries than there were pretokens to come, each from a view of a table that nobody else has.
    #[inline(always)]
    unsafe fn entry<K: Key, const N: usize, const M: usize>(
        &mut self,
        entry: &Entry<'_, K, N>,
        more: &More,
    ) -> bool {
        // SAFETY: the caller's entries; so many ids are there.
        unsafe {
            if entry.is_whole() {
                self.some::<M>(entry.room(), entry.count());
            } else if let Some(ids) = more.eight(entry) {
                self.some(ids, entry.count());
            } else {
                return false;
            }
        }
        true
    }

    /// The first `count` of the ids of a pretoken.
    ///
    /// # Safety
    /// As of [`Run::entry`]; `count` is at most `N`.
    unsafe fn some<const N: usize>(&mut self, ids: &[TokenId; N], count: usize);
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
        huge_pages::reserve(self, ONCE * pretokens);
        ListCursor {
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
        huge_pages::reserve(self.list, ids.len() + ONCE * self.pretokens);
        self.list.extend_from_slice(ids);
    }

    #[inline(always)]
    fn is_passed_by(&mut self, _: u64) -> bool {
        false
    }
}

impl Run for ListRun {
    #[inline(always)]
    unsafe fn some<const N: usize>(&mut self, ids: &[TokenId; N], count: usize) {
        const { assert!(N <= ONCE) };
        // SAFETY: there is room for ONCE ids for each pretoken; N of them are written.
        unsafe {
            self.out.cast::<[TokenId; N]>().write_unaligned(*ids);
            self.out = self.out.add(count);
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
    unsafe fn some<const N: usize>(&mut self, _: &[TokenId; N], count: usize) {
        self.0 += count as u64;
    }
}

/// Counts how often each id comes.
///
/// The pretokens that are in a cache are counted there, each in the cache line that was looked at anyway, and become counts of ids at the end: so counting how often each token
/// occurs takes hardly longer than counting tokens, and what the caches counted has to be collected ([`Sink::collect`]).
pub(crate) struct Frequencies {
    counts: Vec<u64>,
}

impl Frequencies {
    /// For ids below `size`.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            counts: vec![0; size],
        }
    }

    fn add(&mut self, ids: &[TokenId], times: u64) {
        for &id in ids {
            if let Some(count) = self.counts.get_mut(id as usize) {
                *count += times;
            }
        }
    }

    /// How often each came.
    pub(crate) fn finish(self) -> Vec<u64> {
        self.counts
    }
}

/// Counts in the caches.
pub(crate) struct HitsCursor<'a>(&'a mut Frequencies);

/// See [`HitsCursor`]; where a counter is full it goes on here.
pub(crate) struct HitsRun(*mut Frequencies);

impl Sink for Frequencies {
    type Cursor<'a> = HitsCursor<'a>;

    #[inline(always)]
    fn cursor(&mut self, _: usize) -> HitsCursor<'_> {
        HitsCursor(self)
    }

    #[inline(always)]
    fn one(&mut self, id: TokenId) {
        self.add(&[id], 1);
    }

    fn many(&mut self, ids: &[TokenId]) {
        self.add(ids, 1);
    }

    fn collect(&mut self, caches: &mut Caches) {
        caches.take_hits(|id, times| self.add(&[id], times));
    }
}

impl Cursor for HitsCursor<'_> {
    type Run = HitsRun;

    #[inline(always)]
    fn begin(&mut self) -> HitsRun {
        HitsRun(self.0)
    }

    #[inline(always)]
    unsafe fn end(&mut self, _: HitsRun) {}

    fn many(&mut self, ids: &[TokenId]) {
        self.0.add(ids, 1);
    }

    #[inline(always)]
    fn is_passed_by(&mut self, _: u64) -> bool {
        false
    }
}

impl HitsRun {
    /// A counter of 16 bits has gone round.
    #[cold]
    #[inline(never)]
    fn carry(&mut self, ids: &[TokenId]) {
        // SAFETY: the cursor that the run began with is not used before its end.
        unsafe { &mut *self.0 }.add(ids, 1 << 16);
    }
}

impl Run for HitsRun {
    #[inline(always)]
    unsafe fn entry<K: Key, const N: usize, const M: usize>(
        &mut self,
        entry: &Entry<'_, K, N>,
        more: &More,
    ) -> bool {
        // SAFETY: the caller's entries.
        if unsafe { entry.hit() } {
            self.carry(entry.ids(more));
        }
        true
    }

    unsafe fn some<const N: usize>(&mut self, ids: &[TokenId; N], count: usize) {
        // SAFETY: as above.
        unsafe { &mut *self.0 }.add(ids.get(..count).unwrap_or(ids), 1);
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

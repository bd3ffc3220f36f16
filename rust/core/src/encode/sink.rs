//! Where ids go: into a list, or into a count.

use crate::vocabulary::TokenId;

/// Takes ids in order.
pub(crate) trait Sink {
    /// One id.
    fn one(&mut self, id: TokenId);

    /// The first `count` of `ids`; inlined, and for entries of the cache.
    fn few<const N: usize>(&mut self, ids: &[TokenId; N], count: usize);

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

impl Sink for Vec<TokenId> {
    #[inline(always)]
    fn one(&mut self, id: TokenId) {
        self.push(id);
    }

    #[inline(always)]
    fn few<const N: usize>(&mut self, ids: &[TokenId; N], count: usize) {
        self.reserve(N);
        let length = self.len();
        // SAFETY: there is room for N ids behind the last one, all of them are written, and of these at most N are kept.
        unsafe {
            self.as_mut_ptr().add(length).cast::<[TokenId; N]>().write(*ids);
            self.set_len(length + count.min(N));
        }
    }

    fn many(&mut self, ids: &[TokenId]) {
        self.extend_from_slice(ids);
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

impl Sink for Count {
    #[inline(always)]
    fn one(&mut self, _: TokenId) {
        self.count += 1;
    }

    #[inline(always)]
    fn few<const N: usize>(&mut self, _: &[TokenId; N], count: usize) {
        self.count += count as u64;
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

/// Counts how often each id comes.
pub(crate) struct Frequencies(pub(crate) Vec<u64>);

impl Sink for Frequencies {
    #[inline(always)]
    fn one(&mut self, id: TokenId) {
        if let Some(frequency) = self.0.get_mut(id as usize) {
            *frequency += 1;
        }
    }

    #[inline(always)]
    fn few<const N: usize>(&mut self, ids: &[TokenId; N], count: usize) {
        for &id in &ids[..count.min(N)] {
            self.one(id);
        }
    }

    fn many(&mut self, ids: &[TokenId]) {
        for &id in ids {
            self.one(id);
        }
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
    #[inline(always)]
    fn one(&mut self, id: TokenId) {
        self.sink.one(id);
    }

    #[inline(always)]
    fn few<const N: usize>(&mut self, ids: &[TokenId; N], count: usize) {
        self.sink.few(ids, count);
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

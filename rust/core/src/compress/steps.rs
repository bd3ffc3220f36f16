//! A counter of steps, in tests: it says what time would say, were time the same twice.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts steps of loops that an input could make long.
#[cfg(test)]
pub(super) fn count(steps: usize) {
    STEPS.with(|counter| counter.set(counter.get() + steps as u64));
}

/// Nothing, outside of tests.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn count(_: usize) {}

/// The steps of `work` on this thread.
#[cfg(test)]
pub(super) fn of(work: impl FnOnce()) -> u64 {
    let before = STEPS.with(std::cell::Cell::get);
    work();
    STEPS.with(std::cell::Cell::get) - before
}

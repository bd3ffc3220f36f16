//! Independent pieces of work on several threads, their results in order.

use crate::error::{CodecError, Interrupted};
use crate::monitor::{Monitor, Progress};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A thread takes some 50 µs to start: so many bytes are worth one (compressing them takes 1.8 ms or more, decompressing some 0.4).
const WORTH_A_THREAD: usize = 1 << 16;

/// How often the caller is asked whether to go on while others still work.
const PATIENCE: Duration = Duration::from_millis(20);

/// Asks whether to go on.
pub(super) type GoOn<'a> = &'a dyn Fn() -> Result<(), Interrupted>;

/// What stays the same over all batches of a run.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    /// Told how far the work is.
    pub monitor: &'a Monitor<'a>,
    /// What is being done.
    pub stage: &'static str,
    /// Bytes done before.
    pub done: u64,
}

impl Work<'_> {
    /// Does `work` on each of `items`, with one of `states` on a thread each, and hands what it gives to `take`, in the order of the items; `size` is bytes of an
    /// item, as progress counts them.
    ///
    /// # Errors
    /// Of several errors that of the first item; what the items before it gave was handed on.
    pub fn run<S: Send, I: Send, T: Send>(
        &self,
        states: &mut [S],
        items: &mut [I],
        size: impl Fn(&I) -> usize + Sync,
        work: impl Fn(&mut S, &mut I, GoOn<'_>) -> Result<T, CodecError> + Sync,
        mut take: impl FnMut(&mut I, T),
    ) -> Result<(), CodecError> {
        let all: usize = items.iter().map(&size).sum();
        let useful = items.len().min(1 + all / WORTH_A_THREAD);
        let next = Mutex::new(items.iter_mut().enumerate());
        let failed = AtomicBool::new(false);
        let done = AtomicU64::new(self.done);
        let report = || {
            self.monitor.report(Progress {
                stage: self.stage,
                unit: "bytes",
                done: done.load(Ordering::Relaxed),
                total: None,
            })
        };
        let work_on = |state: &mut S, go_on: GoOn<'_>| {
            let mut results = Vec::new();
            // Items are taken in order and finished, so that the first failure in order is among the results whatever the threads do.
            while !failed.load(Ordering::Relaxed) {
                let taken = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((index, item)) = taken else { break };
                let result = go_on()
                    .map_err(CodecError::from)
                    .and_then(|()| work(state, item, go_on));
                failed.fetch_or(result.is_err(), Ordering::Relaxed);
                results.push((index, result));
                done.fetch_add(size(item) as u64, Ordering::Relaxed);
            }
            results
        };
        let Some((own, others)) = states.split_first_mut() else {
            return Ok(());
        };
        let mut results = if useful < 2 {
            work_on(own, &report)
        } else {
            thread::scope(|scope| {
                let (working, finished) = channel::<()>();
                let (work_on, monitor) = (&work_on, self.monitor);
                // Where the system gives no more threads, those that there are do the work.
                let spawn = |state| {
                    let working = working.clone();
                    let work = move || {
                        let results = work_on(state, &|| monitor.check());
                        drop(working);
                        results
                    };
                    let builder = thread::Builder::new().name("bytewright".to_owned());
                    builder.spawn_scoped(scope, work).ok()
                };
                let others: Vec<_> = others.iter_mut().take(useful - 1).filter_map(spawn).collect();
                drop(working);
                let mut results = work_on(own, &report);
                while finished.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    // The others hear of it, and say so in their results.
                    let _ = report();
                }
                for other in others {
                    match other.join() {
                        Ok(more) => results.extend(more),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
                results
            })
        };
        results.sort_unstable_by_key(|(index, _)| *index);
        for (index, result) in results {
            take(&mut items[index], result?);
        }
        report().map_err(CodecError::from)
    }
}

/// Threads for work that is done in many small rounds, of which nobody wants to hear how far they are.
#[derive(Clone, Copy)]
pub(super) struct Workers<'a> {
    /// Threads at most.
    pub threads: usize,
    /// Asked whether to go on.
    pub monitor: &'a Monitor<'a>,
}

impl Workers<'_> {
    /// The results of `work` for each number below `count`, in order.
    ///
    /// # Errors
    /// [`Interrupted`] once the monitor says so.
    pub fn map<T: Send>(
        &self,
        count: usize,
        work: impl Fn(usize) -> T + Sync,
    ) -> Result<Vec<T>, Interrupted> {
        let mut items: Vec<usize> = (0..count).collect();
        let mut states = vec![(); self.threads.clamp(1, count.max(1))];
        let mut results = Vec::with_capacity(count);
        let rounds = Work {
            monitor: self.monitor,
            stage: "learning",
            done: 0,
        };
        let size = |_: &usize| WORTH_A_THREAD;
        let work = |(): &mut (), item: &mut usize, _: GoOn<'_>| Ok(work(*item));
        let done = rounds.run(&mut states, &mut items, size, work, |_, result| {
            results.push(result)
        });
        done.map(|()| results).map_err(|_| Interrupted)
    }
}

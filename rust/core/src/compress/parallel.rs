//! Independent pieces of work on several threads, their results in order.

use crate::error::CodecError;
use crate::monitor::{Interrupted, Monitor, Progress};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` on each of `count` items, on up to `threads` threads, each with a `state` of its own; results come in the order of the items.
///
/// The calling thread works as well, and calls `report` with the number of items begun.
///
/// # Errors
/// [`Interrupted`] once the monitor says so.
pub(super) fn map<S, T: Send>(
    threads: usize,
    count: usize,
    monitor: &Monitor<'_>,
    progress: impl Fn(usize) -> Progress + Sync,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Result<Vec<T>, CodecError> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<T>>> = Mutex::new((0..count).map(|_| None).collect());
    let run = |report: bool| -> Result<(), Interrupted> {
        let mut state = state();
        loop {
            monitor.check()?;
            let item = next.fetch_add(1, Ordering::Relaxed);
            if item >= count {
                return Ok(());
            }
            if report {
                monitor.report(progress(item))?;
            }
            let result = work(&mut state, item);
            results.lock().unwrap_or_else(PoisonError::into_inner)[item] = Some(result);
        }
    };
    let threads = threads.min(count);
    thread::scope(|scope| {
        let run = &run;
        // Where the system gives no more threads, those that there are do the work.
        let spawn = |_| {
            let builder = thread::Builder::new().name("bytewright".to_owned());
            builder.spawn_scoped(scope, move || run(false)).ok()
        };
        let others: Vec<_> = (1..threads).filter_map(spawn).collect();
        let mine = run(true);
        for other in others {
            if let Err(panic) = other.join() {
                std::panic::resume_unwind(panic);
            }
        }
        mine
    })?;
    monitor.check()?;
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(results.into_iter().flatten().collect())
}

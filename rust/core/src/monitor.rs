//! Progress out of, and interruption into, long work.

use std::sync::atomic::{AtomicBool, Ordering};

/// How far a long run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, as a user would say it: `counting`, `merging`.
    pub stage: &'static str,
    /// What `done` and `total` count: `bytes`, `merges`, `documents`.
    pub unit: &'static str,
    /// How much is done.
    pub done: u64,
    /// How much there is, where that is known.
    pub total: Option<u64>,
}

/// The caller asked the work to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

type Report<'a> = &'a (dyn Fn(Progress) -> bool + Sync);

/// Handed into long work: takes its reports, and tells it when to stop.
///
/// The thread that called into the work reports (it may have to run signal handlers, which only that thread can);
/// every other thread only asks, by [`Monitor::check`], whether it should go on.
#[derive(Default)]
pub struct Monitor<'a> {
    report: Option<Report<'a>>,
    stopped: AtomicBool,
}

impl<'a> Monitor<'a> {
    /// A monitor that listens to nothing and never stops the work.
    pub fn silent() -> Self {
        Self::default()
    }

    /// A monitor that hands each report to `report`, which returns whether to go on.
    pub fn new(report: Report<'a>) -> Self {
        Self {
            report: Some(report),
            stopped: AtomicBool::new(false),
        }
    }

    /// Reports progress; call it on the thread that was called, every few milliseconds of work.
    ///
    /// # Errors
    /// [`Interrupted`] once the caller wants the work stopped.
    pub fn report(&self, progress: Progress) -> Result<(), Interrupted> {
        if let Some(report) = self.report
            && !report(progress)
        {
            self.stopped.store(true, Ordering::Relaxed);
        }
        self.check()
    }

    /// Asks whether to go on; cheap, from any thread.
    ///
    /// # Errors
    /// [`Interrupted`] once the caller wants the work stopped.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.stopped.load(Ordering::Relaxed) {
            Err(Interrupted)
        } else {
            Ok(())
        }
    }
}

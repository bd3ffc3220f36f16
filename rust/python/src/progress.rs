//! Reports out of long work to Python, and Ctrl-C into it.

use crate::errors::{CoreError, to_python};
use bytewright::{Monitor, Progress};
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often Python is asked for signals and told of progress: soon enough for a person, rare enough to cost nothing
/// (attaching takes a few µs, more where other threads hold the GIL).
const INTERVAL: Duration = Duration::from_millis(50);

/// Stands between the core's reports and Python: runs signal handlers, hands progress to a callable.
pub struct Reporter {
    callback: Option<Py<PyAny>>,
    state: Mutex<State>,
}

struct State {
    last: Instant,
    stage: &'static str,
    raised: Option<PyErr>,
}

impl Reporter {
    /// `callback(stage, unit, done, total)`, or none.
    pub fn new(callback: Option<Py<PyAny>>) -> Self {
        Self {
            callback,
            state: Mutex::new(State {
                last: Instant::now(),
                stage: "",
                raised: None,
            }),
        }
    }

    /// Runs `work` without the GIL, with a monitor that reports here.
    ///
    /// # Errors
    /// What a signal handler or the callback raised, else the error of the work.
    pub fn run<T, E>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Monitor<'_>) -> Result<T, E> + Send,
    ) -> PyResult<T>
    where
        T: Send,
        E: Into<CoreError> + Send,
    {
        self.run_with(py, work, to_python)
    }

    /// [`Reporter::run`] for work with an error of its own.
    pub fn run_with<T, E>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Monitor<'_>) -> Result<T, E> + Send,
        map: impl FnOnce(E) -> PyErr,
    ) -> PyResult<T>
    where
        T: Send,
        E: Send,
    {
        let result = py.detach(|| {
            let report = |progress: Progress| self.report(progress);
            work(&Monitor::new(&report))
        });
        result.map_err(|error| self.take_raised().unwrap_or_else(|| map(error)))
    }

    /// The exception for work that failed: what Python raised meanwhile, else that of the error.
    pub fn error(&self, error: impl Into<CoreError>) -> PyErr {
        self.take_raised().unwrap_or_else(|| to_python(error))
    }

    /// Takes a report of the core; returns whether to go on.
    pub fn report(&self, progress: Progress) -> bool {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let finished = progress.total == Some(progress.done);
            if state.last.elapsed() < INTERVAL && state.stage == progress.stage && !finished {
                return true;
            }
            state.last = Instant::now();
            state.stage = progress.stage;
        }
        let told = Python::attach(|py| {
            py.check_signals()?;
            match &self.callback {
                Some(callback) => callback
                    .call1(py, (progress.stage, progress.unit, progress.done, progress.total))
                    .map(drop),
                None => Ok(()),
            }
        });
        match told {
            Ok(()) => true,
            Err(error) => {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.raised.get_or_insert(error);
                false
            }
        }
    }

    fn take_raised(&self) -> Option<PyErr> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .raised
            .take()
    }
}

//! Workers that wait for their next call, with warm caches.

use super::engine::Worker;
use std::sync::Mutex;

/// Workers that are kept at most; their caches are bounded, and so are they all together.
const KEPT: usize = 32;

/// A bounded number of idle workers.
///
/// Nothing here waits: a slot that is locked is passed over, and where no worker is found a fresh one is made. So a child that was forked while another
/// thread held a lock goes on without that slot.
pub(crate) struct Pool {
    slots: [Mutex<Option<Box<Worker>>>; KEPT],
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            slots: std::array::from_fn(|_| Mutex::new(None)),
        }
    }

    /// Fills the pool with workers of a kind, so that calls use no others.
    #[cfg(test)]
    pub(crate) fn fill(&self, make: impl Fn() -> Worker) {
        for slot in &self.slots {
            *slot.lock().expect("no test panics with it") = Some(Box::new(make()));
        }
    }

    /// Calls `work` with a worker that nobody else uses meanwhile.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Worker) -> T) -> T {
        let idle = self.slots.iter().find_map(|slot| slot.try_lock().ok()?.take());
        let mut worker = idle.unwrap_or_else(|| Box::new(Worker::new()));
        let result = work(&mut worker);
        for slot in &self.slots {
            if let Ok(mut slot) = slot.try_lock()
                && slot.is_none()
            {
                *slot = Some(worker);
                break;
            }
        }
        result
    }
}

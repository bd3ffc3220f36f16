//! Two pieces of work at once.

use std::sync::Mutex;
use std::thread;

/// Does `here` on this thread and `there` on another one meanwhile; one after the other where that is not `worth` a thread (some 50 µs), or the system
/// has none to give.
pub(crate) fn beside<A, B: Send>(
    worth: bool,
    here: impl FnOnce() -> A,
    there: impl FnOnce() -> B + Send,
) -> (A, B) {
    if !worth {
        return (here(), there());
    }
    let there = Mutex::new(Some(there));
    let take = || {
        let mut there = there.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        there.take()
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, || take().map(|there| there()));
        let here = here();
        let done = thread.map(thread::ScopedJoinHandle::join);
        match done {
            Ok(Ok(Some(there))) => (here, there),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Ok(Ok(None)) | Err(_) => match take() {
                Some(there) => (here, there()),
                None => unreachable!("a thread that was not started took nothing"),
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn both_are_done() {
        let here = std::thread::current().id();
        let (mine, other) = beside(true, || 1, || std::thread::current().id());
        assert_eq!(mine, 1);
        assert_ne!(other, here);
        assert_eq!(beside(false, || 1, || std::thread::current().id()), (1, here));
    }

    #[test]
    #[should_panic(expected = "out of it")]
    fn a_panic_comes_through() {
        beside(true, || (), || panic!("out of it"));
    }
}

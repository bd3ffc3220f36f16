//! Joins the ids that threads find into one list, in order, without waiting for each other.
//!
//! A thread copies what it found to its place as soon as it is known how many ids all tasks before have: mostly at once, while they are still in the processor's cache, so that
//! the only memory touched for the first time is that of the result.

use super::buffers;
use crate::huge_pages;
use crate::vocabulary::TokenId;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of ids of a task that is not done.
const UNKNOWN: u64 = u64::MAX;

/// Where the ids of all tasks go.
pub(super) struct Joint {
    list: Vec<TokenId>,
    /// The memory of the list.
    out: *mut TokenId,
    /// The number of ids of each task.
    counts: Vec<AtomicU64>,
}

// SAFETY: threads share it to write to `out`, each the ids of its own tasks, whose places do not overlap.
unsafe impl Sync for Joint {}

/// What one thread has found.
#[derive(Default)]
pub(super) struct Share {
    /// The task whose number of ids is asked for next, and the ids of those before it.
    next: usize,
    offset: usize,
    /// Tasks that are done, but whose place is not known, in order.
    waiting: VecDeque<(usize, Vec<TokenId>)>,
    /// Lists to be used again.
    spare: Vec<Vec<TokenId>>,
}

impl Joint {
    /// For so many tasks over so many bytes in all, whose ids go behind those in `list`.
    pub(super) fn new(mut list: Vec<TokenId>, tasks: usize, bytes: usize) -> Self {
        if !buffers::may_do(&list, bytes) {
            huge_pages::reserve(&mut list, bytes / 2);
        }
        Self {
            out: list.as_mut_ptr(),
            list,
            counts: (0..tasks).map(|_| AtomicU64::new(UNKNOWN)).collect(),
        }
    }

    /// What a thread begins with.
    pub(super) fn share(&self) -> Share {
        Share {
            offset: self.list.len(),
            ..Share::default()
        }
    }

    /// A list for the ids of a task.
    pub(super) fn room(&self, share: &mut Share) -> Vec<TokenId> {
        share.spare.pop().unwrap_or_default()
    }

    /// Takes the ids of a task; a thread's tasks come in rising order, and each once.
    pub(super) fn add(&self, share: &mut Share, task: usize, ids: Vec<TokenId>) {
        self.counts[task].store(ids.len() as u64, Ordering::Release);
        share.waiting.push_back((task, ids));
        while let Some((task, ids)) = share.waiting.front() {
            while share.next < *task {
                match self.counts[share.next].load(Ordering::Acquire) {
                    UNKNOWN => return,
                    count => share.offset += count as usize,
                }
                share.next += 1;
            }
            if ids.len() > self.list.capacity().saturating_sub(share.offset) {
                return;
            }
            // SAFETY: there is room up to the capacity, and no other task has this place.
            unsafe { std::ptr::copy_nonoverlapping(ids.as_ptr(), self.out.add(share.offset), ids.len()) };
            if let Some((_, mut ids)) = share.waiting.pop_front() {
                ids.clear();
                share.spare.push(ids);
            }
        }
    }

    /// All ids, and where those of each task begin; every task must be done.
    pub(super) fn finish(self, shares: Vec<Share>) -> (Vec<TokenId>, Vec<usize>) {
        let mut total = self.list.len();
        let begin = |count: &AtomicU64| {
            let begin = total;
            total += count.load(Ordering::Acquire) as usize;
            begin
        };
        let begins: Vec<usize> = self.counts.iter().map(begin).collect();
        let placed = self.list;
        let mut waiting = vec![None; begins.len()];
        for (task, ids) in shares.into_iter().flat_map(|share| share.waiting) {
            waiting[task] = Some(ids);
        }
        if total <= placed.capacity() {
            let mut list = placed;
            for (task, ids) in waiting.iter().enumerate() {
                if let Some(ids) = ids {
                    // SAFETY: the place of the task, and all places together are within the capacity.
                    unsafe {
                        std::ptr::copy_nonoverlapping(ids.as_ptr(), self.out.add(begins[task]), ids.len())
                    };
                }
            }
            // SAFETY: every task has written its ids, or they have just been copied.
            unsafe { list.set_len(total) };
            return (list, begins);
        }
        // There were more than was thought.
        let mut list = huge_pages::with_capacity(total);
        list.extend_from_slice(&placed);
        for (task, ids) in waiting.iter().enumerate() {
            match ids {
                Some(ids) => list.extend_from_slice(ids),
                None => {
                    let end = begins.get(task + 1).copied().unwrap_or(total);
                    // SAFETY: the task has written its ids there.
                    let ids =
                        unsafe { std::slice::from_raw_parts(self.out.add(begins[task]), end - begins[task]) };
                    list.extend_from_slice(ids);
                }
            }
        }
        // The list that was too small is not kept: it would be again.
        (list, begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tasks of different sizes on three threads, in a list that is large enough or is not.
    #[test]
    fn ids_are_joined_in_order() {
        let tasks: Vec<Vec<TokenId>> = (0..200u32)
            .map(|task| vec![task; (task as usize * 7) % 13])
            .collect();
        for room in [0, 5, 600, 5_000] {
            for seed in 0..20u64 {
                let joint = Joint::new(vec![9, 9], tasks.len(), room);
                let next = std::sync::atomic::AtomicUsize::new(0);
                let shares: Vec<Share> = std::thread::scope(|scope| {
                    let spawn = |thread: u64| {
                        let (joint, next, tasks) = (&joint, &next, &tasks);
                        scope.spawn(move || {
                            let mut share = joint.share();
                            loop {
                                let task = next.fetch_add(1, Ordering::Relaxed);
                                if task >= tasks.len() {
                                    return share;
                                }
                                if (task as u64 * 31 + seed + thread).is_multiple_of(5) {
                                    std::thread::yield_now();
                                }
                                let mut ids = joint.room(&mut share);
                                assert!(ids.is_empty());
                                ids.extend_from_slice(&tasks[task]);
                                joint.add(&mut share, task, ids);
                            }
                        })
                    };
                    let threads: Vec<_> = (0..3).map(spawn).collect();
                    threads
                        .into_iter()
                        .map(|thread| thread.join().expect("no thread fails"))
                        .collect()
                });
                let (ids, begins) = joint.finish(shares);
                assert_eq!(ids[..2], [9, 9]);
                assert_eq!(ids[2..], tasks.concat());
                assert_eq!(begins[10], 2 + tasks[..10].concat().len());
            }
        }
    }
}

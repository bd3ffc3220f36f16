//! Which pair comes next: the most frequent, and of several the one that the tie rule names.
//!
//! Entries may be stale: a pair's count only falls after it was put in, so what comes out is compared with what is known now, and put in
//! again where it has fallen. Counts below [`BUCKETS`] have a list each; a heap holds the few above.

use super::pairs::Key;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Counts below this have a list of their own: putting in is then a push. (A heap alone took 15 % of the merge loop at 32,000 tokens, half
/// of it at 200,000.)
const BUCKETS: u64 = 1 << 16;

/// What the tie rule compares: the pair itself, or where it is first seen. The smaller goes first.
pub(super) type Tie = u64;

/// A queue of pairs by count and tie.
pub(super) struct Queue {
    /// Counts of at least `BUCKETS`.
    heap: BinaryHeap<(u64, Reverse<Tie>, Key)>,
    /// By count, below `level`.
    buckets: Vec<Vec<Key>>,
    /// Those with count `level`.
    current: BinaryHeap<Reverse<(Tie, Key)>>,
    level: u64,
}

impl Queue {
    pub fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            buckets: vec![Vec::new(); BUCKETS as usize],
            current: BinaryHeap::new(),
            level: BUCKETS,
        }
    }

    /// Puts a pair in; its count is at most that of the pair that came out last.
    #[inline(always)]
    pub fn push(&mut self, key: Key, count: u64, tie: Tie) {
        if count >= BUCKETS {
            self.heap.push((count, Reverse(tie), key));
        } else if count == self.level {
            self.current.push(Reverse((tie, key)));
        } else {
            debug_assert!(count < self.level);
            self.buckets[count as usize].push(key);
        }
    }

    /// Takes out the next pair, whose count now is at least `floor`. `now` tells the count and the tie of a pair as they are.
    pub fn pop(&mut self, floor: u64, mut now: impl FnMut(Key) -> (u64, Tie)) -> Option<(Key, u64)> {
        while let Some((count, Reverse(tie), key)) = self.heap.pop() {
            let (count_now, tie_now) = now(key);
            if (count_now, tie_now) == (count, tie) {
                if count < floor {
                    self.heap.push((count, Reverse(tie), key));
                    return None;
                }
                return Some((key, count));
            }
            if count_now >= floor {
                self.push(key, count_now, tie_now);
            }
        }
        loop {
            // The floor may have risen above the level since the last call.
            if self.level < floor {
                return None;
            }
            while let Some(Reverse((tie, key))) = self.current.pop() {
                let (count_now, tie_now) = now(key);
                if (count_now, tie_now) == (self.level, tie) {
                    return Some((key, count_now));
                }
                if count_now >= floor {
                    self.push(key, count_now, tie_now);
                }
            }
            if self.level <= floor.max(1) {
                return None;
            }
            self.level -= 1;
            for key in std::mem::take(&mut self.buckets[self.level as usize]) {
                let (count_now, tie_now) = now(key);
                if count_now == self.level {
                    self.current.push(Reverse((tie_now, key)));
                } else if count_now >= floor {
                    self.buckets[count_now as usize].push(key);
                }
            }
        }
    }
}

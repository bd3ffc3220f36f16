//! Learns phrases: pairs of neighbouring units or phrases that occur often are joined, round by round.

use crate::compress::parallel::Workers;
use crate::monitor::Interrupted;
use std::sync::{Mutex, PoisonError};

/// Most units in a phrase; bounds the work of the parse on any input.
pub const MAXIMUM_UNITS: u32 = 24;

/// A table of counters by hash, small enough for the cache, that rules out most pairs before any is counted exactly.
const MAXIMUM_SKETCH_BITS: u32 = 20;

/// The hash of a pair of numbers; its upper bits are the better ones.
#[inline]
pub(super) fn hash(left: u32, right: u32) -> u64 {
    ((u64::from(left) << 32) | u64::from(right)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Exact counts of pairs in an open-addressing table.
struct PairCounts {
    entries: Vec<(u32, u32, u32)>,
    used: usize,
}

impl PairCounts {
    /// An empty table.
    fn new() -> Self {
        Self {
            entries: vec![(0, 0, 0); 1 << 12],
            used: 0,
        }
    }

    /// The slot of a pair, or the empty slot where it would be.
    #[inline]
    fn slot(entries: &[(u32, u32, u32)], left: u32, right: u32) -> usize {
        let mask = entries.len() - 1;
        let mut slot = (hash(left, right) >> 20) as usize & mask;
        while entries[slot].2 != 0 && (entries[slot].0, entries[slot].1) != (left, right) {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Adds to the count of a pair.
    #[inline]
    fn add(&mut self, left: u32, right: u32, count: u32) {
        let slot = Self::slot(&self.entries, left, right);
        if self.entries[slot].2 == 0 {
            self.used += 1;
            self.entries[slot] = (left, right, count);
            if self.used * 2 > self.entries.len() {
                let mut larger = vec![(0, 0, 0); self.entries.len() * 2];
                for &entry in self.entries.iter().filter(|entry| entry.2 != 0) {
                    let slot = Self::slot(&larger, entry.0, entry.1);
                    larger[slot] = entry;
                }
                self.entries = larger;
            }
        } else {
            self.entries[slot].2 += count;
        }
    }
}

/// The least count for the first round is a quarter of the most frequent pair's, about; for each other it is that of the round before divided by this. 2 and 4
/// come to the same sizes.
const STEP: u32 = 3;

/// A round that joins less than one in so many of all pairs is not worth another.
const HARDLY_ANY: usize = 32;

/// How phrases are learned.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Most phrases.
    pub limit: usize,
    /// Fewest occurrences of a pair.
    pub least: u32,
    /// Most rounds.
    pub rounds: u32,
}

/// Joins pairs in `pieces`, in place, and returns them in the order in which they were joined. `first` is the number
/// of units, and of the first phrase.
pub fn learn(
    pieces: &mut [Vec<u32>],
    first: u32,
    rules: Rules,
    workers: &Workers<'_>,
) -> Result<Vec<(u32, u32)>, Interrupted> {
    let mut merges = Vec::new();
    let mut lengths: Vec<u8> = vec![1; first as usize];
    let mut threshold = 0;
    let length: usize = pieces.iter().map(Vec::len).sum();
    // Threads take longer to start than the smallest windows to count.
    let workers = &Workers {
        threads: if length < 1 << 16 { 1 } else { workers.threads },
        ..*workers
    };
    // More bits find fewer pairs that are not frequent, and lie in slower caches.
    let bits = (usize::BITS - (length / 8).leading_zeros()).clamp(12, MAXIMUM_SKETCH_BITS);
    let mut sketch = sketch(pieces, bits, workers)?;
    for round in 0..rules.rounds {
        // The top of the sketch is at least the top count.
        threshold = match round {
            0 => sketch.iter().copied().max().unwrap_or(0) / 4,
            _ => threshold / STEP,
        };
        threshold = threshold.max(rules.least);
        let mut found = frequent(pieces, &sketch, threshold, workers)?;
        found.retain(|&(left, right, _)| {
            u32::from(lengths[left as usize]) + u32::from(lengths[right as usize]) <= MAXIMUM_UNITS
        });
        found.sort_unstable_by(|a, b| b.2.cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        found.truncate(rules.limit - merges.len());
        if !found.is_empty() {
            let number = first + merges.len() as u32;
            for &(left, right, _) in &found {
                lengths.push(lengths[left as usize] + lengths[right as usize]);
                merges.push((left, right));
            }
            apply(pieces, &found, number, &mut sketch, workers)?;
        }
        let hardly_any = found.len() * HARDLY_ANY <= merges.len();
        if (threshold == rules.least && hardly_any) || merges.len() >= rules.limit {
            break;
        }
    }
    Ok(merges)
}

/// Counts of pairs by hash.
fn sketch(pieces: &[Vec<u32>], bits: u32, workers: &Workers<'_>) -> Result<Vec<u32>, Interrupted> {
    // As many tables as threads: sums are the same for any number.
    let parts = workers.map(workers.threads, |worker| {
        let mut table = vec![0u32; 1 << bits];
        for piece in pieces.iter().skip(worker).step_by(workers.threads) {
            for pair in piece.windows(2) {
                table[(hash(pair[0], pair[1]) >> (64 - bits)) as usize] += 1;
            }
        }
        table
    })?;
    let mut total = vec![0; 1 << bits];
    parts.iter().for_each(|part| add(&mut total, part));
    Ok(total)
}

/// Adds counts to those of the same hashes.
fn add(total: &mut [u32], counts: &[u32]) {
    total
        .iter_mut()
        .zip(counts)
        .for_each(|(sum, count)| *sum += count);
}

/// The pairs that occur `threshold` times or more, with counts.
fn frequent(
    pieces: &[Vec<u32>],
    sketch: &[u32],
    threshold: u32,
    workers: &Workers<'_>,
) -> Result<Vec<(u32, u32, u32)>, Interrupted> {
    let bits = sketch.len().trailing_zeros();
    let parts = workers.map(workers.threads, |worker| {
        let mut counts = PairCounts::new();
        for piece in pieces.iter().skip(worker).step_by(workers.threads) {
            let mut previous = None;
            for pair in piece.windows(2) {
                // "aaa" holds one pair that can be joined, not two.
                if pair[0] == pair[1] && previous == Some(pair[0]) {
                    previous = None;
                    continue;
                }
                previous = (pair[0] == pair[1]).then_some(pair[0]);
                if sketch[(hash(pair[0], pair[1]) >> (64 - bits)) as usize] >= threshold {
                    counts.add(pair[0], pair[1], 1);
                }
            }
        }
        counts
    })?;
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_else(PairCounts::new);
    for part in parts {
        for &(left, right, count) in part.entries.iter().filter(|entry| entry.2 != 0) {
            total.add(left, right, count);
        }
    }
    let entries = total.entries.into_iter();
    Ok(entries.filter(|entry| entry.2 >= threshold).collect())
}

/// Replaces pairs by the tokens from `number` on, which they get in order, and adds the pairs of these to the sketch. What becomes rarer keeps its counts
/// there: they may be too high, never too low.
fn apply(
    pieces: &mut [Vec<u32>],
    found: &[(u32, u32, u32)],
    number: u32,
    sketch: &mut [u32],
    workers: &Workers<'_>,
) -> Result<(), Interrupted> {
    const FILTER_BITS: u32 = 16;
    let mut table = PairCounts::new();
    let mut filter = vec![false; 1 << FILTER_BITS];
    for (index, &(left, right, _)) in found.iter().enumerate() {
        table.add(left, right, index as u32 + 1);
        filter[(hash(left, right) >> (64 - FILTER_BITS)) as usize] = true;
    }
    // The place of a pair in `found`, one-based, lower for more frequent ones; the maximum for others.
    let place = |left: u32, right: u32| {
        if !filter[(hash(left, right) >> (64 - FILTER_BITS)) as usize] {
            return u32::MAX;
        }
        match table.entries[PairCounts::slot(&table.entries, left, right)].2 {
            0 => u32::MAX,
            place => place,
        }
    };
    let bits = sketch.len().trailing_zeros();
    let slots: Vec<Mutex<&mut Vec<u32>>> = pieces.iter_mut().map(Mutex::new).collect();
    let parts = workers.map(workers.threads, |worker| {
        let mut fresh = vec![0u32; 1 << bits];
        for slot in slots.iter().skip(worker).step_by(workers.threads) {
            // Nobody else has the piece.
            let mut piece = slot.lock().unwrap_or_else(PoisonError::into_inner);
            join(&mut piece, number, place, |left, right| {
                fresh[(hash(left, right) >> (64 - bits)) as usize] += 1;
            });
        }
        fresh
    })?;
    parts.iter().for_each(|part| add(sketch, part));
    Ok(())
}

/// Replaces the pairs of a piece that `place` gives a number, by tokens from `number` on; calls `made` with each pair that has one of these.
fn join(piece: &mut Vec<u32>, number: u32, place: impl Fn(u32, u32) -> u32, mut made: impl FnMut(u32, u32)) {
    let mut write = 0;
    let mut read = 0;
    let length = piece.len();
    let place_at = |piece: &[u32], at: usize| match piece.get(at..at + 2) {
        Some(pair) => place(pair[0], pair[1]),
        None => u32::MAX,
    };
    let mut here = place_at(piece, 0);
    while read < length {
        let next = place_at(piece, read + 1);
        // A more frequent pair that overlaps goes first.
        let token;
        if here != u32::MAX && here <= next {
            token = number + here - 1;
            read += 2;
            here = place_at(piece, read);
        } else {
            token = piece[read];
            read += 1;
            here = next;
        }
        if write > 0 && token.max(piece[write - 1]) >= number {
            made(piece[write - 1], token);
        }
        piece[write] = token;
        write += 1;
    }
    piece.truncate(write);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Monitor;

    fn learned(pieces: &mut [Vec<u32>], rules: Rules, threads: usize) -> Vec<(u32, u32)> {
        let monitor = Monitor::silent();
        let workers = Workers {
            threads,
            monitor: &monitor,
        };
        learn(pieces, 10, rules, &workers).expect("nobody interrupts")
    }

    #[test]
    fn frequent_pairs_are_joined() {
        let mut pieces = vec![[1, 2, 3].repeat(100), [1, 2].repeat(50)];
        let rules = Rules {
            limit: 2,
            least: 3,
            rounds: 9,
        };
        let merges = learned(&mut pieces, rules, 2);
        assert_eq!(merges[0], (1, 2));
        assert_eq!(merges.len(), 2);
    }

    #[test]
    fn runs_are_joined_in_pairs() {
        let mut pieces = vec![vec![7; 1000]];
        let rules = Rules {
            limit: 100,
            least: 2,
            rounds: 30,
        };
        let merges = learned(&mut pieces, rules, 1);
        assert_eq!(merges[..2], [(7, 7), (10, 10)]);
        assert!(pieces[0].len() <= 1000 / 16 + 2);
    }

    #[test]
    fn phrases_have_a_longest_length() {
        let mut pieces = vec![vec![7; 5000]];
        let rules = Rules {
            limit: 100,
            least: 2,
            rounds: 30,
        };
        let merges = learned(&mut pieces, rules, 1);
        let mut lengths = vec![1u32; 10];
        for (left, right) in merges {
            lengths.push(lengths[left as usize] + lengths[right as usize]);
        }
        assert!(lengths.into_iter().all(|length| length <= MAXIMUM_UNITS));
    }
}

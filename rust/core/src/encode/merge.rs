//! Merging in order: the lowest symbol first, the leftmost of equals first.

use super::Work;
use super::pairs::{NONE, PairTable, Symbol};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Up to how many symbols the linear scan takes; beyond it the heap does less work.
pub(crate) const SHORT: usize = 64;

/// Merges `symbols` (bytes) in place by looking for the lowest pair again and again; returns how many are left. Quadratic, so for at most [`SHORT`] symbols.
pub(crate) fn merge_short(pairs: &PairTable, symbols: &mut [Symbol], work: &mut Work) -> usize {
    let mut count = symbols.len();
    debug_assert!(count <= SHORT);
    let mut results = [NONE; SHORT];
    for (result, pair) in results.iter_mut().zip(symbols.windows(2)) {
        *result = pairs.of_bytes(pair[0] as u8, pair[1] as u8);
    }
    work.symbols += count as u64;
    while count > 1 {
        let mut lowest = NONE;
        let mut place = 0;
        for (index, &result) in results[..count - 1].iter().enumerate() {
            if result < lowest {
                lowest = result;
                place = index;
            }
        }
        work.symbols += count as u64;
        if lowest == NONE {
            break;
        }
        symbols[place] = lowest;
        symbols.copy_within(place + 2..count, place + 1);
        results.copy_within(place + 1..count, place);
        count -= 1;
        results[count - 1] = NONE;
        if place + 1 < count {
            results[place] = pairs.get(lowest, symbols[place + 1]);
        }
        if place > 0 {
            results[place - 1] = pairs.get(symbols[place - 1], lowest);
        }
    }
    count
}

/// What [`merge_long`] works in, kept between calls.
#[derive(Default)]
pub(crate) struct HeapScratch {
    next: Vec<usize>,
    previous: Vec<usize>,
    queue: BinaryHeap<Reverse<(Symbol, usize)>>,
}

/// Merges `symbols` (bytes) in place with a queue of pairs, in n log n; returns how many are left.
pub(crate) fn merge_long(
    pairs: &PairTable,
    symbols: &mut [Symbol],
    scratch: &mut HeapScratch,
    work: &mut Work,
) -> usize {
    let count = symbols.len();
    let HeapScratch {
        next,
        previous,
        queue,
    } = scratch;
    next.clear();
    next.extend(1..=count);
    previous.clear();
    previous.extend((0..count).map(|index| index.wrapping_sub(1)));
    let initial: Vec<_> = symbols
        .windows(2)
        .enumerate()
        .filter_map(|(index, pair)| {
            let result = pairs.of_bytes(pair[0] as u8, pair[1] as u8);
            (result != NONE).then_some(Reverse((result, index)))
        })
        .collect();
    work.symbols += count as u64;
    work.queue_operations += initial.len() as u64;
    *queue = BinaryHeap::from(initial);
    while let Some(Reverse((result, place))) = queue.pop() {
        work.queue_operations += 1;
        let right = next[place];
        // Stale: this place was merged away, or its pair is another one by now.
        if symbols[place] == NONE || right >= count || pairs.get(symbols[place], symbols[right]) != result {
            continue;
        }
        symbols[place] = result;
        symbols[right] = NONE;
        let after = next[right];
        next[place] = after;
        if after < count {
            previous[after] = place;
            let merged = pairs.get(result, symbols[after]);
            if merged != NONE {
                work.queue_operations += 1;
                queue.push(Reverse((merged, place)));
            }
        }
        let before = previous[place];
        if before < count {
            let merged = pairs.get(symbols[before], result);
            if merged != NONE {
                work.queue_operations += 1;
                queue.push(Reverse((merged, before)));
            }
        }
    }
    let mut kept = 0;
    for index in 0..count {
        if symbols[index] != NONE {
            symbols[kept] = symbols[index];
            kept += 1;
        }
    }
    kept
}

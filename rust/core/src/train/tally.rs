//! What one thread has counted, and how the tallies of several become one.

use super::counts::{Counted, CountsHeader, PretokenCounts};
use super::table::{self, Key, Seeds, Table, longest};
use std::collections::HashMap;
use std::hash::BuildHasher;

/// Keys that are looked up at a time.
const BATCH: usize = 128;

/// A pretoken that is not empty, by where it stands in a text.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    pub start: usize,
    pub length: usize,
}

/// Keys of one table on their way into it.
struct Batch<const W: usize> {
    keys: Box<[(Key<W>, u64); BATCH]>,
    filled: usize,
}

impl<const W: usize> Batch<W> {
    fn new() -> Self {
        Self {
            keys: Box::new([([0; W], 0); BATCH]),
            filled: 0,
        }
    }
}

struct Sized<const W: usize> {
    table: Table<W>,
    batch: Batch<W>,
}

type Long = HashMap<Box<[u8]>, u128, foldhash::fast::RandomState>;

impl<const W: usize> Sized<W> {
    fn new(seeds: Seeds) -> Self {
        Self {
            table: Table::new(seeds),
            batch: Batch::new(),
        }
    }

    #[inline(always)]
    fn add_one(&mut self, text: &[u8], start: usize, length: usize, over: &mut Long) {
        let key = table::key::<W>(text, start, length);
        let hash = self.table.hash(&key);
        self.table.prefetch(hash);
        self.batch.keys[self.batch.filled % BATCH] = (key, hash);
        self.batch.filled += 1;
        if self.batch.filled == BATCH {
            self.flush(over);
        }
    }

    #[inline(never)]
    fn flush(&mut self, over: &mut Long) {
        for (key, hash) in &self.batch.keys[..self.batch.filled] {
            let rest = self.table.add(key, *hash, 1);
            if rest > 0 {
                keep(over, key, rest);
            }
        }
        self.batch.filled = 0;
    }

    fn add(&mut self, pretoken: &[u8], count: u64, over: &mut Long) {
        let key = table::key::<W>(pretoken, 0, pretoken.len());
        let hash = self.table.hash(&key);
        let rest = self.table.add(&key, hash, count);
        if rest > 0 {
            keep(over, &key, rest);
        }
    }
}

#[cold]
fn keep<const W: usize>(over: &mut Long, key: &Key<W>, count: u128) {
    let (bytes, length) = table::pretoken(key);
    *over.entry(bytes[..length].into()).or_insert(0) += count;
}

/// Counts of pretokens: a table for each size of entry, and a map for what is longer.
pub(super) struct Tally {
    small: Sized<2>,
    middle: Sized<4>,
    large: Sized<8>,
    /// Longer pretokens; and what the entries of short ones can't hold.
    long: Long,
}

impl Tally {
    pub fn new(seeds: Seeds) -> Self {
        Self {
            small: Sized::new(seeds),
            middle: Sized::new(seeds),
            large: Sized::new(seeds),
            long: Long::default(),
        }
    }

    /// Seeds for the tallies of one counter.
    pub fn seeds() -> Seeds {
        let state = std::collections::hash_map::RandomState::new();
        [0, 1, 2, 3].map(|seed| state.hash_one(seed) | 1)
    }

    /// Counts the pretokens of a text, each once.
    pub fn add_spans(&mut self, text: &[u8], spans: &[Span]) {
        for &Span { start, length } in spans {
            self.add_one(text, start, length);
        }
    }

    #[inline(always)]
    fn add_one(&mut self, text: &[u8], start: usize, length: usize) {
        if length <= const { longest(2) } {
            self.small.add_one(text, start, length, &mut self.long);
        } else if length <= const { longest(4) } {
            self.middle.add_one(text, start, length, &mut self.long);
        } else if length <= const { longest(8) } {
            self.large.add_one(text, start, length, &mut self.long);
        } else {
            self.add_long(&text[start..start + length], 1);
        }
    }

    /// Adds to the count of a pretoken, which is not empty.
    pub fn add(&mut self, pretoken: &[u8], count: u64) {
        let length = pretoken.len();
        if length <= longest(2) {
            self.small.add(pretoken, count, &mut self.long);
        } else if length <= longest(4) {
            self.middle.add(pretoken, count, &mut self.long);
        } else if length <= longest(8) {
            self.large.add(pretoken, count, &mut self.long);
        } else {
            self.add_long(pretoken, count);
        }
    }

    #[cold]
    #[inline(never)]
    fn add_long(&mut self, pretoken: &[u8], count: u64) {
        match self.long.get_mut(pretoken) {
            Some(known) => *known += u128::from(count),
            None => {
                self.long.insert(pretoken.into(), u128::from(count));
            }
        }
    }

    /// Puts the keys that wait into their tables.
    pub fn flush(&mut self) {
        self.small.flush(&mut self.long);
        self.middle.flush(&mut self.long);
        self.large.flush(&mut self.long);
    }

    /// All tallies as one. `None` if the count of a pretoken does not fit into 64 bits.
    pub fn join(mut tallies: Vec<Self>, header: CountsHeader, threads: usize) -> Option<PretokenCounts> {
        for tally in &mut tallies {
            tally.flush();
        }
        let mut long = Long::default();
        for tally in &mut tallies {
            if long.is_empty() {
                long = std::mem::take(&mut tally.long);
                continue;
            }
            for (pretoken, count) in tally.long.drain() {
                *long.entry(pretoken).or_insert(0) += count;
            }
        }
        let over = long
            .keys()
            .any(|pretoken| pretoken.len() <= longest(8))
            .then_some(&long);
        let parts = if threads < 2 {
            vec![part(&tallies, over, 0, 1)]
        } else {
            std::thread::scope(|scope| {
                let tallies = &tallies;
                let workers: Vec<_> = (1..threads)
                    .map(|share| scope.spawn(move || part(tallies, over, share, threads)))
                    .collect();
                let mut parts = vec![part(tallies, over, 0, threads)];
                parts.extend(workers.into_iter().map(|worker| match worker.join() {
                    Ok(part) => part,
                    Err(panic) => std::panic::resume_unwind(panic),
                }));
                parts
            })
        };
        drop(tallies);
        let mut counted = PretokenCounts::collect(header, false);
        for part in parts {
            counted.append(part?);
        }
        for (pretoken, count) in &long {
            if pretoken.len() > longest(8) {
                counted.push(pretoken, u64::try_from(*count).ok()?, 0);
            }
        }
        Some(counted.finish())
    }
}

/// A share of the short pretokens of all tallies: those in the same part of each table.
///
/// A pretoken that several tables hold belongs to the first of them. All tables have the same hash and are in its order, so that the
/// look-ups in the others run along with the walk through the one: no new table has to be made.
fn part(tallies: &[Tally], over: Option<&Long>, share: usize, shares: usize) -> Option<Counted> {
    let mut counted = PretokenCounts::collect(CountsHeader::default(), false);
    let small: Vec<_> = tallies.iter().map(|tally| &tally.small.table).collect();
    let middle: Vec<_> = tallies.iter().map(|tally| &tally.middle.table).collect();
    let large: Vec<_> = tallies.iter().map(|tally| &tally.large.table).collect();
    take(&small, over, share, shares, &mut counted)?;
    take(&middle, over, share, shares, &mut counted)?;
    take(&large, over, share, shares, &mut counted)?;
    Some(counted)
}

fn take<const W: usize>(
    tables: &[&Table<W>],
    over: Option<&Long>,
    share: usize,
    shares: usize,
    counted: &mut Counted,
) -> Option<()> {
    let estimate = tables.iter().map(|table| table.len()).max().unwrap_or(0) / shares;
    // Two thirds of the longest: room for most, and `reserve` is no limit.
    counted.reserve(estimate, estimate * longest(W) * 2 / 3);
    for (own, table) in tables.iter().enumerate() {
        let bound = |share: usize| (table.slots() as u128 * share as u128 / shares as u128) as usize;
        'keys: for (key, count) in table.iter(bound(share)..bound(share + 1)) {
            let mut sum = u128::from(count);
            if tables.len() > 1 {
                let hash = table.hash(&key);
                for (other, table) in tables.iter().enumerate() {
                    if other != own
                        && let Some(count) = table.count(&key, hash)
                    {
                        if other < own {
                            continue 'keys;
                        }
                        sum += u128::from(count);
                    }
                }
            }
            let (bytes, length) = table::pretoken(&key);
            let pretoken = &bytes[..length];
            if let Some(over) = over
                && let Some(count) = over.get(pretoken)
            {
                sum += count;
            }
            counted.push(pretoken, u64::try_from(sum).ok()?, 0);
        }
    }
    Some(())
}

//! The merge loop: the most frequent pair becomes a token, everywhere, again and again.
//!
//! Exact, with three shortcuts: pairs are kept as `pairs.rs` says; a merge first adds up what its visits change and then touches each
//! distinct neighbour once; and pairs rarer than a threshold θ are not indexed at all. A pair that arises from a merge is never more
//! frequent than the merged pair was, so none below θ can be chosen while the chosen ones stay at θ or above; when they fall below, all
//! pairs are counted anew with a lower θ.

use super::options::Ties;
use super::pairs::{Key, Pairs, key, sides};
use super::queue::Queue;
use super::symbol::{Position, Symbol};
use super::text::Text;
use crate::monitor::{Interrupted, Monitor, Progress};
use crate::prefetch::prefetch;
use std::collections::HashMap;

/// When to stop, and how to choose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    /// Tokens to make.
    pub tokens: usize,
    /// No pair rarer than this is merged; at least 1.
    pub min_frequency: u64,
    /// No longer token is made.
    pub max_token_length: u64,
    pub ties: Ties,
    pub threshold: Threshold,
}

/// How θ is chosen: `numerator / denominator` of the R-th largest count, with R merges to do, after `first`, 2 · `first`, … merges.
///
/// At one half a rebuild hardly ever happens, at seven tenths it does (.1 to .35 s each). Tests set it so that it always does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Threshold {
    pub first: usize,
    pub numerator: u64,
    pub denominator: u64,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            first: 256,
            numerator: 1,
            denominator: 2,
        }
    }
}

/// A merge that was made, with the ids that the text was laid out with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub left: usize,
    pub right: usize,
    pub id: usize,
    pub count: u64,
}

/// Positions visited between two looks at the monitor: about a millisecond.
const VISITS_A_LOOK: usize = 1 << 16;

/// Tokens of one byte, where nothing else is there yet.
const BYTES: usize = 256;

/// How far ahead of the visit its slots are asked for.
const AHEAD: usize = 20;

/// What a merge adds up for one neighbour on one side.
#[derive(Clone, Copy, Default)]
struct Neighbour {
    weight: u64,
    /// Visits; then where the next position goes in the arena.
    number: u64,
}

/// No slice in the arena: the pair is not indexed.
const UNINDEXED: u64 = u64::MAX;

#[derive(Default)]
struct Side<S, P> {
    by_id: Vec<Neighbour>,
    /// Neighbours with a number above 0.
    touched: Vec<S>,
    /// Each visit: the neighbour, and where the new pair begins.
    visits: Vec<(S, P)>,
}

impl<S: Symbol, P: Position> Side<S, P> {
    fn new() -> Self {
        Self {
            by_id: Vec::new(),
            touched: Vec::new(),
            visits: Vec::new(),
        }
    }

    #[inline(always)]
    fn add(&mut self, neighbour: S, slot: usize, weight: u64) {
        let sum = &mut self.by_id[neighbour.id()];
        if sum.number == 0 {
            self.touched.push(neighbour);
        }
        sum.weight += weight;
        sum.number += 1;
        self.visits.push((neighbour, P::new(slot)));
    }

    /// Puts the visits into the slices that their neighbours were given, and forgets everything.
    fn distribute(&mut self, arena: &mut [P]) {
        for &(neighbour, position) in &self.visits {
            let next = &mut self.by_id[neighbour.id()].number;
            if *next != UNINDEXED {
                arena[*next as usize] = position;
                *next += 1;
            }
        }
        for neighbour in self.touched.drain(..) {
            self.by_id[neighbour.id()] = Neighbour::default();
        }
        self.visits.clear();
    }
}

/// The tokens that a merge may make again: those of a vocabulary that is continued.
pub(super) type Known = HashMap<Box<[u8]>, usize, foldhash::fast::RandomState>;

pub(super) struct Learner<'a, S, P> {
    text: Text<S>,
    /// In bytes, by id.
    lengths: Vec<u32>,
    pairs: Pairs<P>,
    queue: Queue,
    floor: u64,
    left: Side<S, P>,
    right: Side<S, P>,
    goal: Goal,
    steps: Vec<Step>,
    made: usize,
    unlooked: usize,
    monitor: &'a Monitor<'a>,
}

impl<'a, S: Symbol, P: Position> Learner<'a, S, P> {
    /// `lengths`: of the tokens that the text is laid out with, by id; new ids go on after them.
    pub fn new(text: Text<S>, lengths: Vec<u32>, goal: Goal, monitor: &'a Monitor<'a>) -> Self {
        Self {
            text,
            lengths,
            pairs: Pairs::new(),
            queue: Queue::new(),
            floor: goal.min_frequency.max(1),
            left: Side::new(),
            right: Side::new(),
            goal,
            steps: Vec::new(),
            made: 0,
            unlooked: 0,
            monitor,
        }
    }

    /// Makes the tokens that `goal` asks for, or as many as there are. `known`: the bytes of tokens there are already, with their ids, and
    /// the bytes of all tokens by id.
    pub fn run(mut self, mut known: Option<(Known, Vec<Box<[u8]>>)>) -> Result<Vec<Step>, Interrupted> {
        self.index_all()?;
        let mut next_look = self.goal.threshold.first.max(1);
        while self.made < self.goal.tokens {
            let Some((pair, count)) = self.next() else {
                if self.floor <= self.goal.min_frequency.max(1) {
                    break;
                }
                self.index_all()?;
                continue;
            };
            let (left, right) = sides(pair);
            let mut id = self.lengths.len();
            let mut is_new = true;
            if let Some((ids, bytes)) = &mut known {
                let joined = [bytes[left].as_ref(), bytes[right].as_ref()]
                    .concat()
                    .into_boxed_slice();
                if let Some(&there) = ids.get(&joined) {
                    id = there;
                    is_new = false;
                } else {
                    ids.insert(joined.clone(), id);
                    bytes.push(joined);
                }
            }
            self.steps.push(Step {
                left,
                right,
                id,
                count,
            });
            if is_new {
                self.lengths.push(self.lengths[left] + self.lengths[right]);
                self.made += 1;
                self.merge(pair, id)?;
            } else {
                // Pairs with a token that there was before are not born by this merge, so lists that are written once do not do.
                self.replace(pair, id)?;
                self.index_all()?;
            }
            if self.made >= next_look {
                next_look *= 2;
                self.raise_floor();
            }
        }
        Ok(self.steps)
    }

    fn next(&mut self) -> Option<(Key, u64)> {
        let (pairs, text, lengths) = (&mut self.pairs, &self.text, &self.lengths);
        let first_seen = self.goal.ties == Ties::FirstSeen;
        self.queue.pop(self.floor, |key| {
            let Some(pair) = pairs.get(key) else { return (0, 0) };
            if !first_seen {
                return (pair.count, key);
            }
            let (mut start, end) = (pair.start, pair.start + pair.number);
            let count = pair.count;
            while start < end && !holds(text, lengths, key, pairs.arena[start as usize].slot()) {
                start += 1;
            }
            if let Some(pair) = pairs.get_mut(key) {
                pair.start = start;
                pair.number = end - start;
            }
            let tie = if start < end {
                pairs.arena[start as usize].slot() as u64
            } else {
                u64::MAX
            };
            (count, tie)
        })
    }

    fn look(&mut self, visits: usize) -> Result<(), Interrupted> {
        self.unlooked += visits;
        if self.unlooked >= VISITS_A_LOOK {
            self.unlooked = 0;
            self.monitor.report(Progress {
                stage: "merging",
                unit: "merges",
                done: self.made as u64,
                total: Some(self.goal.tokens as u64),
            })?;
        }
        Ok(())
    }

    /// Merges a pair into a new token.
    fn merge(&mut self, pair: Key, id: usize) -> Result<(), Interrupted> {
        let (x, y) = sides(pair);
        let made = S::new(id);
        self.left.by_id.resize(id + 1, Neighbour::default());
        self.right.by_id.resize(id + 1, Neighbour::default());
        // Occurrences of (y, x) between two of the pair side by side: lost, with nothing born in their place.
        let mut between = 0;
        let range = match self.pairs.get_mut(pair) {
            Some(pair) => {
                pair.count = 0;
                pair.start as usize..(pair.start + pair.number) as usize
            }
            None => 0..0,
        };
        let mut begin = range.start;
        while begin < range.end {
            let end = range.end.min(begin + VISITS_A_LOOK);
            self.look(end - begin + 16)?;
            self.visit(x, y, made, begin..end, &mut between);
            begin = end;
        }
        self.look(64)?;
        self.settle(pair, id, between);
        Ok(())
    }

    /// Merges at the positions in a part of the arena, and notes the neighbours.
    fn visit(&mut self, x: usize, y: usize, made: S, range: std::ops::Range<usize>, between: &mut u64) {
        let (sx, sy) = (S::new(x), S::new(y));
        let (lx, ly) = (self.lengths[x] as usize, self.lengths[y] as usize);
        let Text {
            symbols,
            weights,
            shift,
            ..
        } = &mut self.text;
        let arena = &self.pairs.arena;
        for at in range {
            if let Some(ahead) = arena.get(at + AHEAD) {
                prefetch(symbols, ahead.slot());
                prefetch(weights, ahead.slot() >> *shift);
            }
            let slot = arena[at].slot();
            if symbols[slot] != sx || symbols[slot + lx] != sy {
                continue;
            }
            let after = slot + lx + ly;
            let weight = weights[slot >> *shift];
            let (before, behind) = (symbols[slot - 1], symbols[after]);
            if ly > 1 {
                symbols[slot + lx] = S::DEAD;
            }
            symbols[slot] = made;
            symbols[after - 1] = made;
            if before != S::END {
                let length = self.lengths[before.id()] as usize;
                self.left.add(before, slot - length, weight);
            }
            if behind == sx && symbols[after + lx] == sy {
                // The next visit merges there: (y, x) is lost, and (made, x) is never born.
                *between += weight;
            } else if behind != S::END {
                self.right.add(behind, slot, weight);
            }
        }
    }

    /// Takes what the visits changed over into the index.
    fn settle(&mut self, merged: Key, id: usize, between: u64) {
        let (x, y) = sides(merged);
        let lost = |pairs: &mut Pairs<P>, key: Key, weight: u64| {
            if key != merged
                && let Some(pair) = pairs.get_mut(key)
            {
                pair.count -= weight;
            }
        };
        if between > 0 {
            lost(&mut self.pairs, key(y, x), between);
        }
        for at in 0..self.left.touched.len() {
            if let Some(ahead) = self.left.touched.get(at + 4) {
                self.pairs.prefetch(key(ahead.id(), x));
            }
            let before = self.left.touched[at].id();
            let sum = self.left.by_id[before];
            if before != id {
                lost(&mut self.pairs, key(before, x), sum.weight);
            }
            self.left.by_id[before].number = self.bear(key(before, id), sum);
        }
        for at in 0..self.right.touched.len() {
            if let Some(ahead) = self.right.touched.get(at + 4) {
                self.pairs.prefetch(key(y, ahead.id()));
            }
            let behind = self.right.touched[at].id();
            let sum = self.right.by_id[behind];
            lost(&mut self.pairs, key(y, behind), sum.weight);
            self.right.by_id[behind].number = self.bear(key(id, behind), sum);
        }
        self.left.distribute(&mut self.pairs.arena);
        self.right.distribute(&mut self.pairs.arena);
    }

    /// Indexes a new pair where it may ever be chosen; returns where its positions go.
    fn bear(&mut self, key: Key, sum: Neighbour) -> u64 {
        if sum.weight < self.floor || !self.fits(key) {
            return UNINDEXED;
        }
        let start = self.pairs.extend_arena(sum.number as usize);
        let pair = self.pairs.entry(key, self.floor);
        pair.count = sum.weight;
        pair.start = start as u64;
        pair.number = sum.number;
        // The first position is not yet there; where ties go by it, what comes out of the queue is looked at again.
        let tie = if self.goal.ties == Ties::FirstSeen { 0 } else { key };
        self.queue.push(key, sum.weight, tie);
        start as u64
    }

    fn fits(&self, key: Key) -> bool {
        let (left, right) = sides(key);
        u64::from(self.lengths[left]) + u64::from(self.lengths[right]) <= self.goal.max_token_length
    }

    /// Merges a pair into a token that there was before, without keeping the index up.
    fn replace(&mut self, pair: Key, id: usize) -> Result<(), Interrupted> {
        let (x, y) = sides(pair);
        let (lx, ly) = (self.lengths[x] as usize, self.lengths[y] as usize);
        let Some(&found) = self.pairs.get(pair) else {
            return Ok(());
        };
        for at in found.start..found.start + found.number {
            if at % VISITS_A_LOOK as u64 == 0 {
                self.look(VISITS_A_LOOK)?;
            }
            let slot = self.pairs.arena[at as usize].slot();
            if holds(&self.text, &self.lengths, pair, slot) {
                let symbols = &mut self.text.symbols;
                symbols[slot + lx] = S::DEAD;
                symbols[slot] = S::new(id);
                symbols[slot + lx + ly - 1] = S::new(id);
            }
        }
        Ok(())
    }

    /// Raises θ to what the merges that are left to do can need.
    fn raise_floor(&mut self) {
        let mut counts: Vec<u64> = self.pairs.counts(self.floor).collect();
        if let Some(floor) = self.threshold(&mut counts) {
            self.floor = self.floor.max(floor);
        }
    }

    /// θ for these counts; `None` where there are fewer than merges to do.
    fn threshold(&self, counts: &mut [u64]) -> Option<u64> {
        let wanted = self.goal.tokens.saturating_sub(self.made).max(1);
        if counts.len() < wanted {
            return None;
        }
        let (_, nth, _) = counts.select_nth_unstable_by(wanted - 1, |a, b| b.cmp(a));
        let Threshold {
            numerator,
            denominator,
            ..
        } = self.goal.threshold;
        Some(
            (u128::from(*nth) * u128::from(numerator) / u128::from(denominator)).min(u128::from(u64::MAX))
                as u64,
        )
    }

    /// Counts all pairs of the text and indexes those at or above a θ that is fit for them.
    fn index_all(&mut self) -> Result<(), Interrupted> {
        let started_with = self.floor;
        let lowest = self.goal.min_frequency.max(1);
        self.pairs = Pairs::new();
        self.queue = Queue::new();
        self.look(VISITS_A_LOOK)?;
        if self.lengths.len() == BYTES && lowest == started_with {
            self.index_bytes();
            return Ok(());
        }
        let (pairs, text, max) = (&mut self.pairs, &self.text, self.goal.max_token_length);
        let lengths = &self.lengths;
        let fits = |left: usize, right: usize| u64::from(lengths[left]) + u64::from(lengths[right]) <= max;
        text.for_each_pair(lengths, |left, right, slot| {
            if fits(left, right) {
                let pair = pairs.entry(key(left, right), 0);
                pair.count += text.weight(slot);
                pair.number += 1;
            }
        });
        self.monitor.check()?;
        let mut counts: Vec<u64> = pairs.counts(lowest).collect();
        let top = counts.iter().copied().max().unwrap_or(0);
        let floor = if self.steps.is_empty() || started_with <= lowest {
            lowest
        } else {
            // At most what is there, so that each rebuild lets at least one merge be made.
            self.threshold(&mut counts).unwrap_or(lowest).min(top).max(lowest)
        };
        self.floor = floor;
        let pairs = &mut self.pairs;
        pairs.allot(floor);
        text.for_each_pair(lengths, |left, right, slot| pairs.put(key(left, right), slot));
        self.queue_all();
        Ok(())
    }

    /// [`Learner::index_all`] for a text of nothing but bytes: their pairs are so few that a dense array holds them.
    fn index_bytes(&mut self) {
        let symbols = &self.text.symbols;
        let mut sums = vec![(0_u64, 0_u64); BYTES * BYTES];
        for (block, &weight) in self.text.weights.iter().enumerate() {
            let (begin, end) = (block << self.text.shift, (block + 1) << self.text.shift);
            let part = &symbols[begin..symbols.len().min(end + 1)];
            for pair in part.windows(2) {
                if pair[0] != S::END && pair[1] != S::END {
                    let sum = &mut sums[square(pair[0], pair[1])];
                    sum.0 += weight;
                    sum.1 += 1;
                }
            }
        }
        let mut next = vec![UNINDEXED; BYTES * BYTES];
        for (at, &(count, number)) in sums.iter().enumerate() {
            let key = key(at / BYTES, at % BYTES);
            if count >= self.floor && self.fits(key) {
                let start = self.pairs.extend_arena(number as usize) as u64;
                self.pairs.insert(key, count, start, number);
                next[at] = start;
            }
        }
        let arena = &mut self.pairs.arena;
        for (slot, pair) in self.text.symbols.windows(2).enumerate() {
            if pair[0] != S::END && pair[1] != S::END {
                let next = &mut next[square(pair[0], pair[1])];
                if *next != UNINDEXED {
                    arena[*next as usize] = P::new(slot);
                    *next += 1;
                }
            }
        }
        self.queue_all();
    }

    fn queue_all(&mut self) {
        for (key, count) in self.pairs.iter(self.floor) {
            let tie = match self.goal.ties {
                Ties::SmallestIds => key,
                Ties::FirstSeen => 0,
            };
            self.queue.push(key, count, tie);
        }
    }
}

/// Where the counts of a pair of bytes stand.
#[inline(always)]
fn square<S: Symbol>(left: S, right: S) -> usize {
    left.id() * BYTES + right.id()
}

/// Whether a pair begins at a slot.
#[inline(always)]
fn holds<S: Symbol>(text: &Text<S>, lengths: &[u32], pair: Key, slot: usize) -> bool {
    let (x, y) = sides(pair);
    text.symbols[slot] == S::new(x) && text.symbols[slot + lengths[x] as usize] == S::new(y)
}

//! Pairs of neighbouring tokens: how often each occurs, and where.
//!
//! A pair can arise only while the younger of its two tokens is being made, so its list of positions is written once, into an exact slice
//! of one append-only arena, and its count only falls from then on. Positions that no longer hold the pair are found out on the visit.

use super::symbol::Position;
use crate::huge_pages;
use crate::prefetch::prefetch;

/// The two ids of a pair, the left one in the upper half: the order of keys is that of (left, right).
pub(super) type Key = u64;

#[inline(always)]
pub(super) fn key(left: usize, right: usize) -> Key {
    (left as u64) << 32 | right as u64
}

#[inline(always)]
pub(super) fn sides(key: Key) -> (usize, usize) {
    ((key >> 32) as usize, key as u32 as usize)
}

/// What is known of a pair.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    key: Key,
    /// How often it occurs now.
    pub count: u64,
    /// Where its positions begin in the arena.
    pub start: u64,
    /// How many positions it was born with.
    pub number: u64,
}

const EMPTY: Key = Key::MAX;
const VACANT: Pair = Pair {
    key: EMPTY,
    count: 0,
    start: 0,
    number: 0,
};

/// An open-addressing table of pairs, and the arena of their positions.
pub(super) struct Pairs<P> {
    slots: Vec<Pair>,
    shift: u32,
    used: usize,
    pub arena: Vec<P>,
}

impl<P: Position> Pairs<P> {
    pub fn new() -> Self {
        let bits = 12;
        Self {
            slots: vec![VACANT; 1 << bits],
            shift: 64 - bits,
            used: 0,
            arena: Vec::new(),
        }
    }

    #[inline(always)]
    fn home(&self, key: Key) -> usize {
        // Folding the two halves of the product lets both ids reach the upper bits.
        let product = u128::from(key ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93_u128;
        (((product >> 64) as u64 ^ product as u64) >> self.shift) as usize
    }

    /// Asks for the cache line in which `key` would be.
    #[inline(always)]
    pub fn prefetch(&self, key: Key) {
        prefetch(&self.slots, self.home(key));
    }

    #[inline(always)]
    fn find(&self, key: Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.home(key);
        while self.slots[at].key != key && self.slots[at].key != EMPTY {
            at = (at + 1) & mask;
        }
        at
    }

    #[inline(always)]
    pub fn get(&self, key: Key) -> Option<&Pair> {
        let pair = &self.slots[self.find(key)];
        (pair.key == key).then_some(pair)
    }

    #[inline(always)]
    pub fn get_mut(&mut self, key: Key) -> Option<&mut Pair> {
        let at = self.find(key);
        let pair = &mut self.slots[at];
        (pair.key == key).then_some(pair)
    }

    /// The pair, made with count 0 where it is new.
    #[inline(always)]
    pub fn entry(&mut self, key: Key, floor: u64) -> &mut Pair {
        if self.used * 2 >= self.slots.len() {
            self.grow(floor);
        }
        let at = self.find(key);
        let pair = &mut self.slots[at];
        if pair.key == EMPTY {
            *pair = Pair { key, ..VACANT };
            self.used += 1;
        }
        pair
    }

    /// Makes room; pairs rarer than `floor` are forgotten, since counts only fall.
    #[cold]
    fn grow(&mut self, floor: u64) {
        let live = self.counts(floor).count();
        let mut size = self.slots.len();
        while live * 3 >= size {
            size *= 2;
        }
        let mut slots = huge_pages::with_capacity(size);
        slots.resize(size, VACANT);
        let old = std::mem::replace(&mut self.slots, slots);
        self.shift = 64 - size.trailing_zeros();
        self.used = live;
        for pair in old {
            if pair.key != EMPTY && pair.count >= floor {
                let at = self.find(pair.key);
                self.slots[at] = pair;
            }
        }
    }

    /// The counts of all pairs at or above `floor`, in no order.
    pub fn counts(&self, floor: u64) -> impl Iterator<Item = u64> {
        self.iter(floor).map(|(_, count)| count)
    }

    /// All pairs at or above `floor`, in no order.
    pub fn iter(&self, floor: u64) -> impl Iterator<Item = (Key, u64)> {
        self.slots
            .iter()
            .filter(move |pair| pair.key != EMPTY && pair.count >= floor)
            .map(|pair| (pair.key, pair.count))
    }

    /// Gives each pair at or above `floor` a slice of the arena for as many positions as `number` says, and forgets the others.
    /// `number` is 0 afterwards: it counts up while positions are put in by [`Pairs::put`].
    pub fn allot(&mut self, floor: u64) {
        let mut size = self.arena.len() as u64;
        for pair in &mut self.slots {
            if pair.key == EMPTY || pair.count < floor {
                continue;
            }
            pair.start = size;
            size += pair.number;
            pair.number = 0;
        }
        self.extend_arena((size - self.arena.len() as u64) as usize);
        self.grow(floor);
    }

    /// Makes the arena longer; returns how long it was.
    #[inline]
    pub fn extend_arena(&mut self, more: usize) -> usize {
        let start = self.arena.len();
        huge_pages::reserve(&mut self.arena, more);
        self.arena.resize(start + more, P::default());
        start
    }

    /// Adds a pair whose positions lie in the arena.
    pub fn insert(&mut self, key: Key, count: u64, start: u64, number: u64) {
        *self.entry(key, 0) = Pair {
            key,
            count,
            start,
            number,
        };
    }

    /// Adds a position to a pair that has room for it; others are left out.
    #[inline(always)]
    pub fn put(&mut self, key: Key, slot: usize) {
        let at = self.find(key);
        let pair = &mut self.slots[at];
        if pair.key == key {
            self.arena[(pair.start + pair.number) as usize] = P::new(slot);
            pair.number += 1;
        }
    }
}

//! Where the nodes of a trie stand: looked for, or as they were found before, which takes a small part of the time.

use super::pairs::{NONE, Symbol};
use crate::huge_pages;
use std::collections::VecDeque;

/// Slots of a block: the children of a node, which share a base, lie in one.
const BLOCK: usize = 256;

/// A slot that no byte leads to.
const EMPTY: u64 = ((NONE as u64) << 32) | 0x1FF;

const MAXIMAL_BASE: usize = (1 << 23) - 1;

/// Blocks that are looked through for room before a new one is made; more of them save memory and cost time at load.
const OPEN_BLOCKS: usize = 8;

/// How a trie was laid out; enough, with the tokens, to build it without looking for anything.
pub(crate) struct Layout {
    /// The symbols in the order of their bytes.
    pub(crate) order: Vec<Symbol>,
    /// The base of each node that has children, in the order in which they were placed.
    pub(crate) bases: Vec<u32>,
    /// The length of the array.
    pub(crate) slots: usize,
}

/// Gives nodes their places.
pub(super) trait Places {
    /// A base that no other node has, whose slots for all of `bytes` are empty; nothing where there is none.
    fn place(&mut self, bytes: &[u8]) -> Option<usize>;

    /// All slots. Those that were given are to be filled before the next are asked for.
    fn slots(&mut self) -> &mut Vec<u64>;
}

/// Finds places in blocks that are not full.
pub(super) struct Finding {
    slots: Vec<u64>,
    open: VecDeque<Block>,
    /// The bases that were found, in that order.
    pub(super) bases: Vec<u32>,
}

impl Finding {
    /// For about so many tokens.
    pub(super) fn new(tokens: usize) -> Self {
        // About 2.5 nodes a token; a wrong guess costs time or address space only.
        let mut slots = huge_pages::with_capacity(tokens * 3);
        // Base 0 is that of nodes without children, so its block stays empty.
        slots.resize(BLOCK, EMPTY);
        Self {
            slots,
            open: VecDeque::new(),
            bases: Vec::with_capacity(tokens),
        }
    }

    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        if let Some(base) = self.open.iter_mut().rev().find_map(|block| block.take(bytes)) {
            return Some(base);
        }
        let start = self.slots.len();
        if start + BLOCK > MAXIMAL_BASE {
            return None;
        }
        self.slots.resize(start + BLOCK, EMPTY);
        if self.open.len() == OPEN_BLOCKS {
            self.open.pop_front();
        }
        let mut block = Block {
            start,
            slots: [u64::MAX; BLOCK / 64],
            bases: [u64::MAX; BLOCK / 64],
        };
        let base = block.take(bytes);
        self.open.push_back(block);
        base
    }
}

impl Places for Finding {
    fn place(&mut self, bytes: &[u8]) -> Option<usize> {
        let base = self.find(bytes)?;
        self.bases.push(base as u32);
        Some(base)
    }

    #[inline(always)]
    fn slots(&mut self) -> &mut Vec<u64> {
        &mut self.slots
    }
}

/// A block with room: bits of its free slots, and of the bases in it that no node has.
struct Block {
    start: usize,
    slots: [u64; BLOCK / 64],
    bases: [u64; BLOCK / 64],
}

impl Block {
    /// A base whose slots for all of `bytes` (one at least) are free; they are then taken.
    fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        let has = |bits: &[u64; BLOCK / 64], place: u8| bits[place as usize / 64] >> (place % 64) & 1 == 1;
        for word in 0..BLOCK / 64 {
            let mut free = self.slots[word];
            while free != 0 {
                let base = (word as u8 * 64 + free.trailing_zeros() as u8) ^ bytes[0];
                free &= free - 1;
                if has(&self.bases, base) && bytes[1..].iter().all(|byte| has(&self.slots, base ^ byte)) {
                    for place in bytes.iter().map(|byte| base ^ byte) {
                        self.slots[place as usize / 64] &= !(1 << (place % 64));
                    }
                    self.bases[base as usize / 64] &= !(1 << (base % 64));
                    return Some(self.start + base as usize);
                }
            }
        }
        None
    }
}

/// Gives the places of a [`Layout`], of which nothing is believed.
pub(super) struct Following<I> {
    slots: Vec<u64>,
    bases: I,
    /// A bit for each base that a node has.
    taken: Vec<u64>,
}

impl<I: Iterator<Item = u32>> Following<I> {
    /// Nothing where no array can have so many slots.
    pub(super) fn new(bases: I, slots: usize) -> Option<Self> {
        (slots.is_multiple_of(BLOCK) && (BLOCK..=MAXIMAL_BASE).contains(&slots)).then(|| Self {
            slots: huge_pages::filled(EMPTY, slots),
            bases,
            taken: vec![0; slots / 64],
        })
    }

    /// Whether there are no further places.
    pub(super) fn is_done(&mut self) -> bool {
        self.bases.next().is_none()
    }
}

impl<I: Iterator<Item = u32>> Places for Following<I> {
    fn place(&mut self, bytes: &[u8]) -> Option<usize> {
        let base = self.bases.next()? as usize;
        if !(BLOCK..self.slots.len()).contains(&base) {
            return None;
        }
        let (word, bit) = (&mut self.taken[base / 64], 1 << (base % 64));
        let is_free = *word & bit == 0
            && bytes
                .iter()
                .all(|&byte| self.slots[base ^ byte as usize] == EMPTY);
        *word |= bit;
        is_free.then_some(base)
    }

    #[inline(always)]
    fn slots(&mut self) -> &mut Vec<u64> {
        &mut self.slots
    }
}

//! The longest token that a text begins with: a double array over the tokens that merging reaches.
//!
//! A node's children stand at `base ^ byte`, so they share an aligned block of 256 slots; no two nodes have one base, so a slot need only remember the byte that
//! leads to it. A slot is 8 bytes: symbol (32), base (23), byte (9, above 255 for an empty slot). The first two bytes are looked up directly.

use super::pairs::{BYTES, NONE, Symbol};
use crate::huge_pages::{self, Array, prefetch};
use std::collections::VecDeque;

const BLOCK: usize = 256;
const EMPTY: u64 = ((NONE as u64) << 32) | 0x1FF;
const MAXIMAL_BASE: usize = (1 << 23) - 1;
/// Blocks that are looked through for room before a new one is made; more of them save memory and cost time at load.
const OPEN_BLOCKS: usize = 8;

/// The trie.
pub(crate) struct Trie {
    slots: Array<u64>,
    /// By the first two bytes: the slot there, with the longest symbol up to it.
    roots: Box<[u64]>,
    /// By the only byte.
    single: Box<[Symbol]>,
}

/// A place in the trie.
#[derive(Clone, Copy)]
pub(crate) struct Node(u64);

impl Node {
    /// The symbol that ends here (at the root: the longest one up to here), or [`NONE`].
    #[inline(always)]
    pub(crate) fn symbol(self) -> Symbol {
        symbol_of(self.0)
    }
}

#[inline(always)]
fn symbol_of(slot: u64) -> Symbol {
    (slot >> 32) as Symbol
}

#[inline(always)]
fn base_of(slot: u64) -> usize {
    ((slot as u32) >> 9) as usize
}

fn pack(symbol: Symbol, base: usize, byte: u8) -> u64 {
    (u64::from(symbol) << 32) | ((base as u64) << 9) | u64::from(byte)
}

/// Children still to be placed: those of the node over `tokens[low..high]`, which agree in their first `depth` bytes.
struct Pending {
    low: usize,
    high: usize,
    depth: usize,
    longest: Symbol,
    /// The slot that gets the base; `None`: the root of two bytes with this index.
    slot: Result<usize, usize>,
}

struct Builder {
    slots: Vec<u64>,
    open: VecDeque<Block>,
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

impl Builder {
    /// A base whose slots for all of `bytes` are free, or `None` where the array has grown too large.
    fn place(&mut self, bytes: &[u8]) -> Option<usize> {
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

impl Trie {
    /// From the bytes of each symbol (empty: none), with the longest symbol that each symbol begins with, itself left out; `None` where there are too many.
    pub(crate) fn new(symbols: &[&[u8]]) -> Option<(Self, Vec<Symbol>)> {
        let mut tokens: Vec<Entry> = symbols
            .iter()
            .enumerate()
            .filter(|(_, bytes)| !bytes.is_empty())
            .map(|(symbol, bytes)| Entry {
                leading: leading(bytes),
                symbol: symbol as Symbol,
                length: bytes.len() as u32,
            })
            .collect();
        tokens.sort_unstable_by(|a, b| {
            a.leading
                .cmp(&b.leading)
                .then_with(|| symbols[a.symbol as usize].cmp(symbols[b.symbol as usize]))
        });
        let byte_at = |entry: &Entry, depth: usize| {
            if depth < LEADING {
                (entry.leading >> (8 * (LEADING - 1 - depth))) as u8
            } else {
                symbols[entry.symbol as usize][depth]
            }
        };
        let mut single = vec![NONE; BYTES].into_boxed_slice();
        for (symbol, bytes) in symbols.iter().enumerate() {
            if let [byte] = bytes {
                single[*byte as usize] = symbol as Symbol;
            }
        }
        let mut roots = vec![0; BYTES * BYTES].into_boxed_slice();
        for (index, root) in roots.iter_mut().enumerate() {
            *root = pack(single[index / BYTES], 0, 0);
        }
        // Base 0 is that of nodes without children, so its block stays empty.
        let mut builder = Builder {
            slots: {
                // About 2.5 nodes a token; a wrong guess costs time or address space only.
                let mut slots = huge_pages::with_capacity(symbols.len() * 3);
                slots.resize(BLOCK, EMPTY);
                slots
            },
            open: VecDeque::new(),
        };
        let mut shorter = vec![NONE; symbols.len()];
        let mut pending = Vec::new();
        let mut low = 0;
        while low < tokens.len() {
            let first = &tokens[low];
            if first.length < 2 {
                low += 1;
                continue;
            }
            let two = |entry: &Entry| (entry.leading >> (8 * (LEADING - 2))) as usize;
            let index = two(first);
            let mut high = low + 1;
            while high < tokens.len() && tokens[high].length > 1 && two(&tokens[high]) == index {
                high += 1;
            }
            let mut longest = single[index / BYTES];
            if first.length == 2 {
                let symbol = first.symbol;
                shorter[symbol as usize] = longest;
                longest = symbol;
                low += 1;
            }
            roots[index] = pack(longest, 0, 0);
            if low < high {
                pending.push(Pending {
                    low,
                    high,
                    depth: 2,
                    longest,
                    slot: Err(index),
                });
            }
            low = high;
        }
        let mut bytes = Vec::new();
        let mut groups = Vec::new();
        while let Some(node) = pending.pop() {
            bytes.clear();
            groups.clear();
            let mut low = node.low;
            while low < node.high {
                let byte = byte_at(&tokens[low], node.depth);
                let mut high = low + 1;
                while high < node.high && byte_at(&tokens[high], node.depth) == byte {
                    high += 1;
                }
                bytes.push(byte);
                groups.push((low, high));
                low = high;
            }
            let base = builder.place(&bytes)?;
            let parent = match node.slot {
                Ok(slot) => &mut builder.slots[slot],
                Err(root) => &mut roots[root],
            };
            *parent |= (base as u64) << 9;
            for (&byte, &(mut low, high)) in bytes.iter().zip(&groups) {
                let mut longest = node.longest;
                let mut here = NONE;
                let Entry {
                    symbol: first,
                    length,
                    ..
                } = tokens[low];
                if length as usize == node.depth + 1 {
                    shorter[first as usize] = longest;
                    here = first;
                    longest = first;
                    low += 1;
                }
                let slot = base ^ byte as usize;
                builder.slots[slot] = pack(here, 0, byte);
                if low < high {
                    pending.push(Pending {
                        low,
                        high,
                        depth: node.depth + 1,
                        longest,
                        slot: Ok(slot),
                    });
                }
            }
        }
        let trie = Self {
            slots: Array::from(&*builder.slots),
            roots,
            single,
        };
        Some((trie, shorter))
    }

    /// Gives each symbol another number, from 0 on, or none ([`NONE`]; the bytes keep theirs); in `shorter`, as it came from [`Trie::new`], too.
    pub(crate) fn renumber(&mut self, numbers: &[Symbol], shorter: &[Symbol]) -> Vec<Symbol> {
        // The longest of what a symbol begins with, itself included, that is left.
        let left = |mut symbol: Symbol| {
            while symbol != NONE && numbers[symbol as usize] == NONE {
                symbol = shorter[symbol as usize];
            }
            if symbol == NONE {
                NONE
            } else {
                numbers[symbol as usize]
            }
        };
        for root in &mut self.roots {
            *root = pack(left(symbol_of(*root)), 0, 0) | u64::from(*root as u32);
        }
        for slot in &mut *self.slots {
            if symbol_of(*slot) != NONE {
                let number = numbers[symbol_of(*slot) as usize];
                *slot = pack(number, 0, 0) | u64::from(*slot as u32);
            }
        }
        let count = numbers.iter().filter(|&&number| number != NONE).count();
        let mut renumbered = vec![NONE; count];
        for (symbol, &number) in numbers.iter().enumerate() {
            if number != NONE {
                renumbered[number as usize] = left(shorter[symbol]);
            }
        }
        renumbered
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.roots) + size_of_val(&*self.single)
    }

    /// The symbol that is `text`, or [`NONE`].
    #[inline]
    pub(crate) fn whole(&self, text: &[u8]) -> Symbol {
        let [first, second, rest @ ..] = text else {
            return text.first().map_or(NONE, |&byte| self.single[byte as usize]);
        };
        let root = self.roots[*first as usize * BYTES + *second as usize];
        if rest.is_empty() {
            // What is not a byte has both.
            return if symbol_of(root) as usize >= BYTES {
                symbol_of(root)
            } else {
                NONE
            };
        }
        let mut slot = root;
        for &byte in rest {
            slot = self.slots[base_of(slot) ^ byte as usize];
            if slot as u32 & 0x1FF != u32::from(byte) {
                return NONE;
            }
        }
        symbol_of(slot)
    }

    /// Begins a walk along a text whose first two bytes these are.
    #[inline(always)]
    pub(crate) fn root(&self, first: u8, second: u8) -> Node {
        Node(self.roots[first as usize * BYTES + second as usize])
    }

    /// Asks for where [`Trie::step`] goes.
    #[inline(always)]
    pub(crate) fn prefetch_step(&self, node: Node, byte: u8) {
        prefetch(&self.slots[base_of(node.0) ^ byte as usize]);
    }

    /// A byte further on.
    #[inline(always)]
    pub(crate) fn step(&self, node: Node, byte: u8) -> Option<Node> {
        let slot = self.slots[base_of(node.0) ^ byte as usize];
        (slot as u32 & 0x1FF == u32::from(byte)).then_some(Node(slot))
    }

    /// Asks for where a walk begins.
    #[inline(always)]
    pub(crate) fn prefetch_root(&self, first: u8, second: u8) {
        prefetch(&self.roots[first as usize * BYTES + second as usize]);
    }

    /// The longest symbol that `text` begins with, or [`NONE`]; `steps` grows by the bytes looked at.
    #[inline]
    pub(crate) fn longest(&self, text: &[u8], steps: &mut u64) -> Symbol {
        let [first, second, rest @ ..] = text else {
            return text.first().map_or(NONE, |&byte| self.single[byte as usize]);
        };
        let root = self.roots[*first as usize * BYTES + *second as usize];
        let mut longest = symbol_of(root);
        let mut base = base_of(root);
        *steps += 2;
        for &byte in rest {
            let slot = self.slots[base ^ byte as usize];
            *steps += 1;
            if slot as u32 & 0x1FF != u32::from(byte) {
                break;
            }
            if symbol_of(slot) != NONE {
                longest = symbol_of(slot);
            }
            base = base_of(slot);
        }
        longest
    }
}

/// Bytes of a token that are kept beside it while the trie is built: of most tokens all, so that theirs elsewhere are not asked.
const LEADING: usize = 16;

/// A token, to be sorted.
struct Entry {
    /// See [`leading`].
    leading: u128,
    symbol: Symbol,
    length: u32,
}

/// The first bytes as a number that sorts as they do.
fn leading(bytes: &[u8]) -> u128 {
    let mut first = [0; LEADING];
    let count = bytes.len().min(LEADING);
    first[..count].copy_from_slice(&bytes[..count]);
    u128::from_be_bytes(first)
}

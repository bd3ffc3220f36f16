//! The longest token that a text begins with: a double array over the tokens that merging reaches.
//!
//! A node's children stand at `base ^ byte`, so they share an aligned block of 256 slots; no two nodes have one base, so a slot need only remember the byte that
//! leads to it. A slot is 8 bytes: symbol (32), base (23), byte (9, above 255 for an empty slot). The first two bytes are looked up directly.

use super::layout::{Finding, Following, Layout, Places};
use super::pairs::{BYTES, NONE, Symbol};
use crate::huge_pages::Array;
use std::cmp::Ordering;

/// The trie.
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Trie {
    slots: Array<u64>,
    /// By the first two bytes: the slot there, with the longest symbol up to it.
    roots: Box<[u64]>,
    /// By the only byte.
    single: Box<[Symbol]>,
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

impl Trie {
    /// From the bytes of each symbol (empty: none), with the longest symbol that each symbol begins with, itself left out, and how it was laid out; `None` where there
    /// are too many.
    pub(crate) fn new(symbols: &[&[u8]]) -> Option<(Self, Vec<Symbol>, Layout)> {
        let mut tokens = Entry::all(symbols);
        tokens.retain(|token| token.length > 0);
        tokens.sort_unstable_by(|a, b| a.compare(b, symbols));
        let mut places = Finding::new(symbols.len());
        let (trie, shorter) = Self::build(symbols, &tokens, &mut places)?;
        let layout = Layout {
            order: tokens.iter().map(|token| token.symbol).collect(),
            bases: places.bases,
            slots: trie.slots.len(),
        };
        Some((trie, shorter, layout))
    }

    /// [`Trie::new`] of the same symbols once more; nothing where the layout is not one of theirs. `order`, `bases`, `slots`: see [`Layout`].
    pub(crate) fn laid_out(
        symbols: &[&[u8]],
        order: impl ExactSizeIterator<Item = Symbol>,
        bases: impl Iterator<Item = u32>,
        slots: usize,
    ) -> Option<(Self, Vec<Symbol>)> {
        // All of them first, in the order in which their bytes lie in memory: leaping from token to token took twice as long.
        let all = Entry::all(symbols);
        let count = all.iter().filter(|token| token.length > 0).count();
        if order.len() != count {
            return None;
        }
        let mut tokens: Vec<Entry> = Vec::with_capacity(count);
        for symbol in order {
            let token = *all.get(symbol as usize).filter(|token| token.length > 0)?;
            // As many as there are, each greater than the last: each of them once.
            if tokens
                .last()
                .is_some_and(|last| last.compare(&token, symbols).is_ge())
            {
                return None;
            }
            tokens.push(token);
        }
        let mut places = Following::new(bases, slots)?;
        let built = Self::build(symbols, &tokens, &mut places)?;
        places.is_done().then_some(built)
    }

    /// From sorted tokens.
    fn build(symbols: &[&[u8]], tokens: &[Entry], places: &mut impl Places) -> Option<(Self, Vec<Symbol>)> {
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
            let base = places.place(&bytes)?;
            let parent = match node.slot {
                Ok(slot) => &mut places.slots()[slot],
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
                places.slots()[slot] = pack(here, 0, byte);
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
            slots: Array::from(&**places.slots()),
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
#[derive(Clone, Copy)]
struct Entry {
    /// See [`leading`].
    leading: u128,
    symbol: Symbol,
    length: u32,
}

impl Entry {
    /// Of each symbol.
    fn all(symbols: &[&[u8]]) -> Vec<Self> {
        let entry = |(symbol, bytes): (Symbol, &&[u8])| Self {
            leading: leading(bytes),
            symbol,
            length: bytes.len() as u32,
        };
        (0..).zip(symbols).map(entry).collect()
    }

    /// By their bytes.
    fn compare(&self, other: &Self, symbols: &[&[u8]]) -> Ordering {
        let bytes = |entry: &Self| symbols[entry.symbol as usize];
        let leading = self.leading.cmp(&other.leading);
        leading.then_with(|| bytes(self).cmp(bytes(other)))
    }
}

/// The first bytes as a number that sorts as they do.
fn leading(bytes: &[u8]) -> u128 {
    let mut first = [0; LEADING];
    let count = bytes.len().min(LEADING);
    first[..count].copy_from_slice(&bytes[..count]);
    u128::from_be_bytes(first)
}

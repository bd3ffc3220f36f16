//! The pair table: which symbol two neighbours become.
//!
//! Symbols number what merging can produce, in the order in which it is produced: the 256 bytes first, then one symbol for each token that merging
//! reaches, by rank. So the lower of two symbols is the one that is merged first, and rank and result of a merge are one number.
//!
//! One pair for each symbol is enough, whichever the semantics. Merging is deterministic, and what happens within a span that ends as one symbol does
//! not depend on what lies around it; so a symbol is always made by the same last merge. A pair that would give the same bytes from another split is
//! never the lowest when it is there, and leaving it out changes nothing.

use crate::huge_pages::{Array, prefetch};

/// A number for something that merging produces.
pub(crate) type Symbol = u32;

/// No symbol.
pub(crate) const NONE: Symbol = u32::MAX;

/// The number of symbols that are single bytes; symbol `b` is byte `b`, whether the vocabulary has a token for it or not.
pub(crate) const BYTES: usize = 256;

/// Something that knows what two neighbours become.
pub(crate) trait Pairs {
    /// What `left` and `right` become, or [`NONE`].
    fn get(&self, left: Symbol, right: Symbol) -> Symbol;

    /// [`Pairs::get`] for two bytes.
    fn of_bytes(&self, left: Symbol, right: Symbol) -> Symbol;
}

/// What there is to know of a symbol; together, since they are needed together and each would be a cache miss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// The two symbols that it is made of; a byte has none ([`NONE`]).
    pub(crate) parts: [Symbol; 2],
    /// The longest symbol that it begins with, itself left out, or [`NONE`]; only where there is a trie.
    pub(crate) shorter: Symbol,
    /// Its length in bytes.
    pub(crate) length: u32,
}

/// (left, right) → symbol: open addressing over 8-byte slots.
///
/// A slot holds 32 bits of the hash and the symbol; the two parts are compared only where these bits agree, so that a look-up that finds nothing (most of them)
/// touches one cache line.
pub(crate) struct PairTable {
    facts: Array<Facts>,
    slots: Array<u64>,
    shift: u32,
    /// A bit for the hash of each pair; see [`FILTER_BITS`].
    filter: Box<[u64]>,
    filter_shift: u32,
    /// What two bytes become: every merge of a text begins with these.
    bytes: Box<[Symbol]>,
}

/// Bits of the filter a pair, as a power of two: one look-up in 16 that finds nothing gets past it, and 200,000 pairs have a filter of 512 kB, which
/// stays in the second-level cache where the slots (4 MB) do not.
const FILTER_BITS: usize = 16;

const EMPTY: u64 = NONE as u64;

/// Multiplies and folds; the constant is 2⁶⁴ / φ.
#[inline(always)]
pub(crate) fn hash_pair(left: Symbol, right: Symbol) -> u64 {
    let key = (u64::from(left) << 32) | u64::from(right);
    let product = u128::from(key ^ 0x243F_6A88_85A3_08D3) * 0x9E37_79B9_7F4A_7C15;
    (product as u64) ^ ((product >> 64) as u64)
}

#[inline(always)]
fn filter_bit(hash: u64) -> u64 {
    1 << (hash & 63)
}

impl PairTable {
    /// Without pairs, for up to `count` symbols.
    pub(crate) fn empty(count: usize) -> Self {
        // At most half full: probes stay within one cache line.
        let bits = (count * 2).next_power_of_two().trailing_zeros().max(4);
        let words = (count * FILTER_BITS / 64).next_power_of_two().max(4);
        let unknown = Facts {
            parts: [NONE, NONE],
            shorter: NONE,
            length: 0,
        };
        let mut facts = Array::filled(unknown, count);
        for byte in facts.iter_mut().take(BYTES) {
            byte.length = 1;
        }
        Self {
            facts,
            slots: Array::filled(EMPTY, 1 << bits),
            shift: 64 - bits,
            filter: vec![0; words].into_boxed_slice(),
            filter_shift: 64 - words.trailing_zeros(),
            bytes: vec![NONE; BYTES * BYTES].into_boxed_slice(),
        }
    }

    /// Adds a symbol.
    pub(crate) fn insert(&mut self, symbol: Symbol, facts: Facts) {
        self.facts[symbol as usize] = facts;
        self.enter(symbol, facts.parts);
    }

    /// To be called when all symbols are there; `shorter` says which one each begins with, or is empty.
    pub(crate) fn finish(&mut self, shorter: &[Symbol]) {
        for (facts, &shorter) in self.facts.iter_mut().zip(shorter) {
            facts.shorter = shorter;
        }
    }

    fn enter(&mut self, symbol: Symbol, [left, right]: [Symbol; 2]) {
        if (left as usize) < BYTES && (right as usize) < BYTES {
            self.bytes[left as usize * BYTES + right as usize] = symbol;
        }
        let hash = hash_pair(left, right);
        let mask = self.slots.len() - 1;
        let mut index = (hash >> self.shift) as usize;
        while self.slots[index & mask] != EMPTY {
            index += 1;
        }
        self.slots[index & mask] = (hash << 32) | u64::from(symbol);
        self.filter[(hash >> self.filter_shift) as usize] |= filter_bit(hash);
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.facts)
            + size_of_val(&*self.slots)
            + size_of_val(&*self.filter)
            + size_of_val(&*self.bytes)
    }

    /// Asks for what a look-up of a pair will read.
    #[inline(always)]
    pub(crate) fn prefetch(&self, left: Symbol, right: Symbol) {
        let hash = hash_pair(left, right);
        prefetch(&self.filter[(hash >> self.filter_shift) as usize]);
        prefetch(&self.slots[(hash >> self.shift) as usize & (self.slots.len() - 1)]);
    }

    /// Asks for what there is to know of a symbol.
    #[inline(always)]
    pub(crate) fn prefetch_facts(&self, symbol: Symbol) {
        prefetch(&self.facts[symbol as usize]);
    }

    /// What there is to know of a symbol.
    #[inline(always)]
    pub(crate) fn facts(&self, symbol: Symbol) -> &Facts {
        &self.facts[symbol as usize]
    }
}

impl Pairs for PairTable {
    #[inline(always)]
    fn get(&self, left: Symbol, right: Symbol) -> Symbol {
        let hash = hash_pair(left, right);
        if self.filter[(hash >> self.filter_shift) as usize] & filter_bit(hash) == 0 {
            return NONE;
        }
        let mask = self.slots.len() - 1;
        let mut index = (hash >> self.shift) as usize;
        loop {
            let slot = self.slots[index & mask];
            let symbol = slot as Symbol;
            if symbol == NONE {
                return NONE;
            }
            if (slot >> 32) as u32 == hash as u32 && self.facts[symbol as usize].parts == [left, right] {
                return symbol;
            }
            index += 1;
        }
    }

    #[inline(always)]
    fn of_bytes(&self, left: Symbol, right: Symbol) -> Symbol {
        self.bytes[left as usize * BYTES + right as usize]
    }
}

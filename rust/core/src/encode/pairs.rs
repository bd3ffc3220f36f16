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

/// (left, right) → symbol: open addressing over lines of four pairs.
///
/// A line is what a processor fetches at once, its keys are compared at once, and hardly ever is a pair in another line than its own: so a look-up waits for memory once, and
/// has no branch that depends on what it finds.
pub(crate) struct PairTable {
    facts: Array<Facts>,
    lines: Array<Line>,
    shift: u32,
    /// A bit for the hash of each pair, for who does not ask ahead; see [`FILTER_BITS`].
    filter: Box<[u64]>,
    filter_shift: u32,
    /// What two bytes become: every merge of a text begins with these.
    bytes: Box<[Symbol; BYTES * BYTES]>,
}

/// Pairs of a line.
const LINE: usize = 4;

/// Pairs, and what they become.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line {
    /// See [`key_of`]; those in use first.
    keys: [u64; LINE],
    /// Behind those of the pairs stands what all other pairs become: [`NONE`], or [`PASSED`].
    symbols: [Symbol; LINE + 1],
}

/// The line was full when another pair came, which is in the next one then, or behind it.
const PASSED: Symbol = NONE - 1;

impl Line {
    const EMPTY: Self = Self {
        keys: [NO_KEY; LINE],
        symbols: [NONE; LINE + 1],
    };

    #[inline(always)]
    fn get(&self, key: u64) -> Symbol {
        let equal = |(index, &other): (usize, &u64)| usize::from(other == key) << index;
        let equal = self
            .keys
            .iter()
            .enumerate()
            .map(equal)
            .fold(1 << LINE, |all, one| all | one);
        // SAFETY: one of the five lowest bits is set.
        unsafe { *self.symbols.get_unchecked(equal.trailing_zeros() as usize) }
    }
}

/// A pair whose line was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    key: u64,
    /// Bytes from the first line to this one.
    line: usize,
}

impl Asked {
    /// Of no pair.
    pub(crate) const NOTHING: Self = Self { key: NO_KEY, line: 0 };
}

/// Bits of the filter a pair, as a power of two: one look-up in 16 that finds nothing gets past it, and 200,000 pairs have a filter of 512 kB, which
/// stays in the second-level cache where the lines (8 MB) do not.
const FILTER_BITS: usize = 16;

/// The key of no pair.
const NO_KEY: u64 = u64::MAX;

#[inline(always)]
fn key_of(left: Symbol, right: Symbol) -> u64 {
    (u64::from(left) << 32) | u64::from(right)
}

/// Multiplies and folds; the constant is 2⁶⁴ / φ.
#[inline(always)]
fn hash(key: u64) -> u64 {
    let product = u128::from(key) * 0x9E37_79B9_7F4A_7C15;
    (product as u64) ^ ((product >> 64) as u64)
}

/// Two bytes as they stand in memory.
#[inline(always)]
fn index_of_bytes(left: u8, right: u8) -> usize {
    u16::from_le_bytes([left, right]).into()
}

#[inline(always)]
fn filter_bit(hash: u64) -> u64 {
    1 << (hash & 63)
}

impl PairTable {
    /// Without pairs, for up to `count` symbols.
    pub(crate) fn empty(count: usize) -> Self {
        // One or two pairs a line: one line in 50 is passed, at most in 20.
        let bits = (count / 2).next_power_of_two().trailing_zeros().max(1);
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
            lines: Array::filled(Line::EMPTY, 1 << bits),
            shift: 64 - bits,
            filter: vec![0; words].into_boxed_slice(),
            filter_shift: 64 - words.trailing_zeros(),
            bytes: Box::new([NONE; BYTES * BYTES]),
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
        if let (Ok(left), Ok(right)) = (left.try_into(), right.try_into()) {
            self.bytes[index_of_bytes(left, right)] = symbol;
        }
        let key = key_of(left, right);
        let hash = hash(key);
        let mut index = (hash >> self.shift) as usize;
        loop {
            let mask = self.lines.len() - 1;
            let line = &mut self.lines[index & mask];
            if let Some(free) = line.keys.iter().position(|&key| key == NO_KEY) {
                line.keys[free] = key;
                line.symbols[free] = symbol;
                break;
            }
            line.symbols[LINE] = PASSED;
            index += 1;
        }
        self.filter[(hash >> self.filter_shift) as usize] |= filter_bit(hash);
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.facts)
            + size_of_val(&*self.lines)
            + size_of_val(&*self.filter)
            + size_of_val(&self.bytes[..])
    }

    /// Asks for the line of a pair; either may be [`NONE`], which is part of no pair.
    #[inline(always)]
    pub(crate) fn ask(&self, left: Symbol, right: Symbol) -> Asked {
        let key = key_of(left, right);
        // The filter is not asked: it is near in no cache either while a text goes by, and to wait for it made a first pass over English an eighth longer.
        let line = self.line_of(hash(key));
        prefetch(self.lines.start().wrapping_byte_add(line));
        Asked { key, line }
    }

    /// What a pair becomes, or [`NONE`].
    #[inline(always)]
    pub(crate) fn answer(&self, asked: &Asked) -> Symbol {
        debug_assert!(asked.line < size_of_val(&*self.lines));
        // SAFETY: it came from `line_of`, or is 0; there are lines.
        let symbol = unsafe { (*self.lines.start().byte_add(asked.line)).get(asked.key) };
        if symbol == PASSED {
            self.answer_behind(asked)
        } else {
            symbol
        }
    }

    /// [`PairTable::answer`] from the lines behind the pair's own.
    #[cold]
    #[inline(never)]
    fn answer_behind(&self, asked: &Asked) -> Symbol {
        let own = asked.line / size_of::<Line>();
        let mut behind = (own + 1..).map(|index| self.lines[index & (self.lines.len() - 1)].get(asked.key));
        behind.find(|&symbol| symbol != PASSED).unwrap_or(NONE)
    }

    /// Where the line of a hash is, in bytes from the first one.
    #[inline(always)]
    fn line_of(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize * size_of::<Line>()
    }

    /// Whether there may be a pair of this hash.
    #[inline(always)]
    fn may_have(&self, hash: u64) -> bool {
        let index = (hash >> self.filter_shift) as usize;
        debug_assert!(index < self.filter.len());
        // SAFETY: as many bits are left of a hash as number the words of the filter.
        unsafe { self.filter.get_unchecked(index) & filter_bit(hash) != 0 }
    }

    /// What there is to know of a symbol.
    #[inline(always)]
    pub(crate) fn facts(&self, symbol: Symbol) -> &Facts {
        &self.facts[symbol as usize]
    }

    /// What `left` and `right` become, or [`NONE`].
    #[inline(always)]
    pub(crate) fn get(&self, left: Symbol, right: Symbol) -> Symbol {
        let key = key_of(left, right);
        let hash = hash(key);
        if !self.may_have(hash) {
            return NONE;
        }
        let line = self.line_of(hash);
        self.answer(&Asked { key, line })
    }

    /// [`PairTable::get`] for two bytes.
    #[inline(always)]
    pub(crate) fn of_bytes(&self, left: u8, right: u8) -> Symbol {
        self.bytes[index_of_bytes(left, right)]
    }
}

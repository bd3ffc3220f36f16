//! The pair table: which symbol two neighbours become.
//!
//! Symbols number what merging can produce, in the order in which it is produced: the 256 bytes first, then one symbol for each token that merging
//! reaches, by rank. So the lower of two symbols is the one that is merged first, and rank and result of a merge are one number.
//!
//! One pair for each symbol is enough, whichever the semantics. Merging is deterministic, and what happens within a span that ends as one symbol does
//! not depend on what lies around it; so a symbol is always made by the same last merge. A pair that would give the same bytes from another split is
//! never the lowest when it is there, and leaving it out changes nothing.

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

/// (left, right) → symbol: open addressing over 8-byte slots.
///
/// A slot holds 32 bits of the hash and the symbol; the two parts are compared only where these bits agree, so that a look-up that finds nothing (most of them)
/// touches one cache line.
pub(crate) struct PairTable {
    /// What each symbol is made of; a byte has no parts ([`NONE`]).
    parts: Vec<[Symbol; 2]>,
    slots: Box<[u64]>,
    shift: u32,
    /// What two bytes become: every merge of a text begins with these.
    bytes: Box<[Symbol]>,
}

const EMPTY: u64 = NONE as u64;

/// Multiplies and folds; the constant is 2⁶⁴ / φ.
#[inline(always)]
pub(crate) fn hash_pair(left: Symbol, right: Symbol) -> u64 {
    let key = (u64::from(left) << 32) | u64::from(right);
    let product = u128::from(key ^ 0x243F_6A88_85A3_08D3) * 0x9E37_79B9_7F4A_7C15;
    (product as u64) ^ ((product >> 64) as u64)
}

impl PairTable {
    /// From what each symbol is made of; the first 256 entries are the bytes, and are not read.
    pub(crate) fn new(mut parts: Vec<[Symbol; 2]>) -> Self {
        for part in parts.iter_mut().take(BYTES) {
            *part = [NONE, NONE];
        }
        // At most half full: probes stay within one cache line.
        let bits = (parts.len() * 2).next_power_of_two().trailing_zeros().max(4);
        let mut slots = vec![EMPTY; 1 << bits].into_boxed_slice();
        let mut bytes = vec![NONE; BYTES * BYTES].into_boxed_slice();
        let shift = 64 - bits;
        let mask = slots.len() - 1;
        for (symbol, &[left, right]) in parts.iter().enumerate().skip(BYTES) {
            if (left as usize) < BYTES && (right as usize) < BYTES {
                bytes[left as usize * BYTES + right as usize] = symbol as Symbol;
            }
            let hash = hash_pair(left, right);
            let mut index = (hash >> shift) as usize;
            while slots[index] != EMPTY {
                index = (index + 1) & mask;
            }
            slots[index] = (hash << 32) | symbol as u64;
        }
        Self {
            parts,
            slots,
            shift,
            bytes,
        }
    }

    /// What a symbol is made of.
    #[inline(always)]
    pub(crate) fn parts(&self, symbol: Symbol) -> [Symbol; 2] {
        self.parts[symbol as usize]
    }
}

impl Pairs for PairTable {
    #[inline(always)]
    fn get(&self, left: Symbol, right: Symbol) -> Symbol {
        let hash = hash_pair(left, right);
        let mask = self.slots.len() - 1;
        let mut index = (hash >> self.shift) as usize;
        loop {
            let slot = self.slots[index & mask];
            let symbol = slot as Symbol;
            if symbol == NONE {
                return NONE;
            }
            if (slot >> 32) as u32 == hash as u32 && self.parts[symbol as usize] == [left, right] {
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

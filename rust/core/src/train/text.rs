//! The distinct pretokens laid out for the merge loop: one flat array of symbols without links.
//!
//! A pretoken takes a slot for each byte. A token's id stands in its first and in its last slot and its length follows from its id, so the
//! left neighbour of a token is read from the slot before it, the right one from the slot after it. Slots between pretokens hold
//! [`Symbol::END`]. Pretokens of equal count lie together, padded so that one weight serves a block of slots.

use super::symbol::Symbol;
use crate::huge_pages;

/// Slots that share a weight, as a power of two, where pretokens come by their count: the weights of a corpus then fit into the cache of a
/// core, and what is lost at each change of weight is little.
pub(super) const WIDE: u32 = 6;

/// The same where the weight may change with every pretoken.
pub(super) const NARROW: u32 = 3;

pub(super) struct Text<S> {
    pub symbols: Vec<S>,
    /// How often the pretokens of a block occur, by slot >> `shift`.
    pub weights: Vec<u64>,
    /// A block has 2 to this many slots.
    pub shift: u32,
    /// The weight of the last block.
    last: u64,
}

impl<S: Symbol> Text<S> {
    /// An empty text with room for `slots`, in blocks of 2 to `shift`.
    pub fn with_capacity(slots: usize, shift: u32) -> Self {
        let mut symbols = huge_pages::with_capacity(slots);
        symbols.push(S::END);
        Self {
            symbols,
            weights: huge_pages::with_capacity((slots >> shift) + 1),
            shift,
            last: 0,
        }
    }

    /// Puts in a pretoken that occurs `weight` times: its tokens, with their lengths in bytes (`None`: bytes that have no token).
    pub fn push(&mut self, tokens: impl Iterator<Item = (Option<usize>, usize)>, weight: u64) {
        self.begin(weight);
        for (id, length) in tokens {
            let symbol = id.map_or(S::END, S::new);
            self.symbols.push(symbol);
            if length > 1 {
                let inside = if id.is_some() { S::DEAD } else { S::END };
                let end = self.symbols.len() + length - 1;
                self.symbols.resize(end - 1, inside);
                self.symbols.push(symbol);
            }
        }
        self.end(weight);
    }

    /// Puts in a pretoken of bytes, whose symbols are in `alphabet`.
    pub fn push_bytes(&mut self, pretoken: &[u8], alphabet: &[S; 256], weight: u64) {
        self.begin(weight);
        self.symbols
            .extend(pretoken.iter().map(|&byte| alphabet[usize::from(byte)]));
        self.end(weight);
    }

    fn begin(&mut self, weight: u64) {
        if weight != self.last {
            let aligned = self.symbols.len().next_multiple_of(1 << self.shift);
            if !self.weights.is_empty() {
                self.symbols.resize(aligned, S::END);
            }
            self.last = weight;
        }
    }

    fn end(&mut self, weight: u64) {
        self.symbols.push(S::END);
        let blocks = ((self.symbols.len() - 1) >> self.shift) + 1;
        while self.weights.len() < blocks {
            self.weights.push(weight);
        }
    }

    #[inline(always)]
    pub fn weight(&self, slot: usize) -> u64 {
        self.weights[slot >> self.shift]
    }

    /// Calls `visit(left, right, slot of left)` for each two neighbouring tokens, in the order of slots.
    pub fn for_each_pair(&self, lengths: &[u32], mut visit: impl FnMut(usize, usize, usize)) {
        let mut slot = 0;
        let mut before: Option<(usize, usize)> = None;
        while let Some(&symbol) = self.symbols.get(slot) {
            if symbol == S::END {
                before = None;
                slot += 1;
                continue;
            }
            if let Some((left, at)) = before {
                visit(left, symbol.id(), at);
            }
            before = Some((symbol.id(), slot));
            slot += lengths[symbol.id()] as usize;
        }
    }
}

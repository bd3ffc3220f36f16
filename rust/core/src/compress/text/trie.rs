//! A trie of phrases over units, for finding every phrase that begins at a place.

use super::phrases::{MAXIMUM_UNITS, hash};
use crate::compress::steps;

/// No token ends at a node.
pub const NO_TOKEN: u32 = u32::MAX;

/// The bit of a child's number that says that it has children itself.
const INNER: u32 = 1 << 31;

/// One edge: from a node by a unit to a node, and the token that ends there.
#[derive(Clone, Copy)]
struct Edge {
    node: u32,
    unit: u32,
    child: u32,
    token: u32,
}

/// An unused slot.
const EMPTY: Edge = Edge {
    node: u32::MAX,
    unit: 0,
    child: 0,
    token: NO_TOKEN,
};

/// Phrases by their units. Nodes below the number of units are the first level.
pub struct Trie {
    edges: Vec<Edge>,
    /// A bit for each hash of the first two units of a phrase, in so little memory that it stays in the cache: most places begin no phrase.
    pairs: Vec<u64>,
}

/// Bits for each edge of the filter.
const BITS: usize = 8;

impl Trie {
    /// Builds the trie of `phrases`, each a token and its two or more units. `units` is the number of units.
    pub fn new<'a>(units: u32, phrases: impl Iterator<Item = (u32, &'a [u32])> + Clone) -> Self {
        // Two passes, as the size of the table must be known: an upper bound is the sum of lengths.
        let total: usize = phrases.clone().map(|(_, units)| units.len() - 1).sum();
        let mut trie = Self {
            edges: vec![EMPTY; (total * 2).next_power_of_two().max(16)],
            pairs: vec![0; (total * BITS / 64).next_power_of_two().max(2)],
        };
        let mut nodes = units;
        for (token, units) in phrases {
            let mut node = units[0];
            let (word, bit) = trie.pair(hash(node, units[1]));
            trie.pairs[word] |= bit;
            for (depth, &unit) in units.iter().enumerate().skip(1) {
                let slot = trie.slot(node, unit);
                if trie.edges[slot].node == u32::MAX {
                    trie.edges[slot] = Edge {
                        node,
                        unit,
                        child: nodes,
                        token: NO_TOKEN,
                    };
                    nodes += 1;
                }
                if depth + 1 == units.len() {
                    trie.edges[slot].token = token;
                } else {
                    trie.edges[slot].child |= INNER;
                }
                node = trie.edges[slot].child & !INNER;
            }
        }
        trie
    }

    /// The place of a hash in the filter: the number of the word, and the bit.
    #[inline]
    fn pair(&self, hash: u64) -> (usize, u64) {
        let place = (hash >> (64 - 6 - self.pairs.len().trailing_zeros())) as usize;
        (place / 64, 1 << (place % 64))
    }

    /// The slot of an edge, or the empty one where it would be.
    #[inline]
    fn slot(&self, node: u32, unit: u32) -> usize {
        let mask = self.edges.len() - 1;
        let mut slot = (hash(node, unit) >> 30) as usize & mask;
        loop {
            let edge = &self.edges[slot];
            if edge.node == u32::MAX || (edge.node == node && edge.unit == unit) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Calls `found` with the number of units and the token of every phrase at the start of `units`.
    #[inline]
    pub fn matches(&self, units: &[u32], mut found: impl FnMut(usize, u32)) {
        let &[mut node, second, ..] = units else { return };
        let (word, bit) = self.pair(hash(node, second));
        if self.pairs[word] & bit == 0 {
            return;
        }
        for (depth, &unit) in units.iter().enumerate().take(MAXIMUM_UNITS as usize).skip(1) {
            steps::count(1);
            let edge = &self.edges[self.slot(node, unit)];
            if edge.node == u32::MAX {
                return;
            }
            if edge.token != NO_TOKEN {
                found(depth + 1, edge.token);
            }
            if edge.child & INNER == 0 {
                return;
            }
            node = edge.child & !INNER;
        }
    }
}

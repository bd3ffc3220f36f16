//! Encoding in linear time, for vocabularies in which nothing is merged before its parts.
//!
//! Call a sequence of symbols *compatible* where each two neighbours `(s, t)` are what merging makes of their joined bytes. Then:
//!
//! **A sequence is the encoding of its text if and only if it is compatible.** Merging is deterministic: the lowest pair first, the leftmost of equals first. As long
//! as nothing merges across a boundary of the sequence, each segment goes through exactly the merges that it would go through alone, and whether the first merge across
//! some boundary happens depends on the two segments beside it only, in the order in which their own merges come. So a first merge across a boundary
//! happens in the whole text exactly if it happens in the text of some two neighbours.
//!
//! So the encoder goes from left to right and takes the longest symbol that matches and is compatible with the last one; where none is left, it backs up. Two
//! paths to one place would be two encodings of one prefix, so a place that was left is dead and is never visited again: the work is linear.
//!
//! **Compatibility** is decided by running the merges of `s` and `t` backwards. In a monotone vocabulary merges happen in the order of their symbols (ties from the left), so at any
//! time before the end the symbols that touch the boundary are found by undoing the younger of the two again and again: on the left the last part of the
//! symbol, on the right the first one. The pair at the boundary was merged, against the assumption, if what it becomes is due before either of the two was consumed:
//! lower than the symbol that the left one went into (which, being further left, wins a tie), and not higher than the one that the right one went into (which loses a tie).

use super::Work;
use super::pairs::{BYTES, NONE, PairTable, Symbol};
use super::trie::Trie;

/// Whether `left`, `right` is what merging makes of their joined bytes. Both must be symbols of a monotone vocabulary.
// Called in two places, in loops of which it is most.
#[inline(always)]
pub(crate) fn compatible(pairs: &PairTable, left: Symbol, right: Symbol, steps: &mut u64) -> bool {
    let (mut left, mut right) = (left, right);
    // What the two were consumed by; nothing at the end.
    let (mut left_end, mut right_end) = (NONE, NONE);
    loop {
        *steps += 1;
        let merged = pairs.get(left, right);
        if merged != NONE && merged < left_end && merged <= right_end {
            return false;
        }
        // The younger one is undone; of equals the right one, which was merged later.
        if left > right {
            if (left as usize) < BYTES {
                return true;
            }
            left_end = left;
            left = pairs.facts(left).parts[1];
        } else {
            if (right as usize) < BYTES {
                return true;
            }
            right_end = right;
            right = pairs.facts(right).parts[0];
        }
    }
}

/// Appends the symbols of `text` to `out`; `dead` is scratch.
///
/// Returns whether it found them: it does where each byte of the text has a symbol in the trie.
pub(crate) fn encode(
    pairs: &PairTable,
    trie: &Trie,
    text: &[u8],
    dead: &mut Vec<u64>,
    out: &mut Vec<Symbol>,
    work: &mut Work,
) -> bool {
    if text.is_empty() {
        return true;
    }
    dead.clear();
    dead.resize(text.len() / 64 + 1, 0);
    let begin = out.len();
    let mut place = 0;
    let mut last = NONE;
    let mut candidate = trie.longest(text, &mut work.symbols);
    loop {
        if candidate == NONE {
            // Nothing fits here: back to the last symbol, and on with a shorter one in its place.
            if out.len() == begin {
                return false;
            }
            dead[place / 64] |= 1 << (place % 64);
            out.pop();
            place -= pairs.facts(last).length as usize;
            candidate = pairs.facts(last).shorter;
            last = if out.len() > begin {
                out[out.len() - 1]
            } else {
                NONE
            };
            continue;
        }
        let end = place + pairs.facts(candidate).length as usize;
        let alive = dead[end / 64] & (1 << (end % 64)) == 0;
        if alive && (last == NONE || compatible(pairs, last, candidate, &mut work.symbols)) {
            out.push(candidate);
            if end == text.len() {
                return true;
            }
            place = end;
            last = candidate;
            candidate = trie.longest(&text[place..], &mut work.symbols);
        } else {
            work.symbols += 1;
            candidate = pairs.facts(candidate).shorter;
        }
    }
}

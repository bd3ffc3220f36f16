//! The cheapest way to write a sequence of units as tokens.

use super::phrases::MAXIMUM_UNITS;
use super::trie::Trie;

/// Places that are remembered: as many as a phrase may be ahead, and a power of two.
const AHEAD: usize = (MAXIMUM_UNITS as usize + 1).next_power_of_two();

/// What is known of a place that was reached: the cost of the cheapest way there, and the context after it in the lowest bits.
type Reached = u64;

const CONTEXT_BITS: u32 = 8;

/// Nothing reaches the place yet.
const NOT_YET: Reached = u64::MAX;

/// A token and the number of its units, which is below 32, in one number.
const LENGTH_SHIFT: u32 = 27;

/// Appends to `out` the tokens of a cheap parse of `units`. `price` is asked for the cost of a token in a context and
/// for the context after it; of all ways to a place only the cheapest is followed, whatever its context.
pub fn cheapest(units: &[u32], trie: &Trie, price: impl Fn(u8, u32) -> (u32, u8), out: &mut Vec<u32>) {
    let length = units.len();
    // Costs are needed for the places ahead only: in a ring they stay in the cache.
    let mut ring = [NOT_YET; AHEAD];
    ring[0] = 0;
    // The last token of the cheapest way to each place after the first.
    let mut choices = vec![0u32; length];
    for at in 0..length {
        let here = std::mem::replace(&mut ring[at % AHEAD], NOT_YET);
        let (cost, context) = (here >> CONTEXT_BITS, here as u8);
        let mut reach = |count: usize, token: u32| {
            let (price, context) = price(context, token);
            let way = (cost + u64::from(price)) << CONTEXT_BITS | u64::from(context);
            let (reached, choice) = (&mut ring[(at + count) % AHEAD], &mut choices[at + count - 1]);
            // Without a branch, which nobody could predict.
            let is_cheaper = way < *reached;
            *choice =
                std::hint::select_unpredictable(is_cheaper, token | (count as u32) << LENGTH_SHIFT, *choice);
            *reached = way.min(*reached);
        };
        reach(1, units[at]);
        trie.matches(&units[at..], reach);
    }
    let start = out.len();
    let mut at = length;
    while at > 0 {
        let choice = choices[at - 1];
        out.push(choice & ((1 << LENGTH_SHIFT) - 1));
        at -= (choice >> LENGTH_SHIFT) as usize;
    }
    out[start..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_way_is_found() {
        // Tokens 5 = (1, 2), 6 = (2, 3), 7 = (1, 2, 3, 1).
        let phrases: [(u32, &[u32]); 3] = [(5, &[1, 2]), (6, &[2, 3]), (7, &[1, 2, 3, 1])];
        let trie = Trie::new(5, phrases.into_iter());
        let parse = |costs: [u32; 8]| {
            let mut out = Vec::new();
            cheapest(
                &[1, 2, 3, 1, 2],
                &trie,
                |_, token| (costs[token as usize], 0),
                &mut out,
            );
            out
        };
        assert_eq!(parse([9, 9, 9, 1, 9, 5, 5, 99]), [5, 3, 5]);
        assert_eq!(parse([9, 9, 9, 9, 9, 5, 5, 5]), [7, 2]);
        assert_eq!(parse([9, 1, 9, 9, 9, 50, 5, 50]), [1, 6, 1, 2]);
        assert_eq!(parse([1; 8]), [7, 2]);
    }

    #[test]
    fn contexts_change_costs() {
        let phrases: [(u32, &[u32]); 1] = [(3, &[1, 2])];
        let trie = Trie::new(3, phrases.into_iter());
        // After token 1 token 2 is free.
        let price = |context: u8, token: u32| match (context, token) {
            (1, 2) => (0, 0),
            (_, 1) => (4, 1),
            (_, 3) => (5, 0),
            _ => (9, 0),
        };
        let mut out = Vec::new();
        cheapest(&[1, 2, 2], &trie, price, &mut out);
        assert_eq!(out, [1, 2, 2]);
    }
}

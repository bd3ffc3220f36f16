//! The cheapest way to write a sequence of units as tokens.

use super::trie::Trie;

/// Working memory of the parse, kept between pieces.
#[derive(Default)]
pub struct Scratch {
    /// The cost of the cheapest way to each place.
    cost: Vec<u64>,
    /// Its last token, and how many units that covers.
    choice: Vec<(u32, u32)>,
    /// The context after it.
    contexts: Vec<u8>,
}

/// Appends to `out` the tokens of a cheap parse of `units`. `price` is asked for the cost of a token in a context and
/// for the context after it; of all ways to a place only the cheapest is followed, whatever its context.
pub fn cheapest(
    units: &[u32],
    trie: &Trie,
    price: impl Fn(u8, u32) -> (u32, u8),
    scratch: &mut Scratch,
    out: &mut Vec<u32>,
) {
    let length = units.len();
    let Scratch {
        cost,
        choice,
        contexts,
    } = scratch;
    cost.clear();
    cost.resize(length + 1, u64::MAX);
    choice.clear();
    choice.resize(length + 1, (0, 0));
    contexts.clear();
    contexts.resize(length + 1, 0);
    cost[0] = 0;
    for at in 0..length {
        let here = cost[at];
        let context = contexts[at];
        let mut reach = |count: usize, token: u32| {
            let (price, next) = price(context, token);
            let total = here + u64::from(price);
            if total < cost[at + count] {
                cost[at + count] = total;
                choice[at + count] = (token, count as u32);
                contexts[at + count] = next;
            }
        };
        reach(1, units[at]);
        trie.matches(&units[at..], reach);
    }
    let start = out.len();
    let mut at = length;
    while at > 0 {
        let (token, count) = choice[at];
        out.push(token);
        at -= count as usize;
    }
    out[start..].reverse();
}

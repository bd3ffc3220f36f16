//! Training by the book: at every step all pairs are counted anew.

use std::collections::HashMap;

/// A pretoken as symbols, how often it occurs, and where it was first seen.
#[derive(Clone, Debug)]
pub struct Word {
    /// Ids; `None` for a byte that has no token.
    pub symbols: Vec<Option<usize>>,
    /// How often it occurs.
    pub count: u64,
    /// Where it was first seen, in bytes.
    pub first: u64,
}

/// What to learn.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Tokens to make.
    pub tokens: usize,
    /// Stop at pairs rarer than this.
    pub min_frequency: u64,
    /// No token of more bytes is made.
    pub max_token_length: usize,
    /// Ties go to the pair seen first, else to the smallest ids.
    pub first_seen: bool,
}

/// (left, right, id, count) of each merge; `tokens` are the bytes of the tokens there are, by id, and the new ones are put behind.
///
/// Takes time in proportion to text × merges.
pub fn train(
    mut words: Vec<Word>,
    tokens: &mut Vec<Vec<u8>>,
    rules: Rules,
) -> Vec<(usize, usize, usize, u64)> {
    let mut merges = Vec::new();
    let mut made = 0;
    while made < rules.tokens {
        let mut pairs: HashMap<(usize, usize), (u64, u64)> = HashMap::new();
        for word in &words {
            let mut offset = word.first;
            for pair in word.symbols.windows(2) {
                if let [Some(left), Some(right)] = *pair
                    && tokens[left].len() + tokens[right].len() <= rules.max_token_length
                {
                    let known = pairs.entry((left, right)).or_insert((0, u64::MAX));
                    known.0 += word.count;
                    known.1 = known.1.min(offset);
                }
                offset += pair[0].map_or(1, |id| tokens[id].len()) as u64;
            }
        }
        let best = pairs
            .into_iter()
            .max_by(|(a, (count_a, first_a)), (b, (count_b, first_b))| {
                let order = count_a.cmp(count_b);
                if rules.first_seen {
                    order.then(first_b.cmp(first_a))
                } else {
                    order.then(b.cmp(a))
                }
            });
        let Some(((left, right), (count, _))) = best else {
            break;
        };
        if count < rules.min_frequency.max(1) {
            break;
        }
        let joined = [tokens[left].as_slice(), tokens[right].as_slice()].concat();
        let id = tokens
            .iter()
            .position(|token| *token == joined)
            .unwrap_or_else(|| {
                tokens.push(joined);
                made += 1;
                tokens.len() - 1
            });
        merges.push((left, right, id, count));
        for word in &mut words {
            word.symbols = replace(&word.symbols, left, right, id);
        }
    }
    merges
}

/// Replaces a pair, greedily from the left.
fn replace(symbols: &[Option<usize>], left: usize, right: usize, id: usize) -> Vec<Option<usize>> {
    let mut replaced = Vec::with_capacity(symbols.len());
    let mut at = 0;
    while at < symbols.len() {
        if symbols[at] == Some(left) && symbols.get(at + 1) == Some(&Some(right)) {
            replaced.push(Some(id));
            at += 2;
        } else {
            replaced.push(symbols[at]);
            at += 1;
        }
    }
    replaced
}

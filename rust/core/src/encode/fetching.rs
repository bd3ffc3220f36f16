//! Tables on their way into the processor's caches before they are needed.
//!
//! Encoding a pretoken that was never seen before goes from one cache line to the next, each known only when the one before is there; together the tables are larger
//! than what a processor keeps near, and nine tenths of the time goes by waiting. The pretokens of a batch do not wait for each other, though: so the path that each will
//! take is walked for many of them in turn, a step at a time, and each step only asks for what the next will read. Encoding them then finds it there.
//!
//! The path is that of the longest tokens, one behind the other; most encodings are that. Where one is not, it waits as before.

use super::pairs::{NONE, PairTable, Symbol};
use super::trie::{Node, Trie};
use crate::huge_pages::prefetch;

/// Pretokens that are walked along at once: as many lines as a processor has under way.
pub(crate) const LANES: usize = 24;

/// A walk along one pretoken.
struct Lane<'a> {
    text: &'a [u8],
    /// Where the token at hand begins, and how far it was followed.
    start: usize,
    at: usize,
    node: Option<Node>,
    /// The longest token so far, and its end.
    longest: Symbol,
    end: usize,
    /// The token before.
    last: Symbol,
    /// What is asked whether it can stand side by side: as in [`compatible`](super::backtrack::compatible), from two tokens down to bytes.
    pair: Option<(Symbol, Symbol)>,
}

/// Asks for what encoding these pretokens, at most [`LANES`], will read.
pub(crate) fn fetch<'a>(pairs: &PairTable, trie: &Trie, pretokens: impl Iterator<Item = &'a [u8]>) {
    let mut lanes: [Option<Lane<'a>>; LANES] = [const { None }; LANES];
    let mut count = 0;
    for (lane, text) in lanes.iter_mut().zip(pretokens) {
        if let [first, second, ..] = text {
            trie.prefetch_root(*first, *second);
            prefetch(text.as_ptr());
        }
        *lane = Some(Lane {
            text,
            start: 0,
            at: 0,
            node: None,
            longest: NONE,
            end: 0,
            last: NONE,
            pair: None,
        });
        count += 1;
    }
    let mut left = count;
    while left > 0 {
        for lane in &mut lanes[..count] {
            if let Some(walk) = lane
                && !walk.step(pairs, trie)
            {
                *lane = None;
                left -= 1;
            }
        }
    }
}

impl Lane<'_> {
    /// Goes as far as what was asked for last leads; returns whether there is more to ask for.
    #[inline(always)]
    fn step(&mut self, pairs: &PairTable, trie: &Trie) -> bool {
        if let Some((left, right)) = self.pair {
            pairs.prefetch(left, right);
            let (part, pair) = if left > right {
                let part = pairs.facts(left).parts[1];
                (part, (part, right))
            } else {
                let part = pairs.facts(right).parts[0];
                (part, (left, part))
            };
            self.pair = (part != NONE).then_some(pair);
            if part != NONE {
                pairs.prefetch_facts(part);
                return true;
            }
            return self.start + 1 < self.text.len();
        }
        let node = match self.node {
            None => {
                // A token of one byte at the end asks for little.
                let [first, second, ..] = self.text[self.start..] else {
                    return false;
                };
                let root = trie.root(first, second);
                self.at = self.start + 2;
                self.longest = root.symbol();
                self.end = self.start
                    + if (self.longest as usize) < super::pairs::BYTES {
                        1
                    } else {
                        2
                    };
                Some(root)
            }
            Some(node) => {
                let next = trie.step(node, self.text[self.at]);
                if let Some(next) = next {
                    self.at += 1;
                    if next.symbol() != NONE {
                        (self.longest, self.end) = (next.symbol(), self.at);
                    }
                }
                next
            }
        };
        if let Some(node) = node
            && let Some(&byte) = self.text.get(self.at)
        {
            trie.prefetch_step(node, byte);
            self.node = Some(node);
            return true;
        }
        if self.longest == NONE {
            return false;
        }
        pairs.prefetch_facts(self.longest);
        self.pair = (self.last != NONE).then_some((self.last, self.longest));
        self.last = self.longest;
        self.start = self.end;
        self.node = None;
        if let [first, second, ..] = self.text[self.start..] {
            trie.prefetch_root(first, second);
            return true;
        }
        self.pair.is_some()
    }
}

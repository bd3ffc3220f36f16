//! A vocabulary to be continued: its tokens by place, and pretokens encoded with it.

use super::merge::Known;
use crate::vocabulary::{Semantics, TokenId, Vocabulary};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// A vocabulary whose ordinary tokens are numbered without gaps, in the order of their ids.
pub(super) struct Base<'a> {
    /// Ids by place.
    pub ids: Vec<TokenId>,
    /// Bytes by place.
    tokens: Vec<&'a [u8]>,
    places: Map<&'a [u8], usize>,
    /// (left, right) to (rank, merged), all by place; empty where any two tokens may merge.
    merges: Map<(usize, usize), (usize, usize)>,
    any_pair: bool,
    takes_whole: bool,
    longest: usize,
}

impl<'a> Base<'a> {
    pub fn new(vocabulary: &'a Vocabulary) -> Self {
        let (mut ids, mut tokens, mut places) = (Vec::new(), Vec::new(), Map::default());
        let mut place_of_id = Map::default();
        for (id, token) in vocabulary.tokens().iter().enumerate() {
            if let Some(token) = token {
                places.insert(token.as_ref(), ids.len());
                place_of_id.insert(id as TokenId, ids.len());
                ids.push(id as TokenId);
                tokens.push(token.as_ref());
            }
        }
        let (any_pair, takes_whole) = match vocabulary.semantics() {
            Semantics::Ranks => (true, true),
            Semantics::Merges { ignore_merges } => (false, ignore_merges),
        };
        let mut merges = Map::default();
        if !any_pair {
            for (rank, merge) in vocabulary.merges().iter().enumerate() {
                let place = |id| place_of_id.get(&id).copied();
                if let (Some(left), Some(right), Some(id)) =
                    (place(merge.left), place(merge.right), place(merge.id))
                {
                    merges.entry((left, right)).or_insert((rank, id));
                }
            }
        }
        let longest = tokens.iter().map(|token| token.len()).max().unwrap_or(0);
        Self {
            ids,
            tokens,
            places,
            merges,
            any_pair,
            takes_whole,
            longest,
        }
    }

    /// Lengths in bytes, by place.
    pub fn lengths(&self) -> Vec<u32> {
        self.tokens.iter().map(|token| token.len() as u32).collect()
    }

    /// What a merge may not make a second time.
    pub fn known(&self) -> (Known, Vec<Box<[u8]>>) {
        let places = self
            .places
            .iter()
            .map(|(&token, &place)| (token.into(), place))
            .collect();
        (places, self.tokens.iter().map(|&token| token.into()).collect())
    }

    /// Rank and result of two neighbours; `joined` are their bytes.
    fn merge(&self, left: usize, right: usize, joined: &[u8]) -> Option<(usize, usize)> {
        if !self.any_pair {
            return self.merges.get(&(left, right)).copied();
        }
        if joined.len() > self.longest {
            return None;
        }
        self.places.get(joined).map(|&place| (place, place))
    }

    /// The tokens of a pretoken with their lengths, `None` for a byte that has none. Takes n log n for n bytes.
    pub fn encode(&self, pretoken: &[u8]) -> Vec<(Option<usize>, usize)> {
        if self.takes_whole
            && let Some(&place) = self.places.get(pretoken)
        {
            return vec![(Some(place), pretoken.len())];
        }
        let mut nodes = Nodes::new(self, pretoken);
        let mut queue = BinaryHeap::new();
        for at in 0..pretoken.len() {
            if let Some(found) = nodes.candidate(self, pretoken, at) {
                queue.push(Reverse(found));
            }
        }
        while let Some(Reverse((rank, at, end, merged))) = queue.pop() {
            // Stale where either side has gone into another token meanwhile.
            if nodes.candidate(self, pretoken, at) != Some((rank, at, end, merged)) {
                continue;
            }
            nodes.join(at, end, merged);
            let before = nodes.before(at);
            for at in [before, Some(at)].into_iter().flatten() {
                if let Some(found) = nodes.candidate(self, pretoken, at) {
                    queue.push(Reverse(found));
                }
            }
        }
        nodes.tokens()
    }
}

/// A pretoken on the way: tokens by where they begin.
struct Nodes {
    /// The token that begins here.
    token: Vec<Option<usize>>,
    /// Where the token that begins here ends; 0 inside a token.
    end: Vec<usize>,
    /// Where the token that ends here begins.
    begin: Vec<usize>,
}

impl Nodes {
    fn new(base: &Base<'_>, pretoken: &[u8]) -> Self {
        let single = |at: usize| base.places.get(&pretoken[at..=at]).copied();
        Self {
            token: (0..pretoken.len()).map(single).collect(),
            end: (1..=pretoken.len()).collect(),
            begin: (0..=pretoken.len()).map(|end| end.saturating_sub(1)).collect(),
        }
    }

    /// The merge of the token at `at` with the one behind it: rank, `at`, where it ends, result.
    fn candidate(&self, base: &Base<'_>, pretoken: &[u8], at: usize) -> Option<(usize, usize, usize, usize)> {
        let middle = self.end[at];
        if middle == 0 || middle == pretoken.len() {
            return None;
        }
        let end = self.end[middle];
        let (rank, merged) = base.merge(self.token[at]?, self.token[middle]?, &pretoken[at..end])?;
        Some((rank, at, end, merged))
    }

    fn before(&self, at: usize) -> Option<usize> {
        (at > 0).then(|| self.begin[at])
    }

    fn join(&mut self, at: usize, end: usize, merged: usize) {
        let middle = self.end[at];
        self.end[middle] = 0;
        self.end[at] = end;
        self.begin[end] = at;
        self.token[at] = Some(merged);
    }

    fn tokens(&self) -> Vec<(Option<usize>, usize)> {
        let mut tokens = Vec::new();
        let mut at = 0;
        while at < self.end.len() {
            tokens.push((self.token[at], self.end[at] - at));
            at = self.end[at];
        }
        tokens
    }
}

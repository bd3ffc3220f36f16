//! Which tokens merging reaches.

use super::splits::RankSplitter;
use super::{Semantics, TokenId, Vocabulary};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The first token (single bytes aside) whose own bytes do not merge to it: it can only come up where a whole pretoken is taken as it is.
pub(super) fn first_unreached(vocabulary: &Vocabulary) -> Option<TokenId> {
    let mut tokens = vocabulary.tokens().iter().zip(0..);
    let mut tokens = tokens
        .by_ref()
        .filter_map(|(token, id)| Some((token.as_deref()?, id)));
    if vocabulary.semantics() == Semantics::Ranks {
        let mut splitter = RankSplitter::new(vocabulary);
        return tokens
            .find(|(token, _)| token.len() > 1 && splitter.split(token).is_none())
            .map(|(_, id)| id);
    }
    let merges: HashMap<_, _, foldhash::fast::RandomState> = (0_u32..)
        .zip(vocabulary.merges())
        .map(|(rank, merge)| ((merge.left, merge.right), (rank, merge.id)))
        .collect();
    let bytes: Vec<Option<TokenId>> = (0..=u8::MAX).map(|byte| vocabulary.id(&[byte])).collect();
    tokens
        .find(|(token, id)| {
            let ids: Option<Vec<TokenId>> = token.iter().map(|byte| bytes[*byte as usize]).collect();
            token.len() > 1 && ids.is_none_or(|ids| merge_all(ids, &merges) != [*id])
        })
        .map(|(_, id)| id)
}

type Merges = HashMap<(TokenId, TokenId), (u32, TokenId), foldhash::fast::RandomState>;

/// Applies merges, the earliest first and the leftmost of several; O(n log n).
fn merge_all(mut ids: Vec<TokenId>, merges: &Merges) -> Vec<TokenId> {
    const NONE: usize = usize::MAX;
    let mut next: Vec<usize> = (1..ids.len()).chain([NONE]).collect();
    let mut previous: Vec<usize> = [NONE].into_iter().chain(0..ids.len().saturating_sub(1)).collect();
    let mut alive = vec![true; ids.len()];
    let mut queue = BinaryHeap::new();
    let propose = |queue: &mut BinaryHeap<_>, ids: &[TokenId], left: usize, right: usize| {
        if let Some((rank, _)) = merges.get(&(ids[left], ids[right])) {
            queue.push(Reverse((*rank, left, ids[left], ids[right])));
        }
    };
    for left in 1..ids.len() {
        propose(&mut queue, &ids, left - 1, left);
    }
    while let Some(Reverse((_, left, left_id, right_id))) = queue.pop() {
        let right = next[left];
        if !alive[left] || right == NONE || ids[left] != left_id || ids[right] != right_id {
            continue;
        }
        let Some((_, id)) = merges.get(&(left_id, right_id)) else {
            continue;
        };
        ids[left] = *id;
        alive[right] = false;
        next[left] = next[right];
        if next[left] != NONE {
            previous[next[left]] = left;
            propose(&mut queue, &ids, left, next[left]);
        }
        if previous[left] != NONE {
            propose(&mut queue, &ids, previous[left], left);
        }
    }
    ids.into_iter()
        .zip(alive)
        .filter_map(|(id, alive)| alive.then_some(id))
        .collect()
}

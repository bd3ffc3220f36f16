//! Merging as it is defined, a pretoken at a time: look at every pair, merge the lowest, begin again.

use crate::vocabulary::{Semantics, TokenId, Vocabulary};

/// The ids of a pretoken, or the place of the first byte that the vocabulary has no token for. Quadratic, and slow at that.
///
/// # Errors
/// The place of a byte without a token.
pub fn encode_pretoken(vocabulary: &Vocabulary, pretoken: &[u8]) -> Result<Vec<TokenId>, usize> {
    let find = |bytes: &[u8]| {
        vocabulary
            .tokens()
            .iter()
            .position(|token| token.as_deref() == Some(bytes))
            .map(|id| id as TokenId)
    };
    let whole = match vocabulary.semantics() {
        Semantics::Ranks => true,
        Semantics::Merges { ignore_merges } => ignore_merges,
    };
    if whole && let Some(id) = find(pretoken) {
        return Ok(vec![id]);
    }
    let mut ids = Vec::new();
    for (place, &byte) in pretoken.iter().enumerate() {
        ids.push(find(&[byte]).ok_or(place)?);
    }
    let bytes = |id: TokenId| vocabulary.bytes(id).unwrap_or(&[]);
    loop {
        let lowest = ids
            .windows(2)
            .enumerate()
            .filter_map(|(place, pair)| {
                let (rank, id) = match vocabulary.semantics() {
                    Semantics::Ranks => {
                        let id = find(&[bytes(pair[0]), bytes(pair[1])].concat())?;
                        (id as usize, id)
                    }
                    Semantics::Merges { .. } => {
                        let rank = vocabulary
                            .merges()
                            .iter()
                            .rposition(|merge| [merge.left, merge.right] == *pair)?;
                        (rank, vocabulary.merges()[rank].id)
                    }
                };
                Some((rank, place, id))
            })
            .min();
        let Some((_, place, id)) = lowest else {
            return Ok(ids);
        };
        ids.splice(place..place + 2, [id]);
    }
}

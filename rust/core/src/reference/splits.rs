//! The pair that becomes a token, by looking at all neighbours before each merge.

use crate::vocabulary::{TokenId, Vocabulary};

/// Joins the neighbours whose joined bytes have the lowest rank, the leftmost where several do, until two parts are left of `token`.
pub fn split_by_ranks(vocabulary: &Vocabulary, token: &[u8]) -> Option<(TokenId, TokenId)> {
    let mut parts: Vec<Vec<u8>> = token.iter().map(|byte| vec![*byte]).collect();
    while parts.len() > 2 {
        let joined = |at: usize| vocabulary.id(&[parts[at].as_slice(), &parts[at + 1]].concat());
        let (_, at) = (0..parts.len() - 1)
            .filter_map(|at| Some((joined(at)?, at)))
            .min()?;
        let right = parts.remove(at + 1);
        parts[at].extend(right);
    }
    match parts.as_slice() {
        [left, right] => Some((vocabulary.id(left)?, vocabulary.id(right)?)),
        _ => None,
    }
}

//! A vocabulary, ready to merge: symbols by rank, the pair table, the trie, and which of three ways encodes a pretoken.

use super::Work;
use super::backtrack;
use super::merge::{HeapScratch, SHORT, merge_long, merge_short};
use super::pairs::{BYTES, Facts, NONE, PairTable, Symbol};
use super::trie::Trie;
use crate::error::VocabularyError;
use crate::huge_pages;
use crate::vocabulary::{Semantics, TokenId, Vocabulary};
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Longest pretoken that is merged by a linear scan rather than by backtracking.
const SCANNED: usize = 4;

/// How a pretoken is encoded; all give the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Backtracking where the vocabulary allows it, scanning where that is faster.
    Best,
    /// Linear scan (short pretokens only).
    #[cfg(test)]
    Scan,
    /// Heap.
    #[cfg(test)]
    Heap,
}

impl Way {
    fn may_scan(self) -> bool {
        #[cfg(test)]
        return self != Self::Heap;
        #[cfg(not(test))]
        true
    }
}

/// What encoding a pretoken needs, kept between calls.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) symbols: Vec<Symbol>,
    heap: HeapScratch,
    dead: Vec<u64>,
    pub(crate) work: Work,
}

/// A byte without a token, and its place in the pretoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MissingByte {
    pub(crate) byte: u8,
    pub(crate) place: usize,
}

/// The merges of a vocabulary.
pub(crate) struct Model {
    pairs: PairTable,
    /// Where the vocabulary is monotone.
    trie: Option<Trie>,
    /// The id of each symbol; [`NONE`] for a byte without a token.
    ids: Vec<TokenId>,
    /// Tokens that merging does not reach, but that are taken where they are a whole pretoken.
    whole: HashMap<Box<[u8]>, TokenId, FixedState>,
    missing: Option<Box<[bool; BYTES]>>,
    longest: usize,
}

fn key(left: u32, right: u32) -> u64 {
    (u64::from(left) << 32) | u64::from(right)
}

impl Model {
    /// Finds out how merging makes each token, in the order of their lengths: what is made within a token is shorter than it, hence known.
    ///
    /// # Errors
    /// More ids or merges than symbols can number.
    pub(crate) fn new(vocabulary: &Vocabulary) -> Result<Self, VocabularyError> {
        let tokens = vocabulary.tokens();
        // Merges that follow from ranks are found out here anyway, so the list is not asked for.
        let orders = match vocabulary.semantics() {
            Semantics::Ranks => tokens.len(),
            Semantics::Merges { .. } => vocabulary.merges().len(),
        };
        let limit = (u32::MAX / 2) as usize;
        if tokens.len() > limit || orders > limit {
            return Err(VocabularyError::Inconsistent(format!(
                "{} ids and {orders} merges are too many; at most {limit} are supported",
                tokens.len(),
            )));
        }
        let mut byte_ids = [NONE; BYTES];
        let mut by_length: Vec<(u32, TokenId)> = Vec::with_capacity(tokens.len());
        for (id, bytes) in tokens.iter().enumerate() {
            match bytes.as_deref() {
                Some([byte]) => byte_ids[*byte as usize] = id as TokenId,
                Some(bytes) if bytes.len() > 1 => {
                    by_length.push((u32::try_from(bytes.len()).unwrap_or(u32::MAX), id as TokenId));
                }
                _ => {}
            }
        }
        by_length.sort_unstable();

        // The place of each pair in the list of merges; of double ones the last counts, as in `tokenizers`.
        let listed: Option<HashMap<u64, u32, FixedState>> = match vocabulary.semantics() {
            Semantics::Ranks => None,
            Semantics::Merges { .. } => Some(
                vocabulary
                    .merges()
                    .iter()
                    .enumerate()
                    .map(|(place, merge)| (key(merge.left, merge.right), place as u32))
                    .collect(),
            ),
        };
        let whole_rule = matches!(
            vocabulary.semantics(),
            Semantics::Ranks | Semantics::Merges { ignore_merges: true }
        );

        // Symbols are numbered by rank with gaps at first: 256 + id, or 256 + place in the list.
        let id_at = |order: usize| match vocabulary.semantics() {
            Semantics::Ranks => order as TokenId,
            Semantics::Merges { .. } => vocabulary.merges()[order].id,
        };
        let id_of = |symbol: Symbol| match symbol as usize {
            byte if byte < BYTES => byte_ids[byte],
            order => id_at(order - BYTES),
        };
        let mut known = PairTable::empty(BYTES + orders);
        let mut whole = HashMap::with_hasher(FixedState::default());
        let mut symbols = Vec::new();
        let mut heap = HeapScratch::default();
        let mut work = Work::default();
        for &(_, id) in &by_length {
            let Some(bytes) = &tokens[id as usize] else {
                continue;
            };
            symbols.clear();
            symbols.extend(bytes.iter().map(|&byte| Symbol::from(byte)));
            let count = if symbols.len() <= SHORT {
                merge_short(&known, &mut symbols, &mut work)
            } else {
                merge_long(&known, &mut symbols, &mut heap, &mut work)
            };
            let order = match (&symbols[..count], &listed) {
                (&[left, right], None) if id_of(left) != NONE && id_of(right) != NONE => Some(id),
                (&[left, right], Some(listed)) if id_of(left) != NONE && id_of(right) != NONE => listed
                    .get(&key(id_of(left), id_of(right)))
                    .copied()
                    .filter(|&place| vocabulary.merges()[place as usize].id == id),
                _ => None,
            };
            let Some(order) = order else {
                if whole_rule {
                    whole.insert(bytes.clone(), id);
                }
                continue;
            };
            known.insert(BYTES as Symbol + order, [symbols[0], symbols[1]]);
        }

        // Now without gaps.
        let mut number = vec![NONE; orders];
        let mut ids = byte_ids.to_vec();
        for (order, number) in number.iter_mut().enumerate() {
            if known.facts((BYTES + order) as Symbol).parts[0] != NONE {
                *number = ids.len() as Symbol;
                ids.push(id_at(order));
            }
        }
        let renumber = |symbol: Symbol| match symbol as usize {
            byte if byte < BYTES => symbol,
            order => number[order - BYTES],
        };
        let mut parts = Vec::with_capacity(ids.len());
        parts.resize(BYTES, [NONE, NONE]);
        let made = (BYTES..BYTES + orders).map(|symbol| known.facts(symbol as Symbol).parts);
        parts.extend(
            made.filter(|parts| parts[0] != NONE)
                .map(|parts| parts.map(renumber)),
        );
        drop(known);
        let monotone = parts
            .iter()
            .enumerate()
            .skip(BYTES)
            .all(|(symbol, parts)| parts.iter().all(|&part| (part as usize) < symbol));
        let bytes_of = |symbol: usize| -> &[u8] {
            vocabulary
                .bytes(ids[symbol])
                .filter(|_| ids[symbol] != NONE)
                .unwrap_or(&[])
        };
        let found = if monotone {
            let texts: Vec<&[u8]> = (0..ids.len()).map(bytes_of).collect();
            Trie::new(&texts)
        } else {
            None
        };
        let (trie, shorter) = found.unzip();
        let mut facts = huge_pages::with_capacity(ids.len());
        facts.extend((0..ids.len()).map(|symbol| Facts {
            parts: parts[symbol],
            shorter: shorter.as_ref().map_or(NONE, |shorter| shorter[symbol]),
            length: if symbol < BYTES {
                1
            } else {
                bytes_of(symbol).len() as u32
            },
        }));
        let missing = byte_ids
            .contains(&NONE)
            .then(|| Box::new(byte_ids.map(|id| id == NONE)));
        let longest = tokens
            .iter()
            .flatten()
            .map(|bytes| bytes.len())
            .max()
            .unwrap_or(0);
        Ok(Self {
            pairs: PairTable::new(facts),
            trie,
            ids,
            whole,
            missing,
            longest,
        })
    }

    /// Whether every token is made after its parts, so that backtracking is possible.
    #[cfg(test)]
    pub(crate) fn is_monotone(&self) -> bool {
        self.trie.is_some()
    }

    /// The length of the longest token in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// The id of each symbol and its length: what merging reaches (bytes without a token left out).
    pub(crate) fn reached(&self) -> impl Iterator<Item = TokenId> {
        self.ids.iter().copied().filter(|&id| id != NONE)
    }

    /// Tokens that are taken only where they are a whole pretoken.
    pub(crate) fn taken_whole(&self) -> impl Iterator<Item = (&[u8], TokenId)> {
        self.whole.iter().map(|(bytes, &id)| (&**bytes, id))
    }

    /// Whether pieces of a pretoken can stand for it: no token is taken whole that merging would not give.
    pub(crate) fn merges_reach_all(&self) -> bool {
        self.whole.is_empty()
    }

    /// Calls `emit` with the ids of a pretoken.
    ///
    /// # Errors
    /// The first byte that the vocabulary has no token for.
    pub(crate) fn encode(
        &self,
        pretoken: &[u8],
        way: Way,
        scratch: &mut Scratch,
        emit: &mut impl FnMut(TokenId),
    ) -> Result<(), MissingByte> {
        if !self.whole.is_empty()
            && let Some(&id) = self.whole.get(pretoken)
        {
            emit(id);
            return Ok(());
        }
        if let Some(missing) = &self.missing
            && let Some(place) = pretoken.iter().position(|&byte| missing[byte as usize])
        {
            let byte = pretoken[place];
            return Err(MissingByte { byte, place });
        }
        let Scratch {
            symbols,
            heap,
            dead,
            work,
        } = scratch;
        symbols.clear();
        if way == Way::Best
            && pretoken.len() > SCANNED
            && let Some(trie) = &self.trie
            && backtrack::encode(&self.pairs, trie, pretoken, dead, symbols, work)
        {
            for &symbol in symbols.iter() {
                emit(self.ids[symbol as usize]);
            }
            return Ok(());
        }
        symbols.clear();
        symbols.extend(pretoken.iter().map(|&byte| Symbol::from(byte)));
        let count = if symbols.len() <= SHORT && way.may_scan() {
            merge_short(&self.pairs, symbols, work)
        } else {
            merge_long(&self.pairs, symbols, heap, work)
        };
        for &symbol in &symbols[..count] {
            emit(self.ids[symbol as usize]);
        }
        Ok(())
    }
}

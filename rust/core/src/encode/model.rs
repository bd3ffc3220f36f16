//! A vocabulary, ready to merge: symbols by rank, the pair table, the trie, and which of three ways encodes a pretoken.

use super::Work;
use super::backtrack;
use super::lockstep::{Lanes, MOST_SYMBOLS, Pretokens};
use super::making::Made;
use super::merge::{HeapScratch, SHORT, merge_long, merge_short};
use super::pairs::{BYTES, NONE, PairTable, Symbol};
use super::trie::Trie;
use crate::error::VocabularyError;
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
    /// What an id is more than its symbol, where this is so for all that are not bytes: then their list, which is large, is not asked.
    shift: Option<u32>,
    /// Tokens that merging does not reach, but that are taken where they are a whole pretoken.
    whole: HashMap<Box<[u8]>, TokenId, FixedState>,
    /// Where there is no trie, and each token that is a whole pretoken is taken as it is: merging it anew where it is first seen took a third of a first pass.
    direct: Option<Vocabulary>,
    missing: Option<Box<[bool; BYTES]>>,
    longest: usize,
}

impl Model {
    /// Whether symbols can number what a vocabulary has.
    ///
    /// # Errors
    /// More ids or merges than they can.
    pub(crate) fn check(vocabulary: &Vocabulary) -> Result<(), VocabularyError> {
        let tokens = vocabulary.tokens();
        // Merges that follow from ranks are found out here anyway, so the list is not asked for.
        let orders = match vocabulary.semantics() {
            Semantics::Ranks => tokens.len(),
            Semantics::Merges { .. } => vocabulary.merges().len(),
        };
        let limit = MOST_SYMBOLS - BYTES;
        if tokens.len() > limit || orders > limit {
            return Err(VocabularyError::Inconsistent(format!(
                "{} ids and {orders} merges are too many; at most {limit} are supported",
                tokens.len(),
            )));
        }
        Ok(())
    }

    /// Finds out how merging makes each token.
    #[cfg(test)]
    pub(crate) fn new(vocabulary: &Vocabulary) -> Result<Self, VocabularyError> {
        Self::check(vocabulary)?;
        Ok(Self::of(vocabulary, super::making::make(vocabulary)))
    }

    /// Of what was found out about a vocabulary.
    pub(crate) fn of(vocabulary: &Vocabulary, made: Made) -> Self {
        let Made {
            ids,
            pairs,
            trie,
            unreached,
            ..
        } = made;
        let tokens = vocabulary.tokens();
        let whole_rule = matches!(
            vocabulary.semantics(),
            Semantics::Ranks | Semantics::Merges { ignore_merges: true }
        );
        let direct = (trie.is_none() && (whole_rule || unreached.is_empty())).then(|| vocabulary.clone());
        let mut whole = HashMap::with_hasher(FixedState::default());
        if whole_rule {
            let taken = |id: TokenId| Some((tokens[id as usize].clone()?, id));
            whole.extend(unreached.into_iter().filter_map(taken));
        }
        let missing: [bool; BYTES] = std::array::from_fn(|byte| ids[byte] == NONE);
        let lengths = tokens.iter().flatten().map(|bytes| bytes.len());
        let mut shifts = (0..)
            .zip(&ids)
            .skip(BYTES)
            .map(|(symbol, id)| id.wrapping_sub(symbol));
        let shift = shifts.next().filter(|&first| shifts.all(|shift| shift == first));
        Self {
            pairs,
            trie,
            ids,
            shift,
            whole,
            direct,
            missing: missing.contains(&true).then(|| Box::new(missing)),
            longest: lengths.max().unwrap_or(0),
        }
    }

    /// Whether every token is made after its parts, so that backtracking is possible.
    #[cfg(test)]
    pub(crate) fn is_monotone(&self) -> bool {
        self.trie.is_some()
    }

    /// Bytes of memory, but for tokens that are taken whole, which are few.
    pub(crate) fn memory(&self) -> usize {
        let trie = self.trie.as_ref().map_or(0, Trie::memory);
        self.pairs.memory() + trie + self.ids.capacity() * size_of::<TokenId>()
    }

    /// The length of the longest token in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// What is known of a symbol.
    #[cfg(test)]
    pub(super) fn shown(&self, symbol: Symbol) -> String {
        format!("{:?}", self.pairs.facts(symbol))
    }

    /// The trie, slot by slot.
    #[cfg(test)]
    pub(super) fn shown_trie(&self) -> Option<String> {
        self.trie.as_ref().map(|trie| format!("{trie:?}"))
    }

    /// The parts of each symbol that is not a byte.
    pub(super) fn parts(&self) -> impl ExactSizeIterator<Item = [Symbol; 2]> {
        (BYTES..self.ids.len()).map(|symbol| self.pairs.facts(symbol as Symbol).parts)
    }

    /// The id of a symbol.
    #[inline(always)]
    pub(super) fn id(&self, symbol: Symbol) -> TokenId {
        match self.shift {
            Some(shift) if symbol as usize >= BYTES => symbol.wrapping_add(shift),
            _ => self.ids[symbol as usize],
        }
    }

    /// The id of each symbol; [`NONE`] for a byte without a token.
    pub(super) fn ids(&self) -> &[TokenId] {
        &self.ids
    }

    /// The id of each symbol: what merging reaches (bytes without a token left out).
    pub(crate) fn reached(&self) -> impl Iterator<Item = TokenId> {
        self.ids.iter().copied().filter(|&id| id != NONE)
    }

    /// Whether pieces of a pretoken can stand for it: no token is taken whole that merging would not give.
    pub(crate) fn merges_reach_all(&self) -> bool {
        self.whole.is_empty()
    }

    /// Whether merging gives the ids of a pretoken: it is no token that is taken whole, and has no byte without a token.
    #[inline(always)]
    pub(crate) fn merges(&self, pretoken: &[u8]) -> bool {
        let is_whole = || self.whole.contains_key(pretoken);
        let misses = |missing: &[bool; BYTES]| pretoken.iter().any(|&byte| missing[byte as usize]);
        (self.whole.is_empty() || !is_whole()) && !self.missing.as_deref().is_some_and(misses)
    }

    /// Merges short pretokens side by side.
    #[inline(always)]
    pub(crate) fn merge_many<'a>(&self, lanes: &mut Lanes, pretokens: &mut impl Pretokens<'a>) {
        lanes.merge(&self.pairs, pretokens);
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
        if way == Way::Best
            && pretoken.len() > 1
            && let Some(vocabulary) = &self.direct
            && let Some(id) = vocabulary.id(pretoken)
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
                emit(self.id(symbol));
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
            emit(self.id(symbol));
        }
        Ok(())
    }
}

//! How merging makes each token: which two symbols it is made of.
//!
//! In a vocabulary in which nothing is merged before its parts, the order of merges itself gives it away, and nothing has to be merged: two symbols become one if they are
//! *compatible* (see `backtrack.rs`) under the merges that come before. Of a token whose rank is known, all splits in two are asked; a listed merge is one. This is
//! tried first. It has failed where a token that it found no parts for can be merged after all; then all tokens are merged, in the order of their lengths.
//!
//! That it has not failed otherwise: take the shortest token that truly is made in another way. All shorter ones are made as they should be, so the merges within its
//! bytes are the true ones. If it was found to be made of two parts, what comes before leaves just these of its bytes, as theirs is the lowest merge that is left
//! then; so they are its parts. If it was found to be made of none, merging it with what was found gives its parts.

use super::Work;
use super::backtrack::compatible;
use super::layout::Layout;
use super::merge::{HeapScratch, SHORT, merge_long, merge_short};
use super::pairs::{BYTES, Facts, NONE, PairTable, Symbol};
use super::trie::Trie;
use crate::beside::beside;
use crate::vocabulary::{Merge, Semantics, TokenId, Vocabulary};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::mpsc;
use std::thread;

/// What [`make`] finds.
pub(crate) struct Made {
    /// The id of each symbol; [`NONE`] for a byte without a token.
    pub(crate) ids: Vec<TokenId>,
    pub(crate) pairs: PairTable,
    /// Where each symbol is made after its parts.
    pub(crate) trie: Option<Trie>,
    /// How the trie of *all* tokens was laid out, by the numbers of [`Tokens::all`], where it was made as most are.
    pub(crate) layout: Option<Layout>,
    /// Tokens that merging does not give.
    pub(crate) unreached: Vec<TokenId>,
}

/// What all ways look at.
pub(super) struct Tokens<'a> {
    vocabulary: &'a Vocabulary,
    pub(super) byte_ids: [TokenId; BYTES],
    /// Ids of tokens of two bytes and more, in order.
    pub(super) longer: Vec<TokenId>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary) -> Self {
        let mut byte_ids = [NONE; BYTES];
        let mut longer = Vec::with_capacity(vocabulary.tokens().len());
        for (id, bytes) in vocabulary.tokens().iter().enumerate() {
            match bytes.as_deref() {
                Some([byte]) => byte_ids[*byte as usize] = id as TokenId,
                Some(bytes) if bytes.len() > 1 => longer.push(id as TokenId),
                _ => {}
            }
        }
        Self {
            vocabulary,
            byte_ids,
            longer,
        }
    }

    /// The ids of the bytes ([`NONE`] where there is no token), and of the longer tokens.
    pub(super) fn all(&self) -> Vec<TokenId> {
        [&self.byte_ids[..], &self.longer].concat()
    }

    pub(super) fn bytes(&self, id: TokenId) -> &'a [u8] {
        let tokens = self.vocabulary.tokens();
        tokens.get(id as usize).and_then(Option::as_deref).unwrap_or(&[])
    }

    /// The bytes of each symbol; none for a byte without a token.
    pub(super) fn texts(&self, ids: &[TokenId]) -> Vec<&'a [u8]> {
        ids.iter().map(|&id| self.bytes(id)).collect()
    }
}

/// What each token of a vocabulary is made of.
pub(crate) fn make(vocabulary: &Vocabulary) -> Made {
    let tokens = Tokens::new(vocabulary);
    let made = match vocabulary.semantics() {
        Semantics::Ranks => by_rank(&tokens),
        Semantics::Merges { .. } => by_list(&tokens),
    };
    match made {
        Some(made) if !misses_some(&tokens, &made) => made,
        _ => by_length(&tokens),
    }
}

/// A token, by number, and two others that it can be split in.
struct Split {
    number: u32,
    parts: [u32; 2],
}

/// Tokens whose splits are looked for at a time.
const CHUNK: usize = 1 << 12;

/// Chunks of splits that wait at most.
const WAITING: usize = 8;

/// Tokens are numbered as symbols would be if merging gave each of them, in the order of ids; these are the splits of some tokens in two that come before, in that order.
///
/// `prefixes`: the length of each, and the longest that it begins with.
fn splits(range: Range<usize>, texts: &[&[u8]], trie: &Trie, prefixes: &[(u32, u32)]) -> Vec<Split> {
    let mut splits = Vec::with_capacity(range.len() * 2);
    for number in range {
        let text = texts[number];
        let (_, mut left) = prefixes[number];
        while left != NONE {
            let (length, next) = prefixes[left as usize];
            let right = trie.whole(&text[length as usize..]);
            if (left as usize) < number && (right as usize) < number {
                splits.push(Split {
                    number: number as u32,
                    parts: [left, right],
                });
            }
            left = next;
        }
    }
    splits
}

/// Finds the parts of each token among its splits in two.
fn by_rank(tokens: &Tokens) -> Option<Made> {
    let candidates = tokens.all();
    let texts = tokens.texts(&candidates);
    let (mut trie, mut shorter, layout) = Trie::new(&texts)?;
    let mut finder = Finder::new(tokens);
    let chunks = (BYTES..candidates.len()).step_by(CHUNK);
    let chunks = chunks.map(|start| start..candidates.len().min(start + CHUNK));
    let lengths = texts.iter().map(|text| text.len() as u32);
    let prefixes: Vec<(u32, u32)> = lengths.zip(shorter.iter().copied()).collect();
    let find = |range| splits(range, &texts, &trie, &prefixes);
    let mut symbols = vec![NONE; candidates.len()];
    for (byte, symbol) in symbols.iter_mut().enumerate().take(BYTES) {
        *symbol = byte as Symbol;
    }
    let mut take = |splits: Vec<Split>| {
        for Split { number, parts } in splits {
            let number = number as usize;
            if symbols[number] == NONE {
                let parts = parts.map(|part| symbols[part as usize]);
                symbols[number] = finder.try_parts(parts, candidates[number], texts[number].len());
            }
        }
    };
    // Splits are found by one thread, and asked by the other.
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let others = chunks.clone();
        let send = move || others.map(find).try_for_each(|splits| sender.send(splits));
        if candidates.len() > SMALL && thread::Builder::new().spawn_scoped(scope, send).is_ok() {
            receiver.iter().for_each(&mut take);
        } else {
            chunks.map(find).for_each(&mut take);
        }
    });
    if symbols.contains(&NONE) {
        shorter = trie.renumber(&symbols, &shorter);
    }
    let unreached = (0..candidates.len()).filter(|&number| symbols[number] == NONE);
    Some(Made {
        unreached: unreached.map(|number| candidates[number]).collect(),
        ..finder.finish(trie, &shorter, layout)
    })
}

/// Finds which of the listed merges make their tokens.
fn by_list(tokens: &Tokens) -> Option<Made> {
    let candidates = tokens.all();
    let texts = tokens.texts(&candidates);
    let find = || {
        let mut symbols = vec![NONE; tokens.vocabulary.tokens().len()];
        for (byte, &id) in tokens.byte_ids.iter().enumerate() {
            if id != NONE {
                symbols[id as usize] = byte as Symbol;
            }
        }
        let mut finder = Finder::new(tokens);
        for merge in tokens.vocabulary.merges() {
            if symbols[merge.id as usize] == NONE {
                let parts = [merge.left, merge.right].map(|part| symbols[part as usize]);
                let length = tokens.bytes(merge.id).len();
                symbols[merge.id as usize] = finder.try_parts(parts, merge.id, length);
            }
        }
        (finder, symbols)
    };
    let ((finder, symbols), found) = beside(candidates.len() > SMALL, find, || Trie::new(&texts));
    let (mut trie, shorter, layout) = found?;
    let (bytes, longer) = candidates.split_at(BYTES);
    let bytes = (0..bytes.len()).map(|byte| byte as Symbol);
    let numbers: Vec<Symbol> = bytes
        .chain(longer.iter().map(|&id| symbols[id as usize]))
        .collect();
    let shorter = trie.renumber(&numbers, &shorter);
    let unreached = longer.iter().copied();
    Some(Made {
        unreached: unreached.filter(|&id| symbols[id as usize] == NONE).collect(),
        ..finder.finish(trie, &shorter, layout)
    })
}

/// Tables of vocabularies of so few tokens are made on one thread.
pub(crate) const SMALL: usize = 1 << 13;

/// Symbols found so far, in the order in which they are made.
struct Finder {
    ids: Vec<TokenId>,
    pairs: PairTable,
    steps: u64,
}

impl Finder {
    fn new(tokens: &Tokens) -> Self {
        Self {
            ids: tokens.byte_ids.to_vec(),
            pairs: PairTable::empty(BYTES + tokens.longer.len()),
            steps: 0,
        }
    }

    /// A symbol for a token, if it is made of these ([`NONE`]: one that is not made, so far) next; else [`NONE`].
    #[inline]
    fn try_parts(&mut self, parts: [Symbol; 2], id: TokenId, length: usize) -> Symbol {
        if parts.contains(&NONE) || !compatible(&self.pairs, parts[0], parts[1], &mut self.steps) {
            return NONE;
        }
        let symbol = self.ids.len() as Symbol;
        self.ids.push(id);
        let facts = Facts {
            parts,
            shorter: NONE,
            length: length as u32,
        };
        self.pairs.insert(symbol, facts);
        symbol
    }

    fn finish(mut self, trie: Trie, shorter: &[Symbol], layout: Layout) -> Made {
        self.pairs.finish(shorter);
        Made {
            ids: self.ids,
            pairs: self.pairs,
            trie: Some(trie),
            layout: Some(layout),
            unreached: Vec::new(),
        }
    }
}

/// Whether a token that no parts were found for can be merged.
fn misses_some(tokens: &Tokens, made: &Made) -> bool {
    if made.unreached.is_empty() {
        return false;
    }
    let mut merger = Merger::new(tokens);
    made.unreached.iter().any(|&id| {
        let parts = merger.parts(&made.pairs, tokens.bytes(id));
        let ids = parts.map(|parts| parts.map(|part| made.ids[part as usize]));
        ids.is_some_and(|ids| merger.order(ids, id).is_some())
    })
}

/// Merges tokens.
struct Merger<'a> {
    vocabulary: &'a Vocabulary,
    /// The place of each pair in the list of merges; of double ones the last counts, as in `tokenizers`.
    listed: Option<HashMap<u64, u32, FixedState>>,
    symbols: Vec<Symbol>,
    heap: HeapScratch,
    work: Work,
}

fn key(left: TokenId, right: TokenId) -> u64 {
    (u64::from(left) << 32) | u64::from(right)
}

impl<'a> Merger<'a> {
    fn new(tokens: &Tokens<'a>) -> Self {
        let place = |(place, merge): (usize, &Merge)| (key(merge.left, merge.right), place as u32);
        let vocabulary = tokens.vocabulary;
        Self {
            vocabulary,
            listed: match vocabulary.semantics() {
                Semantics::Ranks => None,
                Semantics::Merges { .. } => Some(vocabulary.merges().iter().enumerate().map(place).collect()),
            },
            symbols: Vec::new(),
            heap: HeapScratch::default(),
            work: Work::default(),
        }
    }

    /// What merging leaves of some bytes, where it is two symbols.
    fn parts(&mut self, pairs: &PairTable, bytes: &[u8]) -> Option<[Symbol; 2]> {
        let symbols = &mut self.symbols;
        symbols.clear();
        symbols.extend(bytes.iter().map(|&byte| Symbol::from(byte)));
        let count = if symbols.len() <= SHORT {
            merge_short(pairs, symbols, &mut self.work)
        } else {
            merge_long(pairs, symbols, &mut self.heap, &mut self.work)
        };
        (count == 2).then(|| [symbols[0], symbols[1]])
    }

    /// When two tokens are merged into `id`, if they are.
    fn order(&self, [left, right]: [TokenId; 2], id: TokenId) -> Option<u32> {
        if left == NONE || right == NONE {
            return None;
        }
        match &self.listed {
            None => Some(id),
            Some(listed) => {
                let place = *listed.get(&key(left, right))?;
                (self.vocabulary.merges()[place as usize].id == id).then_some(place)
            }
        }
    }
}

/// Merges each token, in the order of their lengths: what is made within a token is shorter than it, hence known.
fn by_length(tokens: &Tokens) -> Made {
    let vocabulary = tokens.vocabulary;
    let byte_ids = &tokens.byte_ids;
    let mut longer: Vec<(usize, TokenId)> = tokens
        .longer
        .iter()
        .map(|&id| (tokens.bytes(id).len(), id))
        .collect();
    longer.sort_unstable();
    // Symbols are numbered with gaps at first: 256 + id, or 256 + place in the list.
    let (orders, list) = match vocabulary.semantics() {
        Semantics::Ranks => (vocabulary.tokens().len(), None),
        Semantics::Merges { .. } => (vocabulary.merges().len(), Some(vocabulary.merges())),
    };
    let id_at = |order: usize| list.map_or(order as TokenId, |list| list[order].id);
    let id_of = |symbol: Symbol| match symbol as usize {
        byte if byte < BYTES => byte_ids[byte],
        order => id_at(order - BYTES),
    };
    let mut known = PairTable::empty(BYTES + orders);
    let mut merger = Merger::new(tokens);
    let mut unreached = Vec::new();
    for (length, id) in longer {
        let parts = merger.parts(&known, tokens.bytes(id));
        let order = parts.and_then(|parts| Some((merger.order(parts.map(id_of), id)?, parts)));
        match order {
            Some((order, parts)) => known.insert(
                BYTES as Symbol + order,
                Facts {
                    parts,
                    shorter: NONE,
                    length: length as u32,
                },
            ),
            None => unreached.push(id),
        }
    }

    // Now without gaps.
    let mut numbers = vec![NONE; BYTES + orders];
    let mut ids = byte_ids.to_vec();
    for (symbol, number) in numbers.iter_mut().enumerate() {
        if symbol < BYTES {
            *number = symbol as Symbol;
        } else if known.facts(symbol as Symbol).parts[0] != NONE {
            *number = ids.len() as Symbol;
            ids.push(id_at(symbol - BYTES));
        }
    }
    let mut pairs = PairTable::empty(ids.len());
    let mut monotone = true;
    for order in 0..orders {
        let facts = *known.facts((BYTES + order) as Symbol);
        let symbol = numbers[BYTES + order];
        if symbol != NONE {
            let parts = facts.parts.map(|part| numbers[part as usize]);
            monotone &= parts.iter().all(|&part| part < symbol);
            pairs.insert(symbol, Facts { parts, ..facts });
        }
    }
    let found = if monotone {
        Trie::new(&tokens.texts(&ids))
    } else {
        None
    };
    let (trie, shorter) = found.map(|(trie, shorter, _)| (trie, shorter)).unzip();
    pairs.finish(shorter.as_deref().unwrap_or(&[]));
    Made {
        ids,
        pairs,
        trie,
        layout: None,
        unreached,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Both ways give the same tables.
    fn check(vocabulary: &Vocabulary) -> Made {
        let (made, merged) = (make(vocabulary), by_length(&Tokens::new(vocabulary)));
        let sorted = |made: &Made| {
            let mut unreached = made.unreached.clone();
            unreached.sort_unstable();
            unreached
        };
        assert_eq!(made.ids, merged.ids);
        assert_eq!(sorted(&made), sorted(&merged));
        assert_eq!(made.trie.is_some(), merged.trie.is_some());
        for (symbol, &id) in (0..).zip(&made.ids) {
            let (facts, expected) = (made.pairs.facts(symbol), merged.pairs.facts(symbol));
            assert_eq!(format!("{facts:?}"), format!("{expected:?}"), "symbol {symbol}");
            if let (Some(trie), Some(bytes)) = (&made.trie, vocabulary.bytes(id)) {
                assert_eq!(trie.whole(bytes), symbol);
                assert_eq!(trie.longest(bytes, &mut 0), symbol);
            }
        }
        for &id in &made.unreached {
            if let (Some(trie), Some(bytes)) = (&made.trie, vocabulary.bytes(id)) {
                assert_eq!(trie.whole(bytes), NONE);
            }
        }
        made
    }

    /// Tokens joined of earlier ones by chance, and of which two.
    fn by_chance(count: usize) -> (Vec<Vec<u8>>, Vec<Merge>) {
        let mut tokens: Vec<Vec<u8>> = (1..=255).map(|byte| vec![byte]).collect();
        let mut known: HashMap<Vec<u8>, TokenId> = (0..)
            .zip(&tokens)
            .map(|(id, token)| (token.clone(), id))
            .collect();
        let mut merges = Vec::new();
        let mut seed = 1u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % below
        };
        while tokens.len() < count {
            // A few letters come up again and again, so that the same bytes can be made in several ways.
            let [left, right] = [0; 2].map(|_| if next(2) == 0 { next(6) } else { next(tokens.len()) });
            let bytes = [&*tokens[left], &*tokens[right]].concat();
            if bytes.len() < 20 && !known.contains_key(&bytes) {
                let [left, right, id] = [left, right, tokens.len()].map(|id| id as TokenId);
                known.insert(bytes.clone(), id);
                merges.push(Merge { left, right, id });
                tokens.push(bytes);
            }
        }
        (tokens, merges)
    }

    #[test]
    fn large_vocabularies_as_by_merging() {
        let (tokens, merges) = by_chance(SMALL + 3000);
        let ranks = |tokens: &[Vec<u8>]| tokens.iter().cloned().zip(0..).collect();
        let made = check(&Vocabulary::from_ranks(ranks(&tokens)).unwrap());
        assert!(!made.unreached.is_empty());
        let mut turned = tokens.clone();
        turned.reverse();
        assert!(
            check(&Vocabulary::from_ranks(ranks(&turned)).unwrap())
                .trie
                .is_none()
        );
        let listed = |merges: &[Merge]| {
            let tokens = tokens.iter().map(|token| Some(token.clone().into_boxed_slice()));
            Vocabulary::from_merges(tokens.collect(), merges.to_vec(), true).unwrap()
        };
        check(&listed(&merges));
        let mut some = merges.clone();
        some.retain(|merge| merge.id % 50 != 0);
        assert!(!check(&listed(&some)).unreached.is_empty());
        some.reverse();
        check(&listed(&some));
    }

    #[test]
    fn published_vocabularies_as_by_merging() {
        let Some(data) = std::env::var_os("BYTEWRIGHT_DATA") else {
            return;
        };
        let spec = crate::pretokenize::PretokenizerSpec::none();
        for name in [
            "r50k_base.tiktoken",
            "o200k_base.tiktoken",
            "models/llama3.tiktoken",
            "models/qwen2.tokenizer.json",
        ] {
            let path = std::path::Path::new(&data).join("vocabularies").join(name);
            if path.is_file() {
                check(&crate::vocabulary::load(&path, Some(&spec)).unwrap().vocabulary);
            }
        }
    }
}

//! What was found out about a vocabulary, as the content of a file, so that the next process need not find it out again.
//!
//! The tables themselves are not in it: what merging makes each token of, and how the trie is laid out, is most of the time that they take and a third of their size,
//! and tables made of it are sound whatever it says. **Nothing in it is believed.** A file of another vocabulary, a shorter or a longer one, or one with a bit turned is
//! refused by its digest, its length and its checksum; one that was forged with a right checksum is refused where a part is not older than what it makes or their lengths
//! do not add up, where two symbols share a token, or where the trie would not be one (`trie.rs`, `layout.rs`). What remains could give other ids, as a forged
//! vocabulary could, but no other failure.
//!
//! All numbers have 32 bits, the lowest byte first:
//!
//! | words | what |
//! |---|---|
//! | 2 | `BWTABLES` |
//! | 4 | the [`digest`] of the vocabulary |
//! | 5 | tokens of two bytes and more, symbols made, tokens in the trie, nodes with children, slots of the trie |
//! | 1 | whether there are cuts |
//! | one a token of two bytes and more | its symbol, or [`NONE`] where merging does not make it |
//! | two a symbol made | its parts |
//! | one a token in the trie | its number, in the order of their bytes |
//! | one a node | its base |
//! | | the cuts |
//! | 2 | XXH3 of all that comes before |

use super::cuts::Cuts;
use super::layout::Layout;
use super::making::{Made, Tokens};
use super::pairs::{BYTES, Facts, NONE, PairTable, Symbol};
use super::tables::Tables;
use super::trie::Trie;
use crate::vocabulary::{Semantics, Vocabulary};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Of the content, and of what is found out: to be raised with either.
const VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"BWTABLES";

/// Bytes that are hashed at a time.
const HASHED: usize = 1 << 14;

/// Everything that a file depends on: the vocabulary, this version, and the version of the package.
pub(super) fn digest(vocabulary: &Vocabulary) -> u128 {
    let mut hash = Xxh3::new();
    let mut buffer = Vec::with_capacity(2 * HASHED);
    let mut add = |bytes: &[u8]| {
        buffer.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        buffer.extend_from_slice(bytes);
        if buffer.len() >= HASHED {
            hash.update(&buffer);
            buffer.clear();
        }
    };
    add(&VERSION.to_le_bytes());
    add(env!("CARGO_PKG_VERSION").as_bytes());
    let (kind, merges) = match vocabulary.semantics() {
        Semantics::Ranks => (0, &[][..]),
        Semantics::Merges { ignore_merges } => (1 + u8::from(ignore_merges), vocabulary.merges()),
    };
    add(&[kind]);
    for token in vocabulary.tokens() {
        // No token is empty.
        add(token.as_deref().unwrap_or_default());
    }
    for merge in merges {
        add([merge.left, merge.right, merge.id]
            .map(u32::to_le_bytes)
            .as_flattened());
    }
    hash.update(&buffer);
    hash.digest128()
}

/// Numbers of 32 bits.
#[derive(Clone, Copy)]
struct Words<'a>(&'a [[u8; 4]]);

impl<'a> Words<'a> {
    /// The next `count` of them, which are taken off.
    fn take(&mut self, count: usize) -> Option<Self> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(Self(taken))
    }

    fn iter(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.0.iter().map(|&word| u32::from_le_bytes(word))
    }
}

/// The content of a file.
pub(super) fn content(vocabulary: &Vocabulary, digest: u128, tables: &Tables, layout: &Layout) -> Vec<u8> {
    let Tables { model, cuts } = tables;
    let longer = Tokens::new(vocabulary).longer;
    let mut symbols = vec![NONE; vocabulary.tokens().len()];
    for (symbol, &id) in (0..).zip(model.ids()).skip(BYTES) {
        symbols[id as usize] = symbol;
    }
    let counts = [
        longer.len(),
        model.parts().len(),
        layout.order.len(),
        layout.bases.len(),
        layout.slots,
        usize::from(cuts.is_some()),
    ];
    let words = counts
        .into_iter()
        .map(|count| count as u32)
        .chain(longer.iter().map(|&id| symbols[id as usize]))
        .chain(model.parts().flatten())
        .chain(layout.order.iter().copied())
        .chain(layout.bases.iter().copied());
    let cuts = cuts.iter().flat_map(Cuts::words);
    let mut content =
        Vec::with_capacity(HASHED + 4 * (longer.len() * 4 + layout.bases.len()) + 8 * Cuts::WORDS);
    content.extend_from_slice(MAGIC);
    content.extend_from_slice(&digest.to_le_bytes());
    content.extend(words.flat_map(u32::to_le_bytes));
    content.extend(cuts.flat_map(u64::to_le_bytes));
    let checksum = xxh3_64(&content);
    content.extend_from_slice(&checksum.to_le_bytes());
    content
}

/// What a file says about the vocabulary of this digest, made into tables; nothing where anything is wrong with it.
pub(super) fn read(vocabulary: &Vocabulary, digest: u128, content: &[u8]) -> Option<(Made, Option<Cuts>)> {
    let (content, checksum) = content.split_last_chunk::<8>()?;
    if xxh3_64(content) != u64::from_le_bytes(*checksum) {
        return None;
    }
    let content = content.strip_prefix(MAGIC)?.strip_prefix(&digest.to_le_bytes())?;
    let (words, []) = content.as_chunks::<4>() else {
        return None;
    };
    let mut words = Words(words);
    let mut counts = words.take(6)?.iter().map(|count| count as usize);
    let mut count = || counts.next().unwrap_or(0);
    let (longer, made, ordered, nodes, slots, has_cuts) =
        (count(), count(), count(), count(), count(), count());
    let numbers = words.take(longer)?;
    let parts = words.take(made.checked_mul(2)?)?;
    let order = words.take(ordered)?;
    let bases = words.take(nodes)?;
    let cuts = words.take(if has_cuts == 0 { 0 } else { 2 * Cuts::WORDS })?;
    if !words.0.is_empty() {
        return None;
    }
    let made = remake(vocabulary, numbers, parts, order, bases, slots)?;
    let double = |two: &[[u8; 4]; 2]| {
        let [low, high] = two.map(u32::from_le_bytes);
        u64::from(high) << 32 | u64::from(low)
    };
    let cuts = (has_cuts != 0).then(|| Cuts::from_words(cuts.0.as_chunks::<2>().0.iter().map(double)));
    Some((made, cuts))
}

/// Makes the tables without looking for anything.
fn remake(
    vocabulary: &Vocabulary,
    numbers: Words,
    parts: Words,
    order: Words,
    bases: Words,
    slots: usize,
) -> Option<Made> {
    let tokens = Tokens::new(vocabulary);
    let (parts, []) = parts.0.as_chunks::<2>() else {
        return None;
    };
    let count = BYTES + parts.len();
    if numbers.0.len() != tokens.longer.len() || parts.len() > tokens.longer.len() {
        return None;
    }
    let mut ids = tokens.byte_ids.to_vec();
    ids.resize(count, NONE);
    let mut unreached = Vec::new();
    for (&id, number) in tokens.longer.iter().zip(numbers.iter()) {
        if number == NONE {
            unreached.push(id);
            continue;
        }
        // Each symbol is one token, and none of them a byte.
        match ids.get_mut(number as usize) {
            Some(place) if number as usize >= BYTES && *place == NONE => *place = id,
            _ => return None,
        }
    }
    let mut pairs = PairTable::empty(BYTES + tokens.longer.len());
    for ((symbol, &id), two) in (0..).zip(&ids).skip(BYTES).zip(parts) {
        let parts = two.map(u32::from_le_bytes);
        if id == NONE || parts.iter().any(|&part| part >= symbol) {
            return None;
        }
        let length = tokens.bytes(id).len();
        if parts
            .map(|part| pairs.facts(part).length as usize)
            .iter()
            .sum::<usize>()
            != length
        {
            return None;
        }
        let facts = Facts {
            parts,
            shorter: NONE,
            length: length as u32,
        };
        pairs.insert(symbol, facts);
    }
    let texts = tokens.texts(&tokens.all());
    let (mut trie, mut shorter) = Trie::laid_out(&texts, order.iter(), bases.iter(), slots)?;
    if !numbers.iter().eq(BYTES as Symbol..count as Symbol) {
        let bytes = 0..BYTES as Symbol;
        let numbers: Vec<Symbol> = bytes.chain(numbers.iter()).collect();
        shorter = trie.renumber(&numbers, &shorter);
    }
    pairs.finish(&shorter);
    Some(Made {
        ids,
        pairs,
        trie: Some(trie),
        layout: None,
        unreached,
    })
}

//! Every way of encoding held to the reference, on small vocabularies of every kind.
#![allow(clippy::unwrap_used)]

use super::Work;
use super::keys::LONG;
use super::lockstep::{Lanes, Pretokens};
use super::model::{MissingByte, Model, Scratch, Way};
use super::pairs::Symbol;
use crate::reference::encode::encode_pretoken;
use crate::vocabulary::{Merge, TokenId, Vocabulary};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

const LETTERS: &[u8] = b"abc";

fn encode(model: &Model, text: &[u8], way: Way) -> Result<Vec<TokenId>, MissingByte> {
    let mut ids = Vec::new();
    model.encode(text, way, &mut Scratch::default(), &mut |id| ids.push(id))?;
    Ok(ids)
}

/// Texts that are merged side by side, and the ids of each.
struct Together<'a> {
    model: &'a Model,
    waiting: std::iter::Enumerate<std::slice::Iter<'a, &'a [u8]>>,
    ids: Vec<Vec<TokenId>>,
}

impl<'a> Pretokens<'a> for Together<'a> {
    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        self.waiting.next().map(|(number, text)| (number, *text))
    }

    fn done(&mut self, number: usize, symbols: &[Symbol]) {
        assert!(self.ids[number].is_empty(), "once");
        self.ids[number] = symbols.iter().map(|&symbol| self.model.id(symbol)).collect();
    }
}

/// More texts than are merged at once, and fewer.
fn check_together(vocabulary: &Vocabulary, model: &Model, texts: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let parts = texts.iter().flat_map(|text| text.chunks(LONG));
    let merged: Vec<&[u8]> = parts.filter(|text| model.merges(text)).collect();
    let mut lanes = Lanes::default();
    for some in [&merged[..merged.len() / 8], &merged] {
        let mut together = Together {
            model,
            waiting: some.iter().enumerate(),
            ids: vec![Vec::new(); some.len()],
        };
        model.merge_many(&mut lanes, &mut together);
        for (text, ids) in some.iter().zip(together.ids) {
            prop_assert_eq!(
                Ok(ids),
                encode_pretoken(vocabulary, text),
                "{:?} by {:?}",
                text,
                vocabulary
            );
        }
    }
    Ok(())
}

/// All ways agree with the reference (`Scan` falls back to the heap for long texts).
fn check(vocabulary: &Vocabulary, texts: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let model = Model::new(vocabulary).unwrap();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        let expected = encode_pretoken(vocabulary, text);
        for way in [Way::Best, Way::Scan, Way::Heap] {
            let found = encode(&model, text, way).map_err(|missing| missing.place);
            prop_assert_eq!(&found, &expected, "{:?} of {:?} by {:?}", way, text, vocabulary);
        }
    }
    check_together(vocabulary, &model, texts)
}

fn texts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let short = prop::collection::vec(prop::sample::select(LETTERS), 1..12);
    let long = prop::collection::vec(prop::sample::select(LETTERS), 1..150);
    let runs = prop::collection::vec((prop::sample::select(LETTERS), 1..20usize), 1..8).prop_map(|runs| {
        runs.iter()
            .flat_map(|&(letter, count)| vec![letter; count])
            .collect()
    });
    prop::collection::vec(prop_oneof![short, long, runs], 1..12)
}

/// Any set of strings, in any order of ranks: unreachable tokens, and merges whose parts have higher ranks.
fn any_ranks() -> impl Strategy<Value = Vocabulary> {
    let word = prop::collection::vec(prop::sample::select(LETTERS), 2..7);
    (
        prop::collection::hash_set(word, 0..30),
        any::<u64>(),
        any::<bool>(),
    )
        .prop_map(|(words, seed, bytes_first)| {
            let mut tokens: Vec<Vec<u8>> = words.into_iter().collect();
            tokens.sort();
            shuffle(&mut tokens, seed);
            let bytes = LETTERS.iter().map(|&letter| vec![letter]);
            let mut all: Vec<Vec<u8>> = if bytes_first {
                bytes.chain(tokens).collect()
            } else {
                tokens.into_iter().chain(bytes).collect()
            };
            if seed.is_multiple_of(7) {
                all.retain(|token| token != b"c");
            }
            let ranks = all
                .into_iter()
                .enumerate()
                .map(|(id, token)| (token, id as TokenId));
            Vocabulary::from_ranks(ranks.collect()).unwrap()
        })
}

fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for index in (1..items.len()).rev() {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(index, (seed >> 33) as usize % (index + 1));
    }
}

/// Merges of tokens made before: in order of their making (monotone), or shuffled; several merges may give one id.
fn any_merges() -> impl Strategy<Value = Vocabulary> {
    let choices = prop::collection::vec((any::<u16>(), any::<u16>()), 0..40);
    (choices, any::<u64>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(choices, seed, shuffled, every_split, ignore_merges)| {
            let mut tokens: Vec<Vec<u8>> = LETTERS.iter().map(|&letter| vec![letter]).collect();
            let mut ids: HashMap<Vec<u8>, TokenId> = (0..)
                .zip(&tokens)
                .map(|(id, token)| (token.clone(), id))
                .collect();
            let mut merges: Vec<Merge> = Vec::new();
            let mut seen = HashSet::new();
            for (left, right) in choices {
                let [left, right] = [left, right].map(|choice| choice as usize % tokens.len());
                let bytes = [&*tokens[left], &*tokens[right]].concat();
                if bytes.len() > 12 {
                    continue;
                }
                let id = *ids.entry(bytes.clone()).or_insert_with(|| {
                    tokens.push(bytes.clone());
                    tokens.len() as TokenId - 1
                });
                let splits: Vec<(TokenId, TokenId)> = if every_split {
                    (1..bytes.len())
                        .filter_map(|cut| Some((*ids.get(&bytes[..cut])?, *ids.get(&bytes[cut..])?)))
                        .collect()
                } else {
                    vec![(left as TokenId, right as TokenId)]
                };
                for (left, right) in splits {
                    if seen.insert((left, right)) {
                        merges.push(Merge { left, right, id });
                    }
                }
            }
            if shuffled {
                shuffle(&mut merges, seed);
            }
            // Tokens that no merge gives.
            for word in [&b"cab"[..], b"bbbb"] {
                if seed.is_multiple_of(3) && !ids.contains_key(word) {
                    tokens.push(word.to_vec());
                }
            }
            let tokens = tokens
                .into_iter()
                .map(|token| Some(token.into_boxed_slice()))
                .collect();
            Vocabulary::from_merges(tokens, merges, ignore_merges).unwrap()
        },
    )
}

/// A vocabulary as training gives it, from the corpus `text`.
fn trained(text: &[u8], merges: usize) -> Vec<Vec<u8>> {
    let mut tokens: Vec<Vec<u8>> = LETTERS.iter().map(|&letter| vec![letter]).collect();
    let mut symbols: Vec<Vec<u8>> = text.iter().map(|&byte| vec![byte]).collect();
    for _ in 0..merges {
        let mut counts: HashMap<Vec<u8>, usize> = HashMap::new();
        for pair in symbols.windows(2) {
            *counts.entry([&*pair[0], &*pair[1]].concat()).or_default() += 1;
        }
        counts.retain(|bytes, _| !tokens.contains(bytes));
        let Some((best, _)) = counts.into_iter().max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0))) else {
            break;
        };
        let mut index = 0;
        while index + 1 < symbols.len() {
            if [&*symbols[index], &*symbols[index + 1]].concat() == best {
                symbols[index] = best.clone();
                symbols.remove(index + 1);
            }
            index += 1;
        }
        tokens.push(best);
    }
    tokens
}

fn trained_ranks() -> impl Strategy<Value = Vocabulary> {
    (
        prop::collection::vec(prop::sample::select(LETTERS), 20..400),
        0..60usize,
    )
        .prop_map(|(text, merges)| {
            let ranks = (0..).zip(trained(&text, merges)).map(|(id, token)| (token, id));
            Vocabulary::from_ranks(ranks.collect()).unwrap()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_ranks_as_the_reference(vocabulary in any_ranks(), texts in texts()) {
        check(&vocabulary, &texts)?;
    }

    #[test]
    fn any_merges_as_the_reference(vocabulary in any_merges(), texts in texts()) {
        check(&vocabulary, &texts)?;
    }

    #[test]
    fn trained_as_the_reference(vocabulary in trained_ranks(), texts in texts()) {
        prop_assert!(Model::new(&vocabulary).unwrap().is_monotone());
        check(&vocabulary, &texts)?;
    }
}

#[test]
fn the_two_semantics_differ() {
    // Ranks merge any two neighbours whose join is a token; the list has one way to `abc` only, and `bc` before it.
    let tokens = [&b"a"[..], b"b", b"c", b"ab", b"bc", b"abc"];
    let ranks = (0..)
        .zip(tokens)
        .map(|(id, token)| (token.to_vec(), id))
        .collect();
    let by_ranks = Vocabulary::from_ranks(ranks).unwrap();
    let list = |merges: &[(u32, u32, u32)], ignore_merges| {
        let merges = merges
            .iter()
            .map(|&(left, right, id)| Merge { left, right, id })
            .collect();
        let tokens = tokens.iter().map(|&token| Some(token.into())).collect();
        Vocabulary::from_merges(tokens, merges, ignore_merges).unwrap()
    };
    let merges = [(1, 2, 4), (0, 1, 3), (3, 2, 5)];
    let encode = |vocabulary: &Vocabulary, text: &[u8]| {
        encode(&Model::new(vocabulary).unwrap(), text, Way::Best).unwrap()
    };
    assert_eq!(encode(&by_ranks, b"abc"), [5]);
    assert_eq!(encode(&by_ranks, b"cabc"), [2, 5]);
    assert_eq!(encode(&list(&merges, false), b"abc"), [0, 4]);
    assert_eq!(encode(&list(&merges, true), b"abc"), [5]);
    assert_eq!(encode(&list(&merges, true), b"cabc"), [2, 0, 4]);
}

#[test]
fn work_is_linear() {
    let letters: Vec<u8> = (0..4000u32)
        .map(|index| LETTERS[(index.wrapping_mul(2_654_435_761) >> 20) as usize % 3])
        .collect();
    let ranks = (0..).zip(trained(&letters, 200)).map(|(id, token)| (token, id));
    let model = Model::new(&Vocabulary::from_ranks(ranks.collect()).unwrap()).unwrap();
    for kind in ["one letter", "letters", "other letters"] {
        for length in [1_000, 30_000, 300_000u32] {
            let text: Vec<u8> = match kind {
                "one letter" => vec![b'a'; length as usize],
                "letters" => letters.iter().copied().cycle().take(length as usize).collect(),
                _ => (0..length)
                    .map(|index| LETTERS[(index.wrapping_mul(0x85EB_CA6B) >> 19) as usize % 3])
                    .collect(),
            };
            let mut scratch = Scratch::default();
            model.encode(&text, Way::Best, &mut scratch, &mut |_| {}).unwrap();
            let Work {
                symbols,
                queue_operations,
            } = scratch.work;
            assert_eq!(queue_operations, 0);
            assert!(
                symbols < 30 * u64::from(length),
                "{kind}, {length}: {symbols} steps"
            );
        }
    }
}

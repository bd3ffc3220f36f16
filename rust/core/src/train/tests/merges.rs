//! The fast trainer against the obvious one, and the vectors.

use crate::Monitor;
use crate::error::TrainError;
use crate::reference::train as reference;
use crate::train::alphabet::alphabet;
use crate::train::base::Base;
use crate::train::counts::{CountsHeader, PretokenCounts};
use crate::train::learn::train_with;
use crate::train::merge::Threshold;
use crate::train::{Ties, TrainOptions, Trained, train};
use crate::vocabulary::{Definition, Vocabulary};
use proptest::prelude::*;
use std::collections::HashMap;

/// Counts of words that were seen in this order, one after the other.
fn count(words: &[(&[u8], u64)]) -> PretokenCounts {
    let mut known: HashMap<&[u8], (u64, u64)> = HashMap::new();
    let mut offset = 0;
    for &(word, count) in words {
        known.entry(word).or_insert((0, offset)).0 += count;
        offset += word.len() as u64;
    }
    let mut counts = PretokenCounts::collect(CountsHeader::default(), true);
    for (word, (count, first)) in known {
        counts.push(word, count, first);
    }
    counts.finish()
}

fn options(merges: usize) -> TrainOptions {
    TrainOptions {
        vocab_size: 256 + merges,
        min_frequency: 0,
        max_token_length: None,
        special_tokens: Vec::new(),
        special_first: false,
        ties: Ties::SmallestIds,
        threads: 1,
    }
}

type Pairs = Vec<(Vec<u8>, Vec<u8>, u64)>;

fn learned(trained: &Trained, skip: usize) -> Pairs {
    let vocabulary = &trained.definition.vocabulary;
    let merges = vocabulary.merges()[skip..].iter().zip(&trained.merge_counts);
    let bytes = |id| vocabulary.bytes(id).unwrap().to_vec();
    merges
        .map(|(merge, &count)| (bytes(merge.left), bytes(merge.right), count))
        .collect()
}

fn by_the_book(counts: &PretokenCounts, options: &TrainOptions, base: Option<&Definition>) -> Pairs {
    let mut tokens: Vec<Vec<u8>> = alphabet().map(|byte| vec![byte]).into();
    let mut place: HashMap<u8, usize> = alphabet().into_iter().zip(0..).collect();
    let base = base.map(|base| Base::new(&base.vocabulary));
    if let Some(base) = &base {
        place.clear();
        tokens = base.known().1.into_iter().map(Vec::from).collect();
    }
    let words = (0..counts.len()).map(|index| {
        let (pretoken, count) = counts.get(index);
        let symbols = match &base {
            Some(base) => base.encode(pretoken).into_iter().map(|(id, _)| id).collect(),
            None => pretoken.iter().map(|byte| Some(place[byte])).collect(),
        };
        reference::Word {
            symbols,
            count,
            first: counts.firsts()[index],
        }
    });
    let rules = reference::Rules {
        tokens: options.vocab_size - tokens.len(),
        min_frequency: options.min_frequency,
        max_token_length: options.max_token_length.unwrap_or(usize::MAX),
        first_seen: options.ties == Ties::FirstSeen,
    };
    let merges = reference::train(words.collect(), &mut tokens, rules);
    let bytes = |id: usize| tokens[id].clone();
    merges
        .into_iter()
        .map(|(left, right, _, count)| (bytes(left), bytes(right), count))
        .collect()
}

fn tokens_of(words: &[(&[u8], u64)], merges: usize, ties: Ties) -> Vec<String> {
    let options = TrainOptions {
        ties,
        ..options(merges)
    };
    let trained = train(&count(words), &options, None, &Monitor::silent()).unwrap();
    let tokens = trained.definition.vocabulary.tokens()[256..].iter();
    tokens
        .map(|token| String::from_utf8_lossy(token.as_deref().unwrap()).into_owned())
        .collect()
}

/// `the car`, `the cat`, `the rat`, split at white space.
const LECTURE: [(&[u8], u64); 9] = [
    (b"the", 1),
    (b" ", 1),
    (b"car", 1),
    (b"the", 1),
    (b" ", 1),
    (b"cat", 1),
    (b"the", 1),
    (b" ", 1),
    (b"rat", 1),
];

#[test]
fn vectors_of_the_lecture() {
    assert_eq!(tokens_of(&LECTURE, 3, Ties::FirstSeen), ["th", "the", "ca"]);
    assert_eq!(tokens_of(&LECTURE, 3, Ties::SmallestIds), ["he", "the", "at"]);
}

#[test]
fn runs_are_counted_with_overlap_and_merged_from_the_left() {
    let trained = train(
        &count(&[(b"aaaa", 1), (b"aaa", 2)]),
        &options(9),
        None,
        &Monitor::silent(),
    )
    .unwrap();
    let a = |n: usize| vec![b'a'; n];
    assert_eq!(
        learned(&trained, 0),
        [(a(1), a(1), 7), (a(2), a(1), 2), (a(2), a(2), 1)]
    );
    assert!(trained.exhausted);
}

#[test]
fn ids_are_contiguous_and_special_tokens_stand_where_asked() {
    for special_first in [false, true] {
        let options = TrainOptions {
            vocab_size: 260,
            special_tokens: vec!["<s>".to_owned(), "</s>".to_owned()],
            special_first,
            ..options(0)
        };
        let trained = train(&count(&LECTURE), &options, None, &Monitor::silent()).unwrap();
        let definition = &trained.definition;
        let ids: Vec<u32> = definition.added_tokens.iter().map(|added| added.id).collect();
        let (first, bang) = if special_first { (0, 2) } else { (258, 0) };
        assert_eq!(ids, [first, first + 1]);
        assert_eq!(definition.vocabulary.bytes(bang), Some(b"!".as_slice()));
        assert_eq!(definition.vocabulary.bytes(bang + 257), Some(b"the".as_slice()));
        assert_eq!(trained.merge_counts, [3, 3]);
        assert!(!trained.exhausted);
    }
}

#[test]
fn settings_that_can_not_be_met_are_refused() {
    let message = |words: &[(&[u8], u64)], options: TrainOptions| {
        train(&count(words), &options, None, &Monitor::silent())
            .unwrap_err()
            .to_string()
    };
    let special = |tokens: &[&str], vocab_size: usize| TrainOptions {
        special_tokens: tokens.iter().map(|&token| token.to_owned()).collect(),
        vocab_size,
        ..options(0)
    };
    assert!(message(&LECTURE, special(&["<s>"], 256)).contains("at least 257"));
    assert!(message(&LECTURE, special(&["the"], 259)).contains("\"the\""));
    assert!(message(&LECTURE, special(&["a"], 259)).contains("\"a\""));
    assert!(message(&LECTURE, special(&["<s>", "<s>"], 300)).contains("twice"));
    assert!(message(&LECTURE, special(&[""], 300)).contains("empty"));
    let empty = train(&count(&[]), &options(1), None, &Monitor::silent());
    assert!(matches!(empty, Err(TrainError::EmptyCorpus(_))));
    assert!(message(&[(b"ab", u64::MAX)], options(1)).contains("64 bits"));
    let zero = TrainOptions {
        max_token_length: Some(0),
        ..options(1)
    };
    assert!(message(&LECTURE, zero).contains("max_token_length"));
}

#[test]
fn long_pretokens_take_linear_time() {
    let run = vec![b'a'; 10_000_000];
    let random: Vec<u8> = (0..3_000_000_u64)
        .map(|n| b'a' + (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u8 % 26)
        .collect();
    for word in [run, random] {
        let trained = train(&count(&[(&word, 3)]), &options(2000), None, &Monitor::silent()).unwrap();
        assert_eq!(trained.exhausted, word.len() == 10_000_000);
    }
}

#[test]
fn extending_makes_no_token_twice_and_keeps_ids() {
    // "abc" is in the base, but no merge reaches it.
    let mut tokens: Vec<Option<Box<[u8]>>> = alphabet().map(|byte| Some(Box::from([byte]))).into();
    tokens.push(None);
    tokens.push(Some(Box::from(*b"abc")));
    let base = Definition {
        vocabulary: Vocabulary::from_merges(tokens, Vec::new(), false).unwrap(),
        added_tokens: vec![crate::vocabulary::AddedToken::special("<s>", 300)],
        normalizer: None,
        pretokenizer: Default::default(),
        template: Default::default(),
    };
    let options = TrainOptions {
        vocab_size: 256 + 1 + 1 + 3,
        ..options(0)
    };
    let counts = count(&[(b"abc", 5), (b"abcabc", 2), (b"xyz", 1)]);
    let trained = train(&counts, &options, Some(&base), &Monitor::silent()).unwrap();
    let vocabulary = &trained.definition.vocabulary;
    let made: Vec<(u32, &[u8])> = vocabulary
        .merges()
        .iter()
        .map(|merge| (merge.id, vocabulary.bytes(merge.id).unwrap()))
        .collect();
    let expected: [(u32, &[u8]); 4] = [(301, b"ab"), (257, b"abc"), (302, b"abcabc"), (303, b"xy")];
    assert_eq!(made, expected);
    assert_eq!(trained.definition.added_tokens, base.added_tokens);
}

/// Words over a tiny alphabet: many ties, runs and repeats.
fn words() -> impl Strategy<Value = Vec<(Vec<u8>, u64)>> {
    let word = prop_oneof![
        prop::collection::vec(prop::sample::select(b"ab".to_vec()), 1..14),
        prop::collection::vec(prop::sample::select(b"abc \xC3".to_vec()), 1..10),
        (1..30_usize).prop_map(|n| vec![b'a'; n]),
        (
            1..9_usize,
            prop::collection::vec(prop::sample::select(b"abcd".to_vec()), 1..5)
        )
            .prop_map(|(n, unit)| unit.repeat(n)),
    ];
    let count = prop_oneof![Just(1_u64), 1..4_u64, 60_000..70_000_u64];
    prop::collection::vec((word, count), 1..25)
}

fn thresholds() -> impl Strategy<Value = Threshold> {
    prop_oneof![
        Just(Threshold::default()),
        (1..5_usize, 1..5_u64, 1..3_u64).prop_map(|(first, numerator, denominator)| Threshold {
            first,
            numerator,
            denominator,
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn fast_is_by_the_book(
        words in words(),
        extension in words(),
        merges in 1..40_usize,
        more in 1..20_usize,
        min_frequency in prop_oneof![Just(0_u64), 0..6_u64],
        max_token_length in prop_oneof![Just(None), (1..9_usize).prop_map(Some)],
        first_seen in any::<bool>(),
        special_first in any::<bool>(),
        threshold in thresholds(),
    ) {
        let borrow = |words: &'_ [(Vec<u8>, u64)]| -> PretokenCounts {
            let words: Vec<(&[u8], u64)> = words.iter().map(|(word, count)| (word.as_slice(), *count)).collect();
            count(&words)
        };
        let ties = if first_seen { Ties::FirstSeen } else { Ties::SmallestIds };
        let options = TrainOptions { min_frequency, max_token_length, ties, special_first, ..options(merges) };
        let counts = borrow(&words);
        let trained = train_with(&counts, &options, None, threshold, &Monitor::silent()).unwrap();
        let expected = by_the_book(&counts, &options, None);
        prop_assert_eq!(trained.exhausted, expected.len() < merges);
        prop_assert_eq!(learned(&trained, 0), expected);

        let extension = borrow(&extension);
        let made = trained.merge_counts.len();
        let options = TrainOptions { vocab_size: 256 + made + more, ..options };
        let base = trained.definition;
        let longer = train_with(&extension, &options, Some(&base), threshold, &Monitor::silent()).unwrap();
        prop_assert_eq!(&longer.definition.vocabulary.merges()[..made], base.vocabulary.merges());
        prop_assert_eq!(learned(&longer, made), by_the_book(&extension, &options, Some(&base)));
    }
}

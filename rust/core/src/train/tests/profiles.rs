//! Profiles: round trips, sums, damage.

use super::counting;
use crate::Monitor;
use crate::error::{ProfileError, TrainError};
use crate::pretokenize::{Behavior, Dialect, Pattern, PretokenizerSpec, SplitPattern, Step};
use crate::source::SourceOptions;
use crate::train::{CountOptions, PretokenCounter, PretokenCounts, ProfileSource, merge, merge_to_file};
use crate::vocabulary::Normalizer;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn build(options: CountOptions, pretokens: &[(&[u8], u64)], documents: &[&[u8]]) -> PretokenCounts {
    let monitor = Monitor::silent();
    let mut counter = PretokenCounter::new(options, &monitor).unwrap();
    for &(pretoken, count) in pretokens {
        counter.add_pretoken(pretoken, count).unwrap();
    }
    counter.add_documents(documents).unwrap();
    counter.finish().unwrap()
}

fn list(counts: &PretokenCounts) -> Vec<(Vec<u8>, u64)> {
    counts
        .iter()
        .map(|(pretoken, count)| (pretoken.to_vec(), count))
        .collect()
}

/// A specification with every kind of step.
fn steps() -> PretokenizerSpec {
    let split = |pattern, behavior, invert| Step::Split {
        pattern,
        behavior,
        invert,
    };
    let regex = |dialect| {
        SplitPattern::Regex(Pattern {
            regex: r"\p{L}+".to_owned(),
            dialect,
        })
    };
    PretokenizerSpec {
        steps: vec![
            split(regex(Dialect::Tiktoken), Behavior::Isolated, false),
            split(regex(Dialect::Tokenizers), Behavior::MergedWithNext, false),
            split(SplitPattern::Literal("§".to_owned()), Behavior::Contiguous, false),
            Step::Digits { individual: true },
            Step::Punctuation {
                behavior: Behavior::MergedWithPrevious,
            },
            Step::ByteLevel {
                add_prefix_space: false,
                use_regex: false,
                trim_offsets: true,
            },
        ],
    }
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile");
    let long = vec![b'x'; 200_000];
    let options = CountOptions {
        pretokenizer: steps(),
        normalizer: Some(Normalizer::Nfc),
        source: SourceOptions {
            separator: Some(b"\0\n".to_vec()),
            field: None,
        },
        special_tokens: vec!["<s>".to_owned()],
        ..counting("gpt2")
    };
    let pretokens: [(&[u8], u64); 4] = [(b"\xFF\x00", u64::MAX), (&long, 3), (b"ab", 1), (b"abc", 300)];
    let counts = build(options, &pretokens, &[b"one <s> two", b"", b"three"]);
    counts.save(&path).unwrap();
    let loaded = PretokenCounts::load(&path).unwrap();
    assert_eq!(loaded.header(), counts.header());
    assert_eq!(list(&loaded), list(&counts));
    assert_eq!(
        (loaded.documents(), loaded.bytes(), loaded.special_seen()),
        (3, 16, 1)
    );
    let again = folder.path().join("again");
    loaded.save(&again).unwrap();
    assert_eq!(fs::read(&path).unwrap(), fs::read(&again).unwrap());
}

fn damaged(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    match PretokenCounts::load(path) {
        Err(ProfileError::Malformed {
            path: named, place, ..
        }) => {
            assert_eq!(named, path);
            assert!(place.starts_with("byte "));
        }
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("damage was not noticed"),
    }
}

#[test]
fn any_damage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile");
    let counts = build(
        counting("gpt2"),
        &[(b"abc", 70_000), (b"abd", 1)],
        &[b"some words, and some more words"],
    );
    counts.save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xFF] {
            let mut bytes = bytes.clone();
            bytes[at] ^= flip;
            damaged(&path, &bytes);
        }
    }
    for length in 0..bytes.len() {
        damaged(&path, &bytes[..length]);
    }
    damaged(&path, &[bytes.as_slice(), b"\0"].concat());
    damaged(&path, b"some text");
}

#[test]
fn sums_are_weighted_and_rounded_once() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let monitor = Monitor::silent();
    let one = build(counting("gpt2"), &[(b"x", 1), (b"y", 2), (b"z", 1)], &[b"k"]);
    let two = build(
        counting("gpt2"),
        &[(b"a", 5), (b"x", 1), (b"z", 3)],
        &[b"k", b"kk"],
    );
    one.save(&a).unwrap();
    two.save(&b).unwrap();
    let expected = [(b"a", 4), (b"x", 1), (b"y", 1), (b"z", 3)];
    let expected: Vec<(Vec<u8>, u64)> = [(b"k".to_vec(), 1), (b"kk".to_vec(), 1)]
        .into_iter()
        .chain(expected.map(|(a, n)| (a.to_vec(), n)))
        .collect();
    let mut expected = expected;
    expected.sort_unstable();
    let sources = [
        (ProfileSource::File(&a), "0.5"),
        (ProfileSource::Counts(&two), "0.75"),
    ];
    let sum = merge(&sources, &monitor).unwrap();
    assert_eq!(list(&sum), expected);
    assert_eq!((sum.documents(), sum.bytes()), (2, 3));
    let swapped = [
        (ProfileSource::File(&b), "00.75"),
        (ProfileSource::Counts(&one), ".500"),
    ];
    let path = folder.path().join("sum");
    merge_to_file(&swapped, &path, &monitor).unwrap();
    let again = folder.path().join("again");
    sum.save(&again).unwrap();
    assert_eq!(fs::read(&path).unwrap(), fs::read(&again).unwrap());

    // With weight 1 a profile is what a counter makes of it.
    let mut counter = PretokenCounter::new(counting("gpt2"), &monitor).unwrap();
    counter.add_files(&[a.clone(), b.clone()]).unwrap();
    let both = counter.finish().unwrap();
    let ones = merge(
        &[(ProfileSource::File(&a), "1"), (ProfileSource::File(&b), "1")],
        &monitor,
    )
    .unwrap();
    assert_eq!(list(&both), list(&ones));
    assert_eq!(both.header(), ones.header());
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile");
    let monitor = Monitor::silent();
    let gpt2 = build(counting("gpt2"), &[(b"x", u64::MAX)], &[]);
    gpt2.save(&path).unwrap();
    let others = [
        counting("o200k"),
        CountOptions {
            normalizer: Some(Normalizer::Nfc),
            ..counting("gpt2")
        },
        CountOptions {
            pretokenizer: PretokenizerSpec::regex(r"\S+", Dialect::Tiktoken),
            ..counting("gpt2")
        },
    ];
    for options in others {
        let other = build(options.clone(), &[(b"x", 1)], &[]);
        let sum = merge(
            &[
                (ProfileSource::Counts(&other), "1"),
                (ProfileSource::File(&path), "1"),
            ],
            &monitor,
        );
        let message = sum.unwrap_err().to_string();
        assert!(message.contains(&path.display().to_string()), "{message}");
        let mut counter = PretokenCounter::new(options, &monitor).unwrap();
        let refused = counter.add_files(std::slice::from_ref(&path));
        assert!(matches!(
            refused,
            Err(TrainError::Profile(ProfileError::Incompatible(_)))
        ));
    }
    let weights = |weight| merge(&[(ProfileSource::File(&path), weight)], &monitor);
    assert!(weights("1").is_ok());
    assert!(weights("1.1").unwrap_err().to_string().contains("64 bits"));
    assert!(weights("-1").unwrap_err().to_string().contains("decimal"));
    // A sum that fails leaves what was there.
    let target = folder.path().join("target");
    fs::write(&target, b"old").unwrap();
    assert!(merge_to_file(&[(ProfileSource::File(&path), "2")], &target, &monitor).is_err());
    assert_eq!(fs::read(&target).unwrap(), b"old");
}

proptest! {
    #[test]
    fn any_counts_go_round(counts in prop::collection::btree_map(prop::collection::vec(any::<u8>(), 1..40), 1..u64::MAX, 0..60)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile");
        let pretokens: Vec<(&[u8], u64)> = counts.iter().map(|(pretoken, &count)| (pretoken.as_slice(), count)).collect();
        build(counting("gpt2"), &pretokens, &[]).save(&path).unwrap();
        let loaded: BTreeMap<Vec<u8>, u64> = list(&PretokenCounts::load(&path).unwrap()).into_iter().collect();
        prop_assert_eq!(loaded, counts);
    }
}

//! Counting over corpora: held to the lengths of encodings, and profiles to their text.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::error::ProfileError;
use crate::monitor::Monitor;
use crate::pretokenize::{Behavior, PretokenizerSpec, SplitPattern, Step};
use crate::source::SourceOptions;
use crate::train::{CountOptions, PretokenCounter, PretokenCounts};
use crate::vocabulary::Normalizer;
use proptest::prelude::*;
use std::path::PathBuf;

fn definition(added_tokens: Vec<AddedToken>, pretokenizer: PretokenizerSpec) -> Definition {
    let words = [
        "he", "the", " the", "cat", " cat", "to", "ol", "  ", "é", "日本", "<t", "l>",
    ];
    let tokens = (0..=255).map(|byte| vec![byte]);
    let tokens = tokens.chain(words.map(|word| word.as_bytes().to_vec()));
    Definition {
        added_tokens,
        ..Definition::new(
            Vocabulary::from_ranks(tokens.zip(0..).collect()).unwrap(),
            pretokenizer,
        )
    }
}

fn gpt2() -> PretokenizerSpec {
    PretokenizerSpec::named("gpt2").unwrap()
}

fn added(content: &str, id: TokenId, normalized: bool) -> AddedToken {
    AddedToken {
        special: false,
        normalized,
        ..AddedToken::special(content, id)
    }
}

/// Every way in which added tokens, the normaliser and the steps bear on profiles.
fn tokenizers() -> Vec<Tokenizer> {
    let special = || vec![AddedToken::special("<tool>", 400)];
    let matched = |normalized| vec![added("<tool>", 400, normalized), added("é!", 401, normalized)];
    let byte_level = |add_prefix_space| PretokenizerSpec {
        steps: vec![Step::ByteLevel {
            add_prefix_space,
            use_regex: true,
            trim_offsets: true,
        }],
    };
    let removing = PretokenizerSpec {
        steps: vec![Step::Split {
            pattern: SplitPattern::Literal("o".to_owned()),
            behavior: Behavior::Removed,
            invert: false,
        }],
    };
    let normalized = |definition: Definition, normalizer| Definition {
        normalizer: Some(normalizer),
        ..definition
    };
    let definitions = vec![
        definition(Vec::new(), gpt2()),
        definition(special(), gpt2()),
        definition(matched(false), gpt2()),
        definition(matched(true), byte_level(true)),
        definition(matched(true), byte_level(false)),
        definition(matched(false), removing),
        definition(vec![added("  ", 400, true)], gpt2()),
        normalized(definition(matched(false), gpt2()), Normalizer::Nfc),
        normalized(definition(matched(true), gpt2()), Normalizer::Nfd),
        normalized(definition(matched(false), gpt2()), Normalizer::Lowercase),
        normalized(definition(Vec::new(), gpt2()), Normalizer::Lowercase),
    ];
    definitions
        .into_iter()
        .map(|definition| Tokenizer::new(definition).unwrap())
        .collect()
}

fn options(source: &SourceOptions, special: bool, threads: usize) -> CorpusOptions<'_> {
    CorpusOptions {
        source,
        special,
        special_seen: true,
        frequencies: true,
        threads,
    }
}

fn profile_of(tokenizer: &Tokenizer, texts: &[&[u8]]) -> PretokenCounts {
    let options = CountOptions {
        pretokenizer: tokenizer.definition().pretokenizer.clone(),
        normalizer: tokenizer.definition().normalizer.clone(),
        source: SourceOptions::default(),
        special_tokens: Vec::new(),
        allow_special: false,
        positions: false,
        threads: 1,
    };
    let monitor = Monitor::silent();
    let mut counter = PretokenCounter::new(options, &monitor).unwrap();
    counter.add_documents(texts).unwrap();
    counter.finish().unwrap()
}

fn count_one(
    tokenizer: &Tokenizer,
    source: CorpusSource<'_>,
    special: bool,
    threads: usize,
) -> Result<CorpusCount, EncodeError> {
    let source_options = SourceOptions::default();
    let mut found = CorpusCount::default();
    let options = options(&source_options, special, threads);
    tokenizer.count_corpus(&[source], &options, &Monitor::silent(), &mut |_, count| {
        found = count
    })?;
    Ok(found)
}

fn count_texts(tokenizer: &Tokenizer, texts: &[&[u8]], special: bool, threads: usize) -> CorpusCount {
    let source = SourceOptions::default();
    let counted = tokenizer.count_documents(texts, &options(&source, special, threads), &Monitor::silent());
    counted.unwrap()
}

/// What counting must give, by encoding.
fn expected(tokenizer: &Tokenizer, texts: &[&[u8]], special: bool) -> CorpusCount {
    let mut all = Vec::new();
    let allowed = |_: &str| special;
    let policy = SpecialTokens::Choose {
        allowed: &allowed,
        disallowed: &|_| false,
    };
    for text in texts {
        tokenizer.encode(text, policy, false, &mut all).unwrap();
    }
    all.sort_unstable();
    let seen = |text: &&[u8]| text.windows(6).filter(|window| window == b"<tool>").count() as u64;
    let is_special = tokenizer
        .definition()
        .added_tokens
        .iter()
        .any(|token| token.special);
    CorpusCount {
        documents: texts.len() as u64,
        bytes: texts.iter().map(|text| text.len() as u64).sum(),
        tokens: all.len() as u64,
        special_seen: if is_special && !special {
            texts.iter().map(seen).sum()
        } else {
            0
        },
        dropped: 0,
        frequencies: all
            .chunk_by(|a, b| a == b)
            .map(|equal| (equal[0], equal.len() as u64))
            .collect(),
    }
}

fn texts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    const PARTS: [&[u8]; 18] = [
        b"<tool>",
        b"<tool",
        b"<",
        b"tool",
        b"to",
        b"ol>",
        b">",
        b"the",
        b" cat",
        b" ",
        b"  ",
        "é".as_bytes(),
        b"!",
        "e\u{301}".as_bytes(),
        "\u{338}".as_bytes(),
        "日本".as_bytes(),
        b"TOOL",
        b"\xFF",
    ];
    let text =
        prop::collection::vec(prop::sample::select(&PARTS[..]), 0..12).prop_map(|parts| parts.concat());
    prop::collection::vec(text, 0..6)
}

proptest! {
    #[test]
    fn counts_are_those_of_the_encoding(texts in texts(), special: bool, threads in 1..4usize) {
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        for tokenizer in tokenizers() {
            let found = count_texts(&tokenizer, &texts, special, threads);
            prop_assert_eq!(found, expected(&tokenizer, &texts, special));
        }
    }

    #[test]
    fn a_profile_counts_what_its_text_does_or_says_that_it_cannot(
        texts in texts(), special: bool, threads in 1..4usize
    ) {
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        for tokenizer in tokenizers() {
            let profile = profile_of(&tokenizer, &texts);
            match count_one(&tokenizer, CorpusSource::Profile(&profile), special, threads) {
                Ok(found) => {
                    let mut right = expected(&tokenizer, &texts, special);
                    // The profile was not told which ones to look for.
                    right.special_seen = 0;
                    prop_assert_eq!(found, right);
                }
                Err(EncodeError::Profile(ProfileError::Incompatible(_))) => {
                    prop_assert!(tokenizer.added.matched(special).next().is_some());
                }
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }
}

#[test]
fn added_tokens_that_can_not_stand_in_the_text_are_no_hindrance() {
    let tokenizer = Tokenizer::new(definition(vec![added("<tool>", 400, false)], gpt2())).unwrap();
    let count = |texts: &[&[u8]]| {
        let profile = profile_of(&tokenizer, texts);
        count_one(&tokenizer, CorpusSource::Profile(&profile), false, 1).map(|count| count.tokens)
    };
    // No pretoken ends in "<"; none is "tool".
    assert!(count(&[b"the tool>", b"< tool the cat"]).is_ok());
    assert!(count(&[b"the <the tool>"]).is_ok());
    // All the parts are there, be it in other places.
    assert!(matches!(
        count(&[b"a< the", b"tool cat>"]),
        Err(EncodeError::Profile(ProfileError::Incompatible(problem))) if problem.contains("<tool>")
    ));
    assert!(count(&[b"the cat<tool>"]).is_err());
}

#[test]
fn files_and_profiles_are_counted_one_by_one_in_their_order() {
    let tokenizer = Tokenizer::new(definition(vec![AddedToken::special("<tool>", 400)], gpt2())).unwrap();
    let long = "the cat sat on the mat, über 日本<tool> ".repeat(60_000);
    let texts: [&[u8]; 4] = [b"the cat", b"", long.as_bytes(), b"<tool> the"];
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut paths: Vec<PathBuf> = (0..texts.len()).map(|index| path(&index.to_string())).collect();
    for (path, text) in paths.iter().zip(&texts) {
        std::fs::write(path, text).unwrap();
    }
    paths.insert(2, path("a.profile"));
    let profile = profile_of(&tokenizer, &texts[..1]);
    profile.save(&paths[2]).unwrap();
    let source = SourceOptions::default();
    for (special, threads) in [(false, 1), (false, 3), (true, 2)] {
        let mut sources: Vec<_> = paths.iter().map(|path| CorpusSource::File(path)).collect();
        sources.push(CorpusSource::Profile(&profile));
        let mut right: Vec<_> = texts
            .iter()
            .map(|text| expected(&tokenizer, &[text], special))
            .collect();
        right.insert(2, right[0].clone());
        right.push(right[0].clone());
        let mut found = Vec::new();
        let options = options(&source, special, threads);
        let reported = std::sync::atomic::AtomicU64::new(0);
        let report = |progress: crate::Progress| {
            let before = reported.swap(progress.done, std::sync::atomic::Ordering::Relaxed);
            assert!(before <= progress.done && progress.done <= progress.total.unwrap());
            true
        };
        let monitor = Monitor::new(&report);
        let counted = tokenizer.count_corpus(&sources, &options, &monitor, &mut |index, count| {
            assert_eq!(index, found.len());
            found.push(count);
        });
        counted.unwrap();
        assert_eq!(found, right);
        let without = CorpusOptions {
            frequencies: false,
            ..options
        };
        let mut index = 0;
        let counted = tokenizer.count_corpus(&sources, &without, &Monitor::silent(), &mut |_, count| {
            assert_eq!((count.tokens, count.frequencies.len()), (right[index].tokens, 0));
            assert_eq!(count.special_seen, right[index].special_seen);
            index += 1;
        });
        counted.unwrap();
    }
}

#[test]
fn a_profile_must_share_pattern_and_normaliser() {
    let tokenizer = Tokenizer::new(definition(Vec::new(), gpt2())).unwrap();
    let others = [
        definition(Vec::new(), PretokenizerSpec::named("o200k").unwrap()),
        Definition {
            normalizer: Some(Normalizer::Nfc),
            ..definition(Vec::new(), gpt2())
        },
    ];
    for (other, name) in others.into_iter().zip(["o200k", "nfc"]) {
        let profile = profile_of(&Tokenizer::new(other).unwrap(), &[b"the cat"]);
        match count_one(&tokenizer, CorpusSource::Profile(&profile), false, 1) {
            Err(EncodeError::Profile(ProfileError::Incompatible(problem))) => {
                assert!(problem.contains(name) && problem.contains("gpt2"), "{problem}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn counts_of_profiles_are_wide_and_checked() {
    let tokenizer = Tokenizer::new(definition(Vec::new(), gpt2())).unwrap();
    let count = |counts: &[(&[u8], u64)]| {
        let options = CountOptions {
            pretokenizer: gpt2(),
            normalizer: None,
            source: SourceOptions::default(),
            special_tokens: Vec::new(),
            allow_special: false,
            positions: false,
            threads: 1,
        };
        let monitor = Monitor::silent();
        let mut counter = PretokenCounter::new(options, &monitor).unwrap();
        for &(pretoken, count) in counts {
            counter.add_pretoken(pretoken, count).unwrap();
        }
        let profile = counter.finish().unwrap();
        count_one(&tokenizer, CorpusSource::Profile(&profile), false, 2)
    };
    let most = u64::MAX / 2;
    let found = count(&[(b"the", most), (b"cat", most), (b"a", 1)]).unwrap();
    assert_eq!(found.tokens, u64::MAX);
    assert_eq!(found.frequencies, [(97, 1), (257, most), (259, most)]);
    assert!(matches!(
        count(&[(b"the", most), (b"cat", most), (b"a", 2)]),
        Err(EncodeError::Profile(ProfileError::Incompatible(_)))
    ));
}

#[test]
fn a_byte_without_a_token_is_named_with_its_pretoken() {
    let ranks = (b'a'..=b'z').map(|byte| vec![byte]).zip(0..).collect();
    let definition = Definition::new(Vocabulary::from_ranks(ranks).unwrap(), gpt2());
    let tokenizer = Tokenizer::new(definition).unwrap();
    let profile = profile_of(&tokenizer, &[b"the cat"]);
    let error = count_one(&tokenizer, CorpusSource::Profile(&profile), false, 1).unwrap_err();
    assert!(matches!(
        error,
        EncodeError::NoByteTokenInProfile { byte: b' ', .. }
    ));
    assert!(error.to_string().contains("\" cat\""), "{error}");
}

#[test]
fn counting_a_profile_can_be_stopped() {
    let tokenizer = Tokenizer::new(definition(Vec::new(), gpt2())).unwrap();
    let profile = profile_of(&tokenizer, &[b"the cat"]);
    let source = SourceOptions::default();
    let stop = |_| false;
    let stopped = tokenizer.count_corpus(
        &[CorpusSource::Profile(&profile)],
        &options(&source, false, 1),
        &Monitor::new(&stop),
        &mut |_, _| {},
    );
    assert!(matches!(stopped, Err(EncodeError::Interrupted(_))));
}

//! Published files, where `BYTEWRIGHT_DATA` names a folder with them.

use super::*;
use crate::error::VocabularyError;
use crate::pretokenize::PretokenizerSpec;
use crate::reference::encode::encode_pretoken;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn published() -> Option<PathBuf> {
    Some(Path::new(&std::env::var_os("BYTEWRIGHT_DATA")?).join("vocabularies"))
}

#[test]
fn published_files_load() {
    let Some(folder) = published() else { return };
    let pattern = PretokenizerSpec::none();
    // Path, ordinary tokens, highest id + 1, merges, added tokens.
    let expected = [
        ("bpe-200k", 200_000, 200_000, 199_757, 0),
        ("superbpe-200k", 200_000, 200_000, 199_757, 0),
        ("gpt2-vocab.json", 50_257, 50_257, 50_000, 0),
        ("gpt2-merges.txt", 50_257, 50_257, 50_000, 0),
        ("gpt2-tokenizer.json", 50_256, 50_257, 50_000, 1),
        ("gpt-neox-20b-tokenizer.json", 50_252, 50_277, 50_009, 25),
        ("r50k_base.tiktoken", 50_256, 50_256, 50_000, 0),
        ("cl100k_base.tiktoken", 100_256, 100_256, 100_000, 0),
        ("o200k_base.tiktoken", 199_998, 199_998, 199_742, 0),
        ("models/llama3.tiktoken", 128_000, 128_000, 127_156, 0),
        ("models/llama4.tiktoken", 200_000, 200_000, 199_744, 0),
        ("models/kimi-k2.tiktoken", 163_584, 163_584, 163_328, 0),
        ("models/qwen2.tokenizer.json", 151_643, 151_646, 151_387, 3),
        ("models/deepseek.tokenizer.json", 127_997, 128_815, 127_741, 818),
        ("models/glm-4.6.tokenizer.json", 151_329, 151_365, 318_088, 36),
        (
            "models/mistral-nemo.tokenizer.json",
            130_072,
            131_072,
            269_443,
            1000,
        ),
        ("models/command-r.tokenizer.json", 254_992, 255_029, 253_333, 37),
        ("models/falcon.tokenizer.json", 65_012, 65_024, 64_784, 12),
        ("models/roberta-base.tokenizer.json", 50_260, 50_265, 50_000, 5),
    ];
    for (name, tokens, size, merges, added) in expected {
        let given = (!name.ends_with("tokenizer.json")).then_some(&pattern);
        let definition = load(&folder.join(name), given).expect(name);
        let found = (
            definition.vocabulary.len(),
            definition.size(),
            definition.vocabulary.merges().len(),
            definition.added_tokens.len(),
        );
        assert_eq!(found, (tokens, size, merges, added), "{name}");
    }
    for name in [
        "models/llama2.tokenizer.json",
        "models/gguf/ggml-vocab-gpt-2.gguf",
    ] {
        eprintln!("{}", load(&folder.join(name), None).expect_err(name));
    }
}

#[test]
fn published_files_round_trip() {
    let Some(folder) = published() else { return };
    let temporary = tempfile::tempdir().expect("a folder");
    let pattern = PretokenizerSpec::named("cl100k").expect("known");
    let names = [
        ("bpe-200k", true, true),
        ("gpt2-tokenizer.json", true, true),
        ("gpt-neox-20b-tokenizer.json", false, false),
        ("r50k_base.tiktoken", true, true),
        ("o200k_base.tiktoken", true, true),
        ("models/llama3.tiktoken", true, false),
        ("models/qwen2.tokenizer.json", false, false),
        ("models/deepseek.tokenizer.json", false, true),
        ("models/glm-4.6.tokenizer.json", false, false),
        ("models/mistral-nemo.tokenizer.json", true, true),
        ("models/command-r.tokenizer.json", false, false),
        ("models/falcon.tokenizer.json", true, true),
        ("models/roberta-base.tokenizer.json", false, true),
    ];
    for (name, as_ranks, as_pair) in names {
        let given = (!name.ends_with("tokenizer.json")).then_some(&pattern);
        let definition = load(&folder.join(name), given).expect(name);
        let again = |format, path: PathBuf| {
            save(&definition, &path, format)?;
            load(&path, Some(&definition.pretokenizer))
        };
        let json = temporary.path().join("folder");
        save_pretrained(&definition, &json).expect(name);
        let loaded = load(&json, None).expect(name);
        match definition.vocabulary.semantics() {
            Semantics::Merges { .. } => assert_eq!(loaded, definition, "{name}"),
            Semantics::Ranks => {
                assert_eq!(
                    loaded.vocabulary.tokens(),
                    definition.vocabulary.tokens(),
                    "{name}"
                );
                assert_eq!(
                    loaded.vocabulary.merges(),
                    definition.vocabulary.merges(),
                    "{name}"
                );
                assert_eq!(loaded.pretokenizer, definition.pretokenizer, "{name}");
            }
        }
        match again(Format::Tiktoken, temporary.path().join("ranks.tiktoken")) {
            Ok(loaded) if as_ranks => assert_eq!(
                loaded.vocabulary.tokens(),
                definition.vocabulary.tokens(),
                "{name}"
            ),
            Err(error @ VocabularyError::Unsupported { .. }) if !as_ranks => {
                assert!(error.to_string().contains("is not supported"))
            }
            other => panic!("{name}: {other:?}"),
        }
        match again(Format::Gpt2, temporary.path().join("pair")) {
            Ok(loaded) if as_pair => {
                assert_eq!(
                    loaded.vocabulary.tokens(),
                    definition.vocabulary.tokens(),
                    "{name}"
                );
                assert_eq!(
                    loaded.vocabulary.merges(),
                    definition.vocabulary.merges(),
                    "{name}"
                );
                assert_eq!(loaded.added_tokens, definition.added_tokens, "{name}");
            }
            Err(error @ VocabularyError::Unsupported { .. }) if !as_pair => {
                assert!(error.to_string().contains("is not supported"))
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn small(special: &[(&str, TokenId)]) -> Definition {
    let ranks = (0..=255_u8)
        .map(|byte| (vec![byte], u32::from(byte)))
        .chain([(b"ab".to_vec(), 256)]);
    let vocabulary = Vocabulary::from_ranks(ranks.collect()).expect("valid");
    let pattern = PretokenizerSpec::named("gpt2").expect("known");
    let special = special
        .iter()
        .map(|(content, id)| AddedToken::special(*content, *id));
    Definition::new(vocabulary, pattern)
        .with_added_tokens(special.collect())
        .expect("valid")
}

#[test]
fn an_added_token_spelled_like_another_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let definition = small(&[("\u{e9}", 300)]);
    save(&definition, &folder.path().join("ranks"), Format::Tiktoken).expect("no spelling there");
    for format in [Format::TokenizerJson, Format::Gpt2] {
        let error = save(&definition, &folder.path().join("spelled"), format)
            .expect_err("ambiguous")
            .to_string();
        assert!(error.contains("how another token is spelled"), "{error}");
    }
}

#[test]
fn ids_with_gaps_and_templates_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokenizer.json");
    let mut definition = small(&[("<s>", 260), ("</s>", 300)]);
    definition.template = Template::around(vec![260], vec![300]);
    save(&definition, &path, Format::TokenizerJson).expect("saved");
    let loaded = load(&path, None).expect("what was saved");
    assert_eq!(loaded.added_tokens, definition.added_tokens);
    assert_eq!(loaded.template, definition.template);
    assert_eq!(loaded.pretokenizer, definition.pretokenizer);
    assert_eq!(
        loaded.vocabulary.semantics(),
        Semantics::Merges { ignore_merges: true }
    );
    save(&loaded, &path, Format::TokenizerJson).expect("saved");
    assert_eq!(load(&path, None).expect("what was saved"), loaded);
}

#[test]
fn added_tokens_join_a_definition() {
    let clash = |tokens: &[(&str, TokenId)], part: &str| {
        let tokens = tokens
            .iter()
            .map(|(content, id)| AddedToken::special(*content, *id))
            .collect();
        let error = small(&[("<s>", 300)])
            .with_added_tokens(tokens)
            .expect_err("a clash")
            .to_string();
        assert!(error.contains(part), "{error}");
    };
    clash(&[("", 301)], "empty");
    clash(&[("<s>", 301)], "has id 300 already");
    clash(&[("<t>", 300)], "both have id 300");
    clash(&[("<t>", 97)], "that of an ordinary token");
    clash(&[("ab", 301)], "is ordinary token 256");
    // Merging makes "ab": it stays an ordinary token, too. "xyz" is made by none.
    let ranks =
        [("a", 0), ("b", 1), ("ab", 2), ("xyz", 3)].map(|(token, id)| (token.as_bytes().to_vec(), id));
    let vocabulary = Vocabulary::from_ranks(ranks.to_vec()).expect("valid");
    let definition = Definition::new(vocabulary, PretokenizerSpec::none());
    let tokens = vec![AddedToken::special("ab", 2), AddedToken::special("xyz", 3)];
    let definition = definition.with_added_tokens(tokens).expect("no clash");
    assert_eq!((definition.vocabulary.len(), definition.size()), (3, 4));
}

#[test]
fn ranks_that_merges_do_not_reproduce_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = |list: &[&str]| {
        list.iter()
            .map(|token| Some(token.as_bytes().into()))
            .collect::<Vec<_>>()
    };
    let merge = |left, right, id| Merge { left, right, id };
    let refused = |list: &[&str], merges: Vec<Merge>, ignore_merges: bool| {
        let vocabulary = Vocabulary::from_merges(tokens(list), merges, ignore_merges).expect("valid");
        let definition = Definition::new(vocabulary, PretokenizerSpec::none());
        save(&definition, &folder.path().join("ranks"), Format::Tiktoken)
            .err()
            .map(|error| error.to_string())
    };
    let list = ["a", "b", "c", "ab", "bc"];
    assert_eq!(refused(&list, vec![merge(0, 1, 3), merge(1, 2, 4)], false), None);
    let other_order = refused(&list, vec![merge(1, 2, 4), merge(0, 1, 3)], false).expect("other ids");
    assert!(
        other_order.contains("\"ab\" (3) is merged after \"bc\" (4)"),
        "{other_order}"
    );
    let missing = refused(&list, vec![merge(0, 1, 3)], true).expect("other ids");
    assert!(missing.contains("\"bc\" (4) would be merged"), "{missing}");
    let unreached = ["a", "b", "c", "ab", "abcc"];
    assert_eq!(refused(&unreached, vec![merge(0, 1, 3)], true), None);
    assert!(
        refused(&unreached, vec![merge(0, 1, 3)], false)
            .expect("whole pretokens")
            .contains("never merged")
    );
    // Another split of the same token can never be next to each other, listed or not.
    let list = ["a", "b", "c", "ab", "bc", "abc"];
    let merges = vec![merge(0, 1, 3), merge(1, 2, 4), merge(0, 4, 5), merge(3, 2, 5)];
    assert_eq!(refused(&list, merges, false), None);
}

proptest! {
    /// Merging by rank and by the merges that follow from the ranks is the same, whatever the ranks.
    #[test]
    fn ranks_and_their_merges_say_the_same(
        tokens in proptest::collection::btree_set("[abc]{2,5}", 0..30),
        turn in any::<prop::sample::Index>(),
        text in "[abc]{0,16}",
    ) {
        let mut tokens: Vec<_> = tokens.into_iter().chain(["a", "b", "c"].map(String::from)).collect();
        let turn = turn.index(tokens.len());
        tokens.rotate_left(turn);
        tokens[..turn].reverse();
        let by_rank = Vocabulary::from_ranks(tokens.into_iter().map(String::into_bytes).zip(0..).collect()).expect("valid");
        let listed = Vocabulary::from_merges(by_rank.tokens().to_vec(), by_rank.merges().to_vec(), true).expect("valid");
        prop_assert_eq!(encode_pretoken(&by_rank, text.as_bytes()), encode_pretoken(&listed, text.as_bytes()));
    }
}

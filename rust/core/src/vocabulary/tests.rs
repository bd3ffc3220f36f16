//! Published files, where `BYTEWRIGHT_DATA` names a folder with them.

use super::*;
use crate::error::VocabularyError;
use crate::pretokenize::PretokenizerSpec;
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
            Err(error @ VocabularyError::Unsupported { .. }) if !as_ranks => assert!(error.to_string().contains("is not supported")),
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
            Err(error @ VocabularyError::Unsupported { .. }) if !as_pair => assert!(error.to_string().contains("is not supported")),
            other => panic!("{name}: {other:?}"),
        }
    }
}

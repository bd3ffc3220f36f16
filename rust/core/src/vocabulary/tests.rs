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

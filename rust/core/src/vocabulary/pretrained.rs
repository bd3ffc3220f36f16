//! `tokenizer_config.json`, which `transformers` reads beside a tokenizer.

use super::{Definition, added_tokens, tokenizer_json};
use crate::atomic_file::WrittenFile;
use crate::error::VocabularyError;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// The value that `transformers` takes for "no limit".
const NO_LIMIT: f64 = 1e30;

/// Writes `tokenizer.json` and `tokenizer_config.json` into a folder (made where it is missing): `AutoTokenizer.from_pretrained` loads it.
///
/// # Errors
/// What `tokenizer.json` can't hold, named; what the system says.
pub fn save_pretrained(definition: &Definition, folder: &Path) -> Result<(), VocabularyError> {
    let io_error = |path: &Path| {
        let path = path.to_owned();
        move |source| VocabularyError::Io { path, source }
    };
    std::fs::create_dir_all(folder).map_err(io_error(folder))?;
    let (tokenizer, config) = (
        folder.join("tokenizer.json"),
        folder.join("tokenizer_config.json"),
    );
    let first = tokenizer_json::write_aside(definition, &tokenizer)?;
    let content = config_of(definition, "PreTrainedTokenizerFast");
    let second = WrittenFile::new(&config, |out| write_pretty(out, &content)).map_err(io_error(&config))?;
    first.rename().map_err(io_error(&tokenizer))?;
    second.rename().map_err(io_error(&config))
}

/// What is known of a tokenizer, in the words of `transformers`.
pub(super) fn config_of(definition: &Definition, class: &str) -> Value {
    let mut config = json!({
        "added_tokens_decoder": added_tokens::to_config(&definition.added_tokens),
        "clean_up_tokenization_spaces": false,
        "model_max_length": NO_LIMIT,
        "tokenizer_class": class,
    });
    // Which token begins or ends a text is known only where a template says it.
    let content = |ids: &[u32]| match ids {
        [id] => definition
            .added_tokens
            .iter()
            .find(|token| token.id == *id && token.special)
            .map(|token| &token.content),
        _ => None,
    };
    for (name, ids) in [
        ("bos_token", &definition.template.before),
        ("eos_token", &definition.template.after),
    ] {
        if let Some(content) = content(ids) {
            config[name] = json!(content);
        }
    }
    config
}

pub(super) fn write_pretty(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

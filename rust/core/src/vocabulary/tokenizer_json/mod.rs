//! `tokenizer.json`, the file of `tokenizers`: `file.rs` takes it apart, `components.rs` reads what stands around the model, `write.rs` writes.

mod components;
mod file;
mod write;

pub(super) use write::{write, write_aside};

use super::spelled::{SpelledVocabulary, is_complete};
use super::{Definition, added_tokens, byte_characters, json};
use crate::error::VocabularyError;
use crate::pretokenize::PretokenizerSpec;
use components::Place;
use file::{File, Model};
use serde_json::Value;
use std::path::Path;

/// Reads the content of a file; `pretokenizer` goes before the one in it.
pub(super) fn read(
    path: &Path,
    content: &[u8],
    pretokenizer: Option<&PretokenizerSpec>,
) -> Result<Definition, VocabularyError> {
    let File { model, rest } = json::parse(path, content)?;
    let root = Place::root(path);
    let Some(model) = model else {
        return Err(root.malformed("there is no \"model\": neither a tokenizer.json nor a vocab.json"));
    };
    for (key, value) in &rest {
        match key.as_str() {
            "added_tokens" | "normalizer" | "pre_tokenizer" | "post_processor" | "decoder" => {}
            "version" if value == "1.0" => {}
            "version" => {
                return Err(root
                    .key(key)
                    .unsupported(&value.to_string(), "the version is \"1.0\""));
            }
            "truncation" | "padding" if value.is_null() => {}
            "truncation" | "padding" => {
                return Err(root.unsupported(key, "texts are encoded whole, without padding; set it to null"));
            }
            _ if value.is_null() => {}
            _ => return Err(root.unsupported(key, "no tokenizer.json of version 1.0 has this")),
        }
    }
    let get = |key: &str| rest.get(key).unwrap_or(&Value::Null);
    let ignore_merges = check_model(&root, &model)?;
    let added = added_tokens::of_list(path, get("added_tokens"))?;
    let normalizer = components::normalizer(&root.key("normalizer"), get("normalizer"))?;
    let pretokenizer = match pretokenizer {
        Some(pretokenizer) => pretokenizer.clone(),
        None => components::pretokenizer(&root.key("pre_tokenizer"), get("pre_tokenizer"))?,
    };
    let template = components::template(&root.key("post_processor"), get("post_processor"), &added)?;
    components::check_decoder(&root.key("decoder"), get("decoder"))?;
    let spelled = SpelledVocabulary {
        vocab_path: path,
        vocab_place: "model.vocab",
        vocab: model.vocab.unwrap_or_default().0,
        merges_path: path,
        merges: model.merges.unwrap_or_default(),
        merge_place: &|index| format!("model.merges[{index}]"),
        ignore_merges,
    };
    let vocabulary = spelled.resolve(&added)?;
    for (index, token) in added.iter().enumerate() {
        if let Some(bytes) = vocabulary.bytes(token.id)
            && bytes != token.content.as_bytes()
            && byte_characters::spell(bytes) != token.content
        {
            let ordinary = String::from_utf8_lossy(bytes);
            let problem = format!(
                "{:?} has id {}, which model.vocab gives {ordinary:?}",
                token.content, token.id
            );
            return Err(root.key(&format!("added_tokens[{index}]")).malformed(&problem));
        }
    }
    Ok(Definition {
        vocabulary,
        added_tokens: added,
        normalizer,
        pretokenizer,
        template,
    })
}

/// Checks that the model is plain byte-level BPE, or asks for more only where that changes nothing; returns `ignore_merges`.
fn check_model(root: &Place<'_>, model: &Model<'_>) -> Result<bool, VocabularyError> {
    let place = root.key("model");
    match model.rest.get("type") {
        Some(Value::String(kind)) if kind == "BPE" => {}
        None if model.merges.is_some() => {}
        Some(Value::String(kind)) => {
            return Err(root.unsupported(&format!("model.type {kind:?}"), "byte-level BPE is"));
        }
        _ => return Err(place.unsupported("a model without type and merges", "byte-level BPE is")),
    }
    let (Some(vocab), Some(_)) = (&model.vocab, &model.merges) else {
        return Err(
            place.malformed("a BPE model has \"vocab\", a map from token to id, and \"merges\", a list")
        );
    };
    // What is done with characters that no token has does not matter where every byte of UTF-8 has one.
    let bytes = vocab
        .0
        .iter()
        .filter_map(|(token, _)| match byte_characters::unspell(token).as_deref() {
            Ok([byte]) => Some(*byte),
            _ => None,
        });
    let complete = is_complete(bytes);
    let mut ignore_merges = false;
    // What says most about the file is named first.
    let (first, rest): (Vec<_>, Vec<_>) = model.rest.iter().partition(|(key, _)| *key == "byte_fallback");
    for (key, value) in first.into_iter().chain(rest) {
        let nothing = match (key.as_str(), value) {
            ("type", _) | (_, Value::Null) => true,
            ("dropout", Value::Number(number)) => number.as_f64() == Some(0.0),
            ("continuing_subword_prefix" | "end_of_word_suffix", Value::String(text)) => text.is_empty(),
            ("fuse_unk" | "byte_fallback", Value::Bool(flag)) => !flag || complete,
            ("unk_token", Value::String(_)) => complete,
            ("ignore_merges", Value::Bool(flag)) => {
                ignore_merges = *flag;
                true
            }
            _ => false,
        };
        if !nothing {
            let hint = match key.as_str() {
                "byte_fallback" | "unk_token" | "fuse_unk" => {
                    "a byte-level vocabulary is, which has a token for every byte of UTF-8; this one has not"
                }
                "dropout" => "merges are applied always; set it to null",
                _ => "byte-level BPE without it is",
            };
            return Err(root.unsupported(&format!("model.{key} = {value}"), hint));
        }
    }
    Ok(ignore_merges)
}

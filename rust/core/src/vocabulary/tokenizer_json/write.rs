//! Writes a `tokenizer.json` that `tokenizers` reads as we do.

use super::super::byte_characters::spell;
use super::super::spelled::{misspelt, ordinary_of};
use super::super::{
    AddedToken, Definition, Normalizer, PostProcessor, Semantics, TemplatePiece, Vocabulary, added_tokens,
};
use crate::atomic_file::WrittenFile;
use crate::error::VocabularyError;
use crate::pretokenize::{Behavior, PretokenizerSpec, SplitPattern, Step};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// Writes the file aside; it has to be renamed.
pub(in super::super) fn write_aside<'a>(
    definition: &Definition,
    path: &'a Path,
) -> Result<WrittenFile<'a>, VocabularyError> {
    let unsupported = |feature: &str, hint: &str| VocabularyError::Unsupported {
        path: path.to_owned(),
        feature: format!("{feature} in a tokenizer.json"),
        hint: hint.to_owned(),
    };
    let vocabulary = &definition.vocabulary;
    if vocabulary.semantics() == Semantics::Ranks
        && let Some(token) = vocabulary
            .tokens()
            .iter()
            .flatten()
            .find(|token| token.len() > 1 && token.iter().any(|byte| vocabulary.id(&[*byte]).is_none()))
    {
        let hint = format!(
            "{:?} is one; merges are of tokens there",
            String::from_utf8_lossy(token)
        );
        return Err(unsupported("a token made of bytes that are no tokens", &hint));
    }
    if let Some(token) = misspelt(definition) {
        let hint = format!("{:?} is one; call it otherwise", token.content);
        return Err(unsupported(
            "an added token whose text is how another token is spelled",
            &hint,
        ));
    }
    let pretokenizer = pretokenizer(&definition.pretokenizer).ok_or_else(|| {
        unsupported(
            "a pattern that Oniguruma reads otherwise",
            "save it as .tiktoken or vocab.json, which go without",
        )
    })?;
    let steps = if definition.template.post_processors.is_empty() {
        definition.template.plain_steps(&definition.added_tokens)
    } else {
        Some(definition.template.post_processors.clone())
    };
    let steps = steps
        .ok_or_else(|| unsupported("an id of the template that no added token has", "add that token"))?;
    let around = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added_tokens::to_list(&definition.added_tokens),
        "normalizer": definition.normalizer.as_ref().map(normalizer),
        "pre_tokenizer": pretokenizer,
        "post_processor": post_processor(&steps),
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
    });
    let write = |out: &mut dyn Write| {
        // The model comes last, one token or merge a line: the rest can be read in an editor.
        let head = serde_json::to_string_pretty(&around)?;
        out.write_all(head.strip_suffix("\n}").unwrap_or(&head).as_bytes())?;
        write_model(vocabulary, &apart(definition), out)?;
        out.write_all(b"\n}\n")
    };
    WrittenFile::new(path, write).map_err(|source| VocabularyError::Io {
        path: path.to_owned(),
        source,
    })
}

/// [`write_aside`], and renamed.
pub(in super::super) fn write(definition: &Definition, path: &Path) -> Result<(), VocabularyError> {
    write_aside(definition, path)?
        .rename()
        .map_err(|source| VocabularyError::Io {
            path: path.to_owned(),
            source,
        })
}

/// The added tokens that have to be in the vocabulary, too: `tokenizers` gives those that are not the next free ids, whatever ids they have.
fn apart(definition: &Definition) -> Vec<&AddedToken> {
    let vocabulary = &definition.vocabulary;
    let own = definition
        .added_tokens
        .iter()
        .filter(|token| ordinary_of(vocabulary, &token.content).is_none());
    let own: Vec<_> = own.collect();
    let dense = vocabulary.len() == vocabulary.size();
    let follow = own
        .iter()
        .zip(vocabulary.size()..)
        .all(|(token, next)| token.id as usize == next);
    if dense && follow { Vec::new() } else { own }
}

fn write_model(vocabulary: &Vocabulary, apart: &[&AddedToken], out: &mut dyn Write) -> io::Result<()> {
    let ignore_merges = match vocabulary.semantics() {
        Semantics::Ranks => true,
        Semantics::Merges { ignore_merges } => ignore_merges,
    };
    out.write_all(
        b",\n  \"model\": {\n    \"type\": \"BPE\",\n    \"dropout\": null,\n    \"unk_token\": null,\n",
    )?;
    out.write_all(b"    \"continuing_subword_prefix\": null,\n    \"end_of_word_suffix\": null,\n")?;
    out.write_all(b"    \"fuse_unk\": false,\n    \"byte_fallback\": false,\n")?;
    write!(out, "    \"ignore_merges\": {ignore_merges},\n    \"vocab\": {{")?;
    let ordinary = vocabulary.tokens().iter().zip(0_u32..);
    let mut tokens: Vec<_> = ordinary
        .filter_map(|(token, id)| Some((id, spell(token.as_deref()?))))
        .collect();
    tokens.extend(
        vocabulary
            .decode_only()
            .iter()
            .map(|(id, token)| (*id, token.to_string())),
    );
    tokens.extend(apart.iter().map(|token| (token.id, token.content.clone())));
    tokens.sort_unstable();
    for (index, (id, token)) in tokens.iter().enumerate() {
        out.write_all(if index == 0 { b"\n      " } else { b",\n      " })?;
        serde_json::to_writer(&mut *out, token)?;
        write!(out, ": {id}")?;
    }
    out.write_all(b"\n    },\n    \"merges\": [")?;
    let spelled = |id| spell(vocabulary.bytes(id).unwrap_or_default());
    for (index, merge) in vocabulary.merges().iter().enumerate() {
        out.write_all(if index == 0 { b"\n      " } else { b",\n      " })?;
        serde_json::to_writer(&mut *out, &(spelled(merge.left), spelled(merge.right)))?;
    }
    out.write_all(b"\n    ]\n  }")
}

/// `None` where `tokenizers` can't say it.
fn pretokenizer(spec: &PretokenizerSpec) -> Option<Value> {
    let mut steps = spec.tokenizers_steps()?;
    if !steps.iter().any(|step| matches!(step, Step::ByteLevel { .. })) {
        steps.push(Step::ByteLevel {
            add_prefix_space: false,
            trim_offsets: true,
            use_regex: false,
        });
    }
    let mut steps: Vec<Value> = steps.iter().map(step).collect();
    Some(if steps.len() == 1 {
        steps.pop()?
    } else {
        json!({"type": "Sequence", "pretokenizers": steps})
    })
}

fn step(step: &Step) -> Value {
    match step {
        Step::Split {
            pattern,
            behavior,
            invert,
        } => json!({
            "type": "Split",
            "pattern": match pattern {
                SplitPattern::Regex(pattern) => json!({"Regex": pattern.regex}),
                SplitPattern::Literal(text) => json!({"String": text}),
            },
            "behavior": behavior_name(*behavior),
            "invert": invert,
        }),
        Step::ByteLevel {
            add_prefix_space,
            use_regex,
            trim_offsets,
        } => json!({
            "type": "ByteLevel",
            "add_prefix_space": add_prefix_space,
            "trim_offsets": trim_offsets,
            "use_regex": use_regex,
        }),
        Step::Digits { individual } => json!({"type": "Digits", "individual_digits": individual}),
        Step::Punctuation { behavior } => {
            json!({"type": "Punctuation", "behavior": behavior_name(*behavior)})
        }
    }
}

fn behavior_name(behavior: Behavior) -> &'static str {
    match behavior {
        Behavior::Isolated => "Isolated",
        Behavior::Removed => "Removed",
        Behavior::MergedWithPrevious => "MergedWithPrevious",
        Behavior::MergedWithNext => "MergedWithNext",
        Behavior::Contiguous => "Contiguous",
    }
}

fn normalizer(each: &Normalizer) -> Value {
    match each {
        Normalizer::Nfc => json!({"type": "NFC"}),
        Normalizer::Nfd => json!({"type": "NFD"}),
        Normalizer::Nfkc => json!({"type": "NFKC"}),
        Normalizer::Nfkd => json!({"type": "NFKD"}),
        Normalizer::Lowercase => json!({"type": "Lowercase"}),
        Normalizer::Replace { pattern, content } => {
            json!({"type": "Replace", "pattern": {"String": pattern}, "content": content})
        }
        Normalizer::Prepend(prepend) => json!({"type": "Prepend", "prepend": prepend}),
        Normalizer::Strip { left, right } => {
            json!({"type": "Strip", "strip_left": left, "strip_right": right})
        }
        Normalizer::Sequence(all) => {
            json!({"type": "Sequence", "normalizers": all.iter().map(normalizer).collect::<Vec<_>>()})
        }
    }
}

fn post_processor(steps: &[PostProcessor]) -> Value {
    let mut steps: Vec<Value> = steps.iter().map(post_processing_step).collect();
    if steps.len() == 1 {
        return steps.remove(0);
    }
    json!({"type": "Sequence", "processors": steps})
}

fn post_processing_step(step: &PostProcessor) -> Value {
    match step {
        PostProcessor::ByteLevel {
            add_prefix_space,
            trim_offsets,
            use_regex,
        } => json!({
            "type": "ByteLevel",
            "add_prefix_space": add_prefix_space,
            "trim_offsets": trim_offsets,
            "use_regex": use_regex,
        }),
        PostProcessor::Roberta {
            sep,
            cls,
            trim_offsets,
            add_prefix_space,
        } => json!({
            "type": "RobertaProcessing",
            "sep": sep,
            "cls": cls,
            "trim_offsets": trim_offsets,
            "add_prefix_space": add_prefix_space,
        }),
        PostProcessor::Template {
            single,
            pair,
            special_tokens,
        } => {
            let token = |token: &super::super::TemplateToken| {
                let value = json!({"id": token.name, "ids": token.ids, "tokens": token.tokens});
                (token.name.clone(), value)
            };
            json!({
                "type": "TemplateProcessing",
                "single": single.iter().map(template_piece).collect::<Vec<_>>(),
                "pair": pair.iter().map(template_piece).collect::<Vec<_>>(),
                "special_tokens": special_tokens.iter().map(token).collect::<serde_json::Map<_, _>>(),
            })
        }
    }
}

fn template_piece(piece: &TemplatePiece) -> Value {
    match piece {
        TemplatePiece::Sequence { second, type_id } => {
            json!({"Sequence": {"id": if *second { "B" } else { "A" }, "type_id": type_id}})
        }
        TemplatePiece::SpecialToken { name, type_id } => {
            json!({"SpecialToken": {"id": name, "type_id": type_id}})
        }
    }
}

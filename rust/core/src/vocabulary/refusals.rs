//! What files are refused for, and how it is said.

use super::*;
use crate::error::VocabularyError;
use crate::pretokenize::PretokenizerSpec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn load_text(content: &[u8]) -> Result<Definition, VocabularyError> {
    let pattern = PretokenizerSpec::none();
    let own = content.trim_ascii_start().starts_with(b"{");
    load_bytes(Path::new("file"), content, (!own).then_some(&pattern))
}

#[track_caller]
fn refused(content: &[u8]) -> String {
    load_text(content)
        .map(|definition| definition.size())
        .expect_err("must be refused")
        .to_string()
}

#[track_caller]
fn assert_refused(content: &str, parts: &[&str]) {
    let message = refused(content.as_bytes());
    for part in parts {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

/// A small tokenizer.json with every byte a token, and one merge.
fn tokenizer() -> Value {
    let bytes = (0..=255_u8).map(|byte| (byte_characters::character(byte).to_string(), json!(byte)));
    let mut vocab: serde_json::Map<String, Value> = bytes.collect();
    vocab.insert("ab".to_owned(), json!(256));
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "vocab": vocab, "merges": ["a b"]},
    })
}

#[track_caller]
fn assert_refused_with(pointer: &str, value: Value, parts: &[&str]) {
    let mut tokenizer = tokenizer();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    tokenizer.pointer_mut(parent).expect("there")[key] = value;
    assert_refused(&tokenizer.to_string(), parts);
}

fn added(content: &str, id: u32) -> Value {
    json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true})
}

#[test]
fn the_small_one_loads() {
    let definition = load_text(tokenizer().to_string().as_bytes()).expect("valid");
    assert_eq!(definition.vocabulary.merges().len(), 1);
    let gpt2 = PretokenizerSpec::named("gpt2").expect("known");
    assert_eq!(definition.pretokenizer, gpt2);
    let given = PretokenizerSpec::named("o200k").expect("known");
    let definition = load_bytes(
        Path::new("file"),
        tokenizer().to_string().as_bytes(),
        Some(&given),
    )
    .expect("valid");
    assert_eq!(definition.pretokenizer, given, "what the caller gives goes first");
}

#[test]
fn no_vocabulary_at_all() {
    assert_refused("", &["file", "empty"]);
    assert_refused(" \n ", &["empty"]);
    assert_refused(
        "Once upon a time\n",
        &["line 1", "neither a tokenizer.json", ".tiktoken"],
    );
    assert_refused("GGUF\u{3}\0\0", &["GGUF is not supported"]);
    load_text(b"GGUF 0\n").expect("a token in base64");
    assert_refused("\u{a}\u{b}\u{a}\u{5}<unk>", &["SentencePiece"]);
    assert_refused("{}", &["model"]);
    assert_refused("{\"name\": \"x\"}", &["model"]);
    assert!(refused(b"\xff\xfe\0\0").contains("neither"));
}

#[test]
fn files_of_ranks() {
    assert_refused("YQ== 0\nYg== 0\n", &["line 2", "rank 0 was given on line 1"]);
    assert_refused("YQ== 0\nYg== 1\nYQ== 2\n", &["line 3", "line 1", "one rank"]);
    assert_refused("YQ== 0\nY?== 1\n", &["line 2", "not base64"]);
    assert_refused("YQ== 0\n= 1\n", &["line 2", "empty token"]);
    assert_refused("YQ== 0\nYg== 4294967296\n", &["line 2", "2^32"]);
    assert_refused(
        "YQ== 0\nYg== 99999999999999999999999999\n",
        &["line 2", "integer"],
    );
    assert_refused(
        "YQ== 0\nYg== 4294967294\n",
        &["line 2", "4294967294", "may go up to"],
    );
    assert_refused("YQ== 0\nYg== -1\n", &["line 2", "integer from 0 on"]);
    assert_refused("YQ== 0\nYg== 1.5\n", &["line 2", "integer"]);
    assert_refused("YQ== 0\nYg==", &["line 2", "cut short"]);
    let gap = load_text(b"YQ== 0\r\n\r\nYg== 7\r\n").expect("gaps, blank lines and CR LF are fine");
    assert_eq!((gap.vocabulary.len(), gap.vocabulary.size()), (2, 8));
    let error = load_bytes(Path::new("x.tiktoken"), b"YQ== 0\n", None)
        .expect_err("no pattern")
        .to_string();
    assert!(
        error.contains("x.tiktoken") && error.contains("pass the pattern"),
        "{error}"
    );
}

#[test]
fn tokens_and_merges_of_a_tokenizer_json() {
    let vocab = |token: &str| format!("/model/vocab/{token}");
    assert_refused_with(&vocab("cd"), json!(256), &["model.vocab[", "id 256 is that of"]);
    assert_refused_with(
        &vocab("cd"),
        json!(-1),
        &["line 1 column", "\"cd\"", "-1", "integer from 0"],
    );
    assert_refused_with(&vocab("cd"), json!(1.5), &["\"cd\"", "1.5", "integer"]);
    assert_refused_with(&vocab("cd"), json!("7"), &["\"cd\"", "integer"]);
    assert_refused_with(&vocab("cd"), json!(4_294_967_296_u64), &["\"cd\"", "4294967296"]);
    assert_refused_with(
        &vocab("cd"),
        json!(4_294_967_294_u64),
        &["model.vocab[\"cd\"]", "may go up to"],
    );
    assert_refused_with(&vocab(""), json!(300), &["empty token"]);
    assert_refused_with(
        "/model/merges",
        json!(["a b", "x yz"]),
        &["model.merges[1]", "\"yz\" is not a token of model.vocab"],
    );
    assert_refused_with(
        "/model/merges",
        json!(["a b", "a c"]),
        &["model.merges[1]", "\"ac\" is not a token"],
    );
    assert_refused_with(
        "/model/merges",
        json!([["a", "b"], ["a", "b"]]),
        &["model.merges[1]", "merged at model.merges[0]"],
    );
    assert_refused_with("/model/merges", json!(["ab"]), &["\"ab\"", "left right"]);
    assert_refused_with("/model/merges", json!([["a", "b", "c"]]), &["left"]);
    assert_refused_with("/model/merges", json!([["a"]]), &["left"]);
    assert_refused_with("/model/merges", json!(7), &["sequence"]);
    assert_refused_with("/model/merges", Value::Null, &["line 1 column"]);
    let twice = tokenizer()
        .to_string()
        .replace("\"ab\":256", "\"ab\":256,\"ab\":257");
    assert_refused(&twice, &["model.vocab[\"ab\"]", "twice", "256", "257"]);
    let cut = &tokenizer().to_string()[..900];
    assert_refused(cut, &["line 1 column", "cut short"]);
    // Without all bytes, a character that stands for none makes the file another kind of vocabulary.
    let mut other = tokenizer();
    other["model"]["vocab"] = json!({"a": 0, "b": 1, "ab": 2, "\u{2581}a": 3});
    assert_refused(&other.to_string(), &["model.vocab[\"▁a\"]", "stands for no byte"]);
}

#[test]
fn added_tokens_of_a_tokenizer_json() {
    let refused_list = |list: Value, parts: &[&str]| assert_refused_with("/added_tokens", list, parts);
    refused_list(
        json!([added("<a>", 300), added("<a>", 301)]),
        &["added_tokens[1]", "added_tokens[0] already"],
    );
    refused_list(
        json!([added("<a>", 300), added("<b>", 300)]),
        &["added_tokens[1]", "id 300"],
    );
    refused_list(json!([added("<a>", 97)]), &["added_tokens[0]", "id 97", "\"a\""]);
    refused_list(
        json!([added("ab", 300)]),
        &["model.vocab[\"ab\"]", "id 256", "300"],
    );
    refused_list(json!([added("", 300)]), &["added_tokens[0].content", "empty"]);
    refused_list(json!([{"content": "<a>"}]), &["added_tokens[0].id", "integer"]);
    refused_list(
        json!([{"content": "<a>", "id": -4}]),
        &["added_tokens[0].id", "-4"],
    );
    refused_list(
        json!([{"content": 5, "id": 300}]),
        &["added_tokens[0].content", "text"],
    );
    refused_list(
        json!([{"content": "<a>", "id": 300, "lstrip": 1}]),
        &["added_tokens[0].lstrip"],
    );
    refused_list(
        json!([{"content": "<a>", "id": 300, "glow": true}]),
        &["added_tokens[0].glow is not supported"],
    );
    refused_list(json!(5), &["added_tokens", "list"]);
}

#[test]
fn what_is_not_supported_is_named() {
    let missing = || {
        let mut tokenizer = tokenizer();
        tokenizer["model"]["vocab"] = json!({"a": 0, "b": 1, "ab": 2});
        tokenizer
    };
    for (key, value) in [
        ("byte_fallback", json!(true)),
        ("fuse_unk", json!(true)),
        ("unk_token", json!("a")),
    ] {
        let mut tokenizer = missing();
        tokenizer["model"][key] = value.clone();
        assert_refused(
            &tokenizer.to_string(),
            &[&format!("model.{key}"), "not supported"],
        );
        // With a token for every byte it changes nothing.
        let mut complete = self::tokenizer();
        complete["model"][key] = value;
        load_text(complete.to_string().as_bytes()).expect("changes nothing");
    }
    for (pointer, value, part) in [
        ("/model/dropout", json!(0.1), "model.dropout = 0.1"),
        (
            "/model/continuing_subword_prefix",
            json!("##"),
            "model.continuing_subword_prefix",
        ),
        (
            "/model/end_of_word_suffix",
            json!("</w>"),
            "model.end_of_word_suffix",
        ),
        ("/model/type", json!("WordPiece"), "WordPiece"),
        ("/model/type", json!("Unigram"), "Unigram"),
        ("/model/type", json!("WordLevel"), "WordLevel"),
        ("/model/glow", json!(1), "model.glow"),
        ("/glow", json!(1), "glow"),
        ("/version", json!("2.0"), "2.0"),
        ("/truncation", json!({"max_length": 5}), "truncation"),
        ("/padding", json!({"strategy": "BatchLongest"}), "padding"),
        ("/normalizer", json!({"type": "BertNormalizer"}), "BertNormalizer"),
        ("/normalizer", json!({"type": "Precompiled"}), "Precompiled"),
        (
            "/normalizer",
            json!({"type": "Replace", "pattern": {"Regex": "a"}, "content": ""}),
            "Replace with a Regex",
        ),
        (
            "/normalizer",
            json!({"type": "Sequence", "normalizers": [{"type": "Nmt"}]}),
            "normalizer.normalizers[0]",
        ),
        ("/pre_tokenizer", Value::Null, "ByteLevel"),
        ("/pre_tokenizer", json!({"type": "Whitespace"}), "Whitespace"),
        (
            "/pre_tokenizer",
            json!({"type": "WhitespaceSplit"}),
            "WhitespaceSplit",
        ),
        (
            "/pre_tokenizer",
            json!({"type": "BertPreTokenizer"}),
            "BertPreTokenizer",
        ),
        (
            "/pre_tokenizer",
            json!({"type": "Metaspace", "replacement": "▁"}),
            "Metaspace",
        ),
        ("/pre_tokenizer/glow", json!(1), "pre_tokenizer.glow"),
        (
            "/post_processor",
            json!({"type": "BertProcessing"}),
            "BertProcessing",
        ),
        ("/decoder", json!({"type": "WordPiece"}), "WordPiece"),
        (
            "/decoder",
            json!({"type": "Sequence", "decoders": [{"type": "Fuse"}]}),
            "decoder.decoders[0]",
        ),
    ] {
        assert_refused_with(pointer, value, &[part, "is not supported"]);
    }
    let twice = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true});
    let twice = json!({"type": "Sequence", "pretokenizers": [twice, twice]});
    assert_refused_with("/pre_tokenizer", twice, &["ByteLevel twice"]);
}

#[test]
fn forms_of_components_are_checked() {
    for (pointer, value, parts) in [
        (
            "/pre_tokenizer/add_prefix_space",
            json!(3),
            ["pre_tokenizer.add_prefix_space", "true or false"],
        ),
        ("/pre_tokenizer", json!(3), ["pre_tokenizer", "type"]),
        (
            "/pre_tokenizer",
            json!({"type": "Sequence"}),
            ["pre_tokenizer.pretokenizers", "list"],
        ),
        (
            "/pre_tokenizer",
            json!({"type": "Split", "pattern": {"Glob": "*"}, "behavior": "Isolated", "invert": false}),
            ["pre_tokenizer.pattern", "Regex"],
        ),
        (
            "/pre_tokenizer",
            json!({"type": "Split", "pattern": {"String": "a"}, "behavior": "Eaten", "invert": false}),
            ["pre_tokenizer.behavior", "Isolated"],
        ),
        (
            "/normalizer",
            json!({"type": "Prepend"}),
            ["normalizer.prepend", "text"],
        ),
        (
            "/post_processor",
            json!({"type": "RobertaProcessing", "sep": 1}),
            ["post_processor.sep", "[token, id]"],
        ),
        (
            "/post_processor",
            json!({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}], "pair": [], "special_tokens": {}}),
            ["post_processor.single[0]", "special_tokens"],
        ),
        (
            "/post_processor",
            json!({"type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}}),
            ["post_processor", "Sequence A"],
        ),
    ] {
        assert_refused_with(pointer, value, &parts);
    }
}

#[test]
fn pairs_of_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let pattern = PretokenizerSpec::none();
    let (vocab, merges) = (
        folder.path().join("x-vocab.json"),
        folder.path().join("x-merges.txt"),
    );
    let write = |tokens: &str, list: &str| {
        fs::write(&vocab, tokens).expect("written");
        fs::write(&merges, list).expect("written");
    };
    let error = |path: &Path| {
        load(path, Some(&pattern))
            .map(drop)
            .expect_err("must be refused")
            .to_string()
    };

    assert!(error(folder.path()).contains("no tokenizer.json"));
    fs::write(&vocab, r#"{"a": 0}"#).expect("written");
    assert!(error(&vocab).contains("x-merges.txt"));
    fs::remove_file(&vocab).expect("removed");
    fs::write(&merges, "#version: 0.2\na b\n").expect("written");
    assert!(error(&merges).contains("x-vocab.json"));

    write(
        r###"{"a": 0, "b": 1, "ab": 2, "#": 3, "##": 4, "#v": 5, "v": 6}"###,
        "#version: 0.2\na b\n# #\r\n\n# v",
    );
    for path in [vocab.as_path(), merges.as_path(), folder.path()] {
        let definition = load(path, Some(&pattern)).expect("valid");
        assert_eq!(
            definition.vocabulary.merges().len(),
            3,
            "lines that begin with # are merges"
        );
    }
    assert!(matches!(
        load(&vocab, None),
        Err(VocabularyError::PatternNeeded { .. })
    ));

    write(r#"{"a": 0, "b": 1, "ab": 2}"#, "#version: 0.2\na b\na  b\n");
    assert!(error(&vocab).contains("x-merges.txt: line 3"));
    write(r#"{"a": 0, "b": 1, "ab": 2}"#, "#version: 0.2\na b\na c\n");
    assert!(error(&vocab).contains("line 3: \"a\" and \"c\": \"c\" is not a token of vocab.json"));
    write(r#"{"a": 0, "b": 1, "ab": 2}"#, "#version: 0.2\na b\na b\n");
    assert!(error(&vocab).contains("line 3: the pair is merged at line 2"));
    write(r#"{"a": 0, "a": 1}"#, "#version: 0.2\n");
    assert!(error(&vocab).contains("x-vocab.json: [\"a\"]: the token is there twice"));
    write(r#"{"a": 0, "#, "#version: 0.2\n");
    assert!(error(&vocab).contains("cut short"));
    fs::write(&merges, b"#version: 0.2\na b\n\xff\xfe x\n").expect("written");
    fs::write(&vocab, r#"{"a": 0, "b": 1, "ab": 2}"#).expect("written");
    assert!(error(&vocab).contains("line 3: not UTF-8"));
}

#[test]
fn files_that_can_not_be_read_or_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none");
    assert!(matches!(load(&missing, None), Err(VocabularyError::Io { .. })));
    let definition = load_text(tokenizer().to_string().as_bytes()).expect("valid");
    for format in [Format::Tiktoken, Format::TokenizerJson] {
        assert!(matches!(
            save(&definition, &missing.join("file"), format),
            Err(VocabularyError::Io { .. })
        ));
    }
    for name in ["a.tiktoken", "b.tiktoken"] {
        fs::write(folder.path().join(name), "YQ== 0\n").expect("written");
    }
    let error = load(folder.path(), None).expect_err("two of them").to_string();
    assert!(
        error.contains("several") && error.contains("a.tiktoken"),
        "{error}"
    );
}

proptest! {
    /// Whatever is done to a file, it loads or is refused.
    #[test]
    fn damaged_files_do_not_panic(at in 0_usize..6000, byte in any::<u8>(), cut in 0_usize..6000, what in 0..3) {
        let tokenizer = tokenizer().to_string();
        let ranks = (0..=255_u8).map(|byte| format!("{}== {byte}\n", &base64_of(byte))).collect::<String>();
        let mut content = match what { 0 => tokenizer, 1 => ranks, _ => "{\"a\":0,\"b\":1}".to_owned() }.into_bytes();
        let at = at % content.len();
        content[at] = byte;
        content.truncate(content.len() - cut.min(content.len() / 2));
        let _ = load_text(&content);
    }
}

fn base64_of(byte: u8) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode([byte])
}

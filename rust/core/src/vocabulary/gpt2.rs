//! `vocab.json` and `merges.txt`, as GPT-2 was published: tokens spelled in the characters of `byte_characters.rs`.
//!
//! Which tokens are special is not in them. Beside them `tokenizer_config.json` may say it (`added_tokens_decoder`, as `transformers`
//! writes it).

use super::byte_characters::{spell, unspell};
use super::json::{self, Ids};
use super::reach::first_unreached;
use super::spelled::{SpelledMerge, SpelledVocabulary, misspelt};
use super::{AddedToken, Definition, Semantics, Vocabulary, added_tokens, pretrained};
use crate::atomic_file::WrittenFile;
use crate::error::VocabularyError;
use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

/// Reads the pair from its contents.
pub(super) fn read(
    (vocab_path, vocab): (&Path, &[u8]),
    (merges_path, merges): (&Path, &[u8]),
    config: Option<(&Path, &[u8])>,
) -> Result<(Vocabulary, Vec<AddedToken>), VocabularyError> {
    let added = match config {
        Some((path, content)) => added_tokens::of_config(path, &json::parse(path, content)?)?,
        None => Vec::new(),
    };
    let Ids(vocab) = json::parse(vocab_path, vocab)?;
    let (places, merges) = read_merges(merges_path, merges)?;
    let spelled = SpelledVocabulary {
        vocab_path,
        vocab_place: "",
        vocab,
        merges_path,
        merges,
        merge_place: &|index| format!("line {}", places.get(index).copied().unwrap_or(0)),
        ignore_merges: false,
    };
    Ok((spelled.resolve(&added)?, added))
}

type Merges<'a> = (Vec<usize>, Vec<SpelledMerge<'a>>);

/// The merges and the line of each.
fn read_merges<'a>(path: &Path, content: &'a [u8]) -> Result<Merges<'a>, VocabularyError> {
    let malformed = |line: usize, problem: String| VocabularyError::Malformed {
        path: path.to_owned(),
        place: format!("line {line}"),
        problem,
    };
    let text = std::str::from_utf8(content).map_err(|error| {
        let line = content[..error.valid_up_to()]
            .split(|byte| *byte == b'\n')
            .count();
        malformed(line, format!("not UTF-8 ({error})"))
    })?;
    let mut lines = Vec::new();
    let mut merges = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        // Only the first line can be a comment: `# #` is a merge.
        if line.is_empty() || (number == 1 && line.starts_with("#version")) {
            continue;
        }
        let Some(merge) = SpelledMerge::joined(line) else {
            return Err(malformed(
                number,
                format!("{line:?} is not two tokens with one space between them"),
            ));
        };
        lines.push(number);
        merges.push(merge);
    }
    Ok((lines, merges))
}

/// Writes `vocab.json`, `merges.txt` and, where there are added tokens, `tokenizer_config.json` into a folder.
pub(super) fn write(definition: &Definition, folder: &Path) -> Result<(), VocabularyError> {
    let refused = |feature: &str, hint: &str| {
        Err(VocabularyError::Unsupported {
            path: folder.to_owned(),
            feature: format!("{feature} in vocab.json and merges.txt"),
            hint: hint.to_owned(),
        })
    };
    if definition.normalizer.is_some() {
        return refused("a normalizer", "save a tokenizer.json");
    }
    if let Some(token) = misspelt(definition) {
        let hint = format!("{:?} is one; call it otherwise", token.content);
        return refused("an added token whose text is how another token is spelled", &hint);
    }
    let vocabulary = &definition.vocabulary;
    if vocabulary.semantics() != (Semantics::Merges { ignore_merges: false })
        && let Some(id) = first_unreached(vocabulary)
    {
        let token = String::from_utf8_lossy(vocabulary.bytes(id).unwrap_or_default()).into_owned();
        return refused(
            "a token that is only taken as a whole pretoken",
            &format!("{token:?} is one; save a tokenizer.json"),
        );
    }
    let io_error = |path: &Path| {
        let path = path.to_owned();
        move |source| VocabularyError::Io { path, source }
    };
    std::fs::create_dir_all(folder).map_err(io_error(folder))?;
    let (vocab, merges, config) = (
        folder.join("vocab.json"),
        folder.join("merges.txt"),
        folder.join("tokenizer_config.json"),
    );
    let mut written = vec![
        WrittenFile::new(&vocab, |out| write_vocab(definition, out)).map_err(io_error(&vocab))?,
        WrittenFile::new(&merges, |out| {
            out.write_all(b"#version: 0.2\n")?;
            for merge in vocabulary.merges() {
                let token = |id| Cow::from(spell(vocabulary.bytes(id).unwrap_or_default()));
                writeln!(out, "{} {}", token(merge.left), token(merge.right))?;
            }
            Ok(())
        })
        .map_err(io_error(&merges))?,
    ];
    if !definition.added_tokens.is_empty() || config.exists() {
        let content = pretrained::config_of(definition, "GPT2Tokenizer");
        let file = WrittenFile::new(&config, |out| pretrained::write_pretty(out, &content));
        written.push(file.map_err(io_error(&config))?);
    }
    for file in written {
        file.rename().map_err(io_error(folder))?;
    }
    Ok(())
}

fn write_vocab(definition: &Definition, out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(b"{")?;
    let tokens = definition.vocabulary.tokens().iter().zip(0_u32..);
    let tokens = tokens.filter_map(|(token, id)| Some((spell(token.as_deref()?), id)));
    let decode_only = definition
        .vocabulary
        .decode_only()
        .iter()
        .map(|(id, token)| (token.to_string(), *id));
    let added = definition
        .added_tokens
        .iter()
        .filter(|token| definition.vocabulary.bytes(token.id).is_none());
    let added = added.map(|token| (token.content.clone(), token.id));
    for (index, (token, id)) in tokens.chain(decode_only).chain(added).enumerate() {
        out.write_all(if index == 0 { b"" } else { b"," })?;
        serde_json::to_writer(&mut *out, &token)?;
        write!(out, ":{id}")?;
    }
    out.write_all(b"}")
}

/// Whether a line could be a merge.
pub(super) fn looks_like_merge(line: &[u8]) -> bool {
    let line = std::str::from_utf8(line)
        .ok()
        .and_then(|line| SpelledMerge::joined(line.trim_end_matches('\r')));
    line.is_some_and(|merge| unspell(&merge.left).is_ok() && unspell(&merge.right).is_ok())
}

//! Reads a tokenizer from a file or a folder, recognised by content.

use super::{Definition, gpt2, tiktoken, tokenizer_json};
use crate::error::VocabularyError;
use crate::pretokenize::PretokenizerSpec;
use std::fs;
use std::path::{Path, PathBuf};

/// Reads a tokenizer from a file or a folder, whose format is recognised by its content.
///
/// A folder is asked for `tokenizer.json`, then for `vocab.json` and `merges.txt`, then for one file of ranks. `pretokenizer` is needed
/// where the file has none (`.tiktoken`, GPT-2's pair), and goes before the one that it has.
///
/// # Errors
/// A missing, truncated or forged file; one that asks for what is not supported; no pretokenizer.
pub fn load(path: &Path, pretokenizer: Option<&PretokenizerSpec>) -> Result<Definition, VocabularyError> {
    let is_folder = fs::metadata(path).map_err(io_error(path))?.is_dir();
    if is_folder {
        load_folder(path, pretokenizer)
    } else {
        load_file(path, pretokenizer)
    }
}

/// What a file turned out to be.
enum Content {
    TokenizerJson,
    VocabJson,
    Merges,
    Tiktoken,
}

/// Reads the content of a file that stands alone, as [`load`] does; `path` is what errors call it.
///
/// # Errors
/// As [`load`]; one of GPT-2's pair of files.
pub fn load_bytes(
    path: &Path,
    content: &[u8],
    pretokenizer: Option<&PretokenizerSpec>,
) -> Result<Definition, VocabularyError> {
    match recognise(path, content)? {
        Content::TokenizerJson => tokenizer_json::read(path, content, pretokenizer),
        Content::Tiktoken => {
            let vocabulary = tiktoken::read(path, content)?;
            Ok(Definition::new(
                vocabulary,
                needed(path, "a file of ranks", pretokenizer)?,
            ))
        }
        Content::VocabJson => Err(lone(path, "a vocab.json needs its merges.txt beside it")),
        Content::Merges => Err(lone(path, "a merges.txt needs its vocab.json beside it")),
    }
}

fn load_file(path: &Path, pretokenizer: Option<&PretokenizerSpec>) -> Result<Definition, VocabularyError> {
    let content = read_file(path)?;
    match recognise(path, &content)? {
        Content::TokenizerJson | Content::Tiktoken => load_bytes(path, &content, pretokenizer),
        Content::VocabJson => {
            let merges = sibling(path, "vocab.json", "merges.txt");
            if !merges.is_file() {
                return Err(lone(
                    path,
                    &format!("a vocab.json needs its merges beside it, in {}", merges.display()),
                ));
            }
            load_pair((path, &content), (&merges, &read_file(&merges)?), pretokenizer)
        }
        Content::Merges => {
            let vocab = sibling(path, "merges.txt", "vocab.json");
            if !vocab.is_file() {
                return Err(lone(
                    path,
                    &format!("a merges.txt needs its tokens beside it, in {}", vocab.display()),
                ));
            }
            load_pair((&vocab, &read_file(&vocab)?), (path, &content), pretokenizer)
        }
    }
}

fn load_folder(
    folder: &Path,
    pretokenizer: Option<&PretokenizerSpec>,
) -> Result<Definition, VocabularyError> {
    let tokenizer = folder.join("tokenizer.json");
    if tokenizer.is_file() {
        return load_file(&tokenizer, pretokenizer);
    }
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        names.extend(entry.map_err(io_error(folder))?.file_name().into_string());
    }
    names.sort_unstable();
    let pairs = names.iter().filter(|name| {
        let merges = name
            .strip_suffix("vocab.json")
            .map(|prefix| format!("{prefix}merges.txt"));
        merges.is_some_and(|merges| names.binary_search(&merges).is_ok())
    });
    let ranks = names.iter().filter(|name| {
        let path = Path::new(name);
        path.extension()
            .is_some_and(|extension| extension == "tiktoken" || extension == "model")
    });
    let (pairs, ranks): (Vec<_>, Vec<_>) = (pairs.collect(), ranks.collect());
    let several = |found: &[&String]| VocabularyError::Malformed {
        path: folder.to_owned(),
        place: "folder".to_owned(),
        problem: format!("holds several vocabularies ({found:?}); name one of them"),
    };
    match (pairs.as_slice(), ranks.as_slice()) {
        ([pair], _) => load_file(&folder.join(pair), pretokenizer),
        ([], [ranks]) => load_file(&folder.join(ranks), pretokenizer),
        ([], []) => Err(VocabularyError::Malformed {
            path: folder.to_owned(),
            place: "folder".to_owned(),
            problem: "holds no tokenizer.json, no vocab.json with merges.txt, and no .tiktoken file"
                .to_owned(),
        }),
        ([], several_ranks) => Err(several(several_ranks)),
        (several_pairs, _) => Err(several(several_pairs)),
    }
}

fn load_pair(
    vocab: (&Path, &[u8]),
    merges: (&Path, &[u8]),
    pretokenizer: Option<&PretokenizerSpec>,
) -> Result<Definition, VocabularyError> {
    let path = vocab.0.with_file_name("tokenizer_config.json");
    // A pair with a name of its own (`gpt2-vocab.json`) may share its folder with other things.
    let plain = vocab.0.file_name().is_some_and(|name| name == "vocab.json");
    let config = if plain && path.is_file() {
        Some(read_file(&path)?)
    } else {
        None
    };
    let config = config.as_deref().map(|content| (path.as_path(), content));
    let (vocabulary, added_tokens) = gpt2::read(vocab, merges, config)?;
    Ok(Definition {
        added_tokens,
        ..Definition::new(
            vocabulary,
            needed(vocab.0, "GPT-2's pair of files", pretokenizer)?,
        )
    })
}

/// The file of a pair beside the other one: `X-vocab.json`, `X-merges.txt`.
fn sibling(path: &Path, own: &str, other: &str) -> PathBuf {
    let prefix = path
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_suffix(own));
    path.with_file_name(format!("{}{other}", prefix.unwrap_or("")))
}

/// Looks at the beginning of a file.
fn recognise(path: &Path, content: &[u8]) -> Result<Content, VocabularyError> {
    let unsupported = |feature: &str, hint: &str| VocabularyError::Unsupported {
        path: path.to_owned(),
        feature: feature.to_owned(),
        hint: hint.to_owned(),
    };
    let trimmed = content.trim_ascii_start();
    if trimmed.is_empty() {
        return Err(malformed(path, "content", "the file is empty"));
    }
    if trimmed.starts_with(b"{") {
        return Ok(if maps_to_numbers(trimmed) {
            Content::VocabJson
        } else {
            Content::TokenizerJson
        });
    }
    let line = content
        .split(|byte| *byte == b'\n')
        .find(|line| !line.trim_ascii().is_empty())
        .unwrap_or_default();
    if tiktoken::looks_like(line) {
        return Ok(Content::Tiktoken);
    }
    // Four characters of base64, too, hence after the ranks.
    if content.starts_with(b"GGUF") {
        return Err(unsupported("GGUF", "give the model's tokenizer.json or ranks"));
    }
    if content.starts_with(b"#version") || gpt2::looks_like_merge(line) {
        return Ok(Content::Merges);
    }
    // Field 1 of a SentencePiece model: a piece, whose own field 1 is its text.
    if matches!(content, [0x0A, _, 0x0A, ..]) {
        return Err(unsupported(
            "a SentencePiece model",
            "give the model's tokenizer.json",
        ));
    }
    let problem =
        "neither a tokenizer.json, nor a vocab.json or merges.txt, nor lines of `base64 rank` (.tiktoken)";
    Err(malformed(path, "line 1", problem))
}

/// Whether the first value of a map is a number: tokens and ids; or no value is there at all, nor the names that a `tokenizer.json` has.
fn maps_to_numbers(json: &[u8]) -> bool {
    let mut rest = json.get(1..).unwrap_or_default().trim_ascii_start();
    let Some(key) = rest.strip_prefix(b"\"") else {
        return false;
    };
    let mut escaped = false;
    let end = key.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    rest = key
        .get(end.map_or(key.len(), |end| end + 1)..)
        .unwrap_or_default()
        .trim_ascii_start();
    let value = rest.strip_prefix(b":").unwrap_or_default().trim_ascii_start();
    matches!(value, [b'0'..=b'9' | b'-', ..])
}

fn needed(
    path: &Path,
    what: &'static str,
    pretokenizer: Option<&PretokenizerSpec>,
) -> Result<PretokenizerSpec, VocabularyError> {
    pretokenizer
        .cloned()
        .ok_or_else(|| VocabularyError::PatternNeeded {
            path: path.to_owned(),
            what,
        })
}

fn read_file(path: &Path) -> Result<Vec<u8>, VocabularyError> {
    fs::read(path).map_err(io_error(path))
}

fn io_error(path: &Path) -> impl Fn(std::io::Error) -> VocabularyError {
    move |source| VocabularyError::Io {
        path: path.to_owned(),
        source,
    }
}

fn lone(path: &Path, problem: &str) -> VocabularyError {
    malformed(path, "content", problem)
}

fn malformed(path: &Path, place: &str, problem: &str) -> VocabularyError {
    VocabularyError::Malformed {
        path: path.to_owned(),
        place: place.to_owned(),
        problem: problem.to_owned(),
    }
}

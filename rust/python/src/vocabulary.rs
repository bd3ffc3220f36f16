//! Tokenizers from files, ranks, merges and pickles, and back into files.

use crate::encoding::{Tokenizer, wrong_type};
use crate::errors::{CoreError, raise, to_python};
use crate::state;
use bytewright::error::{PretokenizeError, VocabularyError};
use bytewright::pretokenize::{Dialect, PretokenizerSpec};
use bytewright::vocabulary::{self, AddedToken, Definition, Format, Merge, TokenId, Vocabulary};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use std::collections::HashMap;
use std::path::PathBuf;

/// A pattern as people give it: the name of a scheme, a regular expression in tiktoken's dialect, or `none`.
///
/// A word of letters, digits and `_` that names no scheme is taken for a misspelt name.
fn pretokenizer(pattern: &str) -> Result<PretokenizerSpec, PretokenizeError> {
    if pattern == "none" {
        return Ok(PretokenizerSpec::none());
    }
    match PretokenizerSpec::named(pattern) {
        Err(PretokenizeError::UnknownName { .. }) if !is_word(pattern) => {
            Ok(PretokenizerSpec::regex(pattern, Dialect::Tiktoken))
        }
        result => result,
    }
}

fn is_word(text: &str) -> bool {
    text.chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// [`pretokenizer`] for a pattern that is a `str` or `None`, or a tokenizer, whose pattern is taken; `E` is the stage that asks.
pub fn pretokenizer_of<E>(pattern: &Bound<'_, PyAny>) -> PyResult<PretokenizerSpec>
where
    E: From<PretokenizeError> + Into<CoreError>,
{
    if pattern.is_none() {
        return Ok(PretokenizerSpec::none());
    }
    if let Ok(tokenizer) = pattern.cast::<Tokenizer>() {
        return Ok(tokenizer.get().definition().pretokenizer.clone());
    }
    let Ok(text) = pattern.cast::<PyString>() else {
        return Err(wrong_type(
            "a pattern is a name, a regular expression or None",
            pattern,
        ));
    };
    pretokenizer(text.to_str()?).map_err(|error| to_python(E::from(error)))
}

/// What a tokenizer shows as its pattern: a name, else the expression, else the steps; nothing where text is not split.
pub fn pattern_text(spec: &PretokenizerSpec) -> Option<String> {
    (!spec.steps.is_empty()).then(|| spec.to_string())
}

fn added(special_tokens: Option<&Bound<'_, PyDict>>) -> PyResult<Option<Vec<AddedToken>>> {
    let Some(special_tokens) = special_tokens else {
        return Ok(None);
    };
    let mut tokens = Vec::with_capacity(special_tokens.len());
    for (content, id) in special_tokens {
        tokens.push(AddedToken::special(
            content.extract::<String>()?,
            id.extract::<TokenId>()?,
        ));
    }
    tokens.sort_by_key(|token| token.id);
    Ok(Some(tokens))
}

fn compile(
    py: Python<'_>,
    definition: Definition,
    added: Option<Vec<AddedToken>>,
    tables: Option<PathBuf>,
) -> PyResult<Tokenizer> {
    let definition = match added {
        Some(added) => definition.with_added_tokens(added).map_err(to_python)?,
        None => definition,
    };
    Tokenizer::compile(py, definition, tables)
}

/// A file or a folder; `pattern` where the file has none; `special_tokens` beside the file's own; `tables`: the folder that tables are kept in, if they are.
#[pyfunction]
pub fn load(
    py: Python<'_>,
    path: PathBuf,
    pattern: Option<&str>,
    special_tokens: Option<&Bound<'_, PyDict>>,
    tables: Option<PathBuf>,
) -> PyResult<Tokenizer> {
    let spec = match pattern {
        Some(pattern) => {
            Some(pretokenizer(pattern).map_err(|error| to_python(VocabularyError::from(error)))?)
        }
        None => None,
    };
    let added = added(special_tokens)?;
    let definition = py
        .detach(|| vocabulary::load(&path, spec.as_ref()))
        .map_err(to_python)?;
    compile(py, definition, added, tables)
}

/// `format`: `tiktoken`, `tokenizer.json` or `gpt2`.
#[pyfunction]
pub fn save(py: Python<'_>, tokenizer: &Bound<'_, Tokenizer>, path: PathBuf, format: &str) -> PyResult<()> {
    let format = match format {
        "tiktoken" => Format::Tiktoken,
        "tokenizer.json" => Format::TokenizerJson,
        "gpt2" => Format::Gpt2,
        other => {
            return Err(PyValueError::new_err(format!(
                "format is tiktoken, tokenizer.json or gpt2, not {other:?}"
            )));
        }
    };
    let definition = tokenizer.get().definition();
    py.detach(|| vocabulary::save(definition, &path, format))
        .map_err(to_python)
}

/// From `{bytes: rank}`.
#[pyfunction]
pub fn from_ranks(
    py: Python<'_>,
    ranks: &Bound<'_, PyDict>,
    pattern: &Bound<'_, PyAny>,
    special_tokens: Option<&Bound<'_, PyDict>>,
) -> PyResult<Tokenizer> {
    let pretokenizer = pretokenizer_of::<VocabularyError>(pattern)?;
    let added = added(special_tokens)?;
    let mut pairs = Vec::with_capacity(ranks.len());
    for (token, rank) in ranks {
        let Ok(id) = rank.extract::<TokenId>() else {
            return Err(raise(
                py,
                "VocabularyError",
                format!(
                    "the rank of {} is {}; ranks are 0 to 4294967295",
                    token.repr()?,
                    rank.repr()?
                ),
            ));
        };
        pairs.push((token.extract::<Vec<u8>>()?, id));
    }
    let vocabulary = py.detach(|| Vocabulary::from_ranks(pairs)).map_err(to_python)?;
    compile(py, Definition::new(vocabulary, pretokenizer), added, None)
}

/// From tokens by id and merges as pairs of bytes, in order.
#[pyfunction]
pub fn from_merges(
    py: Python<'_>,
    tokens: Vec<Option<Vec<u8>>>,
    merges: &Bound<'_, PyAny>,
    pattern: &Bound<'_, PyAny>,
    special_tokens: Option<&Bound<'_, PyDict>>,
    ignore_merges: bool,
) -> PyResult<Tokenizer> {
    let pretokenizer = pretokenizer_of::<VocabularyError>(pattern)?;
    let added = added(special_tokens)?;
    let mut ids: HashMap<&[u8], TokenId> = HashMap::with_capacity(tokens.len());
    for (id, token) in tokens.iter().enumerate() {
        if let Some(token) = token {
            ids.insert(token, id as TokenId);
        }
    }
    let mut list = Vec::new();
    for (index, pair) in merges.try_iter()?.enumerate() {
        let (left, right) = pair?.extract::<(Vec<u8>, Vec<u8>)>()?;
        let joined = [left.as_slice(), right.as_slice()].concat();
        let id = |token: &[u8]| {
            ids.get(token).copied().ok_or_else(|| {
                raise(
                    py,
                    "VocabularyError",
                    format!(
                        "merges[{index}] needs the token {:?}, which is not in the vocabulary",
                        Shown(token)
                    ),
                )
            })
        };
        list.push(Merge {
            left: id(&left)?,
            right: id(&right)?,
            id: id(&joined)?,
        });
    }
    let tokens = tokens
        .into_iter()
        .map(|token| token.map(Vec::into_boxed_slice))
        .collect();
    let vocabulary = py
        .detach(|| Vocabulary::from_merges(tokens, list, ignore_merges))
        .map_err(to_python)?;
    compile(py, Definition::new(vocabulary, pretokenizer), added, None)
}

/// Bytes, shown as Python shows them.
struct Shown<'a>(&'a [u8]);

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "b\"{}\"", self.0.escape_ascii())
    }
}

/// `tokenizer.json` and `tokenizer_config.json` in a folder, for transformers.
#[pyfunction]
pub fn save_pretrained(py: Python<'_>, tokenizer: &Bound<'_, Tokenizer>, folder: PathBuf) -> PyResult<()> {
    let definition = tokenizer.get().definition();
    py.detach(|| vocabulary::save_pretrained(definition, &folder))
        .map_err(to_python)
}

/// What a pickle holds.
#[pyfunction]
pub fn to_state<'py>(py: Python<'py>, tokenizer: &Bound<'py, Tokenizer>) -> PyResult<Bound<'py, PyTuple>> {
    state::pack(py, tokenizer.get().definition())
}

/// From what a pickle holds; `tables` as in [`load`].
#[pyfunction]
pub fn from_state(
    py: Python<'_>,
    state: &Bound<'_, PyTuple>,
    tables: Option<PathBuf>,
) -> PyResult<Tokenizer> {
    let definition = state::unpack(py, state)?;
    Tokenizer::compile(py, definition, tables)
}

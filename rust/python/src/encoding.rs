//! `_native.Tokenizer`: text to ids, ids to text.

use crate::errors::to_python;
use crate::id_array::array;
use crate::id_objects::IdObjects;
use crate::input::{self, Characters, Special};
use crate::progress::Reporter;
use bytewright::encode::{self, Encoded, TableCache};
use bytewright::error::EncodeError;
use bytewright::source::SourceOptions;
use bytewright::vocabulary::{Definition, Normalizer, Semantics, TokenId};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use std::borrow::Cow;
use std::ffi::CString;
use std::path::PathBuf;

/// A tokenizer, compiled.
#[pyclass(frozen, module = "bytewright._native")]
pub struct Tokenizer {
    pub(crate) core: encode::Tokenizer,
    /// Highest id in use, plus one.
    size: usize,
    /// Number of tokens.
    count: usize,
    objects: IdObjects,
}

impl Tokenizer {
    /// Compiles a definition; `tables`: the folder that tables are kept in, if they are.
    pub fn compile(py: Python<'_>, definition: Definition, tables: Option<PathBuf>) -> PyResult<Self> {
        let cache = tables.map(TableCache::new);
        let core = py
            .detach(|| encode::Tokenizer::with_cache(definition, cache.as_ref()))
            .map_err(to_python)?;
        let mut tokenizer = Self {
            core,
            size: 0,
            count: 0,
            objects: IdObjects::new(0),
        };
        let tokens = tokenizer.tokens();
        let count = tokens.iter().flatten().count();
        (tokenizer.size, tokenizer.count) = (tokens.len(), count);
        tokenizer.objects = IdObjects::new(tokenizer.size);
        Ok(tokenizer)
    }

    /// Highest id in use, plus one.
    pub fn size(&self) -> usize {
        self.size
    }

    /// What it was made from.
    pub fn definition(&self) -> &Definition {
        self.core.definition()
    }

    fn encode_text(
        &self,
        py: Python<'_>,
        text: &[u8],
        special: &Special,
        template: bool,
    ) -> PyResult<Vec<TokenId>> {
        if text.len() > LONG {
            let encoded = self.encode_texts(py, &[text], special, template, default_threads(py)?)?;
            return Ok(encoded.ids);
        }
        detach(py, text, || {
            let mut ids = Vec::new();
            special.with(|special| self.core.encode(text, special, template, &mut ids))?;
            Ok(ids)
        })
        .map_err(|error: EncodeError| to_python(error))
    }

    fn encode_texts(
        &self,
        py: Python<'_>,
        texts: &[&[u8]],
        special: &Special,
        template: bool,
        threads: usize,
    ) -> PyResult<Encoded> {
        Reporter::new(None).run(py, |monitor| {
            special.with(|special| self.core.encode_batch(texts, special, template, threads, monitor))
        })
    }

    /// The bytes of ids, written where they stay: fresh memory costs more than decoding does.
    fn decode_ids<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        skip_special: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let ids = input::ids(ids)?;
        let ids = ids.as_slice();
        let length = py
            .detach(|| self.core.decoded_length(ids, skip_special))
            .map_err(to_python)?;
        PyBytes::new_with(py, length, |out| {
            py.detach(|| self.core.decode_into(ids, skip_special, out))
                .map_err(to_python)
        })
    }
}

/// A text of more bytes is work for several threads, and can be interrupted.
const LONG: usize = 1 << 19;

/// A text of fewer bytes is encoded before another thread would have taken over: to let one took a tenth of the time of 96 bytes.
const SHORT: usize = 1 << 11;

/// Works on a text, while other threads go on where it is not short.
fn detach<T: Send>(py: Python<'_>, text: &[u8], work: impl FnOnce() -> T + Send) -> T {
    if text.len() < SHORT {
        work()
    } else {
        py.detach(work)
    }
}

/// As many threads as `threads=None` means.
fn default_threads(py: Python<'_>) -> PyResult<usize> {
    py.import("bytewright.threads")?
        .call_method1("resolve_threads", (py.None(),))?
        .extract()
}

/// How files are read.
pub fn source_options(separator: Option<Vec<u8>>, field: Option<String>) -> SourceOptions {
    SourceOptions { separator, field }
}

type Arrays<'py> = (Bound<'py, PyAny>, Bound<'py, PyArray1<i64>>);

/// The error of work that hands batches to Python.
enum FilesError {
    Core(EncodeError),
    Python(PyErr),
}

impl From<EncodeError> for FilesError {
    fn from(error: EncodeError) -> Self {
        Self::Core(error)
    }
}

impl FilesError {
    fn into_python(self) -> PyErr {
        match self {
            Self::Core(error) => to_python(error),
            Self::Python(error) => error,
        }
    }
}

#[pymethods]
impl Tokenizer {
    fn encode<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        allowed_special: &Bound<'py, PyAny>,
        disallowed_special: &Bound<'py, PyAny>,
        add_special_tokens: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let ids = self.encode_text(py, &input::text(text)?, &special, add_special_tokens)?;
        self.objects.list(py, &ids)
    }

    fn encode_to_numpy<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        allowed_special: &Bound<'py, PyAny>,
        disallowed_special: &Bound<'py, PyAny>,
        add_special_tokens: bool,
        dtype: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let ids = self.encode_text(py, &input::text(text)?, &special, add_special_tokens)?;
        array(py, ids, dtype)
    }

    fn encode_batch<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        allowed_special: &Bound<'py, PyAny>,
        disallowed_special: &Bound<'py, PyAny>,
        add_special_tokens: bool,
        threads: usize,
    ) -> PyResult<Vec<Bound<'py, PyList>>> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let objects = input::texts(texts)?;
        let texts = objects.iter().map(input::text).collect::<PyResult<Vec<_>>>()?;
        let views: Vec<&[u8]> = texts.iter().map(Cow::as_ref).collect();
        let encoded = self.encode_texts(py, &views, &special, add_special_tokens, threads)?;
        documents(&encoded)
            .map(|ids| self.objects.list(py, ids))
            .collect()
    }

    #[allow(clippy::too_many_arguments)]
    fn encode_batch_to_numpy<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        allowed_special: &Bound<'py, PyAny>,
        disallowed_special: &Bound<'py, PyAny>,
        add_special_tokens: bool,
        dtype: &str,
        threads: usize,
    ) -> PyResult<Arrays<'py>> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let objects = input::texts(texts)?;
        let texts = objects.iter().map(input::text).collect::<PyResult<Vec<_>>>()?;
        let views: Vec<&[u8]> = texts.iter().map(Cow::as_ref).collect();
        let encoded = self.encode_texts(py, &views, &special, add_special_tokens, threads)?;
        Ok((array(py, encoded.ids, dtype)?, encoded.offsets.into_pyarray(py)))
    }

    /// All ids and offsets, and the number of special tokens that were ordinary text.
    #[allow(clippy::too_many_arguments)]
    fn encode_files<'py>(
        &self,
        py: Python<'py>,
        paths: &Bound<'py, PyAny>,
        separator: Option<Vec<u8>>,
        field: Option<String>,
        allow_special: bool,
        dtype: &str,
        threads: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyArray1<i64>>, u64)> {
        let paths = input::paths(paths)?;
        let options = source_options(separator, field);
        let all = Reporter::new(progress).run(py, |monitor| {
            self.core
                .encode_files_whole(&paths, &options, allow_special, threads, monitor)
        })?;
        Ok((
            array(py, all.ids, dtype)?,
            all.offsets.into_pyarray(py),
            all.special_seen,
        ))
    }

    /// `sink(ids, offsets)` takes each batch; ids after the last offset belong to a document that goes on in the next one. Returns the number
    /// of special tokens that were ordinary text.
    #[allow(clippy::too_many_arguments)]
    fn encode_files_to(
        &self,
        py: Python<'_>,
        sink: Py<PyAny>,
        paths: &Bound<'_, PyAny>,
        separator: Option<Vec<u8>>,
        field: Option<String>,
        allow_special: bool,
        dtype: &str,
        threads: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<u64> {
        let paths = input::paths(paths)?;
        let options = source_options(separator, field);
        let mut special_seen = 0;
        Reporter::new(progress).run_with(
            py,
            |monitor| {
                let mut hand_over = |batch: Encoded| {
                    special_seen += batch.special_seen;
                    Python::attach(|py| {
                        let ids = array(py, batch.ids, dtype)?;
                        sink.call1(py, (ids, batch.offsets.into_pyarray(py))).map(drop)
                    })
                    .map_err(FilesError::Python)
                };
                self.core
                    .encode_files(&paths, &options, allow_special, threads, monitor, &mut hand_over)
            },
            FilesError::into_python,
        )?;
        Ok(special_seen)
    }

    fn encode_with_offsets<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        allowed_special: &Bound<'py, PyAny>,
        disallowed_special: &Bound<'py, PyAny>,
        add_special_tokens: bool,
        unit: &str,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyArray2<i64>>)> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let bytes = input::text(text)?;
        let characters = match unit {
            "bytes" => Characters::Ascii,
            "characters" => Characters::new(text, &bytes)?,
            other => {
                return Err(PyValueError::new_err(format!(
                    "unit is \"bytes\" or \"characters\", not {other:?}"
                )));
            }
        };
        let (ids, ranges) = py
            .detach(|| {
                special.with(|special| self.core.encode_with_offsets(&bytes, special, add_special_tokens))
            })
            .map_err(to_python)?;
        let flat: Vec<i64> = ranges
            .iter()
            .flat_map(|&(start, end)| {
                let (start, end) = characters.range(start, end);
                [start, end]
            })
            .collect();
        let offsets = flat.into_pyarray(py).reshape([ranges.len(), 2])?;
        Ok((self.objects.list(py, &ids)?, offsets))
    }

    fn count(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        allowed_special: &Bound<'_, PyAny>,
        disallowed_special: &Bound<'_, PyAny>,
        add_special_tokens: bool,
    ) -> PyResult<u64> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let bytes = input::text(text)?;
        if bytes.len() > LONG {
            let threads = default_threads(py)?;
            let counts = Reporter::new(None).run(py, |monitor| {
                special.with(|special| {
                    self.core
                        .count_batch(&[bytes.as_ref()], special, add_special_tokens, threads, monitor)
                })
            })?;
            return Ok(counts.into_iter().sum());
        }
        detach(py, &bytes, || {
            special.with(|special| self.core.count(&bytes, special, add_special_tokens))
        })
        .map_err(to_python)
    }

    fn count_batch<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        allowed_special: &Bound<'py, PyAny>,
        disallowed_special: &Bound<'py, PyAny>,
        add_special_tokens: bool,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let objects = input::texts(texts)?;
        let texts = objects.iter().map(input::text).collect::<PyResult<Vec<_>>>()?;
        let views: Vec<&[u8]> = texts.iter().map(Cow::as_ref).collect();
        let counts = Reporter::new(None).run(py, |monitor| {
            special.with(|special| {
                self.core
                    .count_batch(&views, special, add_special_tokens, threads, monitor)
            })
        })?;
        let counts: Vec<i64> = counts.into_iter().map(|count| count as i64).collect();
        Ok(counts.into_pyarray(py))
    }

    fn fits(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        limit: u64,
        allowed_special: &Bound<'_, PyAny>,
        disallowed_special: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let bytes = input::text(text)?;
        let count = py
            .detach(|| special.with(|special| self.core.count_up_to(&bytes, special, limit)))
            .map_err(to_python)?;
        Ok(count.is_some())
    }

    fn decode<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        skip_special_tokens: bool,
        errors: &str,
    ) -> PyResult<Bound<'py, PyString>> {
        let bytes = self.decode_ids(py, ids, skip_special_tokens)?;
        let errors = CString::new(errors).map_err(|_| PyValueError::new_err("errors: a NUL character"))?;
        PyString::from_encoded_object(&bytes, Some(c"utf-8"), Some(&errors))
    }

    fn decode_bytes<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        skip_special_tokens: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        self.decode_ids(py, ids, skip_special_tokens)
    }

    fn decode_batch<'py>(
        &self,
        py: Python<'py>,
        batch: &Bound<'py, PyAny>,
        skip_special_tokens: bool,
        errors: &str,
    ) -> PyResult<Vec<Bound<'py, PyString>>> {
        batch
            .try_iter()?
            .map(|ids| self.decode(py, &ids?, skip_special_tokens, errors))
            .collect()
    }

    /// Ids, symbols looked at, queue operations: the work without the pretoken cache, for tests that bound it.
    fn measure_work(&self, py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<(Vec<TokenId>, u64, u64)> {
        let bytes = input::text(text)?;
        let (ids, work) = py.detach(|| self.core.measure_work(&bytes)).map_err(to_python)?;
        Ok((ids, work.symbols, work.queue_operations))
    }

    #[getter]
    fn vocabulary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(
            py,
            self.tokens()
                .into_iter()
                .map(|token| token.map(|bytes| PyBytes::new(py, bytes))),
        )
    }

    #[getter]
    fn vocabulary_size(&self) -> usize {
        self.size
    }

    fn __len__(&self) -> usize {
        self.count
    }

    #[getter]
    fn merges<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let vocabulary = &self.definition().vocabulary;
        let bytes = |id: TokenId| PyBytes::new(py, vocabulary.bytes(id).unwrap_or_default());
        PyList::new(
            py,
            vocabulary
                .merges()
                .iter()
                .map(|merge| (bytes(merge.left), bytes(merge.right))),
        )
    }

    #[getter]
    fn special_tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let special = PyDict::new(py);
        for token in self
            .definition()
            .added_tokens
            .iter()
            .filter(|token| token.special)
        {
            special.set_item(&token.content, token.id)?;
        }
        Ok(special)
    }

    /// Bytes that threads share.
    #[getter]
    fn memory(&self) -> usize {
        self.core.memory() + self.objects.memory()
    }

    #[getter]
    fn pattern(&self) -> Option<String> {
        crate::vocabulary::pattern_text(&self.definition().pretokenizer)
    }

    /// The pattern as tiktoken spells it, where one expression says the same.
    #[getter]
    fn tiktoken_pattern(&self) -> Option<String> {
        self.definition().pretokenizer.tiktoken_pattern()
    }

    /// What splits text: `scanner o200k`, `automaton`, `engine fancy-regex` and the like.
    #[getter]
    fn pretokenizer_path(&self) -> String {
        self.core.pretokenizer_path().to_string()
    }

    #[getter]
    fn normalizer(&self) -> Option<String> {
        self.definition().normalizer.as_ref().map(Normalizer::to_string)
    }

    #[getter]
    fn semantics(&self) -> &'static str {
        match self.definition().vocabulary.semantics() {
            Semantics::Ranks => "ranks",
            Semantics::Merges { ignore_merges: false } => "merges",
            Semantics::Merges { ignore_merges: true } => "merges, whole tokens first",
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.definition() == other.definition()
    }
}

impl Tokenizer {
    /// Bytes by id, added tokens among them.
    fn tokens(&self) -> Vec<Option<&[u8]>> {
        let definition = self.definition();
        let mut tokens: Vec<Option<&[u8]>> = definition
            .vocabulary
            .tokens()
            .iter()
            .map(Option::as_deref)
            .collect();
        for added in &definition.added_tokens {
            let id = added.id as usize;
            if tokens.len() <= id {
                tokens.resize(id + 1, None);
            }
            tokens[id].get_or_insert(added.content.as_bytes());
        }
        let used = tokens
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |last| last + 1);
        tokens.truncate(used);
        tokens
    }
}

fn documents(encoded: &Encoded) -> impl Iterator<Item = &[TokenId]> {
    encoded.offsets.windows(2).map(|pair| {
        encoded
            .ids
            .get(pair[0] as usize..pair[1] as usize)
            .unwrap_or_default()
    })
}

/// A `PyTypeError` for an argument that is neither of two things.
pub fn wrong_type(what: &str, object: &Bound<'_, PyAny>) -> PyErr {
    match object.get_type().name() {
        Ok(name) => PyTypeError::new_err(format!("{what}, not {name}")),
        Err(error) => error,
    }
}

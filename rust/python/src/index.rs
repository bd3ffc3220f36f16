//! `_native.TextIndex`, `_native.Appender`, `_native.Chunks`: tokens of parts of a text, of a text that grows, and pieces of so many tokens.

use crate::encoding::Tokenizer;
use crate::errors::to_python;
use crate::input::{self, Special};
use crate::positions::Positions;
use crate::progress::Reporter;
use bytewright::encode;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Three bytes that stand for a surrogate whose partner may yet come.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// A text that is kept, in its own object where that can't change.
enum Text {
    String(Py<PyString>),
    Bytes(Py<PyBytes>),
    Copy(Vec<u8>),
}

impl Text {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(string) = object.cast::<PyString>()
            && string.to_str().is_ok()
        {
            return Ok(Self::String(string.clone().unbind()));
        }
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.clone().unbind()));
        }
        Ok(Self::Copy(input::text(object)?.into_owned()))
    }

    fn bytes<'a>(&'a self, py: Python<'a>) -> PyResult<&'a [u8]> {
        match self {
            Self::String(string) => Ok(string.bind(py).to_str()?.as_bytes()),
            Self::Bytes(bytes) => Ok(bytes.bind(py).as_bytes()),
            Self::Copy(bytes) => Ok(bytes),
        }
    }
}

/// Ids that a post-processor puts around a text.
fn around(tokenizer: &Tokenizer, add_special_tokens: bool) -> u64 {
    let template = &tokenizer.definition().template;
    if add_special_tokens {
        (template.before.len() + template.after.len()) as u64
    } else {
        0
    }
}

/// The tokens of every part of a text.
#[pyclass(frozen, module = "bytewright._native")]
pub struct TextIndex {
    tokenizer: Py<Tokenizer>,
    text: Text,
    positions: Positions,
    core: encode::TextIndex,
    around: u64,
}

#[pymethods]
impl TextIndex {
    #[new]
    fn new(
        py: Python<'_>,
        tokenizer: Py<Tokenizer>,
        text: &Bound<'_, PyAny>,
        allowed_special: &Bound<'_, PyAny>,
        disallowed_special: &Bound<'_, PyAny>,
        add_special_tokens: bool,
        threads: usize,
    ) -> PyResult<Self> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let positions = Positions::new(text)?;
        let text = Text::new(text)?;
        let bytes = text.bytes(py)?;
        let shared = tokenizer.get();
        let core = Reporter::new(None).run(py, |monitor| {
            special.with(|special| encode::TextIndex::new(&shared.core, bytes, special, threads, monitor))
        })?;
        Ok(Self {
            around: around(shared, add_special_tokens),
            tokenizer,
            text,
            positions,
            core,
        })
    }

    /// Of `text[start:stop]`, with 0 ≤ start, stop ≤ length.
    fn count(&self, py: Python<'_>, start: usize, stop: usize) -> PyResult<u64> {
        let bytes = self.text.bytes(py)?;
        if start >= stop {
            return Ok(self.around);
        }
        let (first, last) = (
            self.positions.byte(bytes, start),
            self.positions.byte(bytes, stop),
        );
        let tokenizer = &self.tokenizer.get().core;
        // Half of a surrogate pair is a character of its own in the part.
        let count = if first.inside || last.inside {
            let mut part = Vec::new();
            if first.inside {
                part.extend_from_slice(REPLACEMENT);
            }
            part.extend_from_slice(bytes.get(first.next..last.begin).unwrap_or_default());
            if last.inside {
                part.extend_from_slice(REPLACEMENT);
            }
            py.detach(|| self.core.count_other(tokenizer, &part))
        } else {
            py.detach(|| self.core.count(tokenizer, bytes, first.begin..last.begin))
        };
        Ok(count.map_err(to_python)? + self.around)
    }

    /// Characters of a `str`, else bytes.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.positions.length(self.text.bytes(py)?))
    }

    /// Bytes that it takes beside the text.
    #[getter]
    fn memory(&self) -> usize {
        self.core.memory() + self.positions.memory()
    }
}

/// What the pieces of an appender are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    String,
    Bytes,
}

#[derive(Clone)]
struct Growing {
    core: encode::Appender,
    /// Of the first piece.
    kind: Option<Kind>,
    /// A high surrogate at the end, whose partner may come.
    high: Option<u16>,
    length: u64,
}

/// A count that is kept while text is added.
#[pyclass(frozen, module = "bytewright._native")]
pub struct Appender {
    tokenizer: Py<Tokenizer>,
    /// Locked without the GIL only, so that nobody waits for it who holds it.
    state: Mutex<Growing>,
    around: u64,
}

impl Appender {
    fn state(&self) -> MutexGuard<'_, Growing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Appender {
    #[new]
    fn new(
        tokenizer: Py<Tokenizer>,
        allowed_special: &Bound<'_, PyAny>,
        disallowed_special: &Bound<'_, PyAny>,
        add_special_tokens: bool,
    ) -> PyResult<Self> {
        let special = Special::new(allowed_special, disallowed_special)?;
        let shared = tokenizer.get();
        let core = special.with(|special| encode::Appender::new(&shared.core, special));
        Ok(Self {
            around: around(shared, add_special_tokens),
            tokenizer,
            state: Mutex::new(Growing {
                core,
                kind: None,
                high: None,
                length: 0,
            }),
        })
    }

    fn append(&self, py: Python<'_>, piece: &Bound<'_, PyAny>) -> PyResult<u64> {
        let string = piece.cast::<PyString>().ok();
        let utf8 = string.and_then(|string| string.to_str().ok());
        let units = match (string, utf8) {
            (Some(string), None) => input::utf16(string)?,
            _ => Vec::new(),
        };
        let kind = if string.is_some() {
            Kind::String
        } else {
            Kind::Bytes
        };
        let bytes = match utf8 {
            Some(utf8) => utf8.as_bytes().into(),
            None if string.is_some() => Vec::new().into(),
            None => input::text(piece)?,
        };
        let length = if string.is_some() {
            piece.len()?
        } else {
            bytes.len()
        } as u64;
        let tokenizer = &self.tokenizer.get().core;
        py.detach(|| {
            let mut state = self.state();
            if state.kind.is_some_and(|known| known != kind) {
                return Err(PyTypeError::new_err(
                    "the pieces of one text are all str or all bytes; clear() begins a new text",
                ));
            }
            if bytes.is_empty() && units.is_empty() {
                return Ok(state.core.count() + self.around);
            }
            let (added, high) = if units.is_empty() {
                // What has come is no partner, so the surrogate stays alone.
                match state.high {
                    Some(_) => (
                        state.core.append(tokenizer, &[REPLACEMENT, &bytes].concat()),
                        None,
                    ),
                    None => (state.core.append(tokenizer, &bytes), None),
                }
            } else {
                let units: Vec<u16> = state.high.into_iter().chain(units).collect();
                let high = units
                    .last()
                    .copied()
                    .filter(|unit| (0xD800..0xDC00).contains(unit));
                let provisional = if high.is_some() { REPLACEMENT.len() } else { 0 };
                let text = String::from_utf16_lossy(&units);
                let added = state
                    .core
                    .append_provisional(tokenizer, text.as_bytes(), provisional);
                (added, high)
            };
            added.map_err(to_python)?;
            state.high = high;
            state.kind = Some(kind);
            state.length += length;
            Ok(state.core.count() + self.around)
        })
    }

    fn clear(&self, py: Python<'_>) {
        py.detach(|| {
            let mut state = self.state();
            state.core.clear();
            (state.kind, state.high, state.length) = (None, None, 0);
        });
    }

    fn copy(&self, py: Python<'_>) -> Self {
        Self {
            tokenizer: self.tokenizer.clone_ref(py),
            state: Mutex::new(py.detach(|| self.state().clone())),
            around: self.around,
        }
    }

    #[getter]
    fn count(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.state().core.count()) + self.around
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        py.detach(|| self.state().length) as usize
    }

    /// Bytes of text that are held.
    #[getter]
    fn held(&self, py: Python<'_>) -> usize {
        py.detach(|| self.state().core.held())
    }
}

struct Cutting {
    core: encode::Chunker,
    /// A place of the text, in bytes and in the text's own unit: where to count on from.
    known: (usize, usize),
    failed: bool,
}

/// The pieces of a text, one by one.
#[pyclass(frozen, module = "bytewright._native")]
pub struct Chunks {
    tokenizer: Py<Tokenizer>,
    text: Text,
    positions: Positions,
    state: Mutex<Cutting>,
}

#[pymethods]
impl Chunks {
    #[new]
    fn new(
        py: Python<'_>,
        tokenizer: Py<Tokenizer>,
        text: &Bound<'_, PyAny>,
        max_tokens: u64,
        overlap: u64,
        allowed_special: &Bound<'_, PyAny>,
        disallowed_special: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        if max_tokens == 0 {
            return Err(PyValueError::new_err("max_tokens is 1 or more"));
        }
        if overlap >= max_tokens {
            return Err(PyValueError::new_err(format!(
                "overlap is less than max_tokens ({max_tokens}), not {overlap}"
            )));
        }
        let special = Special::new(allowed_special, disallowed_special)?;
        let positions = Positions::along(text)?;
        let text = Text::new(text)?;
        let bytes = text.bytes(py)?;
        let core = &tokenizer.get().core;
        let core = py
            .detach(|| {
                special.with(|special| encode::Chunker::new(core, bytes, special, max_tokens, overlap))
            })
            .map_err(to_python)?;
        Ok(Self {
            tokenizer,
            text,
            positions,
            state: Mutex::new(Cutting {
                core,
                known: (0, 0),
                failed: false,
            }),
        })
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<(usize, usize)>> {
        let bytes = self.text.bytes(py)?;
        let tokenizer = &self.tokenizer.get().core;
        py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.failed {
                return Ok(None);
            }
            match state.core.next(tokenizer, bytes) {
                Ok(None) => Ok(None),
                Ok(Some(piece)) => {
                    let start = self.positions.position(bytes, state.known, piece.start);
                    let end = self.positions.position(bytes, (piece.start, start), piece.end);
                    state.known = (piece.end, end);
                    Ok(Some((start, end)))
                }
                Err(error) => {
                    state.failed = true;
                    Err(to_python(error))
                }
            }
        })
    }
}

//! Counting pretokens of anything that Python can iterate over, and training on the counts.

use crate::encoding::{Tokenizer, source_options, wrong_type};
use crate::errors::raise;
use crate::input;
use crate::profiles::Profile;
use crate::progress::Reporter;
use crate::vocabulary::pretokenizer_of;
use bytewright::Monitor;
use bytewright::error::TrainError;
use bytewright::train::{self as core, CountOptions, PretokenCounter, Ties, TrainOptions};
use bytewright::vocabulary::Normalizer;
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::borrow::Cow;
use std::path::PathBuf;

/// Documents are handed on when they make so many bytes, or so many documents: enough to share among threads, and the most
/// of a generator that is in memory at once.
const BATCH_BYTES: usize = 8 << 20;
const BATCH_DOCUMENTS: usize = 10_000;

/// A normaliser by name, or that of a tokenizer.
fn normalizer_of(normalizer: &Bound<'_, PyAny>) -> PyResult<Option<Normalizer>> {
    if normalizer.is_none() {
        return Ok(None);
    }
    if let Ok(tokenizer) = normalizer.cast::<Tokenizer>() {
        return Ok(tokenizer.get().definition().normalizer.clone());
    }
    let name = normalizer.extract::<String>()?;
    let found = Normalizer::named(&name);
    found.map(Some).ok_or_else(|| {
        PyValueError::new_err(format!(
            "normalizer is nfc, nfd, nfkc, nfkd, lowercase or None, not {name:?}"
        ))
    })
}

/// Counts the pretokens of documents (`str`, `bytes`), files (`PathLike`) and pairs (`(bytes, int)`), in any mixture.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn count(
    py: Python<'_>,
    items: &Bound<'_, PyAny>,
    pattern: &Bound<'_, PyAny>,
    normalizer: &Bound<'_, PyAny>,
    separator: Option<Vec<u8>>,
    field: Option<String>,
    special_tokens: Vec<String>,
    allow_special: bool,
    positions: bool,
    threads: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<Profile> {
    let options = CountOptions {
        pretokenizer: pretokenizer_of::<TrainError>(pattern)?,
        normalizer: normalizer_of(normalizer)?,
        source: source_options(separator, field),
        special_tokens,
        allow_special,
        positions,
        threads,
    };
    let reporter = Reporter::new(progress);
    let report = |progress| reporter.report(progress);
    let monitor = Monitor::new(&report);
    let mut counter = PretokenCounter::new(options, &monitor).map_err(|error| reporter.error(error))?;
    let mut batch = Batch::new(py, &reporter);
    for (index, item) in items.try_iter()?.enumerate() {
        batch.add(item?, index, &mut counter)?;
    }
    batch.flush(&mut counter)?;
    let counts = py
        .detach(|| counter.finish())
        .map_err(|error| reporter.error(error))?;
    Ok(Profile { counts })
}

/// Items of one kind that wait to be handed on together, in the order in which they came.
struct Batch<'a, 'py> {
    py: Python<'py>,
    reporter: &'a Reporter,
    documents: Vec<Bound<'py, PyAny>>,
    bytes: usize,
    files: Vec<PathBuf>,
}

impl<'a, 'py> Batch<'a, 'py> {
    fn new(py: Python<'py>, reporter: &'a Reporter) -> Self {
        Self {
            py,
            reporter,
            documents: Vec::new(),
            bytes: 0,
            files: Vec::new(),
        }
    }

    fn add(
        &mut self,
        item: Bound<'py, PyAny>,
        index: usize,
        counter: &mut PretokenCounter<'_>,
    ) -> PyResult<()> {
        if input::is_text(&item) {
            if !self.files.is_empty() {
                self.flush(counter)?;
            }
            // Characters, not bytes, for `str`: near enough.
            self.bytes += item.len()?;
            self.documents.push(item);
            if self.bytes >= BATCH_BYTES || self.documents.len() >= BATCH_DOCUMENTS {
                self.flush(counter)?;
            }
            return Ok(());
        }
        if let Ok(pair) = item.cast::<PyTuple>() {
            self.flush(counter)?;
            return self.add_pretoken(pair, index, counter);
        }
        let Ok(path) = item.extract::<PathBuf>() else {
            return Err(wrong_type(
                &format!(
                    "item {index} of the source is str or bytes (a document), a path (a file) or (bytes, int)"
                ),
                &item,
            ));
        };
        if !self.documents.is_empty() {
            self.flush(counter)?;
        }
        self.files.push(path);
        Ok(())
    }

    fn add_pretoken(
        &self,
        pair: &Bound<'py, PyTuple>,
        index: usize,
        counter: &mut PretokenCounter<'_>,
    ) -> PyResult<()> {
        let place = || format!("item {index} of the source is a pair, and those are (bytes, int)");
        if pair.len() != 2 {
            return Err(raise(
                self.py,
                "TrainingError",
                format!("{}; this one has {} members", place(), pair.len()),
            ));
        }
        let (pretoken, count) = (pair.get_item(0)?, pair.get_item(1)?);
        if !input::is_text(&pretoken) {
            return Err(wrong_type(&place(), &pretoken));
        }
        let count = match count.extract::<u64>() {
            Ok(count) => count,
            Err(error) if error.is_instance_of::<PyOverflowError>(self.py) => {
                return Err(raise(
                    self.py,
                    "TrainingError",
                    format!(
                        "item {index} of the source counts {}; counts are 0 to 2**64 - 1",
                        count.str()?
                    ),
                ));
            }
            Err(_) => return Err(wrong_type(&place(), &count)),
        };
        let bytes = input::text(&pretoken)?;
        counter
            .add_pretoken(&bytes, count)
            .map_err(|error| self.reporter.error(error))
    }

    fn flush(&mut self, counter: &mut PretokenCounter<'_>) -> PyResult<()> {
        if !self.documents.is_empty() {
            let texts = self
                .documents
                .iter()
                .map(input::text)
                .collect::<PyResult<Vec<_>>>()?;
            let views: Vec<&[u8]> = texts.iter().map(Cow::as_ref).collect();
            let added = self.py.detach(|| counter.add_documents(&views));
            added.map_err(|error| self.reporter.error(error))?;
            self.documents.clear();
            self.bytes = 0;
        }
        if !self.files.is_empty() {
            let files = std::mem::take(&mut self.files);
            let added = self.py.detach(|| counter.add_files(&files));
            added.map_err(|error| self.reporter.error(error))?;
        }
        Ok(())
    }
}

/// Learns merges; returns the tokenizer, and whether there were fewer than asked for.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn train(
    py: Python<'_>,
    profile: &Bound<'_, Profile>,
    vocab_size: usize,
    min_frequency: u64,
    max_token_length: Option<usize>,
    special_tokens: Vec<String>,
    special_first: bool,
    ties: &str,
    extend: Option<&Bound<'_, Tokenizer>>,
    threads: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Tokenizer, bool)> {
    let options = TrainOptions {
        vocab_size,
        min_frequency,
        max_token_length,
        special_tokens,
        special_first,
        ties: match ties {
            "smallest-ids" => Ties::SmallestIds,
            "first-seen" => Ties::FirstSeen,
            other => {
                return Err(PyValueError::new_err(format!(
                    "ties is \"smallest-ids\" or \"first-seen\", not {other:?}"
                )));
            }
        },
        threads,
    };
    let counts = &profile.get().counts;
    let base = extend.map(|tokenizer| tokenizer.get().definition());
    let trained = Reporter::new(progress).run(py, |monitor| core::train(counts, &options, base, monitor))?;
    let tokenizer = Tokenizer::compile(py, trained.definition, None)?;
    Ok((tokenizer, trained.exhausted))
}

//! Counting the tokens of files, profiles and documents, and how often each occurs.

use crate::encoding::{Tokenizer, source_options};
use crate::input;
use crate::profiles::Profile;
use crate::progress::Reporter;
use bytewright::encode::{CorpusCount, CorpusOptions, CorpusSource};
use bytewright::source::SourceOptions;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use std::borrow::Cow;
use std::path::PathBuf;

/// Documents, bytes, tokens, distinct tokens (0 where frequencies were not asked for), special tokens seen, pretokens that a profile left out.
type Row = (u64, u64, u64, u64, u64, u64);

type Frequencies<'py> = Option<Bound<'py, PyArray1<u64>>>;

fn row(count: &CorpusCount) -> Row {
    let distinct = count.frequencies.len() as u64;
    (
        count.documents,
        count.bytes,
        count.tokens,
        distinct,
        count.special_seen,
        count.dropped,
    )
}

/// Adds up frequencies, (V,).
fn add(total: &mut [u64], count: &CorpusCount) {
    for &(id, count) in &count.frequencies {
        if let Some(total) = total.get_mut(id as usize) {
            *total = total.saturating_add(count);
        }
    }
}

/// A row for each path (text or profile) and each profile in memory, and the frequencies of all, (V,).
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn count_corpus<'py>(
    py: Python<'py>,
    tokenizer: &Bound<'py, Tokenizer>,
    sources: Vec<Bound<'py, PyAny>>,
    separator: Option<Vec<u8>>,
    field: Option<String>,
    allow_special: bool,
    special_seen: bool,
    frequencies: bool,
    threads: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Vec<Row>, Frequencies<'py>)> {
    enum Source<'a> {
        File(PathBuf),
        Profile(&'a Profile),
    }
    let mut owned = Vec::with_capacity(sources.len());
    for source in &sources {
        owned.push(match source.cast::<Profile>() {
            Ok(profile) => Source::Profile(profile.get()),
            Err(_) => Source::File(source.extract()?),
        });
    }
    let sources: Vec<CorpusSource<'_>> = owned
        .iter()
        .map(|source| match source {
            Source::File(path) => CorpusSource::File(path),
            Source::Profile(profile) => CorpusSource::Profile(&profile.counts),
        })
        .collect();
    let tokenizer = tokenizer.get();
    let options = source_options(separator, field);
    let options = CorpusOptions {
        source: &options,
        special: allow_special,
        special_seen,
        frequencies,
        threads,
    };
    let mut rows = Vec::with_capacity(sources.len());
    let mut total = vec![0; if frequencies { tokenizer.size() } else { 0 }];
    Reporter::new(progress).run(py, |monitor| {
        tokenizer
            .core
            .count_corpus(&sources, &options, monitor, &mut |_, count| {
                rows.push(row(&count));
                add(&mut total, &count);
            })
    })?;
    Ok((rows, frequencies.then(|| total.into_pyarray(py))))
}

/// A row for all documents together, and their frequencies, (V,).
#[pyfunction]
pub fn count_documents<'py>(
    py: Python<'py>,
    tokenizer: &Bound<'py, Tokenizer>,
    texts: &Bound<'py, PyAny>,
    allow_special: bool,
    special_seen: bool,
    frequencies: bool,
    threads: usize,
) -> PyResult<(Row, Frequencies<'py>)> {
    let objects = input::texts(texts)?;
    let texts = objects.iter().map(input::text).collect::<PyResult<Vec<_>>>()?;
    let views: Vec<&[u8]> = texts.iter().map(Cow::as_ref).collect();
    let tokenizer = tokenizer.get();
    let options = CorpusOptions {
        source: &SourceOptions::default(),
        special: allow_special,
        special_seen,
        frequencies,
        threads,
    };
    let count = Reporter::new(None).run(py, |monitor| {
        tokenizer.core.count_documents(&views, &options, monitor)
    })?;
    let frequencies = frequencies.then(|| {
        let mut total = vec![0; tokenizer.size()];
        add(&mut total, &count);
        total.into_pyarray(py)
    });
    Ok((row(&count), frequencies))
}

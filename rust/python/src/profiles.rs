//! `_native.Profile`: pretokens and their counts.

use crate::errors::to_python;
use crate::progress::Reporter;
use crate::vocabulary::pattern_text;
use bytewright::train::{PretokenCounts, ProfileSource, merge};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use std::path::PathBuf;

/// Adds up profiles, given as objects or files, each with a decimal weight.
#[pyfunction]
pub fn merge_profiles(py: Python<'_>, profiles: Vec<(Bound<'_, PyAny>, String)>) -> PyResult<Profile> {
    enum Summand<'a> {
        Counts(&'a PretokenCounts),
        File(PathBuf),
    }
    let mut summands = Vec::with_capacity(profiles.len());
    for (profile, weight) in &profiles {
        let summand = match profile.cast::<Profile>() {
            Ok(profile) => Summand::Counts(&profile.get().counts),
            Err(_) => Summand::File(profile.extract::<PathBuf>()?),
        };
        summands.push((summand, weight.as_str()));
    }
    let sources: Vec<(ProfileSource<'_>, &str)> = summands
        .iter()
        .map(|(summand, weight)| match summand {
            Summand::Counts(counts) => (ProfileSource::Counts(counts), *weight),
            Summand::File(path) => (ProfileSource::File(path), *weight),
        })
        .collect();
    let counts = Reporter::new(None).run(py, |monitor| merge(&sources, monitor))?;
    Ok(Profile { counts })
}

/// A corpus profile.
#[pyclass(frozen, module = "bytewright._native")]
pub struct Profile {
    pub counts: PretokenCounts,
}

#[pymethods]
impl Profile {
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let counts = py.detach(|| PretokenCounts::load(&path)).map_err(to_python)?;
        Ok(Self { counts })
    }

    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.counts.save(&path)).map_err(to_python)
    }

    fn __len__(&self) -> usize {
        self.counts.len()
    }

    #[getter]
    fn pattern(&self) -> Option<String> {
        pattern_text(self.counts.pretokenizer())
    }

    #[getter]
    fn normalizer(&self) -> Option<String> {
        self.counts.normalizer().as_ref().map(ToString::to_string)
    }

    #[getter]
    fn separator<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.counts
            .separator()
            .map(|separator| PyBytes::new(py, separator))
    }

    #[getter]
    fn documents(&self) -> u64 {
        self.counts.documents()
    }

    #[getter]
    fn bytes(&self) -> u64 {
        self.counts.bytes()
    }

    #[getter]
    fn total(&self) -> u128 {
        self.counts.total()
    }

    #[getter]
    fn special_seen(&self) -> u64 {
        self.counts.special_seen()
    }

    #[getter]
    fn unicode_version(&self) -> &str {
        &self.counts.header().unicode
    }

    /// Same header and same counts.
    fn same_as(&self, py: Python<'_>, other: &Bound<'_, Self>) -> bool {
        let other = other.get();
        std::ptr::eq(self, other)
            || py.detach(|| {
                self.counts.header() == other.counts.header() && self.counts.iter().eq(other.counts.iter())
            })
    }

    /// Some pairs of pretoken and count, in the order of the bytes, from the `start`-th on.
    fn items<'py>(&self, py: Python<'py>, start: usize, count: usize) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for (pretoken, occurrences) in self.counts.iter().skip(start).take(count) {
            list.append((PyBytes::new(py, pretoken), occurrences))?;
        }
        Ok(list)
    }
}

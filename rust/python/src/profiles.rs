//! `_native.Profile`: pretokens and their counts.

use crate::errors::to_python;
use bytewright::train::PretokenCounts;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use std::path::PathBuf;

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

    /// Some pairs of pretoken and count, in the order of the bytes, from the `start`-th on.
    fn items<'py>(&self, py: Python<'py>, start: usize, count: usize) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for (pretoken, occurrences) in self.counts.iter().skip(start).take(count) {
            list.append((PyBytes::new(py, pretoken), occurrences))?;
        }
        Ok(list)
    }
}

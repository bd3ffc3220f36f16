//! Ids as lists of Python's integers, each of which is made once for all lists.
//!
//! To make an integer and to free it again takes longer than to encode the text that it is of. With integers that are there already, `encode` of 96 bytes takes 0.82 of the
//! time, of 1 kB 0.69, of 10 MB 0.4 (English, code) to 0.6 (many languages, o200k_base), and a list 8 bytes an id in the place of 40.

use bytewright::vocabulary::TokenId;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList};
use std::sync::Mutex;

/// Higher ids are made anew each time, so that one high id does not ask for memory for all below it.
const KEPT: usize = 1 << 20;

/// The integers of a vocabulary's ids.
pub struct IdObjects {
    /// By id, those that were asked for.
    kept: Mutex<Vec<Option<Py<PyInt>>>>,
    /// All ids are below.
    size: usize,
}

impl IdObjects {
    /// For a vocabulary whose ids are below `size`.
    pub fn new(size: usize) -> Self {
        Self {
            kept: Mutex::default(),
            size: size.min(KEPT),
        }
    }

    /// A list of ids.
    pub fn list<'py>(&self, py: Python<'py>, ids: &[TokenId]) -> PyResult<Bound<'py, PyList>> {
        // Never waits: making a list may run the collector, and that any code, of this thread or of another one.
        let Ok(mut kept) = self.kept.try_lock() else {
            return PyList::new(py, ids);
        };
        if kept.is_empty() {
            kept.resize_with(self.size, || None);
        }
        let object = |&id: &TokenId| match kept.get_mut(id as usize) {
            Some(object) => object.get_or_insert_with(|| made(py, id)).clone_ref(py),
            None => made(py, id),
        };
        PyList::new(py, ids.iter().map(object))
    }

    /// Bytes that the table and its integers take now.
    pub fn memory(&self) -> usize {
        /// What the allocator of Python gives for an integer of up to 30 bits.
        const INTEGER: usize = 32;
        // Held only while a list is made.
        self.kept.try_lock().map_or(0, |kept| {
            size_of_val(kept.as_slice()) + kept.iter().flatten().count() * INTEGER
        })
    }
}

fn made(py: Python<'_>, id: TokenId) -> Py<PyInt> {
    PyInt::new(py, id).unbind()
}

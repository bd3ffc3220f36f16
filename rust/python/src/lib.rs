//! Python bindings of `bytewright`: one thin file a stage.

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _native {}

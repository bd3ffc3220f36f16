//! `_native.BpezCompressor` and `_native.BpezDecompressor`.

use crate::compress::{lock, run};
use crate::errors::to_python;
use crate::input::buffer;
use bytewright::compress::bpez::{self, Options};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::Mutex;

/// Compresses to blocks of BPEZ.
#[pyclass(frozen, module = "bytewright._native")]
pub struct BpezCompressor(Mutex<bpez::Compressor>);

#[pymethods]
impl BpezCompressor {
    #[new]
    fn new(block_size: u32, cycles: u8, minimum: u32, threads: usize) -> PyResult<Self> {
        let options = Options {
            block_size,
            cycles,
            minimum,
        };
        let compressor = bpez::Compressor::new(options, threads).map_err(to_python)?;
        Ok(Self(Mutex::new(compressor)))
    }

    /// Takes data; returns what can be written.
    fn compress<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let data = buffer(data)?;
        run(py, &self.0, |compressor, out, monitor| {
            compressor.push(&data, out, monitor)
        })
    }

    /// Compresses what is left.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        run(py, &self.0, bpez::Compressor::finish)
    }
}

/// Decompresses blocks of BPEZ.
#[pyclass(frozen, module = "bytewright._native")]
pub struct BpezDecompressor(Mutex<bpez::Decompressor>);

#[pymethods]
impl BpezDecompressor {
    #[new]
    fn new(memory_limit: u64, threads: usize) -> Self {
        Self(Mutex::new(bpez::Decompressor::new(memory_limit, threads)))
    }

    /// Takes data; returns what the blocks that are complete stand for.
    fn decompress<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let data = buffer(data)?;
        run(py, &self.0, |decompressor, out, monitor| {
            decompressor.push(&data, out, monitor)
        })
    }

    /// Raises where the data may not end here.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| lock(&self.0).finish()).map_err(to_python)
    }
}

//! `_native.Compressor`, `_native.Decompressor` and `_native.Index`: compressed files.

use crate::errors::to_python;
use crate::input::buffer;
use crate::progress::Reporter;
use bytewright::Monitor;
use bytewright::compress::{self, Index as CoreIndex, Limits, Options, ReadAt};
use bytewright::error::CodecError;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A frame that decoders skip.
#[pyfunction]
pub fn skippable_frame<'py>(py: Python<'py>, content: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, &compress::skippable_frame(&buffer(content)?)))
}

/// Compresses to `.bwz` frames.
#[pyclass(frozen, module = "bytewright._native")]
pub struct Compressor(Mutex<compress::Compressor>);

#[pymethods]
impl Compressor {
    #[new]
    fn new(level: u8, block_size: Option<u64>, threads: usize) -> PyResult<Self> {
        let options = Options {
            level,
            block_size,
            threads,
        };
        let compressor = compress::Compressor::new(options).map_err(to_python)?;
        Ok(Self(Mutex::new(compressor)))
    }

    /// Takes data; returns what can be written.
    fn compress<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let data = buffer(data)?;
        run(py, &self.0, |compressor, out, monitor| {
            compressor.push(&data, out, monitor)
        })
    }

    /// Writes all that was taken.
    fn flush<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        run(py, &self.0, compress::Compressor::flush)
    }

    /// Ends the frame.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        run(py, &self.0, compress::Compressor::finish)
    }
}

/// Decompresses `.bwz` frames.
#[pyclass(frozen, module = "bytewright._native")]
pub struct Decompressor {
    codec: Mutex<compress::Decompressor>,
    /// What [`Decompressor::decompress_some`] decodes into: a buffer that stays, as fresh ones cost page faults.
    buffer: Mutex<Vec<u8>>,
}

#[pymethods]
impl Decompressor {
    #[new]
    fn new(all_frames: bool, memory_limit: u64, threads: usize) -> Self {
        let limits = Limits {
            memory: memory_limit,
            threads,
        };
        Self::of(if all_frames {
            compress::Decompressor::all_frames(limits)
        } else {
            compress::Decompressor::new(limits)
        })
    }

    /// Takes data; returns up to `max_length` bytes of output, all that there is where none is given.
    fn decompress<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
        max_length: Option<usize>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let data = buffer(data)?;
        run(py, &self.codec, |decompressor, out, monitor| {
            decompressor.feed(&data);
            decompressor.read(max_length.unwrap_or(usize::MAX), out, monitor)
        })
    }

    /// Takes data; returns what comes next, up to `most` bytes: none only where more input is needed.
    fn decompress_some<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
        most: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let data = buffer(data)?;
        let mut place = std::mem::take(&mut *lock(&self.buffer));
        let (place, count) = Reporter::new(None).run(py, |monitor| {
            if place.len() != most {
                // Zeros from the system, of which no more become real than are used.
                place = vec![0; most];
            }
            let mut decompressor = lock(&self.codec);
            decompressor.feed(&data);
            let count = decompressor.read_some(&mut place, monitor)?;
            Ok::<_, CodecError>((place, count))
        })?;
        let out = PyBytes::new(py, &place[..count]);
        *lock(&self.buffer) = place;
        Ok(out)
    }

    /// Raises where the data may not end here.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        self.look(py, compress::Decompressor::finish).map_err(to_python)
    }

    #[getter]
    fn eof(&self, py: Python<'_>) -> bool {
        self.look(py, |decompressor| decompressor.is_finished())
    }

    #[getter]
    fn needs_input(&self, py: Python<'_>) -> bool {
        self.look(py, |decompressor| decompressor.needs_input())
    }

    /// Bytes that were given and are not used.
    #[getter]
    fn held_input(&self, py: Python<'_>) -> usize {
        self.look(py, |decompressor| decompressor.held_input())
    }

    #[getter]
    fn unused_data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let unused = self.look(py, |decompressor| decompressor.unused().to_vec());
        PyBytes::new(py, &unused)
    }
}

impl Decompressor {
    /// Waits for a call on another thread without the GIL, which that one may need.
    fn look<T: Send>(&self, py: Python<'_>, see: impl FnOnce(&mut compress::Decompressor) -> T + Send) -> T {
        py.detach(|| see(&mut lock(&self.codec)))
    }

    fn of(codec: compress::Decompressor) -> Self {
        Self {
            codec: Mutex::new(codec),
            buffer: Mutex::default(),
        }
    }
}

/// What `work` appends to its output, done without the GIL.
pub fn run<'py, T: Send>(
    py: Python<'py>,
    codec: &Mutex<T>,
    work: impl FnOnce(&mut T, &mut Vec<u8>, &Monitor<'_>) -> Result<(), CodecError> + Send,
) -> PyResult<Bound<'py, PyBytes>> {
    let out = Reporter::new(None).run(py, |monitor| {
        let mut out = Vec::new();
        work(&mut lock(codec), &mut out, monitor).map(|()| out)
    })?;
    Ok(PyBytes::new(py, &out))
}

/// What another thread left is used as it is: the codecs notice by themselves when they were stopped.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A binary file of Python's.
struct PythonFile<'a, 'py> {
    file: &'a Bound<'py, PyAny>,
    /// What it raised.
    raised: Option<PyErr>,
}

impl PythonFile<'_, '_> {
    fn keep<T>(&mut self, result: PyResult<T>) -> io::Result<T> {
        result.map_err(|error| {
            self.raised = Some(error);
            io::Error::other("the file raised")
        })
    }
}

impl ReadAt for PythonFile<'_, '_> {
    fn size(&mut self) -> io::Result<u64> {
        let size = self
            .file
            .call_method1("seek", (0, 2))
            .and_then(|size| size.extract());
        self.keep(size)
    }

    fn read_at(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let read = || -> PyResult<Vec<u8>> {
            self.file.call_method1("seek", (offset,))?;
            let mut bytes = Vec::new();
            while bytes.len() < length {
                let part = self.file.call_method1("read", (length - bytes.len(),))?;
                let Ok(part) = part.cast::<PyBytes>() else {
                    return Err(PyTypeError::new_err("the file's read() does not return bytes"));
                };
                if part.as_bytes().is_empty() {
                    break;
                }
                bytes.extend_from_slice(part.as_bytes());
            }
            Ok(bytes)
        };
        let result = read();
        self.keep(result)
    }
}

/// What is in a file and where.
#[pyclass(frozen, module = "bytewright._native")]
pub struct Index(Mutex<CoreIndex>);

#[pymethods]
impl Index {
    /// Reads it from a file that can seek.
    #[staticmethod]
    fn read(file: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut file = PythonFile { file, raised: None };
        let result = CoreIndex::read(&mut file);
        let error = file.raised.take();
        let index = result.map_err(|other| error.unwrap_or_else(|| to_python(other)))?;
        Ok(Self(Mutex::new(index)))
    }

    #[getter]
    fn raw_length(&self) -> u64 {
        lock(&self.0).raw_length()
    }

    /// For each frame where it begins in the file, its bytes there, those of the original, the size of its blocks; and for each kind of block its name,
    /// their number, their bytes in the file and of the original.
    #[getter]
    fn frames(&self) -> Vec<(u64, u64, u64, u64, Vec<(&'static str, u64, u64, u64)>)> {
        let describe = |frame: &compress::Frame| {
            let (offset, length) = (frame.offset(), frame.length());
            (
                offset,
                length,
                frame.raw_length(),
                frame.block_size(),
                frame.kinds(),
            )
        };
        lock(&self.0).frames().iter().map(describe).collect()
    }

    /// For a place in the original: what decodes from there, where in the file to read on, and how many bytes of output to leave out.
    fn locate(
        &self,
        place: u64,
        memory_limit: u64,
        threads: usize,
        file: &Bound<'_, PyAny>,
    ) -> PyResult<Option<(Decompressor, u64, u64)>> {
        let limits = Limits {
            memory: memory_limit,
            threads,
        };
        let mut file = PythonFile { file, raised: None };
        // Out of the lock first: the file is Python's, and may wait for whoever waits here.
        let mut index = lock(&self.0).clone();
        let result = index.locate(place, limits, &mut file);
        *lock(&self.0) = index;
        let error = file.raised.take();
        let point = result.map_err(|other| error.unwrap_or_else(|| to_python(other)))?;
        Ok(point.map(|point| (Decompressor::of(point.decompressor), point.offset, point.skip)))
    }
}

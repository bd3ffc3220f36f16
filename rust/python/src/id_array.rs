//! Ids as arrays of numpy, in the memory that the core wrote them to.

use crate::errors::raise;
use bytewright::encode::recycle;
use bytewright::vocabulary::TokenId;
use numpy::ndarray::ArrayView1;
use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Owns the ids that an array shows, and gives their memory back to the core once no array does.
#[pyclass(frozen, module = "bytewright._native")]
struct IdBuffer(Vec<TokenId>);

impl Drop for IdBuffer {
    fn drop(&mut self) {
        recycle(std::mem::take(&mut self.0));
    }
}

/// Few ids are not worth an owner of their own.
const WORTH: usize = 1 << 16;

/// An array over the ids, which are not copied.
fn id_array(py: Python<'_>, mut ids: Vec<TokenId>) -> PyResult<Bound<'_, PyArray1<TokenId>>> {
    if ids.len() < WORTH {
        return Ok(PyArray1::from_vec(py, ids));
    }
    let (data, length) = (ids.as_mut_ptr(), ids.len());
    let owner = Bound::new(py, IdBuffer(ids))?;
    // SAFETY: the ids stay where they are as long as the owner lives, which nothing else reaches into; the array keeps it alive, and is the only one that reads or writes
    // them.
    Ok(unsafe {
        let view = ArrayView1::from_shape_ptr(length, data.cast_const());
        PyArray1::borrow_from_array(&view, owner.into_any())
    })
}

/// Ids as an array of the integer type that was asked for; `uint32` takes the buffer over without a copy.
pub fn array<'py>(py: Python<'py>, ids: Vec<TokenId>, dtype: &str) -> PyResult<Bound<'py, PyAny>> {
    match dtype {
        "uint32" => Ok(id_array(py, ids)?.into_any()),
        "int64" => {
            let wide: Vec<i64> = py.detach(|| {
                let wide = ids.iter().copied().map(i64::from).collect();
                recycle(ids);
                wide
            });
            Ok(wide.into_pyarray(py).into_any())
        }
        "uint16" => {
            let narrow: Result<Vec<u16>, (usize, TokenId)> = py.detach(|| {
                let narrow = ids.iter().enumerate();
                let narrow = narrow
                    .map(|(index, &id)| u16::try_from(id).map_err(|_| (index, id)))
                    .collect();
                recycle(ids);
                narrow
            });
            match narrow {
                Ok(narrow) => Ok(narrow.into_pyarray(py).into_any()),
                Err((index, id)) => Err(raise(
                    py,
                    "EncodeError",
                    format!("id {id} at index {index} does not fit into uint16; ask for uint32"),
                )),
            }
        }
        other => Err(PyValueError::new_err(format!(
            "dtype is uint16, uint32 or int64, not {other}"
        ))),
    }
}

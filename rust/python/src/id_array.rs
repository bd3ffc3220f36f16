//! Ids as arrays of numpy, in the memory that the core wrote them to.

use bytewright::encode::recycle;
use bytewright::vocabulary::TokenId;
use numpy::PyArray1;
use numpy::ndarray::ArrayView1;
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
pub fn id_array(py: Python<'_>, mut ids: Vec<TokenId>) -> PyResult<Bound<'_, PyArray1<TokenId>>> {
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

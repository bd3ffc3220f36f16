//! Views of Python's strings and bytes, and of ids, as the core takes them.

use crate::errors::bad_id;
use bytewright::encode::SpecialTokens;
use bytewright::vocabulary::TokenId;
use numpy::{PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyMemoryView, PyString};
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::PathBuf;

/// The UTF-8 of a `str`, or the bytes of `bytes`, without a copy; other buffers are copied, since they may change.
///
/// A `str` with surrogates has no UTF-8: a pair of them is read as the character it stands for, a lone one as U+FFFD.
pub fn text<'a>(object: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(string) = object.cast::<PyString>() {
        return match string.to_str() {
            Ok(utf8) => Ok(Cow::Borrowed(utf8.as_bytes())),
            Err(_) => Ok(Cow::Owned(without_surrogates(string)?.into_bytes())),
        };
    }
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    if let Ok(array) = object.cast::<PyByteArray>() {
        return Ok(Cow::Owned(array.to_vec()));
    }
    if object.is_instance_of::<PyMemoryView>() {
        let bytes = object.call_method0("tobytes")?;
        return Ok(Cow::Owned(bytes.cast::<PyBytes>()?.as_bytes().to_vec()));
    }
    Err(PyTypeError::new_err(format!(
        "a text is str or bytes, not {}",
        object.get_type().name()?
    )))
}

/// The bytes of `bytes`, without a copy, or of any other object with a buffer, copied, since they may change.
pub fn buffer<'a>(object: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    let bytes = PyMemoryView::from(object)?.call_method0("tobytes")?;
    Ok(Cow::Owned(bytes.cast::<PyBytes>()?.as_bytes().to_vec()))
}

/// Whether [`text`] takes it.
pub fn is_text(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyByteArray>()
        || object.is_instance_of::<PyMemoryView>()
}

fn without_surrogates(string: &Bound<'_, PyString>) -> PyResult<String> {
    Ok(String::from_utf16_lossy(&utf16(string)?))
}

/// A `str` in UTF-16, surrogates as they are.
pub fn utf16(string: &Bound<'_, PyString>) -> PyResult<Vec<u16>> {
    let encoded = string.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
    let units = encoded.cast::<PyBytes>()?.as_bytes().chunks_exact(2);
    Ok(units.map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect())
}

/// The code points of a `str`, surrogates among them.
pub fn utf32(string: &Bound<'_, PyString>) -> PyResult<Vec<u32>> {
    let encoded = string.call_method1("encode", ("utf-32-le", "surrogatepass"))?;
    let points = encoded.cast::<PyBytes>()?.as_bytes().chunks_exact(4);
    Ok(points
        .map(|point| u32::from_le_bytes([point[0], point[1], point[2], point[3]]))
        .collect())
}

/// Many texts; the objects stay referenced while their bytes are in use.
pub fn texts<'py>(batch: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    if is_text(batch) {
        return Err(PyTypeError::new_err(
            "a batch is an iterable of texts, not one text; put it into a list",
        ));
    }
    batch.try_iter()?.collect()
}

/// Which character each byte of a text belongs to, to turn byte offsets into offsets of characters.
pub enum Characters {
    /// One byte each.
    Ascii,
    /// By byte, as Python counts them in the `str` that was given; at last the number of characters.
    Numbered(Vec<u32>),
}

impl Characters {
    /// `bytes` is what [`text`] gave for `object`.
    pub fn new(object: &Bound<'_, PyAny>, bytes: &[u8]) -> PyResult<Self> {
        if bytes.is_ascii() {
            return Ok(Self::Ascii);
        }
        let mut numbers = Vec::with_capacity(bytes.len() + 1);
        let mut next = 0u32;
        let mut add = |bytes: usize| {
            numbers.extend(std::iter::repeat_n(next, bytes));
            next += 1;
        };
        if let Ok(string) = object.cast::<PyString>()
            && string.to_str().is_err()
        {
            let mut points = utf32(string)?.into_iter().peekable();
            while let Some(point) = points.next() {
                let paired = matches!(point, 0xD800..0xDC00)
                    && points.next_if(|low| (0xDC00..0xE000).contains(low)).is_some();
                if paired {
                    // Two characters of the `str`, four bytes of ours: half of them each.
                    add(2);
                    add(2);
                } else {
                    add(char::from_u32(point)
                        .unwrap_or(char::REPLACEMENT_CHARACTER)
                        .len_utf8());
                }
            }
        } else {
            for chunk in bytes.utf8_chunks() {
                chunk
                    .valid()
                    .chars()
                    .for_each(|character| add(character.len_utf8()));
                chunk.invalid().iter().for_each(|_| add(1));
            }
        }
        numbers.push(next);
        Ok(Self::Numbered(numbers))
    }

    /// The characters that a range of bytes touches.
    pub fn range(&self, start: usize, end: usize) -> (i64, i64) {
        match self {
            Self::Ascii => (start as i64, end as i64),
            Self::Numbered(numbers) => {
                let of = |byte: usize| numbers.get(byte).or(numbers.last()).copied().map_or(0, i64::from);
                if start < end {
                    (of(start), of(end - 1) + 1)
                } else {
                    (of(start), of(start))
                }
            }
        }
    }
}

/// `allowed_special` or `disallowed_special`.
pub enum Choice {
    /// `"all"`.
    All,
    /// These.
    Of(HashSet<String>),
}

impl Choice {
    /// `"all"`, or any iterable of `str`; `name` is the argument's, for the error.
    pub fn new(object: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        if let Ok(string) = object.cast::<PyString>() {
            if string.to_str()? == "all" {
                return Ok(Self::All);
            }
            return Err(PyTypeError::new_err(format!(
                "{name} is \"all\" or a collection of special tokens, not the text {:?}",
                string.to_str()?
            )));
        }
        let mut set = HashSet::new();
        // The usual argument is an empty tuple or set, which needs no iterator.
        if object.len().is_ok_and(|length| length == 0) {
            return Ok(Self::Of(set));
        }
        for item in object.try_iter()? {
            set.insert(item?.extract::<String>()?);
        }
        Ok(Self::Of(set))
    }

    /// Whether it is chosen.
    pub fn contains(&self, token: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(set) => set.contains(token),
        }
    }
}

/// What to do with special tokens in the text, owned.
pub(crate) struct Special {
    allowed: Choice,
    disallowed: Choice,
}

impl Special {
    pub(crate) fn new(allowed: &Bound<'_, PyAny>, disallowed: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            allowed: Choice::new(allowed, "allowed_special")?,
            disallowed: Choice::new(disallowed, "disallowed_special")?,
        })
    }

    /// A token that is named in both raises, as in tiktoken; `disallowed_special="all"` means all that are not allowed.
    pub(crate) fn with<R>(&self, work: impl FnOnce(SpecialTokens<'_>) -> R) -> R {
        let named_disallowed =
            |token: &str| matches!(&self.disallowed, Choice::Of(set) if set.contains(token));
        let allowed = |token: &str| self.allowed.contains(token) && !named_disallowed(token);
        let disallowed = |token: &str| self.disallowed.contains(token);
        work(SpecialTokens::Choose {
            allowed: &allowed,
            disallowed: &disallowed,
        })
    }
}

/// Token ids, in the place where they are where that can be.
pub enum Ids<'py> {
    /// An array of the right type, without gaps.
    Array(PyReadonlyArray1<'py, TokenId>),
    /// Anything else, read.
    Owned(Vec<TokenId>),
}

impl Ids<'_> {
    pub fn as_slice(&self) -> &[TokenId] {
        match self {
            // An array with gaps is never one of these.
            Self::Array(array) => array.as_slice().unwrap_or_default(),
            Self::Owned(ids) => ids,
        }
    }
}

/// Token ids from a numpy array of any integer type, a list, or any other iterable of integers.
pub fn ids<'py>(object: &Bound<'py, PyAny>) -> PyResult<Ids<'py>> {
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return match array.extract::<PyReadonlyArray1<'_, TokenId>>() {
            Ok(typed) if typed.as_slice().is_ok() => Ok(Ids::Array(typed)),
            _ => from_array(array).map(Ids::Owned),
        };
    }
    if let Ok(list) = object.cast::<PyList>() {
        return collect(list.iter().map(Ok), list.len()).map(Ids::Owned);
    }
    if is_text(object) {
        return Err(PyTypeError::new_err("ids are integers, not a text"));
    }
    collect(object.try_iter()?, object.len().unwrap_or(0)).map(Ids::Owned)
}

fn collect<'py>(
    items: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
    capacity: usize,
) -> PyResult<Vec<TokenId>> {
    let mut ids = Vec::with_capacity(capacity);
    for (index, item) in items.enumerate() {
        let item = item?;
        match item.extract::<TokenId>() {
            Ok(id) => ids.push(id),
            Err(error) if error.is_instance_of::<PyOverflowError>(item.py()) => {
                return Err(bad_id(item.py(), &item.str()?.to_string_lossy(), index));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(ids)
}

fn from_array(array: &Bound<'_, PyUntypedArray>) -> PyResult<Vec<TokenId>> {
    let py = array.py();
    if array.ndim() != 1 {
        return Err(PyTypeError::new_err(format!(
            "ids are an array of one dimension, not {}",
            array.ndim()
        )));
    }
    macro_rules! try_types {
        ($($integer:ty),*) => {
            $(if let Ok(typed) = array.extract::<PyReadonlyArray1<'_, $integer>>() {
                return typed.as_array().iter().enumerate().map(|(index, &id)| {
                    TokenId::try_from(id).map_err(|_| bad_id(py, &id.to_string(), index))
                }).collect();
            })*
        };
    }
    if let Ok(typed) = array.extract::<PyReadonlyArray1<'_, TokenId>>() {
        return Ok(typed.as_array().iter().copied().collect());
    }
    try_types!(i64, u16, i32, u64, i16, u8, i8);
    if array.len() == 0 {
        // `np.array([])` is an array of floats.
        return Ok(Vec::new());
    }
    Err(PyTypeError::new_err(format!(
        "ids are integers, not an array of {}",
        array.dtype()
    )))
}

/// Paths as `str` or `PathLike`.
pub fn paths(object: &Bound<'_, PyAny>) -> PyResult<Vec<PathBuf>> {
    object
        .try_iter()?
        .map(|item| item?.extract::<PathBuf>())
        .collect()
}

//! Errors of the core to exceptions of Python, in one place.

use bytewright::error::{
    CodecError, DecodeError, EncodeError, PretokenizeError, ProfileError, SourceError, TrainError,
    VocabularyError,
};
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError};
use pyo3::prelude::*;
use std::io;
use std::path::Path;

/// Any error of the core; the variant is the stage, and with it the class in Python.
pub enum CoreError {
    Vocabulary(VocabularyError),
    Profile(ProfileError),
    Train(TrainError),
    Encode(EncodeError),
    Decode(DecodeError),
    Codec(CodecError),
}

macro_rules! from_stage {
    ($($variant:ident($error:ty)),*) => {
        $(impl From<$error> for CoreError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })*
    };
}
from_stage!(
    Vocabulary(VocabularyError),
    Profile(ProfileError),
    Train(TrainError),
    Encode(EncodeError),
    Decode(DecodeError),
    Codec(CodecError)
);

/// The exception for an error of the core: the class of its stage in `bytewright.errors`, or an `OSError`.
///
/// Work that was interrupted by an exception of Python raises that one instead: see [`crate::progress::Reporter::finish`].
pub fn to_python(error: impl Into<CoreError>) -> PyErr {
    Python::attach(|py| match error.into() {
        CoreError::Vocabulary(error) => from_vocabulary(py, "VocabularyError", error),
        CoreError::Profile(error) => from_profile(py, error),
        CoreError::Train(error) => match error {
            TrainError::Profile(error) => from_profile(py, error),
            TrainError::Source(error) => from_source(py, "TrainingError", error),
            TrainError::Pretokenize(error) => from_pretokenize(py, "TrainingError", &error),
            TrainError::Vocabulary(error) => from_vocabulary(py, "TrainingError", error),
            TrainError::Interrupted(_) => interrupted(),
            other => new(py, "TrainingError", other.to_string(), &[]),
        },
        CoreError::Encode(error) => match error {
            EncodeError::Source(error) => from_source(py, "EncodeError", error),
            EncodeError::Pretokenize(error) => from_pretokenize(py, "EncodeError", &error),
            EncodeError::Profile(error) => from_profile(py, error),
            EncodeError::Interrupted(_) => interrupted(),
            EncodeError::NoByteTokenInProfile { byte, .. } => new(
                py,
                "EncodeError",
                error.to_string(),
                &[("byte", Value::Number(byte.into()))],
            ),
            EncodeError::SpecialToken { ref token, offset } => new(
                py,
                "SpecialTokenError",
                error.to_string(),
                &[
                    ("token", Value::Text(token)),
                    ("offset", Value::Number(offset as u64)),
                ],
            ),
            EncodeError::CharacterTooLong { offset, tokens, .. } => new(
                py,
                "EncodeError",
                error.to_string(),
                &[
                    ("offset", Value::Number(offset as u64)),
                    ("tokens", Value::Number(tokens)),
                ],
            ),
            EncodeError::Setting(_) => new(py, "EncodeError", error.to_string(), &[]),
            EncodeError::NoByteToken { byte, offset } => new(
                py,
                "EncodeError",
                error.to_string(),
                &[
                    ("byte", Value::Number(byte.into())),
                    ("offset", Value::Number(offset as u64)),
                ],
            ),
        },
        CoreError::Decode(error) => {
            let message = error.to_string();
            let place = match error {
                DecodeError::UnknownId { id, index, .. } => {
                    vec![("id", Value::Number(id)), ("index", Value::Number(index as u64))]
                }
                DecodeError::WrongLength => Vec::new(),
            };
            new(py, "DecodeError", message, &place)
        }
        CoreError::Codec(error) => from_codec(py, error),
    })
}

/// An exception of a class of `bytewright.errors`, by the class's name.
pub fn raise(py: Python<'_>, class: &str, message: impl Into<String>) -> PyErr {
    new(py, class, message.into(), &[])
}

/// An id that can't even be looked up: negative, or wider than an id.
pub fn bad_id(py: Python<'_>, id: &str, index: usize) -> PyErr {
    new(
        py,
        "DecodeError",
        format!("id {id} at index {index} is not in the vocabulary (ids are 0 to 4294967295)"),
        &[("index", Value::Number(index as u64))],
    )
}

enum Value<'a> {
    Text(&'a str),
    Number(u64),
}

fn new(py: Python<'_>, class: &str, message: String, attributes: &[(&str, Value<'_>)]) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let exception = py
            .import("bytewright.errors")?
            .getattr(class)?
            .call1((message,))?;
        for (name, value) in attributes {
            match value {
                Value::Text(text) => exception.setattr(*name, *text)?,
                Value::Number(number) => exception.setattr(*name, *number)?,
            }
        }
        Ok(PyErr::from_value(exception))
    };
    make().unwrap_or_else(|error| error)
}

fn from_source(py: Python<'_>, class: &str, error: SourceError) -> PyErr {
    match error {
        SourceError::Io { path, source } => os_error(&path, &source),
        SourceError::Interrupted(_) => interrupted(),
        SourceError::Malformed {
            ref path, ref place, ..
        } => located(py, class, error.to_string(), path, place),
    }
}

fn from_profile(py: Python<'_>, error: ProfileError) -> PyErr {
    match error {
        ProfileError::Io { path, source } => os_error(&path, &source),
        ProfileError::Interrupted(_) => interrupted(),
        ProfileError::Malformed {
            ref path, ref place, ..
        } => located(py, "ProfileError", error.to_string(), path, place),
        ProfileError::Incompatible(_) => new(py, "ProfileError", error.to_string(), &[]),
    }
}

fn from_codec(py: Python<'_>, error: CodecError) -> PyErr {
    let message = error.to_string();
    let at = |offset: u64| [("offset", Value::Number(offset))];
    match error {
        CodecError::Io(source) => os_error(Path::new(""), &source),
        CodecError::Interrupted(_) => interrupted(),
        CodecError::Setting(_) | CodecError::Limit { .. } => new(py, "CodecError", message, &[]),
        CodecError::Truncated { offset, .. } => new(py, "TruncatedError", message, &at(offset)),
        CodecError::Corrupt { offset, .. } | CodecError::Unsupported { offset, .. } => {
            new(py, "CodecError", message, &at(offset))
        }
    }
}

fn from_pretokenize(py: Python<'_>, class: &str, error: &PretokenizeError) -> PyErr {
    let offset = match error {
        PretokenizeError::Matching { offset, .. } => Some(("offset", Value::Number(*offset as u64))),
        PretokenizeError::Pattern { .. } | PretokenizeError::UnknownName { .. } => None,
    };
    new(py, class, error.to_string(), offset.as_slice())
}

fn from_vocabulary(py: Python<'_>, class: &str, error: VocabularyError) -> PyErr {
    match error {
        VocabularyError::Io { path, source } => os_error(&path, &source),
        VocabularyError::Malformed {
            ref path, ref place, ..
        } => located(py, class, error.to_string(), path, place),
        VocabularyError::Unsupported {
            ref path,
            ref feature,
            ..
        } => located(py, class, error.to_string(), path, feature),
        VocabularyError::PatternNeeded { ref path, .. } => {
            located(py, class, error.to_string(), path, "pattern")
        }
        VocabularyError::Inconsistent(_) => new(py, class, error.to_string(), &[]),
        VocabularyError::Pattern(error) => from_pretokenize(py, class, &error),
    }
}

fn located(py: Python<'_>, class: &str, message: String, path: &Path, place: &str) -> PyErr {
    let path = path.to_string_lossy();
    new(
        py,
        class,
        message,
        &[("path", Value::Text(&path)), ("place", Value::Text(place))],
    )
}

fn interrupted() -> PyErr {
    PyKeyboardInterrupt::new_err(())
}

/// An `OSError` with `errno` and `filename`, so that Python picks `FileNotFoundError`, `PermissionError` and so on.
pub fn os_error(path: &Path, error: &io::Error) -> PyErr {
    let code = error.raw_os_error().or_else(|| code_of_kind(error.kind()));
    let text = match code {
        // The system's own words, without "(os error 2)" at their end.
        Some(code) => {
            let text = io::Error::from_raw_os_error(code).to_string();
            text.split(" (os error").next().unwrap_or_default().to_owned()
        }
        None => error.to_string(),
    };
    PyOSError::new_err((code.unwrap_or(EIO), text, path.as_os_str().to_owned()))
}

const EIO: i32 = 5;

/// The system's code for an error that lost it by being wrapped in another one (as `tempfile` does to name its path).
fn code_of_kind(kind: io::ErrorKind) -> Option<i32> {
    Some(match kind {
        io::ErrorKind::NotFound => 2,
        io::ErrorKind::OutOfMemory => 12,
        io::ErrorKind::PermissionDenied => 13,
        io::ErrorKind::AlreadyExists => 17,
        io::ErrorKind::NotADirectory => 20,
        io::ErrorKind::IsADirectory => 21,
        io::ErrorKind::FileTooLarge => 27,
        io::ErrorKind::StorageFull => 28,
        io::ErrorKind::ReadOnlyFilesystem => 30,
        _ => return None,
    })
}

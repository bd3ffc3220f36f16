//! `.gz`, `.xz`, `.zst` and `.bwz` as streams of bytes, with errors that say where.

use crate::compress::{Limits, Reader};
use crate::error::SourceError;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Memory that an `.xz` file may ask of its decoder: its largest preset asks for 65 MB.
const XZ_MEMORY_LIMIT: u64 = 1 << 30;

/// A compression, named by the ending of the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Xz,
    Zstd,
    Bwz,
}

impl Compression {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Bwz => "bwz",
        }
    }
}

/// The compression that a file's name promises, and the name without that ending.
pub(super) fn from_name(path: &Path) -> (Option<Compression>, String) {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    for (ending, compression) in [
        (".gz", Compression::Gzip),
        (".xz", Compression::Xz),
        (".zst", Compression::Zstd),
        (".bwz", Compression::Bwz),
    ] {
        if let Some(inner) = name.strip_suffix(ending) {
            return (Some(compression), inner.to_owned());
        }
    }
    (None, name)
}

/// Counts what is read from the file itself, for progress.
struct Counted {
    file: File,
    consumed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.consumed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A file that is read once, from front to back, decompressed on the way.
pub(super) struct Input {
    path: PathBuf,
    compression: Option<Compression>,
    reader: Box<dyn Read>,
    consumed: Arc<AtomicU64>,
    produced: u64,
}

impl Input {
    pub(super) fn open(
        path: &Path,
        file: File,
        compression: Option<Compression>,
    ) -> Result<Self, SourceError> {
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = BufReader::with_capacity(
            1 << 17,
            Counted {
                file,
                consumed: Arc::clone(&consumed),
            },
        );
        let io_error = |source| SourceError::Io {
            path: path.to_owned(),
            source,
        };
        let reader: Box<dyn Read> = match compression {
            None => Box::new(counted),
            Some(Compression::Gzip) => Box::new(flate2::bufread::MultiGzDecoder::new(counted)),
            Some(Compression::Xz) => {
                let stream = liblzma::stream::Stream::new_stream_decoder(
                    XZ_MEMORY_LIMIT,
                    liblzma::stream::CONCATENATED,
                )
                .map_err(|error| io_error(error.into()))?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(counted, stream))
            }
            Some(Compression::Zstd) => {
                Box::new(zstd::stream::read::Decoder::with_buffer(counted).map_err(io_error)?)
            }
            Some(Compression::Bwz) => Box::new(Reader::new(counted, Limits::default())),
        };
        Ok(Self {
            path: path.to_owned(),
            compression,
            reader,
            consumed,
            produced: 0,
        })
    }

    /// Bytes read from the file as it lies on disk.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Reads until `buffer` has grown by `wanted` bytes or the input ends; returns whether it ended.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<bool, SourceError> {
        let read = match (&mut self.reader).take(wanted as u64).read_to_end(buffer) {
            Ok(read) => read,
            Err(error) => return Err(self.explain(error)),
        };
        self.produced += read as u64;
        Ok(read < wanted)
    }

    /// What the system refused stays its error; what a decoder refused is a damaged file.
    fn explain(&self, error: io::Error) -> SourceError {
        match self.compression {
            Some(compression) if error.raw_os_error().is_none() => SourceError::Malformed {
                path: self.path.clone(),
                place: format!("after {} bytes of uncompressed data", self.produced),
                problem: format!("damaged or truncated {} data ({error})", compression.name()),
            },
            _ => SourceError::Io {
                path: self.path.clone(),
                source: error,
            },
        }
    }
}

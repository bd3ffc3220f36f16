//! Where text comes from: files (memory-mapped or decompressed as a stream), split into documents.
//!
//! `mapped.rs` takes plain files, `stream.rs` everything that can only be read once from front to back, `json_lines.rs` takes the text out of
//! JSON lines, `compressed.rs` opens `.gz`, `.xz`, `.zst` and `.bwz`.

mod compressed;
mod json_lines;
mod mapped;
mod stream;

use crate::error::SourceError;
use std::fs::File;
use std::path::Path;

/// How files are split into documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceOptions {
    /// A document ends after each occurrence (which belongs to it); `None`: a plain file is one document.
    pub separator: Option<Vec<u8>>,
    /// The field of JSON lines that holds the text (default `text`); naming it makes any file JSON lines.
    pub field: Option<String>,
}

/// A document, or a part of a long one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whether the document ends here; if not, the next piece goes on with it (the cut is safe for the pretokenizer).
    pub ends_document: bool,
}

/// Finds a place at or after an offset where a text may be cut (`Pretokenizer::safe_cut`).
pub type SafeCut<'a> = &'a dyn Fn(&[u8], usize) -> Option<usize>;

/// Takes a batch of pieces, and how many bytes of the file as it lies on disk have been read.
type Visit<'a, E> = &'a mut dyn FnMut(&[Piece<'_>], u64) -> Result<(), E>;

/// Bytes of documents that one call of `visit` gets, where there are as many: enough work for all threads, little beside the tables.
const BATCH_BYTES: usize = 32 << 20;

/// Documents that one call of `visit` gets at the most, so that the list of them stays small.
const BATCH_DOCUMENTS: usize = 1 << 17;

/// Hands the documents of a file to `visit`, in order, some tens of megabytes a time, and returns the number of documents.
///
/// Plain files are mapped, not copied, and a mapped document comes whole, however long; `.gz`, `.xz`, `.zst` and `.bwz`, and what is not a regular
/// file, are streamed, and a long document of theirs is cut where `safe_cut` allows, so that memory stays bounded. Names that end in `.jsonl` or `.ndjson`
/// (before the ending of the compression) are JSON lines. Without a separator a plain file is exactly one document, even an empty one.
/// A mapped file must not be truncated by others while it is read.
///
/// # Errors
/// What the system says; a damaged compressed stream; a line that is not a JSON object with the field; and what `visit` returns.
pub fn visit_file<E: From<SourceError>>(
    path: &Path,
    options: &SourceOptions,
    safe_cut: SafeCut<'_>,
    visit: Visit<'_, E>,
) -> Result<u64, E> {
    let io_error = |source| SourceError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io_error)?;
    let metadata = file.metadata().map_err(io_error)?;
    if metadata.is_dir() {
        // Opening a folder works on Unix and only reading it fails; say it here, before anything is mapped.
        return Err(io_error(std::io::Error::from(std::io::ErrorKind::IsADirectory)).into());
    }
    let (compression, inner_name) = compressed::from_name(path);
    let field = json_lines::field_of(&inner_name, options);
    if compression.is_none() && metadata.is_file() {
        // SAFETY: the map is read only, and private to this call; that nobody truncates the file meanwhile is asked of the caller.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(io_error)?;
        #[cfg(unix)]
        let _ = map.advise(memmap2::Advice::Sequential);
        return match field {
            Some(field) => json_lines::visit_mapped(path, &map, &field, visit),
            None => mapped::visit(&map, options.separator.as_deref(), visit),
        };
    }
    let mut input = compressed::Input::open(path, file, compression)?;
    match field {
        Some(field) => json_lines::visit_stream(path, &mut input, &field, visit),
        None => stream::visit(&mut input, options.separator.as_deref(), safe_cut, visit),
    }
}

#[cfg(test)]
mod tests;

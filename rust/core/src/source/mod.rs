//! Where text comes from: files (memory-mapped or decompressed as a stream), split into documents.

use crate::error::SourceError;
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

/// Hands the documents of a file to `visit`, in order, some tens of megabytes a time, and returns the number of documents.
///
/// Plain files are mapped, not copied, and a mapped document comes whole, however long; `.gz`, `.xz` and `.zst` are streamed, and a long
/// document of theirs is cut where `safe_cut` allows, so that memory stays bounded. `consumed` in the call of `visit` is how many bytes of
/// the file (as it lies on disk) have been read: for progress.
///
/// # Errors
/// What the system says; a damaged compressed stream; a line that is not a JSON object with the field; and what `visit` returns.
pub fn visit_file<E: From<SourceError>>(
    path: &Path,
    options: &SourceOptions,
    safe_cut: SafeCut<'_>,
    visit: &mut dyn FnMut(&[Piece<'_>], u64) -> Result<(), E>,
) -> Result<u64, E> {
    let _ = (path, options, safe_cut, visit);
    todo!()
}

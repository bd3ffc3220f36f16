//! Documents of a text that is read once, from front to back, in bounded memory.

use super::compressed::Input;
use super::{BATCH_DOCUMENTS, Piece, SafeCut, Visit};
use crate::error::SourceError;

/// Bytes read at a time; a document that is longer is cut where that is safe.
const CHUNK: usize = if cfg!(test) { 64 } else { 8 << 20 };

/// How far before the end of what has been read the search for a safe cut begins.
const TAIL: usize = if cfg!(test) { 32 } else { 1 << 16 };

/// Hands on the documents of `input`; see [`super::visit_file`].
pub(super) fn visit<E: From<SourceError>>(
    input: &mut Input,
    separator: Option<&[u8]>,
    safe_cut: SafeCut<'_>,
    visit: Visit<'_, E>,
) -> Result<u64, E> {
    let separator = separator.filter(|separator| !separator.is_empty());
    let mut buffer = Vec::new();
    let mut wanted = CHUNK;
    let mut documents = 0;
    // Whether a part of the document at the front of the buffer has been handed on already.
    let mut inside = false;
    loop {
        let ended = input.fill(&mut buffer, wanted)?;
        let mut pieces = Vec::new();
        let mut start = 0;
        if let Some(separator) = separator {
            for end in memchr::memmem::find_iter(&buffer, separator).map(|at| at + separator.len()) {
                pieces.push(Piece {
                    bytes: &buffer[start..end],
                    ends_document: true,
                });
                (documents, inside, start) = (documents + 1, false, end);
                if pieces.len() == BATCH_DOCUMENTS {
                    visit(&pieces, input.consumed())?;
                    pieces.clear();
                }
            }
        }
        if ended {
            // Without a separator the file is one document, be it empty; with one, only a rest that is not empty is.
            if start < buffer.len() || inside || separator.is_none() {
                pieces.push(Piece {
                    bytes: &buffer[start..],
                    ends_document: true,
                });
                documents += 1;
            }
            if !pieces.is_empty() {
                visit(&pieces, input.consumed())?;
            }
            return Ok(documents);
        }
        // A separator across the cut would lie in the buffer whole, and would have been found: it is shorter than the tail.
        let tail = TAIL.max(separator.map_or(0, <[u8]>::len));
        let rest = &buffer[start..];
        if rest.len() >= CHUNK
            && let Some(cut) = safe_cut(rest, rest.len().saturating_sub(tail))
            && cut > 0
            && cut + separator.map_or(0, <[u8]>::len) < rest.len()
        {
            pieces.push(Piece {
                bytes: &rest[..cut],
                ends_document: false,
            });
            (start, inside) = (start + cut, true);
        }
        if !pieces.is_empty() {
            visit(&pieces, input.consumed())?;
        }
        // A document without a place to cut is held whole; reading it in growing steps keeps the searches linear.
        wanted = CHUNK.max(buffer.len() - start);
        buffer.drain(..start);
    }
}

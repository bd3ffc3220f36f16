//! Documents of a text that lies in memory whole.

use super::{BATCH_DOCUMENTS, Piece, Visit};

/// Bytes of documents that one call of `visit` gets, where there are as many: they take no memory of their own, and what is done once a call is not done often.
const BATCH_BYTES: usize = 256 << 20;

/// Hands on the documents of `text`; see [`super::visit_file`].
pub(super) fn visit<E>(text: &[u8], separator: Option<&[u8]>, visit: Visit<'_, E>) -> Result<u64, E> {
    let Some(separator) = separator.filter(|separator| !separator.is_empty()) else {
        visit(
            &[Piece {
                bytes: text,
                ends_document: true,
            }],
            text.len() as u64,
        )?;
        return Ok(1);
    };
    let mut documents = 0;
    let mut batch = Vec::new();
    let (mut batch_start, mut start) = (0, 0);
    let ends = memchr::memmem::find_iter(text, separator).map(|at| at + separator.len());
    // What follows the last separator is a document too, unless it is empty.
    for end in ends.chain(std::iter::once(text.len())) {
        if end == start {
            continue;
        }
        batch.push(Piece {
            bytes: &text[start..end],
            ends_document: true,
        });
        documents += 1;
        start = end;
        if start - batch_start >= BATCH_BYTES || batch.len() >= BATCH_DOCUMENTS {
            visit(&batch, start as u64)?;
            batch.clear();
            batch_start = start;
        }
    }
    if !batch.is_empty() {
        visit(&batch, start as u64)?;
    }
    Ok(documents)
}

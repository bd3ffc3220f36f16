//! What a `.bwz` file is made of; `docs/bwz-format.md` describes it for others.
//!
//! ```text
//! file     frame …                                    any number, one after the other
//! frame    header  block …  footer                    or, for a single block, header and block alone
//! footer   items, sizes, checksum, trailer            the trailer says how long the frame is
//! ```

mod footer;
mod header;
mod item;

pub(super) use footer::{SeekTable, TRAILER_LENGTH, Trailer};
pub(super) use header::{BLOCK_SIZE_LOGS, Header, LENGTH as HEADER_LENGTH, SKIPPABLE_MAGIC, is_magic};
pub use item::Kind;
pub(super) use item::{Entry, Front, Head, checksum};

/// The beginning of a skippable frame: [`SKIPPABLE_MAGIC`] and the length of its content, eight bytes, the lowest first.
pub(super) const SKIPPABLE_HEAD_LENGTH: usize = 12;

/// A frame that decoders skip; whoever knows what is in it may read it.
pub fn skippable_frame(content: &[u8]) -> Vec<u8> {
    let length = content.len() as u64;
    let trailer = Trailer {
        footer: TRAILER_LENGTH as u64,
        frame: length + (SKIPPABLE_HEAD_LENGTH + TRAILER_LENGTH) as u64,
    };
    let mut out = Vec::with_capacity(SKIPPABLE_HEAD_LENGTH + content.len() + TRAILER_LENGTH);
    out.extend_from_slice(&SKIPPABLE_MAGIC);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(content);
    out.extend_from_slice(&trailer.to_bytes());
    out
}

/// The length of the content of a skippable frame that begins so; none where it can't be.
pub(super) fn skippable_length(head: &[u8; SKIPPABLE_HEAD_LENGTH]) -> Option<u64> {
    let length = u64::from_le_bytes(*head.last_chunk()?);
    // Frames are not so long that sums of a few lengths could overflow.
    (length < 1 << 62).then_some(length)
}

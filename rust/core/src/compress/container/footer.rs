//! The end of a frame: what is in it and where, for whoever comes from the end; and a check on the whole for whoever comes from the front.

use super::header::TRAILER_MAGIC;
use super::item::{self, Entry};
use crate::varint;

/// Bytes of a trailer.
pub const TRAILER_LENGTH: usize = 20;

/// The last bytes of a frame that has a footer, and of a skippable one: the lengths, eight bytes each, the lowest first, and [`TRAILER_MAGIC`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Bytes of the footer, this trailer included.
    pub footer: u64,
    /// Bytes of the frame, all included.
    pub frame: u64,
}

impl Trailer {
    /// The bytes.
    pub fn to_bytes(self) -> [u8; TRAILER_LENGTH] {
        let mut bytes = [0; TRAILER_LENGTH];
        bytes[..8].copy_from_slice(&self.footer.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.frame.to_le_bytes());
        bytes[16..].copy_from_slice(&TRAILER_MAGIC);
        bytes
    }

    /// What the last bytes of a frame say; none where they are no trailer.
    pub fn parse(bytes: &[u8; TRAILER_LENGTH]) -> Option<Self> {
        let (footer, rest) = bytes.split_first_chunk()?;
        let (frame, magic) = rest.split_first_chunk()?;
        (*magic == TRAILER_MAGIC).then(|| Self {
            footer: u64::from_le_bytes(*footer),
            frame: u64::from_le_bytes(*frame),
        })
    }
}

/// The seek table of a frame while it is written or read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeekTable {
    entries: Vec<u8>,
    items: u64,
    raw: u64,
}

impl SeekTable {
    /// Adds an item.
    pub fn push(&mut self, entry: &Entry) {
        entry.write(&mut self.entries);
        self.items += 1;
        self.raw += entry.raw;
    }

    /// Bytes of the original.
    pub fn raw(&self) -> u64 {
        self.raw
    }

    /// The footer of a frame that takes `before` bytes without it: byte 0, the number of items, their entries, the bytes of the original, the checksum of
    /// all that, and the trailer.
    ///
    /// A frame has exactly one footer that fits: a decoder makes it anew, and compares.
    pub fn footer(&self, before: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.entries.len() + 2 * varint::LONGEST + 5 + TRAILER_LENGTH);
        out.push(item::FOOTER);
        varint::write(self.items, &mut out);
        out.extend_from_slice(&self.entries);
        varint::write(self.raw, &mut out);
        out.extend_from_slice(&item::checksum(&out).to_le_bytes());
        let footer = (out.len() + TRAILER_LENGTH) as u64;
        let frame = before + footer;
        out.extend_from_slice(&Trailer { footer, frame }.to_bytes());
        out
    }

    /// The entries of a footer without its trailer; none where it is damaged.
    pub fn parse(footer: &[u8]) -> Option<Vec<Entry>> {
        let (body, sum) = footer.split_last_chunk::<4>()?;
        let (&code, mut rest) = body.split_first()?;
        if code != item::FOOTER || item::checksum(body).to_le_bytes() != *sum {
            return None;
        }
        let count = varint::take(&mut rest)?;
        let mut entries = Vec::new();
        let mut total = 0u64;
        for _ in 0..count {
            let entry = Entry::take(&mut rest)?;
            total = total.checked_add(entry.raw)?;
            entries.push(entry);
        }
        (varint::take(&mut rest) == Some(total) && rest.is_empty()).then_some(entries)
    }
}

//! One block: which mode it takes, by trial, and back.

use super::bytes;
use super::container::{Entry, Head, Kind, checksum};
use super::deflate::Deflater;
use super::levels::Level;
use super::streams::Damaged;

/// What a thread holds to encode blocks.
pub(super) struct Worker {
    level: Level,
    deflater: Deflater,
}

impl Worker {
    /// For one thread.
    pub fn new(level: Level) -> Self {
        Self {
            level,
            deflater: Deflater::new(level.deflate),
        }
    }
}

/// A block as it is written.
pub(super) struct Block {
    /// Its head.
    pub head: Head,
    payload: Vec<u8>,
}

impl Block {
    /// Appends it to a file.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        self.head.write(out);
        out.extend_from_slice(&self.payload);
    }
}

/// Encodes a block in the mode that takes the least.
pub(super) fn encode(raw: &[u8], worker: &mut Worker) -> Block {
    let mut payload = Vec::with_capacity(raw.len() / 2);
    bytes::encode(raw, worker.level.matches, &mut worker.deflater, &mut payload);
    let mut kind = Kind::Bytes;
    if payload.len() >= raw.len() {
        kind = Kind::Stored;
        payload = raw.to_vec();
    }
    let entry = Entry {
        kind,
        stored: payload.len() as u64,
        raw: raw.len() as u64,
    };
    let checksum = checksum(raw);
    Block {
        head: Head { entry, checksum },
        payload,
    }
}

/// Appends what a block stands for.
///
/// # Errors
/// [`Damaged`] where it stands for nothing, or for something else; `out` may then hold part of it.
pub(super) fn decode(head: &Head, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
    let start = out.len();
    match head.entry.kind {
        Kind::Stored => out.extend_from_slice(payload),
        Kind::Bytes => bytes::decode(payload, head.entry.raw as usize, out)?,
    }
    // The fuzzers go deeper than a checksum would let them.
    if !cfg!(fuzzing) && checksum(&out[start..]) != head.checksum {
        return Err(Damaged("the checksum of the block is not that of what it gives"));
    }
    Ok(())
}

//! The payload of a block as streams: each behind its two lengths, deflated where that is shorter.

use super::deflate::{Deflater, Inflater};
use crate::varint;

/// A payload that can't be what an encoder wrote; says what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged(pub &'static str);

/// Appends streams, but for those at the end that are empty.
pub(super) fn write_all(streams: &[&[u8]], deflater: &mut Deflater, out: &mut Vec<u8>) {
    let count = streams
        .iter()
        .rposition(|stream| !stream.is_empty())
        .map_or(0, |last| last + 1);
    for stream in &streams[..count] {
        write(stream, deflater, out);
    }
}

/// Appends a stream: its length, the length of what follows, and that: the stream deflated, or as it is where the lengths are equal.
fn write(stream: &[u8], deflater: &mut Deflater, out: &mut Vec<u8>) {
    varint::write(stream.len() as u64, out);
    let packed = deflater.deflate(stream).unwrap_or(stream);
    varint::write(packed.len() as u64, out);
    out.extend_from_slice(packed);
}

/// Takes streams off the front of a payload.
pub(super) struct Streams<'a> {
    payload: &'a [u8],
    inflater: Inflater,
    /// Bytes that the streams to come may have together.
    room: usize,
}

impl<'a> Streams<'a> {
    /// Streams of `payload` that have `room` bytes at most, all together.
    pub fn new(payload: &'a [u8], room: usize) -> Self {
        Self {
            payload,
            inflater: Inflater::new(),
            room,
        }
    }

    /// The next stream; an empty one where the payload has ended, so that an encoder need not write those at its end that are empty.
    ///
    /// # Errors
    /// [`Damaged`] where there is none, it does not inflate, or all together are too long.
    pub fn next(&mut self) -> Result<Vec<u8>, Damaged> {
        const SHORT: Damaged = Damaged("a stream of the block is cut short");
        if self.payload.is_empty() {
            return Ok(Vec::new());
        }
        let raw = varint::take(&mut self.payload).ok_or(SHORT)?;
        let packed = varint::take(&mut self.payload).ok_or(SHORT)?;
        let raw = usize::try_from(raw)
            .ok()
            .filter(|&raw| raw <= self.room)
            .ok_or(Damaged("the streams of the block are longer than it can need"))?;
        self.room -= raw;
        let packed = usize::try_from(packed)
            .ok()
            .and_then(|length| self.payload.split_at_checked(length));
        let (packed, rest) = packed.ok_or(SHORT)?;
        self.payload = rest;
        if packed.len() == raw {
            return Ok(packed.to_vec());
        }
        let mut stream = vec![0; raw];
        if packed.len() > raw || !self.inflater.inflate(packed, &mut stream) {
            return Err(Damaged("a stream of the block does not inflate"));
        }
        Ok(stream)
    }

    /// Checks that nothing follows.
    ///
    /// # Errors
    /// [`Damaged`] where something does.
    pub fn finish(self) -> Result<(), Damaged> {
        if self.payload.is_empty() {
            Ok(())
        } else {
            Err(Damaged("bytes follow the last stream of the block"))
        }
    }
}

/// Reads a stream from front to back; every reading past its end is an error, never a guess.
pub(super) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// From the front of `stream`.
    pub fn new(stream: &'a [u8]) -> Self {
        Self(stream)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, Damaged> {
        let (&byte, rest) = self
            .0
            .split_first()
            .ok_or(Damaged("a stream of the block ends too early"))?;
        self.0 = rest;
        Ok(byte)
    }

    /// The next number.
    pub fn number(&mut self) -> Result<usize, Damaged> {
        varint::take(&mut self.0)
            .and_then(|number| usize::try_from(number).ok())
            .ok_or(Damaged("a stream of the block ends too early"))
    }

    /// The next `length` bytes.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let (bytes, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(Damaged("a stream of the block ends too early"))?;
        self.0 = rest;
        Ok(bytes)
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

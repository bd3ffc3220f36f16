//! `.bwz` frames as a stream of bytes.

use super::decompressor::Decompressor;
use super::limits::Limits;
use crate::error::CodecError;
use crate::monitor::Monitor;
use std::io::{self, Read};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 18;

/// Decompresses all frames of what it reads. An error of the data is an [`io::Error`] of kind `InvalidData` or `UnexpectedEof` around a [`CodecError`].
pub struct Reader<R> {
    input: R,
    decompressor: Decompressor,
    buffer: Vec<u8>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads from `input`, up to its end.
    pub fn new(input: R, limits: Limits) -> Self {
        Self {
            input,
            decompressor: Decompressor::all_frames(limits),
            buffer: vec![0; CHUNK],
            ended: false,
        }
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count == 0 && !target.is_empty() && !self.ended {
            if self.decompressor.needs_input() {
                let read = self.input.read(&mut self.buffer)?;
                self.decompressor.feed(&self.buffer[..read]);
                self.ended = read == 0;
            }
            count = self
                .decompressor
                .read_some(target, &Monitor::silent())
                .map_err(into_io)?;
            if self.ended {
                self.decompressor.finish().map_err(into_io)?;
            }
        }
        Ok(count)
    }
}

fn into_io(error: CodecError) -> io::Error {
    let kind = match error {
        CodecError::Io(error) => return error,
        CodecError::Truncated { .. } => io::ErrorKind::UnexpectedEof,
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::{Options, compress};

    #[test]
    fn the_original_comes_out_and_then_errors() {
        let text = b"the text of a file, ".repeat(50_000);
        let file = compress(&text, Options::default(), &Monitor::silent()).expect("compressed");
        let mut out = Vec::new();
        let mut reader = Reader::new(file.as_slice(), Limits::default());
        reader.read_to_end(&mut out).expect("read");
        assert_eq!(out, text);
        let mut cut = Reader::new(&file[..file.len() - 1], Limits::default());
        let error = cut.read_to_end(&mut Vec::new()).expect_err("cut");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let mut other = Reader::new(&b"plain text"[..], Limits::default());
        let error = other.read_to_end(&mut Vec::new()).expect_err("not compressed");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}

//! Blocks into zlib streams and out of them.

use super::{HEADER, RULE};
use crate::error::Interrupted;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The level of the published format.
const LEVEL: u32 = 9;
/// Bytes that are packed or unpacked between two looks at whether to go on: packing them takes 6 ms.
const STEP: usize = 1 << 18;
/// Room that is made for packed bytes at a time.
const ROOM: usize = 1 << 12;

/// Packs blocks, one after the other.
pub(super) struct Packer {
    compress: Compress,
}

impl Default for Packer {
    fn default() -> Self {
        Self {
            compress: Compress::new(Compression::new(LEVEL), true),
        }
    }
}

impl Packer {
    /// The zlib stream of a block.
    pub fn pack(
        &mut self,
        length: u32,
        cycles: u8,
        buffer: &[u8],
        go_on: &dyn Fn() -> Result<(), Interrupted>,
    ) -> Result<Vec<u8>, Interrupted> {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&length.to_be_bytes());
        header[4] = cycles;
        self.compress.reset();
        let mut packed = Vec::with_capacity(buffer.len() / 2 + ROOM);
        self.feed(&header, FlushCompress::None, &mut packed);
        for part in buffer.chunks(STEP) {
            go_on()?;
            self.feed(part, FlushCompress::None, &mut packed);
        }
        self.feed(&[], FlushCompress::Finish, &mut packed);
        Ok(packed)
    }

    fn feed(&mut self, mut part: &[u8], flush: FlushCompress, packed: &mut Vec<u8>) {
        loop {
            packed.reserve(ROOM);
            let before = self.compress.total_in();
            let status = self
                .compress
                .compress_vec(part, packed, flush)
                .expect("Deflate takes any bytes in any pieces");
            part = &part[(self.compress.total_in() - before) as usize..];
            let done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => part.is_empty(),
            };
            if done {
                return;
            }
        }
    }
}

/// What went wrong with a stream.
pub(super) enum Unpacking {
    /// The problem with it.
    Corrupt(String),
    /// The caller stopped the work.
    Interrupted(Interrupted),
}

impl From<Interrupted> for Unpacking {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}

/// Unpacks blocks, one after the other.
pub(super) struct Unpacker {
    decompress: Decompress,
    content: Vec<u8>,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self {
            decompress: Decompress::new(true),
            content: Vec::new(),
        }
    }
}

impl Unpacker {
    /// Bytes of memory that are kept for the next stream.
    pub fn kept(&self) -> u64 {
        self.content.capacity() as u64
    }

    /// The length of the block that is in a stream, and its number of cycles. No more is unpacked.
    pub fn header(&mut self, stream: &[u8]) -> Result<(u32, u8), String> {
        self.start(HEADER);
        self.step(stream, HEADER)?;
        match *self.content.as_slice() {
            [a, b, c, d, cycles] => Ok((u32::from_be_bytes([a, b, c, d]), cycles)),
            _ => Err(format!(
                "the zlib stream holds {} bytes, less than the {HEADER} of a header",
                self.content.len()
            )),
        }
    }

    /// The buffer that is in a stream, of a block with that header.
    pub fn buffer(
        &mut self,
        stream: &[u8],
        (length, cycles): (u32, u8),
        go_on: &dyn Fn() -> Result<(), Interrupted>,
    ) -> Result<&[u8], Unpacking> {
        // Undoing cycles takes away their rules and makes nothing shorter.
        let longest = HEADER + length as usize + RULE * usize::from(cycles);
        // A byte more: for the decoder to see that the stream ends, or that it doesn't.
        let room = longest + 1;
        // No declared length, only data makes the buffer grow.
        self.start(room.min(stream.len().saturating_mul(4)));
        loop {
            go_on()?;
            let room = (room - self.content.len()).min(STEP);
            let status = self.step(stream, room).map_err(Unpacking::Corrupt)?;
            if self.content.len() > longest {
                return Err(Unpacking::Corrupt(format!(
                    "the buffer is longer than a block of {length} bytes and {cycles} cycles can have"
                )));
            }
            if status == Status::StreamEnd {
                break;
            }
        }
        let used = self.decompress.total_in();
        if used != stream.len() as u64 {
            return Err(Unpacking::Corrupt(format!(
                "the zlib stream ends after {used} of its {} bytes",
                stream.len()
            )));
        }
        Ok(self.content.get(HEADER..).unwrap_or_default())
    }

    fn start(&mut self, room: usize) {
        self.decompress.reset(true);
        self.content.clear();
        self.content.reserve(room);
    }

    /// Unpacks `room` bytes more, or to the end of the stream.
    fn step(&mut self, stream: &[u8], room: usize) -> Result<Status, String> {
        let end = self.content.len() + room;
        let mut filled = self.content.len();
        self.content.resize(end, 0);
        loop {
            let (used, made) = (self.decompress.total_in(), self.decompress.total_out());
            let status = self
                .decompress
                .decompress(
                    &stream[used as usize..],
                    &mut self.content[filled..],
                    FlushDecompress::None,
                )
                .map_err(|error| match error.message() {
                    Some(message) => format!("the zlib stream is damaged: {message}"),
                    None => "the zlib stream is damaged".to_owned(),
                })?;
            filled += (self.decompress.total_out() - made) as usize;
            if filled == end || status == Status::StreamEnd {
                self.content.truncate(filled);
                return Ok(status);
            }
            if (self.decompress.total_in(), self.decompress.total_out()) == (used, made) {
                return Err(format!(
                    "the zlib stream does not end within its {} bytes",
                    stream.len()
                ));
            }
        }
    }
}

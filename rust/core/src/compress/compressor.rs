//! Bytes in, a `.bwz` frame out, a window at a time.

use super::blocks::Item;
use super::container::{BLOCK_SIZE_LOGS, Header, Kind, SeekTable};
use super::levels::{self, DEFAULT_LEVEL, Level};
use super::parallel::Work;
use super::window::Encoder;
use crate::error::CodecError;
use crate::monitor::Monitor;

/// How a [`Compressor`] works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// 1 (fast) to 3 (small).
    pub level: u8,
    /// The most bytes of a block, a power of two from 2^10 to 2^30; the level's own where none is given. Blocks are what threads work on and what is decoded to
    /// read a range; larger ones come out smaller.
    pub block_size: Option<u64>,
    /// Threads that work at most.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: DEFAULT_LEVEL,
            block_size: None,
            threads: 1,
        }
    }
}

/// Compresses what it is given, in pieces of any size; the frame depends neither on how it is fed nor on the number of threads.
///
/// # Example
/// ```
/// use bytewright::Monitor;
/// use bytewright::compress::{Compressor, Options, decompress, Limits};
///
/// let mut frame = Vec::new();
/// let mut compressor = Compressor::new(Options::default())?;
/// compressor.push(b"tyger tyger, ", &mut frame, &Monitor::silent())?;
/// compressor.push(b"burning bright", &mut frame, &Monitor::silent())?;
/// compressor.finish(&mut frame, &Monitor::silent())?;
/// assert_eq!(decompress(&frame, Limits::default(), &Monitor::silent())?, b"tyger tyger, burning bright");
/// # Ok::<(), bytewright::error::CodecError>(())
/// ```
pub struct Compressor {
    level: Level,
    block_size_log: u8,
    /// What was given and is not written yet.
    pending: Vec<u8>,
    /// Bytes of the frame that are written; 0 before its header is.
    written: u64,
    table: SeekTable,
    encoder: Encoder,
}

impl Compressor {
    /// A compressor, at the beginning of a frame.
    ///
    /// # Errors
    /// [`CodecError::Setting`] where an option can't be met.
    pub fn new(options: Options) -> Result<Self, CodecError> {
        let level = levels::level(options.level)?;
        let block_size_log = match options.block_size {
            None => level.block_size_log,
            Some(size) => block_size_log(size)?,
        };
        Ok(Self {
            level,
            block_size_log,
            pending: Vec::new(),
            written: 0,
            table: SeekTable::default(),
            encoder: Encoder::new(level, 1 << block_size_log, options.threads),
        })
    }

    /// Takes more; what can be written is appended to `out`.
    ///
    /// # Errors
    /// [`CodecError::Interrupted`] once the monitor says so; the frame is lost then.
    pub fn push(
        &mut self,
        mut data: &[u8],
        out: &mut Vec<u8>,
        monitor: &Monitor<'_>,
    ) -> Result<(), CodecError> {
        // A window is written once more follows: only then is it clear that the frame is not a single block.
        let window = self.level.window.max(1 << self.block_size_log);
        while self.pending.len() + data.len() > window {
            let (taken, rest) = data.split_at(window - self.pending.len());
            self.pending.extend_from_slice(taken);
            data = rest;
            self.write_pending(out, monitor)?;
        }
        self.pending.extend_from_slice(data);
        Ok(())
    }

    /// Writes all that was given, so that a reader of `out` can have it. It costs compression; without it a window is gathered first.
    ///
    /// # Errors
    /// As [`Compressor::push`].
    pub fn flush(&mut self, out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        if self.pending.is_empty() && self.written > 0 {
            return Ok(());
        }
        self.write_pending(out, monitor)
    }

    /// Ends the frame; what is given next begins another one.
    ///
    /// # Errors
    /// As [`Compressor::push`].
    pub fn finish(&mut self, out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        let mut items = self.encode_pending(monitor)?;
        if self.written == 0 && items.is_empty() {
            // A frame of nothing has a block, too: the shortest there is.
            items.push(Item::stored(&[]));
        }
        let blocks = items.iter().filter(|item| item.entry.kind != Kind::Dictionary);
        let single = self.written == 0 && blocks.count() == 1;
        self.write(&items, single, out);
        if !single {
            out.extend_from_slice(&self.table.footer(self.written));
        }
        self.written = 0;
        self.table = SeekTable::default();
        self.encoder.restart();
        Ok(())
    }

    fn write_pending(&mut self, out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        let items = self.encode_pending(monitor)?;
        self.write(&items, false, out);
        Ok(())
    }

    fn encode_pending(&mut self, monitor: &Monitor<'_>) -> Result<Vec<Item>, CodecError> {
        let work = Work {
            monitor,
            stage: "compressing",
            done: self.table.raw(),
        };
        let items = self.encoder.encode(&self.pending, &work)?;
        self.pending.clear();
        Ok(items)
    }

    fn write(&mut self, items: &[Item], single: bool, out: &mut Vec<u8>) {
        let before = out.len();
        if self.written == 0 {
            let header = Header {
                block_size_log: self.block_size_log,
                single,
            };
            out.extend_from_slice(&header.to_bytes());
        }
        for item in items {
            self.table.push(&item.entry);
            item.append_to(out);
        }
        self.written += (out.len() - before) as u64;
    }
}

fn block_size_log(size: u64) -> Result<u8, CodecError> {
    let log = size.checked_ilog2().unwrap_or_default() as u8;
    if size.is_power_of_two() && BLOCK_SIZE_LOGS.contains(&log) {
        return Ok(log);
    }
    Err(CodecError::Setting(format!(
        "block_size is a power of two from 2^{} to 2^{}, not {size}",
        BLOCK_SIZE_LOGS.start(),
        BLOCK_SIZE_LOGS.end()
    )))
}

//! Blocks in, text out.

use super::LENGTH;
use super::expansion::expand;
use super::zlib::{Unpacker, Unpacking};
use crate::Monitor;
use crate::compress::parallel::{GoOn, Work};
use crate::error::CodecError;

/// Bytes by which zlib streams are told from other data: those of its header.
const ZLIB_HEADER: usize = 2;

/// Blocks for each thread before all wait for the slowest.
const SHARE: usize = 4;

/// Decompresses what is pushed into it, block by block.
///
/// All blocks that are complete come out of the push that completes them; a push that holds several is spread over threads.
pub struct Decompressor {
    memory_limit: u64,
    threads: usize,
    /// Bytes that were pushed.
    read: u64,
    /// The length and the zlib stream of the block that is not complete yet.
    waiting: Vec<u8>,
    /// Complete blocks.
    batch: Vec<Packed>,
    /// What the batch takes.
    memory: u64,
    peek: Unpacker,
    states: Vec<Unpacker>,
    done: u64,
    /// Where an error was.
    failed: Option<u64>,
}

/// A complete block.
struct Packed {
    /// Of its length field, in the compressed data.
    offset: u64,
    /// Length field and zlib stream.
    framed: Vec<u8>,
    /// Length of the text, and cycles.
    header: (u32, u8),
}

impl Decompressor {
    /// A decompressor that uses up to `threads` threads, and no threads is one.
    ///
    /// A block that declares more than `memory_limit` bytes is refused, and the blocks worked on at the same time are together, packed and unpacked,
    /// no longer than that (one alone may be). What is held is at most five times the limit, and the output.
    pub fn new(memory_limit: u64, threads: usize) -> Self {
        Self {
            memory_limit,
            threads: threads.max(1),
            read: 0,
            waiting: Vec::new(),
            batch: Vec::new(),
            memory: 0,
            peek: Unpacker::default(),
            states: Vec::new(),
            done: 0,
            failed: None,
        }
    }

    /// Takes more of the compressed data; puts the text of the blocks that are complete behind `out`.
    ///
    /// # Errors
    /// [`CodecError::Corrupt`] for data that is damaged, [`CodecError::Limit`] for a block beyond the memory limit, [`CodecError::Interrupted`] when the
    /// caller stopped the work. The text before is in `out`; every later call fails, too.
    pub fn push(&mut self, data: &[u8], out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        self.check_whole()?;
        let taken = self.take(data, out, monitor);
        // What is complete comes out even if what follows is damaged.
        let worked = self.work(out, monitor);
        let result = worked.and(taken);
        if let Err(error) = &result {
            self.failed = Some(match error {
                CodecError::Corrupt { offset, .. } => *offset,
                _ => self.done,
            });
        }
        result
    }

    /// Tells that there is no more data.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] within a block; [`CodecError::Corrupt`] after an error.
    pub fn finish(&self) -> Result<(), CodecError> {
        self.check_whole()?;
        let part = match self.waiting.len() {
            0 => return Ok(()),
            1..LENGTH => "the length of a block",
            _ => "a block",
        };
        Err(CodecError::Truncated {
            offset: self.read,
            part,
        })
    }

    fn check_whole(&self) -> Result<(), CodecError> {
        match self.failed {
            None => Ok(()),
            Some(offset) => Err(CodecError::Corrupt {
                offset,
                problem: "what comes after a block that could not be decoded is lost".to_owned(),
            }),
        }
    }

    fn take(&mut self, mut data: &[u8], out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        while !data.is_empty() {
            let wanted = self.wanted()?;
            let (now, later) = data.split_at(data.len().min(wanted - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            self.read += now.len() as u64;
            data = later;
            // What can be known of a block is known as soon as it is there, however it is fed.
            if self.waiting.len() == self.wanted()? {
                self.complete(out, monitor)?;
            }
        }
        Ok(())
    }

    fn offset(&self) -> u64 {
        self.read - self.waiting.len() as u64
    }

    /// Bytes that the next step needs of the block: those by which it is known, then all of them.
    fn wanted(&self) -> Result<usize, CodecError> {
        let Some((length, stream)) = self.waiting.split_first_chunk::<LENGTH>() else {
            return Ok(LENGTH);
        };
        let length = u32::from_be_bytes(*length);
        let offset = self.offset();
        let corrupt = |problem: &str| CodecError::Corrupt {
            offset,
            problem: problem.to_owned(),
        };
        if (length as usize) < ZLIB_HEADER {
            return Err(corrupt("a block has at least the bytes of a zlib header"));
        }
        let Some((&[method, flags], _)) = stream.split_first_chunk::<ZLIB_HEADER>() else {
            return Ok(LENGTH + ZLIB_HEADER);
        };
        if method & 0x0F != 8 || !u16::from_be_bytes([method, flags]).is_multiple_of(31) {
            return Err(corrupt("no zlib stream follows the length of the block"));
        }
        // Deflate makes nothing longer by more than a thousandth; rules take 765 bytes.
        let longest = self.memory_limit.saturating_add(self.memory_limit / 1000 + 1024);
        if u64::from(length) > longest {
            return Err(self.limit("the zlib stream", offset, length));
        }
        Ok(LENGTH + length as usize)
    }

    fn limit(&self, what: &str, offset: u64, needed: u32) -> CodecError {
        CodecError::Limit {
            what: format!("{what} of the block at byte {offset} of the compressed data"),
            needed: u64::from(needed),
            limit: self.memory_limit,
            option: "memory_limit",
        }
    }

    /// Puts the block that is complete to the batch.
    fn complete(&mut self, out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        let offset = self.offset();
        let header = self
            .peek
            .header(&self.waiting[LENGTH..])
            .map_err(|problem| CodecError::Corrupt { offset, problem })?;
        if u64::from(header.0) > self.memory_limit {
            return Err(self.limit("the text", offset, header.0));
        }
        let framed = std::mem::take(&mut self.waiting);
        let memory = framed.len() as u64 + u64::from(header.0);
        let full = self.batch.len() >= self.threads.saturating_mul(SHARE);
        if full || self.memory.saturating_add(memory) > self.memory_limit {
            self.work(out, monitor)?;
        }
        self.memory += memory;
        self.batch.push(Packed {
            offset,
            framed,
            header,
        });
        Ok(())
    }

    fn work(&mut self, out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        let mut batch = std::mem::take(&mut self.batch);
        self.memory = 0;
        let states = self.threads.min(batch.len());
        if self.states.len() < states {
            self.states.resize_with(states, Unpacker::default);
        }
        let work = Work {
            monitor,
            stage: "decompressing",
            done: self.done,
        };
        let unpack = |unpacker: &mut Unpacker, block: &mut Packed, go_on: GoOn<'_>| {
            let corrupt = |problem| CodecError::Corrupt {
                offset: block.offset,
                problem,
            };
            let (length, cycles) = block.header;
            let buffer = unpacker
                .buffer(&block.framed[LENGTH..], block.header, go_on)
                .map_err(|failure| match failure {
                    Unpacking::Corrupt(problem) => corrupt(problem),
                    Unpacking::Interrupted(interrupted) => interrupted.into(),
                })?;
            let mut text = Vec::new();
            expand(buffer, cycles, length as usize, &mut text).map_err(corrupt)?;
            Ok(text)
        };
        let size = |block: &Packed| block.framed.len();
        let result = work.run(&mut self.states, &mut batch, size, unpack, |_, text: Vec<u8>| {
            out.extend_from_slice(&text)
        });
        // What several threads keep counts together.
        let share = self.memory_limit / self.threads as u64;
        self.states.retain(|unpacker| unpacker.kept() <= share);
        result?;
        self.done += batch.iter().map(|block| block.framed.len() as u64).sum::<u64>();
        Ok(())
    }
}

//! Text in, blocks out.

use super::Options;
use super::substitution::Substitution;
use super::zlib::Packer;
use crate::Monitor;
use crate::compress::parallel::{GoOn, Work};
use crate::error::{CodecError, Interrupted};

/// Bytes that a thread works on before all wait for the slowest: 4 blocks of the default size, which take 110 ms.
const SHARE: usize = 4 << 20;
/// Blocks of a share, at most: small ones take more memory than their text.
const SHARE_BLOCKS: usize = 1024;

/// Compresses what is pushed into it, block by block.
///
/// What comes out depends neither on how the text is cut into pushes nor on the number of threads. It holds a batch of blocks (one, or with several threads
/// 4 MiB for each, at least a block) and what becomes of them; and three times a block for each thread.
///
/// ```
/// use bytewright::Monitor;
/// use bytewright::compress::bpez::{Decompressor, Compressor, Options};
///
/// let (mut compressed, mut text) = (Vec::new(), Vec::new());
/// let mut compressor = Compressor::new(Options::default(), 1)?;
/// compressor.push(b"banana bandana", &mut compressed, &Monitor::silent())?;
/// compressor.finish(&mut compressed, &Monitor::silent())?;
///
/// let mut decompressor = Decompressor::new(1 << 20, 1);
/// decompressor.push(&compressed, &mut text, &Monitor::silent())?;
/// decompressor.finish()?;
/// assert_eq!(text, b"banana bandana");
/// # Ok::<(), bytewright::error::CodecError>(())
/// ```
pub struct Compressor {
    options: Options,
    threads: usize,
    /// Text of the batch that is not full yet.
    waiting: Vec<u8>,
    /// Bytes of a full batch, whole blocks.
    batch: usize,
    states: Vec<State>,
    done: u64,
    stopped: bool,
}

/// What a thread keeps from one block to the next.
#[derive(Default)]
struct State {
    substitution: Substitution,
    packer: Packer,
}

impl Compressor {
    /// A compressor that uses up to `threads` threads.
    ///
    /// # Errors
    /// [`CodecError::Setting`] for options out of their range, or no threads.
    pub fn new(options: Options, threads: usize) -> Result<Self, CodecError> {
        options.check()?;
        if threads == 0 {
            return Err(CodecError::Setting("threads is at least 1, not 0".to_owned()));
        }
        let block_size = options.block_size as usize;
        let batch = if threads == 1 {
            block_size
        } else {
            ((SHARE / block_size).clamp(1, SHARE_BLOCKS) * block_size).saturating_mul(threads)
        };
        Ok(Self {
            options,
            threads,
            waiting: Vec::new(),
            batch,
            states: Vec::new(),
            done: 0,
            stopped: false,
        })
    }

    /// Takes more text; puts what is compressed of it, which may be nothing, behind `out`.
    ///
    /// # Errors
    /// [`CodecError::Interrupted`] when the caller stopped the work; every later call fails like this one.
    pub fn push(
        &mut self,
        mut data: &[u8],
        out: &mut Vec<u8>,
        monitor: &Monitor<'_>,
    ) -> Result<(), CodecError> {
        self.check_whole()?;
        while !data.is_empty() {
            let (now, later) = data.split_at(data.len().min(self.batch - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            data = later;
            if self.waiting.len() == self.batch {
                self.work(out, monitor)?;
            }
        }
        Ok(())
    }

    /// Compresses what is left. The compressor can be used for another text then.
    ///
    /// # Errors
    /// As of [`Compressor::push`].
    pub fn finish(&mut self, out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        self.check_whole()?;
        self.work(out, monitor)?;
        self.done = 0;
        Ok(())
    }

    fn check_whole(&self) -> Result<(), Interrupted> {
        if self.stopped { Err(Interrupted) } else { Ok(()) }
    }

    fn work(&mut self, out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        let options = self.options;
        let mut blocks: Vec<&[u8]> = self.waiting.chunks(options.block_size as usize).collect();
        let states = self.threads.min(blocks.len());
        if self.states.len() < states {
            self.states.resize_with(states, State::default);
        }
        let work = Work {
            monitor,
            stage: "compressing",
            done: self.done,
        };
        let pack = |state: &mut State, block: &mut &[u8], go_on: GoOn<'_>| {
            let (cycles, buffer) = state.substitution.run(block, &options, go_on)?;
            // A block has at most 2³⁰ bytes, and a zlib stream is hardly longer than what it holds.
            Ok(state.packer.pack(block.len() as u32, cycles, buffer, go_on)?)
        };
        let result = work.run(
            &mut self.states,
            &mut blocks,
            |block| block.len(),
            pack,
            |_, packed| {
                out.extend_from_slice(&(packed.len() as u32).to_be_bytes());
                out.extend_from_slice(&packed);
            },
        );
        self.done += self.waiting.len() as u64;
        self.waiting.clear();
        self.stopped = result.is_err();
        result
    }
}

//! `.bwz` frames in, bytes out, in pieces of any size.

use super::blocks::Decoder;
use super::container::{
    HEADER_LENGTH, Header, SKIPPABLE_HEAD_LENGTH, SKIPPABLE_MAGIC, SeekTable, TRAILER_LENGTH, Trailer,
    is_magic, skippable_length,
};
use super::limits::{Limits, memory_of};
use super::output::Output;
use super::parallel::{GoOn, Work};
use super::ready::{Ready, Whole, read_dictionary};
use super::text::Dictionary;
use crate::error::CodecError;
use crate::monitor::Monitor;
use std::sync::Arc;

/// Bytes of output that are enough where some are wanted.
const SOME: usize = 1 << 20;

/// How the next thing went.
enum Step {
    /// It is done.
    Done,
    /// It takes more input.
    Starved,
    /// It gives output, of which no more is wanted.
    Enough,
}

enum State {
    /// Before a frame.
    Start,
    /// Behind the header of a frame, or behind a block.
    Blocks(Header),
    /// Within the footer of a frame, or the trailer of a skippable one, of which so many bytes are read.
    Footer {
        expected: Vec<u8>,
        read: usize,
        skippable: bool,
    },
    /// Within a skippable frame, so many bytes from its trailer.
    Skipping(u64),
    /// Behind the one frame that was wanted.
    Finished,
    /// An error was found.
    Failed,
}

/// Decompresses what it is fed.
pub struct Decompressor {
    limits: Limits,
    /// Whether to go on with the next frame behind each.
    all_frames: bool,
    state: State,
    /// Frames of data that are read whole.
    frames: u64,
    input: Vec<u8>,
    /// Bytes of `input` that are used.
    used: usize,
    /// Where in the file `input[used]` lies.
    offset: u64,
    /// Where in the file the frame begins.
    frame: u64,
    table: SeekTable,
    /// The last one of the frame.
    dictionary: Option<Arc<Dictionary>>,
    /// For each thread that has worked.
    decoders: Vec<Decoder>,
    /// A block of which not all was wanted, and how much of it was handed out.
    output: Vec<u8>,
    handed: usize,
    /// Whether nothing can be done without more input.
    starved: bool,
    /// What went wrong behind the output that was handed out last.
    error: Option<CodecError>,
}

impl Decompressor {
    /// For a single frame, with skippable ones before it: see [`Decompressor::unused`] for what follows.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            all_frames: false,
            state: State::Start,
            frames: 0,
            input: Vec::new(),
            used: 0,
            offset: 0,
            frame: 0,
            table: SeekTable::default(),
            dictionary: None,
            decoders: Vec::new(),
            output: Vec::new(),
            handed: 0,
            starved: true,
            error: None,
        }
    }

    /// For frames up to the end of the data.
    pub fn all_frames(limits: Limits) -> Self {
        Self {
            all_frames: true,
            ..Self::new(limits)
        }
    }

    /// In the middle of a frame.
    pub(super) fn within(limits: Limits, place: Place) -> Self {
        Self {
            state: State::Blocks(place.header),
            offset: place.offset,
            frame: place.frame,
            table: place.table,
            dictionary: place.dictionary,
            ..Self::all_frames(limits)
        }
    }

    /// Takes more compressed data.
    pub fn feed(&mut self, data: &[u8]) {
        // What is used goes once it is as much as what is left, so that each byte is moved once or so.
        if self.used > self.input.len() - self.used {
            self.input.drain(..self.used);
            self.used = 0;
        }
        self.input.extend_from_slice(data);
        self.starved &= data.is_empty();
    }

    /// Appends up to `most` bytes of output to `out`: less only where more input is needed, or the frame has ended.
    ///
    /// # Errors
    /// [`CodecError`], naming the place; not before all that could be decoded was handed out.
    pub fn read(&mut self, most: usize, out: &mut Vec<u8>, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        self.put(&mut Output::Vector(out, most), false, monitor)
    }

    /// Fills the front of `buffer` with what comes next, and says with how many bytes: none only where more input is needed, or the frame has ended. Where it
    /// has some, it leaves it at as many blocks as all threads have the same share in.
    ///
    /// # Errors
    /// As of [`Decompressor::read`].
    pub fn read_some(&mut self, buffer: &mut [u8], monitor: &Monitor<'_>) -> Result<usize, CodecError> {
        let room = buffer.len();
        let mut output = Output::Buffer(buffer, 0);
        self.put(&mut output, true, monitor)?;
        Ok(room - output.room())
    }

    /// Puts out what is wanted, or, where `some` is enough, what comes at once.
    fn put(&mut self, out: &mut Output<'_>, some: bool, monitor: &Monitor<'_>) -> Result<(), CodecError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let wanted = out.room();
        self.starved = false;
        loop {
            self.hand_out(out);
            if !self.has_no_output() || (some && wanted - out.room() >= SOME) {
                return Ok(());
            }
            // With nothing more wanted, too: a footer that is there already is read, so that the end of the frame is seen.
            match self.advance(out, some, monitor) {
                Ok(Step::Done) => {}
                Ok(step) => {
                    self.starved = matches!(step, Step::Starved);
                    return Ok(());
                }
                Err(error) => {
                    self.state = State::Failed;
                    if out.room() < wanted && !matches!(error, CodecError::Interrupted(_)) {
                        self.error = Some(error);
                        return Ok(());
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Bytes that were fed and are not used. Threads find enough to do where that is a MiB for each.
    pub fn held_input(&self) -> usize {
        self.input.len() - self.used
    }

    /// Whether the frame has ended, and all of it was handed out.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished) && self.has_no_output()
    }

    /// Whether [`Decompressor::read`] gives nothing before more is fed.
    pub fn needs_input(&self) -> bool {
        self.starved && !matches!(self.state, State::Finished) && self.has_no_output()
    }

    /// What was fed and lies behind the frame, once [`Decompressor::is_finished`].
    pub fn unused(&self) -> &[u8] {
        if self.is_finished() { self.rest() } else { &[] }
    }

    /// Bytes that are decoded and not handed out.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.output.len()
    }

    /// Where in the file the next byte to be used lies.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Checks that the data may end here.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] where it may not; an error that [`Decompressor::read`] has not come to yet.
    pub fn finish(&mut self) -> Result<(), CodecError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let part = match self.state {
            State::Finished => return Ok(()),
            State::Start if self.all_frames && self.frames > 0 && self.used == self.input.len() => {
                return Ok(());
            }
            State::Start if self.used == self.input.len() => {
                "the header of a frame (there is no frame at all)"
            }
            State::Start => "the header of a frame",
            State::Blocks(_) => "a block",
            State::Footer { .. } => "the footer of a frame",
            State::Skipping(_) => "a skippable frame",
            State::Failed => return Err(failed(self.offset)),
        };
        Err(CodecError::Truncated {
            offset: self.offset + self.held_input() as u64,
            part,
        })
    }

    fn has_no_output(&self) -> bool {
        self.handed == self.output.len()
    }

    fn hand_out(&mut self, out: &mut Output<'_>) {
        let rest = &self.output[self.handed..];
        let taken = rest.len().min(out.room());
        out.take(taken).copy_from_slice(&rest[..taken]);
        self.handed += taken;
        if self.has_no_output() {
            // Not kept for the next block: a caller that reads little at a time shall not hold two.
            self.output = Vec::new();
            self.handed = 0;
        }
    }

    fn rest(&self) -> &[u8] {
        &self.input[self.used..]
    }

    fn consume(&mut self, bytes: usize) {
        self.used += bytes;
        self.offset += bytes as u64;
    }

    fn corrupt<T>(&self, offset: u64, problem: impl Into<String>) -> Result<T, CodecError> {
        Err(CodecError::Corrupt {
            offset,
            problem: problem.into(),
        })
    }

    /// Does the next thing that can be done, or `some` of it. What is not wanted of its output is kept.
    fn advance(
        &mut self,
        out: &mut Output<'_>,
        some: bool,
        monitor: &Monitor<'_>,
    ) -> Result<Step, CodecError> {
        match &mut self.state {
            State::Start => self.start(),
            State::Blocks(header) => {
                let header = *header;
                self.blocks(header, out, some, monitor)
            }
            State::Footer { .. } => self.footer(),
            State::Skipping(left) => {
                let part = (self.input.len() - self.used).min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= part as u64;
                let ended = *left == 0;
                self.consume(part);
                if ended {
                    let footer = TRAILER_LENGTH as u64;
                    let frame = self.offset - self.frame + footer;
                    self.state = State::Footer {
                        expected: Trailer { footer, frame }.to_bytes().to_vec(),
                        read: 0,
                        skippable: true,
                    };
                }
                Ok(if ended { Step::Done } else { Step::Starved })
            }
            State::Finished => Ok(Step::Starved),
            State::Failed => Err(failed(self.offset)),
        }
    }

    fn start(&mut self) -> Result<Step, CodecError> {
        self.frame = self.offset;
        let rest = self.rest();
        if !is_magic(rest) {
            let problem = match self.frames {
                0 => "not a .bwz file: it does not begin with F8 42 57 5A",
                _ => "bytes follow the last frame, and begin no other",
            };
            return self.corrupt(self.offset, problem);
        }
        if rest.starts_with(&SKIPPABLE_MAGIC) {
            let Some(head) = rest.first_chunk::<SKIPPABLE_HEAD_LENGTH>() else {
                return Ok(Step::Starved);
            };
            let Some(length) = skippable_length(head) else {
                return self.corrupt(self.offset + 4, "a skippable frame that is too long");
            };
            self.consume(SKIPPABLE_HEAD_LENGTH);
            self.state = State::Skipping(length);
            return Ok(Step::Done);
        }
        let Some(bytes) = rest.first_chunk::<HEADER_LENGTH>() else {
            return Ok(Step::Starved);
        };
        let header = Header::parse(*bytes, self.offset)?;
        self.consume(HEADER_LENGTH);
        self.limits.beside_block(header)?;
        self.table = SeekTable::default();
        self.dictionary = None;
        self.state = State::Blocks(header);
        Ok(Step::Done)
    }

    /// Decodes the blocks that lie in the input whole, as many as are wanted and can be worked on at once, or `some` of those.
    fn blocks(
        &mut self,
        header: Header,
        out: &mut Output<'_>,
        some: bool,
        monitor: &Monitor<'_>,
    ) -> Result<Step, CodecError> {
        let memory = self
            .dictionary
            .as_ref()
            .map_or(0, |dictionary| dictionary.memory() as u64);
        let most = self.limits.at_once(header).min(out.room() as u64);
        let room = self.limits.memory.saturating_sub(memory);
        let mut blocks = match Ready::at_front(self.rest(), header, self.offset, most, room, self.limits)? {
            Ready::Blocks(blocks) if blocks.is_empty() => return Ok(Step::Starved),
            Ready::Blocks(_) if out.room() == 0 => return Ok(Step::Enough),
            Ready::Blocks(blocks) => blocks,
            Ready::Dictionary(item) => {
                self.dictionary = None;
                self.decoders.clear();
                let payload = &self.rest()[item.payload..item.end];
                let dictionary = read_dictionary(self.limits, header, &item.head, payload, self.offset)?;
                self.dictionary = Some(Arc::new(dictionary));
                self.table.push(&item.head.entry);
                self.consume(item.end);
                return Ok(Step::Done);
            }
            Ready::Footer => {
                let before = self.offset - self.frame;
                self.state = State::Footer {
                    expected: self.table.footer(before),
                    read: 0,
                    skippable: false,
                };
                return Ok(Step::Done);
            }
        };
        if some {
            leave_some(&mut blocks, self.limits.threads.max(1));
        }
        let raw = blocks.iter().map(|block| block.head.entry.raw as usize).sum();
        let (used, result) = if raw <= out.room() {
            let (used, decoded, result) = self.decode(&blocks, out.take(raw), room, monitor);
            out.give_back(raw - decoded);
            (used, result)
        } else {
            // A single one.
            let mut output = vec![0; raw];
            let (used, decoded, result) = self.decode(&blocks, &mut output, room, monitor);
            output.truncate(decoded);
            (self.output, self.handed) = (output, 0);
            (used, result)
        };
        self.consume(used);
        result?;
        if header.single {
            self.end_frame();
        }
        Ok(Step::Done)
    }

    /// Decodes blocks that lie in the input, one after the other into `target`; returns how many bytes of the input and of the output they are, up to the
    /// first error.
    fn decode(
        &mut self,
        blocks: &[Whole],
        mut target: &mut [u8],
        room: u64,
        monitor: &Monitor<'_>,
    ) -> (usize, usize, Result<(), CodecError>) {
        let needed = blocks.iter().map(|block| memory_of(&block.head.entry)).max();
        let threads = room / needed.unwrap_or(0).max(1);
        let threads = usize::try_from(threads).unwrap_or(usize::MAX).min(blocks.len());
        // What the others keep is none of what these may take.
        self.decoders
            .resize_with(threads.clamp(1, self.limits.threads.max(1)), Decoder::default);
        let input = &self.input[self.used..];
        let first = self.offset;
        let dictionary = self.dictionary.as_deref();
        let work = Work {
            monitor,
            stage: "decompressing",
            done: self.table.raw(),
        };
        let mut pieces = Vec::with_capacity(blocks.len());
        for block in blocks {
            let (piece, rest) = target.split_at_mut(block.head.entry.raw as usize);
            pieces.push((block, piece));
            target = rest;
        }
        let decode = |decoder: &mut Decoder, (block, piece): &mut (&Whole, &mut [u8]), _: GoOn<'_>| {
            let payload = &input[block.payload..block.end];
            decoder
                .decode(&block.head, payload, dictionary, piece)
                .map_err(|damage| CodecError::Corrupt {
                    offset: first + block.start as u64,
                    problem: damage.to_string(),
                })
        };
        let size = |(_, piece): &(&Whole, &mut [u8])| piece.len();
        let (mut used, mut decoded) = (0, 0);
        let result = work.run(
            &mut self.decoders,
            &mut pieces,
            size,
            decode,
            |(block, piece), ()| {
                self.table.push(&block.head.entry);
                used = block.end;
                decoded += piece.len();
            },
        );
        (used, decoded, result)
    }

    fn footer(&mut self) -> Result<Step, CodecError> {
        let State::Footer {
            expected,
            read,
            skippable,
        } = &mut self.state
        else {
            return Ok(Step::Starved);
        };
        let rest = &self.input[self.used..];
        let part = rest.len().min(expected.len() - *read);
        let equal = rest[..part] == expected[*read..*read + part];
        *read += part;
        let (ended, skippable) = (*read == expected.len(), *skippable);
        if !equal {
            return self.corrupt(self.offset, "the footer is not that of the frame before it");
        }
        self.consume(part);
        match (ended, skippable) {
            (false, _) => return Ok(Step::Starved),
            (true, true) => self.state = State::Start,
            (true, false) => self.end_frame(),
        }
        Ok(Step::Done)
    }

    fn end_frame(&mut self) {
        self.frames += 1;
        self.state = if self.all_frames {
            State::Start
        } else {
            State::Finished
        };
    }
}

/// Leaves of the blocks that can be decoded as many as give each thread [`SOME`] bytes, and the same number for each, so that none waits for the others; more would
/// have left the caches before the caller sees to them.
fn leave_some(blocks: &mut Vec<Whole>, threads: usize) {
    let (mut count, mut raw) = (0, 0);
    for round in blocks.chunks(threads) {
        if count > 0 && (round.len() < threads || raw >= (SOME * threads) as u64) {
            break;
        }
        count += round.len();
        raw += round.iter().map(|block| block.head.entry.raw).sum::<u64>();
    }
    blocks.truncate(count);
}

/// A place in a frame, behind the blocks that the table lists.
pub(super) struct Place {
    /// The frame's header.
    pub header: Header,
    /// Where in the file the frame begins.
    pub frame: u64,
    /// Where in the file the place is.
    pub offset: u64,
    /// What stands between.
    pub table: SeekTable,
    /// The last dictionary of that.
    pub dictionary: Option<Arc<Dictionary>>,
}

fn failed(offset: u64) -> CodecError {
    CodecError::Corrupt {
        offset,
        problem: "decoding has failed before".to_owned(),
    }
}

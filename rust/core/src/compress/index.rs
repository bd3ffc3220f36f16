//! What is in a file and where: for lists, and to read a range of the original without decoding the rest.

use super::container::{
    Entry, Front, HEADER_LENGTH, Head, Header, Kind, SKIPPABLE_HEAD_LENGTH, SKIPPABLE_MAGIC, SeekTable,
    TRAILER_LENGTH, Trailer, skippable_length,
};
use super::decompressor::{Decompressor, Place};
use super::limits::Limits;
use super::ready::read_dictionary;
use super::text::Dictionary;
use crate::error::CodecError;
use std::io;
use std::sync::Arc;

/// Compressed data that can be read anywhere.
pub trait ReadAt {
    /// Bytes of it.
    ///
    /// # Errors
    /// What the system says.
    fn size(&mut self) -> io::Result<u64>;

    /// Up to `length` bytes from `offset` on: less only where the data ends.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>>;
}

impl ReadAt for &[u8] {
    fn size(&mut self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let end = start.saturating_add(length).min(self.len());
        Ok(self[start..end].to_vec())
    }
}

/// The frames of a file. Clones share them.
#[derive(Clone)]
pub struct Index {
    frames: Arc<[Frame]>,
    /// Bytes of the original.
    raw: u64,
    /// The dictionary that was read last, and where it stands.
    dictionary: Option<(u64, Arc<Dictionary>)>,
}

/// A frame of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    header: Header,
    /// Where it begins in the file.
    offset: u64,
    /// Bytes it takes.
    length: u64,
    /// Where it begins in the original.
    raw_offset: u64,
    blocks: Vec<Block>,
}

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    entry: Entry,
    /// Where it begins in the file.
    offset: u64,
    /// Where it begins in the original.
    raw_offset: u64,
}

/// Where decoding begins for a place in the original.
pub struct Point {
    /// Decodes what it is fed from `offset` of the file on.
    pub decompressor: Decompressor,
    /// Where to read on.
    pub offset: u64,
    /// Bytes of output before the place that was asked for.
    pub skip: u64,
}

impl Frame {
    fn new(header: Header, offset: u64) -> Self {
        Self {
            header,
            offset,
            length: HEADER_LENGTH as u64,
            raw_offset: 0,
            blocks: Vec::new(),
        }
    }

    /// Adds a block; returns where it ends in the file.
    fn push(&mut self, entry: Entry) -> u64 {
        self.blocks.push(Block {
            entry,
            offset: self.offset + self.length,
            raw_offset: 0,
        });
        // A block is not longer than 2^30 bytes, and one that ends behind the file is the last.
        self.length += entry.length();
        self.offset + self.length
    }

    /// Where it begins in the file.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes it takes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Bytes of the original in it.
    pub fn raw_length(&self) -> u64 {
        self.blocks.iter().map(|block| block.entry.raw).sum()
    }

    /// The most bytes that a block gives.
    pub fn block_size(&self) -> u64 {
        self.header.block_size() as u64
    }

    /// For each kind that occurs: its name, how many blocks are of it, bytes that they take, bytes of the original in them.
    pub fn kinds(&self) -> Vec<(&'static str, u64, u64, u64)> {
        let sum = |kind: Kind| {
            let blocks = self.blocks.iter().filter(|block| block.entry.kind == kind);
            blocks.fold((kind.name(), 0, 0, 0), |(name, count, length, raw), block| {
                (
                    name,
                    count + 1,
                    length + block.entry.length(),
                    raw + block.entry.raw,
                )
            })
        };
        Kind::ALL.map(sum).into_iter().filter(|kind| kind.1 > 0).collect()
    }
}

impl Index {
    /// Reads what the footers of the frames say; where a frame has none, the heads of its blocks.
    ///
    /// # Errors
    /// [`CodecError`] where the file is no chain of frames, [`CodecError::Io`] where it can't be read.
    pub fn read(file: &mut dyn ReadAt) -> Result<Self, CodecError> {
        let size = file.size()?;
        let mut frames = match from_end(file, size)? {
            Some(frames) => frames,
            None => from_front(file, size)?,
        };
        let mut raw = 0;
        for frame in &mut frames {
            frame.raw_offset = raw;
            for block in &mut frame.blocks {
                block.raw_offset = raw;
                raw += block.entry.raw;
            }
        }
        Ok(Self {
            frames: frames.into(),
            raw,
            dictionary: None,
        })
    }

    /// Bytes of the original.
    pub fn raw_length(&self) -> u64 {
        self.raw
    }

    /// The frames of data, in order.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Where to begin for the byte `place` of the original; none behind its end. A dictionary is read from `file`, the one that this is the index of.
    ///
    /// # Errors
    /// [`CodecError`] where the dictionary is damaged, or takes more memory than there is.
    pub fn locate(
        &mut self,
        place: u64,
        limits: Limits,
        file: &mut dyn ReadAt,
    ) -> Result<Option<Point>, CodecError> {
        if place >= self.raw {
            return Ok(None);
        }
        let after = self.frames.partition_point(|frame| frame.raw_offset <= place);
        let frame = &self.frames[after - 1];
        let after = frame.blocks.partition_point(|block| block.raw_offset <= place);
        let (before, block) = (&frame.blocks[..after - 1], frame.blocks[after - 1]);
        let mut table = SeekTable::default();
        for block in before {
            table.push(&block.entry);
        }
        let dictionary = before.iter().rfind(|block| block.entry.kind == Kind::Dictionary);
        let dictionary = match dictionary {
            Some(item) => Some(load(&mut self.dictionary, frame.header, item, limits, file)?),
            None => None,
        };
        let place_in_frame = Place {
            header: frame.header,
            frame: frame.offset,
            offset: block.offset,
            table,
            dictionary,
        };
        Ok(Some(Point {
            decompressor: Decompressor::within(limits, place_in_frame),
            offset: block.offset,
            skip: place - block.raw_offset,
        }))
    }
}

/// The dictionary `item`, as it was read last, or from the file.
fn load(
    last: &mut Option<(u64, Arc<Dictionary>)>,
    header: Header,
    item: &Block,
    limits: Limits,
    file: &mut dyn ReadAt,
) -> Result<Arc<Dictionary>, CodecError> {
    if let Some((offset, dictionary)) = last
        && *offset == item.offset
    {
        return Ok(Arc::clone(dictionary));
    }
    // No longer than `Entry::problem` allows.
    let bytes = file.read_at(item.offset, item.entry.length() as usize)?;
    let (head, payload) = match Head::read(&bytes, header, item.offset)? {
        Front::Head(head, length) if head.entry == item.entry => (head, &bytes[length..]),
        _ => return Err(changed(item.offset)),
    };
    if payload.len() as u64 != item.entry.stored {
        return Err(changed(item.offset));
    }
    let dictionary = Arc::new(read_dictionary(limits, header, &head, payload, item.offset)?);
    *last = Some((item.offset, Arc::clone(&dictionary)));
    Ok(dictionary)
}

fn changed(offset: u64) -> CodecError {
    CodecError::Corrupt {
        offset,
        problem: "a dictionary does not stand where the footer says".to_owned(),
    }
}

/// The frames of a file in which each ends with a trailer, from the last to the first; none where one does not.
fn from_end(file: &mut dyn ReadAt, size: u64) -> Result<Option<Vec<Frame>>, CodecError> {
    let mut frames = Vec::new();
    let mut end = size;
    while end > 0 {
        let Some(at) = end.checked_sub(TRAILER_LENGTH as u64) else {
            return Ok(None);
        };
        let bytes = file.read_at(at, TRAILER_LENGTH)?;
        let Some(trailer) = bytes.first_chunk().and_then(Trailer::parse) else {
            return Ok(None);
        };
        let Some(start) = end.checked_sub(trailer.frame) else {
            return Ok(None);
        };
        let head = file.read_at(start, SKIPPABLE_HEAD_LENGTH)?;
        if head.starts_with(&SKIPPABLE_MAGIC) {
            let length = head.first_chunk().and_then(skippable_length);
            if length.map(|length| length + (SKIPPABLE_HEAD_LENGTH + TRAILER_LENGTH) as u64)
                != Some(trailer.frame)
            {
                return Ok(None);
            }
        } else {
            match with_footer(file, &head, start, trailer)? {
                Some(frame) => frames.push(frame),
                None => return Ok(None),
            }
        }
        end = start;
    }
    frames.reverse();
    Ok((!frames.is_empty()).then_some(frames))
}

/// The frame at `start` of the file, by its footer; none where that does not fit.
fn with_footer(
    file: &mut dyn ReadAt,
    head: &[u8],
    start: u64,
    trailer: Trailer,
) -> Result<Option<Frame>, CodecError> {
    let Some(header) = head.first_chunk::<HEADER_LENGTH>() else {
        return Ok(None);
    };
    let header = match Header::parse(*header, start) {
        Ok(header) if !header.single => header,
        _ => return Ok(None),
    };
    let fixed = HEADER_LENGTH as u64;
    let lengths = trailer.footer.checked_sub(TRAILER_LENGTH as u64).zip(
        trailer
            .frame
            .checked_sub(fixed)
            .and_then(|rest| rest.checked_sub(trailer.footer)),
    );
    let Some((footer_length, blocks_length)) = lengths else {
        return Ok(None);
    };
    let footer_offset = start + fixed + blocks_length;
    let footer = file.read_at(
        footer_offset,
        usize::try_from(footer_length).unwrap_or(usize::MAX),
    )?;
    let Some(entries) = SeekTable::parse(&footer) else {
        return Ok(None);
    };
    let mut frame = Frame::new(header, start);
    for entry in entries {
        if entry.problem(header).is_some() || frame.push(entry) > footer_offset {
            return Ok(None);
        }
    }
    let fits = start + frame.length == footer_offset;
    frame.length = trailer.frame;
    Ok(fits.then_some(frame))
}

/// The frames of a file from the first to the last, from head to head.
fn from_front(file: &mut dyn ReadAt, size: u64) -> Result<Vec<Frame>, CodecError> {
    let mut frames = Vec::new();
    let mut offset = 0;
    loop {
        let head = file.read_at(offset, SKIPPABLE_HEAD_LENGTH)?;
        let end = if head.starts_with(&SKIPPABLE_MAGIC) {
            let length = head.first_chunk().and_then(skippable_length).unwrap_or(size);
            offset + length + (SKIPPABLE_HEAD_LENGTH + TRAILER_LENGTH) as u64
        } else {
            let Some(header) = head.first_chunk::<HEADER_LENGTH>() else {
                return Err(CodecError::Truncated {
                    offset: size,
                    part: "the header of a frame",
                });
            };
            let frame = by_heads(file, Header::parse(*header, offset)?, offset, size)?;
            let end = frame.offset + frame.length;
            frames.push(frame);
            end
        };
        if end > size {
            return Err(CodecError::Truncated {
                offset: size,
                part: "a skippable frame",
            });
        }
        if end == size && !frames.is_empty() {
            return Ok(frames);
        }
        offset = end;
    }
}

/// The frame at `start` of the file, by the heads of its blocks.
fn by_heads(file: &mut dyn ReadAt, header: Header, start: u64, size: u64) -> Result<Frame, CodecError> {
    let mut frame = Frame::new(header, start);
    let mut table = SeekTable::default();
    loop {
        let offset = start + frame.length;
        let bytes = file.read_at(offset, Head::LONGEST)?;
        match Head::read(&bytes, header, offset)? {
            Front::Head(head, _) => {
                table.push(&head.entry);
                if frame.push(head.entry) > size {
                    return Err(CodecError::Truncated {
                        offset: size,
                        part: "a block",
                    });
                }
                if header.single && head.entry.kind != Kind::Dictionary {
                    return Ok(frame);
                }
            }
            Front::Incomplete => {
                return Err(CodecError::Truncated {
                    offset: size,
                    part: "a block",
                });
            }
            Front::Footer => {
                let expected = table.footer(frame.length);
                let footer = file.read_at(offset, expected.len())?;
                if footer != expected {
                    let cut = expected.starts_with(&footer);
                    return Err(if cut {
                        truncated_footer(size)
                    } else {
                        wrong_footer(offset)
                    });
                }
                frame.length += expected.len() as u64;
                return Ok(frame);
            }
        }
    }
}

fn truncated_footer(size: u64) -> CodecError {
    CodecError::Truncated {
        offset: size,
        part: "the footer of a frame",
    }
}

fn wrong_footer(offset: u64) -> CodecError {
    CodecError::Corrupt {
        offset,
        problem: "the footer is not that of the frame before it".to_owned(),
    }
}

//! Byte strings with their lengths, deflated where that helps: what dictionaries and blocks consist of.

use super::deflate::{Deflater, Inflater};
use crate::varint::{self, Read};

/// Why data can't be what an encoder wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    /// The data ends too early.
    #[error("it ends too early")]
    Truncated,
    /// A Deflate stream is damaged.
    #[error("a section of it does not inflate")]
    Deflate,
    /// A length, number or id is out of its range.
    #[error("a number in it is out of its range")]
    Range,
    /// More memory would be needed than is allowed.
    #[error("it takes more memory than there is")]
    Memory,
    /// Something else, which is said.
    #[error("{0}")]
    Other(&'static str),
}

/// Appends a section: twice its length, then the section; or one more than that, the length of the section deflated, and that.
pub(super) fn write(section: &[u8], deflater: &mut Deflater, out: &mut Vec<u8>) {
    let mut deflated = Vec::new();
    let length = (section.len() as u64) << 1;
    if deflater.append(section, &mut deflated) {
        varint::write(length | 1, out);
        varint::write(deflated.len() as u64, out);
        out.extend_from_slice(&deflated);
    } else {
        varint::write(length, out);
        out.extend_from_slice(section);
    }
}

/// Reads from front to back; reading past the end is an error, never a guess.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// From the front of `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, Damage> {
        let (&byte, rest) = self.0.split_first().ok_or(Damage::Truncated)?;
        self.0 = rest;
        Ok(byte)
    }

    /// The next `length` bytes.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Damage::Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// The next number, which is at most `most`.
    pub fn number(&mut self, most: usize) -> Result<usize, Damage> {
        match varint::read(self.0) {
            Read::Number(value, length) if value <= most as u64 => {
                self.0 = &self.0[length..];
                Ok(value as usize)
            }
            Read::Incomplete => Err(Damage::Truncated),
            Read::Number(..) | Read::Malformed => Err(Damage::Range),
        }
    }

    /// The next section, of exactly `length` bytes.
    pub fn exact_section(&mut self, length: usize, inflater: &mut Inflater) -> Result<Vec<u8>, Damage> {
        let mut out = Vec::new();
        if self.section(length, inflater, &mut out)? == length {
            Ok(out)
        } else {
            Err(Damage::Range)
        }
    }

    /// Appends the next section, of at most `most` bytes, to `out`; returns its length.
    pub fn section(
        &mut self,
        most: usize,
        inflater: &mut Inflater,
        out: &mut Vec<u8>,
    ) -> Result<usize, Damage> {
        let packed = self.packed(most)?;
        let start = out.len();
        out.resize(start + packed.length, 0);
        packed.unpack(inflater, &mut out[start..])?;
        Ok(packed.length)
    }

    /// The next section, of at most `most` bytes, as it is written.
    fn packed(&mut self, most: usize) -> Result<Packed<'a>, Damage> {
        let header = self.number(most.saturating_mul(2).saturating_add(1))?;
        let (length, is_deflated) = (header / 2, header % 2 == 1);
        let written = if is_deflated { self.number(length)? } else { length };
        Ok(Packed {
            length,
            is_deflated,
            bytes: self.bytes(written)?,
        })
    }
}

/// A section as it is written.
struct Packed<'a> {
    /// Bytes that it stands for.
    length: usize,
    is_deflated: bool,
    bytes: &'a [u8],
}

impl Packed<'_> {
    /// Fills `out`, which is as long as what the section stands for.
    fn unpack(&self, inflater: &mut Inflater, out: &mut [u8]) -> Result<(), Damage> {
        if !self.is_deflated {
            out.copy_from_slice(self.bytes);
        } else if !inflater.fill(self.bytes, out) {
            return Err(Damage::Deflate);
        }
        Ok(())
    }
}

/// All sections of a payload, one after the other in a buffer that stays from payload to payload.
#[derive(Default)]
pub(super) struct Sections {
    inflater: Inflater,
    /// Only grows; what lies behind the last section is from payloads before.
    data: Vec<u8>,
    ends: Vec<usize>,
}

impl Sections {
    /// Reads a payload of up to `most` sections of up to `room` bytes together.
    ///
    /// # Errors
    /// [`Damage`] where it is something else.
    pub fn read(&mut self, payload: &[u8], most: usize, room: usize) -> Result<(), Damage> {
        self.ends.clear();
        if self.data.is_empty() {
            self.data.push(0);
        }
        let mut reader = Reader::new(payload);
        let mut end = 0;
        while !reader.rest().is_empty() {
            if self.ends.len() == most {
                return Err(Damage::Other("bytes follow the last section of it"));
            }
            let packed = reader.packed(room - end)?;
            let start = end;
            end += packed.length;
            if let Some(more) = (end + 1).checked_sub(self.data.len()) {
                // No more than there is room for, as it would if it doubled.
                self.data.reserve_exact(more);
                self.data.resize(end + 1, 0);
            }
            packed.unpack(&mut self.inflater, &mut self.data[start..end])?;
            self.ends.push(end);
        }
        Ok(())
    }

    /// How many sections there are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// All of them one after the other, and a byte that belongs to none.
    pub fn all(&self) -> &[u8] {
        let end = self.start(self.count());
        &self.data[..=end]
    }

    /// Those before the section of that number together, in bytes.
    pub fn start(&self, number: usize) -> usize {
        let before = self.ends.len().min(number).checked_sub(1);
        before.map_or(0, |last| self.ends[last])
    }

    /// A section; empty where there are fewer.
    pub fn get(&self, number: usize) -> &[u8] {
        &self.data[self.start(number)..self.start(number + 1)]
    }

    /// Bytes of memory that it keeps.
    pub fn memory(&self) -> usize {
        self.data.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            sections in proptest::collection::vec(proptest::collection::vec(0u8..4, 0..300), 0..6),
        ) {
            let mut data = Vec::new();
            let mut deflater = Deflater::new(6);
            for section in &sections {
                write(section, &mut deflater, &mut data);
            }
            let mut reader = Reader::new(&data);
            let mut inflater = Inflater::default();
            for section in &sections {
                let mut out = b"before".to_vec();
                prop_assert_eq!(reader.section(section.len(), &mut inflater, &mut out), Ok(section.len()));
                prop_assert_eq!(&out[6..], section);
            }
            prop_assert!(reader.rest().is_empty());
            prop_assert_eq!(reader.byte(), Err(Damage::Truncated));
        }

        #[test]
        fn a_payload_is_read_whole_or_not_at_all(
            sections in proptest::collection::vec(proptest::collection::vec(0u8..4, 0..300), 0..6),
            before in proptest::collection::vec(0u8..4, 0..300),
        ) {
            let mut deflater = Deflater::new(6);
            let mut read = Sections::default();
            let mut data = Vec::new();
            write(&before, &mut deflater, &mut data);
            prop_assert_eq!(read.read(&data, 1, before.len()), Ok(()));
            data.clear();
            for section in &sections {
                write(section, &mut deflater, &mut data);
            }
            let (most, room) = (sections.len(), sections.concat().len());
            prop_assert_eq!(read.read(&data, most, room), Ok(()));
            prop_assert_eq!(read.count(), most);
            for (number, section) in sections.iter().enumerate() {
                prop_assert_eq!(read.get(number), section);
            }
            prop_assert!(read.get(most).is_empty());
            prop_assert!(room == 0 || read.read(&data, most, room - 1).is_err());
            prop_assert!(most == 0 || read.read(&data, most - 1, room).is_err());
        }

        #[test]
        fn sections_keep_to_the_limit(section in proptest::collection::vec(0u8..4, 1..300)) {
            let mut data = Vec::new();
            write(&section, &mut Deflater::new(6), &mut data);
            let mut out = Vec::new();
            let read = Reader::new(&data).section(section.len() - 1, &mut Inflater::default(), &mut out);
            prop_assert!(read.is_err() && out.is_empty());
        }
    }
}

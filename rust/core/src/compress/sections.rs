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
        let header = self.number(most.saturating_mul(2).saturating_add(1))?;
        let length = header / 2;
        if header % 2 == 0 {
            out.extend_from_slice(self.bytes(length)?);
        } else {
            let deflated = self.number(length)?;
            let deflated = self.bytes(deflated)?;
            let start = out.len();
            out.resize(start + length, 0);
            if !inflater.fill(deflated, &mut out[start..]) {
                return Err(Damage::Deflate);
            }
        }
        Ok(length)
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
        fn sections_keep_to_the_limit(section in proptest::collection::vec(0u8..4, 1..300)) {
            let mut data = Vec::new();
            write(&section, &mut Deflater::new(6), &mut data);
            let mut out = Vec::new();
            let read = Reader::new(&data).section(section.len() - 1, &mut Inflater::default(), &mut out);
            prop_assert!(read.is_err() && out.is_empty());
        }
    }
}

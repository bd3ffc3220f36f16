//! Byte strings with their lengths, compressed where that helps: what dictionaries and blocks consist of.

use crate::compress::deflate::{Deflater, Inflater};

/// Why a dictionary or a block was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The data ends too early.
    Truncated,
    /// A Deflate stream is damaged.
    Deflate,
    /// A length, number or id is out of its range.
    Range,
    /// More memory would be needed than is allowed.
    Memory,
}

/// Appends a number in 7-bit groups, low ones first; the high bit says that more follow.
pub fn put_number(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a section: its length and whether it is compressed, the compressed length if so, then its bytes.
pub fn put_section(data: &[u8], deflater: &mut Deflater, out: &mut Vec<u8>) {
    let mut stream = Vec::new();
    if deflater.append(data, &mut stream) {
        put_number((data.len() as u64) << 1 | 1, out);
        put_number(stream.len() as u64, out);
        out.extend_from_slice(&stream);
    } else {
        put_number((data.len() as u64) << 1, out);
        out.extend_from_slice(data);
    }
}

/// Reads what the functions above write.
pub struct Reader<'a> {
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data }
    }

    /// The bytes not read yet.
    pub fn left(&self) -> usize {
        self.data.len()
    }

    /// Reads a number of at most `limit`.
    pub fn number(&mut self, limit: u64) -> Result<u64, Damage> {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let (&byte, rest) = self.data.split_first().ok_or(Damage::Truncated)?;
            self.data = rest;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return if value <= limit {
                    Ok(value)
                } else {
                    Err(Damage::Range)
                };
            }
        }
        Err(Damage::Range)
    }

    /// Reads `length` bytes.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (head, rest) = self.data.split_at_checked(length).ok_or(Damage::Truncated)?;
        self.data = rest;
        Ok(head)
    }

    /// Reads a section of exactly `length` bytes.
    pub fn exact_section(&mut self, length: usize, inflater: &mut Inflater) -> Result<Vec<u8>, Damage> {
        let mut out = Vec::new();
        let read = self.section(length, inflater, &mut out)?;
        if read == length {
            Ok(out)
        } else {
            Err(Damage::Range)
        }
    }

    /// Appends a section of at most `limit` bytes to `out`, and returns its length.
    pub fn section(
        &mut self,
        limit: usize,
        inflater: &mut Inflater,
        out: &mut Vec<u8>,
    ) -> Result<usize, Damage> {
        let header = self.number(u64::MAX)?;
        let length = usize::try_from(header >> 1).map_err(|_| Damage::Range)?;
        if length > limit {
            return Err(Damage::Memory);
        }
        if header & 1 == 0 {
            out.extend_from_slice(self.bytes(length)?);
        } else {
            let compressed = self.number(self.data.len() as u64)? as usize;
            let stream = self.bytes(compressed)?;
            let start = out.len();
            out.resize(start + length, 0);
            if !inflater.fill(stream, &mut out[start..]) {
                return Err(Damage::Deflate);
            }
        }
        Ok(length)
    }
}

impl From<Damage> for crate::compress::sections::Damaged {
    fn from(damage: Damage) -> Self {
        Self(match damage {
            Damage::Truncated => "it ends too early",
            Damage::Deflate => "a section of it does not inflate",
            Damage::Range => "a number in it is out of its range",
            Damage::Memory => "it takes more memory than there is",
        })
    }
}

//! Positions in a `str` (characters) as positions in its UTF-8 (bytes), and back.

use crate::input;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Bytes between two known places: a question costs a look at half as many, and the table takes 3 % of the text.
const BLOCK: usize = 256;

/// How positions of a text are counted.
pub enum Positions {
    /// One byte each: of bytes, and of ASCII.
    Bytes,
    /// The characters before each block of bytes, and in all.
    Characters { before: Vec<u64>, length: usize },
    /// Characters, without a table: from known places on.
    Along,
    /// The byte of each character, for the rare `str` with surrogates; that of the second of a pair lies within the four bytes of the first.
    Listed(Vec<usize>),
}

/// A position in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the character begins.
    pub begin: usize,
    /// Whether it is the second half of a surrogate pair, whose four bytes are from `begin` to `next`.
    pub inside: bool,
    /// Where the pair ends, if it is one half; else `begin`.
    pub next: usize,
}

fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

impl Positions {
    /// With a table, for any position.
    pub fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let along = Self::along(object)?;
        let Self::Along = along else { return Ok(along) };
        let string = object.cast::<PyString>()?;
        let bytes = string.to_str()?.as_bytes();
        let py = object.py();
        Ok(py.detach(|| {
            let mut length = 0;
            let before = bytes.chunks(BLOCK).map(|block| {
                let before = length as u64;
                length += starts(block);
                before
            });
            Self::Characters {
                before: before.collect(),
                length,
            }
        }))
    }

    /// For positions that are asked for in order.
    pub fn along(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Ok(string) = object.cast::<PyString>() else {
            return Ok(Self::Bytes);
        };
        match string.to_str() {
            Ok(text) if text.len() == string.len()? => Ok(Self::Bytes),
            Ok(_) => Ok(Self::Along),
            Err(_) => Ok(Self::Listed(listed(&input::utf32(string)?))),
        }
    }

    /// The number of positions.
    pub fn length(&self, bytes: &[u8]) -> usize {
        match self {
            Self::Bytes => bytes.len(),
            Self::Characters { length, .. } => *length,
            Self::Along => starts(bytes),
            Self::Listed(places) => places.len() - 1,
        }
    }

    /// Bytes that the table takes.
    pub fn memory(&self) -> usize {
        match self {
            Self::Bytes | Self::Along => 0,
            Self::Characters { before, .. } => before.capacity() * size_of::<u64>(),
            Self::Listed(places) => places.capacity() * size_of::<usize>(),
        }
    }

    /// Where a position lies in bytes.
    pub fn byte(&self, bytes: &[u8], position: usize) -> Place {
        let at = |place: usize| Place {
            begin: place,
            inside: false,
            next: place,
        };
        match self {
            Self::Bytes => at(position.min(bytes.len())),
            Self::Along => at(forward(bytes, 0, position)),
            Self::Characters { before, .. } => {
                let block = before
                    .partition_point(|&count| count <= position as u64)
                    .saturating_sub(1);
                let known = before.get(block).map_or(0, |&count| count as usize);
                at(forward(bytes, block * BLOCK, position - known))
            }
            Self::Listed(places) => {
                let place = places.get(position).copied().unwrap_or(bytes.len());
                match bytes.get(place) {
                    Some(byte) if byte & 0xC0 == 0x80 => Place {
                        begin: place - 2,
                        inside: true,
                        next: place + 2,
                    },
                    _ => at(place),
                }
            }
        }
    }

    /// The position of a byte, from a place (in bytes and in positions) that is known.
    pub fn position(&self, bytes: &[u8], (known, position): (usize, usize), place: usize) -> usize {
        match self {
            Self::Bytes => place,
            Self::Listed(places) => places.partition_point(|&begin| begin < place),
            Self::Along | Self::Characters { .. } if place >= known => {
                position + starts(&bytes[known..place])
            }
            Self::Along | Self::Characters { .. } => position - starts(&bytes[place..known]),
        }
    }
}

/// The place of the character that follows `count` others from `from` on, where the rest of a character may stand first.
fn forward(bytes: &[u8], from: usize, count: usize) -> usize {
    let mut left = count;
    for (index, byte) in bytes[from..].iter().enumerate() {
        if byte & 0xC0 != 0x80 {
            if left == 0 {
                return from + index;
            }
            left -= 1;
        }
    }
    bytes.len()
}

/// Where each character begins in the text that [`input::text`] makes of code points with surrogates among them, and the end of the text.
fn listed(points: &[u32]) -> Vec<usize> {
    let mut places = Vec::with_capacity(points.len() + 1);
    let mut end = 0;
    let mut points = points.iter().copied().peekable();
    while let Some(point) = points.next() {
        places.push(end);
        let paired =
            matches!(point, 0xD800..0xDC00) && points.next_if(|low| (0xDC00..0xE000).contains(low)).is_some();
        if paired {
            places.push(end + 2);
            end += 4;
        } else {
            end += char::from_u32(point)
                .unwrap_or(char::REPLACEMENT_CHARACTER)
                .len_utf8();
        }
    }
    places.push(end);
    places
}

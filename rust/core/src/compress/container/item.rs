//! What stands between the header and the footer of a frame: blocks and dictionaries, each behind a short head.

use super::header::Header;
use crate::error::CodecError;
use crate::varint::{self, Read};
use xxhash_rust::xxh3::xxh3_64;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes as they are.
    Stored,
    /// Bytes behind Deflate, long repetitions taken out before: see [`crate::compress::bytes`].
    Bytes,
    /// Text as tokens of the dictionary before it: see [`crate::compress::text`].
    Tokens,
    /// What the blocks of tokens behind it are made of, up to the next one.
    Dictionary,
}

impl Kind {
    /// Its number in the file. 0 begins the footer.
    pub fn code(self) -> u8 {
        match self {
            Self::Stored => 1,
            Self::Bytes => 2,
            Self::Tokens => 3,
            Self::Dictionary => 4,
        }
    }

    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Stored, Self::Bytes, Self::Tokens, Self::Dictionary];

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    fn known() -> String {
        let name = |kind: Self| format!("{} ({})", kind.code(), kind.name());
        Self::ALL.map(name).join(", ")
    }

    /// As a person would call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Bytes => "bytes",
            Self::Tokens => "tokens",
            Self::Dictionary => "dictionary",
        }
    }
}

/// The code that stands where an item could, and begins the footer.
pub const FOOTER: u8 = 0;

/// Bytes of a checksum.
const CHECKSUM_LENGTH: usize = 4;

/// Bytes of a dictionary at most; those of the levels there are have less than one MB.
const LARGEST_DICTIONARY: u64 = 1 << 26;

/// What the seek table says of an item, and its head begins with: its code, and two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Bytes that follow the head.
    pub stored: u64,
    /// Bytes that they stand for.
    pub raw: u64,
}

/// The head of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it is.
    pub entry: Entry,
    /// [`checksum`] of the bytes that it stands for.
    pub checksum: u32,
}

/// The checksum of a block: the low half of XXH3-64.
pub fn checksum(bytes: &[u8]) -> u32 {
    xxh3_64(bytes) as u32
}

/// What stands at the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// A head, and the bytes it takes.
    Head(Head, usize),
    /// The code of the footer.
    Footer,
    /// The beginning of a head.
    Incomplete,
}

impl Entry {
    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.kind.code());
        varint::write(self.stored, out);
        varint::write(self.raw, out);
    }

    /// Takes one off the front of `data`; none where there is no whole one of a known kind.
    pub fn take(data: &mut &[u8]) -> Option<Self> {
        let (&code, rest) = data.split_first()?;
        *data = rest;
        Some(Self {
            kind: Kind::from_code(code)?,
            stored: varint::take(data)?,
            raw: varint::take(data)?,
        })
    }

    /// Bytes that head and payload take in the file.
    pub fn length(&self) -> u64 {
        (1 + varint::length(self.stored) + varint::length(self.raw) + CHECKSUM_LENGTH) as u64 + self.stored
    }

    /// Why no encoder writes such a block into a frame with that header.
    pub fn problem(&self, header: Header) -> Option<String> {
        let Self { kind, stored, raw } = *self;
        let most = header.block_size() as u64;
        let fits = match kind {
            Kind::Stored => stored == raw,
            Kind::Bytes | Kind::Tokens => stored < raw,
            Kind::Dictionary => raw == 0 && stored <= LARGEST_DICTIONARY,
        };
        if raw > most {
            Some(format!(
                "a block of {raw} bytes; the header of the frame allows {most}"
            ))
        } else if raw == 0 && kind == Kind::Stored && !header.single {
            Some("a block of no bytes".to_owned())
        } else if !fits {
            Some(format!(
                "a block ({}) of {raw} bytes that takes {stored}",
                kind.name()
            ))
        } else {
            None
        }
    }
}

impl Head {
    /// Bytes that a head takes at most.
    pub const LONGEST: usize = 1 + 2 * varint::LONGEST + CHECKSUM_LENGTH;

    /// Appends the head.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.entry.write(out);
        out.extend_from_slice(&self.checksum.to_le_bytes());
    }

    /// Reads what stands at the front of `data`, which lies at `offset` of the file.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] for a kind that is not known, [`CodecError::Corrupt`] for lengths that can't be.
    pub fn read(data: &[u8], header: Header, offset: u64) -> Result<Front, CodecError> {
        let Some((&code, rest)) = data.split_first() else {
            return Ok(Front::Incomplete);
        };
        if code == FOOTER {
            return Ok(Front::Footer);
        }
        let kind = Kind::from_code(code).ok_or_else(|| CodecError::Unsupported {
            offset,
            feature: format!("a block of kind {code}"),
            hint: format!("this release knows {}", Kind::known()),
        })?;
        let malformed = |problem: String| CodecError::Corrupt { offset, problem };
        let mut lengths = [0; 2];
        let mut at = 0;
        for length in &mut lengths {
            match varint::read(&rest[at..]) {
                Read::Number(value, bytes) => (*length, at) = (value, at + bytes),
                Read::Incomplete => return Ok(Front::Incomplete),
                Read::Malformed => return Err(malformed("the length of a block is not a number".to_owned())),
            }
        }
        let [stored, raw] = lengths;
        let Some(checksum) = rest[at..].first_chunk::<CHECKSUM_LENGTH>() else {
            return Ok(Front::Incomplete);
        };
        let entry = Entry { kind, stored, raw };
        if let Some(problem) = entry.problem(header) {
            return Err(malformed(problem));
        }
        let head = Self {
            entry,
            checksum: u32::from_le_bytes(*checksum),
        };
        Ok(Front::Head(head, 1 + at + CHECKSUM_LENGTH))
    }
}

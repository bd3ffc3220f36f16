//! The beginning of a frame: six bytes.

use crate::error::CodecError;

/// The first bytes of a frame of compressed data. 0xF8 and its like stand in no UTF-8 text.
pub const MAGIC: [u8; 4] = *b"\xF8BWZ";
/// The first bytes of a frame that decoders skip.
pub const SKIPPABLE_MAGIC: [u8; 4] = *b"\xF9BWZ";
/// The last bytes of a frame that has a footer, and of a skippable one: whoever comes from the end knows by them what he sees.
pub const TRAILER_MAGIC: [u8; 4] = *b"\xFABWZ";

/// The version of the format that is written, and the highest that is read.
pub const VERSION: u8 = 1;

/// Bytes of a header.
pub const LENGTH: usize = 6;

/// The length of a block is at most two to the power of one of these.
pub const BLOCK_SIZE_LOGS: std::ops::RangeInclusive<u8> = 10..=30;

/// The bit that says: one block, and no footer.
const SINGLE: u8 = 0x80;
/// The bits that no version uses yet.
const RESERVED: u8 = 0x60;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The logarithm, base two, of the most bytes that a block of this frame gives.
    pub block_size_log: u8,
    /// Whether the frame ends after its first block, without a footer; else it ends with one.
    pub single: bool,
}

impl Header {
    /// The most bytes that a block of this frame gives.
    pub fn block_size(self) -> usize {
        1 << self.block_size_log
    }

    /// The bytes.
    pub fn to_bytes(self) -> [u8; LENGTH] {
        let [a, b, c, d] = MAGIC;
        let flags = if self.single { SINGLE } else { 0 };
        [a, b, c, d, VERSION, flags | self.block_size_log]
    }

    /// Reads a header; `offset` is where it stands, for errors.
    ///
    /// # Errors
    /// [`CodecError::Corrupt`] where it is none, [`CodecError::Unsupported`] where a later version wrote it.
    pub fn parse(bytes: [u8; LENGTH], offset: u64) -> Result<Self, CodecError> {
        let [a, b, c, d, version, flags] = bytes;
        if [a, b, c, d] != MAGIC {
            return Err(CodecError::Corrupt {
                offset,
                problem: "not a .bwz file: it does not begin with F8 42 57 5A".to_owned(),
            });
        }
        if version != VERSION {
            return Err(CodecError::Unsupported {
                offset: offset + 4,
                feature: format!("version {version} of the format"),
                hint: format!("this release reads version {VERSION}"),
            });
        }
        if flags & RESERVED != 0 {
            return Err(CodecError::Unsupported {
                offset: offset + 5,
                feature: format!("a frame with flags 0x{:02X}", flags & RESERVED),
                hint: "this release knows none of them".to_owned(),
            });
        }
        let block_size_log = flags & !SINGLE;
        if !BLOCK_SIZE_LOGS.contains(&block_size_log) {
            return Err(CodecError::Corrupt {
                offset: offset + 5,
                problem: format!("blocks of 2^{block_size_log} bytes: the logarithm is 10 to 30"),
            });
        }
        Ok(Self {
            block_size_log,
            single: flags & SINGLE != 0,
        })
    }
}

/// Whether `bytes` can be the first ones of a frame of either kind, as far as they go.
pub fn is_magic(bytes: &[u8]) -> bool {
    let length = bytes.len().min(4);
    bytes[..length] == MAGIC[..length] || bytes[..length] == SKIPPABLE_MAGIC[..length]
}

//! What can be set.

use crate::error::CodecError;

/// How BPEZ compresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of a block, 1 to 2³⁰; each is compressed by itself.
    pub block_size: u32,
    /// Pairs that are replaced in a block, at most.
    pub cycles: u8,
    /// A pair that occurs less often is not replaced; at least 1.
    pub minimum: u32,
}

impl Default for Options {
    /// As published: blocks of 1 MiB, 64 cycles, pairs that occur 3 times.
    fn default() -> Self {
        Self {
            block_size: 1 << 20,
            cycles: 64,
            minimum: 3,
        }
    }
}

impl Options {
    /// The length of a zlib stream has 32 bits: what does not compress has to fit, too.
    const LARGEST_BLOCK: u32 = 1 << 30;

    pub(super) fn check(&self) -> Result<(), CodecError> {
        if !(1..=Self::LARGEST_BLOCK).contains(&self.block_size) {
            return Err(CodecError::Setting(format!(
                "block_size is between 1 and {} bytes, not {}",
                Self::LARGEST_BLOCK,
                self.block_size
            )));
        }
        if self.minimum == 0 {
            return Err(CodecError::Setting(
                "minimum is at least 1 occurrence of a pair, not 0".to_owned(),
            ));
        }
        Ok(())
    }
}

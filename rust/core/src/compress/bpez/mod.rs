//! BPEZ: in each block frequent pairs of bytes become single bytes, then Deflate.
//!
//! A file is repeated `[u32: length of z][z]`; `z` is a zlib stream of `(u32: length of the block, u8: cycles, buffer)`. Numbers are big-endian.
//! An empty text is an empty file; files put one behind the other are the file of the joined texts.
//!
//! In each cycle the most frequent pair of neighbours (overlapping ones counted, of equally frequent ones that seen first) is replaced from left to right
//! by the lowest byte that does not occur, and the three bytes (first of the pair, second of the pair, replacement) are put in front of the buffer, where
//! the next cycle takes them for data. `substitution.rs` does that, `expansion.rs` undoes it, `zlib.rs` packs and unpacks.
//!
//! The format has no magic number, and no check over the whole: a file that was cut between two blocks looks complete.

mod compressor;
mod decompressor;
mod expansion;
mod options;
mod substitution;
#[cfg(test)]
mod tests;
mod zlib;

pub use compressor::Compressor;
pub use decompressor::Decompressor;
pub use options::Options;

/// Bytes of the length in front of each zlib stream.
const LENGTH: usize = 4;
/// Bytes in front of the buffer, within the zlib stream: the length of the block and the number of cycles.
const HEADER: usize = 5;
/// Bytes that a cycle puts in front of the buffer.
const RULE: usize = 3;

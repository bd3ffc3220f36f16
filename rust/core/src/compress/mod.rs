//! Compression: a container of independent blocks, and what stands in them.
//!
//! | file | |
//! |---|---|
//! | `container/` | headers, heads of blocks, footers: the format |
//! | `compressor`, `decompressor` (and `ready`, `output`), `reader` | bytes in, bytes out, in pieces of any size |
//! | `index` | what is in a file and where; ranges |
//! | `window`, `blocks` | what a stretch of the input is learned from, and the mode of each block, by trial |
//! | `text/` | the mode for text: words and phrases of a dictionary, then Deflate |
//! | `bytes/` | the mode for any bytes: long repetitions, then Deflate |
//! | `deflate`, `sections`, `parallel`, `levels`, `limits` | what they share |
//! | `bpez` | another format, read and written |

mod blocks;
pub mod bpez;
mod bytes;
mod compressor;
mod container;
mod decompressor;
mod deflate;
mod index;
mod levels;
mod limits;
mod output;
mod parallel;
mod reader;
mod ready;
mod sections;
mod steps;
#[cfg(test)]
mod tests;
mod text;
mod window;

use crate::error::CodecError;
use crate::monitor::Monitor;

pub use compressor::{Compressor, Options};
pub use container::{Kind, skippable_frame};
pub use decompressor::Decompressor;
pub use index::{Frame, Index, Point, ReadAt};
pub use levels::DEFAULT_LEVEL;
pub use limits::{DEFAULT_MEMORY_LIMIT, Limits};
pub use reader::Reader;

/// Compresses `data` to one frame.
///
/// # Errors
/// [`CodecError::Setting`] where an option can't be met, [`CodecError::Interrupted`] where the monitor says so.
pub fn compress(data: &[u8], options: Options, monitor: &Monitor<'_>) -> Result<Vec<u8>, CodecError> {
    let mut compressor = Compressor::new(options)?;
    let mut out = Vec::new();
    compressor.push(data, &mut out, monitor)?;
    compressor.finish(&mut out, monitor)?;
    Ok(out)
}

/// Decompresses `data`, all frames of it.
///
/// # Errors
/// [`CodecError`], naming the place.
pub fn decompress(data: &[u8], limits: Limits, monitor: &Monitor<'_>) -> Result<Vec<u8>, CodecError> {
    let mut decompressor = Decompressor::all_frames(limits);
    let mut out = Vec::new();
    decompressor.feed(data);
    decompressor.read(usize::MAX, &mut out, monitor)?;
    decompressor.finish()?;
    Ok(out)
}

//! Byte-level BPE: text to tokens and back, the training of vocabularies, counting over corpora, and compression.
//!
//! Data takes one way, a folder a stage, and no stage reaches back:
//!
//! ```text
//! bytes ──▶ documents ──▶ pretokens ──▶ tokens ──▶ ids | counts
//! source     source     pretokenize    encode
//!                            └─▶ train ──▶ vocabulary
//! ```
//!
//! Compression stands beside it: words and phrases learned from a text, and streams of their codes, in `compress`.

pub mod atomic_file;
mod beside;
pub mod compress;
pub mod encode;
pub mod error;
mod huge_pages;
pub mod monitor;
pub mod normalize;
mod prefetch;
pub mod pretokenize;
#[cfg(any(test, feature = "reference"))]
pub mod reference;
pub mod source;
pub mod train;
mod varint;
pub mod vocabulary;

pub use monitor::{Monitor, Progress};

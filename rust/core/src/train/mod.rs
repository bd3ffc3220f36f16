//! Pretoken counts to merges.
//!
//! `counter.rs` counts pretokens over documents and files, `counts.rs` is what it gives, `profile.rs` the file of it; `learn.rs` trains,
//! `merge.rs` is the loop that does the work.

mod alphabet;
mod base;
mod counts;
mod learn;
mod merge;
mod options;
mod pairs;
mod prefetch;
mod queue;
mod symbol;
#[cfg(test)]
mod tests;
mod text;

pub use counts::{ChunkKind, CountsHeader, PretokenCounts};
pub use learn::train;
pub use options::{Ties, TrainOptions, Trained};

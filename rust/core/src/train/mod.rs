//! Pretoken counts to merges.
//!
//! `counter.rs` counts pretokens over documents and files, `counts.rs` is what it gives, `profile.rs` the file of it; `learn.rs` trains,
//! `merge.rs` is the loop that does the work.

mod alphabet;
mod base;
mod counter;
mod counts;
mod cut;
mod learn;
mod merge;
mod options;
mod pairs;
mod profile;
mod profile_header;
mod profile_merge;
mod queue;
mod split;
mod symbol;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod text;
mod weight;

pub use counter::{CountOptions, PretokenCounter};
pub use counts::{ChunkKind, CountsHeader, PretokenCounts};
pub(crate) use learn::same_pretokenizer;
pub use learn::train;
pub use options::{Ties, TrainOptions, Trained};
pub(crate) use profile::{Reader as ProfileReader, describe, is_profile};
pub use profile_merge::{ProfileSource, merge, merge_to_file};

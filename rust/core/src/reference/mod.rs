//! The slow and obvious version of each algorithm, for tests.

pub mod alphabet;
pub mod bpez;
pub mod chunk;
pub mod encode;
pub mod normalize;
pub mod pretokenize;
pub mod scanners;
pub mod splits;
pub mod train;

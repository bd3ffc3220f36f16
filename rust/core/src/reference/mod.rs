//! The slow and obvious version of each algorithm, for tests.

pub mod splits;

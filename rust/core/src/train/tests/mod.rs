//! Tests of the stage: `merges.rs` the trainer, `counting.rs` the counter, `profiles.rs` the file.

#![allow(clippy::unwrap_used)]

mod counting;
mod merges;
mod profiles;

use super::CountOptions;
use crate::pretokenize::PretokenizerSpec;
use crate::source::SourceOptions;

fn counting(pattern: &str) -> CountOptions {
    CountOptions {
        pretokenizer: PretokenizerSpec::named(pattern).unwrap(),
        normalizer: None,
        source: SourceOptions::default(),
        special_tokens: Vec::new(),
        allow_special: false,
        positions: false,
        threads: 1,
    }
}

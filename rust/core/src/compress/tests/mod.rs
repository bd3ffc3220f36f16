//! Files of `.bwz` from the outside: what is packed comes back, and what is damaged is found.

mod container;
mod modes;

use super::container::skippable_frame;
use super::steps;
use super::{Compressor, Decompressor, Index, Limits, Options, compress, decompress};
use crate::error::CodecError;
use crate::monitor::Monitor;
use proptest::prelude::*;

/// The smallest block, so that small texts have several.
const BLOCK: u64 = 1 << 10;

fn options(level: u8, block_size: u64) -> Options {
    Options {
        level,
        block_size: Some(block_size),
        threads: 2,
    }
}

fn packed(data: &[u8], options: Options) -> Vec<u8> {
    compress(data, options, &Monitor::silent()).expect("compressed")
}

fn unpacked(data: &[u8]) -> Result<Vec<u8>, CodecError> {
    decompress(data, Limits::default(), &Monitor::silent())
}

pub(super) fn random(length: usize) -> Vec<u8> {
    let mut state = 7u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn text(length: usize) -> Vec<u8> {
    let words = [
        "the ",
        "tokens ",
        "of ",
        "texts, ",
        "Bytes ",
        "and ",
        "merges.\n",
        "42 ",
    ];
    let choices = random(length);
    let words = choices
        .iter()
        .flat_map(|&byte| words[usize::from(byte) % words.len()].bytes());
    words.take(length).collect()
}

/// Text of so many made-up words that a dictionary is worth its place.
pub(super) fn prose(length: usize) -> Vec<u8> {
    let syllables = ["ba", "ke", "li", "mo", "tun", "ra", "sis", "or", "ent", "ul"];
    let choices = random(3 * length);
    let word = |rank: usize| {
        let parts = [rank % 10, rank / 10 % 10, rank / 100 % 10];
        parts[..1 + rank.ilog10() as usize % 3]
            .iter()
            .map(|&part| syllables[part])
            .collect::<String>()
    };
    let mut out = Vec::new();
    for choice in choices.chunks_exact(3) {
        // Few words are frequent, most are rare.
        let (a, b) = (usize::from(choice[0]), usize::from(choice[1]));
        let word = word(1 + a * b * b / 8_400);
        match choice[2] {
            0..8 => out.extend_from_slice(format!("{word}. The ").as_bytes()),
            8..16 => out.extend_from_slice(format!("{word} {a}, ").as_bytes()),
            _ => out.extend_from_slice(format!("{word} ").as_bytes()),
        }
    }
    out.truncate(length);
    out
}

/// Texts of several kinds, of a given length.
fn kinds(length: usize) -> Vec<Vec<u8>> {
    let cycle = |bytes: &[u8]| bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>();
    let all: Vec<u8> = (0..=255).collect();
    vec![
        random(length),
        vec![0; length],
        cycle(&all),
        text(length),
        prose(length),
        cycle(b"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8D\x84 \xFF\xC3 \xE2\x82 \xED\xA0\x80"),
        cycle(&packed(b"a block within a block", Options::default())),
        cycle(&skippable_frame(b"skipped")),
    ]
}

/// Whether a changed file gives an error, or what it gave before.
fn is_safe(file: &[u8], data: &[u8]) -> bool {
    let limits = Limits {
        memory: 1 << 24,
        threads: 1,
    };
    let mut decompressor = Decompressor::all_frames(limits);
    decompressor.feed(file);
    let mut out = Vec::new();
    let read = decompressor.read(1 << 20, &mut out, &Monitor::silent());
    read.and_then(|()| decompressor.finish()).is_err() || out == data
}

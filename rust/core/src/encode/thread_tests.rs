//! Eight threads on one tokenizer, each call in another order: all as if they were alone.
#![allow(clippy::unwrap_used)]

use super::cache_tests::{PROSE, TOKENIZERS};
use super::engine::Worker;
use super::*;
use crate::monitor::Monitor;
use crate::source::SourceOptions;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Barrier;

const THREADS: usize = 8;
const ROUNDS: usize = 12;

/// What every thread must find.
#[derive(Debug, PartialEq)]
struct Found {
    encoded: Encoded,
    ids: Vec<TokenId>,
    counts: Vec<u64>,
    frequencies: Vec<u64>,
    parts: Vec<u64>,
    chunks: Vec<Range<usize>>,
    appended: u64,
    files: Encoded,
}

fn find(tokenizer: &Tokenizer, texts: &[&[u8]], files: &[PathBuf], threads: usize, order: usize) -> Found {
    let (special, monitor, options) = (
        SpecialTokens::Ordinary,
        Monitor::silent(),
        SourceOptions::default(),
    );
    let longest = texts[0];
    let mut found = Found {
        encoded: Encoded::default(),
        ids: Vec::new(),
        counts: Vec::new(),
        frequencies: Vec::new(),
        parts: Vec::new(),
        chunks: Vec::new(),
        appended: 0,
        files: Encoded::default(),
    };
    for call in 0..8 {
        match (call + order) % 8 {
            0 => {
                found.encoded = tokenizer
                    .encode_batch(texts, special, false, threads, &monitor)
                    .unwrap()
            }
            1 => tokenizer.encode(longest, special, false, &mut found.ids).unwrap(),
            2 => {
                found.counts = tokenizer
                    .count_batch(texts, special, false, threads, &monitor)
                    .unwrap()
            }
            3 => {
                found.frequencies = tokenizer
                    .token_frequencies(files, &options, false, threads, &monitor)
                    .unwrap()
            }
            4 => {
                let index = TextIndex::new(tokenizer, longest, special, threads, &monitor).unwrap();
                let ranges = (0..longest.len() - 100)
                    .step_by(10_007)
                    .map(|start| start..start + 77);
                found.parts = ranges
                    .map(|range| index.count(tokenizer, longest, range).unwrap())
                    .collect();
            }
            5 => {
                found.chunks = tokenizer
                    .chunk(longest, special, 1_000, 10)
                    .unwrap()
                    .collect::<Result<_, _>>()
                    .unwrap()
            }
            6 => {
                let mut appender = Appender::new(tokenizer, special);
                longest
                    .chunks(999)
                    .for_each(|piece| appender.append(tokenizer, piece).unwrap());
                found.appended = appender.count();
            }
            _ => {
                found.files = tokenizer
                    .encode_files_whole(files, &options, false, threads, &monitor)
                    .unwrap();
                // Their memory is used by whoever comes next.
                let again = tokenizer
                    .encode_files_whole(files, &options, false, threads, &monitor)
                    .unwrap();
                recycle(again.ids);
            }
        }
    }
    found
}

#[test]
fn eight_threads_on_one_tokenizer() {
    let long = PROSE.as_bytes().repeat(300);
    let texts: Vec<&[u8]> = [&long[..], b"", b"the cat"]
        .into_iter()
        .chain(long.chunks(5_003))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..3)
        .map(|number| folder.path().join(number.to_string()))
        .collect();
    for (file, text) in files.iter().zip([&long[..], b"the", &long[7..100_000]]) {
        std::fs::write(file, text).unwrap();
    }
    // The usual caches, and such as always change.
    for (tokenizer, smallest) in TOKENIZERS.iter().take(5).zip([false, true, false, true, true]) {
        let fresh = Tokenizer::new(tokenizer.definition.clone()).unwrap();
        let expected = find(tokenizer, &texts, &files, 1, 0);
        assert_eq!(expected.ids, tokenizer.measure_work(&long).unwrap().0);
        assert_eq!(expected.appended, expected.counts[0]);
        if smallest {
            fresh
                .pool
                .fill(|| Worker::with_sizes((1, 2), (1, 2)).with_more(40));
        }
        let barrier = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (fresh, expected, barrier, texts, files) = (&fresh, &expected, &barrier, &texts, &files);
                scope.spawn(move || {
                    barrier.wait();
                    for round in 0..ROUNDS / THREADS + 1 {
                        let found = find(fresh, texts, files, 1 + (thread + round) % 3, thread + round);
                        assert!(found == *expected, "thread {thread}, round {round}");
                    }
                });
            }
        });
    }
}

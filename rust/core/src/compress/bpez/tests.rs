//! Blocks against the reference, whole files there and back, and whatever can be wrong with a file.
#![allow(clippy::unwrap_used)]

use super::expansion::expand;
use super::substitution::Substitution;
use super::zlib::Packer;
use super::*;
use crate::Monitor;
use crate::error::{CodecError, Interrupted};
use crate::reference::bpez as reference;
use proptest::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

const PROSE: &str = "she sells sea shells; the shells she sells are sea shells, she's sure. ";
const MEMORY: u64 = 1 << 24;

fn go_on() -> Result<(), Interrupted> {
    Ok(())
}

fn options(block_size: u32) -> Options {
    Options {
        block_size,
        ..Options::default()
    }
}

/// Pushes `step` bytes at a time.
fn compress(text: &[u8], options: Options, threads: usize, step: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Compressor::new(options, threads).unwrap();
    for part in text.chunks(step) {
        encoder.push(part, &mut out, &Monitor::silent()).unwrap();
    }
    encoder.finish(&mut out, &Monitor::silent()).unwrap();
    out
}

/// What came out, and how it ended.
type Outcome = (Vec<u8>, Result<(), CodecError>);

fn try_decompress(data: &[u8], memory: u64, threads: usize, step: usize) -> Outcome {
    let mut out = Vec::new();
    let mut decoder = Decompressor::new(memory, threads);
    for part in data.chunks(step) {
        if let Err(error) = decoder.push(part, &mut out, &Monitor::silent()) {
            assert!(decoder.finish().is_err());
            assert!(decoder.push(part, &mut out, &Monitor::silent()).is_err());
            return (out, Err(error));
        }
    }
    (out, decoder.finish())
}

fn decompress(data: &[u8]) -> Vec<u8> {
    let (text, result) = try_decompress(data, MEMORY, 2, usize::MAX);
    result.unwrap();
    text
}

/// A block with any header and buffer.
fn forge(length: u32, cycles: u8, buffer: &[u8]) -> Vec<u8> {
    frame(&Packer::default().pack(length, cycles, buffer, &go_on).unwrap())
}

fn frame(stream: &[u8]) -> Vec<u8> {
    [&(stream.len() as u32).to_be_bytes(), stream].concat()
}

/// Text, one byte, every byte, no pair twice, noise, the longest run of one pair.
fn texts(length: usize) -> Vec<Vec<u8>> {
    let mut noise = 1_u32;
    let mut next = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    };
    vec![
        PROSE.bytes().cycle().take(length).collect(),
        vec![0; length],
        (0..=u8::MAX).cycle().take(length).collect(),
        (0..length).map(|_| next()).collect(),
        (0..length).map(|_| next() & 0x83).collect(),
        b"ab".iter().copied().cycle().take(length).collect(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn cycles_are_those_of_the_reference(
        block in prop_oneof![
            prop::collection::vec(0_u8..4, 0..300),
            prop::collection::vec(any::<u8>(), 0..300),
            prop::collection::vec(prop_oneof![Just(b'a'), any::<u8>()], 0..600),
        ],
        cycles in any::<u8>(),
        minimum in 1_u32..6,
    ) {
        let options = Options { cycles, minimum, ..Options::default() };
        let mut substitution = Substitution::default();
        // What another block left must not matter.
        substitution.run(PROSE.as_bytes(), &options, &go_on).unwrap();
        let (done, buffer) = substitution.run(&block, &options, &go_on).unwrap();
        prop_assert_eq!((done, buffer.to_vec()), reference::substitute(&block, cycles, minimum));
        prop_assert_eq!(reference::undo(buffer, done, block.len()), Some(block.clone()));
        let mut text = b"before".to_vec();
        expand(buffer, done, block.len(), &mut text).unwrap();
        prop_assert_eq!(text, [b"before", block.as_slice()].concat());
    }

    #[test]
    fn any_buffer_is_undone_as_by_the_reference(
        // Few different bytes, so that rules hit what comes after them.
        buffer in prop_oneof![prop::collection::vec(0_u8..40, 0..400), prop::collection::vec(0_u8..12, 0..60)],
        cycles in 0_u8..24,
        wrong in 1_usize..100,
    ) {
        const LONGEST: usize = 1 << 14;
        let mut text = Vec::new();
        match reference::undo(&buffer, cycles, LONGEST) {
            Some(expected) => {
                expand(&buffer, cycles, expected.len(), &mut text).unwrap();
                prop_assert_eq!(&text, &expected);
                text.clear();
                prop_assert!(expand(&buffer, cycles, expected.len() + wrong, &mut text).is_err());
                let less = expected.len().saturating_sub(wrong);
                prop_assert_eq!(expand(&buffer, cycles, less, &mut text).is_err(), !expected.is_empty());
            }
            None => prop_assert!((0..LONGEST).step_by(500).all(|length| expand(&buffer, cycles, length, &mut text).is_err())),
        }
        prop_assert!(text.is_empty());
    }

    #[test]
    fn any_text_comes_back(
        text in prop::collection::vec(prop_oneof![Just(b'e'), 0_u8..8, any::<u8>()], 0..2000),
        block_size in 20_u32..700,
        cycles in any::<u8>(),
        minimum in 1_u32..5,
        step in 1_usize..900,
    ) {
        let packed = compress(&text, Options { block_size, cycles, minimum }, 2, step);
        let (back, result) = try_decompress(&packed, u64::from(block_size), 2, step);
        result.unwrap();
        prop_assert_eq!(back, text);
    }
}

#[test]
fn sizes_around_blocks_come_back() {
    let block = 1 << 12;
    let sizes = (0..=300).chain((9..=14).flat_map(|power| [-1, 0, 1].map(|by| (1 << power) + by)));
    for size in sizes {
        for text in texts(size as usize) {
            let packed = compress(&text, options(block), 1, usize::MAX);
            assert!(decompress(&packed) == text, "{size} bytes");
        }
    }
    assert!(compress(b"", Options::default(), 1, 1).is_empty());
}

#[test]
fn feeding_and_threads_change_nothing() {
    for text in texts(200_000) {
        let packed = compress(&text, options(1 << 12), 1, usize::MAX);
        for (threads, step) in [(1, 1), (2, 4096), (3, 5000), (8, usize::MAX)] {
            assert!(compress(&text, options(1 << 12), threads, step) == packed);
            // So little memory that few blocks are worked on at once; so much that all are.
            for memory in [1 << 12, 1 << 14, MEMORY] {
                let (back, result) = try_decompress(&packed, memory, threads, step);
                result.unwrap();
                assert!(back == text);
            }
        }
    }
}

/// `compress(text, 40, 20, 2)` of the Python reference, with zlib 1.2.13; `text` is the prose.
const PUBLISHED: &str = "0000003378da636060d0e060616267cd61634e65cb616164602e6660ca486554602a66654f4d64606429b656286166646703006b9805990000003078da636060906763496565c860294a65ce29662a666054606452486466484d64cd61d26155672c65d65300007847062e";

#[test]
fn what_others_wrote_is_read() {
    let bytes: Vec<u8> = (0..PUBLISHED.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&PUBLISHED[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(decompress(&bytes), PROSE.as_bytes());
    // Joined files are the file of the joined texts.
    assert_eq!(decompress(&bytes.repeat(3)), PROSE.repeat(3).as_bytes());
}

#[test]
fn every_cut_is_told() {
    let text = PROSE.repeat(8);
    let packed = compress(text.as_bytes(), options(100), 1, usize::MAX);
    let mut whole = Vec::new();
    for end in 0..=packed.len() {
        let (out, result) = try_decompress(&packed[..end], MEMORY, 1, 7);
        assert!(text.as_bytes().starts_with(&out));
        match result {
            // The format can't tell it.
            Ok(()) => whole.push(out.len()),
            Err(CodecError::Truncated { offset, .. }) => assert_eq!(offset, end as u64),
            Err(other) => panic!("{other} at {end}"),
        }
    }
    assert_eq!(whole, [0, 100, 200, 300, 400, 500, text.len()]);
}

#[test]
fn every_flipped_bit_is_told() {
    let text = PROSE.repeat(8);
    let packed = compress(text.as_bytes(), options(150), 1, usize::MAX);
    for bit in 0..packed.len() * 8 {
        let mut flipped = packed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (one, result) = try_decompress(&flipped, 1 << 12, 1, usize::MAX);
        let (same, threads) = try_decompress(&flipped, 1 << 12, 3, 5);
        assert_eq!(one, same);
        match (result, threads) {
            (Ok(()), Ok(())) => assert_eq!(one, text.as_bytes()),
            (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
            (a, b) => panic!("bit {bit}: {a:?}, with threads {b:?}"),
        }
    }
}

/// (data, the message)
fn damaged() -> Vec<(Vec<u8>, &'static str)> {
    let stream = |text: &[u8]| {
        Packer::default()
            .pack(text.len() as u32, 0, text, &go_on)
            .unwrap()
    };
    let mut longer = stream(b"");
    longer.push(0);
    let mut shorter = stream(b"some text to be packed");
    shorter.truncate(12);
    let mut check = forge(3, 0, b"abc");
    *check.last_mut().unwrap() ^= 1;
    vec![
        (
            forge(5, 1, b"ab"),
            "ends within the pair of cycle 1 of 1: it has 2 bytes",
        ),
        (forge(5, 3, b"abcdef!"), "ends within the pair of cycle 1 of 3"),
        (
            forge(5, 2, b"abcdeexx"),
            "cycle 1 of 2 replaces the pair 0x64 0x65 by one of its own bytes",
        ),
        (forge(5, 1, b"abaxx"), "cycle 1 of 1 replaces the pair 0x61 0x62"),
        (forge(5, 1, b"aabbb"), "shorter than the 5 bytes"),
        (forge(5, 1, b"abcccc"), "longer than the 5 bytes"),
        (
            forge(5, 1, b"abcabcabc"),
            "a block of 5 bytes and 1 cycles can have",
        ),
        (frame(&longer), "the zlib stream ends after 13 of its 14 bytes"),
        (
            frame(&shorter),
            "the zlib stream does not end within its 12 bytes",
        ),
        (
            frame(&[0x78, 0xDA]),
            "the zlib stream does not end within its 2 bytes",
        ),
        (frame(&[0x78]), "at least the bytes of a zlib header"),
        (check, "the zlib stream is damaged"),
        (b"some plain text".to_vec(), "no zlib stream follows"),
        (
            frame(b"\x78\x9C\x03\x00\x00\x00\x00\x01"),
            "holds 0 bytes, less than the 5",
        ),
        // A preset dictionary.
        (
            frame(b"\x78\xF9\x00\x00\x00\x00\x00\x00"),
            "the zlib stream is damaged",
        ),
    ]
}

#[test]
fn damage_is_named_and_what_comes_before_it_is_kept() {
    for (bad, expected) in damaged() {
        for (threads, step) in [(1, usize::MAX), (1, 1), (3, usize::MAX)] {
            let before = compress(PROSE.as_bytes(), options(10), 1, usize::MAX);
            let data = [before.as_slice(), &bad, &before].concat();
            let (text, result) = try_decompress(&data, 1 << 12, threads, step);
            assert_eq!(text, PROSE.as_bytes(), "{expected}");
            let message = result.unwrap_err().to_string();
            let place = format!("byte {} of the compressed data: ", before.len());
            assert!(
                message.starts_with(&place) && message.contains(expected),
                "{message}"
            );
        }
    }
}

#[test]
fn bombs_do_not_go_off() {
    // Each byte stands for two of the next: 64 cycles make 2^64 bytes of one, 20 cycles 1 MiB.
    let doublings = |cycles: u8| {
        let rules = (0..cycles).flat_map(|level| [level + 1, level + 1, level]);
        rules.chain([0]).collect::<Vec<_>>()
    };
    assert!(decompress(&forge(1 << 20, 20, &doublings(20))) == vec![20; 1 << 20]);
    for (length, cycles) in [
        (1 << 20, 19),
        (1 << 20, 21),
        (1 << 20, 64),
        (2000, 255),
        (MEMORY as u32, 255),
    ] {
        let mut buffer = doublings(cycles);
        buffer.extend([0; 1000]);
        let result = try_decompress(&forge(length, cycles, &buffer), MEMORY, 1, usize::MAX).1;
        let message = result.unwrap_err().to_string();
        assert!(
            message.starts_with("byte 0 of the compressed data: the text"),
            "{message}"
        );
    }
    // What Deflate makes small is not unpacked beyond what the block can have.
    let result = try_decompress(&forge(10, 0, &[0; 1 << 20]), MEMORY, 1, usize::MAX).1;
    assert!(matches!(result, Err(CodecError::Corrupt { offset: 0, .. })));
}

#[test]
fn memory_is_limited() {
    let block = compress(PROSE.as_bytes(), options(1 << 10), 1, usize::MAX);
    let limit = PROSE.len() as u64;
    let (text, result) = try_decompress(&block, limit, 2, usize::MAX);
    result.unwrap();
    assert_eq!(text, PROSE.as_bytes());
    let told = |data: &[u8], limit| {
        try_decompress(data, limit, 2, usize::MAX)
            .1
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        told(&block, limit - 1),
        "the text of the block at byte 0 of the compressed data takes 71 bytes; the limit is 70 (memory_limit)"
    );
    let huge = [b"\xFF\xFF\xFF\xFF\x78\xDA".as_slice(), &[0; 100]].concat();
    assert!(told(&huge, 1 << 31).starts_with("the zlib stream of the block at byte 0"));
    assert!(told(&huge, u64::MAX).starts_with("the compressed data ends at byte 106"));
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |options, threads| Compressor::new(options, threads).err().unwrap().to_string();
    let minimum = Options {
        minimum: 0,
        ..Options::default()
    };
    let range = "block_size is between 1 and 1073741824 bytes, not 0";
    assert_eq!(refused(options(0), 1), range);
    assert!(refused(options(u32::MAX), 1).starts_with("block_size is between 1"));
    assert!(refused(minimum, 1).starts_with("minimum is at least 1"));
    assert!(refused(Options::default(), 0).starts_with("threads is at least 1"));
}

#[test]
fn work_is_told_of_and_stops() {
    let text = PROSE.repeat(2000);
    for threads in [1, 3] {
        let mut packed = Vec::new();
        let (last, reports) = (AtomicU64::new(0), AtomicU64::new(0));
        let note = |progress: crate::Progress| {
            assert!(last.fetch_max(progress.done, Ordering::Relaxed) <= progress.done);
            reports.fetch_add(1, Ordering::Relaxed);
            true
        };
        let mut encoder = Compressor::new(options(1 << 14), threads).unwrap();
        let monitor = Monitor::new(&note);
        encoder.push(text.as_bytes(), &mut packed, &monitor).unwrap();
        encoder.finish(&mut packed, &monitor).unwrap();
        assert_eq!(last.swap(0, Ordering::Relaxed), text.len() as u64);
        // More than one a block, where all are done on the thread that may report.
        assert!(reports.load(Ordering::Relaxed) > if threads == 1 { 2 * 9 } else { 0 });
        let mut decoder = Decompressor::new(MEMORY, threads);
        decoder.push(&packed, &mut Vec::new(), &monitor).unwrap();
        assert_eq!(last.load(Ordering::Relaxed), packed.len() as u64);

        let stop = Monitor::new(&|_| false);
        let mut out = Vec::new();
        let mut encoder = Compressor::new(Options::default(), threads).unwrap();
        encoder.push(b"text", &mut out, &stop).unwrap();
        let result = encoder.finish(&mut out, &stop);
        assert!(matches!(result, Err(CodecError::Interrupted(_))));
        assert!(encoder.push(b"text", &mut out, &Monitor::silent()).is_err());
        let result = Decompressor::new(MEMORY, threads).push(&packed, &mut out, &stop);
        assert!(matches!(result, Err(CodecError::Interrupted(_))));
        assert!(out.is_empty());
    }
}

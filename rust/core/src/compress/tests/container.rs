//! The container: every cut, every bit, every way of feeding.

use super::*;

#[test]
fn round_trips_of_all_sizes() {
    let around = (8..=16).flat_map(|log: u32| [(1 << log) - 1, 1 << log, (1 << log) + 1]);
    for size in (0..=300).chain(around) {
        for data in kinds(size) {
            for level in 1..=3 {
                let file = packed(&data, options(level, 1 << 16));
                assert_eq!(
                    unpacked(&file).expect("decompressed"),
                    data,
                    "{size} bytes, level {level}"
                );
                assert!(file.len() <= size + size / 1000 + 64);
            }
        }
    }
}

#[test]
fn the_empty_file_is_a_frame_and_no_bytes_are_none() {
    let file = packed(b"", Options::default());
    assert_eq!(file.len(), 6 + 7);
    assert_eq!(unpacked(&file).expect("decompressed"), b"");
    assert!(matches!(
        unpacked(b""),
        Err(CodecError::Truncated { offset: 0, .. })
    ));
}

#[test]
fn small_inputs_have_short_headers() {
    let file = packed(&random(100), Options::default());
    assert!(file.len() <= 100 + 6 + 7, "{}", file.len());
}

#[test]
fn every_cut_is_an_error() {
    let single = packed(&text(4096), Options::default());
    let blocks = packed(&text(4096), options(3, BLOCK));
    let mut frames = skippable_frame(b"about it");
    frames.extend_from_slice(&blocks);
    for file in [single, blocks, frames] {
        for end in 0..file.len() {
            let error = unpacked(&file[..end]).expect_err("cut");
            let expected = matches!(error, CodecError::Truncated { offset, .. } if offset == end as u64);
            assert!(expected, "cut at {end} of {}: {error}", file.len());
            assert!(
                Index::read(&mut &file[..end]).is_err(),
                "cut at {end} of {}",
                file.len()
            );
        }
    }
}

#[test]
fn every_bit_flipped_is_an_error_or_harmless() {
    let data = text(2048);
    for file in [
        packed(&data, Options::default()),
        packed(&data, options(3, BLOCK)),
    ] {
        for bit in 0..8 * file.len() {
            let mut changed = file.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(is_safe(&changed, &data), "bit {bit}");
        }
    }
}

#[test]
fn random_mutations_are_errors_or_harmless() {
    let data = text(3000);
    let file = packed(&data, options(3, BLOCK));
    let choices = random(100_000 * 8);
    for choice in choices.chunks_exact(8) {
        let place = |a: u8, b: u8| (usize::from(a) << 8 | usize::from(b)) % file.len();
        let mut changed = file.clone();
        let (from, to) = (place(choice[0], choice[1]), place(choice[2], choice[3]));
        match choice[4] % 4 {
            0 => changed[from] = choice[5],
            1 => changed.truncate(from),
            2 => drop(changed.drain(from.min(to)..from.max(to))),
            _ => changed.insert(from, choice[5]),
        }
        changed.extend_from_slice(&choice[6..6 + usize::from(choice[7] % 16 == 0)]);
        assert!(is_safe(&changed, &data), "{choice:?}");
    }
}

fn fed(data: &[u8], sizes: &[usize], options: Options) -> Vec<u8> {
    let mut compressor = Compressor::new(options).expect("valid");
    let (mut out, mut rest) = (Vec::new(), data);
    for &size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (part, later) = rest.split_at(size.min(rest.len()));
        compressor
            .push(part, &mut out, &Monitor::silent())
            .expect("compressed");
        rest = later;
    }
    compressor
        .finish(&mut out, &Monitor::silent())
        .expect("compressed");
    out
}

/// What a file gives on so many threads, fed and read in pieces of these sizes; `some`: with what is there at once.
fn drained(file: &[u8], feeds: &[usize], reads: &[usize], threads: usize, some: bool) -> Vec<u8> {
    let limits = Limits {
        threads,
        ..Limits::default()
    };
    let mut decompressor = Decompressor::all_frames(limits);
    let (mut out, mut rest) = (Vec::new(), file);
    for (&feed, &read) in feeds.iter().cycle().zip(reads.iter().cycle()) {
        if some {
            let mut buffer = vec![0; read];
            let count = decompressor.read_some(&mut buffer, &Monitor::silent());
            out.extend_from_slice(&buffer[..count.expect("decompressed")]);
        } else {
            decompressor
                .read(read, &mut out, &Monitor::silent())
                .expect("decompressed");
        }
        if decompressor.needs_input() {
            if rest.is_empty() {
                break;
            }
            let (part, later) = rest.split_at(feed.min(rest.len()));
            decompressor.feed(part);
            rest = later;
        }
    }
    decompressor.finish().expect("whole");
    out
}

#[test]
fn threads_get_the_same_number_of_blocks() {
    let data = vec![b'x'; 5 << 20];
    let file = packed(&data, options(1, 1 << 20));
    let limits = Limits {
        threads: 2,
        ..Limits::default()
    };
    let mut decompressor = Decompressor::all_frames(limits);
    decompressor.feed(&file);
    let mut buffer = vec![0; 1 << 24];
    let mut counts = Vec::new();
    while !decompressor.needs_input() {
        let count = decompressor
            .read_some(&mut buffer, &Monitor::silent())
            .expect("decompressed");
        counts.push(count >> 20);
    }
    assert_eq!(counts, [2, 2, 1, 0]);
}

#[test]
fn one_byte_in_one_byte_out() {
    let data = text(5000);
    let file = packed(&data, options(2, BLOCK));
    assert_eq!(fed(&data, &[1], options(2, BLOCK)), file);
    assert_eq!(drained(&file, &[1], &[1], 1, false), data);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_bytes_come_back_at_any_level(
        parts in proptest::collection::vec(0usize..6, 0..40),
        texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 6),
        level in 1u8..=3,
    ) {
        let data: Vec<u8> = parts.iter().flat_map(|&part| texts[part].clone()).collect();
        prop_assert_eq!(unpacked(&packed(&data, options(level, BLOCK))).expect("decompressed"), data);
    }
}

proptest! {
    #[test]
    fn neither_feeding_nor_threads_change_anything(
        length in 0usize..6000,
        feeds in proptest::collection::vec(1usize..3000, 1..5),
        reads in proptest::collection::vec(1usize..3000, 1..5),
        threads in 0usize..5,
    ) {
        let data = text(length);
        let file = packed(&data, options(1, BLOCK));
        prop_assert_eq!(&fed(&data, &feeds, Options { threads, ..options(1, BLOCK) }), &file);
        for some in [false, true] {
            prop_assert_eq!(&drained(&file, &feeds, &reads, threads, some), &data);
        }
    }

    #[test]
    fn ranges_are_those_of_the_original(
        lengths in proptest::collection::vec(0usize..5000, 1..4),
        skipped in any::<bool>(),
        place in 0u64..16_000,
    ) {
        let mut file = Vec::new();
        let mut data = Vec::new();
        for length in lengths {
            file.extend_from_slice(&packed(&text(length), options(1, BLOCK)));
            data.extend_from_slice(&text(length));
            if skipped {
                file.extend_from_slice(&skippable_frame(b"between"));
            }
        }
        let mut index = Index::read(&mut file.as_slice()).expect("an index");
        prop_assert_eq!(index.raw_length(), data.len() as u64);
        match index.locate(place, Limits::default(), &mut file.as_slice()).expect("an index") {
            None => prop_assert!(place >= data.len() as u64),
            Some(mut point) => {
                prop_assert!(point.skip < BLOCK);
                point.decompressor.feed(&file[point.offset as usize..]);
                let mut out = Vec::new();
                point.decompressor.read(usize::MAX, &mut out, &Monitor::silent()).expect("decompressed");
                point.decompressor.finish().expect("whole");
                prop_assert_eq!(&out[point.skip as usize..], &data[place as usize..]);
            }
        }
    }
}

#[test]
fn flushed_data_can_be_read() {
    let mut compressor = Compressor::new(Options::default()).expect("valid");
    let mut decompressor = Decompressor::new(Limits::default());
    let (mut all, mut seen) = (Vec::new(), Vec::new());
    for part in text(9000).chunks(3000) {
        let mut out = Vec::new();
        compressor
            .push(part, &mut out, &Monitor::silent())
            .expect("compressed");
        compressor
            .flush(&mut out, &Monitor::silent())
            .expect("compressed");
        decompressor.feed(&out);
        decompressor
            .read(usize::MAX, &mut seen, &Monitor::silent())
            .expect("decompressed");
        all.extend_from_slice(part);
        assert_eq!(seen, all);
    }
    let mut out = Vec::new();
    compressor
        .finish(&mut out, &Monitor::silent())
        .expect("compressed");
    decompressor.feed(&out);
    decompressor.feed(b"more");
    decompressor
        .read(1, &mut seen, &Monitor::silent())
        .expect("decompressed");
    assert!(decompressor.is_finished());
    assert_eq!(decompressor.unused(), b"more");
    assert_eq!(seen, all);
}

#[test]
fn frames_one_after_the_other_are_one_file() {
    let mut file = packed(b"one, ", Options::default());
    file.extend_from_slice(&skippable_frame(b"aside"));
    file.extend_from_slice(&packed(b"two", Options::default()));
    assert_eq!(unpacked(&file).expect("decompressed"), b"one, two");
    let end = file.len() as u64;
    file.push(0);
    let error = unpacked(&file).expect_err("bytes at the end");
    assert!(matches!(error, CodecError::Corrupt { offset, .. } if offset == end));
}

#[test]
fn a_vocabulary_that_is_given_is_named_by_its_hash() {
    let mut file = [&b"\xF8BWZ\x01\x8A\x04\x21\x00"[..], &[0; 4], &[1], &[0xAB; 32]].concat();
    let sum = crate::compress::container::checksum(&file[13..]);
    file[9..13].copy_from_slice(&sum.to_le_bytes());
    let error = unpacked(&file).expect_err("not supported");
    assert!(error.to_string().contains(&"ab".repeat(32)), "{error}");
    assert!(matches!(error, CodecError::Unsupported { .. }));
}

#[test]
fn a_bomb_is_read_in_little_memory() {
    let file = packed(&vec![0; 64 << 20], Options::default());
    assert!(file.len() < 2000, "{}", file.len());
    let mut decompressor = Decompressor::all_frames(Limits::default());
    decompressor.feed(&file);
    let mut out = Vec::new();
    decompressor
        .read(8192, &mut out, &Monitor::silent())
        .expect("decompressed");
    assert_eq!(out, [0; 8192]);
    // One block, and no more, has been decoded.
    assert!(decompressor.held() <= 8 << 20);
}

#[test]
fn forged_headers_are_errors() {
    let header = [0xF8, b'B', b'W', b'Z', 1];
    let forged = |rest: &[u8]| [&header[..], rest].concat();
    let number = |value: u64| {
        let mut out = Vec::new();
        crate::varint::write(value, &mut out);
        out
    };
    let huge = number(1 << 63);
    let corrupt = [
        // A block of 2^63 bytes, stored as many; blocks of 2^31; a block longer than its frame allows.
        forged(&[&[10, 1][..], &huge, &huge, &[0; 4]].concat()),
        forged(&[31]),
        forged(&[&[10, 1][..], &number(1025), &number(1025), &[0; 4], &[0; 1025]].concat()),
        // No block in a frame of a single one; a block of nothing in another; a number of eleven bytes.
        forged(&[0x80 | 10, 0]),
        forged(&[10, 1, 0, 0, 0, 0, 0, 0]),
        forged(&[&[10, 1][..], &[0xFF; 11]].concat()),
    ];
    for file in corrupt {
        assert!(
            matches!(unpacked(&file), Err(CodecError::Corrupt { .. })),
            "{file:?}"
        );
    }
    let unsupported = [
        vec![0xF8, b'B', b'W', b'Z', 2, 10],
        forged(&[0x40 | 10]),
        forged(&[10, 9, 1, 1, 0, 0, 0, 0]),
    ];
    for file in unsupported {
        assert!(
            matches!(unpacked(&file), Err(CodecError::Unsupported { .. })),
            "{file:?}"
        );
    }
}

#[test]
fn memory_is_bounded_by_the_limit() {
    let file = packed(&text(100_000), options(3, 1 << 16));
    let limited = |memory| decompress(&file, Limits { memory, threads: 1 }, &Monitor::silent());
    assert!(matches!(
        limited(1 << 17),
        Err(CodecError::Limit { limit: 0x2_0000, .. })
    ));
    assert!(limited(1 << 22).is_ok());
}

#[test]
fn settings_that_can_not_be_met_are_named() {
    for (level, block_size, named) in [
        (0, 1 << 16, "level 0"),
        (4, 1 << 16, "level 4"),
        (255, 1 << 16, "level 255"),
        (3, 0, "block_size"),
        (3, 1000, "1000"),
        (3, 1 << 31, "2147483648"),
    ] {
        let error = compress(b"", options(level, block_size), &Monitor::silent()).expect_err("must fail");
        assert!(
            matches!(&error, CodecError::Setting(text) if text.contains(named)),
            "{error}"
        );
    }
}

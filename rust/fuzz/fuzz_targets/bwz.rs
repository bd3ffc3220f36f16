//! Any bytes as a file (checksums do not count while fuzzing): an error, or the same bytes however it is fed and read; and within the limits. Any text comes
//! back, and any range of it.

#![no_main]

use bytewright::Monitor;
use bytewright::compress::{Decompressor, Index, Limits, Options, compress, decompress};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    memory: 1 << 20,
    threads: 1,
};
/// Bytes of output that are read of a file.
const MOST: usize = 1 << 20;

/// What comes out of a file that is fed `step` bytes at a time, up to [`MOST`]; none where that is an error.
fn decoded(file: &[u8], step: usize) -> Option<Vec<u8>> {
    let mut decompressor = Decompressor::all_frames(LIMITS);
    let mut out = Vec::new();
    for part in file.chunks(step) {
        decompressor.feed(part);
        while !decompressor.needs_input() {
            let room = (MOST - out.len()).min(step);
            if room == 0 {
                return Some(out);
            }
            decompressor.read(room, &mut out, &Monitor::silent()).ok()?;
        }
    }
    decompressor.finish().ok()?;
    Some(out)
}

fuzz_target!(|data: &[u8]| {
    let Some((&settings, data)) = data.split_first() else {
        return;
    };
    let step = usize::from(settings >> 2) + 1;
    let file = [&b"\xF8BWZ\x01"[..], data].concat();
    for file in [data, &file] {
        let whole = decoded(file, usize::MAX);
        assert_eq!(decoded(file, step), whole);
        if let Ok(index) = Index::read(&mut &file[..]) {
            // An index may be had of a file whose blocks are damaged, never the other way round.
            assert!(whole.is_none_or(|out| out.len() == MOST || out.len() as u64 == index.raw_length()));
        }
    }

    let options = Options {
        level: settings % 3 + 1,
        block_size: Some(1 << 10),
        threads: 1,
    };
    let packed = compress(data, options, &Monitor::silent()).expect("valid options");
    let out = decompress(&packed, LIMITS, &Monitor::silent()).expect("what was compressed");
    assert_eq!(out, data);
    let place = usize::from(settings) * 16;
    let mut index = Index::read(&mut packed.as_slice()).expect("what was compressed");
    match index.locate(place as u64, LIMITS, &mut packed.as_slice()).expect("what was compressed") {
        None => assert!(place >= data.len()),
        Some(mut point) => {
            point.decompressor.feed(&packed[point.offset as usize..]);
            let mut out = Vec::new();
            point
                .decompressor
                .read(point.skip as usize + 16, &mut out, &Monitor::silent())
                .expect("what was compressed");
            let end = data.len().min(place + 16);
            assert_eq!(out[point.skip as usize..], data[place..end]);
        }
    }
});

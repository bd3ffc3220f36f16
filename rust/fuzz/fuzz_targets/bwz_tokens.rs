//! Blocks of tokens: any bytes as the payload of one, behind a dictionary that was learned; and that dictionary, changed. An error, or just so many bytes.

#![no_main]

use bytewright::Monitor;
use bytewright::compress::{Limits, Options, compress, decompress};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const LIMITS: Limits = Limits {
    memory: 1 << 26,
    threads: 1,
};

/// The payload of a dictionary, and that of a block.
static PARTS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let text: String = (0..1500)
        .map(|n: u32| {
            format!(
                "The {} of {} and Été{} 中{};\n",
                n % 91,
                n % 17,
                n % 7,
                n * n % 23
            )
        })
        .collect();
    let options = Options {
        level: 3,
        block_size: Some(1 << 16),
        threads: 1,
    };
    let file = compress(text.as_bytes(), options, &Monitor::silent()).expect("valid options");
    let mut at = 6;
    [4, 3].map(|kind| {
        assert_eq!(file[at], kind, "a dictionary, then tokens");
        at += 1;
        let stored = number(&file, &mut at);
        number(&file, &mut at);
        at += 4;
        at += stored;
        file[at - stored..at].to_vec()
    })
});

fn number(file: &[u8], at: &mut usize) -> usize {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        value |= usize::from(file[*at] & 0x7F) << shift;
        *at += 1;
        if file[*at - 1] < 0x80 {
            break;
        }
    }
    value
}

fn put_number(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_item(kind: u8, payload: &[u8], raw: usize, out: &mut Vec<u8>) {
    out.push(kind);
    put_number(payload.len(), out);
    put_number(raw, out);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// The parts with bytes changed: each three bytes of `changes` are a place and what is added there.
fn changed(part: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut part = part.to_vec();
    for change in changes.chunks_exact(3) {
        let place = (usize::from(change[0]) << 8 | usize::from(change[1])) % part.len();
        part[place] = part[place].wrapping_add(change[2]);
    }
    part
}

fuzz_target!(|data: &[u8]| {
    let Some((&[way, scale], data)) = data.split_first_chunk() else {
        return;
    };
    let [dictionary, block] = &*PARTS;
    let (dictionary, block) = match way % 3 {
        0 => (dictionary.clone(), data.to_vec()),
        1 => (dictionary.clone(), changed(block, data)),
        _ => (changed(dictionary, data), block.clone()),
    };
    let raw = block.len() * (1 + usize::from(scale)) / 8 + block.len() + 1;
    let mut file = b"\xF8BWZ\x01\x94".to_vec();
    put_item(4, &dictionary, 0, &mut file);
    put_item(3, &block, raw, &mut file);
    if let Ok(out) = decompress(&file, LIMITS, &Monitor::silent()) {
        assert_eq!(out.len(), raw);
    }
});

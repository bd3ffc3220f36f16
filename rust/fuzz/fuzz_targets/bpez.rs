//! Any bytes as a file and, so that the fuzzer gets behind the checksum, as a buffer: refused, or what the reference makes of it. Any text: comes back.

#![no_main]

use bytewright::Monitor;
use bytewright::compress::bpez::{Compressor, Decompressor, Options};
use bytewright::reference::bpez::undo;
use libfuzzer_sys::fuzz_target;

const MEMORY: u64 = 1 << 16;

fn decode(data: &[u8], step: usize) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut decoder = Decompressor::new(MEMORY, 1);
    for part in data.chunks(step) {
        decoder.push(part, &mut text, &Monitor::silent()).ok()?;
    }
    decoder.finish().ok()?;
    Some(text)
}

/// A zlib stream that holds the content as it is.
fn stored(content: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in content {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = u16::try_from(content.len()).expect("the fuzzer's inputs are short");
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend_from_slice(&length.to_le_bytes());
    stream.extend_from_slice(&(!length).to_le_bytes());
    stream.extend_from_slice(content);
    stream.extend_from_slice(&(b << 16 | a).to_be_bytes());
    stream
}

fuzz_target!(|data: &[u8]| {
    let Some((&[cycles, settings], data)) = data.split_first_chunk() else {
        return;
    };
    let data = &data[..data.len().min(1 << 14)];
    let step = usize::from(settings) + 1;
    assert_eq!(decode(data, step), decode(data, usize::MAX));

    let text = undo(data, cycles, MEMORY as usize);
    let length = text
        .as_ref()
        .map_or(u32::from(settings), |text| text.len() as u32);
    let content = [&length.to_be_bytes(), [cycles].as_slice(), data].concat();
    let stream = stored(&content);
    let packed = [&(stream.len() as u32).to_be_bytes(), stream.as_slice()].concat();
    assert_eq!(decode(&packed, step), text);

    let options = Options {
        block_size: u32::from(settings) * 64 + 256,
        cycles,
        minimum: u32::from(settings) % 4 + 1,
    };
    let (mut packed, monitor) = (Vec::new(), Monitor::silent());
    let mut encoder = Compressor::new(options, 1).expect("within the ranges");
    for part in data.chunks(step) {
        encoder.push(part, &mut packed, &monitor).expect("not stopped");
    }
    encoder.finish(&mut packed, &monitor).expect("not stopped");
    assert_eq!(decode(&packed, step).as_deref(), Some(data));
});

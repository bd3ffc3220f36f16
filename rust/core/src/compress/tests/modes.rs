//! The modes of blocks: which one is taken, what it costs, and what damage does to it.

use super::*;

/// How many items of each kind a file has, in its first frame.
fn kinds_of(file: &[u8]) -> Vec<(&'static str, u64)> {
    let index = Index::read(&mut &file[..]).expect("an index");
    let kinds = index.frames()[0].kinds();
    kinds.into_iter().map(|(name, count, ..)| (name, count)).collect()
}

#[test]
fn text_is_written_as_tokens_of_one_dictionary() {
    let data = prose(200_000);
    for level in 1..=3 {
        let file = packed(&data, options(level, 1 << 16));
        assert_eq!(
            kinds_of(&file),
            [("tokens", 4), ("dictionary", 1)],
            "level {level}"
        );
        assert_eq!(unpacked(&file).expect("decompressed"), data);
        let bytes = packed(&data[..100], options(level, 1 << 16));
        assert_eq!(kinds_of(&bytes)[0].0, "bytes");
    }
}

#[test]
fn each_part_takes_the_mode_that_is_shortest() {
    let mut data = prose(1 << 17);
    data.extend_from_slice(&random(1 << 16));
    data.extend_from_slice(&[0; 1 << 16]);
    let file = packed(&data, options(3, 1 << 16));
    assert_eq!(
        kinds_of(&file),
        [("stored", 1), ("bytes", 1), ("tokens", 2), ("dictionary", 1)]
    );
    assert_eq!(unpacked(&file).expect("decompressed"), data);
}

#[test]
fn damaged_tokens_are_errors_or_harmless() {
    let data = prose(20_000);
    let file = packed(&data, options(1, 1 << 13));
    assert_eq!(kinds_of(&file), [("tokens", 3), ("dictionary", 1)]);
    for bit in (0..8 * file.len()).step_by(3) {
        let mut changed = file.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(is_safe(&changed, &data), "bit {bit}");
    }
    for end in (0..file.len()).step_by(7) {
        assert!(
            matches!(unpacked(&file[..end]), Err(CodecError::Truncated { .. })),
            "cut at {end}"
        );
    }
}

#[test]
fn tokens_can_be_read_from_any_place() {
    let data = prose(100_000);
    let mut file = packed(&data, options(1, 1 << 13));
    file.extend_from_slice(&packed(&data, options(3, 1 << 14)));
    let both = [data.as_slice(), &data].concat();
    let mut index = Index::read(&mut file.as_slice()).expect("an index");
    for place in (0..both.len()).step_by(7_777) {
        let located = index.locate(place as u64, Limits::default(), &mut file.as_slice());
        let mut point = located.expect("an index").expect("within");
        point.decompressor.feed(&file[point.offset as usize..]);
        let mut out = Vec::new();
        point
            .decompressor
            .read(usize::MAX, &mut out, &Monitor::silent())
            .expect("decompressed");
        point.decompressor.finish().expect("whole");
        assert_eq!(&out[point.skip as usize..], &both[place..]);
    }
}

/// Texts that make compressors slow.
fn adversarial(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let cycle = |bytes: &[u8]| bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>();
    let (mut word, mut longer) = (b"a".to_vec(), b"ab".to_vec());
    while longer.len() < length {
        let next = [longer.as_slice(), &word].concat();
        (word, longer) = (longer, next);
    }
    longer.truncate(length);
    let letters = |kinds: u8| {
        random(length)
            .iter()
            .map(|byte| b'a' + byte % kinds)
            .collect::<Vec<u8>>()
    };
    let distinct = (0..length)
        .map(|n| format!("w{n} "))
        .collect::<String>()
        .into_bytes();
    let spaced: Vec<u8> = longer
        .iter()
        .flat_map(|&byte| [byte, b' '])
        .take(length)
        .collect();
    vec![
        ("one letter", vec![b'a'; length]),
        ("zeros", vec![0; length]),
        ("spaces", vec![b' '; length]),
        ("two letters", cycle(b"ab")),
        ("Fibonacci word", longer),
        ("Fibonacci words", spaced),
        ("letter and digit", cycle(b"A1")),
        (
            "period 997",
            cycle(
                &random(997)
                    .iter()
                    .map(|byte| b'a' + byte % 26)
                    .collect::<Vec<u8>>(),
            ),
        ),
        ("letters of three kinds", letters(3)),
        ("random letters", letters(26)),
        ("random bytes", random(length)),
        ("distinct words", distinct[..length].to_vec()),
        (
            "without spaces",
            prose(2 * length)
                .into_iter()
                .filter(|&byte| byte != b' ')
                .take(length)
                .collect(),
        ),
    ]
}

#[test]
fn no_input_does_twenty_times_the_work_of_text() {
    let length = 1 << 18;
    for level in 1..=3 {
        let one_thread = Options {
            level,
            ..Options::default()
        };
        let text = steps::of(|| drop(packed(&prose(length), one_thread)));
        assert!(text > length as u64 / 4, "steps are counted: {text}");
        for (name, data) in adversarial(length) {
            let steps = steps::of(|| drop(packed(&data, one_thread)));
            assert!(
                steps <= 20 * text,
                "level {level}, {name}: {steps} steps, text {text}"
            );
        }
    }
}

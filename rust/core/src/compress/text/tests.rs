//! Round trips on awkward inputs, and decoders on damaged ones.

use proptest::prelude::*;

use super::codes::Assignment;
use super::dictionary::Content;
use super::{Dictionary, Kept, Learned, learn};
use crate::compress::deflate::Deflater;
use crate::compress::parallel::Workers;
use crate::compress::sections::Damage;
use crate::monitor::Monitor;

/// Enough for any dictionary here.
const MEMORY: usize = 1 << 26;

/// A dictionary learned from `window`.
fn learned(window: &[u8], level: u32) -> Learned {
    learned_on(window, level, 2)
}

/// The same, on so many threads.
fn learned_on(window: &[u8], level: u32, threads: usize) -> Learned {
    let monitor = Monitor::silent();
    let workers = Workers {
        threads,
        monitor: &monitor,
    };
    learn(window, level, &workers).expect("nobody interrupts")
}

/// The payload of a block; none where it would have too many tokens.
fn encoded(learned: &Learned, text: &[u8]) -> Option<Vec<u8>> {
    let mut payload = Vec::new();
    learned
        .encode_block(text, &mut Deflater::new(6), &mut payload)
        .then_some(payload)
}

/// The block of that length that a payload stands for.
fn decoded(dictionary: &Dictionary, payload: &[u8], length: usize) -> Result<Vec<u8>, Damage> {
    let mut out = vec![b'?'; length];
    dictionary
        .decode_block(payload, &mut out, &mut Kept::default())
        .map(|()| out)
}

/// Encodes `text` and holds the decoder to it; returns the payload's length, of text that may not be a block of tokens its own.
fn round_trip(learned: &Learned, dictionary: &Dictionary, text: &[u8]) -> usize {
    let Some(payload) = encoded(learned, text) else {
        return text.len();
    };
    let out = decoded(dictionary, &payload, text.len()).expect("what was encoded");
    assert!(out == text, "{} bytes differ", text.len());
    payload.len()
}

/// Learns from `window`, then encodes and decodes each of `texts`.
fn check(window: &[u8], texts: &[&[u8]]) {
    for level in 1..=3 {
        let learned = learned(window, level);
        let dictionary = Dictionary::parse(&learned.dictionary_bytes(10), MEMORY).expect("own dictionary");
        for text in texts {
            round_trip(&learned, &dictionary, text);
        }
    }
}

/// Text with everything that the lexer knows, which repeats with changes.
fn sample() -> Vec<u8> {
    let mut text = String::new();
    for round in 0..400 {
        let year = 1900 + round % 120;
        text += &format!(
            "The Quick brown fox, iPhone and XMLParser of {year}: \"don't\" (see note {round}).\n\n"
        );
        text += &format!(
            "    let value_{} = getName(0x{:X}); // ÉCOLE Ångström Ωmega ПРИВЕТ Мир 中文字 カナ 한국어\n",
            round % 7,
            round * 7919
        );
        if round % 5 == 0 {
            text += &format!(
                "Zyx{}word tail  two   spaces\t\ttabs 12345678901234567890{round}\r\n",
                (b'a' + (round % 26) as u8) as char
            );
        }
    }
    text.into_bytes()
}

/// Bytes that look random.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x1234_5678_9ABC_DEFFu64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect()
}

#[test]
fn awkward_inputs_come_back() {
    let sample = sample();
    let all: Vec<u8> = (0..=255).collect();
    let noise = noise(20_000);
    let long_word = vec![b'a'; 100_000];
    let long_accents = "é".repeat(10_001).into_bytes();
    let zeros = vec![0; 50_000];
    let digits = b"1234567890".repeat(1000);
    let spaces = b" ".repeat(1001);
    let mut fibonacci = (b"a".to_vec(), b"ab".to_vec());
    while fibonacci.1.len() < 50_000 {
        let next = [&fibonacci.1[..], &fibonacci.0].concat();
        fibonacci = (fibonacci.1, next);
    }
    let distinct: Vec<u8> = (0..20_000)
        .flat_map(|n| format!("w{}x ", (b'a' + n as u8 % 26) as char).into_bytes())
        .collect();
    let texts: [&[u8]; 22] = [
        b"",
        b"a",
        b" ",
        b"A",
        b"\xff",
        b"\0",
        b" a",
        b"a ",
        b"A1A1A1A1A1a1B2",
        b"aBcDeFGhIJKl MNoP",
        "\u{130}\u{131}ßẞſ ÿŸ ΣΑΣ ς Ǆ ǅ".as_bytes(),
        b"\xc3",
        b"\xc3\x28\xe4\xb8\xf0\x9f\x98 caf\xc3\xa9 \xed\xa0\x80",
        &all,
        &noise,
        &long_word,
        &long_accents,
        &zeros,
        &digits,
        &spaces,
        &fibonacci.1,
        &distinct,
    ];
    for window in [&b""[..], b"x", &sample, &noise, &long_word] {
        check(window, &texts);
        check(window, &[&sample]);
    }
    for text in texts {
        check(text, &[text]);
    }
}

#[test]
fn every_prefix_comes_back() {
    let sample = sample();
    let learned = learned(&sample, 3);
    let dictionary = Dictionary::parse(&learned.dictionary_bytes(10), MEMORY).expect("own dictionary");
    for length in 0..600 {
        round_trip(&learned, &dictionary, &sample[..length]);
        round_trip(&learned, &dictionary, &sample[length..length + 100]);
    }
}

#[test]
fn text_becomes_small() {
    let sample = sample();
    let learned = learned(&sample, 3);
    let dictionary = Dictionary::parse(&learned.dictionary_bytes(10), MEMORY).expect("own dictionary");
    assert!(round_trip(&learned, &dictionary, &sample) < sample.len() / 12);
}

#[test]
fn threads_do_not_change_the_dictionary() {
    let window = sample().repeat(20);
    for level in 1..=3 {
        let bytes: Vec<_> = [1, 2, 3, 7]
            .map(|threads| {
                let learned = learned_on(&window, level, threads);
                let mut out = learned.dictionary_bytes(10);
                learned.encode_block(&window[..100_000], &mut Deflater::new(6), &mut out);
                out
            })
            .into();
        assert!(bytes.iter().all(|other| *other == bytes[0]), "level {level}");
    }
}

#[test]
fn memory_is_limited() {
    let bytes = learned(&sample(), 3).dictionary_bytes(10);
    assert!(Dictionary::parse(&bytes, 1000).is_err());
    let learned = learned(b"aaaa", 3);
    let dictionary = Dictionary::parse(&learned.dictionary_bytes(10), MEMORY).expect("own dictionary");
    // A shorter length announced than there is.
    let payload = encoded(&learned, &[b'a'; 100_000]).expect("few tokens");
    assert!(decoded(&dictionary, &payload, 10).is_err());
}

/// Two rare words in one token, of the same letters in a row, parted elsewhere, are no repetition of each other.
#[test]
fn rare_words_that_are_parted_elsewhere_come_back() {
    let letters = noise(80_000);
    let mut text = Vec::new();
    for (number, word) in letters.chunks_exact(10).enumerate() {
        let word: Vec<u8> = word.iter().map(|byte| b'a' + byte % 26).collect();
        for cut in [3 + number % 3, 6, 3 + number % 3] {
            text.extend_from_slice(b"self.set_");
            text.extend_from_slice(&word[..cut]);
            text.push(b'_');
            text.extend_from_slice(&word[cut..]);
            text.extend_from_slice(b"(value);\n");
        }
    }
    for level in 1..=3 {
        let learned = learned(&text, level);
        let dictionary = Dictionary::parse(&learned.dictionary_bytes(10), MEMORY).expect("own dictionary");
        round_trip(&learned, &dictionary, &text);
    }
}

#[test]
fn text_of_too_many_tokens_is_no_block_of_them() {
    let sample = sample();
    let learned = learned(&sample, 3);
    assert!(encoded(&learned, &noise(5000)).is_none());
    assert!(
        encoded(&learned, &noise(30)).is_some(),
        "some tokens are always allowed"
    );
    assert!(encoded(&learned, &sample).is_some());
}

#[test]
fn what_a_block_leaves_behind_is_nothing_to_the_next() {
    let sample = sample();
    let learned = learned(&sample, 3);
    let dictionary = Dictionary::parse(&learned.dictionary_bytes(10), MEMORY).expect("own dictionary");
    let mut kept = Kept::default();
    for text in [&sample[..], &sample[..3000], &sample[100..100], &sample[50..9000]] {
        let payload = encoded(&learned, text).expect("few tokens");
        let mut out = vec![b'?'; text.len()];
        assert_eq!(dictionary.decode_block(&payload, &mut out, &mut kept), Ok(()));
        assert!(out == text, "{} bytes differ", text.len());
        let damaged = &payload[..payload.len() / 2];
        assert!(text.is_empty() || dictionary.decode_block(damaged, &mut out, &mut kept).is_err());
    }
}

#[test]
fn cut_data_is_refused() {
    let sample = sample();
    let learned = learned(&sample, 3);
    let bytes = learned.dictionary_bytes(10);
    let dictionary = Dictionary::parse(&bytes, MEMORY).expect("own dictionary");
    let text = &sample[..3000];
    let payload = encoded(&learned, text).expect("few tokens");
    for length in 0..payload.len() {
        assert!(
            decoded(&dictionary, &payload[..length], text.len()).is_err(),
            "{length}"
        );
    }
    for length in 0..bytes.len() {
        assert!(Dictionary::parse(&bytes[..length], MEMORY).is_err(), "{length}");
    }
}

/// Text from parts that meet all branches of the lexer, among them broken UTF-8.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let parts = prop_oneof![
        Just(b" ".to_vec()),
        Just(b"  ".to_vec()),
        Just(b"\n\t".to_vec()),
        Just(b"A".to_vec()),
        Just(b"The".to_vec()),
        Just(b"fox".to_vec()),
        Just(b"XML".to_vec()),
        Just(b"zq".to_vec()),
        Just(b".".to_vec()),
        Just(b", ".to_vec()),
        Just(b"(".to_vec()),
        Just(b"7".to_vec()),
        Just(b"1984".to_vec()),
        Just("É".as_bytes().to_vec()),
        Just("é".as_bytes().to_vec()),
        Just("中".as_bytes().to_vec()),
        Just("한".as_bytes().to_vec()),
        "[a-zA-Z]{1,60}".prop_map(String::into_bytes),
        "[0-9]{1,40}".prop_map(String::into_bytes),
        "\\PC{0,8}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(parts, 0..200).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_comes_back(window in any_text(), text in any_text(), level in 1..=3u32) {
        let learned = learned(&window.repeat(3), level);
        let dictionary = Dictionary::parse(&learned.dictionary_bytes(10), MEMORY).expect("own dictionary");
        round_trip(&learned, &dictionary, &text);
        round_trip(&learned, &dictionary, &text.repeat(3));
    }

    #[test]
    fn random_data_never_panics(data in proptest::collection::vec(any::<u8>(), 0..400), length in 0..5000usize) {
        let learned = learned(b"The quick brown fox. The quick brown fox.", 3);
        let dictionary = Dictionary::parse(&learned.dictionary_bytes(10), MEMORY).expect("own dictionary");
        let _ = decoded(&dictionary, &data, length);
        let _ = Dictionary::parse(&data, MEMORY);
    }
}

#[test]
fn mutations_never_panic() {
    let sample = sample();
    let learned = learned(&sample, 3);
    let bytes = learned.dictionary_bytes(10);
    let dictionary = Dictionary::parse(&bytes, MEMORY).expect("own dictionary");
    // Stored instead of compressed sections let mutations reach what Deflate would catch.
    let text = &sample[..4000];
    let mut payload = Vec::new();
    for stream in learned.streams(text) {
        crate::varint::write((stream.len() as u64) << 1, &mut payload);
        payload.extend_from_slice(&stream);
    }
    let mut random = noise(1 << 18).into_iter().map(usize::from);
    let mut draw = move || random.next().unwrap_or(0);
    assert!(decoded(&dictionary, &payload, text.len()).is_ok());
    for _ in 0..20_000 {
        let mut changed = payload.clone();
        for _ in 0..1 + draw() % 3 {
            let at = (draw() << 8 | draw()) % changed.len();
            changed[at] = draw() as u8;
        }
        let _ = decoded(&dictionary, &changed, text.len());
    }
    for _ in 0..500 {
        let mut changed = bytes.clone();
        let at = (draw() << 8 | draw()) % changed.len();
        changed[at] ^= 1 << (draw() % 8);
        if let Ok(dictionary) = Dictionary::parse(&changed, MEMORY) {
            let _ = decoded(&dictionary, &payload, text.len());
        }
    }
}

#[test]
fn forged_dictionaries_are_refused() {
    // 2^32 words; more tokens than there is memory for.
    let mut words = Vec::new();
    crate::varint::write(1 << 32, &mut words);
    words.extend_from_slice(&[0; 200]);
    assert_eq!(Dictionary::parse(&words, MEMORY).err(), Some(Damage::Range));
    let mut words = Vec::new();
    crate::varint::write(1 << 19, &mut words);
    words.extend_from_slice(&[0; 200]);
    assert_eq!(Dictionary::parse(&words, 1 << 20).err(), Some(Damage::Memory));

    // Phrases of phrases: 64 doublings would stand for 2^64 letters.
    let bytes = learned(&sample(), 3).dictionary_bytes(10);
    let mut content = Content::read(&bytes, 1 << 20).expect("own dictionary");
    let first = content.assignment.leads.len() as u32;
    for level in 0..64 {
        let part = if level == 0 {
            u32::from(b'a')
        } else {
            first + level - 1
        };
        content.pairs.push((part, part));
        let Assignment {
            leads,
            tiers,
            contexts,
            ..
        } = &mut content.assignment;
        for list in [leads, tiers, contexts] {
            list.push(0);
        }
    }
    assert_eq!(
        Dictionary::parse(&content.write(10), MEMORY).err(),
        Some(Damage::Range)
    );
}

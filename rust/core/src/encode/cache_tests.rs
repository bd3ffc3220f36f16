//! What caches may not change: pretokens of every length that code tells apart, tables of any size, tables that grow or are cleared on the way.
#![allow(clippy::unwrap_used)]

use super::engine::Worker;
use super::sink::Frequencies;
use super::*;
use crate::monitor::Monitor;
use crate::pretokenize::{PretokenizerSpec, Scheme};
use crate::reference::alphabet::{BYTES, CHARACTERS};
use crate::reference::encode::encode_pretoken;
use crate::source::SourceOptions;
use crate::train::{CountOptions, PretokenCounter, Ties, TrainOptions, train};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Prose in many scripts, with what breaks pretokens in unusual ways.
pub(super) const PROSE: &str = "The cat that sat on the mat didn't see the other cats; WE'LL see HTTPServers and getElementById(42) = 1234567.\r\n\
     Die Größe der Straße ließ sich nicht ändern, l'été à Besançon. Быстрая лиса прыгает через ленивую собаку. Η γρήγορη αλεπού πηδά.\n\n\
     私は昨日、東京でラーメンを食べました。今天天气很好，我们去公园散步吧。中文字符和日本語と한국어가 섞여 있다. 오늘은 날씨가 좋아서 공원에 갔습니다.\n\
     السلام عليكم ورحمة الله. สวัสดีชาวโลก ทุกคนสบายดีไหม अभी मैं हिन्दी में लिख रहा हूँ। 🦀👩‍👩‍👧‍👦🏳️‍🌈 e\u{301}e\u{301} \u{a0}\u{3000}x\n\
     \t\t    if x == y:    # --------------------------------\n        return {'key': [1, 22, 333, 4444]}  //////\n";

/// A vocabulary with the merges that `text` teaches.
pub(super) fn trained(text: &[u8], pretokenizer: PretokenizerSpec, tokens: usize) -> Definition {
    let monitor = Monitor::silent();
    let options = CountOptions {
        pretokenizer,
        normalizer: None,
        source: SourceOptions::default(),
        special_tokens: Vec::new(),
        allow_special: false,
        positions: false,
        threads: 1,
    };
    let mut counter = PretokenCounter::new(options, &monitor).unwrap();
    counter.add_documents(&[text]).unwrap();
    let options = TrainOptions {
        vocab_size: tokens,
        min_frequency: 1,
        max_token_length: None,
        special_tokens: Vec::new(),
        special_first: false,
        ties: Ties::default(),
        threads: 1,
    };
    train(&counter.finish().unwrap(), &options, None, &monitor)
        .unwrap()
        .definition
}

/// A tokenizer for every scheme, and one whose pattern no scanner knows.
pub(super) static TOKENIZERS: LazyLock<Vec<Tokenizer>> = LazyLock::new(|| {
    let own = PretokenizerSpec::regex(r"\w+|[^\w\s]+|\s+", crate::pretokenize::Dialect::Tiktoken);
    let named = Scheme::names().map(|name| PretokenizerSpec::named(name).unwrap());
    let make = |pretokenizer| Tokenizer::new(trained(PROSE.as_bytes(), pretokenizer, 700)).unwrap();
    named.chain([own]).map(make).collect()
});

fn ids_with(tokenizer: &Tokenizer, worker: &mut Worker, text: &[u8]) -> Vec<TokenId> {
    let mut ids = Vec::new();
    tokenizer.engine.encode(text, worker, &mut ids).unwrap();
    ids
}

/// Holds a worker's ids, count and frequencies to the way without caches.
fn check(tokenizer: &Tokenizer, worker: &mut Worker, text: &[u8], what: &dyn std::fmt::Display) {
    let (expected, _) = tokenizer.measure_work(text).unwrap();
    // Twice: what was missed the first time is there, or was driven out.
    for pass in ["cold", "warm"] {
        let found = ids_with(tokenizer, worker, text);
        assert!(
            found == expected,
            "{what}, {pass}: {:?}",
            String::from_utf8_lossy(&text[..text.len().min(200)])
        );
    }
    let mut count = Count::new();
    tokenizer.engine.encode(text, worker, &mut count).unwrap();
    assert_eq!(count.count, expected.len() as u64, "{what}");
    let mut frequencies = Frequencies::new(tokenizer.vocabulary_size());
    tokenizer.engine.encode(text, worker, &mut frequencies).unwrap();
    frequencies.collect(worker.caches());
    let mut counted = vec![0; tokenizer.vocabulary_size()];
    expected.iter().for_each(|&id| counted[id as usize] += 1);
    assert!(frequencies.finish() == counted, "{what}");
}

/// Workers whose tables are as small as can be, that grow soon, and that forget soon.
fn workers() -> Vec<(&'static str, Worker)> {
    vec![
        ("usual", Worker::new()),
        ("one pair of buckets", Worker::with_sizes((1, 1), (1, 1))),
        ("grows", Worker::with_sizes((1, 19), (1, 17))),
        ("grows a little", Worker::with_sizes((1, 4), (1, 3))),
        ("forgets", Worker::with_sizes((9, 19), (6, 17)).with_more(64)),
        (
            "no room for long ones",
            Worker::with_sizes((3, 19), (3, 17)).with_more(0),
        ),
    ]
}

/// Letters without end, the same each time.
fn letters(mut seed: u32) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Those that are frequent in the text come often, so that there are merges.
        Some(b"etaoinshrdluthecatzq"[(seed >> 24) as usize % 20])
    })
}

/// Characters of some bytes each, filled up with those of one byte: `length` bytes that are one pretoken.
fn pretoken(kind: &str, length: usize) -> Vec<u8> {
    let filled = |characters: &str, filler: &str| {
        let mut bytes = Vec::new();
        for character in characters.chars().cycle() {
            if bytes.len() + character.len_utf8() > length {
                break;
            }
            bytes.extend_from_slice(character.to_string().as_bytes());
        }
        bytes.extend(filler.bytes().cycle().take(length - bytes.len()));
        bytes
    };
    match kind {
        "letters" => letters(length as u32).take(length).collect(),
        "one letter" => vec![b'a'; length],
        "two bytes" => filled("ärößéñдж", "e"),
        "three bytes" => filled("中文字符日本語天气", "a"),
        "hangul" => filled("한국어가오늘은날씨", "a"),
        "four bytes" => filled("🦀👩🏳😀", "!"),
        "dashes" => filled("-", "-"),
        _ => vec![b' '; length],
    }
}

const LENGTHS: [usize; 22] = [
    1, 2, 14, 15, 16, 17, 30, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 65_534, 65_535, 65_536,
];

#[test]
fn pretokens_of_every_length() {
    for tokenizer in &*TOKENIZERS {
        let mut workers = workers();
        let scanned = tokenizer.engine.pretokenizer.scanner().is_some();
        for kind in [
            "letters",
            "one letter",
            "two bytes",
            "three bytes",
            "hangul",
            "four bytes",
            "dashes",
            "spaces",
        ] {
            for length in LENGTHS {
                let pretoken = pretoken(kind, length);
                assert_eq!(pretoken.len(), length);
                let around: [(&[u8], &[u8]); 4] = [
                    (b"", b""),
                    (b"", b"\nthe cat"),
                    (b"cats\n", b"\nthe"),
                    (b"the cats\n1\n", b""),
                ];
                for (before, after) in around {
                    let text = [before, &pretoken, after].concat();
                    // The schemes join spaces to what is around them, SuperBPE joins words, and DeepSeek leaves short runs.
                    if kind != "spaces"
                        && scanned
                        && before.is_empty()
                        && tokenizer.definition.pretokenizer == PretokenizerSpec::named("o200k").unwrap()
                    {
                        let mut first = 0;
                        tokenizer
                            .engine
                            .pretokenizer
                            .for_each(&text, |found| {
                                first = found.range.end;
                                ControlFlow::Break(())
                            })
                            .unwrap();
                        // o200k takes the newline with symbols.
                        assert!(
                            first == length || first == length + 1 && !pretoken[0].is_ascii_alphabetic(),
                            "{kind}, {length}: {first}"
                        );
                    }
                    let most = if length > 1_000 { 2 } else { usize::MAX };
                    for (name, worker) in workers.iter_mut().take(most) {
                        check(
                            tokenizer,
                            worker,
                            &text,
                            &format_args!("{kind}, {length} bytes, {name}"),
                        );
                    }
                    if length > 1_000 {
                        let batch = tokenizer
                            .encode_batch(
                                &[&text, &text],
                                SpecialTokens::Ordinary,
                                false,
                                2,
                                &Monitor::silent(),
                            )
                            .unwrap();
                        let (expected, _) = tokenizer.measure_work(&text).unwrap();
                        assert!(
                            batch.document(0) == expected && batch.document(1) == expected,
                            "{kind}, {length} bytes"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn short_pretokens_by_the_definition() {
    let tokenizer = &TOKENIZERS[0];
    let mut worker = Worker::with_sizes((1, 1), (1, 1));
    let mut ids = Vec::new();
    for kind in ["letters", "two bytes", "three bytes", "hangul", "four bytes"] {
        for length in LENGTHS.into_iter().filter(|&length| length <= 65) {
            let pretoken = pretoken(kind, length);
            let expected = encode_pretoken(&tokenizer.definition.vocabulary, &pretoken).unwrap();
            for _ in 0..2 {
                tokenizer
                    .engine
                    .encode_pretoken(&pretoken, &mut worker, &mut ids)
                    .unwrap();
                assert_eq!(ids, expected, "{kind}, {length} bytes");
            }
        }
    }
}

/// Words of 1 to 40 bytes, most of which come once, between prose.
fn novel(words: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let mut source = letters(7);
    for number in 0..words {
        let length = 1 + number * 7 % 40;
        text.extend(source.by_ref().take(length));
        text.push(b' ');
        if number % 97 == 0 {
            text.extend_from_slice(PROSE.as_bytes());
        }
    }
    text
}

#[test]
fn tables_that_grow_and_that_forget() {
    let text = novel(12_000);
    let mut grown = (0, 0);
    for tokenizer in &*TOKENIZERS {
        for (name, mut worker) in workers() {
            check(tokenizer, &mut worker, &text, &name);
            let (short, long) = worker.buckets();
            match name {
                "grows" => grown = (grown.0.max(short), grown.1.max(long)),
                "one pair of buckets" => assert_eq!((short, long), (2, 2)),
                "grows a little" => assert!(short <= 16 && long <= 8, "{short}, {long}"),
                _ => {}
            }
        }
    }
    // SuperBPE's pretokens are whole phrases, the others' are words.
    assert!(grown.0 > 512 && grown.1 > 128, "{grown:?}");
}

#[test]
fn more_long_pretokens_than_are_kept() {
    let tokenizer = &TOKENIZERS[0];
    let mut text = Vec::new();
    let mut source = letters(3);
    for _ in 0..9_000 {
        text.push(b' ');
        text.extend(source.by_ref().take(40));
    }
    check(tokenizer, &mut Worker::new(), &text, &"long pretokens");
}

#[test]
fn every_call_with_the_smallest_caches() {
    let text = novel(3_000);
    let texts: Vec<&[u8]> = text.chunks(10_007).chain([&text[..]]).collect();
    for tokenizer in &*TOKENIZERS {
        let ids = |text| tokenizer.measure_work(text).unwrap().0;
        let expected: Vec<Vec<TokenId>> = texts.iter().map(|text| ids(text)).collect();
        for (first, most, more) in [(1, 1, 0), (1, 3, 64), (1, 19, 1 << 22)] {
            tokenizer
                .pool
                .fill(|| Worker::with_sizes((first, most), (first, most)).with_more(more));
            for threads in [1, 3] {
                let monitor = Monitor::silent();
                let found = tokenizer
                    .encode_batch(&texts, SpecialTokens::Ordinary, false, threads, &monitor)
                    .unwrap();
                assert!((0..texts.len()).all(|index| found.document(index) == expected[index]));
                let counts = tokenizer
                    .count_batch(&texts, SpecialTokens::Ordinary, false, threads, &monitor)
                    .unwrap();
                assert!(
                    counts
                        .iter()
                        .zip(&expected)
                        .all(|(count, ids)| *count == ids.len() as u64)
                );
            }
            let total = expected[texts.len() - 1].len() as u64;
            let fits = |limit| {
                tokenizer
                    .count_up_to(&text, SpecialTokens::Ordinary, limit)
                    .unwrap()
            };
            assert_eq!((fits(total), fits(total - 1)), (Some(total), None));
            let (with_offsets, _) = tokenizer
                .encode_with_offsets(&text, SpecialTokens::Ordinary, false)
                .unwrap();
            assert!(with_offsets == expected[texts.len() - 1]);
        }
        tokenizer.pool.fill(Worker::new);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_with_any_caches(
        choices in prop::collection::vec((any::<prop::sample::Index>(), 1..5usize), 0..1_500),
        sizes in (1..6u32, 0..6u32, 1..6u32, 0..6u32),
        more in 0..200usize,
    ) {
        let mut text = Vec::new();
        for (choice, times) in choices {
            let index = choice.index(CHARACTERS.len() + BYTES.len());
            let part = CHARACTERS.get(index).map_or_else(|| BYTES[index - CHARACTERS.len()], |part| part.as_bytes());
            text.extend_from_slice(&part.repeat(times));
        }
        let (short, shorts, long, longs) = sizes;
        for tokenizer in &*TOKENIZERS {
            let mut worker = Worker::with_sizes((short, short + shorts), (long, long + longs)).with_more(more);
            check(tokenizer, &mut worker, &text, &format_args!("{sizes:?}, {more}"));
        }
    }
}

/// Entries count their hits in two bytes.
#[test]
fn frequencies_beyond_what_an_entry_counts() {
    let text = "the cat sat; ".repeat(140_000);
    let tokenizer = &TOKENIZERS[0];
    let (expected, _) = tokenizer.measure_work(text.as_bytes()).unwrap();
    for (what, mut worker) in workers() {
        let mut frequencies = Frequencies::new(tokenizer.vocabulary_size());
        for _ in 0..2 {
            tokenizer
                .engine
                .encode(text.as_bytes(), &mut worker, &mut frequencies)
                .unwrap();
            frequencies.collect(worker.caches());
        }
        let mut counted = vec![0; tokenizer.vocabulary_size()];
        expected.iter().for_each(|&id| counted[id as usize] += 2);
        assert!(frequencies.finish() == counted, "{what}");
    }
}

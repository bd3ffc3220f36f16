//! Encoding and decoding with a vocabulary made on the spot, so that it runs without data: `cargo bench --bench encode`.

use bytewright::encode::{SpecialTokens, Tokenizer};
use bytewright::pretokenize::PretokenizerSpec;
use bytewright::vocabulary::{Definition, Vocabulary};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const SYLLABLES: [&str; 16] = [
    "the", "an", "to", "re", "con", "in", "ment", "al", "er", "st", "ing", "wo", "ly", "qu", "sh", "ea",
];

/// Numbers that look random and are the same each time.
fn numbers() -> impl FnMut() -> usize {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize
    }
}

/// All bytes, the syllables with their beginnings, and words of two of them: 5,000 tokens or so, each reached.
fn vocabulary() -> Vocabulary {
    let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    let mut seen: std::collections::HashSet<Vec<u8>> = tokens.iter().cloned().collect();
    let mut add = |token: &[u8]| {
        if seen.insert(token.to_vec()) {
            tokens.push(token.to_vec());
        }
    };
    for space in ["", " "] {
        for first in SYLLABLES {
            for second in [""].into_iter().chain(SYLLABLES) {
                let word = format!("{space}{first}{second}");
                (2..=word.len()).for_each(|end| add(&word.as_bytes()[..end]));
            }
        }
    }
    Vocabulary::from_ranks(tokens.into_iter().zip(0..).collect()).expect("no token twice")
}

fn prose(bytes: usize) -> Vec<u8> {
    let mut number = numbers();
    let mut text = String::new();
    while text.len() < bytes {
        // Few words are frequent, most are rare.
        let rare = number().is_multiple_of(10);
        for _ in 0..1 + number() % 3 {
            text.push_str(SYLLABLES[number() % if rare { 16 } else { 3 }]);
        }
        text.push_str(if number().is_multiple_of(9) { ", " } else { " " });
    }
    text.into_bytes()
}

fn encode(criterion: &mut Criterion) {
    let spec = PretokenizerSpec::named("o200k").expect("known");
    let definition = Definition::new(vocabulary(), spec);
    let tokenizer = Tokenizer::new(definition.clone()).expect("consistent");
    let whole = Tokenizer::new(Definition::new(vocabulary(), PretokenizerSpec::none())).expect("consistent");
    let mut number = numbers();
    let size = 1_000_000;
    let texts = [
        ("prose", &tokenizer, prose(size)),
        ("prose, one pretoken", &whole, prose(size)),
        ("one letter", &whole, vec![b'a'; size]),
        (
            "random letters",
            &whole,
            (0..size).map(|_| b'a' + (number() % 26) as u8).collect(),
        ),
        (
            "random bytes",
            &whole,
            (0..size).map(|_| number() as u8).collect(),
        ),
    ];
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Bytes(size as u64));
    group.sample_size(20);
    for (name, tokenizer, text) in &texts {
        let mut ids = Vec::new();
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                ids.clear();
                tokenizer
                    .encode(black_box(text), SpecialTokens::Ordinary, false, &mut ids)
                    .expect("all bytes have tokens");
            });
        });
    }
    let text = &texts[0].2;
    group.bench_function("prose, first pass", |bencher| {
        let fresh = || Tokenizer::new(definition.clone()).expect("consistent");
        let run = |tokenizer: Tokenizer| tokenizer.count(black_box(text), SpecialTokens::Ordinary, false);
        bencher.iter_batched(fresh, run, BatchSize::LargeInput);
    });
    group.finish();

    let mut ids = Vec::new();
    tokenizer
        .encode(text, SpecialTokens::Ordinary, false, &mut ids)
        .expect("all bytes have tokens");
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Bytes(text.len() as u64));
    let mut bytes = Vec::new();
    group.bench_function("prose", |bencher| {
        bencher.iter(|| {
            bytes.clear();
            tokenizer
                .decode(black_box(&ids), false, &mut bytes)
                .expect("known ids");
        });
    });
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);

//! Training and its stages, on text made here: `cargo bench --bench train`; the comparison with others is `bytewright bench train`.

use bytewright::Monitor;
use bytewright::pretokenize::PretokenizerSpec;
use bytewright::source::SourceOptions;
use bytewright::train::{CountOptions, PretokenCounter, PretokenCounts, Ties, TrainOptions, train};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// Words with the frequencies of a language: the n-th comes about once in n.
fn text(size: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(size + 32);
    let mut seed = 1_u64;
    let mut random = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    while text.len() < size {
        // A power of a uniform number has the tail of a language's frequencies.
        let uniform = random() as f64 / (1_u64 << 31) as f64;
        let mut word = (200_000_f64.powf(uniform)) as u64;
        text.push(b' ');
        while word > 0 {
            let syllables = [
                b"ta", b"ri", b"no", b"ke", b"lu", b"es", b"an", b"or", b"th", b"is",
            ];
            text.extend_from_slice(syllables[(word % 10) as usize]);
            word /= 10;
        }
        if random() % 12 == 0 {
            text.extend_from_slice(b".\n");
        }
    }
    text
}

fn count(text: &[u8], threads: usize) -> PretokenCounts {
    let options = CountOptions {
        pretokenizer: PretokenizerSpec::named("gpt2").expect("a known pattern"),
        normalizer: None,
        source: SourceOptions::default(),
        special_tokens: Vec::new(),
        allow_special: false,
        positions: false,
        threads,
    };
    let monitor = Monitor::silent();
    let mut counter = PretokenCounter::new(options, &monitor).expect("a counter");
    counter.add_documents(&[text]).expect("counted");
    counter.finish().expect("counts")
}

fn bench(criterion: &mut Criterion) {
    let text = text(16 << 20);
    let mut group = criterion.benchmark_group("train");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(text.len() as u64));
    for threads in [1, 2] {
        group.bench_function(format!("count, {threads} threads"), |bencher| {
            bencher.iter(|| count(black_box(&text), threads));
        });
    }
    let counts = count(&text, 1);
    for vocab_size in [8_000, 32_000] {
        let options = TrainOptions {
            vocab_size,
            min_frequency: 0,
            max_token_length: None,
            special_tokens: Vec::new(),
            special_first: false,
            ties: Ties::SmallestIds,
            threads: 1,
        };
        group.bench_function(format!("merge, {vocab_size} tokens"), |bencher| {
            bencher.iter(|| train(black_box(&counts), &options, None, &Monitor::silent()).expect("trained"));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);

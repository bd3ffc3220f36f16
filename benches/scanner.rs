//! Pretokenizing: bytes a second, for each scheme, for other patterns and for each kind of text.
//!
//! Takes the first megabytes of the corpora under `$BYTEWRIGHT_DATA`; without it, text made up here.

use bytewright::pretokenize::{Dialect, Pretokenizer, PretokenizerSpec, Scheme};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::io::Read;
use std::ops::ControlFlow;
use std::time::Duration;

const BYTES: usize = 8_000_000;
const CORPORA: [&str; 4] = ["wiki-en", "multilingual", "code", "logs-json"];

fn texts() -> Vec<(String, Vec<u8>)> {
    let Some(data) = std::env::var_os("BYTEWRIGHT_DATA") else {
        return made_up();
    };
    let read = |name: &str| {
        let path = std::path::Path::new(&data)
            .join("corpora")
            .join(format!("{name}.txt"));
        let mut text = Vec::new();
        let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        file.take(BYTES as u64)
            .read_to_end(&mut text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text
    };
    CORPORA
        .iter()
        .map(|name| ((*name).to_owned(), read(name)))
        .collect()
}

/// Sentences drawn from a few words, the same in each run.
fn made_up() -> Vec<(String, Vec<u8>)> {
    let kinds = [
        (
            "english",
            "the of and in was first city Born 1984, who's not with. \n\nHistory",
        ),
        (
            "scripts",
            "город и в 日本語の文章 中文字符，这是 한국어 문장 हिन्दी भाषा. العربية و \n ประเทศไทย",
        ),
    ];
    kinds
        .iter()
        .map(|(name, words)| {
            let words: Vec<&str> = words.split(' ').collect();
            let mut text = String::new();
            let mut state = 1u64;
            while text.len() < BYTES {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text.push_str(words[(state >> 33) as usize % words.len()]);
                text.push(' ');
            }
            ((*name).to_owned(), text.into_bytes())
        })
        .collect()
}

/// Patterns without a scanner of their own; an automaton runs them. A group around a scheme's pattern hides it.
fn patterns() -> Vec<(String, PretokenizerSpec)> {
    let hidden = |name: &str| {
        let scheme = Scheme::named(name).expect("a known name");
        let pattern = scheme.pattern(Dialect::Tiktoken);
        (format!("{name} as any pattern"), format!("(?:{})", pattern.regex))
    };
    let others = [
        ("words", r"\w+|\s+|[^\w\s]+"),
        ("words with a space", r" ?\w+|[^\w\s]+|\s+(?!\S)|\s+"),
        ("not white space", r"\s*\S+|\s+$"),
    ];
    let others = others.map(|(name, regex)| (name.to_owned(), regex.to_owned()));
    [hidden("gpt2"), hidden("cl100k"), hidden("o200k")]
        .into_iter()
        .chain(others)
        .map(|(name, regex)| (name, PretokenizerSpec::regex(regex, Dialect::Tiktoken)))
        .collect()
}

fn scanners(criterion: &mut Criterion) {
    let schemes = Scheme::names().map(|name| {
        let spec = PretokenizerSpec::named(name).expect("a known name");
        (name.to_owned(), spec)
    });
    let specs: Vec<_> = schemes.chain(patterns()).collect();
    for (corpus, text) in texts() {
        let mut group = criterion.benchmark_group(&corpus);
        group.throughput(Throughput::Bytes(text.len() as u64));
        for (name, spec) in &specs {
            let pretokenizer = Pretokenizer::new(spec).expect("a pattern that compiles");
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let mut mixed = 0usize;
                    let walked = pretokenizer.for_each(black_box(&text), |pretoken| {
                        mixed = mixed.wrapping_mul(31).wrapping_add(pretoken.bytes.len());
                        ControlFlow::Continue(())
                    });
                    walked.expect("a scanner does not give up");
                    mixed
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = scanners
}
criterion_main!(benches);

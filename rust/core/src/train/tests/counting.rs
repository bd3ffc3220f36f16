//! The counter against a plain loop.

use super::counting;
use crate::error::TrainError;
use crate::monitor::Progress;
use crate::pretokenize::Pretokenizer;
use crate::source::SourceOptions;
use crate::train::{CountOptions, PretokenCounter, PretokenCounts};
use crate::vocabulary::Normalizer;
use crate::{Monitor, train};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

type Counts = BTreeMap<Vec<u8>, u64>;

fn plain(options: &CountOptions, documents: &[&[u8]]) -> Counts {
    let pretokenizer = Pretokenizer::new(&options.pretokenizer).unwrap();
    let mut counts = Counts::new();
    for document in documents {
        pretokenizer
            .for_each(document, |pretoken| {
                *counts.entry(pretoken.bytes.to_vec()).or_insert(0) += 1;
                ControlFlow::Continue(())
            })
            .unwrap();
    }
    counts
}

fn collect(counts: &PretokenCounts) -> Counts {
    let collected: Counts = counts
        .iter()
        .map(|(pretoken, count)| (pretoken.to_vec(), count))
        .collect();
    assert_eq!(collected.len(), counts.len());
    assert!(counts.iter().map(|(pretoken, _)| pretoken).is_sorted());
    collected
}

fn count(options: &CountOptions, documents: &[&[u8]]) -> PretokenCounts {
    let monitor = Monitor::silent();
    let mut counter = PretokenCounter::new(options.clone(), &monitor).unwrap();
    counter.add_documents(documents).unwrap();
    counter.finish().unwrap()
}

/// Text of words of all lengths, some in scripts without spaces, numbers, runs, and bytes that are not UTF-8.
fn text(size: usize, mut seed: u64) -> Vec<u8> {
    let mut text = Vec::with_capacity(size + 200);
    while text.len() < size {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = (seed >> 33) as usize;
        let unit: &[u8] = match random % 11 {
            0 => b"\n",
            1 => "数据".as_bytes(),
            2 => b"'ll",
            3 => b"\xFF",
            4 => b"  ",
            5 => "é".as_bytes(),
            6 => b"12",
            7 => b"?!",
            _ => &b" the quick brown fox jumps over"[..1 + random / 11 % 30],
        };
        for _ in 0..1 + random / 400 % 17 {
            text.extend_from_slice(unit);
        }
    }
    text
}

#[test]
fn threads_and_batches_change_nothing() {
    let texts: Vec<Vec<u8>> = [5_000_000, 3, 0, 400_000, 2_000_000, 10]
        .into_iter()
        .zip(1..)
        .map(|(size, seed)| text(size, seed))
        .collect();
    let documents: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    for pattern in ["gpt2", "o200k"] {
        let options = counting(pattern);
        let expected = plain(&options, &documents);
        for threads in [1, 2, 5] {
            let options = CountOptions {
                threads,
                ..options.clone()
            };
            let counts = count(&options, &documents);
            assert_eq!(collect(&counts), expected, "{pattern}, {threads} threads");
            assert_eq!(counts.documents(), 6);
            assert_eq!(counts.bytes(), texts.iter().map(Vec::len).sum::<usize>() as u64);
            let monitor = Monitor::silent();
            let mut counter = PretokenCounter::new(options, &monitor).unwrap();
            for document in &documents {
                counter.add_documents(&[document]).unwrap();
            }
            assert_eq!(collect(&counter.finish().unwrap()), expected);
        }
    }
}

#[test]
fn files_are_counted_like_their_documents() {
    let folder = tempfile::tempdir().unwrap();
    let whole = text(3_000_000, 7);
    let path = folder.path().join("text");
    std::fs::write(&path, &whole).unwrap();
    for separator in [None, Some(b"\n".to_vec())] {
        let documents: Vec<&[u8]> = match &separator {
            None => vec![&whole],
            Some(_) => whole.split_inclusive(|&byte| byte == b'\n').collect(),
        };
        let options = CountOptions {
            source: SourceOptions {
                separator,
                field: None,
            },
            threads: 2,
            ..counting("cl100k")
        };
        let monitor = Monitor::silent();
        let mut counter = PretokenCounter::new(options.clone(), &monitor).unwrap();
        counter.add_files(&[path.clone(), path.clone()]).unwrap();
        let counts = counter.finish().unwrap();
        let mut expected = plain(&options, &documents);
        expected.values_mut().for_each(|count| *count *= 2);
        assert_eq!(collect(&counts), expected);
        assert_eq!(counts.documents(), 2 * documents.len() as u64);
        assert_eq!(counts.bytes(), 2 * whole.len() as u64);
    }
    let missing = PretokenCounter::new(counting("gpt2"), &Monitor::silent())
        .unwrap()
        .add_files(&[folder.path().join("missing")]);
    assert!(matches!(missing, Err(TrainError::Source(_))));
}

#[test]
fn special_tokens_are_counted_or_cut_out() {
    // At every offset around the cuts between threads.
    let mut whole = text(1_000_000, 3);
    for at in (0..whole.len() - 20).step_by(9_973) {
        whole.splice(at..at + 8, b"<|end|> ".iter().copied());
    }
    let special_tokens = vec!["<|end|>".to_owned(), "aa".to_owned()];
    let pieces = whole.windows(7).filter(|window| window == b"<|end|>").count() as u64;
    let mut counted = Vec::new();
    for threads in [1, 3] {
        for allow_special in [false, true] {
            let options = CountOptions {
                special_tokens: special_tokens.clone(),
                allow_special,
                threads,
                ..counting("gpt2")
            };
            let counts = count(&options, &[&whole]);
            assert_eq!(counts.special_seen(), pieces);
            counted.push(collect(&counts));
        }
    }
    let options = counting("gpt2");
    assert_eq!(counted[0], plain(&options, &[&whole]));
    assert_eq!(counted[0], counted[2]);
    let parts: Vec<&[u8]> = {
        let ends: Vec<usize> = memchr::memmem::find_iter(&whole, b"<|end|>").collect();
        let begins = std::iter::once(0).chain(ends.iter().map(|end| end + 7));
        begins
            .zip(ends.iter().copied().chain([whole.len()]))
            .map(|(begin, end)| &whole[begin..end])
            .collect()
    };
    assert_eq!(counted[1], plain(&options, &parts));
    assert_eq!(counted[1], counted[3]);
}

#[test]
fn no_cut_goes_through_a_special_token() {
    // Every place where the scanner may cut lies inside of the token.
    let token = "x x x x ";
    let whole = token.repeat(300_000);
    for threads in [1, 2] {
        let options = CountOptions {
            special_tokens: vec![token.to_owned()],
            allow_special: true,
            threads,
            ..counting("gpt2")
        };
        let counts = count(&options, &[whole.as_bytes()]);
        assert_eq!((counts.special_seen(), counts.len()), (300_000, 0));
    }
}

#[test]
fn text_is_normalised_first() {
    let whole = "cafe\u{301} au lait, ".repeat(100_000);
    for threads in [1, 2] {
        let options = CountOptions {
            normalizer: Some(Normalizer::Nfc),
            threads,
            ..counting("gpt2")
        };
        let counts = count(&options, &[whole.as_bytes()]);
        let composed = whole.replace("e\u{301}", "é");
        assert_eq!(collect(&counts), plain(&options, &[composed.as_bytes()]));
        assert_eq!(counts.bytes(), whole.len() as u64);
    }
}

#[test]
fn counts_have_64_bits_and_never_wrap() {
    let monitor = Monitor::silent();
    let long = [b'x'; 100];
    for pretoken in [b"a".as_slice(), b"sixteen bytes ...", &long[..40], &long] {
        for positions in [false, true] {
            let options = CountOptions {
                positions,
                threads: 2,
                ..counting("gpt2")
            };
            let mut counter = PretokenCounter::new(options, &monitor).unwrap();
            let mut add = |count| counter.add_pretoken(pretoken, count);
            for count in [
                u64::from(u32::MAX),
                1,
                u64::from(u32::MAX) + 5,
                3,
                0,
                u64::MAX - (1 << 34),
            ] {
                add(count).unwrap();
            }
            let sum = 2 * u64::from(u32::MAX) + 9 + (u64::MAX - (1 << 34));
            let rest = u64::MAX - sum;
            add(rest).unwrap();
            let counts = counter.finish().unwrap();
            assert_eq!(collect(&counts), Counts::from([(pretoken.to_vec(), u64::MAX)]));
            let mut counter = PretokenCounter::new(counting("gpt2"), &monitor).unwrap();
            counter.add_pretoken(pretoken, u64::MAX).unwrap();
            counter.add_pretoken(pretoken, 1).unwrap();
            assert!(matches!(counter.finish(), Err(TrainError::Setting(_))));
        }
    }
}

#[test]
fn positions_follow_the_sources() {
    let options = CountOptions {
        positions: true,
        ..counting("gpt2")
    };
    let counts = count(&options, &[b"b a", b"", b"c b a b"]);
    let mut firsts: Vec<(u64, &[u8])> = (0..counts.len())
        .map(|index| (counts.firsts()[index], counts.get(index).0))
        .collect();
    firsts.sort_unstable();
    assert_eq!(firsts, [(0, b"b".as_slice()), (1, b" a"), (3, b"c"), (4, b" b")]);
}

#[test]
fn an_interruption_stops_counting_and_merging() {
    let whole = text(8_000_000, 5);
    for threads in [1, 2] {
        let reports = AtomicUsize::new(0);
        let stop = |_: Progress| reports.fetch_add(1, Ordering::Relaxed) < 3;
        let monitor = Monitor::new(&stop);
        let options = CountOptions {
            threads,
            ..counting("gpt2")
        };
        let mut counter = PretokenCounter::new(options.clone(), &monitor).unwrap();
        assert!(matches!(
            counter.add_documents(&[&whole]),
            Err(TrainError::Interrupted(_))
        ));
        assert_eq!(reports.load(Ordering::Relaxed), 4);

        let counts = count(&options, &[&whole]);
        let options = train::TrainOptions {
            vocab_size: 5000,
            min_frequency: 0,
            max_token_length: None,
            special_tokens: Vec::new(),
            special_first: false,
            ties: train::Ties::SmallestIds,
            threads,
        };
        let stop = |_: Progress| false;
        let stopped = train::train(&counts, &options, None, &Monitor::new(&stop));
        assert!(matches!(stopped, Err(TrainError::Interrupted(_))));
    }
}

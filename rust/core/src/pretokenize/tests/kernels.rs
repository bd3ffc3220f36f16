//! Every kernel that this processor has, held to the scanners' `next`.

use super::super::blocks::Level;
use super::super::classes::Classes;
use super::corpora::corpora;
use super::*;
use crate::reference::scanners::{ScannerCheck, ends_alone, ends_filled};

fn compare(text: &[u8], what: &str) {
    for scheme in Scheme::all() {
        let scanner = scheme.scanner();
        let expected = ends_alone(&scanner, text);
        for level in Level::available() {
            let found = ends_filled(&scanner, level, text);
            if found != expected {
                let differs = found
                    .iter()
                    .zip(&expected)
                    .position(|(left, right)| left != right)
                    .unwrap_or(0);
                let from = expected[differs.saturating_sub(3)] as usize;
                let to = (expected[differs] as usize + 80).min(text.len());
                panic!(
                    "{what}: {} at {level:?}: {:?} in place of {:?} in {:?}",
                    scheme.name(),
                    &found[differs.saturating_sub(3)..(differs + 3).min(found.len())],
                    &expected[differs.saturating_sub(3)..(differs + 3).min(expected.len())],
                    String::from_utf8_lossy(&text[from..to]),
                );
            }
        }
    }
}

/// What the fuzz targets go by.
static CHECKS: LazyLock<Vec<ScannerCheck>> = LazyLock::new(|| Scheme::all().map(ScannerCheck::new).collect());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn scanners_agree_with_themselves(text in adversarial()) {
        for check in &*CHECKS {
            check.check(&text);
        }
    }

    /// Long enough for several blocks, whose edges then fall anywhere.
    #[test]
    fn kernels_find_what_next_finds(parts in proptest::collection::vec(adversarial(), 0..40)) {
        compare(&parts.concat(), "adversarial");
    }

    /// Runs of one kind, longer than a block: a kernel goes on in the midst of a pretoken.
    #[test]
    fn kernels_find_the_ends_of_long_pretokens(
        runs in proptest::collection::vec((proptest::sample::select(&KINDS[..]), 1usize..100), 1..12)
    ) {
        let text: String = runs.iter().map(|(kind, times)| kind.repeat(*times)).collect();
        compare(text.as_bytes(), "runs");
    }

    /// The same of letters and marks, which words of o200k do not take for alike.
    #[test]
    fn kernels_find_the_ends_of_long_words(
        runs in proptest::collection::vec((proptest::sample::select(&WORDS[..]), 1usize..60), 1..12),
        end in proptest::sample::select(&KINDS[..]),
    ) {
        let text: String = runs.iter().map(|(kind, times)| kind.repeat(*times)).collect();
        compare(format!("{text}{end}{text}").as_bytes(), "words");
    }
}

/// What words are made of.
const WORDS: [&str; 12] = [
    "a", "A", "é", "É", "ʰ", "中", "한", "न", "\u{94d}", "'s", "中B", "𠀀",
];

/// Characters that the schemes tell apart, one of a kind: by class, by length, and those that rules name.
const KINDS: [&str; 41] = [
    " ",
    "\t",
    "\u{a0}",
    "\u{3000}",
    "\n",
    "\r",
    "a",
    "s",
    "l",
    "A",
    "S",
    "é",
    "É",
    "ʰ",
    "中",
    "한",
    "の",
    "न",
    "\u{94d}",
    "\u{301}",
    "1",
    "٣",
    "一",
    "²",
    "'",
    "/",
    ".",
    "—",
    "😀",
    "\u{17f}",
    "ǅ",
    "𐐀",
    "\u{10ffff}",
    // Of Han, but no letters: a number, a symbol, a mark.
    "〇",
    "⺀",
    "\u{16ff0}",
    // What DeepSeek tells apart: symbols and what is unassigned among Kana, the end of its ideographs, controls.
    "・",
    "\u{3097}",
    "龦",
    "\u{1}",
    "\u{7f}",
];

#[test]
fn every_pair_of_kinds_at_every_place_of_a_block() {
    let fillers = [" ", "a", "x ", "中", "."];
    for filler in fillers {
        for place in 0..=70 {
            let head = filler.repeat(place);
            let mut text = Vec::new();
            for left in KINDS {
                for right in KINDS {
                    for tail in ["b", " b", "\n", ""] {
                        text.clear();
                        text.extend_from_slice(head.as_bytes());
                        for part in [left, right, tail, &filler.repeat(70)] {
                            text.extend_from_slice(part.as_bytes());
                        }
                        compare_two(&text);
                    }
                }
            }
        }
    }
}

/// What is left behind whole blocks is found with spaces behind it.
#[test]
fn every_pair_of_kinds_at_the_end() {
    let mut text = Vec::new();
    for filler in [" ", "a", "x "] {
        for place in (0..=8).chain(54..=68) {
            let head = filler.repeat(place);
            for left in KINDS {
                for right in KINDS {
                    for tail in ["", " ", "\n", "\n ", "'", "\u{e4}"] {
                        text.clear();
                        for part in [&head, left, right, tail] {
                            text.extend_from_slice(part.as_bytes());
                        }
                        compare_two(&text);
                        // A character that is cut off.
                        text.pop();
                        compare_two(&text);
                    }
                }
            }
        }
    }
}

/// [`compare`] for the schemes that stand for all rules.
fn compare_two(text: &[u8]) {
    for name in ["gpt2", "cl100k", "o200k", "kimi-k2", "deepseek", "superbpe-200k"] {
        let scanner = Scheme::named(name).expect("known").scanner();
        let expected = ends_alone(&scanner, text);
        for level in Level::available().filter(|&level| level != Level::Portable) {
            assert_eq!(
                ends_filled(&scanner, level, text),
                expected,
                "{name} at {level:?}: {:?}",
                String::from_utf8_lossy(text)
            );
        }
    }
}

/// Every code point: what is before it and behind it tells its class.
#[test]
fn every_code_point() {
    for between in ["a", " ", "\n", "1", "'", ".a", " .", "é."] {
        let mut text = String::new();
        for character in '\0'..=char::MAX {
            text.push(character);
            text.push_str(between);
        }
        compare(text.as_bytes(), between);
    }
}

/// Every byte beyond ASCII, with what may follow it and what may not, around the end of a block.
#[test]
fn every_lead_byte_at_the_end_of_a_block() {
    let mut text = Vec::new();
    for filler in [b'a', b' '] {
        for first in 0x80..=0xFF {
            for rest in [
                &b""[..],
                b"\xBF",
                b"\x90\x80",
                b"\x80\x80\x80",
                b"\x9F\xBF\xBF",
                b"\xA0\x80\x80",
            ] {
                for place in 52..=66 {
                    text.clear();
                    text.resize(place, filler);
                    text.push(first);
                    text.extend_from_slice(rest);
                    text.extend_from_slice(b"b c");
                    text.resize(text.len() + 70, filler);
                    compare_two(&text);
                }
            }
        }
    }
}

/// Every lead byte with whatever follows it.
#[test]
fn every_sequence_that_is_not_utf8() {
    let mut text = Vec::new();
    for first in 0x80..=0xFFu8 {
        for second in [
            0x00, 0x20, 0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC3, 0xE4, 0xF0,
        ] {
            for third in [0x20, 0x61, 0x80, 0xBF, 0xE3] {
                for fourth in [0x20, 0x41, 0x80, 0xBF] {
                    text.extend_from_slice(&[b' ', first, second, third, fourth]);
                }
            }
        }
    }
    compare(&text, "not UTF-8");
    let classes = Classes::get();
    assert_eq!(classes.at(&text, 1), (super::super::classes::OTHER, 1));
}

#[test]
fn whole_corpora() {
    for path in corpora() {
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let most = text.len().min(20_000_000);
        compare(&text[..most], &path.display().to_string());
    }
}

/// A continuation byte where none belongs, behind characters of one to four bytes, before and behind whatever may stand there.
#[test]
fn a_stray_continuation_behind_every_kind() {
    let mut text = Vec::new();
    for before in ["", "\n ", "a ", " ", "  ", "\n", "a", "!"] {
        for kind in KINDS {
            for stray in [&b"\x80"[..], b"\x89", b"\xA0", b"\xB1", b"\xBF", b"\x80\x89"] {
                for after in ["", "!", "!!", " ", "a", "\u{85}"] {
                    text.clear();
                    for part in [
                        before.as_bytes(),
                        kind.as_bytes(),
                        stray,
                        after.as_bytes(),
                        &[b'b'; 140],
                    ] {
                        text.extend_from_slice(part);
                    }
                    compare_two(&text);
                }
            }
        }
    }
}

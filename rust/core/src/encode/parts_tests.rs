//! Parts of texts, texts that grow and texts in pieces, held to counting afresh.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::monitor::Monitor;
use crate::pretokenize::{Behavior, Dialect, PretokenizerSpec, Scheme, SplitPattern, Step};
use crate::reference;
use crate::vocabulary::{Normalizer, Template};
use proptest::prelude::*;
use std::sync::LazyLock;

const ALL: SpecialTokens<'static> = SpecialTokens::Choose {
    allowed: &|_| true,
    disallowed: &|_| false,
};
const NONE: SpecialTokens<'static> = SpecialTokens::Choose {
    allowed: &|_| false,
    disallowed: &|_| true,
};

/// All bytes, and tokens over everything that cuts move.
fn vocabulary() -> Vocabulary {
    let words = [
        "he", "th", "the", " the", "ca", "cat", " cat", "at", "ll", "'ll", "'s", "'t", " '", "s'", "12",
        "123", "23", "  ", "    ", "\n\n", " \n", "\r\n", "\n ", ".\n", "//", "/\n", "é", "\u{200B}", "日本",
        "中文", "aB", "AB", "BA", "ab", "aa", "aaaa", " a", "e\u{301}", "\u{301}", "😀", "!!", " !",
        "\u{a0} ", "<e", "end", "d>",
    ];
    let parts: [&[u8]; 7] = [
        b"\xE6\x97",
        b"\xE6\x97\xA5",
        b"\xE6\x9C",
        b" \xE6\x97",
        b"\xA5\xE6",
        b"\xAA\x9E",
        b"\xF0\x9F\x98",
    ];
    let tokens = (0..=255)
        .map(|byte| vec![byte])
        .chain(words.map(|word| word.as_bytes().to_vec()))
        .chain(parts.map(<[u8]>::to_vec));
    Vocabulary::from_ranks(tokens.zip(0..).collect()).unwrap()
}

fn added(content: &str, id: TokenId) -> AddedToken {
    AddedToken {
        special: false,
        ..AddedToken::special(content, id)
    }
}

fn definition(pretokenizer: PretokenizerSpec) -> Definition {
    Definition {
        added_tokens: vec![
            AddedToken::special("<end>", 400),
            AddedToken::special("<end>x", 401),
        ],
        ..Definition::new(vocabulary(), pretokenizer)
    }
}

fn schemes() -> Vec<(String, Tokenizer)> {
    let of = |scheme: Scheme| {
        let pattern = scheme.pattern(Dialect::Tiktoken);
        let spec = PretokenizerSpec::regex(pattern.regex, pattern.dialect);
        (
            scheme.name().to_owned(),
            Tokenizer::new(definition(spec)).unwrap(),
        )
    };
    Scheme::all().map(of).collect()
}

/// What is not one scheme alone.
fn others() -> Vec<(String, Tokenizer)> {
    let gpt2 = || PretokenizerSpec::named("gpt2").unwrap();
    let byte_level = |add_prefix_space| Step::ByteLevel {
        add_prefix_space,
        use_regex: true,
        trim_offsets: false,
    };
    let split = |text: &str, behavior| Step::Split {
        pattern: SplitPattern::Literal(text.to_owned()),
        behavior,
        invert: false,
    };
    let steps = |steps: Vec<Step>| definition(PretokenizerSpec { steps });
    let normalized = |normalizer| Definition {
        normalizer: Some(normalizer),
        ..definition(gpt2())
    };
    let with_added = |tokens: Vec<AddedToken>, normalizer| Definition {
        added_tokens: tokens,
        normalizer,
        ..definition(gpt2())
    };
    let regex = |regex: &str, dialect| definition(PretokenizerSpec::regex(regex, dialect));
    let all = [
        ("none", definition(PretokenizerSpec::none())),
        (
            "look-behind",
            regex(r"(?<=a)[a-z]|\b[a-z]+\b|^\s+|\s+$|(?<!1)\d", Dialect::Tiktoken),
        ),
        ("words", regex(r"\w+|\W", Dialect::Tokenizers)),
        ("gaps", regex(r"[a-z]{2}", Dialect::Tiktoken)),
        ("prefix space", steps(vec![byte_level(true)])),
        (
            "digits first",
            steps(vec![Step::Digits { individual: true }, byte_level(false)]),
        ),
        (
            "punctuation first",
            steps(vec![
                Step::Punctuation {
                    behavior: Behavior::Contiguous,
                },
                byte_level(false),
            ]),
        ),
        ("removed", steps(vec![split("\n", Behavior::Removed)])),
        (
            "merged",
            steps(vec![
                split("a", Behavior::MergedWithNext),
                split(" ", Behavior::MergedWithPrevious),
            ]),
        ),
        ("nfc", normalized(Normalizer::Nfc)),
        ("nfkd", normalized(Normalizer::Nfkd)),
        ("lowercase", normalized(Normalizer::Lowercase)),
        (
            "strip",
            normalized(Normalizer::Strip {
                left: true,
                right: true,
            }),
        ),
        ("prepend", normalized(Normalizer::Prepend("▁".to_owned()))),
        (
            "replace",
            normalized(Normalizer::Replace {
                pattern: " ".to_owned(),
                content: "▁▁".to_owned(),
            }),
        ),
        (
            "strips",
            with_added(
                vec![
                    AddedToken {
                        lstrip: true,
                        ..added("<end>", 400)
                    },
                    AddedToken {
                        rstrip: true,
                        ..added("cat", 401)
                    },
                    AddedToken {
                        single_word: true,
                        ..added("the", 402)
                    },
                ],
                None,
            ),
        ),
        (
            "normalised tokens",
            with_added(
                vec![
                    AddedToken {
                        normalized: true,
                        ..added("é!", 400)
                    },
                    AddedToken {
                        normalized: true,
                        ..added("<end>", 401)
                    },
                ],
                Some(Normalizer::Nfc),
            ),
        ),
        (
            "long normalised tokens",
            with_added(
                vec![AddedToken {
                    normalized: true,
                    ..added("é the cat the cat", 400)
                }],
                Some(Normalizer::Nfc),
            ),
        ),
    ];
    all.into_iter()
        .map(|(name, definition)| (name.to_owned(), Tokenizer::new(definition).unwrap()))
        .collect()
}

static SCHEMES: LazyLock<Vec<(String, Tokenizer)>> = LazyLock::new(schemes);
static OTHERS: LazyLock<Vec<(String, Tokenizer)>> = LazyLock::new(others);

/// Texts that cuts change: runs, contractions, marks, characters in parts, tokens in parts, and words that let them be cut at all.
fn nasty() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        " ",
        "  ",
        "        ",
        "\n",
        "\r\n",
        "\n\n",
        " \n ",
        "\t",
        "\u{a0}",
        "\u{3000}",
        "'",
        "'s",
        "'ll",
        "'LL",
        "'\u{17f}",
        "s",
        "a",
        "aaaa",
        "aB",
        "AB",
        "ABC",
        "the",
        " the",
        " cat",
        "cat",
        "1",
        "12",
        "123",
        "1234567",
        "٣",
        "½",
        "日",
        "本",
        "日本語",
        "中文",
        "の",
        "한국",
        "é",
        "É",
        "e\u{301}",
        "\u{301}",
        "\u{94d}",
        "ʰ",
        "ǅ",
        "!",
        "!!",
        ".",
        "/",
        "//",
        ".\n",
        "\n/",
        "_",
        "€",
        "😀",
        "👩\u{200d}🔬",
        "\u{200B}",
        "ﬁ",
        "Ⅷ",
        "<end>",
        "<end>x",
        "<e",
        "nd>",
        "\0",
    ];
    const BYTES: &[&[u8]] = &[b"\x80", b"\xFF", b"\xC3", b"\xE4\xB8", b"\xF0\x9F\x98"];
    let piece = prop_oneof![
        12 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        3 => (prop::sample::select(PIECES), 2..40usize).prop_map(|(piece, times)| piece.repeat(times).into_bytes()),
        6 => prop::sample::select(&["the cat, ", " a b c", "x1y2 ", "ab. Cd\n"][..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::sample::select(BYTES).prop_map(<[u8]>::to_vec),
        1 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn ordinary(tokenizer: &Tokenizer, text: &[u8], special: SpecialTokens<'_>) -> u64 {
    tokenizer.count(text, special, false).unwrap()
}

fn check_index(
    name: &str,
    tokenizer: &Tokenizer,
    text: &[u8],
    places: &[(usize, usize)],
) -> Result<(), TestCaseError> {
    for special in [SpecialTokens::Ordinary, ALL] {
        let index = TextIndex::new(tokenizer, text, special, 1, &Monitor::silent()).unwrap();
        prop_assert_eq!(index.total(), ordinary(tokenizer, text, special), "{}", name);
        for &(a, b) in places {
            let (a, b) = (a % (text.len() + 1), b % (text.len() + 1));
            let (a, b) = (a.min(b), a.max(b));
            prop_assert_eq!(
                index.count(tokenizer, text, a..b).unwrap(),
                ordinary(tokenizer, &text[a..b], special),
                "{} {}..{} of {:?}",
                name,
                a,
                b,
                String::from_utf8_lossy(text)
            );
        }
    }
    Ok(())
}

fn check_appender(
    name: &str,
    tokenizer: &Tokenizer,
    text: &[u8],
    lengths: &[usize],
) -> Result<(), TestCaseError> {
    for special in [SpecialTokens::Ordinary, ALL] {
        let mut appender = Appender::new(tokenizer, special);
        let mut end = 0;
        for &length in lengths.iter().cycle().take(400) {
            let next = (end + length).min(text.len());
            appender.append(tokenizer, &text[end..next]).unwrap();
            end = next;
            prop_assert_eq!(
                appender.count(),
                ordinary(tokenizer, &text[..end], special),
                "{} {} bytes of {:?}",
                name,
                end,
                String::from_utf8_lossy(text)
            );
            prop_assert_eq!(appender.bytes(), end as u64);
            if end == text.len() {
                break;
            }
        }
    }
    Ok(())
}

fn check_chunks(
    name: &str,
    tokenizer: &Tokenizer,
    text: &[u8],
    limit: u64,
    overlap: u64,
) -> Result<(), TestCaseError> {
    for special in [SpecialTokens::Ordinary, ALL] {
        let expected = reference::chunk::chunk(tokenizer, special, text, limit, overlap);
        let found: Result<Vec<_>, _> = tokenizer.chunk(text, special, limit, overlap).unwrap().collect();
        let found = match found {
            Err(EncodeError::CharacterTooLong { offset, .. }) => Err(offset),
            other => Ok(other.unwrap()),
        };
        prop_assert_eq!(
            &found,
            &expected,
            "{} by {} and {}: {:?}",
            name,
            limit,
            overlap,
            String::from_utf8_lossy(text)
        );
        let Ok(pieces) = found else { continue };
        let mut end = 0;
        for (number, piece) in pieces.iter().enumerate() {
            prop_assert!(piece.start <= end && piece.end > end, "{} {:?}", name, pieces);
            prop_assert!(ordinary(tokenizer, &text[piece.clone()], special) <= limit);
            let shared = &text[piece.start..end];
            prop_assert!(ordinary(tokenizer, shared, special) <= overlap);
            prop_assert!(
                number == 0 || piece.start > pieces[number - 1].start,
                "{} {:?}",
                name,
                pieces
            );
            if let Ok(valid) = std::str::from_utf8(text) {
                prop_assert!(valid.is_char_boundary(piece.start) && valid.is_char_boundary(piece.end));
            }
            end = piece.end;
        }
        prop_assert_eq!(end, text.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn parts_count_as_texts_of_their_own(text in nasty(), places in prop::collection::vec(any::<(usize, usize)>(), 40)) {
        for (name, tokenizer) in SCHEMES.iter() {
            check_index(name, tokenizer, &text, &places)?;
        }
    }

    #[test]
    fn parts_of_texts_that_are_changed_first(text in nasty(), places in prop::collection::vec(any::<(usize, usize)>(), 20)) {
        for (name, tokenizer) in OTHERS.iter() {
            check_index(name, tokenizer, &text, &places)?;
        }
    }

    #[test]
    fn a_text_that_grows(text in nasty(), lengths in prop::collection::vec(0..30usize, 1..20)) {
        for (name, tokenizer) in SCHEMES.iter().chain(OTHERS.iter()) {
            check_appender(name, tokenizer, &text, &lengths)?;
        }
    }

    #[test]
    fn pieces(text in nasty(), limit in prop_oneof![1..8u64, 8..80u64], share in 0..100u64) {
        let overlap = limit * share / 100;
        for (name, tokenizer) in SCHEMES.iter().chain(OTHERS.iter()) {
            check_chunks(name, tokenizer, &text, limit, overlap)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn every_part_of_a_short_text(text in prop::collection::vec(nasty(), 1..3).prop_map(|texts| texts.concat())) {
        let text = &text[..text.len().min(120)];
        let all: Vec<(usize, usize)> = (0..=text.len()).flat_map(|a| (a..=text.len()).map(move |b| (a, b))).collect();
        for (name, tokenizer) in SCHEMES.iter() {
            check_index(name, tokenizer, text, &all)?;
        }
    }
}

fn plain() -> Tokenizer {
    Tokenizer::new(definition(PretokenizerSpec::named("o200k").unwrap())).unwrap()
}

#[test]
fn special_tokens_that_are_not_allowed_are_refused() {
    let tokenizer = plain();
    let text = "the cat, ".repeat(100) + "<end> cat";
    let place = |error: Option<EncodeError>| match error {
        Some(EncodeError::SpecialToken { token, offset }) => (token, offset),
        other => panic!("{other:?}"),
    };
    let expected = ("<end>".to_owned(), 900);
    let index = TextIndex::new(&tokenizer, text.as_bytes(), NONE, 1, &Monitor::silent());
    assert_eq!(place(index.err()), expected);
    assert_eq!(
        place(tokenizer.chunk(text.as_bytes(), NONE, 10, 0).err()),
        expected
    );
    // The piece that completes it is not taken.
    let mut appender = Appender::new(&tokenizer, NONE);
    appender.append(&tokenizer, &text.as_bytes()[..904]).unwrap();
    let count = appender.count();
    assert_eq!(place(appender.append(&tokenizer, b"> cat").err()), expected);
    assert_eq!((appender.count(), appender.bytes()), (count, 904));
    appender.append(&tokenizer, b" cat").unwrap();
    assert_eq!(
        appender.count(),
        tokenizer
            .count((text[..904].to_owned() + " cat").as_bytes(), NONE, false)
            .unwrap()
    );
}

#[test]
fn a_piece_may_be_taken_back_in_part() {
    let tokenizer = plain();
    let mut appender = Appender::new(&tokenizer, NONE);
    appender.append(&tokenizer, b"the cat").unwrap();
    appender
        .append_provisional(&tokenizer, " a\u{FFFD}".as_bytes(), 3)
        .unwrap();
    assert_eq!(
        appender.count(),
        ordinary(&tokenizer, "the cat a\u{FFFD}".as_bytes(), NONE)
    );
    let mut other = appender.clone();
    appender.append(&tokenizer, "😀".as_bytes()).unwrap();
    assert_eq!(
        appender.count(),
        ordinary(&tokenizer, "the cat a😀".as_bytes(), NONE)
    );
    other.clear();
    assert_eq!((other.count(), other.bytes(), other.held()), (0, 0, 0));
    other.append(&tokenizer, b"cat").unwrap();
    assert_eq!(other.count(), 1);
}

#[test]
fn little_is_held_and_little_is_looked_at() {
    let tokenizer = plain();
    let mut appender = Appender::new(&tokenizer, NONE);
    let text = "The cat, the cat's 123 hats; \n\n  another line. ".repeat(2000);
    for piece in text.as_bytes().chunks(3) {
        appender.append(&tokenizer, piece).unwrap();
        assert!(appender.held() < 120, "{}", appender.held());
    }
    assert_eq!(appender.count(), ordinary(&tokenizer, text.as_bytes(), NONE));
    let mut at_once = Appender::new(&tokenizer, NONE);
    at_once.append(&tokenizer, text.as_bytes()).unwrap();
    assert_eq!(at_once.count(), appender.count());
    assert!(at_once.held() < 120);
}

#[test]
fn texts_without_safe_cuts() {
    let tokenizer = plain();
    for unit in [
        "}\n", "a'b", "abCd", "😀\n", "\n    }", "//\n", "!?\n\n", "1", " ", "中", "the<end>",
    ] {
        let text = unit.repeat(3_000);
        let text = text.as_bytes();
        let index = TextIndex::new(&tokenizer, text, ALL, 1, &Monitor::silent()).unwrap();
        for (a, b) in [
            (0, text.len()),
            (1, text.len() - 1),
            (1000, 2900),
            (1001, text.len()),
            (2, 70),
            (2333, 2334),
        ] {
            assert_eq!(
                index.count(&tokenizer, text, a..b).unwrap(),
                ordinary(&tokenizer, &text[a..b], ALL),
                "{unit:?} {a}..{b}"
            );
        }
        let mut appender = Appender::new(&tokenizer, ALL);
        for piece in text.chunks(331) {
            appender.append(&tokenizer, piece).unwrap();
        }
        assert_eq!(appender.count(), ordinary(&tokenizer, text, ALL), "{unit:?}");
        // What is one pretoken to its end is held, and so is what added tokens may take part of anywhere.
        if !matches!(unit, "1" | " " | "中" | "//\n" | "the<end>") {
            assert!(appender.held() < 200, "{unit:?}: {}", appender.held());
        }
    }
}

#[test]
fn settings_of_pieces() {
    let tokenizer = plain();
    let refused = |limit, overlap| match tokenizer.chunk(b"the", NONE, limit, overlap).err() {
        Some(EncodeError::Setting(message)) => message,
        other => panic!("{other:?}"),
    };
    assert!(refused(0, 0).contains("max_tokens"));
    assert!(refused(3, 3).contains("overlap"));
    assert_eq!(tokenizer.chunk(b"", NONE, 3, 0).unwrap().count(), 0);
    match tokenizer
        .chunk("ab 한".as_bytes(), NONE, 2, 0)
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
    {
        Err(EncodeError::CharacterTooLong {
            offset,
            tokens,
            limit,
        }) => assert_eq!((offset, tokens, limit), (3, 3, 2)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn templates_are_not_counted() {
    let tokenizer = Tokenizer::new(Definition {
        template: Template::around(vec![400], vec![400]),
        ..definition(PretokenizerSpec::named("gpt2").unwrap())
    })
    .unwrap();
    let index = TextIndex::new(&tokenizer, b"the cat", NONE, 1, &Monitor::silent()).unwrap();
    assert_eq!(index.total(), 2);
}

#[test]
fn threads_make_no_difference() {
    let tokenizer = plain();
    let text = "The cat, the cat's 123 hats; \n\n  another line. 日本語 été ".repeat(100_000);
    let total = ordinary(&tokenizer, text.as_bytes(), NONE);
    for threads in [1, 3] {
        let index = TextIndex::new(&tokenizer, text.as_bytes(), NONE, threads, &Monitor::silent()).unwrap();
        assert_eq!(index.total(), total);
        let (a, b) = (1_234_567, 4_000_001);
        assert_eq!(
            index.count(&tokenizer, text.as_bytes(), a..b).unwrap(),
            ordinary(&tokenizer, &text.as_bytes()[a..b], NONE)
        );
    }
    let stopped = TextIndex::new(&tokenizer, text.as_bytes(), NONE, 2, &Monitor::new(&|_| false));
    assert!(matches!(stopped.err(), Some(EncodeError::Interrupted(_))));
}

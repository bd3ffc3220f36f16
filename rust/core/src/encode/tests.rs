//! The tokenizer as a whole.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::error::DecodeError;
use crate::monitor::Monitor;
use crate::pretokenize::PretokenizerSpec;
use crate::source::SourceOptions;
use crate::vocabulary::{Normalizer, Template};
use proptest::prelude::*;

const ALL: SpecialTokens<'static> = SpecialTokens::Choose {
    allowed: &|_| true,
    disallowed: &|_| false,
};
const NONE: SpecialTokens<'static> = SpecialTokens::Choose {
    allowed: &|_| false,
    disallowed: &|_| true,
};

/// All bytes, some English, and a few added tokens.
fn definition(added: Vec<AddedToken>) -> Definition {
    let words = [
        "he", "th", "the", " the", "ca", "cat", " cat", "at", "  ", "é", "\u{200B}", "日本",
    ];
    // Some begin or end within a character.
    let parts: [&[u8]; 7] = [
        b"\xE6\x97",
        b"\xE6\x97\xA5",
        b"\xE6\x9C",
        b" \xE6\x97",
        b"\xA5\xE6",
        b"\xAA\x9E",
        b"\xA5\xE6\x9C",
    ];
    let tokens = (0..=255)
        .map(|byte| vec![byte])
        .chain(words.map(|word| word.as_bytes().to_vec()))
        .chain(parts.map(<[u8]>::to_vec));
    let ranks = tokens.zip(0..).collect();
    Definition {
        added_tokens: added,
        ..Definition::new(
            Vocabulary::from_ranks(ranks).unwrap(),
            PretokenizerSpec::named("gpt2").unwrap(),
        )
    }
}

fn plain() -> Tokenizer {
    Tokenizer::new(definition(vec![
        AddedToken::special("<end>", 300),
        AddedToken::special("<end>x", 301),
    ]))
    .unwrap()
}

fn added(content: &str, id: TokenId) -> AddedToken {
    AddedToken {
        special: false,
        ..AddedToken::special(content, id)
    }
}

fn encode(
    tokenizer: &Tokenizer,
    text: &str,
    special: SpecialTokens<'_>,
) -> Result<Vec<TokenId>, EncodeError> {
    let mut ids = vec![7];
    let result = tokenizer.encode(text.as_bytes(), special, false, &mut ids);
    if result.is_err() {
        assert_eq!(ids, [7]);
    }
    result.map(|()| ids.split_off(1))
}

/// The tokens as texts, with a bar between them.
fn shown(tokenizer: &Tokenizer, text: &str) -> String {
    let ids = encode(tokenizer, text, ALL).unwrap();
    let texts: Vec<_> = ids
        .iter()
        .map(|&id| String::from_utf8_lossy(tokenizer.token_bytes(id).unwrap()))
        .collect();
    texts.join("|")
}

#[test]
fn special_tokens_are_refused_allowed_or_ordinary() {
    let tokenizer = plain();
    let text = "the <end> cat<end>x";
    assert_eq!(encode(&tokenizer, text, ALL).unwrap(), [258, 32, 300, 262, 301]);
    match encode(&tokenizer, text, NONE) {
        Err(EncodeError::SpecialToken { token, offset }) => {
            assert_eq!((token.as_str(), offset), ("<end>", 4))
        }
        other => panic!("{other:?}"),
    }
    let ordinary = encode(&tokenizer, text, SpecialTokens::Ordinary).unwrap();
    assert!(!ordinary.iter().any(|&id| id >= 300));
    let one = SpecialTokens::Choose {
        allowed: &|token| token == "<end>x",
        disallowed: &|_| false,
    };
    let ids = encode(&tokenizer, text, one).unwrap();
    assert_eq!((ids.contains(&300), ids.last()), (false, Some(&301)));
    // What is disallowed is looked for by itself, also within what is allowed.
    let other = SpecialTokens::Choose {
        allowed: &|token| token == "<end>x",
        disallowed: &|token| token == "<end>",
    };
    assert!(matches!(
        encode(&tokenizer, "<end>x", other),
        Err(EncodeError::SpecialToken { offset: 0, .. })
    ));
}

#[test]
fn added_tokens_take_white_space_and_whole_words() {
    let make = |tokens: Vec<AddedToken>| Tokenizer::new(definition(tokens)).unwrap();
    // As tokenizers 0.23 does, case by case.
    let right = make(vec![
        AddedToken {
            rstrip: true,
            ..added("<m>", 300)
        },
        added(" a", 301),
    ]);
    assert_eq!(
        encode(&right, "x<m> a y a", ALL).unwrap(),
        [120, 300, 301, 32, 121, 301]
    );
    assert_eq!(encode(&right, "<m>   <m>", ALL).unwrap(), [300, 300]);
    let left = make(vec![AddedToken {
        lstrip: true,
        ..added("<m>", 300)
    }]);
    assert_eq!(
        encode(&left, "a  \u{3000}\n<m>  <m> b", ALL).unwrap(),
        [97, 300, 300, 32, 98]
    );
    let word = make(vec![AddedToken {
        single_word: true,
        ..added("ab", 300)
    }]);
    let text = "ab xab abx ab. _ab ²ab ab² ab\u{301} éab";
    assert_eq!(shown(&word, text).matches("ab").count(), 4);
    let longest = make(vec![
        AddedToken {
            single_word: true,
            ..added("ab", 300)
        },
        added("abc", 301),
        AddedToken {
            single_word: true,
            ..added("abcd", 302)
        },
    ]);
    assert_eq!(
        encode(&longest, "abcde abc abcd", ALL).unwrap(),
        [97, 98, 99, 100, 101, 32, 301, 32, 302]
    );
    let both = AddedToken {
        lstrip: true,
        rstrip: true,
        ..added("<m>", 300)
    };
    let spaces = make(vec![both, added("  y", 301)]);
    assert_eq!(encode(&spaces, "x    <m>    y", ALL).unwrap(), [120, 300, 301]);
}

#[test]
fn normalised_text_and_its_tokens() {
    let mut definition = definition(vec![
        AddedToken {
            normalized: true,
            ..added("e\u{301}x", 300)
        },
        added("qz", 301),
    ]);
    definition.normalizer = Some(Normalizer::Nfc);
    let tokenizer = Tokenizer::new(definition).unwrap();
    let text = "e\u{301} e\u{301}x qz\u{301} \u{e9}x";
    let (ids, offsets) = tokenizer
        .encode_with_offsets(text.as_bytes(), ALL, false)
        .unwrap();
    assert_eq!(ids, encode(&tokenizer, text, ALL).unwrap());
    assert_eq!(ids, [265, 32, 300, 32, 301, 0xCC, 0x81, 32, 300]);
    let expected = [
        (0, 3),
        (3, 4),
        (4, 8),
        (8, 9),
        (9, 11),
        (11, 13),
        (11, 13),
        (13, 14),
        (14, 17),
    ];
    assert_eq!(offsets, expected);
}

#[test]
fn added_tokens_that_clash_are_refused() {
    let refused = |tokens: Vec<AddedToken>, what: &str| {
        let message = Tokenizer::new(definition(tokens)).err().unwrap().to_string();
        assert!(message.contains(what), "{message}");
    };
    refused(vec![added("", 300)], "empty");
    refused(vec![added("<a>", 300), added("<b>", 300)], "same id 300");
    refused(vec![added("<a>", 300), added("<a>", 301)], "two ids");
    refused(vec![added("<a>", 258)], "the id 258 of the ordinary token");
    // GPT-NeoX has added tokens with the text of ordinary ones.
    assert!(Tokenizer::new(definition(vec![added("the", 258), added("cat", 300)])).is_ok());
}

#[test]
fn bytes_without_a_token_are_named() {
    let ranks = (0..255u8).map(|byte| (vec![byte], u32::from(byte))).collect();
    let vocabulary = Vocabulary::from_ranks(ranks).unwrap();
    let tokenizer = Tokenizer::new(Definition::new(
        vocabulary,
        PretokenizerSpec::named("gpt2").unwrap(),
    ))
    .unwrap();
    let mut ids = Vec::new();
    for prefix in [&b""[..], b"some words ", &[b'a'; 100], &b"word ".repeat(1000)] {
        let text = [prefix, b"x\xFFy\xFF"].concat();
        match tokenizer.encode(&text, ALL, false, &mut ids) {
            Err(EncodeError::NoByteToken { byte: 0xFF, offset }) => assert_eq!(offset, prefix.len() + 1),
            other => panic!("{other:?}"),
        }
        assert!(ids.is_empty());
    }
}

#[test]
fn counts_stop_at_the_limit() {
    let tokenizer = plain();
    let text = "the cat sat on the mat <end> ".repeat(1000);
    let count = tokenizer.count(text.as_bytes(), ALL, false).unwrap();
    assert_eq!(count, encode(&tokenizer, &text, ALL).unwrap().len() as u64);
    let up_to = |limit| tokenizer.count_up_to(text.as_bytes(), ALL, limit).unwrap();
    assert_eq!(
        [up_to(count), up_to(count - 1), up_to(3), up_to(0)],
        [Some(count), None, None, None]
    );
    assert_eq!(tokenizer.count_up_to(b"", ALL, 0).unwrap(), Some(0));
    // One long pretoken.
    assert_eq!(tokenizer.count_up_to(&[b'a'; 100_000], ALL, 100).unwrap(), None);
}

#[test]
fn template_goes_around_the_text() {
    let mut definition = definition(vec![AddedToken::special("<s>", 300)]);
    definition.template = Template {
        before: vec![300],
        after: vec![300, 300],
        ..Template::default()
    };
    let tokenizer = Tokenizer::new(definition).unwrap();
    let mut ids = Vec::new();
    tokenizer.encode(b"the", ALL, true, &mut ids).unwrap();
    assert_eq!(ids, [300, 258, 300, 300]);
    let (ids, offsets) = tokenizer.encode_with_offsets(b"the", ALL, true).unwrap();
    assert_eq!(
        (ids, offsets),
        (vec![300, 258, 300, 300], vec![(0, 0), (0, 3), (3, 3), (3, 3)])
    );
    let batch = tokenizer
        .encode_batch(&[b"the", b""], ALL, true, 2, &Monitor::silent())
        .unwrap();
    assert_eq!(
        (batch.ids, batch.offsets),
        (vec![300, 258, 300, 300, 300, 300, 300], vec![0, 4, 7])
    );
    assert_eq!(
        tokenizer
            .count_batch(&[b"the", b""], ALL, true, 1, &Monitor::silent())
            .unwrap(),
        [4, 3]
    );
    let mut bytes = Vec::new();
    tokenizer.decode(&[300, 258, 300], true, &mut bytes).unwrap();
    assert_eq!(bytes, b"the");
}

#[test]
fn unknown_ids_have_a_place() {
    let tokenizer = plain();
    let mut bytes = vec![1];
    let error = tokenizer.decode(&[258, 290, 999], false, &mut bytes).unwrap_err();
    assert_eq!(
        error,
        DecodeError::UnknownId {
            id: 290,
            index: 1,
            highest: 301
        }
    );
    assert_eq!(bytes, [1]);
    assert!(tokenizer.decode(&[258, 300, u32::MAX], true, &mut bytes).is_err());
    let mut stream = StreamDecoder::new(true);
    assert_eq!(stream.push(&tokenizer, 0xC3).unwrap(), b"");
    assert_eq!(stream.push(&tokenizer, 300).unwrap(), b"");
    assert!(matches!(
        stream.push(&tokenizer, 999),
        Err(DecodeError::UnknownId { index: 2, .. })
    ));
    assert_eq!(stream.push(&tokenizer, 0xA9).unwrap(), "é".as_bytes());
    assert_eq!(stream.push(&tokenizer, 0xE2).unwrap(), b"");
    assert_eq!(stream.finish(), b"\xE2");
}

/// A text of some megabytes with added tokens here and there.
fn long_text() -> Vec<u8> {
    let mut text = Vec::new();
    for number in 0..200_000u32 {
        text.extend_from_slice(match number.wrapping_mul(2_654_435_761) >> 27 {
            0..=9 => b" the".as_slice(),
            10..=19 => b" cat",
            20..=24 => "日本 é".as_bytes(),
            25 => b"<end>",
            26 => b"\n\n",
            _ => b", hat 12 ",
        });
        if number.is_multiple_of(5_000) {
            text.extend_from_slice(&[b' '; 3_000]);
        }
    }
    text
}

#[test]
fn threads_and_files_give_the_same() {
    let tokenizer = plain();
    let long = long_text();
    let texts: Vec<&[u8]> = [&long[..], b"the cat", b"", &long[..100_000]].to_vec();
    let mut expected = Encoded {
        offsets: vec![0],
        ..Encoded::default()
    };
    for text in &texts {
        tokenizer
            .encode(text, SpecialTokens::Ordinary, false, &mut expected.ids)
            .unwrap();
        expected.offsets.push(expected.ids.len() as i64);
        expected.special_seen += text.windows(5).filter(|window| window == b"<end>").count() as u64;
    }
    for threads in [1, 2, 5] {
        let monitor = Monitor::silent();
        let found = tokenizer
            .encode_batch(&texts, SpecialTokens::Ordinary, false, threads, &monitor)
            .unwrap();
        assert!(found == expected, "{threads} threads");
        let counts = tokenizer
            .count_batch(&texts, SpecialTokens::Ordinary, false, threads, &monitor)
            .unwrap();
        let lengths: Vec<u64> = expected
            .offsets
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as u64)
            .collect();
        assert_eq!(counts, lengths);
    }
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..texts.len())
        .map(|index| folder.path().join(index.to_string()))
        .collect();
    for (path, text) in paths.iter().zip(&texts) {
        std::fs::write(path, text).unwrap();
    }
    for special in [false, true] {
        let mut found = Encoded::default();
        let options = SourceOptions::default();
        let run = |threads, found: &mut Encoded| {
            let mut sink = |batch| {
                found.append(batch);
                Ok::<_, EncodeError>(())
            };
            tokenizer.encode_files(&paths, &options, special, threads, &Monitor::silent(), &mut sink)
        };
        run(2, &mut found).unwrap();
        if special {
            assert!(found.ids.contains(&300) && found.special_seen == 0);
        } else {
            assert!(found == expected);
        }
        for threads in [1, 2] {
            let whole = tokenizer.encode_files_whole(&paths, &options, special, threads, &Monitor::silent());
            assert!(whole.unwrap() == found, "{threads} threads");
        }
        let frequencies = tokenizer
            .token_frequencies(&paths, &options, special, 2, &Monitor::silent())
            .unwrap();
        let mut counted = vec![0; tokenizer.vocabulary_size()];
        found.ids.iter().for_each(|&id| counted[id as usize] += 1);
        assert_eq!(frequencies, counted);
        let total = tokenizer
            .count_files(&paths, &options, special, 2, &Monitor::silent())
            .unwrap();
        assert_eq!(total, found.ids.len() as u64);
    }
}

#[test]
fn an_interrupt_stops_the_work() {
    let tokenizer = plain();
    let long = long_text();
    for threads in [1, 3] {
        let monitor = Monitor::new(&|_| false);
        let result = tokenizer.encode_batch(&[&long], ALL, false, threads, &monitor);
        assert!(matches!(result, Err(EncodeError::Interrupted(_))));
    }
}

#[test]
fn the_first_error_in_order_is_reported() {
    let tokenizer = plain();
    let long = long_text();
    let first = long.windows(5).position(|window| window == b"<end>").unwrap();
    for threads in [1, 4] {
        match tokenizer.encode_batch(&[b"a", &long, &long], NONE, false, threads, &Monitor::silent()) {
            Err(EncodeError::SpecialToken { offset, .. }) => assert_eq!(offset, first),
            other => panic!("{other:?}"),
        }
    }
}

/// Bytes of all kinds: any, words of the vocabulary, scripts that are cut, and characters that end in the middle.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        "the", " cat", "\n", "日", "本", "語", "日本", "が", "한국", "é", " ", "\u{200B}", "🎉", "'s",
    ];
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..3),
        prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes()[..piece.len() - 1].to_vec()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_come_back(text in bytes()) {
        let tokenizer = plain();
        let (ids, offsets) = tokenizer.encode_with_offsets(&text, SpecialTokens::Ordinary, false).unwrap();
        let mut encoded = Vec::new();
        tokenizer.encode(&text, SpecialTokens::Ordinary, false, &mut encoded).unwrap();
        prop_assert_eq!(&ids, &encoded);
        prop_assert_eq!(&tokenizer.measure_work(&text).unwrap().0, &encoded);
        prop_assert_eq!(tokenizer.count(&text, SpecialTokens::Ordinary, false).unwrap(), ids.len() as u64);
        let mut bytes = Vec::new();
        tokenizer.decode(&ids, false, &mut bytes).unwrap();
        prop_assert_eq!(&bytes, &text);
        let mut stream = StreamDecoder::new(false);
        let mut streamed = Vec::new();
        for &id in &ids {
            streamed.extend(stream.push(&tokenizer, id).unwrap());
        }
        streamed.extend(stream.finish());
        prop_assert_eq!(&streamed, &text);
        // Offsets go forward, and each range holds the bytes of its token.
        let mut last = 0;
        for (id, (start, end)) in ids.iter().zip(offsets) {
            prop_assert!(start >= last && start < end && end <= text.len());
            let token = tokenizer.token_bytes(*id).unwrap();
            prop_assert!(text[start..end].windows(token.len()).any(|window| window == token));
            last = start;
        }
        // Any place that may be cut gives the same.
        if let Some(cut) = tokenizer.safe_cut(&text, text.len() / 2) {
            let mut parts = Vec::new();
            tokenizer.encode(&text[..cut], ALL, false, &mut parts).unwrap();
            tokenizer.encode(&text[cut..], ALL, false, &mut parts).unwrap();
            let mut whole = Vec::new();
            tokenizer.encode(&text, ALL, false, &mut whole).unwrap();
            prop_assert_eq!(parts, whole);
        }
    }
}

/// Pretokens of bytes 0 only, of every length that a key has.
#[test]
fn zeros_are_text_like_any_other() {
    let tokenizer = plain();
    for length in 1..70 {
        let text = vec![0; length];
        let (expected, _) = tokenizer.measure_work(&text).unwrap();
        assert!(!expected.is_empty());
        for _ in 0..2 {
            let mut ids = Vec::new();
            tokenizer
                .encode(&text, SpecialTokens::Ordinary, false, &mut ids)
                .unwrap();
            assert_eq!(ids, expected, "{length}");
        }
    }
}

//! Steps, held to what `tokenizers` 0.23 does.

use super::*;
use Behavior::*;

fn split(regex: &str, behavior: Behavior, invert: bool) -> Step {
    let pattern = Pattern {
        regex: regex.to_owned(),
        dialect: Dialect::Tokenizers,
    };
    Step::Split {
        pattern: SplitPattern::Regex(pattern),
        behavior,
        invert,
    }
}

fn literal(text: &str, behavior: Behavior) -> Step {
    Step::Split {
        pattern: SplitPattern::Literal(text.to_owned()),
        behavior,
        invert: false,
    }
}

fn byte_level(add_prefix_space: bool, use_regex: bool) -> Step {
    Step::ByteLevel {
        add_prefix_space,
        use_regex,
        trim_offsets: true,
    }
}

/// Steps, text, and the pieces that `pre_tokenize_str` of `tokenizers` 0.23.3 gives (byte characters turned back into bytes).
#[rustfmt::skip]
#[test]
fn pieces_are_those_of_tokenizers() {
    type Case<'a> = (&'a [Step], &'a str, &'a [&'a [u8]]);
    let cases: &[Case<'_>] = &[
        (&[split("[-.0-9]", Isolated, false)], "a1--2 b..12é", &[b"a", b"1", b"-", b"-", b"2", b" b", b".", b".", b"1", b"2", b"\xC3\xA9"]),
        (&[split("[-.0-9]", Isolated, true)], "a1--2 b..12é", &[b"a", b"1", b"-", b"-", b"2", b" b", b".", b".", b"1", b"2", b"\xC3\xA9"]),
        (&[split("[-.0-9]", Removed, false)], "a1--2 b..12é", &[b"a", b" b", b"\xC3\xA9"]),
        (&[split("[-.0-9]", Removed, true)], "a1--2 b..12é", &[b"1", b"-", b"-", b"2", b".", b".", b"1", b"2"]),
        (&[split("[-.0-9]", MergedWithPrevious, false)], "a1--2 b..12é", &[b"a1", b"-", b"-", b"2", b" b.", b".", b"1", b"2", b"\xC3\xA9"]),
        (&[split("[-.0-9]", MergedWithPrevious, true)], "a1--2 b..12é", &[b"a", b"1", b"-", b"-", b"2 b", b".", b".", b"1", b"2\xC3\xA9"]),
        (&[split("[-.0-9]", MergedWithNext, false)], "a1--2 b..12é", &[b"a", b"1", b"-", b"-", b"2 b", b".", b".", b"1", b"2\xC3\xA9"]),
        (&[split("[-.0-9]", MergedWithNext, true)], "a1--2 b..12é", &[b"a1", b"-", b"-", b"2", b" b.", b".", b"1", b"2", b"\xC3\xA9"]),
        (&[split("[-.0-9]", Contiguous, false)], "a1--2 b..12é", &[b"a", b"1--2", b" b", b"..12", b"\xC3\xA9"]),
        (&[split("[-.0-9]", Contiguous, true)], "a1--2 b..12é", &[b"a", b"1--2", b" b", b"..12", b"\xC3\xA9"]),
        (&[literal(".", Isolated)], ".a..b.", &[b".", b"a", b".", b".", b"b", b"."]),
        (&[Step::Punctuation { behavior: Isolated }], "!a,.b« $\u{166d}\u{2e43}", &[b"!", b"a", b",", b".", b"b", b"\xC2\xAB", b" ", b"$", b"\xE1\x99\xAD", b"\xE2\xB9\x83"]),
        (&[literal(".", Removed)], ".a..b.", &[b"a", b"b"]),
        (&[Step::Punctuation { behavior: Removed }], "!a,.b« $\u{166d}\u{2e43}", &[b"a", b"b", b" ", b"\xE2\xB9\x83"]),
        (&[literal(".", MergedWithPrevious)], ".a..b.", &[b".", b"a.", b".", b"b."]),
        (&[Step::Punctuation { behavior: MergedWithPrevious }], "!a,.b« $\u{166d}\u{2e43}", &[b"!", b"a,", b".", b"b\xC2\xAB", b" $", b"\xE1\x99\xAD", b"\xE2\xB9\x83"]),
        (&[literal(".", MergedWithNext)], ".a..b.", &[b".a", b".", b".b", b"."]),
        (&[Step::Punctuation { behavior: MergedWithNext }], "!a,.b« $\u{166d}\u{2e43}", &[b"!a", b",", b".b", b"\xC2\xAB ", b"$", b"\xE1\x99\xAD\xE2\xB9\x83"]),
        (&[literal(".", Contiguous)], ".a..b.", &[b".", b"a", b"..", b"b", b"."]),
        (&[Step::Punctuation { behavior: Contiguous }], "!a,.b« $\u{166d}\u{2e43}", &[b"!", b"a", b",.", b"b", b"\xC2\xAB", b" ", b"$\xE1\x99\xAD", b"\xE2\xB9\x83"]),
        (&[literal("", Isolated)], "aé ", &[b"a", b"\xC3\xA9", b" "]),
        (&[literal("", MergedWithNext)], "aé ", &[b"a", b"\xC3\xA9", b" "]),
        (&[split("x*", Contiguous, false)], "xxaxb", &[b"xx", b"a", b"x", b"b"]),
        (&[split("$", Isolated, false)], "a\nb\n", &[b"a", b"\nb", b"\n"]),
        (&[Step::Digits { individual: true }], "a12٣²\u{11de0} 3", &[b"a", b"1", b"2", b"\xD9\xA3", b"\xC2\xB2", b"\xF0\x91\xB7\xA0", b" ", b"3"]),
        (&[Step::Digits { individual: false }], "a12٣²\u{11de0} 3", &[b"a", b"12\xD9\xA3\xC2\xB2\xF0\x91\xB7\xA0", b" ", b"3"]),
        (&[byte_level(false, false)], "ab 1", &[b"ab 1"]),
        (&[byte_level(false, false)], "\nab 1", &[b"\nab 1"]),
        (&[byte_level(false, false)], " ab\u{3000} it's", &[b" ab\xE3\x80\x80 it's"]),
        (&[byte_level(false, true)], "ab 1", &[b"ab", b" 1"]),
        (&[byte_level(false, true)], "\nab 1", &[b"\n", b"ab", b" 1"]),
        (&[byte_level(false, true)], " ab\u{3000} it's", &[b" ab", b"\xE3\x80\x80", b" it", b"'s"]),
        (&[byte_level(true, false)], "ab 1", &[b" ab 1"]),
        (&[byte_level(true, false)], "\nab 1", &[b" \nab 1"]),
        (&[byte_level(true, false)], " ab\u{3000} it's", &[b" ab\xE3\x80\x80 it's"]),
        (&[byte_level(true, true)], "ab 1", &[b" ab", b" 1"]),
        (&[byte_level(true, true)], "\nab 1", &[b" ", b"\n", b"ab", b" 1"]),
        (&[byte_level(true, true)], " ab\u{3000} it's", &[b" ab", b"\xE3\x80\x80", b" it", b"'s"]),
        (&[Step::Digits { individual: true }, byte_level(false, true)], "in 1984 ab", &[b"in", b" ", b"1", b"9", b"8", b"4", b" ab"]),
        (&[Step::Digits { individual: false }, byte_level(true, true)], "in1984 ab", &[b" in", b" 1984", b" ab"]),
        (&[byte_level(false, true), Step::Digits { individual: false }], "Хорошо ²5", &[b"\xD0\xA5\xD0", b"\xBE", b"\xD1\x80\xD0", b"\xBE", b"\xD1\x88\xD0", b"\xBE", b" \xC2", b"\xB25"]),
        (&[byte_level(true, true), literal("a", Removed)], "bac ad", &[b" b", b"c", b" ", b"d"]),
        (&[Step::Punctuation { behavior: Contiguous }, byte_level(false, true), Step::Digits { individual: false }, split("[0-9][0-9][0-9]", Isolated, false)], "a 12345!? b«°¼", &[b"a", b" ", b"123", b"45", b"!?", b" b", b"\xC2\xAB", b"\xC2\xB0", b"\xC2", b"\xBC"]),
    ];
    for (steps, text, expected) in cases {
        let pretokenizer = Pretokenizer::new(&PretokenizerSpec { steps: steps.to_vec() }).expect("compiles");
        let mut found = Vec::new();
        let mut end = 0;
        pretokenizer
            .for_each(text.as_bytes(), |pretoken| {
                let own = &text.as_bytes()[pretoken.range.clone()];
                assert!(pretoken.range.start >= end);
                assert!(pretoken.bytes == own || pretoken.bytes == [b" ", own].concat());
                end = pretoken.range.end;
                found.push(pretoken.bytes.to_vec());
                ControlFlow::Continue(())
            })
            .expect("no engine gives up");
        assert_eq!(&found, expected, "{steps:?} on {text:?}");
    }
}

#[test]
fn a_walk_ends_where_the_visitor_breaks() {
    for steps in [
        vec![],
        vec![byte_level(false, true)],
        vec![byte_level(true, true), Step::Digits { individual: true }],
        vec![split(r"\w", Isolated, false)],
    ] {
        let pretokenizer = Pretokenizer::new(&PretokenizerSpec { steps }).expect("compiles");
        let mut calls = 0;
        pretokenizer
            .for_each(b"a bc 12 d", |_| {
                calls += 1;
                ControlFlow::Break(())
            })
            .expect("no engine gives up");
        assert_eq!(calls, 1);
        pretokenizer
            .for_each(b"", |_| panic!("a pretoken of an empty text"))
            .expect("nothing to match");
    }
}

#[test]
fn where_an_engine_gives_up_is_told_in_bytes_of_the_text() {
    let hopeless = Step::Split {
        pattern: SplitPattern::Regex(Pattern {
            regex: r"(?=((b+)+)+c)\2b".to_owned(),
            dialect: Dialect::Tiktoken,
        }),
        behavior: Isolated,
        invert: false,
    };
    let text = format!("д {}", "b".repeat(40));
    for before in [literal(" ", Isolated), byte_level(true, true)] {
        let spec = PretokenizerSpec {
            steps: vec![before, hopeless.clone()],
        };
        let result = Pretokenizer::new(&spec)
            .expect("compiles")
            .for_each(text.as_bytes(), |_| ControlFlow::Continue(()));
        match result {
            Err(PretokenizeError::Matching { offset, .. }) => assert!((2..=3).contains(&offset), "{offset}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_second_byte_level_is_refused() {
    let steps = vec![byte_level(false, true), byte_level(false, false)];
    assert!(matches!(
        Pretokenizer::new(&PretokenizerSpec { steps }),
        Err(PretokenizeError::Pattern { .. })
    ));
}

//! The automaton, held to the engine that it stands for.

use super::*;
use crate::pretokenize::pattern::Matcher;
use proptest::test_runner::TestCaseError;

/// Patterns of models and of users; each runs on an automaton in the dialects named (both: no matter which).
const PATTERNS: &[&str] = &[
    r"\p{N}{1,3}",
    "[一-龥぀-ゟ゠-ヿ]+",
    r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"\p{N}{1,3}+|\s++$|\s+",
    r"\w+|[^\w\s]+",
    r"\w+|\s",
    r"\S+|\s+",
    r"\s?\S+",
    r"[0-9][0-9][0-9]",
    r"\d+|\D",
    r"a+b|a",
    r"(?:ab)++c|(?>abc)+|a*?b",
    r"(?:a|ab)(?:c|bcd)(?:d*)",
    r"a{2,4}+b|\p{Lu}{3,}?\p{Ll}",
    r"[a-zA-Z]+(?=')|'s|.|\n",
    r"(?:'(?i:[sdmt]|ll|ve|re))|\p{L}++| ?[^\s\p{L}]++",
    r"[^\S\r\n]+(?!\S)|\s|[^\s]+(?=\s|$)|.+",
    r"\s*\n\s*|[ \t]+$|\z|\S",
    r"a++a|\s++(?!\S)|\p{L}{1,3}+\p{Lu}|\s?+\s|.",
    r"b*",
    r"",
    r"(?:)|a",
    r"[\p{L}&&[^a-z]]+|[[a-f][^\s\p{L}]]+",
    r"\h+|\H",
    r"[[:alpha:]]+|[[:punct:]]|[[:space:]]+",
    r"\P{L}+|\p{^N}",
    r"\p{Greek}+|\p{Alphabetic}+",
];

fn all_matches(matcher: &Matcher, text: &[u8]) -> Result<Vec<(usize, usize)>, PretokenizeError> {
    let mut found = Vec::new();
    matcher.try_each(text, |start, end| {
        found.push((start, end));
        Ok::<(), PretokenizeError>(())
    })?;
    Ok(found)
}

fn matcher(regex: &str, dialect: Dialect) -> Option<Matcher> {
    let regex = regex.to_owned();
    Matcher::new(&Pattern { regex, dialect }).ok()
}

fn compare(matcher: &Matcher, text: &[u8]) -> Result<(), TestCaseError> {
    // What the engine gives up on it says nothing about.
    if let Ok(expected) = all_matches(&matcher.by_engine(), text) {
        let found = all_matches(matcher, text).expect("an automaton does not give up");
        prop_assert_eq!(expected, found, "{:?}", String::from_utf8_lossy(text));
    }
    Ok(())
}

/// The automata of all schemes, in every spelling, and of the patterns above.
static AUTOMATA: LazyLock<Vec<(Pattern, Matcher)>> = LazyLock::new(|| {
    let schemes = Scheme::all().flat_map(Scheme::spellings);
    let others = PATTERNS.iter().flat_map(|regex| {
        [Dialect::Tiktoken, Dialect::Tokenizers].map(|dialect| Pattern {
            regex: (*regex).to_owned(),
            dialect,
        })
    });
    schemes
        .chain(others)
        .filter_map(|pattern| {
            let matcher = matcher(&pattern.regex, pattern.dialect)?;
            (matcher.path() == Path::Automaton).then_some((pattern, matcher))
        })
        .collect()
});

#[test]
fn the_patterns_of_models_run_on_an_automaton() {
    for pattern in Scheme::all().flat_map(Scheme::spellings) {
        assert!(AUTOMATA.iter().any(|(known, _)| *known == pattern), "{pattern:?}");
    }
    for regex in PATTERNS {
        for dialect in [Dialect::Tiktoken, Dialect::Tokenizers] {
            if let Some(matcher) = matcher(regex, dialect) {
                assert_eq!(matcher.path(), Path::Automaton, "{regex} {dialect:?}");
            }
        }
    }
}

#[test]
fn what_needs_an_engine_has_one() {
    for regex in [
        r"(a)\1",
        r"(?<=a)b",
        r"\bword\b",
        r"a(?!bc)",
        r"(?:ab?)++a",
        r"(?:a*)*b",
        r"(?>a|ab)c",
        r"a{1,100000}",
    ] {
        let matcher = matcher(regex, Dialect::Tiktoken).expect("compiles");
        assert_eq!(matcher.path(), Path::Engine(Dialect::Tiktoken), "{regex}");
    }
}

/// Versions of an engine have had an optimiser that made one of two repetitions around an option optional too.
#[test]
fn an_engine_keeps_what_is_mandatory_around_an_option() {
    for regex in [r"b+a?b+", r"b+a*b+", r"(?:b+a?b+)+", r"(?=c)|b+a?b+"] {
        for dialect in [Dialect::Tiktoken, Dialect::Tokenizers] {
            let engine = matcher(regex, dialect).expect("compiles").by_engine();
            for (text, expected) in [("b", None), ("bb", Some((0, 2))), ("bab", Some((0, 3)))] {
                let found = all_matches(&engine, text.as_bytes()).expect("matches");
                assert_eq!(found, Vec::from_iter(expected), "{regex} {dialect:?} {text}");
            }
        }
    }
}

#[test]
fn a_list_of_words_is_an_automaton() {
    let words: Vec<String> = (0..300u32)
        .map(|number| {
            format!(
                "{}{number}w",
                char::from_u32(0x4E00 + number).expect("a character")
            )
        })
        .collect();
    let matcher = matcher(&words.join("|"), Dialect::Tokenizers).expect("compiles");
    assert_eq!(matcher.path(), Path::Automaton);
    let text = words.concat();
    let found = all_matches(&matcher, text.as_bytes()).expect("matches");
    assert_eq!(found.len(), words.len());
}

#[test]
fn an_automaton_that_looks_too_far_is_relieved() {
    let matcher = matcher(r"a+b|c", Dialect::Tiktoken).expect("compiles");
    assert_eq!(matcher.path(), Path::Automaton);
    let mut text = "c".repeat(3) + &"a".repeat(100_000) + "\u{e9}c";
    let found = all_matches(&matcher, text.as_bytes()).expect("matches");
    assert_eq!(found, [(0, 1), (1, 2), (2, 3), (100_005, 100_006)]);
    text.push_str("aab");
    let bytes = [b"c\xFF", text.as_bytes(), b"\xFFaab"].concat();
    let found = all_matches(&matcher, &bytes).expect("matches");
    assert_eq!(found.last(), Some(&(100_012, 100_015)));
    assert_eq!(found.len(), 7);
}

/// Random expressions, of what an automaton follows and of some that it does not.
fn expressions() -> impl Strategy<Value = String> {
    const ATOMS: &[&str] = &[
        "a",
        "b",
        "s",
        "é",
        " ",
        "'",
        "中",
        ".",
        r"\s",
        r"\S",
        r"\d",
        r"\p{L}",
        r"\p{Lu}",
        r"\p{Ll}",
        r"\p{N}",
        r"\p{M}",
        r"\p{Han}",
        r"\n",
        r"[^\s\p{L}\p{N}]",
        r"[^\r\n\p{L}\p{N}]",
        r"[\r\n]",
        "[ab]",
        "[^a]",
        r"[a-z]",
        r"\w",
        r"[\p{L}&&[^a]]",
        r"[\w']",
        r"\.",
        "/",
        "(?i:'s|'t|ll)",
        "(?i:[sdmt])",
        "ab",
        "aab",
        "(?!a)",
        r"(?!\S)",
        r"(?=\s)",
        "(?= |$)",
        r"(?=[ab])",
        r"\z",
        "$",
        r"\A",
        "",
    ];
    const QUANTIFIERS: &[&str] = &[
        "", "", "", "?", "*", "+", "??", "*?", "+?", "?+", "*+", "++", "{2}", "{1,3}", "{0,2}", "{2,}",
        "{1,2}?", "{1,3}+", "{2}+",
    ];
    let quantifier = proptest::sample::select(QUANTIFIERS);
    let leaf = (proptest::sample::select(ATOMS), quantifier.clone()).prop_map(|(atom, quantifier)| {
        if quantifier.is_empty() {
            atom.to_owned()
        } else {
            format!("(?:{atom}){quantifier}")
        }
    });
    let bare = (proptest::sample::select(&ATOMS[..29]), quantifier.clone())
        .prop_map(|(atom, quantifier)| format!("{atom}{quantifier}"));
    let part = prop_oneof![1 => leaf, 3 => bare];
    part.prop_recursive(3, 12, 4, move |inner| {
        let several = proptest::collection::vec(inner, 1..4);
        prop_oneof![
            3 => several.clone().prop_map(|parts| parts.concat()),
            3 => several.clone().prop_map(|parts| parts.join("|")),
            2 => (several.clone(), quantifier.clone()).prop_map(|(parts, quantifier)| format!("(?:{}){quantifier}", parts.join("|"))),
            1 => (several.clone(), quantifier.clone()).prop_map(|(parts, quantifier)| format!("({}){quantifier}", parts.concat())),
            1 => several.prop_map(|parts| format!("(?>{})", parts.join("|"))),
        ]
    })
}

/// Texts in which random expressions find something.
fn plain() -> impl Strategy<Value = Vec<u8>> {
    let parts: &[&[u8]] = &[
        b"a",
        b"b",
        b"ab",
        b"aab",
        b"s",
        b"S",
        b"'s",
        b"ll",
        b" ",
        b"  ",
        b"\n",
        b"\r\n",
        b"\t",
        b"1",
        b"23",
        b".",
        b"/",
        "é".as_bytes(),
        "É".as_bytes(),
        "中".as_bytes(),
        "ſ".as_bytes(),
        "\u{301}".as_bytes(),
        "\u{200d}".as_bytes(),
        "\u{2028}".as_bytes(),
        b"\xFF",
        b"\xE4\xB8",
    ];
    proptest::collection::vec(proptest::sample::select(parts.to_vec()), 0..16)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn automata_are_their_engines(text in adversarial()) {
        for (pattern, matcher) in AUTOMATA.iter() {
            compare(matcher, &text).map_err(|error| TestCaseError::fail(format!("{pattern:?}: {error}")))?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 1_000_000, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn automata_of_any_expression_are_their_engines(
        regex in expressions(),
        texts in proptest::collection::vec(plain(), 6),
        nasty in adversarial(),
    ) {
        for dialect in [Dialect::Tiktoken, Dialect::Tokenizers] {
            let Some(matcher) = matcher(&regex, dialect) else { continue };
            if matcher.path() != Path::Automaton {
                continue;
            }
            for text in texts.iter().chain([&nasty]) {
                compare(&matcher, text).map_err(|error| TestCaseError::fail(format!("{regex:?} {dialect:?}: {error}")))?;
            }
        }
    }
}

//! Names, spellings and forms of the known schemes.

use super::*;

const BYTE_LEVEL: Step = Step::ByteLevel {
    add_prefix_space: false,
    use_regex: false,
    trim_offsets: true,
};
const GPT2: Step = Step::ByteLevel {
    add_prefix_space: false,
    use_regex: true,
    trim_offsets: true,
};

fn runs_by_hand(spec: &PretokenizerSpec) -> bool {
    matches!(
        Pretokenizer::new(spec).expect("compiles").engine,
        Engine::Scanner(_)
    )
}

#[test]
fn names_lead_to_schemes_and_back() {
    for name in [
        "gpt2",
        "cl100k",
        "o200k",
        "llama3",
        "qwen2",
        "mistral-nemo",
        "bpe-200k",
        "kimi-k2",
        "deepseek",
        "superbpe-200k",
    ] {
        let spec = PretokenizerSpec::named(name).expect("a known name");
        assert_eq!(spec.name(), Some(name));
        assert!(runs_by_hand(&spec));
    }
    for (alias, name) in [
        ("r50k", "gpt2"),
        ("p50k_base", "gpt2"),
        ("cl100k_base", "cl100k"),
        ("o200k_base", "o200k"),
    ] {
        assert_eq!(
            PretokenizerSpec::named(alias).expect("a known name").name(),
            Some(name)
        );
    }
    let error = PretokenizerSpec::named("o201k").expect_err("no such name");
    assert!(error.to_string().contains("o200k"), "{error}");
}

#[test]
fn every_spelling_and_form_is_recognised() {
    for scheme in Scheme::all() {
        for Pattern { regex, dialect } in scheme.spellings() {
            let mut spec = PretokenizerSpec::regex(regex, dialect);
            assert_eq!(spec.scheme(), Some(scheme));
            spec.steps.push(BYTE_LEVEL);
            assert_eq!(spec.scheme(), Some(scheme));
            assert!(runs_by_hand(&spec));
            assert_eq!(
                spec.tiktoken_pattern(),
                Some(scheme.pattern(Dialect::Tiktoken).regex)
            );
            // Already in Oniguruma's spelling: kept as it is.
            let steps = match dialect {
                Dialect::Tiktoken => {
                    let Pattern { regex, dialect } = scheme.pattern(Dialect::Tokenizers);
                    PretokenizerSpec::regex(regex, dialect).steps
                }
                Dialect::Tokenizers => spec.steps[..1].to_vec(),
            };
            assert_eq!(spec.tokenizers_steps(), Some(steps));
            if let Step::Split { behavior, invert, .. } = &mut spec.steps[0] {
                (*behavior, *invert) = (Behavior::Removed, true);
            }
            // SuperBPE's does not match all of a text.
            assert_eq!(
                spec.scheme(),
                Some(scheme).filter(|scheme| *scheme != Scheme::SuperBpe)
            );
            if let Step::Split { invert, .. } = &mut spec.steps[0] {
                *invert = false;
            }
            assert_eq!(spec.scheme(), None);
        }
    }
    let gpt2 = PretokenizerSpec { steps: vec![GPT2] };
    assert_eq!(gpt2.name(), Some("gpt2"));
    assert!(runs_by_hand(&gpt2));
}

#[test]
fn what_only_looks_like_a_scheme_is_none() {
    // Oniguruma reads `{1,3}+` as a repetition: numbers are not cut in three there.
    let cl100k = PretokenizerSpec::named("cl100k").expect("a known name");
    let regex = cl100k.tiktoken_pattern().expect("a pattern");
    let spec = PretokenizerSpec::regex(regex, Dialect::Tokenizers);
    assert_eq!(spec.name(), None);
    assert_eq!(
        ranges(&Pretokenizer::new(&spec).expect("compiles"), b"1234567"),
        vec![0..7]
    );
    assert_eq!(
        ranges(&Pretokenizer::new(&cl100k).expect("compiles"), b"1234567"),
        [0..3, 3..6, 6..7]
    );
    assert_eq!(spec.tiktoken_pattern(), None);
    for steps in [
        vec![Step::Digits { individual: true }, GPT2],
        vec![Step::ByteLevel {
            add_prefix_space: true,
            use_regex: true,
            trim_offsets: true,
        }],
        vec![],
    ] {
        assert_eq!(PretokenizerSpec { steps }.name(), None);
    }
}

#[test]
fn the_spellings_of_cl100k_differ_at_the_end_of_a_text() {
    let end = |name| {
        let spec = PretokenizerSpec::named(name).expect("a known name");
        ranges(&Pretokenizer::new(&spec).expect("compiles"), b"a \n ")
    };
    assert_eq!(end("cl100k"), [0..1, 1..4]);
    assert_eq!(end("llama3"), [0..1, 1..3, 3..4]);
}

#[test]
fn patterns_are_respelled_where_both_engines_read_them_alike() {
    let plain = r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)";
    for dialect in [Dialect::Tiktoken, Dialect::Tokenizers] {
        let spec = PretokenizerSpec::regex(plain, dialect);
        assert_eq!(spec.tiktoken_pattern().as_deref(), Some(plain));
        assert_eq!(
            spec.tokenizers_steps(),
            Some(PretokenizerSpec::regex(plain, Dialect::Tokenizers).steps)
        );
    }
    let doubtful = PretokenizerSpec::regex(r"\w+|\s", Dialect::Tiktoken);
    assert_eq!(doubtful.tokenizers_steps(), None);
    assert_eq!(doubtful.tiktoken_pattern().as_deref(), Some(r"\w+|\s"));
}

#[test]
fn byte_level_stays_where_it_cannot_be_left_out() {
    let digits = Step::Digits { individual: false };
    let spec = PretokenizerSpec {
        steps: vec![digits.clone(), GPT2],
    };
    let gpt2 = Scheme::Gpt2.pattern(Dialect::Tokenizers);
    let split = PretokenizerSpec::regex(gpt2.regex, gpt2.dialect).steps;
    assert_eq!(
        spec.tokenizers_steps(),
        Some([vec![digits.clone()], split].concat())
    );
    let spec = PretokenizerSpec {
        steps: vec![GPT2, digits],
    };
    assert_eq!(spec.tokenizers_steps(), Some(spec.steps.clone()));
    assert_eq!(spec.tiktoken_pattern(), None);
}

/// Kimi K2 keeps Han apart, by classes with two sides.
#[test]
fn han_stands_apart() {
    let spec = PretokenizerSpec::named("kimi-k2").expect("a known name");
    let text = "It's 中文 ABCdef中の文".as_bytes();
    let found = ranges(&Pretokenizer::new(&spec).expect("compiles"), text);
    let pieces: Vec<_> = found
        .iter()
        .map(|range| String::from_utf8_lossy(&text[range.clone()]))
        .collect();
    assert_eq!(pieces, ["It's", " ", "中文", " ABCdef", "中", "の", "文"]);
}

fn deepseek_steps() -> Vec<Step> {
    let regexes = [
        r"\p{N}{1,3}",
        "[一-龥぀-ゟ゠-ヿ]+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
    ];
    regexes
        .into_iter()
        .flat_map(|regex| PretokenizerSpec::regex(regex, Dialect::Tokenizers).steps)
        .collect()
}

#[test]
fn the_steps_of_deepseek_are_a_scheme() {
    let mut steps = deepseek_steps();
    steps.push(BYTE_LEVEL);
    let spec = PretokenizerSpec { steps };
    assert_eq!(spec.name(), Some("deepseek"));
    assert!(runs_by_hand(&spec));
    // The file's own steps go back into a file.
    assert_eq!(spec.tokenizers_steps(), Some(deepseek_steps()));
    let mut other = spec.clone();
    other.steps.swap(0, 1);
    assert_eq!(other.name(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// One step after the other, each by Oniguruma.
    #[test]
    fn the_scanner_of_deepseek_is_its_steps(text in adversarial()) {
        static STEPS: LazyLock<Vec<Splitter>> = LazyLock::new(|| {
            let patterns = deepseek_steps().into_iter().map(|step| match step {
                Step::Split { pattern: SplitPattern::Regex(pattern), .. } => Splitter::new(&pattern),
                other => panic!("{other:?}"),
            });
            patterns.collect()
        });
        let mut pieces = Vec::from([Range { start: 0, end: text.len() }]);
        for splitter in STEPS.iter() {
            pieces = pieces
                .into_iter()
                .flat_map(|piece| {
                    let parts = splitter.split(&text[piece.clone()]);
                    parts.into_iter().map(move |part| part.start + piece.start..part.end + piece.start)
                })
                .collect();
        }
        prop_assert_eq!(ranges(&scanner(Scheme::DeepSeek), &text), pieces);
    }
}

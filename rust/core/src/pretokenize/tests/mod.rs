//! The fast pretokenizers, held to the references.

mod automaton;
mod corpora;
mod kernels;
mod spec;
mod steps;

use super::*;
use crate::reference::alphabet::{BYTES, CHARACTERS};
use crate::reference::pretokenize::Splitter;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Pretokens of a text: ranges, after a check that bytes and ranges agree.
fn ranges(pretokenizer: &Pretokenizer, text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    pretokenizer
        .for_each(text, |pretoken| {
            assert_eq!(pretoken.bytes, &text[pretoken.range.clone()]);
            assert!(!pretoken.bytes.is_empty());
            found.push(pretoken.range);
            ControlFlow::Continue(())
        })
        .expect("no engine gives up");
    found
}

/// Every spelling of every scheme, compiled.
static REFERENCES: LazyLock<Vec<(Scheme, Pattern, Splitter)>> = LazyLock::new(|| {
    let spelled = |scheme: Scheme| {
        scheme
            .spellings()
            .into_iter()
            .map(move |pattern| (scheme, pattern))
    };
    Scheme::all()
        .flat_map(spelled)
        .map(|(scheme, pattern)| (scheme, pattern.clone(), Splitter::new(&pattern)))
        .collect()
});

fn scanner(scheme: Scheme) -> Pretokenizer {
    let Pattern { regex, dialect } = scheme.pattern(Dialect::Tiktoken);
    let pretokenizer = Pretokenizer::new(&PretokenizerSpec::regex(regex, dialect)).expect("compiles");
    assert!(matches!(pretokenizer.engine, Engine::Scanner(_)));
    pretokenizer
}

/// Texts over an alphabet of what the schemes tell apart, with bytes that are not UTF-8.
fn adversarial() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        12 => proptest::sample::select(CHARACTERS).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::sample::select(BYTES).prop_map(<[u8]>::to_vec),
        1 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn scanners_are_their_patterns(text in adversarial()) {
        for scheme in Scheme::all() {
            let expected = ranges(&scanner(scheme), &text);
            for (pattern, splitter) in REFERENCES.iter().filter(|(of, ..)| *of == scheme).map(|(_, pattern, splitter)| (pattern, splitter)) {
                prop_assert_eq!(&expected, &splitter.split(&text), "{} in {:?}", scheme.name(), pattern);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn both_sides_of_a_safe_cut_give_the_whole(text in adversarial(), from in 0usize..40) {
        for scheme in Scheme::all() {
            let pretokenizer = scanner(scheme);
            let whole = ranges(&pretokenizer, &text);
            let Some(cut) = pretokenizer.safe_cut(&text, from) else { continue };
            prop_assert!(cut >= from && cut > 0 && cut < text.len());
            let mut parts = ranges(&pretokenizer, &text[..cut]);
            parts.extend(ranges(&pretokenizer, &text[cut..]).iter().map(|range| range.start + cut..range.end + cut));
            prop_assert_eq!(&whole, &parts, "{} cut at {}", scheme.name(), cut);
        }
    }

    #[test]
    fn steps_before_a_scheme_leave_its_cuts_safe(text in adversarial(), from in 0usize..40) {
        let gpt2 = Step::ByteLevel { add_prefix_space: false, use_regex: true, trim_offsets: false };
        let before = [
            vec![Step::Digits { individual: true }],
            vec![Step::Digits { individual: false }, Step::Punctuation { behavior: Behavior::Contiguous }],
            vec![Step::Punctuation { behavior: Behavior::Isolated }],
        ];
        for mut steps in before {
            steps.extend([gpt2.clone(), Step::Digits { individual: false }]);
            let pretokenizer = Pretokenizer::new(&PretokenizerSpec { steps }).expect("compiles");
            let whole = ranges(&pretokenizer, &text);
            let Some(cut) = pretokenizer.safe_cut(&text, from) else { continue };
            let mut parts = ranges(&pretokenizer, &text[..cut]);
            parts.extend(ranges(&pretokenizer, &text[cut..]).iter().map(|range| range.start + cut..range.end + cut));
            prop_assert_eq!(&whole, &parts, "cut at {}", cut);
        }
    }

    #[test]
    fn any_bytes_are_tiled(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        for scheme in Scheme::all() {
            let mut end = 0;
            for range in ranges(&scanner(scheme), &text) {
                prop_assert_eq!(range.start, end);
                end = range.end;
            }
            prop_assert_eq!(end, text.len());
        }
    }
}

//! Cuts inside pretokens change no id.
#![allow(clippy::unwrap_used)]

use super::cache_tests::{PROSE, trained};
use super::engine::Worker;
use super::*;
use crate::pretokenize::PretokenizerSpec;
use crate::vocabulary::load;
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::LazyLock;

/// The same twice, with cuts and without.
struct Both {
    cut: Tokenizer,
    whole: Tokenizer,
}

impl Both {
    fn new(definition: Definition) -> Self {
        let cut = Tokenizer::new(definition.clone()).unwrap();
        let mut whole = Tokenizer::new(definition).unwrap();
        whole.engine.forget_cuts();
        assert!(cut.engine.has_cuts() && !whole.engine.has_cuts());
        Self { cut, whole }
    }

    /// With the caches of the usual size and with the smallest.
    fn check(&self, text: &[u8]) {
        let ids = |tokenizer: &Tokenizer, worker: &mut Worker| {
            let mut ids = Vec::new();
            tokenizer.engine.encode(text, worker, &mut ids).unwrap();
            ids
        };
        let expected = ids(&self.whole, &mut Worker::new());
        assert!(expected == self.cut.measure_work(text).unwrap().0);
        for mut worker in [Worker::new(), Worker::with_sizes((1, 1), (1, 1))] {
            assert!(
                ids(&self.cut, &mut worker) == expected,
                "{:?}",
                String::from_utf8_lossy(&text[..text.len().min(2_000)])
            );
        }
    }
}

/// Real merges: within characters, of whole ones, across them; short and long pretokens; one at a time where no scanner is.
static TRAINED: LazyLock<Vec<Both>> = LazyLock::new(|| {
    let both = |pretokenizer, tokens| Both::new(trained(PROSE.as_bytes(), pretokenizer, tokens));
    let own = PretokenizerSpec::regex(r"\p{L}+|\P{L}+", crate::pretokenize::Dialect::Tiktoken);
    vec![
        both(PretokenizerSpec::named("gpt2").unwrap(), 900),
        both(PretokenizerSpec::named("cl100k").unwrap(), 500),
        both(PretokenizerSpec::named("o200k").unwrap(), 900),
        both(PretokenizerSpec::named("o200k").unwrap(), 300),
        both(PretokenizerSpec::named("deepseek").unwrap(), 700),
        both(own, 700),
        both(PretokenizerSpec::none(), 700),
    ]
});

/// Han, kana, Hangul, Thai, emoji and some Latin, whole, cut in the middle, and bytes that are not UTF-8.
fn mixed() -> impl Strategy<Value = Vec<u8>> {
    let characters: Vec<char> = PROSE
        .chars()
        .filter(|character| !character.is_ascii())
        .chain("a .\n1'".chars())
        .collect();
    let character =
        prop::sample::select(characters.clone()).prop_map(|character| character.to_string().into_bytes());
    let cut =
        (prop::sample::select(characters), 0..4usize, 1..5usize).prop_map(|(character, from, count)| {
            let bytes = character.to_string().into_bytes();
            let from = from.min(bytes.len() - 1);
            bytes[from..(from + count).min(bytes.len())].to_vec()
        });
    let stretch = (any::<prop::sample::Index>(), 1..60usize).prop_map(|(start, length)| {
        let start = start.index(PROSE.len());
        PROSE.as_bytes()[start..(start + length).min(PROSE.len())].to_vec()
    });
    let part = prop_oneof![
        10 => character,
        2 => cut,
        2 => stretch,
        1 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(part, 0..120).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn trained_vocabularies_with_cuts_and_without(text in mixed()) {
        for both in &*TRAINED {
            both.check(&text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Trained on what is then encoded, few characters and as bytes, so that tokens begin and end anywhere.
    #[test]
    fn tokens_that_begin_and_end_within_characters(
        choices in prop::collection::vec(0..14usize, 20..300),
        tokens in 257..400usize,
        text in prop::collection::vec(0..14usize, 0..80),
    ) {
        const FEW: [&[u8]; 14] = [
            "中".as_bytes(), "丮".as_bytes(), "文".as_bytes(), "日".as_bytes(), "本".as_bytes(), "한".as_bytes(), "국".as_bytes(), "の".as_bytes(),
            "😀".as_bytes(), "😁".as_bytes(), b"\xE4\xB8", b"\x96", b"\xF0\x9F", b"a",
        ];
        let corpus: Vec<u8> = choices.iter().flat_map(|&choice| FEW[choice]).copied().collect();
        let both = Both::new(trained(&corpus, PretokenizerSpec::none(), tokens));
        both.check(&text.iter().flat_map(|&choice| FEW[choice]).copied().collect::<Vec<u8>>());
        both.check(&corpus);
    }
}

#[test]
fn pretokens_of_more_pieces_than_a_batch() {
    for both in &*TRAINED {
        for unit in ["中文字符", "한국어가", "日本a語", "👩\u{200d}👩😀", "の-", "สวัส"]
        {
            for count in [100, 511, 512, 513, 575, 576, 577, 1_200, 20_000] {
                let text: String = unit.chars().cycle().take(count).collect();
                both.check(text.as_bytes());
                both.check(format!("the cat {text}\n{text}").as_bytes());
            }
        }
    }
}

#[test]
fn o200k_on_text_of_many_languages() {
    let Some(data) = std::env::var_os("BYTEWRIGHT_DATA").map(PathBuf::from) else {
        eprintln!("skipped: BYTEWRIGHT_DATA is not set");
        return;
    };
    let mut folder: Vec<PathBuf> = std::fs::read_dir(data.join("corpora"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    folder.sort();
    for name in ["o200k", "cl100k"] {
        let path = data.join(format!("vocabularies/{name}_base.tiktoken"));
        let both = Both::new(load(&path, Some(&PretokenizerSpec::named(name).unwrap())).unwrap());
        for path in &folder {
            let mut text = std::fs::read(path).unwrap();
            text.truncate(4_000_000);
            both.check(&text);
            // Some bytes changed: characters that end too soon, and bytes that begin none.
            for place in (0..text.len()).step_by(211) {
                text[place] = text[place].rotate_left(3) ^ 0x80;
            }
            both.check(&text);
        }
    }
}

//! A tokenizer's definition as plain Python objects, for pickling: any semantics, any pattern, nothing recomputed but what follows from ranks.

use crate::errors::{raise, to_python};
use bytewright::pretokenize::{Behavior, Dialect, Pattern, PretokenizerSpec, SplitPattern, Step};
use bytewright::vocabulary::{
    AddedToken, Definition, Merge, Normalizer, Semantics, Template, TokenId, Vocabulary,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

/// Of the tuple; a pickle of another version is refused.
const VERSION: u32 = 1;

/// The length of a token that is not there.
const ABSENT: u32 = u32::MAX;

/// Version, lengths, bytes, merges, semantics, added tokens, normaliser, steps, template, tokens that are only decoded.
type State = (
    u32,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    String,
    Vec<Added>,
    Option<String>,
    Vec<PackedStep>,
    String,
    Vec<(TokenId, String)>,
);

type Added = (String, TokenId, [bool; 5]);

/// Kind, text, flags.
type PackedStep = (String, String, String, Vec<bool>);

pub fn pack<'py>(py: Python<'py>, definition: &Definition) -> PyResult<Bound<'py, PyTuple>> {
    let vocabulary = &definition.vocabulary;
    let semantics = vocabulary.semantics();
    let lengths = words(
        vocabulary
            .tokens()
            .iter()
            .map(|token| token.as_ref().map_or(ABSENT, |bytes| bytes.len() as u32)),
    );
    let blob: Vec<u8> = vocabulary
        .tokens()
        .iter()
        .flatten()
        .flat_map(|token| token.iter().copied())
        .collect();
    let merges = match semantics {
        Semantics::Ranks => Vec::new(),
        Semantics::Merges { .. } => words(
            vocabulary
                .merges()
                .iter()
                .flat_map(|merge| [merge.left, merge.right, merge.id]),
        ),
    };
    let added: Vec<Added> = definition.added_tokens.iter().map(pack_added).collect();
    let decode_only = vocabulary.decode_only().iter();
    let decode_only: Vec<(TokenId, String)> =
        decode_only.map(|(id, token)| (*id, token.to_string())).collect();
    let steps: Vec<PackedStep> = definition.pretokenizer.steps.iter().map(pack_step).collect();
    (
        VERSION,
        PyBytes::new(py, &lengths),
        PyBytes::new(py, &blob),
        PyBytes::new(py, &merges),
        match semantics {
            Semantics::Ranks => "ranks",
            Semantics::Merges { ignore_merges: false } => "merges",
            Semantics::Merges { ignore_merges: true } => "ignore_merges",
        },
        added,
        definition.normalizer.as_ref().map(Normalizer::to_json),
        steps,
        definition.template.to_json(),
        decode_only,
    )
        .into_pyobject(py)
}

pub fn unpack(py: Python<'_>, state: &Bound<'_, PyTuple>) -> PyResult<Definition> {
    let broken = |what: &str| {
        raise(
            py,
            "VocabularyError",
            format!("the pickled tokenizer is damaged: {what}"),
        )
    };
    let version = state.get_item(0)?.extract::<u32>()?;
    if version != VERSION {
        return Err(raise(
            py,
            "VocabularyError",
            format!("the pickled tokenizer has version {version}; this release reads version {VERSION}"),
        ));
    }
    let (_, lengths, blob, merges, semantics, added, normalizer, steps, template, decode_only) =
        state.extract::<State>()?;
    let mut rest = blob.as_slice();
    let mut tokens: Vec<Option<Box<[u8]>>> = Vec::with_capacity(lengths.len() / 4);
    for length in numbers(&lengths) {
        if length == ABSENT {
            tokens.push(None);
            continue;
        }
        let (token, after) = rest
            .split_at_checked(length as usize)
            .ok_or_else(|| broken("tokens"))?;
        tokens.push(Some(token.into()));
        rest = after;
    }
    let vocabulary = match semantics.as_str() {
        "ranks" => {
            let ranks = tokens.into_iter().enumerate();
            let ranks = ranks
                .filter_map(|(id, token)| Some((token?.into_vec(), id as TokenId)))
                .collect();
            py.detach(|| Vocabulary::from_ranks(ranks))
        }
        "merges" | "ignore_merges" => {
            let numbers: Vec<u32> = numbers(&merges).collect();
            let list = numbers
                .chunks_exact(3)
                .map(|merge| Merge {
                    left: merge[0],
                    right: merge[1],
                    id: merge[2],
                })
                .collect();
            py.detach(|| Vocabulary::from_merges(tokens, list, semantics == "ignore_merges"))
        }
        _ => return Err(broken("semantics")),
    };
    let normalizer = match normalizer {
        None => None,
        Some(text) => Some(Normalizer::from_json(&text).ok_or_else(|| broken("normalizer"))?),
    };
    let steps = steps
        .into_iter()
        .map(|step| unpack_step(step).ok_or_else(|| broken("pretokenizer")))
        .collect::<PyResult<_>>()?;
    let decode_only = decode_only
        .into_iter()
        .map(|(id, token)| (id, token.into()))
        .collect();
    let vocabulary = vocabulary.and_then(|vocabulary| vocabulary.with_decode_only(decode_only));
    Ok(Definition {
        vocabulary: vocabulary.map_err(to_python)?,
        added_tokens: added.into_iter().map(unpack_added).collect(),
        normalizer,
        pretokenizer: PretokenizerSpec { steps },
        template: Template::from_json(&template).ok_or_else(|| broken("template"))?,
    })
}

fn words(numbers: impl Iterator<Item = u32>) -> Vec<u8> {
    numbers.flat_map(u32::to_le_bytes).collect()
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

fn pack_added(token: &AddedToken) -> Added {
    let flags = [
        token.special,
        token.normalized,
        token.single_word,
        token.lstrip,
        token.rstrip,
    ];
    (token.content.clone(), token.id, flags)
}

fn unpack_added((content, id, [special, normalized, single_word, lstrip, rstrip]): Added) -> AddedToken {
    AddedToken {
        content,
        id,
        special,
        normalized,
        single_word,
        lstrip,
        rstrip,
    }
}

const BEHAVIORS: [(Behavior, &str); 5] = [
    (Behavior::Isolated, "isolated"),
    (Behavior::Removed, "removed"),
    (Behavior::MergedWithPrevious, "merged_with_previous"),
    (Behavior::MergedWithNext, "merged_with_next"),
    (Behavior::Contiguous, "contiguous"),
];

fn behavior_name(behavior: Behavior) -> String {
    let found = BEHAVIORS.iter().find(|(known, _)| *known == behavior);
    found.map_or("", |(_, name)| name).to_owned()
}

fn behavior(name: &str) -> Option<Behavior> {
    BEHAVIORS
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(behavior, _)| *behavior)
}

fn pack_step(step: &Step) -> PackedStep {
    let packed = |kind: &str, text: &str, behavior: String, flags: &[bool]| {
        (kind.to_owned(), text.to_owned(), behavior, flags.to_vec())
    };
    match step {
        Step::Split {
            pattern,
            behavior,
            invert,
        } => {
            let (kind, text) = match pattern {
                SplitPattern::Literal(text) => ("literal", text),
                SplitPattern::Regex(Pattern {
                    regex,
                    dialect: Dialect::Tiktoken,
                }) => ("tiktoken", regex),
                SplitPattern::Regex(Pattern {
                    regex,
                    dialect: Dialect::Tokenizers,
                }) => ("tokenizers", regex),
            };
            packed(kind, text, behavior_name(*behavior), &[*invert])
        }
        Step::ByteLevel {
            add_prefix_space,
            use_regex,
            trim_offsets,
        } => packed(
            "byte_level",
            "",
            String::new(),
            &[*add_prefix_space, *use_regex, *trim_offsets],
        ),
        Step::Digits { individual } => packed("digits", "", String::new(), &[*individual]),
        Step::Punctuation { behavior } => packed("punctuation", "", behavior_name(*behavior), &[]),
    }
}

fn unpack_step((kind, text, behaviour, flags): PackedStep) -> Option<Step> {
    let pattern = match kind.as_str() {
        "literal" => Some(SplitPattern::Literal(text)),
        "tiktoken" => Some(SplitPattern::Regex(Pattern {
            regex: text,
            dialect: Dialect::Tiktoken,
        })),
        "tokenizers" => Some(SplitPattern::Regex(Pattern {
            regex: text,
            dialect: Dialect::Tokenizers,
        })),
        _ => None,
    };
    match (pattern, kind.as_str(), flags.as_slice()) {
        (Some(pattern), _, [invert]) => Some(Step::Split {
            pattern,
            behavior: behavior(&behaviour)?,
            invert: *invert,
        }),
        (None, "byte_level", [add_prefix_space, use_regex, trim_offsets]) => Some(Step::ByteLevel {
            add_prefix_space: *add_prefix_space,
            use_regex: *use_regex,
            trim_offsets: *trim_offsets,
        }),
        (None, "digits", [individual]) => Some(Step::Digits {
            individual: *individual,
        }),
        (None, "punctuation", []) => Some(Step::Punctuation {
            behavior: behavior(&behaviour)?,
        }),
        _ => None,
    }
}

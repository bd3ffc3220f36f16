//! Added tokens: found in the text before anything is merged, as `tokenizers` finds them.

use super::SpecialTokens;
use crate::error::{EncodeError, VocabularyError};
use crate::normalize::{
    first_character, last_character, normalized_bytes, space_at_start, without_space_at_end,
};
use crate::vocabulary::{AddedToken, Normalizer};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// Choices among the special tokens that are remembered with their automata.
const REMEMBERED: usize = 8;

/// Bytes on either side of a cut that no added token may touch: what lies beside it decides about single words, and pretokens end at it.
const MARGIN: usize = 16;

/// The added tokens of a tokenizer.
pub(crate) struct Added {
    tokens: Vec<AddedToken>,
    /// What is looked for: the content, normalised where the token is looked for in the normalised text.
    contents: Vec<Vec<u8>>,
    /// All special tokens.
    special: Option<Arc<Matcher>>,
    /// Where no special token is matched.
    plain: Arc<Policy>,
    /// Where special tokens are ordinary text, and are counted.
    counting: Arc<Policy>,
    remembered: Mutex<Vec<(Vec<Choice>, Arc<Policy>)>>,
    /// A special token could come out of normalising.
    special_normalized: bool,
    longest: usize,
    strips: bool,
}

/// What becomes of a special token in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Allowed,
    Disallowed,
    Ordinary,
}

/// Takes an added token, or the text up to the next one.
type Visit<'a, E> = &'a mut dyn FnMut(Range<usize>, Option<&AddedToken>) -> Result<(), E>;

/// Finds some of the added tokens.
struct Matcher {
    automaton: AhoCorasick,
    tokens: Vec<usize>,
}

/// Which added tokens are looked for, and to what end.
#[derive(Default)]
pub(crate) struct Policy {
    raw: Option<Arc<Matcher>>,
    normalized: Option<Arc<Matcher>>,
    disallowed: Option<Arc<Matcher>>,
    counted: Option<Arc<Matcher>>,
}

impl Matcher {
    fn new(contents: &[Vec<u8>], tokens: Vec<usize>) -> Result<Option<Arc<Self>>, aho_corasick::BuildError> {
        if tokens.is_empty() {
            return Ok(None);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind((tokens.len() > 64).then_some(AhoCorasickKind::ContiguousNFA))
            .build(tokens.iter().map(|&index| &contents[index]))?;
        Ok(Some(Arc::new(Self { automaton, tokens })))
    }
}

impl Added {
    pub(crate) fn new(
        tokens: &[AddedToken],
        normalizer: Option<&Normalizer>,
    ) -> Result<Self, VocabularyError> {
        let contents: Vec<Vec<u8>> = tokens
            .iter()
            .map(|token| {
                let normalizer = normalizer.filter(|_| token.normalized);
                normalized_bytes(normalizer, token.content.as_bytes()).into_owned()
            })
            .collect();
        let fails = |error: aho_corasick::BuildError| {
            VocabularyError::Inconsistent(format!("the added tokens can't be searched for: {error}"))
        };
        let select = |wanted: &dyn Fn(&AddedToken) -> bool| {
            let chosen = tokens.iter().enumerate().filter(|(_, token)| wanted(token));
            Matcher::new(&contents, chosen.map(|(index, _)| index).collect()).map_err(fails)
        };
        // A choice among the special tokens needs automata over parts of what these two hold.
        select(&|_| true)?;
        let special = select(&|token| token.special)?;
        let raw = select(&|token| !token.special && !token.normalized)?;
        let normalized = select(&|token| !token.special && token.normalized)?;
        Ok(Self {
            plain: Arc::new(Policy {
                raw: raw.clone(),
                normalized: normalized.clone(),
                ..Policy::default()
            }),
            counting: Arc::new(Policy {
                raw,
                normalized,
                counted: special.clone(),
                ..Policy::default()
            }),
            special,
            special_normalized: normalizer.is_some()
                && tokens.iter().any(|token| token.special && token.normalized),
            remembered: Mutex::new(Vec::new()),
            longest: contents.iter().map(Vec::len).max().unwrap_or(0),
            strips: tokens.iter().any(|token| token.lstrip || token.rstrip),
            contents,
            tokens: tokens.to_vec(),
        })
    }

    /// What to look for in one text: as in many, but most texts hold no special token, and then nothing has to be chosen.
    pub(crate) fn policy_for_text(&self, special: SpecialTokens<'_>, text: &[u8]) -> Arc<Policy> {
        let Some(matcher) = &self.special else {
            return Arc::clone(&self.plain);
        };
        if matches!(special, SpecialTokens::Ordinary)
            || (!self.special_normalized && !matcher.automaton.is_match(text))
        {
            return Arc::clone(&self.plain);
        }
        self.policy(special)
    }

    /// What to look for.
    pub(crate) fn policy(&self, special: SpecialTokens<'_>) -> Arc<Policy> {
        let SpecialTokens::Choose { allowed, disallowed } = special else {
            return Arc::clone(&self.counting);
        };
        let choices: Vec<Choice> = self
            .tokens
            .iter()
            .map(|token| match token {
                token if !token.special => Choice::Allowed,
                token if allowed(&token.content) => Choice::Allowed,
                token if disallowed(&token.content) => Choice::Disallowed,
                _ => Choice::Ordinary,
            })
            .collect();
        // Never waits: after a fork the lock may be held by a thread that is no more.
        if let Ok(remembered) = self.remembered.try_lock()
            && let Some((_, policy)) = remembered.iter().find(|(known, _)| *known == choices)
        {
            return Arc::clone(policy);
        }
        let select = |choice: Choice, wanted: &dyn Fn(&AddedToken) -> bool| {
            let chosen =
                (0..choices.len()).filter(|&index| choices[index] == choice && wanted(&self.tokens[index]));
            // Can't fail: the automaton over all of them could be built.
            Matcher::new(&self.contents, chosen.collect()).ok().flatten()
        };
        let policy = Arc::new(Policy {
            raw: select(Choice::Allowed, &|token| !token.normalized),
            normalized: select(Choice::Allowed, &|token| token.normalized),
            disallowed: select(Choice::Disallowed, &|_| true),
            counted: select(Choice::Ordinary, &|token| token.special),
        });
        if let Ok(mut remembered) = self.remembered.try_lock() {
            if remembered.len() == REMEMBERED {
                remembered.remove(0);
            }
            remembered.push((choices, Arc::clone(&policy)));
        }
        policy
    }

    /// # Errors
    /// The first special token that stands in the text and is not allowed.
    pub(crate) fn refuse_disallowed(&self, policy: &Policy, text: &[u8]) -> Result<(), EncodeError> {
        if let Some(matcher) = &policy.disallowed
            && let Some(found) = matcher.automaton.find(text)
        {
            let token = &self.tokens[matcher.tokens[found.pattern().as_usize()]];
            return Err(EncodeError::SpecialToken {
                token: token.content.clone(),
                offset: found.start(),
            });
        }
        Ok(())
    }

    /// How many special tokens are taken for ordinary text.
    pub(crate) fn count_ordinary(&self, policy: &Policy, text: &[u8]) -> u64 {
        let matcher = policy.counted.as_ref();
        matcher.map_or(0, |matcher| matcher.automaton.find_iter(text).count() as u64)
    }

    /// Calls `visit` with the added tokens and the text between them. `normalized`: the second search, in the normalised text.
    ///
    /// A match that begins within white space that the token before it took is still a match, as in `tokenizers`.
    pub(crate) fn split<E>(
        &self,
        policy: &Policy,
        normalized: bool,
        text: &[u8],
        visit: Visit<'_, E>,
    ) -> Result<(), E> {
        let matcher = if normalized {
            &policy.normalized
        } else {
            &policy.raw
        };
        let mut done = 0;
        if let Some(matcher) = matcher {
            for found in matcher.automaton.find_iter(text) {
                let token = &self.tokens[matcher.tokens[found.pattern().as_usize()]];
                let (mut start, mut end) = (found.start(), found.end());
                if token.single_word && (ends_with_word(&text[..start]) || starts_with_word(&text[end..])) {
                    continue;
                }
                if token.lstrip {
                    start = without_space_at_end(&text[..start]).max(done.min(start));
                }
                if token.rstrip {
                    end += space_at_start(&text[end..]);
                }
                if done < start {
                    visit(done..start, None)?;
                }
                visit(start..end, Some(token))?;
                done = end;
            }
        }
        if done < text.len() {
            visit(done..text.len(), None)?;
        }
        Ok(())
    }

    /// How many bytes beside a cut decide whether it is one, at most.
    pub(crate) fn margin(&self) -> usize {
        self.longest + MARGIN
    }

    /// Whether cutting at a place leaves every added token (and the white space that it takes) on one side.
    pub(crate) fn may_cut(&self, text: &[u8], place: usize) -> bool {
        let low = place.saturating_sub(self.longest + MARGIN);
        let high = (place + self.longest + MARGIN).min(text.len());
        let window = &text[low..high];
        let crosses = |matcher: &Option<Arc<Matcher>>| {
            matcher.as_ref().is_some_and(|matcher| {
                matcher
                    .automaton
                    .find_iter(window)
                    .any(|found| low + found.start() <= place + MARGIN && low + found.end() + MARGIN >= place)
            })
        };
        if crosses(&self.special) || crosses(&self.plain.raw) || crosses(&self.plain.normalized) {
            return false;
        }
        !(self.strips && without_space_at_end(&text[..place]) < place && space_at_start(&text[place..]) > 0)
    }
}

fn ends_with_word(text: &[u8]) -> bool {
    last_character(text).is_some_and(regex_syntax::is_word_character)
}

fn starts_with_word(text: &[u8]) -> bool {
    first_character(text).is_some_and(regex_syntax::is_word_character)
}

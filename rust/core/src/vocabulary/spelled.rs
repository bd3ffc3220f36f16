//! Tokens and merges as texts (GPT-2's characters), as `vocab.json`, `merges.txt` and `tokenizer.json` have them, made into a [`Vocabulary`].

use super::byte_characters::{byte, unspell};
use super::table::{Fault, highest_id_allowed};
use super::{AddedToken, Definition, Merge, TokenId, Vocabulary};
use crate::error::VocabularyError;
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

/// A merge as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpelledMerge<'a> {
    pub(super) left: Cow<'a, str>,
    pub(super) right: Cow<'a, str>,
}

impl<'a> SpelledMerge<'a> {
    /// Two tokens with one space between them.
    pub(super) fn joined(text: &'a str) -> Option<Self> {
        let (left, right) = text.split_once(' ')?;
        if left.is_empty() || right.is_empty() || right.contains(' ') {
            return None;
        }
        Some(Self {
            left: left.into(),
            right: right.into(),
        })
    }
}

/// What the files say, and where.
pub(super) struct SpelledVocabulary<'a> {
    pub(super) vocab_path: &'a Path,
    /// How the map of tokens is called in its file; empty where it is the file.
    pub(super) vocab_place: &'a str,
    pub(super) vocab: Vec<(Cow<'a, str>, TokenId)>,
    pub(super) merges_path: &'a Path,
    pub(super) merges: Vec<SpelledMerge<'a>>,
    /// Where in its file a merge is.
    pub(super) merge_place: &'a dyn Fn(usize) -> String,
    pub(super) ignore_merges: bool,
}

impl SpelledVocabulary<'_> {
    /// The ordinary tokens and merges. A token that is among `added`, too, is an ordinary one only where merging needs it.
    pub(super) fn resolve(self, added: &[AddedToken]) -> Result<Vocabulary, VocabularyError> {
        let in_vocab = |token: &str, problem: String| VocabularyError::Malformed {
            path: self.vocab_path.to_owned(),
            place: format!("{}[{token:?}]", self.vocab_place),
            problem,
        };
        let in_merges = |index: usize, problem: String| VocabularyError::Malformed {
            path: self.merges_path.to_owned(),
            place: (self.merge_place)(index),
            problem,
        };
        let limit = highest_id_allowed(self.vocab.len());
        let mut ids: HashMap<&str, TokenId, RandomState> =
            HashMap::with_capacity_and_hasher(self.vocab.len(), RandomState::default());
        let mut by_id: Vec<Option<&str>> = Vec::with_capacity(self.vocab.len());
        for (token, id) in &self.vocab {
            let place = *id as usize;
            if place > limit {
                let count = self.vocab.len();
                return Err(in_vocab(
                    token,
                    format!("id {id}: ids of {count} tokens may go up to {limit}"),
                ));
            }
            if let Some(first) = ids.insert(token, *id) {
                return Err(in_vocab(
                    token,
                    format!("the token is there twice, with ids {first} and {id}"),
                ));
            }
            if by_id.len() <= place {
                by_id.resize(place + 1, None);
            }
            if let Some(first) = by_id[place].replace(token) {
                return Err(in_vocab(
                    token,
                    format!("id {id} is that of {first:?} already; each token has an id of its own"),
                ));
            }
        }

        let mut used = vec![false; by_id.len()];
        let mut merges = Vec::with_capacity(self.merges.len());
        let mut whole = String::new();
        for (index, SpelledMerge { left, right }) in self.merges.iter().enumerate() {
            whole.clear();
            whole.push_str(left);
            whole.push_str(right);
            let mut id = |token: &str| match ids.get(token) {
                Some(id) => {
                    used[*id as usize] = true;
                    Ok(*id)
                }
                None => {
                    let file = if self.vocab_place.is_empty() {
                        "vocab.json"
                    } else {
                        self.vocab_place
                    };
                    Err(in_merges(
                        index,
                        format!("{left:?} and {right:?}: {token:?} is not a token of {file}"),
                    ))
                }
            };
            merges.push(Merge {
                left: id(left)?,
                right: id(right)?,
                id: id(&whole)?,
            });
        }

        let added: HashMap<&str, TokenId> = added
            .iter()
            .map(|token| (token.content.as_str(), token.id))
            .collect();
        let one_byte = |token: &str| {
            let mut characters = token.chars();
            let first = characters.next().and_then(byte);
            first.filter(|_| characters.next().is_none())
        };
        let complete = is_complete(by_id.iter().flatten().filter_map(|token| one_byte(token)));
        let mut tokens = vec![None; by_id.len()];
        let mut decode_only = Vec::new();
        for (id, token) in by_id.iter().enumerate() {
            let Some(token) = *token else { continue };
            let apart = match added.get(token) {
                Some(other) if *other as usize == id => true,
                Some(other) => {
                    return Err(in_vocab(
                        token,
                        format!("id {id}, but as an added token it has id {other}"),
                    ));
                }
                None => false,
            };
            if apart && !used[id] && one_byte(token).is_none() {
                continue;
            }
            match unspell(token) {
                Ok(bytes) if bytes.is_empty() => {
                    return Err(in_vocab(
                        token,
                        format!("id {id} has an empty token, which no text can contain"),
                    ));
                }
                Ok(bytes) => tokens[id] = Some(bytes),
                // Every character of a text is spelled before it is looked for, so this token is never found; ids are decoded to it.
                Err(_) if complete && !used[id] => {
                    decode_only.push((TokenId::try_from(id).unwrap_or(TokenId::MAX), token.into()));
                }
                Err(character) => {
                    return Err(in_vocab(
                        token,
                        format!(
                            "{character:?} stands for no byte in GPT-2's characters, in which a byte-level vocabulary spells its \
                             tokens, and the token is not an added one"
                        ),
                    ));
                }
            }
        }
        let vocabulary = Vocabulary::check_and_assemble(tokens, merges, self.ignore_merges).map_err(
            |fault| match fault {
                Fault::SameMerge { index, first } => in_merges(
                    index,
                    format!("the pair is merged at {} already", (self.merge_place)(first)),
                ),
                other => in_vocab("", format!("{other:?}")),
            },
        )?;
        vocabulary.with_decode_only(decode_only)
    }
}

/// The ordinary token that is spelled like this.
pub(super) fn ordinary_of(vocabulary: &Vocabulary, spelled: &str) -> Option<TokenId> {
    vocabulary.id(&unspell(spelled).ok()?)
}

/// An added token that files with spelled tokens would confuse with an ordinary one of another id: `\u{e9}` is how the byte 0xE9 is spelled.
pub(super) fn misspelt(definition: &Definition) -> Option<&AddedToken> {
    let other = |token: &AddedToken| {
        let decode_only = definition.vocabulary.decode_only().iter();
        let mut decode_only = decode_only.filter(|(_, spelled)| **spelled == *token.content);
        ordinary_of(&definition.vocabulary, &token.content).is_some_and(|id| id != token.id)
            || decode_only.next().is_some()
    };
    definition.added_tokens.iter().find(|token| other(token))
}

/// Whether these are all the bytes that UTF-8 consists of.
pub(super) fn is_complete(bytes: impl Iterator<Item = u8>) -> bool {
    let mut has = [false; 256];
    for byte in bytes {
        has[byte as usize] = true;
    }
    (0..=0xF4_usize).all(|byte| has[byte] || byte == 0xC0 || byte == 0xC1)
}

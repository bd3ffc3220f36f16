//! Everything that a tokenizer is, as data: what files hold, what `encode` runs on.

use super::{Semantics, TokenId, Vocabulary};
use crate::error::VocabularyError;
use crate::pretokenize::PretokenizerSpec;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A token that is looked for in the text before anything else (the fields of `tokenizers`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedToken {
    /// Its text.
    pub content: String,
    /// Its id.
    pub id: TokenId,
    /// A control token: `encode` raises on it unless allowed, decoding may skip it. Where `false`, it is always matched.
    pub special: bool,
    /// Looked for in the normalised text; else in the text as given.
    pub normalized: bool,
    /// Only where no word character touches it.
    pub single_word: bool,
    /// Takes the white space before it.
    pub lstrip: bool,
    /// Takes the white space after it.
    pub rstrip: bool,
}

impl AddedToken {
    /// A special token, nothing stripped, looked for in the text as given.
    pub fn special(content: impl Into<String>, id: TokenId) -> Self {
        Self {
            content: content.into(),
            id,
            special: true,
            normalized: false,
            single_word: false,
            lstrip: false,
            rstrip: false,
        }
    }
}

/// What is done to the text before it is split (names of `tokenizers`); `crate::normalize` does it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Normalizer {
    /// Unicode's canonical composition.
    Nfc,
    /// Unicode's canonical decomposition.
    Nfd,
    /// Unicode's compatibility composition.
    Nfkc,
    /// Unicode's compatibility decomposition.
    Nfkd,
    /// Each character's lower case, whatever stands around it.
    Lowercase,
    /// Each occurrence of a text becomes another.
    Replace {
        /// What to look for, literally.
        pattern: String,
        /// What stands there then.
        content: String,
    },
    /// Puts a text before any text that is not empty.
    Prepend(String),
    /// Takes white space off the ends.
    Strip {
        /// At the beginning.
        left: bool,
        /// At the end.
        right: bool,
    },
    /// One after the other.
    Sequence(Vec<Normalizer>),
}

impl Normalizer {
    /// One by its name, in lower case: `nfc`, `nfd`, `nfkc`, `nfkd`, `lowercase`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "nfc" => Self::Nfc,
            "nfd" => Self::Nfd,
            "nfkc" => Self::Nfkc,
            "nfkd" => Self::Nfkd,
            "lowercase" => Self::Lowercase,
            _ => return None,
        })
    }

    /// As text, for headers and pickles.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From [`Normalizer::to_json`].
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The name, where it has one; what it does, otherwise.
impl fmt::Display for Normalizer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nfc => formatter.write_str("nfc"),
            Self::Nfd => formatter.write_str("nfd"),
            Self::Nfkc => formatter.write_str("nfkc"),
            Self::Nfkd => formatter.write_str("nfkd"),
            Self::Lowercase => formatter.write_str("lowercase"),
            Self::Replace { pattern, content } => write!(formatter, "replace({pattern:?}, {content:?})"),
            Self::Prepend(text) => write!(formatter, "prepend({text:?})"),
            Self::Strip { left, right } => write!(formatter, "strip(left={left}, right={right})"),
            Self::Sequence(all) => {
                let all: Vec<String> = all.iter().map(Self::to_string).collect();
                formatter.write_str(&all.join(", "))
            }
        }
    }
}

/// One piece of a template of `tokenizers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TemplatePiece {
    /// The ids of a text.
    Sequence {
        /// The second text of a pair; else the first.
        second: bool,
        /// Segment number that the ids get.
        type_id: u32,
    },
    /// A special token.
    SpecialToken {
        /// Its name in the template.
        name: String,
        /// Segment number that its ids get.
        type_id: u32,
    },
}

/// What a name in a template stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateToken {
    /// The name.
    pub name: String,
    /// Its ids.
    pub ids: Vec<TokenId>,
    /// The text of each id.
    pub tokens: Vec<String>,
}

/// One step of a post-processor of `tokenizers`, as its file says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PostProcessor {
    /// Changes offsets only.
    ByteLevel {
        /// The first space of a text may be one that was added.
        add_prefix_space: bool,
        /// Offsets leave out white space around a token.
        trim_offsets: bool,
        /// Means nothing here.
        use_regex: bool,
    },
    /// A beginning and an end, and two ends between the texts of a pair.
    Roberta {
        /// The end, its text and id.
        sep: (String, TokenId),
        /// The beginning, its text and id.
        cls: (String, TokenId),
        /// Offsets leave out white space around a token.
        trim_offsets: bool,
        /// The first space of a text may be one that was added.
        add_prefix_space: bool,
    },
    /// Any arrangement.
    Template {
        /// For one text.
        single: Vec<TemplatePiece>,
        /// For two.
        pair: Vec<TemplatePiece>,
        /// The names in them.
        special_tokens: Vec<TemplateToken>,
    },
}

/// Ids put around a text by `add_special_tokens=True`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Before the text.
    pub before: Vec<TokenId>,
    /// After it.
    pub after: Vec<TokenId>,
    /// How a `tokenizer.json` said it, so that pairs and offsets can be written back; empty where `before` and `after` are all there is.
    pub post_processors: Vec<PostProcessor>,
}

impl Template {
    /// Ids before and after a text, and no more than that.
    pub fn around(before: Vec<TokenId>, after: Vec<TokenId>) -> Self {
        Self {
            before,
            after,
            post_processors: Vec::new(),
        }
    }

    /// As text, for pickles.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From [`Template::to_json`].
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// A tokenizer as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The ordinary tokens.
    pub vocabulary: Vocabulary,
    /// Special and other added tokens, by id.
    pub added_tokens: Vec<AddedToken>,
    /// What is done to the text first.
    pub normalizer: Option<Normalizer>,
    /// How the text is split.
    pub pretokenizer: PretokenizerSpec,
    /// What `add_special_tokens=True` adds.
    pub template: Template,
}

impl Definition {
    /// A vocabulary and how its text is split, nothing more.
    pub fn new(vocabulary: Vocabulary, pretokenizer: PretokenizerSpec) -> Self {
        Self {
            vocabulary,
            added_tokens: Vec::new(),
            normalizer: None,
            pretokenizer,
            template: Template::default(),
        }
    }

    /// The same with further added tokens (for files that do not say which they are: `.tiktoken`, `vocab.json`).
    ///
    /// A token of the vocabulary with the same bytes and id that no merge makes is one of them from then on, and no ordinary token.
    ///
    /// # Errors
    /// An empty token; one that is there already under another id; an id that another token has.
    pub fn with_added_tokens(mut self, tokens: Vec<AddedToken>) -> Result<Self, VocabularyError> {
        let inconsistent = |problem: String| Err(VocabularyError::Inconsistent(problem));
        let mut moved = Vec::new();
        for token in tokens {
            let AddedToken { content, id, .. } = &token;
            if content.is_empty() {
                return inconsistent(format!("the added token of id {id} is empty"));
            }
            if let Some(same) = self.added_tokens.iter().find(|other| other.content == *content) {
                if same.id == *id {
                    continue;
                }
                return inconsistent(format!(
                    "added token {content:?} of id {id} has id {} already",
                    same.id
                ));
            }
            let ordinary = self.vocabulary.id(content.as_bytes());
            if ordinary.is_some_and(|ordinary| ordinary != *id) {
                let ordinary = ordinary.unwrap_or_default();
                return inconsistent(format!(
                    "added token {content:?} of id {id} is ordinary token {ordinary}"
                ));
            }
            if ordinary.is_none() && self.vocabulary.bytes(*id).is_some() {
                return inconsistent(format!(
                    "added token {content:?}: id {id} is that of an ordinary token"
                ));
            }
            if let Some(other) = self.added_tokens.iter().find(|other| other.id == *id) {
                return inconsistent(format!(
                    "added tokens {content:?} and {:?} both have id {id}",
                    other.content
                ));
            }
            moved.extend(ordinary);
            self.added_tokens.push(token);
        }
        if !moved.is_empty() {
            self.vocabulary = self.vocabulary.without(&moved)?;
        }
        self.added_tokens.sort_by_key(|token| token.id);
        Ok(self)
    }

    /// The highest id + 1, added tokens included.
    pub fn size(&self) -> usize {
        let added = self.added_tokens.iter().map(|token| token.id as usize + 1).max();
        self.vocabulary.size().max(added.unwrap_or(0))
    }

    /// Whether a whole pretoken that is a token is taken as it is.
    pub fn takes_whole_pretokens(&self) -> bool {
        matches!(
            self.vocabulary.semantics(),
            Semantics::Ranks | Semantics::Merges { ignore_merges: true }
        )
    }
}

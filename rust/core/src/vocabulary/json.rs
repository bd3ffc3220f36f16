//! JSON read with places: what is large comes straight into lists, without a tree of values.

use super::TokenId;
use super::spelled::SpelledMerge;
use crate::error::VocabularyError;
use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// Reads a JSON text whole.
pub(super) fn parse<'a, T: Deserialize<'a>>(path: &Path, content: &'a [u8]) -> Result<T, VocabularyError> {
    serde_json::from_slice(content).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        // The message ends with the place, too.
        let message = error.to_string();
        let problem = message.strip_suffix(&format!(" at {place}")).unwrap_or(&message);
        let hint = if error.is_eof() {
            "; the file is cut short"
        } else {
            ""
        };
        VocabularyError::Malformed {
            path: path.to_owned(),
            place,
            problem: format!("{problem}{hint}"),
        }
    })
}

/// A map from token to id, in the order of the file, tokens that are there twice included.
#[derive(Debug, Default)]
pub(super) struct Ids<'a>(pub(super) Vec<(Cow<'a, str>, TokenId)>);

impl<'de: 'a, 'a> Deserialize<'de> for Ids<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdsVisitor;

        impl<'de> Visitor<'de> for IdsVisitor {
            type Value = Ids<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map from token to id")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut ids = Vec::new();
                while let Some(Text(token)) = map.next_key()? {
                    let id = map.next_value_seed(Id { token: &token })?;
                    ids.push((token, id));
                }
                Ok(Ids(ids))
            }
        }

        deserializer.deserialize_map(IdsVisitor)
    }
}

/// The id of a token, which errors name.
struct Id<'t> {
    token: &'t str,
}

impl<'de> DeserializeSeed<'de> for Id<'_> {
    type Value = TokenId;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<TokenId, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Id<'_> {
    type Value = TokenId;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the id of token {:?}, an integer from 0 to 2^32 - 2",
            self.token
        )
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<TokenId, E> {
        match TokenId::try_from(id) {
            Ok(id) if id < TokenId::MAX => Ok(id),
            _ => Err(E::invalid_value(Unexpected::Unsigned(id), &self)),
        }
    }

    fn visit_i64<E: Error>(self, id: i64) -> Result<TokenId, E> {
        match u64::try_from(id) {
            Ok(id) => self.visit_u64(id),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(id), &self)),
        }
    }
}

/// A text, borrowed where it has no escapes.
#[derive(Debug)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// One entry of a list of merges: `"a b"` or `["a", "b"]`.
impl<'de: 'a, 'a> Deserialize<'de> for SpelledMerge<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MergeVisitor;

        impl<'de> Visitor<'de> for MergeVisitor {
            type Value = SpelledMerge<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a merge, as \"left right\" or [\"left\", \"right\"]")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                SpelledMerge::joined(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let merge = SpelledMerge::joined(text)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
                Ok(SpelledMerge {
                    left: merge.left.into_owned().into(),
                    right: merge.right.into_owned().into(),
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut next = |index| {
                    list.next_element()?
                        .ok_or_else(|| A::Error::invalid_length(index, &self))
                };
                let (Text(left), Text(right)) = (next(0)?, next(1)?);
                if list.next_element::<IgnoredAny>()?.is_some() {
                    return Err(A::Error::invalid_length(3, &self));
                }
                Ok(SpelledMerge { left, right })
            }
        }

        deserializer.deserialize_any(MergeVisitor)
    }
}

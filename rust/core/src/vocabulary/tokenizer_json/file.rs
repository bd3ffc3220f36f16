//! The two upper levels of the file: the tokens and merges as lists, all else as values.

use super::super::json::{Ids, Text};
use super::super::spelled::SpelledMerge;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// The file.
#[derive(Default)]
pub(super) struct File<'a> {
    pub(super) model: Option<Model<'a>>,
    pub(super) rest: Map<String, Value>,
}

/// `model`.
#[derive(Default)]
pub(super) struct Model<'a> {
    pub(super) vocab: Option<Ids<'a>>,
    pub(super) merges: Option<Vec<SpelledMerge<'a>>>,
    pub(super) rest: Map<String, Value>,
}

impl<'de: 'a, 'a> Deserialize<'de> for File<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FileVisitor;

        impl<'de> Visitor<'de> for FileVisitor {
            type Value = File<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a tokenizer.json, a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut file = File::default();
                while let Some(Text(key)) = map.next_key()? {
                    let twice = if key == "model" {
                        file.model.replace(map.next_value()?).is_some()
                    } else {
                        file.rest.insert(key.to_string(), map.next_value()?).is_some()
                    };
                    if twice {
                        return Err(A::Error::custom(format_args!("{key:?} is there twice")));
                    }
                }
                Ok(file)
            }
        }

        deserializer.deserialize_map(FileVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Model<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ModelVisitor;

        impl<'de> Visitor<'de> for ModelVisitor {
            type Value = Model<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a model, a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut model = Model::default();
                while let Some(Text(key)) = map.next_key()? {
                    // The tokens of other kinds of models have other forms; what kind it is, is refused by name later.
                    let other = model.rest.get("type").is_some_and(|kind| kind != "BPE");
                    let twice = match &*key {
                        "vocab" | "merges" if other => {
                            map.next_value::<IgnoredAny>()?;
                            false
                        }
                        "vocab" => model.vocab.replace(map.next_value()?).is_some(),
                        "merges" => model.merges.replace(map.next_value()?).is_some(),
                        _ => model.rest.insert(key.to_string(), map.next_value()?).is_some(),
                    };
                    if twice {
                        return Err(A::Error::custom(format_args!(
                            "{key:?} is there twice in the model"
                        )));
                    }
                }
                Ok(model)
            }
        }

        deserializer.deserialize_map(ModelVisitor)
    }
}

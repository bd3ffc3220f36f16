//! What stands around the model: normalizer, pre-tokenizer, post-processor, decoder.

use super::super::{AddedToken, Normalizer, PostProcessor, Template, TemplatePiece, TemplateToken, TokenId};
use crate::error::VocabularyError;
use crate::pretokenize::{Behavior, Dialect, Pattern, PretokenizerSpec, SplitPattern, Step};
use serde_json::{Map, Value};
use std::path::Path;

/// A place in a file, for errors.
#[derive(Clone)]
pub(super) struct Place<'a> {
    path: &'a Path,
    place: String,
}

impl<'a> Place<'a> {
    pub(super) fn root(path: &'a Path) -> Self {
        Self {
            path,
            place: String::new(),
        }
    }

    pub(super) fn key(&self, key: &str) -> Self {
        let dot = if self.place.is_empty() { "" } else { "." };
        Self {
            path: self.path,
            place: format!("{}{dot}{key}", self.place),
        }
    }

    fn index(&self, index: usize) -> Self {
        Self {
            path: self.path,
            place: format!("{}[{index}]", self.place),
        }
    }

    pub(super) fn malformed(&self, problem: &str) -> VocabularyError {
        VocabularyError::Malformed {
            path: self.path.to_owned(),
            place: if self.place.is_empty() {
                "content".to_owned()
            } else {
                self.place.clone()
            },
            problem: problem.to_owned(),
        }
    }

    /// `feature` is named as it is in the file.
    pub(super) fn unsupported(&self, feature: &str, hint: &str) -> VocabularyError {
        let place = if self.place.is_empty() {
            String::new()
        } else {
            format!(" ({})", self.place)
        };
        VocabularyError::Unsupported {
            path: self.path.to_owned(),
            feature: format!("{feature}{place}"),
            hint: hint.to_owned(),
        }
    }
}

/// A map with a `type`.
struct Component<'v, 'p> {
    place: Place<'p>,
    kind: &'v str,
    fields: &'v Map<String, Value>,
}

impl<'v, 'p> Component<'v, 'p> {
    fn new(place: &Place<'p>, value: &'v Value) -> Result<Self, VocabularyError> {
        let fields = value
            .as_object()
            .ok_or_else(|| place.malformed("must be null or a map with a \"type\""))?;
        let kind = fields.get("type").and_then(Value::as_str);
        let kind = kind.ok_or_else(|| place.key("type").malformed("must be the name of a type"))?;
        let place = place.clone();
        Ok(Self { place, kind, fields })
    }

    /// Refuses fields that are not in `known`.
    fn only(&self, known: &[&str]) -> Result<(), VocabularyError> {
        match self
            .fields
            .keys()
            .find(|key| *key != "type" && !known.contains(&key.as_str()))
        {
            None => Ok(()),
            Some(key) => Err(self
                .place
                .key(key)
                .unsupported(key, &format!("{} has {}", self.kind, known.join(", ")))),
        }
    }

    fn refused(&self, supported: &str) -> VocabularyError {
        self.place
            .unsupported(&format!("{:?}", self.kind), &format!("supported are {supported}"))
    }

    fn flag(&self, name: &str, default: Option<bool>) -> Result<bool, VocabularyError> {
        match (self.fields.get(name), default) {
            (Some(Value::Bool(flag)), _) => Ok(*flag),
            (None, Some(default)) => Ok(default),
            _ => Err(self.place.key(name).malformed("must be true or false")),
        }
    }

    fn text(&self, name: &str) -> Result<&'v str, VocabularyError> {
        let text = self.fields.get(name).and_then(Value::as_str);
        text.ok_or_else(|| self.place.key(name).malformed("must be a text"))
    }

    fn list(&self, name: &str) -> Result<&'v [Value], VocabularyError> {
        let list = self.fields.get(name).and_then(Value::as_array);
        Ok(list.ok_or_else(|| self.place.key(name).malformed("must be a list"))?)
    }

    /// The components of a `Sequence`, with nested ones in their place.
    fn flatten<T>(
        &self,
        name: &str,
        mut read: impl FnMut(&Place<'p>, &'v Value) -> Result<Vec<T>, VocabularyError>,
    ) -> Result<Vec<T>, VocabularyError> {
        let place = self.place.key(name);
        let mut all = Vec::new();
        for (index, value) in self.list(name)?.iter().enumerate() {
            all.extend(read(&place.index(index), value)?);
        }
        Ok(all)
    }

    /// `{"String": "…"}` or `{"Regex": "…"}`.
    fn pattern(&self) -> Result<SplitPattern, VocabularyError> {
        let pattern = self.fields.get("pattern").and_then(Value::as_object);
        match pattern.and_then(|pattern| pattern.iter().next()) {
            Some((kind, Value::String(text))) if kind == "String" => Ok(SplitPattern::Literal(text.clone())),
            Some((kind, Value::String(regex))) if kind == "Regex" => Ok(SplitPattern::Regex(Pattern {
                regex: regex.clone(),
                dialect: Dialect::Tokenizers,
            })),
            _ => Err(self
                .place
                .key("pattern")
                .malformed("must be {\"String\": text} or {\"Regex\": text}")),
        }
    }

    fn behavior(&self, default: Option<Behavior>) -> Result<Behavior, VocabularyError> {
        match (self.fields.get("behavior").and_then(Value::as_str), default) {
            (None, Some(default)) if !self.fields.contains_key("behavior") => Ok(default),
            (Some("Isolated"), _) => Ok(Behavior::Isolated),
            (Some("Removed"), _) => Ok(Behavior::Removed),
            (Some("MergedWithPrevious"), _) => Ok(Behavior::MergedWithPrevious),
            (Some("MergedWithNext"), _) => Ok(Behavior::MergedWithNext),
            (Some("Contiguous"), _) => Ok(Behavior::Contiguous),
            _ => Err(self.place.key("behavior").malformed(
                "must be \"Isolated\", \"Removed\", \"MergedWithPrevious\", \"MergedWithNext\" or \"Contiguous\"",
            )),
        }
    }
}

pub(super) fn normalizer(place: &Place<'_>, value: &Value) -> Result<Option<Normalizer>, VocabularyError> {
    let mut all = normalizers(place, value)?;
    Ok(match all.len() {
        0 => None,
        1 => all.pop(),
        _ => Some(Normalizer::Sequence(all)),
    })
}

fn normalizers(place: &Place<'_>, value: &Value) -> Result<Vec<Normalizer>, VocabularyError> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let component = Component::new(place, value)?;
    let known = |fields: &[&str], normalizer: Normalizer| {
        component.only(fields)?;
        Ok(vec![normalizer])
    };
    match component.kind {
        "NFC" => known(&[], Normalizer::Nfc),
        "NFD" => known(&[], Normalizer::Nfd),
        "NFKC" => known(&[], Normalizer::Nfkc),
        "NFKD" => known(&[], Normalizer::Nfkd),
        "Lowercase" => known(&[], Normalizer::Lowercase),
        "Prepend" => known(
            &["prepend"],
            Normalizer::Prepend(component.text("prepend")?.to_owned()),
        ),
        "Strip" => {
            let (left, right) = (
                component.flag("strip_left", None)?,
                component.flag("strip_right", None)?,
            );
            known(&["strip_left", "strip_right"], Normalizer::Strip { left, right })
        }
        "Replace" => match component.pattern()? {
            SplitPattern::Literal(pattern) => {
                let content = component.text("content")?.to_owned();
                known(&["pattern", "content"], Normalizer::Replace { pattern, content })
            }
            SplitPattern::Regex(_) => Err(component
                .place
                .unsupported("Replace with a Regex", "Replace with a String is supported")),
        },
        "Sequence" => {
            component.only(&["normalizers"])?;
            component.flatten("normalizers", normalizers)
        }
        _ => Err(component.refused("NFC, NFD, NFKC, NFKD, Lowercase, Replace, Prepend, Strip, Sequence")),
    }
}

pub(super) fn pretokenizer(place: &Place<'_>, value: &Value) -> Result<PretokenizerSpec, VocabularyError> {
    let steps = if value.is_null() {
        Vec::new()
    } else {
        steps(place, value)?
    };
    // A second one would spell the characters of the first in characters again.
    match steps
        .iter()
        .filter(|step| matches!(step, Step::ByteLevel { .. }))
        .count()
    {
        1 => Ok(in_short(PretokenizerSpec { steps })),
        0 => Err(place.unsupported("a pre-tokenizer without ByteLevel", "byte-level BPE is supported")),
        _ => Err(place.unsupported("ByteLevel twice", "one is supported")),
    }
}

/// The shortest form that says the same, so that what was saved is equal when it is loaded: the name of a known scheme, and no `ByteLevel`
/// where it only spells bytes (its `trim_offsets` matters to a post-processor alone).
fn in_short(spec: PretokenizerSpec) -> PretokenizerSpec {
    if let Some(named) = spec.name().and_then(|name| PretokenizerSpec::named(name).ok()) {
        return named;
    }
    match spec.tokenizers_steps() {
        Some(steps) => PretokenizerSpec { steps },
        None => spec,
    }
}

fn steps(place: &Place<'_>, value: &Value) -> Result<Vec<Step>, VocabularyError> {
    let component = Component::new(place, value)?;
    let known = |fields: &[&str], step: Step| {
        component.only(fields)?;
        Ok(vec![step])
    };
    match component.kind {
        "ByteLevel" => {
            let step = Step::ByteLevel {
                add_prefix_space: component.flag("add_prefix_space", None)?,
                trim_offsets: component.flag("trim_offsets", None)?,
                use_regex: component.flag("use_regex", Some(true))?,
            };
            known(&["add_prefix_space", "trim_offsets", "use_regex"], step)
        }
        "Split" => {
            let step = Step::Split {
                pattern: component.pattern()?,
                behavior: component.behavior(None)?,
                invert: component.flag("invert", None)?,
            };
            known(&["pattern", "behavior", "invert"], step)
        }
        "Digits" => {
            let individual = component.flag("individual_digits", None)?;
            known(&["individual_digits"], Step::Digits { individual })
        }
        "Punctuation" => {
            let behavior = component.behavior(Some(Behavior::Isolated))?;
            known(&["behavior"], Step::Punctuation { behavior })
        }
        "Sequence" => {
            component.only(&["pretokenizers"])?;
            component.flatten("pretokenizers", steps)
        }
        _ => Err(component.refused("ByteLevel, Split, Digits, Punctuation, Sequence")),
    }
}

pub(super) fn check_decoder(place: &Place<'_>, value: &Value) -> Result<(), VocabularyError> {
    // Without one, `tokenizers` joins the spelled tokens by spaces; ids are decoded to the bytes that they stand for all the same.
    if value.is_null() {
        return Ok(());
    }
    let component = Component::new(place, value)?;
    match component.kind {
        "ByteLevel" => Ok(()),
        "Sequence" => {
            let check =
                |place: &Place<'_>, value: &Value| check_decoder(place, value).map(|()| Vec::<()>::new());
            component.flatten("decoders", check).map(drop)
        }
        _ => Err(component.refused("ByteLevel, Sequence")),
    }
}

/// The ids around a text, and how the file says it.
pub(super) fn template(
    place: &Place<'_>,
    value: &Value,
    added: &[AddedToken],
) -> Result<Template, VocabularyError> {
    let post_processors = if value.is_null() {
        Vec::new()
    } else {
        post_processors(place, value)?
    };
    let mut template = Template {
        post_processors,
        ..Template::default()
    };
    for processor in &template.post_processors {
        let (before, after) = processor.around_single().ok_or_else(|| {
            place.unsupported(
                "a template for single texts without exactly one Sequence A",
                "ids before and after the text are",
            )
        })?;
        template.before.splice(0..0, before);
        template.after.extend(after);
    }
    Ok(template.in_short(added))
}

fn post_processors(place: &Place<'_>, value: &Value) -> Result<Vec<PostProcessor>, VocabularyError> {
    let component = Component::new(place, value)?;
    match component.kind {
        "ByteLevel" => Ok(vec![PostProcessor::ByteLevel {
            add_prefix_space: component.flag("add_prefix_space", None)?,
            trim_offsets: component.flag("trim_offsets", None)?,
            use_regex: component.flag("use_regex", Some(true))?,
        }]),
        "RobertaProcessing" => Ok(vec![PostProcessor::Roberta {
            sep: roberta_token(&component, "sep")?,
            cls: roberta_token(&component, "cls")?,
            trim_offsets: component.flag("trim_offsets", Some(true))?,
            add_prefix_space: component.flag("add_prefix_space", Some(true))?,
        }]),
        "TemplateProcessing" => template_processing(&component).map(|template| vec![template]),
        "Sequence" => component.flatten("processors", post_processors),
        _ => Err(component.refused("ByteLevel, RobertaProcessing, TemplateProcessing, Sequence")),
    }
}

fn token_id(value: &Value) -> Option<TokenId> {
    value.as_u64().and_then(|id| TokenId::try_from(id).ok())
}

fn roberta_token(component: &Component<'_, '_>, name: &str) -> Result<(String, TokenId), VocabularyError> {
    match component
        .fields
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([Value::String(token), id]) if token_id(id).is_some() => {
            Ok((token.clone(), token_id(id).unwrap_or_default()))
        }
        _ => Err(component.place.key(name).malformed("must be [token, id]")),
    }
}

fn template_processing(component: &Component<'_, '_>) -> Result<PostProcessor, VocabularyError> {
    let mut special_tokens = Vec::new();
    let place = component.place.key("special_tokens");
    let map = component.fields.get("special_tokens").and_then(Value::as_object);
    for (name, token) in map.ok_or_else(|| place.malformed("must be a map from name to token"))? {
        let list = |key: &str| token.get(key).and_then(Value::as_array);
        let ids: Option<Vec<TokenId>> = list("ids").and_then(|ids| ids.iter().map(token_id).collect());
        let tokens: Option<Vec<String>> = list("tokens").and_then(|tokens| {
            tokens
                .iter()
                .map(|token| Some(token.as_str()?.to_owned()))
                .collect()
        });
        match (ids, tokens) {
            (Some(ids), Some(tokens)) if ids.len() == tokens.len() => {
                let name = name.clone();
                special_tokens.push(TemplateToken { name, ids, tokens });
            }
            _ => {
                return Err(place
                    .key(name)
                    .malformed("must have as many \"ids\" (integers) as \"tokens\" (texts)"));
            }
        }
    }
    let pieces = |name: &str| {
        let place = component.place.key(name);
        let piece = |(index, value): (usize, &Value)| {
            let place = place.index(index);
            let (kind, fields) = value
                .as_object()
                .and_then(|piece| piece.iter().next())
                .ok_or_else(|| place.malformed("must be {\"Sequence\": …} or {\"SpecialToken\": …}"))?;
            let type_id = fields.get("type_id").and_then(token_id);
            match (kind.as_str(), fields.get("id").and_then(Value::as_str), type_id) {
                ("Sequence", Some(id @ ("A" | "B")), Some(type_id)) => Ok(TemplatePiece::Sequence {
                    second: id == "B",
                    type_id,
                }),
                ("SpecialToken", Some(id), Some(type_id)) => {
                    if !special_tokens.iter().any(|token| token.name == id) {
                        return Err(place.malformed(&format!("{id:?} is not in special_tokens")));
                    }
                    let name = id.to_owned();
                    Ok(TemplatePiece::SpecialToken { name, type_id })
                }
                _ => Err(place
                    .malformed("must be a Sequence \"A\" or \"B\" or a SpecialToken, with id and type_id")),
            }
        };
        component
            .list(name)?
            .iter()
            .enumerate()
            .map(piece)
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(PostProcessor::Template {
        single: pieces("single")?,
        pair: pieces("pair")?,
        special_tokens,
    })
}

//! Added tokens in JSON, with their five flags: in the list of a `tokenizer.json` and in the map of a `tokenizer_config.json`.

use super::{AddedToken, TokenId};
use crate::error::VocabularyError;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::path::Path;

const FLAGS: [&str; 5] = ["single_word", "lstrip", "rstrip", "normalized", "special"];

/// `added_tokens` of a `tokenizer.json`, put in the order of their ids.
pub(super) fn of_list(path: &Path, value: &Value) -> Result<Vec<AddedToken>, VocabularyError> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let Some(list) = value.as_array() else {
        return Err(malformed(
            path,
            "added_tokens".to_owned(),
            "must be a list of added tokens".to_owned(),
        ));
    };
    let token = |(index, token): (usize, &Value)| {
        let place = format!("added_tokens[{index}]");
        let Some(token) = token.as_object() else {
            return Err(malformed(
                path,
                place,
                "must be a map with id, content and flags".to_owned(),
            ));
        };
        let id = token.get("id").unwrap_or(&Value::Null);
        let Some(id) = id
            .as_u64()
            .and_then(|id| TokenId::try_from(id).ok())
            .filter(|id| *id < TokenId::MAX)
        else {
            return Err(malformed(
                path,
                format!("{place}.id"),
                format!("{id} is not an integer from 0 to 2^32 - 2"),
            ));
        };
        Ok((place.clone(), added_token(path, &place, token, id)?))
    };
    in_order(
        path,
        list.iter().enumerate().map(token).collect::<Result<_, _>>()?,
    )
}

/// `added_tokens_decoder` of a `tokenizer_config.json`: a map from id to token.
pub(super) fn of_config(path: &Path, config: &Value) -> Result<Vec<AddedToken>, VocabularyError> {
    let tokens = match config.get("added_tokens_decoder") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(tokens)) => tokens,
        Some(_) => {
            let problem = "must be a map from id to added token".to_owned();
            return Err(malformed(path, "added_tokens_decoder".to_owned(), problem));
        }
    };
    let token = |(id, token): (&String, &Value)| {
        let place = format!("added_tokens_decoder[{id:?}]");
        let Some(id) = id.parse::<TokenId>().ok().filter(|id| *id < TokenId::MAX) else {
            return Err(malformed(
                path,
                place,
                "the id is not an integer from 0 to 2^32 - 2".to_owned(),
            ));
        };
        let Some(token) = token.as_object() else {
            return Err(malformed(
                path,
                place,
                "must be a map with content and flags".to_owned(),
            ));
        };
        Ok((place.clone(), added_token(path, &place, token, id)?))
    };
    in_order(path, tokens.iter().map(token).collect::<Result<_, _>>()?)
}

fn added_token(
    path: &Path,
    place: &str,
    token: &Map<String, Value>,
    id: TokenId,
) -> Result<AddedToken, VocabularyError> {
    if let Some(key) = token
        .keys()
        .find(|key| !FLAGS.contains(&key.as_str()) && !["id", "content", "__type"].contains(&key.as_str()))
    {
        return Err(VocabularyError::Unsupported {
            path: path.to_owned(),
            feature: format!("{place}.{key}"),
            hint: format!("an added token has id, content, {}", FLAGS.join(", ")),
        });
    }
    let content = match token.get("content") {
        Some(Value::String(content)) if !content.is_empty() => content.clone(),
        Some(Value::String(_)) => {
            return Err(malformed(
                path,
                format!("{place}.content"),
                format!("the token of id {id} is empty"),
            ));
        }
        _ => {
            return Err(malformed(
                path,
                format!("{place}.content"),
                "must be a text".to_owned(),
            ));
        }
    };
    let flag = |name: &str, default: bool| match token.get(name) {
        None => Ok(default),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(malformed(
            path,
            format!("{place}.{name}"),
            "must be true or false".to_owned(),
        )),
    };
    let special = flag("special", false)?;
    Ok(AddedToken {
        content,
        id,
        special,
        normalized: flag("normalized", !special)?,
        single_word: flag("single_word", false)?,
        lstrip: flag("lstrip", false)?,
        rstrip: flag("rstrip", false)?,
    })
}

fn in_order(path: &Path, tokens: Vec<(String, AddedToken)>) -> Result<Vec<AddedToken>, VocabularyError> {
    let mut contents: HashMap<&str, &str> = HashMap::new();
    let mut ids: HashMap<TokenId, &str> = HashMap::new();
    for (place, token) in &tokens {
        if let Some(first) = contents.insert(&token.content, place) {
            return Err(malformed(
                path,
                place.clone(),
                format!("{:?} is the token of {first} already", token.content),
            ));
        }
        if let Some(first) = ids.insert(token.id, place) {
            return Err(malformed(
                path,
                place.clone(),
                format!("id {} is that of {first} already", token.id),
            ));
        }
    }
    let mut tokens: Vec<_> = tokens.into_iter().map(|(_, token)| token).collect();
    tokens.sort_by_key(|token| token.id);
    Ok(tokens)
}

fn malformed(path: &Path, place: String, problem: String) -> VocabularyError {
    VocabularyError::Malformed {
        path: path.to_owned(),
        place,
        problem,
    }
}

/// As `tokenizer.json` has it.
pub(super) fn to_list(tokens: &[AddedToken]) -> Value {
    let token = |token: &AddedToken| {
        json!({
            "id": token.id,
            "content": token.content,
            "single_word": token.single_word,
            "lstrip": token.lstrip,
            "rstrip": token.rstrip,
            "normalized": token.normalized,
            "special": token.special,
        })
    };
    tokens.iter().map(token).collect()
}

/// As `tokenizer_config.json` has it.
pub(super) fn to_config(tokens: &[AddedToken]) -> Value {
    let token = |token: &AddedToken| {
        let fields = json!({
            "content": token.content,
            "lstrip": token.lstrip,
            "normalized": token.normalized,
            "rstrip": token.rstrip,
            "single_word": token.single_word,
            "special": token.special,
        });
        (token.id.to_string(), fields)
    };
    Value::Object(tokens.iter().map(token).collect())
}

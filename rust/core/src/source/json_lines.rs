//! The text in JSON lines: one object a line, the document in one of its fields.

use super::compressed::Input;
use super::{BATCH_BYTES, BATCH_DOCUMENTS, Piece, SourceOptions, Visit};
use crate::error::SourceError;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// Bytes of a stream read at a time; a longer line is held whole.
const CHUNK: usize = if cfg!(test) { 64 } else { 4 << 20 };

/// The field that holds the text, if a file of this name is JSON lines.
pub(super) fn field_of(name: &str, options: &SourceOptions) -> Option<String> {
    let by_name = name.ends_with(".jsonl") || name.ends_with(".ndjson");
    match &options.field {
        Some(field) => Some(field.clone()),
        None => by_name.then(|| "text".to_owned()),
    }
}

/// Documents of JSON lines on their way to `visit`.
struct Lines<'a, 'v, E> {
    path: &'a Path,
    field: &'a str,
    visit: Visit<'v, E>,
    batch: Vec<Cow<'a, [u8]>>,
    batch_bytes: usize,
    line: u64,
    documents: u64,
}

impl<'a, E: From<SourceError>> Lines<'a, '_, E> {
    fn take(&mut self, line: &[u8], consumed: u64) -> Result<(), E> {
        self.line += 1;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let text = parse(line, self.field).map_err(|problem| SourceError::Malformed {
            path: self.path.to_owned(),
            place: format!("line {}", self.line),
            problem,
        })?;
        self.batch_bytes += text.len();
        self.batch.push(Cow::Owned(text));
        self.documents += 1;
        if self.batch_bytes >= BATCH_BYTES || self.batch.len() >= BATCH_DOCUMENTS {
            self.flush(consumed)?;
        }
        Ok(())
    }

    fn flush(&mut self, consumed: u64) -> Result<(), E> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let pieces: Vec<_> = self
            .batch
            .iter()
            .map(|text| Piece {
                bytes: text,
                ends_document: true,
            })
            .collect();
        (self.visit)(&pieces, consumed)?;
        self.batch.clear();
        self.batch_bytes = 0;
        Ok(())
    }
}

fn lines<'a, 'v, E>(path: &'a Path, field: &'a str, visit: Visit<'v, E>) -> Lines<'a, 'v, E> {
    Lines {
        path,
        field,
        visit,
        batch: Vec::new(),
        batch_bytes: 0,
        line: 0,
        documents: 0,
    }
}

/// Hands on the documents of JSON lines that lie in memory whole.
pub(super) fn visit_mapped<E: From<SourceError>>(
    path: &Path,
    text: &[u8],
    field: &str,
    visit: Visit<'_, E>,
) -> Result<u64, E> {
    let mut lines = lines(path, field, visit);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text).chain(std::iter::once(text.len())) {
        lines.take(&text[start..end], end as u64)?;
        start = (end + 1).min(text.len());
    }
    lines.flush(text.len() as u64)?;
    Ok(lines.documents)
}

/// Hands on the documents of JSON lines that are read from front to back.
pub(super) fn visit_stream<E: From<SourceError>>(
    path: &Path,
    input: &mut Input,
    field: &str,
    visit: Visit<'_, E>,
) -> Result<u64, E> {
    let mut lines = lines(path, field, visit);
    let mut buffer = Vec::new();
    let mut searched = 0;
    let mut wanted = CHUNK;
    loop {
        let ended = input.fill(&mut buffer, wanted)?;
        let mut start = 0;
        for at in memchr::memchr_iter(b'\n', &buffer[searched..]) {
            let end = searched + at;
            lines.take(&buffer[start..end], input.consumed())?;
            start = end + 1;
        }
        if ended {
            lines.take(&buffer[start..], input.consumed())?;
            lines.flush(input.consumed())?;
            return Ok(lines.documents);
        }
        buffer.drain(..start);
        searched = buffer.len();
        wanted = CHUNK.max(buffer.len());
    }
}

/// The text in `field` of one line; a lone surrogate (`\ud800`) becomes U+FFFD, as in a `str`.
fn parse(line: &[u8], field: &str) -> Result<Vec<u8>, String> {
    let mut json = serde_json::Deserializer::from_slice(line);
    let text = ObjectField(field)
        .deserialize(&mut json)
        .and_then(|text| json.end().map(|()| text))
        .map_err(|error| format!("not a JSON object with a text in {field:?} ({error})"))?;
    Ok(replace_surrogates(text))
}

/// serde_json hands a lone surrogate on as the three bytes that UTF-8 would give it (ED A0..BF xx).
fn replace_surrogates(mut text: Vec<u8>) -> Vec<u8> {
    for at in 0..text.len().saturating_sub(2) {
        if text[at] == 0xED && text[at + 1] >= 0xA0 {
            text[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
        }
    }
    text
}

/// Reads one field of an object, passing over all others.
struct ObjectField<'f>(&'f str);

impl<'de> DeserializeSeed<'de> for ObjectField<'_> {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectField<'_> {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object with the field {:?}", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<u8>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key != self.0 {
                map.next_value::<IgnoredAny>()?;
            } else if found.replace(map.next_value_seed(Text)?).is_some() {
                return Err(A::Error::custom(format!(
                    "the field {:?} stands there twice",
                    self.0
                )));
            }
        }
        found.ok_or_else(|| A::Error::custom(format!("no field {:?}", self.0)))
    }
}

/// Reads a JSON string as bytes, which lets lone surrogates pass.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Text {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

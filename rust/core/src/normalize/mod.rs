//! What is done to a text before it is split, and where each byte of the result came from.
//!
//! Bytes that are not valid UTF-8 stay as they are, and no character changes another across them.

mod alignment;
mod forms;

pub use alignment::Normalized;

use crate::vocabulary::Normalizer;
use alignment::Edits;
use forms::Form;
use memchr::memmem;
use std::borrow::Cow;

/// The normalised text; `None` where nothing changes.
pub fn normalize(normalizer: &Normalizer, text: &[u8]) -> Option<Normalized> {
    match normalizer {
        Normalizer::Nfc => Form::Nfc.apply(text),
        Normalizer::Nfd => Form::Nfd.apply(text),
        Normalizer::Nfkc => Form::Nfkc.apply(text),
        Normalizer::Nfkd => Form::Nfkd.apply(text),
        Normalizer::Lowercase => lowercase(text),
        Normalizer::Replace { pattern, content } => replace(text, pattern.as_bytes(), content.as_bytes()),
        Normalizer::Prepend(prefix) => prepend(text, prefix.as_bytes()),
        Normalizer::Strip { left, right } => strip(text, *left, *right),
        Normalizer::Sequence(all) => all
            .iter()
            .fold(None, |done: Option<Normalized>, next| match done {
                None => normalize(next, text),
                Some(done) => Some(match normalize(next, &done.bytes) {
                    None => done,
                    Some(next) => done.then(next),
                }),
            }),
    }
}

/// The normalised text alone.
pub fn normalized_bytes<'a>(normalizer: Option<&Normalizer>, text: &'a [u8]) -> Cow<'a, [u8]> {
    match normalizer.and_then(|normalizer| normalize(normalizer, text)) {
        None => Cow::Borrowed(text),
        Some(normalized) => Cow::Owned(normalized.bytes),
    }
}

/// Whether a text may be cut in ASCII and its parts normalised apart.
pub(crate) fn is_local(normalizer: &Normalizer) -> bool {
    match normalizer {
        Normalizer::Nfc | Normalizer::Nfd | Normalizer::Nfkc | Normalizer::Nfkd => true,
        // These change ASCII, too, and with it where pretokens begin.
        Normalizer::Lowercase
        | Normalizer::Replace { .. }
        | Normalizer::Prepend(_)
        | Normalizer::Strip { .. } => false,
        Normalizer::Sequence(all) => all.iter().all(is_local),
    }
}

fn lowercase(text: &[u8]) -> Option<Normalized> {
    let mut edits = Edits::new(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut old = [0; 4];
            let old = character.encode_utf8(&mut old).as_bytes();
            if character.to_lowercase().eq([character]) {
                edits.keep(old);
            } else {
                let new: String = character.to_lowercase().collect();
                edits.replace(old.len(), new.as_bytes());
            }
        }
        edits.keep(chunk.invalid());
    }
    edits.finish()
}

fn replace(text: &[u8], pattern: &[u8], content: &[u8]) -> Option<Normalized> {
    if pattern.is_empty() {
        return None;
    }
    let mut edits = Edits::new(text.len());
    let mut done = 0;
    for found in memmem::find_iter(text, pattern) {
        edits.keep(&text[done..found]);
        edits.replace(pattern.len(), content);
        done = found + pattern.len();
    }
    edits.keep(&text[done..]);
    edits.finish()
}

fn prepend(text: &[u8], prefix: &[u8]) -> Option<Normalized> {
    if text.is_empty() || prefix.is_empty() {
        return None;
    }
    let mut edits = Edits::new(text.len() + prefix.len());
    edits.replace(0, prefix);
    edits.keep(text);
    edits.finish()
}

fn strip(text: &[u8], left: bool, right: bool) -> Option<Normalized> {
    let start = if left { space_at_start(text) } else { 0 };
    let end = if right {
        without_space_at_end(&text[start..]) + start
    } else {
        text.len()
    };
    let mut edits = Edits::new(text.len());
    edits.replace(start, b"");
    edits.keep(&text[start..end]);
    edits.replace(text.len() - end, b"");
    edits.finish()
}

/// The last character of a text, where it is valid UTF-8.
pub(crate) fn last_character(text: &[u8]) -> Option<char> {
    (1..=text.len().min(4)).find_map(|length| {
        let character = std::str::from_utf8(&text[text.len() - length..]).ok()?;
        character.chars().next()
    })
}

/// The first character of a text, where it is valid UTF-8.
pub(crate) fn first_character(text: &[u8]) -> Option<char> {
    (1..=text.len().min(4)).find_map(|length| std::str::from_utf8(&text[..length]).ok()?.chars().next())
}

/// Where the white space at the end of a text begins.
pub(crate) fn without_space_at_end(text: &[u8]) -> usize {
    let mut end = text.len();
    while let Some(character) = last_character(&text[..end]).filter(|character| character.is_whitespace()) {
        end -= character.len_utf8();
    }
    end
}

/// The length of the white space at the start of a text.
pub(crate) fn space_at_start(text: &[u8]) -> usize {
    let mut start = 0;
    while let Some(character) = first_character(&text[start..]).filter(|character| character.is_whitespace())
    {
        start += character.len_utf8();
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(normalizer: Normalizer, text: &str) -> Option<String> {
        let normalized = normalize(&normalizer, text.as_bytes())?;
        Some(String::from_utf8(normalized.bytes).expect("UTF-8"))
    }

    #[test]
    fn each_kind() {
        let replace = Normalizer::Replace {
            pattern: " ".into(),
            content: "▁".into(),
        };
        assert_eq!(apply(Normalizer::Lowercase, "ÀB c"), Some("àb c".into()));
        assert_eq!(apply(Normalizer::Lowercase, "b c"), None);
        assert_eq!(apply(replace.clone(), "a b "), Some("a▁b▁".into()));
        assert_eq!(apply(Normalizer::Prepend("_".into()), "a"), Some("_a".into()));
        assert_eq!(apply(Normalizer::Prepend("_".into()), ""), None);
        let both = Normalizer::Strip {
            left: true,
            right: true,
        };
        assert_eq!(apply(both, " \u{3000}a \n"), Some("a".into()));
        let sequence = Normalizer::Sequence(vec![Normalizer::Prepend(" ".into()), replace]);
        assert_eq!(apply(sequence.clone(), "a b"), Some("▁a▁b".into()));
        let normalized = normalize(&sequence, b"a b").expect("changed");
        assert_eq!(normalized.original(0..4), 0..1);
        assert_eq!(normalized.original(4..8), 1..3);
    }

    #[test]
    fn what_is_stripped_stands_nowhere() {
        let normalized = normalize(
            &Normalizer::Strip {
                left: true,
                right: true,
            },
            b"  ab ",
        )
        .expect("changed");
        assert_eq!(normalized.original(0..1), 2..3);
        assert_eq!(normalized.original(1..2), 3..4);
    }
}

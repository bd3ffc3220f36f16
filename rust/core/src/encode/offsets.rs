//! Ids with the places in the original text that they stand for.

use super::text::{Encoding, each_pretoken};
use super::{SpecialTokens, Tokenizer};
use crate::error::EncodeError;
use crate::vocabulary::{PostProcessor, Template, TokenId};
use std::ops::{ControlFlow, Range};

/// Ids, and for each the byte range of the original text that it stands for.
pub type WithOffsets = (Vec<TokenId>, Vec<(usize, usize)>);

impl Tokenizer {
    /// [`Tokenizer::encode`], and for each id the byte range of the original text that it stands for (empty for ids of the template).
    /// Tokens of one normalised or multi-byte character share its range where they split it.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn encode_with_offsets(
        &self,
        text: &[u8],
        special: SpecialTokens<'_>,
        template: bool,
    ) -> Result<WithOffsets, EncodeError> {
        let mut found: WithOffsets = Default::default();
        let policy = self.added.policy_for_text(special, text);
        self.added.refuse_disallowed(&policy, text)?;
        let definition = self.definition();
        if template {
            for &id in &definition.template.before {
                found.0.push(id);
                found.1.push((0, 0));
            }
        }
        let trim = trims_offsets(&definition.template);
        let normalizer = definition.normalizer.as_ref();
        let result = self.pool.with(|worker| {
            let visit = &mut |part: Encoding<'_>| {
                match part {
                    Encoding::Added(token, range) => {
                        found.0.push(token.id);
                        found.1.push((range.start, range.end));
                    }
                    Encoding::Pretoken(pretoken, ids, origin) => {
                        let at = |place: usize| pretoken.range.start + pretoken.in_text(place);
                        let mut end = 0;
                        for &id in ids {
                            let begin = end;
                            end += self.decoder.get(id).map_or(0, <[u8]>::len);
                            let bytes = &pretoken.bytes[begin..end];
                            let range = if trim { trimmed(bytes, begin) } else { begin..end };
                            let range = origin.range(at(range.start)..at(range.end));
                            let range = whole_characters(text, range);
                            found.0.push(id);
                            found.1.push((range.start, range.end));
                        }
                    }
                }
                ControlFlow::Continue(())
            };
            each_pretoken(
                &self.engine,
                &self.added,
                &policy,
                normalizer,
                text,
                worker,
                visit,
            )
        });
        result.map_err(EncodeError::from)?;
        if template {
            for &id in &definition.template.after {
                found.0.push(id);
                found.1.push((text.len(), text.len()));
            }
        }
        Ok(found)
    }
}

/// Only a post-processor trims; the flag of the same name that `ByteLevel` has as a pretokenizer means nothing there, as in `tokenizers`.
fn trims_offsets(template: &Template) -> bool {
    template.post_processors.iter().any(|step| {
        matches!(
            step,
            PostProcessor::ByteLevel {
                trim_offsets: true,
                ..
            } | PostProcessor::Roberta {
                trim_offsets: true,
                ..
            }
        )
    })
}

/// The place of a token's bytes without the spaces around them; of nothing but spaces, their end.
fn trimmed(bytes: &[u8], begin: usize) -> Range<usize> {
    let end = begin + bytes.len();
    let leading = bytes.iter().take_while(|&&byte| byte == b' ').count();
    let trailing = bytes.iter().rev().take_while(|&&byte| byte == b' ').count();
    let start = begin + leading;
    start..(end - trailing).max(start)
}

/// A range, widened to whole characters; a byte that is not valid UTF-8 is one by itself.
fn whole_characters(text: &[u8], range: Range<usize>) -> Range<usize> {
    if range.is_empty() {
        return range;
    }
    character_at(text, range.start).start..character_at(text, range.end - 1).end
}

/// The character that a byte belongs to.
pub(super) fn character_at(text: &[u8], place: usize) -> Range<usize> {
    if text[place].is_ascii() {
        return place..place + 1;
    }
    let first = place.saturating_sub(3);
    let lead = (first..=place).rev().find(|&start| text[start] & 0xC0 != 0x80);
    let ends = |start: usize| place + 1..=(start + 4).min(text.len());
    lead.and_then(|start| {
        let end = ends(start).find(|&end| std::str::from_utf8(&text[start..end]).is_ok())?;
        Some(start..end)
    })
    .unwrap_or(place..place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_widen_to_characters() {
        let text = "aé→🎉".as_bytes();
        assert_eq!(whole_characters(text, 0..2), 0..3);
        assert_eq!(whole_characters(text, 4..5), 3..6);
        assert_eq!(whole_characters(text, 5..8), 3..10);
        assert_eq!(whole_characters(text, 2..2), 2..2);
        assert_eq!(whole_characters(b"\xE2\x86\xFF\x80", 1..3), 1..3);
    }

    #[test]
    fn spaces_are_trimmed() {
        assert_eq!(trimmed(b" ab ", 10), 11..13);
        assert_eq!(trimmed(b"ab", 10), 10..12);
        assert_eq!(trimmed(b"   ", 10), 13..13);
    }
}

//! Ids to bytes: one arena of all tokens.

use super::Tokenizer;
use crate::error::{DecodeError, VocabularyError};
use crate::vocabulary::{Definition, TokenId};

/// Bytes that are copied at a time; the arena is padded with as many.
const STRIDE: usize = 16;

#[derive(Clone, Copy)]
struct Span {
    start: u32,
    /// [`UNUSED`] where the id has no token.
    length: u32,
}

const UNUSED: u32 = u32::MAX;

/// The bytes of all tokens, by id.
pub(crate) struct Decoder {
    arena: Vec<u8>,
    spans: Vec<Span>,
    special: Vec<bool>,
}

impl Decoder {
    pub(crate) fn new(definition: &Definition) -> Result<Self, VocabularyError> {
        let tokens = definition.vocabulary.tokens();
        let added = &definition.added_tokens;
        let size = added
            .iter()
            .map(|token| token.id as usize + 1)
            .fold(tokens.len(), usize::max);
        let ordinary: usize = tokens.iter().flatten().map(|bytes| bytes.len()).sum();
        let all = ordinary + added.iter().map(|token| token.content.len()).sum::<usize>();
        if u32::try_from(all + STRIDE).is_err() {
            return Err(VocabularyError::Inconsistent(format!(
                "the tokens have {all} bytes in all, more than can be addressed"
            )));
        }
        let mut decoder = Self {
            arena: Vec::with_capacity(all + STRIDE),
            spans: vec![
                Span {
                    start: 0,
                    length: UNUSED
                };
                size
            ],
            special: vec![false; size],
        };
        for (id, bytes) in tokens.iter().enumerate() {
            if let Some(bytes) = bytes {
                decoder.set(id, bytes);
            }
        }
        for token in added {
            decoder.set(token.id as usize, token.content.as_bytes());
            decoder.special[token.id as usize] = token.special;
        }
        decoder.arena.resize(decoder.arena.len() + STRIDE, 0);
        Ok(decoder)
    }

    fn set(&mut self, id: usize, bytes: &[u8]) {
        self.spans[id] = Span {
            start: self.arena.len() as u32,
            length: bytes.len() as u32,
        };
        self.arena.extend_from_slice(bytes);
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        self.arena.capacity() + self.spans.capacity() * size_of::<Span>() + self.special.capacity()
    }

    /// The bytes of an id.
    #[inline]
    pub(crate) fn get(&self, id: TokenId) -> Option<&[u8]> {
        let Span { start, length } = *self.spans.get(id as usize)?;
        (length != UNUSED).then(|| &self.arena[start as usize..(start + length) as usize])
    }

    fn is_special(&self, id: TokenId) -> bool {
        self.special.get(id as usize).copied().unwrap_or(false)
    }

    fn unknown_id(&self, id: TokenId, index: usize) -> DecodeError {
        DecodeError::UnknownId {
            id: id.into(),
            index,
            highest: (self.spans.len() as u32).saturating_sub(1),
        }
    }

    /// The ids that are not left out, with the place of each.
    fn kept(&self, ids: &[TokenId], skip_special: bool) -> impl Iterator<Item = (usize, TokenId)> {
        let skip = skip_special && ids.iter().any(|&id| self.is_special(id));
        ids.iter()
            .copied()
            .enumerate()
            .filter(move |&(_, id)| !(skip && self.is_special(id)))
    }
}

impl Tokenizer {
    /// Appends the bytes of ids to `out`; `skip_special` leaves out special tokens.
    ///
    /// # Errors
    /// An id that is not in the vocabulary; `out` is then as it was.
    pub fn decode(&self, ids: &[TokenId], skip_special: bool, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let length = self.decoded_length(ids, skip_special)?;
        let begin = out.len();
        out.resize(begin + length, 0);
        self.decode_into(ids, skip_special, &mut out[begin..])
    }

    /// How many bytes [`Tokenizer::decode`] gives.
    ///
    /// # Errors
    /// An id that is not in the vocabulary.
    pub fn decoded_length(&self, ids: &[TokenId], skip_special: bool) -> Result<usize, DecodeError> {
        let decoder = &self.decoder;
        let mut length = 0usize;
        for (index, id) in decoder.kept(ids, skip_special) {
            match decoder.spans.get(id as usize) {
                Some(span) if span.length != UNUSED => length += span.length as usize,
                _ => return Err(decoder.unknown_id(id, index)),
            }
        }
        Ok(length)
    }

    /// [`Tokenizer::decode`] into a buffer of just [`Tokenizer::decoded_length`] bytes, which nothing has to be copied out of.
    ///
    /// # Errors
    /// An id that is not in the vocabulary; a buffer of another length. What the buffer then holds is not said.
    pub fn decode_into(
        &self,
        ids: &[TokenId],
        skip_special: bool,
        out: &mut [u8],
    ) -> Result<(), DecodeError> {
        let decoder = &self.decoder;
        let mut end = 0;
        for (index, id) in decoder.kept(ids, skip_special) {
            let span = decoder
                .spans
                .get(id as usize)
                .filter(|span| span.length != UNUSED);
            let span = span.ok_or_else(|| decoder.unknown_id(id, index))?;
            let (start, length) = (span.start as usize, span.length as usize);
            let from = &decoder.arena[start..];
            let to = out.get_mut(end..).unwrap_or_default();
            // Most tokens are short: a stride that is copied whole, and overwritten by the next token where it is too much, is one load and one store.
            match (from.first_chunk::<STRIDE>(), to.first_chunk_mut::<STRIDE>()) {
                (Some(from), Some(to)) if length <= STRIDE => *to = *from,
                _ => to
                    .get_mut(..length)
                    .ok_or(DecodeError::WrongLength)?
                    .copy_from_slice(&from[..length]),
            }
            end += length;
        }
        if end == out.len() {
            Ok(())
        } else {
            Err(DecodeError::WrongLength)
        }
    }

    /// The bytes of one id: of an ordinary token or of an added one.
    pub fn token_bytes(&self, id: TokenId) -> Option<&[u8]> {
        self.decoder.get(id)
    }

    /// The highest id + 1.
    pub fn vocabulary_size(&self) -> usize {
        self.decoder.spans.len()
    }
}

/// Ids to text, one at a time: characters come out when they are complete.
///
/// # Examples
/// ```
/// # use bytewright::encode::{StreamDecoder, Tokenizer};
/// # fn example(tokenizer: &Tokenizer, ids: &[u32]) -> Result<(), bytewright::error::DecodeError> {
/// let mut decoder = StreamDecoder::new(false);
/// for &id in ids {
///     print!("{}", String::from_utf8_lossy(&decoder.push(tokenizer, id)?));
/// }
/// print!("{}", String::from_utf8_lossy(&decoder.finish()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct StreamDecoder {
    held: Vec<u8>,
    skip_special: bool,
    index: usize,
}

impl StreamDecoder {
    /// A decoder at the start of a text.
    pub fn new(skip_special: bool) -> Self {
        Self {
            skip_special,
            ..Self::default()
        }
    }

    /// The bytes that are complete with this id: all but an unfinished character at the end. Bytes that can't be part of a character come out at once.
    ///
    /// # Errors
    /// An id that is not in the vocabulary; its index is the number of ids before it. The decoder is then as it was.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: TokenId) -> Result<Vec<u8>, DecodeError> {
        let bytes = tokenizer.decoder.get(id);
        let bytes = bytes.ok_or_else(|| tokenizer.decoder.unknown_id(id, self.index))?;
        self.index += 1;
        if !(self.skip_special && tokenizer.decoder.is_special(id)) {
            self.held.extend_from_slice(bytes);
        }
        let rest = self.held.split_off(complete(&self.held));
        Ok(std::mem::replace(&mut self.held, rest))
    }

    /// What was held back; the decoder is then at the start of a text.
    pub fn finish(&mut self) -> Vec<u8> {
        self.index = 0;
        std::mem::take(&mut self.held)
    }
}

/// The length of the text without an unfinished character at its end.
fn complete(text: &[u8]) -> usize {
    // An unfinished character has at most three bytes, the first of which says what it is.
    for length in 1..=text.len().min(3) {
        let start = text.len() - length;
        if text[start] & 0xC0 != 0x80 {
            let unfinished =
                std::str::from_utf8(&text[start..]).is_err_and(|error| error.error_len().is_none());
            return if unfinished { start } else { text.len() };
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn unfinished_characters_are_held_back() {
        for character in ["é", "→", "🎉"] {
            let text = format!("a{character}");
            for end in 2..text.len() {
                assert_eq!(complete(&text.as_bytes()[..end]), 1);
            }
            assert_eq!(complete(text.as_bytes()), text.len());
        }
        // Nothing that could become a character: stray continuation bytes, an over-long form, a surrogate, a byte that never occurs.
        for bytes in [
            &b"a\x80\x80"[..],
            b"a\xC0",
            b"a\xE0\x80",
            b"a\xED\xA0",
            b"a\xFF",
            b"\x80\x80\x80\x80",
        ] {
            assert_eq!(complete(bytes), bytes.len());
        }
        assert_eq!(complete(b""), 0);
    }
}

//! Pieces of so many tokens as they are defined: all borders of the text, and every piece counted anew.

use crate::encode::{SpecialTokens, Tokenizer};
use std::ops::Range;

/// A text to cut.
struct Text<'a> {
    tokenizer: &'a Tokenizer,
    special: SpecialTokens<'a>,
    bytes: &'a [u8],
    /// Places between two tokens and between two characters, and the tokens before each.
    borders: Vec<(usize, u64)>,
    /// The beginning of each character, and the end of the text.
    characters: Vec<usize>,
}

/// The pieces, or the place of a character that no piece can hold.
///
/// # Errors
/// The place of that character.
///
/// # Panics
/// The text can't be encoded.
pub fn chunk(
    tokenizer: &Tokenizer,
    special: SpecialTokens<'_>,
    text: &[u8],
    limit: u64,
    overlap: u64,
) -> Result<Vec<Range<usize>>, usize> {
    let text = Text::new(tokenizer, special, text);
    let mut pieces: Vec<Range<usize>> = Vec::new();
    while pieces.last().map_or(0, |piece| piece.end) < text.bytes.len() {
        let piece = match pieces.last() {
            None => 0..text.end_of_piece(0, limit)?,
            Some(last) => text.piece_after(last, limit, overlap)?,
        };
        pieces.push(piece);
    }
    Ok(pieces)
}

impl<'a> Text<'a> {
    fn new(tokenizer: &'a Tokenizer, special: SpecialTokens<'a>, bytes: &'a [u8]) -> Self {
        let mut characters = Vec::new();
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            characters.extend(chunk.valid().char_indices().map(|(index, _)| at + index));
            at += chunk.valid().len();
            characters.extend((0..chunk.invalid().len()).map(|index| at + index));
            at += chunk.invalid().len();
        }
        characters.push(bytes.len());
        // By bytes: an offset of the tokenizer is widened to whole characters, so that tokens within one character all have its end.
        let (_, offsets) = tokenizer
            .encode_with_offsets(bytes, special, false)
            .expect("the text can be encoded");
        let mut borders = vec![(0, 0)];
        for (index, &(_, end)) in offsets.iter().enumerate() {
            let ends_here = offsets[index + 1..].iter().all(|&(start, _)| start >= end);
            if ends_here && end >= borders[borders.len() - 1].0 {
                if end == borders[borders.len() - 1].0 {
                    borders.pop();
                }
                borders.push((end, index as u64 + 1));
            }
        }
        if borders[borders.len() - 1].0 == bytes.len() {
            borders.pop();
        }
        borders.push((bytes.len(), offsets.len() as u64));
        Self {
            tokenizer,
            special,
            bytes,
            borders,
            characters,
        }
    }

    fn alone(&self, start: usize, end: usize) -> u64 {
        let count = self.tokenizer.count(&self.bytes[start..end], self.special, false);
        count.expect("the text can be encoded")
    }

    fn tokens_at(&self, place: usize) -> u64 {
        let before = self.borders.iter().rev().find(|border| border.0 <= place);
        before.map_or(0, |border| border.1)
    }

    /// Few enough tokens of the whole text, then fewer by what the piece alone has too many.
    fn end_at_border(&self, start: usize, limit: u64) -> Option<usize> {
        let mut tokens = self.tokens_at(start) + limit;
        loop {
            let &(end, before) = self.borders.iter().rev().find(|border| border.1 <= tokens)?;
            if end <= start {
                return None;
            }
            let alone = self.alone(start, end);
            if alone <= limit {
                return Some(end);
            }
            tokens = before.checked_sub(alone - limit)?;
        }
    }

    fn end_of_piece(&self, start: usize, limit: u64) -> Result<usize, usize> {
        if let Some(end) = self.end_at_border(start, limit) {
            return Ok(end);
        }
        let ends = self.characters.iter().filter(|&&place| place > start).take(64);
        let fitting = ends.filter(|&&end| self.alone(start, end) <= limit);
        fitting.last().copied().ok_or(start)
    }

    fn piece_after(&self, last: &Range<usize>, limit: u64, overlap: u64) -> Result<Range<usize>, usize> {
        let end = last.end;
        let first_with = |tokens: u64| {
            let found = self.borders.iter().find(|border| border.1 >= tokens);
            found.map_or(self.bytes.len(), |border| border.0).min(end)
        };
        let mut start = end;
        if overlap > 0 {
            let mut tokens = self.tokens_at(end).saturating_sub(overlap);
            tokens = tokens.max(self.tokens_at(last.start) + 1);
            loop {
                start = first_with(tokens);
                let alone = self.alone(start, end);
                if alone <= overlap {
                    break;
                }
                tokens = self.tokens_at(start) + (alone - overlap);
            }
        }
        let mut step = 1;
        while start < end {
            if self.alone(start, end) <= overlap
                && let Some(next) = self.end_at_border(start, limit)
                && next > end
            {
                return Ok(start..next);
            }
            start = first_with(self.tokens_at(start) + step);
            step *= 2;
        }
        Ok(end..self.end_of_piece(end, limit)?)
    }
}

//! A text in pieces of so many tokens.

use super::anchors::Anchors;
use super::borders::Border;
use super::offsets::character_at;
use super::special::Policy;
use super::{SpecialTokens, Tokenizer};
use crate::error::EncodeError;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Stretches between anchors whose borders are remembered: those around the end of a piece and around the beginning of the next one.
const REMEMBERED: usize = 4;

/// Characters that are tried as a piece where no token border will do.
const CHARACTERS_TRIED: usize = 64;

/// Cuts a text into pieces; each by itself, as a text of its own, has at most so many tokens.
///
/// A piece begins and ends between two tokens of the whole text and between two characters, and takes as many tokens as it may. A piece that was cut out of
/// a text may have more tokens than it had there (its first word has lost its beginning, white space at its end is no longer followed by anything), so
/// each is counted as it will be encoded, and gives up tokens at its end until it is short enough. Where the first border is too far off already, a piece ends
/// between two characters.
///
/// The next piece begins as many tokens before the end of the last one as the overlap allows, counted alone as well, and always ends behind it.
///
/// It looks at the text little by little: the first piece costs no more than the pieces that follow.
pub struct Chunker {
    anchors: Anchors,
    policy: Arc<Policy>,
    limit: u64,
    overlap: u64,
    /// Borders of stretches, by the number of the anchor where they begin.
    stretches: VecDeque<(usize, Arc<Vec<Border>>)>,
    /// The last piece.
    last: Option<Range<usize>>,
}

/// The pieces of a text.
pub struct Chunks<'a> {
    tokenizer: &'a Tokenizer,
    text: &'a [u8],
    chunker: Chunker,
    failed: bool,
}

impl Tokenizer {
    /// The pieces of a text that have at most `limit` tokens each, and share at most `overlap` with the next; see [`Chunker`].
    ///
    /// # Errors
    /// A limit of 0; an overlap that is not below it; a special token that is not allowed.
    pub fn chunk<'a>(
        &'a self,
        text: &'a [u8],
        special: SpecialTokens<'_>,
        limit: u64,
        overlap: u64,
    ) -> Result<Chunks<'a>, EncodeError> {
        Ok(Chunks {
            tokenizer: self,
            text,
            chunker: Chunker::new(self, text, special, limit, overlap)?,
            failed: false,
        })
    }
}

impl Iterator for Chunks<'_> {
    type Item = Result<Range<usize>, EncodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let piece = self.chunker.next(self.tokenizer, self.text);
        self.failed = piece.is_err();
        piece.transpose()
    }
}

impl Chunker {
    /// For one text, which is handed in again for each piece.
    ///
    /// # Errors
    /// As [`Tokenizer::chunk`].
    pub fn new(
        tokenizer: &Tokenizer,
        text: &[u8],
        special: SpecialTokens<'_>,
        limit: u64,
        overlap: u64,
    ) -> Result<Self, EncodeError> {
        if limit == 0 {
            return Err(EncodeError::Setting("max_tokens is 1 or more, not 0".to_owned()));
        }
        if overlap >= limit {
            return Err(EncodeError::Setting(format!(
                "overlap is less than max_tokens ({limit}), not {overlap}"
            )));
        }
        let policy = tokenizer.added.policy(special);
        tokenizer.added.refuse_disallowed(&policy, text)?;
        Ok(Self {
            anchors: Anchors::new(tokenizer),
            policy,
            limit,
            overlap,
            stretches: VecDeque::with_capacity(REMEMBERED),
            last: None,
        })
    }

    /// The next piece; `None` after the last one.
    ///
    /// # Errors
    /// A character that has more tokens than a piece may have; as [`Tokenizer::encode`].
    pub fn next(&mut self, tokenizer: &Tokenizer, text: &[u8]) -> Result<Option<Range<usize>>, EncodeError> {
        let mut view = View {
            chunker: self,
            tokenizer,
            text,
        };
        let piece = match view.chunker.last.clone() {
            Some(last) if last.end >= text.len() => return Ok(None),
            None if text.is_empty() => return Ok(None),
            None => 0..view.fit(0)?,
            Some(last) => view.after(last)?,
        };
        self.last = Some(piece.clone());
        Ok(Some(piece))
    }
}

/// A chunker at work.
struct View<'a> {
    chunker: &'a mut Chunker,
    tokenizer: &'a Tokenizer,
    text: &'a [u8],
}

impl View<'_> {
    /// The piece behind one that does not end the text.
    fn after(&mut self, last: Range<usize>) -> Result<Range<usize>, EncodeError> {
        let mut start = self.overlapping(&last)?;
        let mut step = 1;
        while start < last.end {
            // What alone has more tokens than in the text may leave no room for more than the overlap itself; and a shorter overlap may have more
            // tokens than a longer one.
            if self.alone(start, last.end)? <= self.chunker.overlap
                && let Some(end) = self.fit_borders(start)?
                && end > last.end
            {
                return Ok(start..end);
            }
            let tokens = self.tokens_at(start)?;
            start = self.first_with(tokens + step)?.place.min(last.end);
            step *= 2;
        }
        Ok(last.end..self.fit(last.end)?)
    }

    /// Where the next piece begins: behind the beginning of the last one, and so far before its end as the overlap allows.
    fn overlapping(&mut self, last: &Range<usize>) -> Result<usize, EncodeError> {
        let end = last.end;
        let overlap = self.chunker.overlap;
        if overlap == 0 {
            return Ok(end);
        }
        let before = self.tokens_at(last.start)?;
        let mut tokens = self.tokens_at(end)?.saturating_sub(overlap).max(before + 1);
        loop {
            let border = self.first_with(tokens)?;
            if border.place >= end {
                return Ok(end);
            }
            let alone = self.alone(border.place, end)?;
            if alone <= overlap {
                return Ok(border.place);
            }
            tokens = border.tokens + (alone - overlap);
        }
    }

    /// Where a piece ends that begins at `start`.
    fn fit(&mut self, start: usize) -> Result<usize, EncodeError> {
        match self.fit_borders(start)? {
            Some(end) => Ok(end),
            None => self.fit_characters(start),
        }
    }

    /// The farthest border where it may end.
    fn fit_borders(&mut self, start: usize) -> Result<Option<usize>, EncodeError> {
        let limit = self.chunker.limit;
        let mut tokens = self.tokens_at(start)?.saturating_add(limit);
        loop {
            let border = self.last_with(tokens)?;
            if border.place <= start {
                return Ok(None);
            }
            let alone = self.alone(start, border.place)?;
            if alone <= limit {
                return Ok(Some(border.place));
            }
            let Some(fewer) = border.tokens.checked_sub(alone - limit) else {
                return Ok(None);
            };
            tokens = fewer;
        }
    }

    /// The farthest of the next characters after which it may end.
    fn fit_characters(&mut self, start: usize) -> Result<usize, EncodeError> {
        let limit = self.chunker.limit;
        let mut fitting = None;
        let mut first = None;
        let mut end = start;
        for _ in 0..CHARACTERS_TRIED {
            if end >= self.text.len() {
                break;
            }
            end = character_at(self.text, end).end;
            let alone = self.alone(start, end)?;
            first.get_or_insert(alone);
            if alone <= limit {
                fitting = Some(end);
            }
        }
        fitting.ok_or(EncodeError::CharacterTooLong {
            offset: start,
            tokens: first.unwrap_or(0),
            limit,
        })
    }

    /// The tokens of a part alone.
    fn alone(&self, start: usize, end: usize) -> Result<u64, EncodeError> {
        let Chunker { anchors, policy, .. } = &*self.chunker;
        anchors.count(self.tokenizer, policy, self.text, start, end)
    }

    /// The tokens before the last border at or before a place.
    fn tokens_at(&mut self, place: usize) -> Result<u64, EncodeError> {
        while self.chunker.anchors.end() <= place && !self.chunker.anchors.is_complete() {
            self.extend()?;
        }
        let index = self.chunker.anchors.before(place);
        let borders = self.stretch(index)?;
        let after = borders.partition_point(|border| border.place <= place);
        Ok(borders[after.saturating_sub(1)].tokens)
    }

    /// The last border with at most so many tokens before it.
    fn last_with(&mut self, tokens: u64) -> Result<Border, EncodeError> {
        while self.chunker.anchors.tokens() <= tokens && !self.chunker.anchors.is_complete() {
            self.extend()?;
        }
        let index = self.chunker.anchors.last_with(tokens);
        let borders = self.stretch(index)?;
        let after = borders.partition_point(|border| border.tokens <= tokens);
        Ok(borders[after.saturating_sub(1)])
    }

    /// The first border with at least so many tokens before it; the end of the text where there are not so many.
    fn first_with(&mut self, tokens: u64) -> Result<Border, EncodeError> {
        while self.chunker.anchors.tokens() < tokens && !self.chunker.anchors.is_complete() {
            self.extend()?;
        }
        let index = self.chunker.anchors.first_with(tokens).saturating_sub(1);
        let borders = self.stretch(index)?;
        let first = borders.partition_point(|border| border.tokens < tokens);
        Ok(borders[first.min(borders.len() - 1)])
    }

    /// Goes on to the next anchor.
    fn extend(&mut self) -> Result<(), EncodeError> {
        let anchors = &mut self.chunker.anchors;
        let start = anchors.end();
        let end = anchors.next_place(self.tokenizer, self.text, start);
        let count = self
            .tokenizer
            .count_by(&self.chunker.policy, &self.text[start..end])
            .map_err(|error| error.moved(start))?;
        let tokens = anchors.tokens() + count;
        anchors.push(end, tokens, self.text.len());
        Ok(())
    }

    /// The borders from one anchor to the next, as places of the text and tokens before them; of the last anchor, itself.
    fn stretch(&mut self, index: usize) -> Result<Arc<Vec<Border>>, EncodeError> {
        let known = self.chunker.stretches.iter().find(|(known, _)| *known == index);
        if let Some((_, borders)) = known {
            return Ok(Arc::clone(borders));
        }
        let anchors = &self.chunker.anchors;
        let (start, tokens) = (anchors.place(index), anchors.tokens_before(index));
        if index + 1 >= anchors.len() {
            return Ok(Arc::new(vec![Border { place: start, tokens }]));
        }
        let mut borders = self
            .tokenizer
            .borders(&self.chunker.policy, &self.text[start..anchors.place(index + 1)])
            .map_err(|error| error.moved(start))?;
        for border in &mut borders {
            border.place += start;
            border.tokens += tokens;
        }
        let borders = Arc::new(borders);
        if self.chunker.stretches.len() == REMEMBERED {
            self.chunker.stretches.pop_front();
        }
        self.chunker.stretches.push_back((index, Arc::clone(&borders)));
        Ok(borders)
    }
}

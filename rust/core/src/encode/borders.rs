//! Where the tokens of a text end.

use super::Tokenizer;
use super::offsets::character_at;
use super::special::Policy;
use super::text::{Encoding, each_pretoken};
use crate::error::EncodeError;
use std::ops::{ControlFlow, Range};

/// A place of a text between two tokens and between two characters, and the number of tokens before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Border {
    pub(super) place: usize,
    pub(super) tokens: u64,
}

/// Collects the ends of tokens.
struct Collector<'t> {
    text: &'t [u8],
    borders: Vec<Border>,
    tokens: u64,
}

impl Collector<'_> {
    /// The next token, and the part of the text that it stands for.
    fn token(&mut self, range: Range<usize>) {
        // Where the token before it reaches into this one (both stand for one character), it does not end at a border.
        while self.borders.len() > 1
            && self
                .borders
                .last()
                .is_some_and(|border| border.place > range.start)
        {
            self.borders.pop();
        }
        self.tokens += 1;
        let whole = range.end >= self.text.len() || character_at(self.text, range.end).start == range.end;
        if !whole {
            return;
        }
        let border = Border {
            place: range.end,
            tokens: self.tokens,
        };
        match self.borders.last_mut() {
            Some(last) if last.place >= border.place => *last = border,
            _ => self.borders.push(border),
        }
    }
}

impl Tokenizer {
    /// The borders of a text, in order; its beginning and its end are always among them.
    pub(super) fn borders(&self, policy: &Policy, text: &[u8]) -> Result<Vec<Border>, EncodeError> {
        let mut found = Collector {
            text,
            borders: vec![Border { place: 0, tokens: 0 }],
            tokens: 0,
        };
        let normalizer = self.definition.normalizer.as_ref();
        self.pool.with(|worker| {
            let visit = &mut |part: Encoding<'_>| {
                match part {
                    Encoding::Added(_, range) => found.token(range),
                    Encoding::Pretoken(pretoken, ids, origin) => {
                        let at = |place: usize| pretoken.range.start + pretoken.in_text(place);
                        let mut end = 0;
                        for &id in ids {
                            let begin = end;
                            end += self.decoder.get(id).map_or(0, <[u8]>::len);
                            found.token(origin.range(at(begin)..at(end)));
                        }
                    }
                }
                ControlFlow::Continue(())
            };
            each_pretoken(&self.engine, &self.added, policy, normalizer, text, worker, visit)
        })?;
        let end = Border {
            place: text.len(),
            tokens: found.tokens,
        };
        match found.borders.last_mut() {
            Some(last) if last.place == text.len() => *last = end,
            _ => found.borders.push(end),
        }
        Ok(found.borders)
    }
}

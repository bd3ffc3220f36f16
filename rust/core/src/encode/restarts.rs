//! Boundaries of pretokens as places to go on from, where a text has no safe cuts for long.
//!
//! The hand-written schemes do not look behind. So a part of a text has the pretokens of the whole from the first boundary on that both share,
//! and up to a little before its end.

use super::Tokenizer;
use super::special::Policy;
use super::text::{Encoding, Part, each_pretoken, parts};
use crate::error::EncodeError;
use std::ops::ControlFlow;

impl Tokenizer {
    /// Whether boundaries can be gone on from at all.
    pub(super) fn restarts(&self) -> bool {
        self.definition.normalizer.is_none() && self.engine.pretokenizer.looks_ahead_only()
    }

    /// The place up to which boundaries of a text stay what they are when it ends at `end` or goes on otherwise there.
    ///
    /// An added token that lies across `end` begins less than `reach` before it; in the other text a pretoken may end there.
    pub(super) fn settled(&self, text: &[u8], end: usize, reach: usize) -> usize {
        self.engine.pretokenizer.horizon(text, end.saturating_sub(reach))
    }

    /// Calls `visit` with the end of each pretoken and each added token and the number of tokens before it, until it breaks.
    pub(super) fn walk(
        &self,
        policy: &Policy,
        text: &[u8],
        visit: &mut dyn FnMut(usize, u64) -> ControlFlow<()>,
    ) -> Result<(), EncodeError> {
        let mut tokens = 0;
        let normalizer = self.definition.normalizer.as_ref();
        let walked = self.pool.with(|worker| {
            let visit = &mut |part: Encoding<'_>| {
                let (end, more) = match part {
                    Encoding::Added(_, range) => (range.end, 1),
                    Encoding::Pretoken(pretoken, ids, origin) => {
                        (origin.range(pretoken.range.clone()).end, ids.len() as u64)
                    }
                };
                tokens += more;
                visit(end, tokens)
            };
            each_pretoken(&self.engine, &self.added, policy, normalizer, text, worker, visit)
        });
        walked.map_err(EncodeError::from)
    }

    /// Whether a stretch of text between safe cuts holds no added token.
    pub(super) fn is_plain(&self, policy: &Policy, text: &[u8]) -> bool {
        let normalizer = self.definition.normalizer.as_ref();
        let found = parts(&self.added, policy, normalizer, text, &mut |part| match part {
            Part::Added(..) => Err(()),
            Part::Stretch(..) => Ok(()),
        });
        found.is_ok()
    }
}

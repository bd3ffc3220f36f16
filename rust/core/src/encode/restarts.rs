//! Boundaries of pretokens as places to go on from, where a text has no safe cuts for long.
//!
//! The hand-written schemes do not look behind. So a part of a text has the pretokens of the whole from the first boundary on that both share,
//! and up to a little before its end.

use super::Tokenizer;
use super::engine::Failure;
use super::model::MissingByte;
use super::special::Policy;
use super::text::{Part, parts, placed};
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
            let mut ids = Vec::new();
            parts(&self.added, policy, normalizer, text, &mut |part| {
                let (stretch, origin) = match part {
                    Part::Added(_, range) => {
                        tokens += 1;
                        return match visit(range.end, tokens) {
                            ControlFlow::Continue(()) => Ok(()),
                            ControlFlow::Break(()) => Err(Failure::Full),
                        };
                    }
                    Part::Stretch(stretch, origin) => (stretch, origin),
                };
                let mut outcome = Ok(());
                let matched = self.engine.pretokenizer.for_each(stretch, |pretoken| {
                    let range = pretoken.range;
                    outcome = match self.engine.encode_pretoken(pretoken.bytes, worker, &mut ids) {
                        Ok(()) => {
                            tokens += ids.len() as u64;
                            match visit(origin.range(range).end, tokens) {
                                ControlFlow::Continue(()) => Ok(()),
                                ControlFlow::Break(()) => Err(Failure::Full),
                            }
                        }
                        Err(fault) => Err(Failure::Missing(MissingByte {
                            place: range.start + fault.place,
                            ..fault
                        })),
                    };
                    if outcome.is_ok() {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                });
                outcome.map_err(|failure| placed(failure, &origin))?;
                matched.map_err(|error| placed(Failure::Pretokenize(error), &origin))
            })
        });
        match walked {
            Ok(()) | Err(Failure::Full) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
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

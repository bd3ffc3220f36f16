//! One text: added tokens out first, normalised, and the rest through the engine; with the way back from the normalised text to the original.

use super::engine::{Engine, Failure, Worker};
use super::model::MissingByte;
use super::sink::Sink;
use super::special::{Added, Policy};
use crate::error::EncodeError;
use crate::normalize::{Normalized, normalize};
use crate::pretokenize::Pretoken;
use crate::vocabulary::{AddedToken, Normalizer, TokenId};
use std::ops::{ControlFlow, Range};

/// A part of a text.
pub(crate) enum Part<'a> {
    /// An added token, and where it stands in the original text.
    Added(&'a AddedToken, Range<usize>),
    /// A stretch to merge, and its way back.
    Stretch(&'a [u8], Origin<'a>),
}

/// Where a stretch came from.
pub(crate) struct Origin<'a> {
    /// Where the original of the stretch (or of the normalised text that it lies in) begins.
    base: usize,
    /// The normalised text, and where the stretch begins in it.
    normalized: Option<(&'a Normalized, usize)>,
}

impl Origin<'_> {
    /// Where a range of the stretch stands in the original text.
    pub(crate) fn range(&self, range: Range<usize>) -> Range<usize> {
        let range = match self.normalized {
            None => range,
            Some((normalized, place)) => normalized.original(place + range.start..place + range.end),
        };
        self.base + range.start..self.base + range.end
    }
}

/// Calls `visit` with the parts of a text, in order.
pub(crate) fn parts<E>(
    added: &Added,
    policy: &Policy,
    normalizer: Option<&Normalizer>,
    text: &[u8],
    visit: &mut dyn FnMut(Part<'_>) -> Result<(), E>,
) -> Result<(), E> {
    added.split(policy, false, text, &mut |range, token| {
        if let Some(token) = token {
            return visit(Part::Added(token, range));
        }
        let base = range.start;
        let raw = &text[range];
        let normalized = normalizer.and_then(|normalizer| normalize(normalizer, raw));
        let stretch = normalized.as_ref().map_or(raw, |normalized| &normalized.bytes);
        added.split(policy, true, stretch, &mut |range, token| {
            let begin = range.start;
            let origin = match &normalized {
                None => Origin {
                    base: base + begin,
                    normalized: None,
                },
                Some(normalized) => Origin {
                    base,
                    normalized: Some((normalized, begin)),
                },
            };
            match token {
                Some(token) => visit(Part::Added(token, origin.range(0..range.len()))),
                None => visit(Part::Stretch(&stretch[range], origin)),
            }
        })
    })
}

/// Hands the ids of a text to `sink`.
pub(crate) fn encode<S: Sink>(
    engine: &Engine,
    added: &Added,
    policy: &Policy,
    normalizer: Option<&Normalizer>,
    text: &[u8],
    worker: &mut Worker,
    sink: &mut S,
) -> Result<(), Failure> {
    added.refuse_disallowed(policy, text)?;
    parts(added, policy, normalizer, text, &mut |part| match part {
        Part::Added(token, _) => {
            sink.one(token.id);
            Ok(())
        }
        Part::Stretch(stretch, origin) => {
            let result = engine.encode(stretch, worker, sink);
            result.map_err(|failure| placed(failure, &origin))
        }
    })
}

/// A part of a text, encoded.
pub(crate) enum Encoding<'a> {
    /// An added token, and where it stands in the original text.
    Added(&'a AddedToken, Range<usize>),
    /// A pretoken of a stretch, its ids, and the way back.
    Pretoken(&'a Pretoken<'a>, &'a [TokenId], &'a Origin<'a>),
}

/// Calls `visit` with the added tokens and pretokens of a text, one by one, until it breaks.
pub(crate) fn each_pretoken(
    engine: &Engine,
    added: &Added,
    policy: &Policy,
    normalizer: Option<&Normalizer>,
    text: &[u8],
    worker: &mut Worker,
    visit: &mut dyn FnMut(Encoding<'_>) -> ControlFlow<()>,
) -> Result<(), Failure> {
    let mut ids = Vec::new();
    let walked = parts(added, policy, normalizer, text, &mut |part| {
        let (stretch, origin) = match part {
            Part::Added(token, range) => {
                return match visit(Encoding::Added(token, range)) {
                    ControlFlow::Continue(()) => Ok(()),
                    ControlFlow::Break(()) => Err(Failure::Full),
                };
            }
            Part::Stretch(stretch, origin) => (stretch, origin),
        };
        let mut outcome = Ok(());
        let matched = engine.pretokenizer.for_each(stretch, |pretoken| {
            if let Err(fault) = engine.encode_pretoken(pretoken.bytes, worker, &mut ids) {
                outcome = Err(Failure::Missing(MissingByte {
                    place: pretoken.range.start + pretoken.in_text(fault.place),
                    ..fault
                }));
            } else if visit(Encoding::Pretoken(&pretoken, &ids, &origin)).is_break() {
                outcome = Err(Failure::Full);
            }
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        outcome.map_err(|failure| placed(failure, &origin))?;
        matched.map_err(|error| placed(Failure::Pretokenize(error), &origin))
    });
    match walked {
        Err(Failure::Full) => Ok(()),
        other => other,
    }
}

/// A failure whose places are in the original text.
pub(crate) fn placed(failure: Failure, origin: &Origin<'_>) -> Failure {
    use crate::error::PretokenizeError;
    match failure {
        Failure::Missing(MissingByte { byte, place }) => Failure::Encode(EncodeError::NoByteToken {
            byte,
            offset: origin.range(place..place + 1).start,
        }),
        Failure::Pretokenize(PretokenizeError::Matching {
            pattern,
            offset,
            problem,
        }) => Failure::Pretokenize(PretokenizeError::Matching {
            pattern,
            offset: origin.range(offset..offset).start,
            problem,
        }),
        other => other,
    }
}

//! Text to pretokens: the pieces that no merge crosses.
//!
//! `scanner.rs` is the interface; `gpt2.rs`, `cl100k.rs`, `o200k.rs`, `kimi.rs`, `deepseek.rs`, `superbpe.rs` are the schemes written by hand,
//! `scheme.rs` knows their names and spellings, `pattern.rs` takes any other regular expression (an automaton of `automaton/` runs it where
//! one can), `steps.rs` a sequence of splits as a `tokenizer.json` lists them, `splitter.rs` turns the matches of a step into pieces,
//! `path.rs` says what runs a pretokenizer, `words.rs` shows one to people, `dialects.rs` tells which expressions two engines read alike,
//! `classes.rs` holds the character classes, `characters.rs` those that the steps of `tokenizers` go by, `horizon.rs` how
//! far the pretokens of a text are certain where its end is not, `blocks/` the vector paths of the scanners.

mod automaton;
mod blocks;
mod characters;
mod cl100k;
mod classes;
mod deepseek;
mod dialects;
mod gpt2;
mod horizon;
mod kimi;
mod o200k;
mod path;
mod pattern;
mod scanner;
mod scheme;
mod spec;
mod splitter;
mod steps;
mod superbpe;
#[cfg(test)]
mod tests;
mod words;

pub use blocks::Level;
pub(crate) use blocks::{BATCH, Ends, LONGEST, MOST};
pub use cl100k::Cl100k;
pub use deepseek::DeepSeek;
pub use gpt2::Gpt2;
pub use kimi::Kimi;
pub use o200k::O200k;
pub use path::Path;
pub use scanner::Scanner;
pub(crate) use scheme::AnyScanner;
pub use scheme::Scheme;
pub use spec::{Behavior, Dialect, Pattern, PretokenizerSpec, SplitPattern, Step};
pub use superbpe::SuperBpe;

use crate::error::PretokenizeError;
use pattern::Matcher;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use steps::{Steps, Stop};

/// The version of Unicode that letters, marks, numbers and white space are taken from, `16.0.0` for example.
pub fn unicode_version() -> &'static str {
    classes::UNICODE_VERSION
}

/// One pretoken of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pretoken<'a> {
    /// The bytes to encode; they may begin with a space that is not in the text (`add_prefix_space`).
    pub bytes: &'a [u8],
    /// Where it stands in the text that was given.
    pub range: Range<usize>,
}

impl Pretoken<'_> {
    /// For a place in `bytes` that in `range`: a space that was put in front stands nowhere.
    pub(crate) fn in_text(&self, place: usize) -> usize {
        place.saturating_sub(self.bytes.len().saturating_sub(self.range.len()))
    }
}

/// A pretokenizer, compiled and ready; cheap to clone, shared by threads.
///
/// Ranges come in order and do not overlap; they tile the text unless a `Split` removes its matches: what a pattern does not match is a
/// pretoken of its own, never lost. A byte that is not part of valid UTF-8 is a character of its own: neither letter, number, mark nor white space.
/// An empty text has no pretokens.
#[derive(Clone)]
pub struct Pretokenizer {
    spec: Arc<PretokenizerSpec>,
    path: Arc<Path>,
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    /// One pretoken.
    Whole,
    Scanner(AnyScanner),
    Matcher(Matcher),
    Steps(Arc<Steps>),
}

impl std::fmt::Debug for Pretokenizer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Pretokenizer").field(&self.spec).finish()
    }
}

impl Pretokenizer {
    /// Compiles a specification; a known pattern (in either dialect's spelling) gets its hand-written scanner.
    ///
    /// # Errors
    /// A pattern that does not compile; a second `ByteLevel`.
    pub fn new(spec: &PretokenizerSpec) -> Result<Self, PretokenizeError> {
        let (path, engine) = match spec.scheme() {
            Some(scheme) => (Path::Scanner(scheme), Engine::Scanner(scheme.scanner())),
            None => Self::steps(&spec.steps)?,
        };
        Ok(Self {
            spec: Arc::new(spec.clone()),
            path: Arc::new(path),
            engine,
        })
    }

    fn steps(steps: &[Step]) -> Result<(Path, Engine), PretokenizeError> {
        let steps = Steps::new(steps)?;
        let path = steps.path();
        let engine = if let Some(matcher) = steps.matcher() {
            Engine::Matcher(matcher.clone())
        } else if steps.is_empty() {
            Engine::Whole
        } else {
            Engine::Steps(Arc::new(steps))
        };
        Ok((path, engine))
    }

    /// What runs it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it was made from.
    pub fn spec(&self) -> &PretokenizerSpec {
        &self.spec
    }

    /// Calls `visit` with each pretoken of `text`, in order, until it breaks.
    ///
    /// # Errors
    /// A regular expression that gives up.
    #[inline]
    pub fn for_each<F>(&self, text: &[u8], mut visit: F) -> Result<(), PretokenizeError>
    where
        F: FnMut(Pretoken<'_>) -> ControlFlow<()>,
    {
        match &self.engine {
            Engine::Whole => {
                if !text.is_empty() {
                    // The last call: whether it breaks makes no difference.
                    let _ = visit(Pretoken {
                        bytes: text,
                        range: 0..text.len(),
                    });
                }
                Ok(())
            }
            Engine::Scanner(scanner) => {
                // An error of the walk is a break of the visitor.
                let _ = scanner.try_each(text, |start, end| {
                    let pretoken = Pretoken {
                        bytes: &text[start..end],
                        range: start..end,
                    };
                    match visit(pretoken) {
                        ControlFlow::Continue(()) => Ok(()),
                        ControlFlow::Break(()) => Err(()),
                    }
                });
                Ok(())
            }
            Engine::Matcher(matcher) => {
                let mut piece = |start: usize, end: usize| {
                    if start == end {
                        return Ok(());
                    }
                    let pretoken = Pretoken {
                        bytes: &text[start..end],
                        range: start..end,
                    };
                    match visit(pretoken) {
                        ControlFlow::Continue(()) => Ok(()),
                        ControlFlow::Break(()) => Err(Stop::Enough),
                    }
                };
                let mut last = 0;
                let walked = matcher.try_each(text, |start, end| {
                    piece(last, start)?;
                    last = end;
                    piece(start, end)
                });
                match walked.and_then(|()| piece(last, text.len())) {
                    Ok(()) | Err(Stop::Enough) => Ok(()),
                    Err(Stop::Failed(error)) => Err(error),
                }
            }
            Engine::Steps(steps) => {
                let walked = steps.try_each(text, &mut |pretoken| match visit(pretoken) {
                    ControlFlow::Continue(()) => Ok(()),
                    ControlFlow::Break(()) => Err(Stop::Enough),
                });
                match walked {
                    Ok(()) | Err(Stop::Enough) => Ok(()),
                    Err(Stop::Failed(error)) => Err(error),
                }
            }
        }
    }

    /// The scanner that finds the pretokens, where one does; they tile the text then.
    #[inline]
    pub(crate) fn scanner(&self) -> Option<&AnyScanner> {
        match &self.engine {
            Engine::Scanner(scanner) => Some(scanner),
            _ => None,
        }
    }

    /// The first place at or after `from` where the text may be cut: both sides, which are not empty, apart give the pretokens of the whole.
    ///
    /// `None` where there is none, or where the scheme has no place that is always safe (any pattern of a user's own).
    pub fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        match &self.engine {
            Engine::Whole | Engine::Matcher(_) => None,
            Engine::Scanner(scanner) => scanner.safe_cut(text, from),
            Engine::Steps(steps) => steps.safe_cut(text, from),
        }
    }
}

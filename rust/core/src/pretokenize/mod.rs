//! Text to pretokens: the pieces that no merge crosses.
//!
//! `scanner.rs` is the interface; `gpt2.rs`, `cl100k.rs`, `o200k.rs` are the schemes written by hand, `pattern.rs` takes any other
//! regular expression, `steps.rs` a sequence of splits as a `tokenizer.json` lists them, `classes.rs` the character classes.

mod spec;

pub use spec::{Behavior, Dialect, Pattern, PretokenizerSpec, SplitPattern, Step};

use crate::error::PretokenizeError;
use std::ops::{ControlFlow, Range};

/// One pretoken of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pretoken<'a> {
    /// The bytes to encode; they may begin with a space that is not in the text (`add_prefix_space`).
    pub bytes: &'a [u8],
    /// Where it stands in the text that was given.
    pub range: Range<usize>,
}

/// A pretokenizer, compiled and ready; cheap to clone, shared by threads.
///
/// Ranges come in order and do not overlap; they tile the text unless a `Split` removes its matches: what a pattern does not match is a
/// pretoken of its own, never lost. A byte that is not part of valid UTF-8 is a character of its own: neither letter, number, mark nor white space.
#[derive(Clone)]
pub struct Pretokenizer {
    spec: PretokenizerSpec,
}

impl Pretokenizer {
    /// Compiles a specification; a known pattern (in either dialect's spelling) gets its hand-written scanner.
    ///
    /// # Errors
    /// A pattern that does not compile.
    pub fn new(spec: &PretokenizerSpec) -> Result<Self, PretokenizeError> {
        Ok(Self { spec: spec.clone() })
    }

    /// What it was made from.
    pub fn spec(&self) -> &PretokenizerSpec {
        &self.spec
    }

    /// Calls `visit` with each pretoken of `text`, in order, until it breaks.
    ///
    /// # Errors
    /// A regular expression that gives up.
    pub fn for_each<F>(&self, text: &[u8], visit: F) -> Result<(), PretokenizeError>
    where
        F: FnMut(Pretoken<'_>) -> ControlFlow<()>,
    {
        let _ = (text, visit);
        todo!()
    }

    /// The first place at or after `from` where the text may be cut: both sides apart give the pretokens of the whole.
    ///
    /// `None` where there is none, or where the scheme has no place that is always safe (any pattern of a user's own).
    pub fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        let _ = (text, from);
        todo!()
    }
}

//! How far the pretokens of a text are certain where its end is not.

use super::classes::{Classes, LETTER, MARK, NUMBER, SPACE};
use super::{Engine, Pretokenizer};

/// What a pretoken may hang on behind its end, beside a run of characters of one kind: a character, or an apostrophe and two letters; and the
/// bytes of a character that is cut off.
const AHEAD: usize = 16;

/// Characters in a run of which a scheme may look for its end: words, numbers, white space.
const KINDS: [u8; 3] = [LETTER | MARK, NUMBER, SPACE];

impl Pretokenizer {
    /// Whether where a pretoken ends depends on the text from its start on alone: one that begins at a place that is a boundary of two texts,
    /// which are the same from there on, is one of both.
    pub(crate) fn looks_ahead_only(&self) -> bool {
        matches!(self.engine, Engine::Scanner(_))
    }

    /// A place up to which the pretokens of all texts that begin with `text[..end]` are the same, the one that ends there among them.
    ///
    /// Beyond its end a pretoken hangs on the rest of the run that it ends in (white space up to its last newline, or up to what is no white
    /// space; o200k's capitals up to the first small letter), and on little more. So what ends before the run in which `end` lies is certain.
    pub(crate) fn horizon(&self, text: &[u8], end: usize) -> usize {
        let classes = Classes::get();
        let text = &text[..end];
        let mut at = end.saturating_sub(AHEAD);
        while at > 0 && text[at] & 0xC0 == 0x80 {
            at -= 1;
        }
        let (class, _) = classes.at(text, at);
        let kind = KINDS.into_iter().find(|kind| class & kind != 0).unwrap_or(0);
        while at > 0 {
            let (before, length) = classes.before(text, at);
            if before & kind == 0 {
                break;
            }
            at -= length;
        }
        at
    }
}

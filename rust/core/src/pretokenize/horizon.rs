//! How far the pretokens of a text are certain where its end is not.

use super::classes::{Classes, LETTER, LOWER, MARK, NUMBER, SPACE, UPPER};
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
    /// space; o200k's capitals up to the first small letter), and on little more. So what ends before the run in which `end` lies is certain;
    /// and what ends before a capital behind a small letter, beyond which no search for a small letter goes.
    pub(crate) fn horizon(&self, text: &[u8], end: usize) -> usize {
        let classes = Classes::get();
        let text = &text[..end];
        let mut at = end.saturating_sub(AHEAD);
        while at > 0 && text[at] & 0xC0 == 0x80 {
            at -= 1;
        }
        let (class, _) = classes.at(text, at);
        let kind = KINDS.into_iter().find(|kind| class & kind != 0).unwrap_or(0);
        let mut after = class;
        while at > 0 {
            let (before, length) = classes.before(text, at);
            if before & kind == 0 || before & LOWER != 0 && after & UPPER != 0 {
                break;
            }
            after = before;
            at -= length;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, PretokenizerSpec, Scheme};
    use super::*;
    use proptest::prelude::*;
    use std::ops::ControlFlow;

    fn ends(pretokenizer: &Pretokenizer, text: &[u8], up_to: usize) -> Vec<usize> {
        let mut found = Vec::new();
        pretokenizer
            .for_each(text, |pretoken| {
                found.push(pretoken.range.end);
                ControlFlow::Continue(())
            })
            .expect("no engine gives up");
        found.retain(|&end| end <= up_to);
        found
    }

    /// Runs of everything that a scheme looks along.
    fn runs() -> impl Strategy<Value = Vec<u8>> {
        const PIECES: &[&str] = &[
            " ", "\n", "\r\n", "\t", "\u{3000}", "'", "'s", "'ll", "'\u{17f}", "a", "A", "AB", "aB", "aBC",
            "日A", "日", "ʰ", "\u{301}", "1", "٣", "!", "/", "😀",
        ];
        let run = (prop::sample::select(PIECES), 1..30usize);
        let byte = any::<u8>().prop_map(|byte| vec![byte]);
        let piece =
            prop_oneof![9 => run.prop_map(|(piece, times)| piece.repeat(times).into_bytes()), 1 => byte];
        prop::collection::vec(piece, 1..16).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn what_follows_moves_no_boundary_before_the_horizon(text in runs(), other in runs(), end in any::<usize>()) {
            let end = end % (text.len() + 1);
            for scheme in Scheme::all() {
                let pattern = scheme.pattern(Dialect::Tiktoken);
                let spec = PretokenizerSpec::regex(pattern.regex, pattern.dialect);
                let pretokenizer = Pretokenizer::new(&spec).expect("compiles");
                prop_assert!(pretokenizer.looks_ahead_only());
                let horizon = pretokenizer.horizon(&text, end);
                prop_assert!(horizon <= end);
                let expected = ends(&pretokenizer, &text, horizon);
                prop_assert_eq!(&ends(&pretokenizer, &text[..end], horizon), &expected, "{}", scheme.name());
                let changed = [&text[..end], &other].concat();
                prop_assert_eq!(&ends(&pretokenizer, &changed, horizon), &expected, "{}", scheme.name());
            }
        }
    }
}

//! Any regular expression, read as the engine of its dialect reads it: by an automaton where one can, else by that engine.
//!
//! fancy-regex (tiktoken) and Oniguruma (`tokenizers`) both go from match to match: the search for the next one begins where the last one
//! ended and sees the text before it; an empty match right behind a match is passed over.

use super::automaton::{Automaton, STAND_IN};
use super::path::Path;
use super::spec::{Dialect, Pattern};
use crate::error::PretokenizeError;
use std::sync::Arc;

/// How often fancy-regex may go back on its way to one match: about a second's worth.
///
/// Its default, a million, is spent on a stretch of as many characters in which nothing matches.
const BACKTRACKS: usize = 20_000_000;

/// How often an automaton may look at each byte in vain, on its way to the next match, before the engine takes over.
///
/// It tries place after place, where the engine may know better (`a+b` in a long run of `a`).
const LOOKS: usize = 16;

/// A compiled pattern; cheap to clone.
#[derive(Clone)]
pub(crate) struct Matcher {
    regex: Arc<str>,
    engine: Engine,
    automaton: Option<Arc<Automaton>>,
}

#[derive(Clone)]
enum Engine {
    Fancy(fancy_regex::Regex),
    Oniguruma(Arc<onig::Regex>),
}

impl Matcher {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// It does not compile.
    pub(crate) fn new(pattern: &Pattern) -> Result<Self, PretokenizeError> {
        let refused = |problem: String| PretokenizeError::Pattern {
            pattern: pattern.regex.clone(),
            problem,
        };
        let engine = match pattern.dialect {
            Dialect::Tiktoken => Engine::Fancy(
                fancy_regex::RegexBuilder::new(&pattern.regex)
                    .backtrack_limit(BACKTRACKS)
                    .build()
                    .map_err(|error| refused(error.to_string()))?,
            ),
            Dialect::Tokenizers => Engine::Oniguruma(Arc::new(
                onig::Regex::new(&pattern.regex).map_err(|error| refused(error.description().to_owned()))?,
            )),
        };
        Ok(Self {
            regex: Arc::from(pattern.regex.as_str()),
            engine,
            automaton: Automaton::new(pattern).map(Arc::new),
        })
    }

    /// The same without its automaton.
    #[cfg(test)]
    pub(crate) fn by_engine(&self) -> Self {
        Self {
            automaton: None,
            ..self.clone()
        }
    }

    /// What runs it.
    pub(crate) fn path(&self) -> Path {
        match (&self.automaton, &self.engine) {
            (Some(_), _) => Path::Automaton,
            (None, Engine::Fancy(_)) => Path::Engine(Dialect::Tiktoken),
            (None, Engine::Oniguruma(_)) => Path::Engine(Dialect::Tokenizers),
        }
    }

    /// Calls `visit` with start and end of each match, in order, until it fails; matches may be empty.
    ///
    /// # Errors
    /// The engine gives up, or `visit` fails.
    #[inline(always)]
    pub(crate) fn try_each<E: From<PretokenizeError>>(
        &self,
        text: &[u8],
        mut visit: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(automaton) = &self.automaton else {
            return self.try_each_by_engine(text, 0, visit);
        };
        let (mut from, mut last) = (0, None);
        while from <= text.len() {
            match leftmost(automaton, text, from) {
                Leftmost::Match(start, end) if start == end && last == Some(end) => {
                    from = automaton.after(text, end);
                }
                Leftmost::Match(start, end) => {
                    (from, last) = (end, Some(end));
                    visit(start, end)?;
                }
                Leftmost::None => return Ok(()),
                Leftmost::TooFar => return self.try_each_by_engine(text, from, visit),
            }
        }
        Ok(())
    }

    /// As `try_each`, from `from` on, where the text before that makes no difference.
    #[inline(never)]
    fn try_each_by_engine<E: From<PretokenizeError>>(
        &self,
        text: &[u8],
        from: usize,
        mut visit: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let text = &text[from..];
        if let Ok(valid) = std::str::from_utf8(text) {
            return self.try_each_str(
                valid,
                |at| from + at,
                |start, end| visit(from + start, from + end),
            );
        }
        let (copy, stand_ins) = with_stand_ins(text);
        let growth = STAND_IN.len_utf8() - 1;
        let mut passed = 0;
        let original = |at: usize, passed: &mut usize| {
            while stand_ins.get(*passed).is_some_and(|&place| place < at) {
                *passed += 1;
            }
            from + at - growth * *passed
        };
        let anywhere = |at: usize| original(at, &mut stand_ins.partition_point(|&place| place < at));
        self.try_each_str(&copy, anywhere, |start, end| {
            let start = original(start, &mut passed);
            let end = original(end, &mut passed);
            visit(start, end)
        })
    }

    fn try_each_str<E: From<PretokenizeError>>(
        &self,
        text: &str,
        original: impl Fn(usize) -> usize,
        mut visit: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let gave_up = |at: usize, problem: String| {
            E::from(PretokenizeError::Matching {
                pattern: self.regex.to_string(),
                offset: original(at),
                problem,
            })
        };
        match &self.engine {
            Engine::Fancy(regex) => {
                let mut end = 0;
                for found in regex.find_iter(text) {
                    let found = found.map_err(|error| gave_up(end, error.to_string()))?;
                    end = found.end();
                    visit(found.start(), end)?;
                }
            }
            Engine::Oniguruma(regex) => {
                let mut region = onig::Region::new();
                let mut from = 0;
                let mut last_end = None;
                while from <= text.len() {
                    region.clear();
                    let found = regex.search_with_param(
                        text,
                        from,
                        text.len(),
                        onig::SearchOptions::SEARCH_OPTION_NONE,
                        Some(&mut region),
                        onig::MatchParam::default(),
                    );
                    match found {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(error) => return Err(gave_up(from, error.description().to_owned())),
                    }
                    let Some((start, end)) = region.pos(0) else { break };
                    if start == end && last_end == Some(end) {
                        from += text[from..].chars().next().map_or(1, char::len_utf8);
                        continue;
                    }
                    from = end;
                    last_end = Some(end);
                    visit(start, end)?;
                }
            }
        }
        Ok(())
    }
}

enum Leftmost {
    Match(usize, usize),
    None,
    /// The automaton looks at too much in vain.
    TooFar,
}

/// The first match at or after `from`.
#[inline(always)]
fn leftmost(automaton: &Automaton, text: &[u8], from: usize) -> Leftmost {
    let attempt = automaton.attempt(text, from);
    match attempt.end {
        Some(end) => Leftmost::Match(from, end),
        None => leftmost_after(automaton, text, from, attempt.reached - from),
    }
}

/// The first match after `from`, where a look at `looked` bytes has found none.
fn leftmost_after(automaton: &Automaton, text: &[u8], from: usize, mut looked: usize) -> Leftmost {
    let mut start = from;
    loop {
        if start >= text.len() {
            return Leftmost::None;
        }
        start = automaton.after(text, start);
        if looked > LOOKS * (start - from) + 4096 && automaton.can_be_relieved() {
            return Leftmost::TooFar;
        }
        let attempt = automaton.attempt(text, start);
        if let Some(end) = attempt.end {
            return Leftmost::Match(start, end);
        }
        looked += attempt.reached - start;
    }
}

/// A copy of `text` in which a noncharacter stands for each byte that is not part of valid UTF-8, and the places of these in the copy.
fn with_stand_ins(text: &[u8]) -> (String, Vec<usize>) {
    let mut copy = String::with_capacity(text.len() + text.len() / 8);
    let mut places = Vec::new();
    for chunk in text.utf8_chunks() {
        copy.push_str(chunk.valid());
        for _ in chunk.invalid() {
            places.push(copy.len());
            copy.push(STAND_IN);
        }
    }
    (copy, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(regex: &str, dialect: Dialect, text: &[u8]) -> Vec<(usize, usize)> {
        let matcher = Matcher::new(&Pattern {
            regex: regex.to_owned(),
            dialect,
        })
        .expect("compiles");
        let mut found = Vec::new();
        matcher
            .try_each(text, |start, end| {
                found.push((start, end));
                Ok::<(), PretokenizeError>(())
            })
            .expect("matches");
        found
    }

    #[test]
    fn invalid_bytes_are_matched_one_by_one_and_offsets_are_those_of_the_text() {
        for dialect in [Dialect::Tiktoken, Dialect::Tokenizers] {
            let text = b"a\xFF\xE4\xB8b \xE4\xB8\xAD\x80";
            assert_eq!(
                matches(r"[^\s\p{L}\p{N}\p{M}]", dialect, text),
                [(1, 2), (2, 3), (3, 4), (9, 10)]
            );
            assert_eq!(matches(r"\p{L}", dialect, text), [(0, 1), (4, 5), (6, 9)]);
        }
    }

    #[test]
    fn empty_matches_end() {
        for dialect in [Dialect::Tiktoken, Dialect::Tokenizers] {
            assert_eq!(matches("b*", dialect, "abé".as_bytes()), [(0, 0), (1, 2), (4, 4)]);
            assert_eq!(matches("", dialect, b""), [(0, 0)]);
        }
    }

    #[test]
    fn a_pattern_that_does_not_compile_is_named() {
        for dialect in [Dialect::Tiktoken, Dialect::Tokenizers] {
            let result = Matcher::new(&Pattern {
                regex: "a(b".to_owned(),
                dialect,
            });
            match result.err() {
                Some(PretokenizeError::Pattern { pattern, .. }) => assert_eq!(pattern, "a(b"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn giving_up_is_an_error_with_its_place() {
        let text = format!("b {}", "a".repeat(40));
        let pattern = Pattern {
            regex: r"b|(?=((a+)+)+c)\2a".to_owned(),
            dialect: Dialect::Tiktoken,
        };
        let matcher = Matcher::new(&pattern).expect("compiles");
        match matcher.try_each(text.as_bytes(), |_, _| Ok(())) {
            Err(PretokenizeError::Matching { offset, .. }) => assert_eq!(offset, 1),
            other => panic!("{other:?}"),
        }
    }
}

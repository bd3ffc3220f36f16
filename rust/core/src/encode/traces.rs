//! Whether an added token can stand in a text of which only the pretokens are known.
//!
//! A token that stands in the text lies within one pretoken, or it begins with the end of one, goes on with whole ones and ends with the
//! beginning of one. Where no pretokens are there to make it up, it stands nowhere; where they are, it may.

use super::special::Added;
use crate::normalize::is_local;
use crate::pretokenize::{Behavior, PretokenizerSpec, Step};
use crate::vocabulary::Definition;
use aho_corasick::AhoCorasick;

/// What is looked for, and which parts of it pretokens have shown.
struct Trace {
    /// The token, as its user knows it.
    token: String,
    /// What stands in the text that is split wherever the token does.
    content: Vec<u8>,
    /// A pretoken holds it, or nothing is known of it.
    inside: bool,
    /// By place: a pretoken ends with what is before the place.
    begins: Vec<bool>,
    /// By place: a pretoken begins with what is from the place on.
    ends: Vec<bool>,
    /// Pairs of places between which there is a pretoken.
    whole: Vec<(usize, usize)>,
}

impl Trace {
    /// Whether pretokens can stand side by side so that they make up the token.
    fn is_possible(&self) -> bool {
        if self.inside {
            return true;
        }
        let mut reached = self.begins.clone();
        for place in 1..self.content.len() {
            if !reached[place] {
                continue;
            }
            if self.ends[place] {
                return true;
            }
            for &(_, end) in self.whole.iter().filter(|(begin, _)| *begin == place) {
                reached[end] = true;
            }
        }
        false
    }
}

/// Takes pretokens one after the other, and says which added token they may make up.
pub(super) struct Traces {
    traces: Vec<Trace>,
    /// Finds contents within pretokens; `None` where nothing is looked for.
    within: Option<AhoCorasick>,
    /// By byte: tokens, and places before which the byte stands.
    by_last: Vec<Vec<(usize, usize)>>,
    /// By byte: tokens, and places at which the byte stands.
    by_first: Vec<Vec<(usize, usize)>>,
    /// Pretokens may begin with a space that is not in the text.
    adds_space: bool,
}

impl Traces {
    /// Looks for the added tokens that are matched in the text of a corpus; `special`: special tokens among them.
    pub(super) fn new(added: &Added, definition: &Definition, special: bool) -> Self {
        let steps = &definition.pretokenizer;
        let loses_text = removes(steps);
        let traces: Vec<Trace> = added
            .matched(special)
            .map(|(token, content)| {
                let seen = match &definition.normalizer {
                    _ if loses_text => None,
                    // It is looked for in the text before it is normalised. What composes changes ASCII only before a character that is not ASCII.
                    Some(normalizer) if !token.normalized => content
                        .split_last()
                        .map(|(_, rest)| rest)
                        .filter(|_| is_local(normalizer) && content.is_ascii()),
                    _ => Some(content),
                };
                let content = seen.unwrap_or_default().to_vec();
                Trace {
                    token: token.content.clone(),
                    inside: content.is_empty(),
                    begins: vec![false; content.len()],
                    ends: vec![false; content.len()],
                    whole: Vec::new(),
                    content,
                }
            })
            .collect();
        let mut by_last = vec![Vec::new(); 256];
        let mut by_first = vec![Vec::new(); 256];
        for (index, trace) in traces.iter().enumerate() {
            for place in 1..trace.content.len() {
                by_last[usize::from(trace.content[place - 1])].push((index, place));
                by_first[usize::from(trace.content[place])].push((index, place));
            }
        }
        let contents = traces.iter().map(|trace| &trace.content);
        let within = AhoCorasick::new(contents).ok().filter(|_| !traces.is_empty());
        let adds_space = |step: &Step| {
            matches!(
                step,
                Step::ByteLevel {
                    add_prefix_space: true,
                    ..
                }
            )
        };
        Self {
            traces,
            within,
            by_last,
            by_first,
            adds_space: steps.steps.iter().any(adds_space),
        }
    }

    /// Takes the next pretoken.
    pub(super) fn note(&mut self, pretoken: &[u8]) {
        if self.traces.is_empty() {
            return;
        }
        self.note_one(pretoken);
        if self.adds_space
            && let Some(text) = pretoken.strip_prefix(b" ")
        {
            self.note_one(text);
        }
    }

    fn note_one(&mut self, pretoken: &[u8]) {
        let (Some(&first), Some(&last)) = (pretoken.first(), pretoken.last()) else {
            return;
        };
        match &self.within {
            Some(within) => {
                if let Some(found) = within.find(pretoken) {
                    self.traces[found.pattern().as_usize()].inside = true;
                }
            }
            // Nothing can be said without a search.
            None => self.traces.iter_mut().for_each(|trace| trace.inside = true),
        }
        for &(index, place) in &self.by_last[usize::from(last)] {
            let trace = &mut self.traces[index];
            trace.begins[place] |= pretoken.ends_with(&trace.content[..place]);
        }
        for &(index, place) in &self.by_first[usize::from(first)] {
            let trace = &mut self.traces[index];
            let rest = &trace.content[place..];
            trace.ends[place] |= pretoken.starts_with(rest);
            if rest.len() > pretoken.len() && rest.starts_with(pretoken) {
                let part = (place, place + pretoken.len());
                if !trace.whole.contains(&part) {
                    trace.whole.push(part);
                }
            }
        }
    }

    /// A token that may stand in the text, going by the pretokens so far.
    pub(super) fn found(&self) -> Option<&str> {
        let found = self.traces.iter().find(|trace| trace.is_possible());
        found.map(|trace| trace.token.as_str())
    }
}

/// Whether text is lost between pretokens.
fn removes(pretokenizer: &PretokenizerSpec) -> bool {
    pretokenizer.steps.iter().any(|step| {
        matches!(
            step,
            Step::Split {
                behavior: Behavior::Removed,
                ..
            } | Step::Punctuation {
                behavior: Behavior::Removed
            }
        )
    })
}

//! Where a long document may be cut for several threads.

use crate::normalize::is_local;
use crate::pretokenize::Pretokenizer;
use crate::vocabulary::Normalizer;

/// Finds places where both sides of a text, counted apart, give what the whole would.
pub(super) struct Cutter<'a> {
    pub pretokenizer: &'a Pretokenizer,
    /// Texts that are looked for before the text is split; no cut goes through one.
    pub special: &'a [String],
    /// What will be done to the text before it is split.
    pub normalizer: Option<&'a Normalizer>,
}

impl Cutter<'_> {
    /// The first safe place at or after `from`, before the end.
    pub fn cut(&self, text: &[u8], mut from: usize) -> Option<usize> {
        loop {
            let at = self.pretokenizer.safe_cut(text, from)?;
            if at >= text.len() {
                return None;
            }
            if at > 0 && self.normalizes_apart(text, at) && !self.goes_through_special(text, at) {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// Between two ASCII characters nothing is composed.
    fn normalizes_apart(&self, text: &[u8], at: usize) -> bool {
        let plain = || text[at - 1].is_ascii() && text[at].is_ascii();
        self.normalizer
            .is_none_or(|normalizer| is_local(normalizer) && plain())
    }

    /// Whether a special token may lie across `at`, in whatever way those before it are matched. One that the end of the text cuts off counts.
    fn goes_through_special(&self, text: &[u8], at: usize) -> bool {
        self.special.iter().map(|token| token.as_bytes()).any(|token| {
            let first = at.saturating_sub(token.len().saturating_sub(1));
            (first..at).any(|begin| {
                let there = &text[begin..text.len().min(begin + token.len())];
                begin + token.len() > at && token.starts_with(there)
            })
        })
    }

    /// Cuts a text into parts of `size` bytes or somewhat more.
    pub fn parts<'t>(&self, text: &'t [u8], size: usize, mut take: impl FnMut(&'t [u8])) {
        let mut begin = 0;
        while text.len() - begin > size + size / 2 {
            // The places of a text are looked for from a little before the cut on, not from the beginning.
            let Some(at) = self.cut(&text[begin..], size) else {
                break;
            };
            take(&text[begin..begin + at]);
            begin += at;
        }
        take(&text[begin..]);
    }
}

//! Pretokens and how often each occurs.

use crate::prefetch::prefetch;
use crate::pretokenize::PretokenizerSpec;
use crate::vocabulary::Normalizer;
use std::sync::OnceLock;

/// What pieces of text are counted: the rule by which a text becomes chunks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChunkKind {
    /// The pretokens of the pretokenizer.
    #[default]
    Words,
}

impl ChunkKind {
    /// Its name in the header of a profile.
    pub fn name(self) -> &'static str {
        match self {
            ChunkKind::Words => "words",
        }
    }
}

/// What was counted, and how: the header of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountsHeader {
    /// How text was split.
    pub pretokenizer: PretokenizerSpec,
    /// What was done to the text first.
    pub normalizer: Option<Normalizer>,
    /// The version of Unicode that the character classes are from.
    pub unicode: String,
    /// What ended a document in plain files.
    pub separator: Option<Vec<u8>>,
    /// What kind of pieces are counted.
    pub chunks: ChunkKind,
    /// Documents counted.
    pub documents: u64,
    /// Bytes of text counted, before normalisation.
    pub bytes: u64,
    /// Occurrences of special tokens in the text.
    pub special_seen: u64,
    /// Occurrences of pretokens that were left out (none by this version).
    pub dropped: u64,
}

/// Pretokens and how often each occurs, sorted by their bytes; plus what a profile's header says of them.
#[derive(Clone, Debug, Default)]
pub struct PretokenCounts {
    header: CountsHeader,
    bytes: Vec<u8>,
    /// Where each pretoken ends in `bytes`.
    ends: Vec<u64>,
    counts: Vec<u64>,
    /// Where each was first seen, in bytes from the beginning of the first source; empty where that was not asked for.
    firsts: Vec<u64>,
    /// Made when it is first needed: training does without.
    order: OnceLock<Vec<u32>>,
}

impl PretokenCounts {
    pub(super) fn collect(header: CountsHeader, positions: bool) -> Counted {
        Counted {
            positions,
            counts: Self {
                header,
                ..Self::default()
            },
        }
    }

    /// Number of distinct pretokens.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// In the order of their bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.order().iter().map(|&index| self.get(index as usize))
    }

    /// How many pretokens the corpus has, each as often as it occurs.
    pub fn total(&self) -> u128 {
        self.counts.iter().map(|&count| u128::from(count)).sum()
    }

    /// What was counted, and how.
    pub fn header(&self) -> &CountsHeader {
        &self.header
    }

    /// How text was split.
    pub fn pretokenizer(&self) -> &PretokenizerSpec {
        &self.header.pretokenizer
    }

    /// What was done to the text first.
    pub fn normalizer(&self) -> Option<Normalizer> {
        self.header.normalizer.clone()
    }

    /// What ended a document in plain files.
    pub fn separator(&self) -> Option<&[u8]> {
        self.header.separator.as_deref()
    }

    /// Documents counted.
    pub fn documents(&self) -> u64 {
        self.header.documents
    }

    /// Bytes of text counted, before normalisation.
    pub fn bytes(&self) -> u64 {
        self.header.bytes
    }

    /// Occurrences of special tokens in the text.
    pub fn special_seen(&self) -> u64 {
        self.header.special_seen
    }

    /// Whether it is known where each pretoken was first seen ([`super::Ties::FirstSeen`] needs it).
    pub fn has_positions(&self) -> bool {
        self.firsts.len() == self.counts.len()
    }

    /// A pretoken by its place in memory (not in the order of bytes).
    pub(super) fn get(&self, index: usize) -> (&[u8], u64) {
        let begin = if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        };
        (&self.bytes[begin..self.ends[index] as usize], self.counts[index])
    }

    /// Asks for the place of a pretoken that is soon to be got.
    #[inline]
    pub(super) fn prefetch(&self, index: usize) {
        prefetch(&self.ends, index);
        prefetch(&self.counts, index);
    }

    /// Asks for its bytes, which needs its place.
    #[inline]
    pub(super) fn prefetch_bytes(&self, index: usize) {
        if let Some(&end) = self.ends.get(index.wrapping_sub(1)) {
            prefetch(&self.bytes, end as usize);
        }
    }

    /// Where each pretoken was first seen, by its place in memory.
    pub(super) fn firsts(&self) -> &[u64] {
        &self.firsts
    }

    /// All counts, by place in memory.
    pub(super) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Bytes of all pretokens together.
    pub(crate) fn text_length(&self) -> usize {
        self.bytes.len()
    }

    fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            // The first eight bytes as a number decide nearly every comparison.
            let mut keyed: Vec<(u64, u32)> = (0..self.len())
                .map(|index| (prefix(self.get(index).0), index as u32))
                .collect();
            keyed.sort_unstable_by(|a, b| {
                a.0.cmp(&b.0)
                    .then_with(|| self.get(a.1 as usize).0.cmp(self.get(b.1 as usize).0))
            });
            keyed.into_iter().map(|(_, index)| index).collect()
        })
    }
}

/// The first eight bytes, big end first, zeros after the end.
fn prefix(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = bytes.len().min(8);
    first[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(first)
}

/// [`PretokenCounts`] in the making.
pub(super) struct Counted {
    positions: bool,
    counts: PretokenCounts,
}

impl Counted {
    pub fn reserve(&mut self, pretokens: usize, bytes: usize) {
        self.counts.bytes.reserve_exact(bytes);
        self.counts.ends.reserve_exact(pretokens);
        self.counts.counts.reserve_exact(pretokens);
        if self.positions {
            self.counts.firsts.reserve_exact(pretokens);
        }
    }

    /// Adds a pretoken that is not there yet; one that does not occur is left out.
    pub fn push(&mut self, pretoken: &[u8], count: u64, first: u64) {
        if count == 0 || pretoken.is_empty() {
            return;
        }
        let counts = &mut self.counts;
        counts.bytes.extend_from_slice(pretoken);
        counts.ends.push(counts.bytes.len() as u64);
        counts.counts.push(count);
        if self.positions {
            counts.firsts.push(first);
        }
    }

    /// Takes over what `other` has, none of which is there yet.
    pub fn append(&mut self, other: Self) {
        let (counts, other) = (&mut self.counts, other.counts);
        if counts.is_empty() {
            (counts.bytes, counts.ends, counts.counts) = (other.bytes, other.ends, other.counts);
            counts.firsts = other.firsts;
            return;
        }
        let offset = counts.bytes.len() as u64;
        counts.bytes.extend_from_slice(&other.bytes);
        counts.ends.extend(other.ends.iter().map(|end| end + offset));
        counts.counts.extend_from_slice(&other.counts);
        counts.firsts.extend_from_slice(&other.firsts);
    }

    /// Adds a pretoken that is not there yet; `false` where there is no memory for it.
    pub fn try_push(&mut self, pretoken: &[u8], count: u64) -> bool {
        let fits = self.counts.bytes.try_reserve(pretoken.len()).is_ok()
            && self.counts.ends.try_reserve(1).is_ok()
            && self.counts.counts.try_reserve(1).is_ok();
        if fits {
            self.push(pretoken, count, 0);
        }
        fits
    }

    /// The counts, whose pretokens were put in in the order of their bytes.
    pub fn finish_sorted(self) -> PretokenCounts {
        let counts = self.counts;
        // In place already: nothing is left to sort.
        let _ = counts.order.set((0..counts.len() as u32).collect());
        counts
    }

    pub fn finish(self) -> PretokenCounts {
        self.counts
    }
}

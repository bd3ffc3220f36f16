//! Profiles added up with weights, as a stream: memory does not follow their size.

use super::counts::{CountsHeader, PretokenCounts};
use super::learn::same_pretokenizer;
use super::profile::{Reader, Writer, incompatible};
use super::weight::{Weight, Weights};
use crate::atomic_file::write_atomically;
use crate::error::ProfileError;
use crate::monitor::{Monitor, Progress};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io;
use std::path::Path;

/// A summand: counts in memory, or a profile in a file.
#[derive(Clone, Copy, Debug)]
pub enum ProfileSource<'a> {
    /// In memory.
    Counts(&'a PretokenCounts),
    /// In a file.
    File(&'a Path),
}

/// A source on the way from front to back.
enum Cursor<'a> {
    Counts(Box<dyn Iterator<Item = (&'a [u8], u64)> + 'a>),
    File(Box<Reader>),
}

struct Summand<'a> {
    cursor: Cursor<'a>,
    /// The pretoken that comes next; empty at the end.
    pretoken: Vec<u8>,
    count: u64,
}

impl Summand<'_> {
    fn advance(&mut self) -> Result<(), ProfileError> {
        self.pretoken.clear();
        let next = match &mut self.cursor {
            Cursor::Counts(iter) => iter.next(),
            Cursor::File(reader) => reader.next()?,
        };
        if let Some((pretoken, count)) = next {
            self.pretoken.extend_from_slice(pretoken);
            self.count = count;
        }
        Ok(())
    }
}

/// Adds up profiles, each with a decimal weight (`2`, `0.25`); sums are exact, and rounded half up once, at the end.
///
/// A pretoken whose sum rounds to 0 is left out. Documents, bytes and the like are added up and rounded in the same way.
///
/// # Errors
/// A weight that is not a decimal number; profiles that differ in pretokenizer, normaliser, Unicode version or kind of chunks; a count beyond
/// 64 bits; what reading says; an interruption.
pub fn merge(
    sources: &[(ProfileSource<'_>, &str)],
    monitor: &Monitor<'_>,
) -> Result<PretokenCounts, ProfileError> {
    let (header, mut sum) = open(sources)?;
    let mut counted = PretokenCounts::collect(header, false);
    sum.run::<ProfileError>(monitor, |pretoken, count| {
        counted.push(pretoken, count, 0);
        Ok(())
    })?;
    Ok(counted.finish_sorted())
}

/// [`merge`] from files to a file, in memory that follows neither: written aside, then renamed.
///
/// # Errors
/// As [`merge`], and what writing says; the file that was there before is then still there.
pub fn merge_to_file(
    sources: &[(ProfileSource<'_>, &str)],
    path: &Path,
    monitor: &Monitor<'_>,
) -> Result<(), ProfileError> {
    let (header, mut sum) = open(sources)?;
    let mut stopped = None;
    let written = write_atomically(path, |out| {
        let mut writer = Writer::new(out, &header);
        match sum.run(monitor, |pretoken, count| {
            writer.push(pretoken, count).map_err(Failure::Write)
        }) {
            Ok(()) => writer.finish(),
            Err(Failure::Write(error)) => Err(error),
            Err(Failure::Merge(error)) => {
                stopped = Some(error);
                Err(io::Error::other("merging failed"))
            }
        }
    });
    match (stopped, written) {
        (Some(error), _) => Err(error),
        (None, written) => written.map_err(|source| ProfileError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

enum Failure {
    Merge(ProfileError),
    Write(io::Error),
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::Merge(error)
    }
}

struct Sum<'a> {
    summands: Vec<Summand<'a>>,
    weights: Weights,
}

fn too_large(what: &str) -> ProfileError {
    ProfileError::Incompatible(format!(
        "the weighted sum of {what} is beyond 64 bits (or its weights have too many digits); use smaller weights"
    ))
}

/// The header of the sum, and its summands at their beginning.
fn open<'a>(sources: &[(ProfileSource<'a>, &str)]) -> Result<(CountsHeader, Sum<'a>), ProfileError> {
    let mut weights = Vec::with_capacity(sources.len());
    let mut headers: Vec<(String, CountsHeader)> = Vec::with_capacity(sources.len());
    let mut summands = Vec::with_capacity(sources.len());
    for &(source, weight) in sources {
        weights.push(Weight::parse(weight).ok_or_else(|| {
            ProfileError::Incompatible(format!(
                "weight {weight:?} is not a decimal number; give one like 2 or 0.25, with at most 18 decimal places"
            ))
        })?);
        let (name, header, cursor) = match source {
            ProfileSource::Counts(counts) => {
                let name = format!("profile {}", headers.len() + 1);
                (
                    name,
                    counts.header().clone(),
                    Cursor::Counts(Box::new(counts.iter())),
                )
            }
            ProfileSource::File(path) => {
                let reader = Reader::open(path)?;
                let header = reader.header().clone();
                (path.display().to_string(), header, Cursor::File(Box::new(reader)))
            }
        };
        if let Some((first_name, first)) = headers.first()
            && !compatible(first, &header)
        {
            return Err(incompatible(first_name, first, &name, &header));
        }
        headers.push((name, header));
        summands.push(Summand {
            cursor,
            pretoken: Vec::new(),
            count: 0,
        });
    }
    let weights = Weights::new(&weights);
    let add = |what: &str, number: fn(&CountsHeader) -> u64| {
        let sum = headers
            .iter()
            .enumerate()
            .try_fold(0_u128, |sum, (source, (_, header))| {
                sum.checked_add(weights.times(source, number(header))?)
            });
        sum.and_then(|sum| weights.round(sum))
            .ok_or_else(|| too_large(what))
    };
    let (documents, bytes) = (
        add("documents", |header| header.documents)?,
        add("bytes", |header| header.bytes)?,
    );
    let special_seen = add("special tokens", |header| header.special_seen)?;
    let dropped = add("dropped pretokens", |header| header.dropped)?;
    let first = headers
        .first()
        .map(|(_, header)| header.clone())
        .unwrap_or_default();
    let same_separator = headers
        .iter()
        .all(|(_, header)| header.separator == first.separator);
    let header = CountsHeader {
        separator: first.separator.clone().filter(|_| same_separator),
        documents,
        bytes,
        special_seen,
        dropped,
        ..first
    };
    Ok((header, Sum { summands, weights }))
}

/// Whether counts may be added up.
pub(super) fn compatible(a: &CountsHeader, b: &CountsHeader) -> bool {
    same_pretokenizer(&a.pretokenizer, &b.pretokenizer)
        && a.normalizer == b.normalizer
        && a.unicode == b.unicode
        && a.chunks == b.chunks
}

impl Sum<'_> {
    /// Hands each pretoken with its sum to `emit`, in the order of bytes.
    fn run<E: From<ProfileError>>(
        &mut self,
        monitor: &Monitor<'_>,
        mut emit: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        // The next pretoken of each source, the first on top; the pretokens themselves move in and out of the sources.
        let mut heads = BinaryHeap::new();
        for (source, summand) in self.summands.iter_mut().enumerate() {
            summand.advance()?;
            if !summand.pretoken.is_empty() {
                heads.push(Reverse((std::mem::take(&mut summand.pretoken), source)));
            }
        }
        let mut done = 0_u64;
        let mut pretoken = Vec::new();
        while let Some(Reverse((first, _))) = heads.peek() {
            pretoken.clone_from(first);
            let mut sum = Some(0_u128);
            while let Some(mut head) = heads.peek_mut() {
                let Reverse((head_pretoken, source)) = &mut *head;
                if *head_pretoken != pretoken {
                    break;
                }
                let summand = &mut self.summands[*source];
                sum = sum.and_then(|sum| sum.checked_add(self.weights.times(*source, summand.count)?));
                std::mem::swap(&mut summand.pretoken, head_pretoken);
                summand.advance()?;
                std::mem::swap(&mut summand.pretoken, head_pretoken);
                if head_pretoken.is_empty() {
                    PeekMut::pop(head);
                }
            }
            let count = sum
                .and_then(|sum| self.weights.round(sum))
                .ok_or_else(|| too_large(&format!("pretoken {:?}", String::from_utf8_lossy(&pretoken))))?;
            if count > 0 {
                emit(&pretoken, count)?;
            }
            if done.is_multiple_of(4096) {
                monitor
                    .report(Progress {
                        stage: "merging profiles",
                        unit: "pretokens",
                        done,
                        total: None,
                    })
                    .map_err(ProfileError::from)?;
            }
            done += 1;
        }
        Ok(())
    }
}

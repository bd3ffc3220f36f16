//! Counting the pretokens of documents and files, on several threads.

use super::counts::{ChunkKind, CountsHeader, PretokenCounts};
use super::cut::Cutter;
use super::profile;
use super::profile_merge::compatible;
use super::split::Split;
use super::tally::{Span, Tally};
use crate::error::{SourceError, TrainError};
use crate::monitor::{Interrupted, Monitor, Progress};
use crate::pretokenize::{Pretokenizer, PretokenizerSpec};
use crate::source::{Piece, SourceOptions, visit_file};
use crate::vocabulary::Normalizer;
use aho_corasick::{AhoCorasick, MatchKind};
use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How a [`PretokenCounter`] counts.
#[derive(Clone, Debug)]
pub struct CountOptions {
    /// How text is split; normaliser first.
    pub pretokenizer: PretokenizerSpec,
    /// What is done to the text before it is split.
    pub normalizer: Option<Normalizer>,
    /// How files are split into documents.
    pub source: SourceOptions,
    /// Texts of special tokens to look for.
    pub special_tokens: Vec<String>,
    /// Leave them out of the text (nothing merges across them); else they are ordinary text, and are counted in `special_seen`.
    pub allow_special: bool,
    /// Remember where each pretoken was first seen (for [`super::Ties::FirstSeen`]); takes one thread.
    pub positions: bool,
    /// Worker threads, at least 1.
    pub threads: usize,
}

/// Bytes of text that a thread takes at a time: large beside what it costs to take them, small beside a file, so that threads end together.
const TASK_BYTES: usize = 1 << 20;

/// Less text than this is counted on the calling thread: starting others would take longer.
const SMALL_BYTES: usize = 1 << 18;

/// Pretokens of a profile between two looks at the monitor.
const PRETOKENS_A_LOOK: u32 = 1 << 14;

/// Bytes counted on the calling thread between two reports.
const BYTES_A_REPORT: u64 = 1 << 16;

/// Counts pretokens: feed it documents, files and counts made elsewhere, then [`PretokenCounter::finish`].
///
/// Memory follows the distinct pretokens. The result depends neither on threads nor on how documents were batched.
pub struct PretokenCounter<'a> {
    options: CountOptions,
    pretokenizer: Pretokenizer,
    special: Option<AhoCorasick>,
    tallies: Vec<Tally>,
    /// In the place of the tallies where positions are asked for: count and first position.
    positions: HashMap<Box<[u8]>, (u64, u64), foldhash::fast::RandomState>,
    /// Bytes gone by, as positions count them.
    offset: u64,
    header: CountsHeader,
    /// Bytes of files read, and of those that there are to read.
    files: (u64, Option<u64>),
    overflow: bool,
    monitor: &'a Monitor<'a>,
}

impl<'a> PretokenCounter<'a> {
    /// An empty counter.
    ///
    /// # Errors
    /// A pattern that does not compile; special tokens that can't be looked for.
    pub fn new(options: CountOptions, monitor: &'a Monitor<'a>) -> Result<Self, TrainError> {
        let special = if options.special_tokens.is_empty() {
            None
        } else {
            if options.special_tokens.iter().any(String::is_empty) {
                return Err(TrainError::Setting(
                    "a special token is empty; give it a text".to_owned(),
                ));
            }
            let automaton = AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(&options.special_tokens);
            Some(automaton.map_err(|error| TrainError::Setting(format!("special tokens: {error}")))?)
        };
        let seeds = Tally::seeds();
        let threads = if options.positions {
            1
        } else {
            options.threads.max(1)
        };
        Ok(Self {
            pretokenizer: Pretokenizer::new(&options.pretokenizer)?,
            special,
            tallies: (0..threads).map(|_| Tally::new(seeds)).collect(),
            positions: HashMap::default(),
            offset: 0,
            header: CountsHeader {
                pretokenizer: options.pretokenizer.clone(),
                normalizer: options.normalizer.clone(),
                unicode: crate::pretokenize::unicode_version().to_owned(),
                separator: options.source.separator.clone(),
                chunks: ChunkKind::Words,
                ..CountsHeader::default()
            },
            files: (0, None),
            overflow: false,
            options,
            monitor,
        })
    }

    /// Counts documents, each whole.
    ///
    /// # Errors
    /// A regular expression that gives up; an interruption. What was counted so far is then incomplete.
    pub fn add_documents(&mut self, documents: &[&[u8]]) -> Result<(), TrainError> {
        let pieces: Vec<Piece<'_>> = documents
            .iter()
            .map(|&bytes| Piece {
                bytes,
                ends_document: true,
            })
            .collect();
        let done = self.header.bytes;
        let size: u64 = documents.iter().map(|document| document.len() as u64).sum();
        self.count_pieces(&pieces, &|counted| Progress {
            stage: "counting",
            unit: "bytes",
            done: done + counted.min(size),
            total: None,
        })
    }

    /// Counts the documents of files (text in any form that [`crate::source::visit_file`] reads, and profiles, recognised by their magic).
    ///
    /// # Errors
    /// A file that can't be read, or a profile that counts something else; a regular expression that gives up; an interruption.
    pub fn add_files(&mut self, paths: &[PathBuf]) -> Result<(), TrainError> {
        let mut sizes = Vec::with_capacity(paths.len());
        for path in paths {
            let size = std::fs::metadata(path).map_err(|source| SourceError::Io {
                path: path.clone(),
                source,
            })?;
            sizes.push(size.len());
        }
        self.files = (0, Some(sizes.iter().sum()));
        for (path, size) in paths.iter().zip(sizes) {
            let before = self.files.0;
            if profile::is_profile(path).map_err(|source| SourceError::Io {
                path: path.clone(),
                source,
            })? {
                self.add_profile(path)?;
            } else {
                self.add_file(path)?;
            }
            self.files.0 = before + size;
        }
        Ok(())
    }

    /// Adds a pretoken that was counted elsewhere; an empty one adds nothing.
    ///
    /// # Errors
    /// A count beyond 64 bits.
    pub fn add_pretoken(&mut self, pretoken: &[u8], count: u64) -> Result<(), TrainError> {
        if pretoken.is_empty() || count == 0 {
            return Ok(());
        }
        if !self.options.positions {
            self.tallies[0].add(pretoken, count);
            return Ok(());
        }
        let known = self.positions.entry(pretoken.into()).or_insert((0, self.offset));
        self.offset += pretoken.len() as u64;
        match known.0.checked_add(count) {
            Some(sum) => known.0 = sum,
            None => return Err(too_many()),
        }
        Ok(())
    }

    /// The counts.
    ///
    /// # Errors
    /// A count beyond 64 bits.
    pub fn finish(self) -> Result<PretokenCounts, TrainError> {
        if self.overflow {
            return Err(too_many());
        }
        if !self.options.positions {
            return Tally::join(self.tallies, self.header, self.options.threads.max(1)).ok_or_else(too_many);
        }
        let mut counted = PretokenCounts::collect(self.header, true);
        for (pretoken, (count, first)) in self.positions {
            counted.push(&pretoken, count, first);
        }
        Ok(counted.finish())
    }

    fn add_file(&mut self, path: &Path) -> Result<(), TrainError> {
        let pretokenizer = self.pretokenizer.clone();
        let special = self.options.special_tokens.clone();
        let normalizer = self.options.normalizer.clone();
        let cutter = Cutter {
            pretokenizer: &pretokenizer,
            special: &special,
            normalizer: normalizer.as_ref(),
        };
        let before = self.files.0;
        let mut read = 0;
        let separator = self.options.source.clone();
        let documents = self.header.documents;
        let count = visit_file(
            path,
            &separator,
            &|text, from| cutter.cut(text, from),
            &mut |pieces: &[Piece<'_>], consumed: u64| {
                let size: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
                let total = self.files.1;
                // What is read of the file is spread over the text that came of it.
                let (done, share) = (before + read, (consumed - read) as f64 / size.max(1) as f64);
                read = consumed;
                self.count_pieces(pieces, &|counted| Progress {
                    stage: "counting",
                    unit: "bytes",
                    done: done + ((counted as f64 * share) as u64).min(consumed),
                    total,
                })
            },
        )?;
        debug_assert!(self.header.documents - documents <= count);
        self.header.documents = documents + count;
        Ok(())
    }

    fn add_profile(&mut self, path: &Path) -> Result<(), TrainError> {
        if self.options.positions {
            return Err(TrainError::Setting(format!(
                "{}: ties go to the pair seen first, but a profile does not say where pretokens were seen; train on the text",
                path.display()
            )));
        }
        let mut reader = profile::Reader::open(path)?;
        let theirs = reader.header();
        if !compatible(theirs, &self.header) {
            return Err(
                profile::incompatible(&path.display().to_string(), theirs, "this run", &self.header).into(),
            );
        }
        for (sum, more) in [
            (&mut self.header.documents, theirs.documents),
            (&mut self.header.bytes, theirs.bytes),
            (&mut self.header.special_seen, theirs.special_seen),
            (&mut self.header.dropped, theirs.dropped),
        ] {
            *sum = sum.checked_add(more).ok_or_else(too_many)?;
        }
        let (done, total) = self.files;
        let mut entries = 0_u32;
        while let Some((pretoken, count)) = reader.next()? {
            self.tallies[0].add(pretoken, count);
            entries = entries.wrapping_add(1);
            if entries.is_multiple_of(PRETOKENS_A_LOOK) {
                self.monitor.report(Progress {
                    stage: "counting",
                    unit: "bytes",
                    done: done + reader.offset(),
                    total,
                })?;
            }
        }
        Ok(())
    }

    /// Counts pieces on as many threads as there is work for.
    fn count_pieces(
        &mut self,
        pieces: &[Piece<'_>],
        progress: &dyn Fn(u64) -> Progress,
    ) -> Result<(), TrainError> {
        let size: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
        self.header.bytes += size as u64;
        self.header.documents += pieces.iter().filter(|piece| piece.ends_document).count() as u64;
        let split = Split {
            pretokenizer: &self.pretokenizer,
            normalizer: self.options.normalizer.as_ref(),
            special: self.special.as_ref(),
            allow_special: self.options.allow_special,
        };
        let counted = AtomicU64::new(0);
        let unreported = Cell::new(0);
        // Small documents are many: report every some ten kilobytes, not for each of them.
        let report = |more: u64| {
            let counted = counted.fetch_add(more, Ordering::Relaxed) + more;
            unreported.set(unreported.get() + more);
            if unreported.get() < BYTES_A_REPORT {
                return Ok(());
            }
            unreported.set(0);
            self.monitor.report(progress(counted))
        };
        if self.options.positions {
            let (positions, offset, overflow) = (&mut self.positions, &mut self.offset, &mut self.overflow);
            for piece in pieces {
                let note = |text: &[u8], spans: &[Span]| {
                    for span in spans {
                        let pretoken = &text[span.start..span.start + span.length];
                        match positions.get_mut(pretoken) {
                            Some((count, _)) => match count.checked_add(1) {
                                Some(sum) => *count = sum,
                                None => *overflow = true,
                            },
                            None => {
                                positions.insert(pretoken.into(), (1, *offset));
                            }
                        }
                        *offset += span.length as u64;
                    }
                };
                self.header.special_seen += split.count(piece.bytes, note, report)?;
            }
            return Ok(());
        }
        if self.tallies.len() == 1 || size < SMALL_BYTES {
            let tally = &mut self.tallies[0];
            for piece in pieces {
                let note = |text: &[u8], spans: &[Span]| tally.add_spans(text, spans);
                self.header.special_seen += split.count(piece.bytes, note, report)?;
            }
            return Ok(());
        }

        let cutter = Cutter {
            pretokenizer: &self.pretokenizer,
            special: &self.options.special_tokens,
            normalizer: self.options.normalizer.as_ref(),
        };
        // A task is some documents, or a part of a long one.
        let mut parts: Vec<&[u8]> = Vec::with_capacity(pieces.len());
        let mut tasks: Vec<std::ops::Range<usize>> = Vec::new();
        let (mut begin, mut filled) = (0, 0);
        for piece in pieces {
            cutter.parts(piece.bytes, TASK_BYTES, |part| {
                parts.push(part);
                filled += part.len();
                if filled >= TASK_BYTES {
                    tasks.push(begin..parts.len());
                    (begin, filled) = (parts.len(), 0);
                }
            });
        }
        tasks.push(begin..parts.len());
        let next = AtomicUsize::new(0);
        let (split, parts, tasks, next) = (&split, &parts, &tasks, &next);
        let work =
            |tally: &mut Tally, look: &dyn Fn(u64) -> Result<(), Interrupted>| -> Result<u64, TrainError> {
                let mut seen = 0;
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for part in &parts[task.clone()] {
                        let note = |text: &[u8], spans: &[Span]| tally.add_spans(text, spans);
                        seen += split.count(part, note, look)?;
                    }
                }
                Ok(seen)
            };
        let (monitor, counted, work) = (self.monitor, &counted, &work);
        let (own, others) = match self.tallies.split_first_mut() {
            Some(tallies) => tallies,
            None => return Ok(()),
        };
        let seen = std::thread::scope(|scope| {
            let others: Vec<_> = others
                .iter_mut()
                .take(tasks.len().saturating_sub(1))
                .map(|tally| {
                    scope.spawn(move || {
                        work(tally, &|more| {
                            counted.fetch_add(more, Ordering::Relaxed);
                            monitor.check()
                        })
                    })
                })
                .collect();
            let mut seen = work(own, &report);
            for other in others {
                let other = match other.join() {
                    Ok(seen) => seen,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                seen = match (seen, other) {
                    (Ok(a), Ok(b)) => Ok(a + b),
                    // Of several errors that of the pattern says more than that others were stopped.
                    (Err(TrainError::Interrupted(_)), Err(error)) | (Err(error), _) | (_, Err(error)) => {
                        Err(error)
                    }
                };
            }
            seen
        })?;
        self.header.special_seen += seen;
        Ok(())
    }
}

fn too_many() -> TrainError {
    TrainError::Setting(format!(
        "a count is beyond 64 bits: at most {} (scale the counts down)",
        u64::MAX
    ))
}

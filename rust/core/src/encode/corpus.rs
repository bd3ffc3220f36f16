//! What a corpus holds, counted in one pass over its files: documents, bytes, tokens, how often each.

use super::Tokenizer;
use super::batch::{Run, Unit, encoding};
use super::engine::Worker;
use super::files::{FileError, Reading, size_of};
use super::sink::{Count, Frequencies, Sink, Watched};
use crate::error::{EncodeError, SourceError};
use crate::monitor::Monitor;
use crate::source::SourceOptions;
use crate::train::{self, PretokenCounts};
use crate::vocabulary::TokenId;
use std::path::{Path, PathBuf};

/// Below so much text the ids themselves are collected: a table over the whole vocabulary (1.6 MB for o200k) for each thread costs more than that.
const SMALL: usize = 1 << 20;

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub enum CorpusSource<'a> {
    /// A file: text in any form that [`crate::source::visit_file`] reads, or a profile, recognised by how it begins.
    File(&'a Path),
    /// A profile in memory.
    Profile(&'a PretokenCounts),
}

/// How a corpus is counted.
#[derive(Clone, Debug)]
pub struct CorpusOptions<'a> {
    /// How files are split into documents.
    pub source: &'a SourceOptions,
    /// Match special tokens; else they are ordinary text.
    pub special: bool,
    /// Report how many special tokens were ordinary text, which takes a search of its own.
    pub special_seen: bool,
    /// Count how often each token occurs, too.
    pub frequencies: bool,
    /// Worker threads, at least 1; results do not depend on it.
    pub threads: usize,
}

/// What a corpus, or a file of it, holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorpusCount {
    /// Documents.
    pub documents: u64,
    /// Bytes of text (decompressed, and without what stands around the text in JSON lines).
    pub bytes: u64,
    /// Tokens.
    pub tokens: u64,
    /// Special tokens that were taken for ordinary text, where that was asked for; for a profile what was counted when it was made.
    pub special_seen: u64,
    /// Pretokens that a profile says were left out of it, and so of the count.
    pub dropped: u64,
    /// How often each token occurs, by id, without those that do not; empty where that was not asked for.
    pub frequencies: Vec<(TokenId, u64)>,
}

/// How often each token occurs, in the making: empties in the time of what was put in.
pub(super) struct Tally {
    dense: Vec<u64>,
    touched: Vec<TokenId>,
}

impl Tally {
    pub(super) fn new(size: usize) -> Self {
        Self {
            dense: vec![0; size],
            touched: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, id: TokenId, count: u64) {
        if let Some(known) = self.dense.get_mut(id as usize)
            && count > 0
        {
            if *known == 0 {
                self.touched.push(id);
            }
            *known += count;
        }
    }

    pub(super) fn add_all(&mut self, counts: &[u64]) {
        for (id, &count) in counts.iter().enumerate() {
            self.add(id as TokenId, count);
        }
    }

    fn take(&mut self) -> Vec<(TokenId, u64)> {
        self.touched.sort_unstable();
        let dense = &mut self.dense;
        let touched = self.touched.drain(..);
        touched
            .map(|id| (id, std::mem::take(&mut dense[id as usize])))
            .collect()
    }
}

impl Tokenizer {
    /// Counts files and profiles in one pass; `each` takes what one of them holds, by its place among the sources, in their order.
    ///
    /// A profile is counted without its text: each pretoken is encoded once. It has to have been split and normalised as this vocabulary does.
    ///
    /// # Errors
    /// Reading; a byte without a token; a pattern that gives up; a profile that counts other pretokens, or in whose text an added token of the
    /// vocabulary may stand (nothing merges across one, and a profile does not say where it stood); an interruption.
    pub fn count_corpus(
        &self,
        sources: &[CorpusSource<'_>],
        options: &CorpusOptions<'_>,
        monitor: &Monitor<'_>,
        each: &mut dyn FnMut(usize, CorpusCount),
    ) -> Result<(), EncodeError> {
        let policy = self.corpus_policy(options.special);
        let size = |source: &CorpusSource<'_>| match source {
            CorpusSource::File(path) => size_of(path),
            CorpusSource::Profile(counts) => Some(counts.text_length() as u64),
        };
        let mut reading = Reading {
            options: options.source,
            policy: &policy,
            threads: options.threads,
            monitor,
            stage: "counting",
            // All that there is at once: no ids have to be kept.
            window: usize::MAX,
            before: 0,
            total: sources.iter().map(size).sum(),
        };
        let mut tally = options.frequencies.then(|| Tally::new(self.vocabulary_size()));
        for (index, source) in sources.iter().enumerate() {
            let mut count = CorpusCount::default();
            let profile = match source {
                CorpusSource::Profile(_) => true,
                CorpusSource::File(path) => train::is_profile(path).map_err(|source| SourceError::Io {
                    path: path.to_path_buf(),
                    source,
                })?,
            };
            match source {
                CorpusSource::File(path) if !profile => {
                    let visit = &mut |run: &Run<'_>, units: &[Unit<'_>]| {
                        let counted =
                            count_units(run, units, options.special_seen, tally.as_mut(), &mut count);
                        counted.map_err(FileError::<EncodeError>::Encode)
                    };
                    match self.visit_units(path, &mut reading, visit) {
                        Ok(()) => {}
                        Err(FileError::Encode(error) | FileError::Sink(error)) => return Err(error),
                    }
                }
                _ => {
                    count = self.count_profile(*source, options.special, &reading, tally.as_mut())?;
                    reading.before += size(source).unwrap_or(0);
                }
            }
            if let Some(tally) = &mut tally {
                count.frequencies = tally.take();
            }
            each(index, count);
        }
        Ok(())
    }

    /// Counts documents in memory, all together; `options.source` plays no part.
    ///
    /// # Errors
    /// As [`Tokenizer::encode_batch`].
    pub fn count_documents(
        &self,
        texts: &[&[u8]],
        options: &CorpusOptions<'_>,
        monitor: &Monitor<'_>,
    ) -> Result<CorpusCount, EncodeError> {
        let policy = self.corpus_policy(options.special);
        let total = texts.iter().map(|text| text.len() as u64).sum();
        let run = Run {
            tokenizer: self,
            policy: &policy,
            template: false,
            threads: options.threads,
            monitor,
            progress: &|done| encoding(done, Some(total)),
        };
        let mut tally = options.frequencies.then(|| Tally::new(self.vocabulary_size()));
        let mut count = CorpusCount::default();
        let units = self.cut_all(texts);
        count_units(&run, &units, options.special_seen, tally.as_mut(), &mut count)?;
        if let Some(tally) = &mut tally {
            count.frequencies = tally.take();
        }
        Ok(count)
    }

    /// How often each id occurs in files: `frequencies[id]`, (V,).
    ///
    /// # Errors
    /// As [`Tokenizer::count_corpus`].
    pub fn token_frequencies(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<Vec<u64>, EncodeError> {
        let mut total = vec![0; self.vocabulary_size()];
        let options = CorpusOptions {
            source: options,
            special,
            special_seen: false,
            frequencies: true,
            threads,
        };
        self.count_corpus(&files(paths), &options, monitor, &mut |_, count| {
            for (id, count) in count.frequencies {
                total[id as usize] = u64::saturating_add(total[id as usize], count);
            }
        })?;
        Ok(total)
    }

    /// How many ids files have in all.
    ///
    /// # Errors
    /// As [`Tokenizer::count_corpus`].
    pub fn count_files(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<u64, EncodeError> {
        let mut total = 0;
        let options = CorpusOptions {
            source: options,
            special,
            special_seen: false,
            frequencies: false,
            threads,
        };
        self.count_corpus(&files(paths), &options, monitor, &mut |_, count| {
            total = u64::saturating_add(total, count.tokens);
        })?;
        Ok(total)
    }
}

fn files(paths: &[PathBuf]) -> Vec<CorpusSource<'_>> {
    paths.iter().map(|path| CorpusSource::File(path)).collect()
}

/// Adds what units hold to `count`, and how often each token occurs to `tally`.
fn count_units(
    run: &Run<'_>,
    units: &[Unit<'_>],
    special_seen: bool,
    tally: Option<&mut Tally>,
    count: &mut CorpusCount,
) -> Result<(), EncodeError> {
    let bytes: usize = units.iter().map(|unit| unit.text.len()).sum();
    count.documents += units.iter().filter(|unit| unit.ends).count() as u64;
    count.bytes += bytes as u64;
    match tally {
        None if !special_seen => count.tokens += run.count_units(units)?,
        None => {
            for Count { count: tokens, .. } in encode_units(run, units, special_seen, Count::new, count)? {
                count.tokens += tokens;
            }
        }
        Some(tally) if bytes < SMALL => {
            for ids in encode_units::<Vec<TokenId>>(run, units, special_seen, Vec::new, count)? {
                count.tokens += ids.len() as u64;
                ids.iter().for_each(|&id| tally.add(id, 1));
            }
        }
        Some(tally) => {
            let start = || Frequencies::new(run.tokenizer.vocabulary_size());
            for frequencies in encode_units(run, units, special_seen, start, count)? {
                let counts = frequencies.finish();
                count.tokens += counts.iter().sum::<u64>();
                tally.add_all(&counts);
            }
        }
    }
    Ok(())
}

/// Encodes units into a sink for each thread.
fn encode_units<S: Sink + Send>(
    run: &Run<'_>,
    units: &[Unit<'_>],
    special_seen: bool,
    start: impl Fn() -> S + Sync,
    count: &mut CorpusCount,
) -> Result<Vec<S>, EncodeError> {
    let work = |worker: &mut Worker, sink: &mut S, task: &[Unit<'_>], watch: &dyn Fn() -> bool| {
        let mut seen = 0;
        for unit in task {
            run.encode_unit(unit, worker, &mut Watched::new(sink, watch))?;
            if special_seen {
                seen += run.tokenizer.added.count_ordinary(run.policy, unit.text);
            }
        }
        Ok(seen)
    };
    let finish = |worker: &mut Worker, sink: &mut S| sink.collect(worker.caches());
    let (seen, sinks) = run.map_and_finish(units, start, work, finish)?;
    count.special_seen += seen.iter().sum::<u64>();
    Ok(sinks)
}

//! Files: document by document, a window at a time.

use super::batch::{Run, Unit, encoding};
use super::sink::{Frequencies, Watched};
use super::{Encoded, SpecialTokens, Tokenizer};
use crate::error::{EncodeError, SourceError};
use crate::monitor::Monitor;
use crate::source::{Piece, SourceOptions, visit_file};
use std::path::PathBuf;

/// Bytes of text that are encoded before the ids are handed on.
const WINDOW: usize = 32 << 20;

/// What can go wrong between the source and the sink.
enum FileError<E> {
    Encode(EncodeError),
    Sink(E),
}

/// Takes the next units.
type Visit<'a, E> = &'a mut dyn FnMut(&Run<'_>, &[Unit<'_>]) -> Result<(), FileError<E>>;

impl<E> From<SourceError> for FileError<E> {
    fn from(error: SourceError) -> Self {
        Self::Encode(error.into())
    }
}

impl Tokenizer {
    /// Encodes files, document by document, in the order given; `sink` takes the ids of each batch (so that memory stays bounded). A long document may go on
    /// from one batch to the next (see [`Encoded::offsets`]). `special`: match special tokens; else they are ordinary text, and are counted.
    ///
    /// # Errors
    /// Reading; as [`Tokenizer::encode`]; what `sink` returns.
    pub fn encode_files<E: From<EncodeError>>(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
        sink: &mut dyn FnMut(Encoded) -> Result<(), E>,
    ) -> Result<(), E> {
        let result = self.visit_files(paths, options, special, threads, monitor, &mut |run, units| {
            let encoded = run.encode(units).map_err(FileError::Encode)?;
            sink(encoded).map_err(FileError::Sink)
        });
        result.map_err(|error| match error {
            FileError::Encode(error) => error.into(),
            FileError::Sink(error) => error,
        })
    }

    /// [`Tokenizer::encode_files`], all ids in one.
    ///
    /// # Errors
    /// Reading; as [`Tokenizer::encode`].
    pub fn encode_files_whole(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<Encoded, EncodeError> {
        let mut all = Encoded {
            offsets: vec![0],
            ..Encoded::default()
        };
        let result = self.visit_files(paths, options, special, threads, monitor, &mut |run, units| {
            run.encode_onto(units, &mut all).map_err(FileError::<EncodeError>::Encode)
        });
        match result {
            Ok(()) => Ok(all),
            Err(FileError::Encode(error) | FileError::Sink(error)) => Err(error),
        }
    }

    /// How often each id occurs in files: `frequencies[id]`, (V,).
    ///
    /// # Errors
    /// As [`Tokenizer::encode_files`].
    pub fn token_frequencies(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<Vec<u64>, EncodeError> {
        let size = self.vocabulary_size();
        let mut total = vec![0; size];
        let result = self.visit_files(paths, options, special, threads, monitor, &mut |run, units| {
            let start = || Frequencies(vec![0; size]);
            let (_, counts) = run
                .map(units, start, |worker, counts, task, watch| {
                    for unit in task {
                        run.encode_unit(unit, worker, &mut Watched::new(counts, watch))?;
                    }
                    Ok(())
                })
                .map_err(FileError::<EncodeError>::Encode)?;
            for Frequencies(counts) in counts {
                for (total, count) in total.iter_mut().zip(counts) {
                    *total += count;
                }
            }
            Ok(())
        });
        match result {
            Ok(()) => Ok(total),
            Err(FileError::Encode(error) | FileError::Sink(error)) => Err(error),
        }
    }

    /// How many ids files have in all.
    ///
    /// # Errors
    /// As [`Tokenizer::encode_files`].
    pub fn count_files(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<u64, EncodeError> {
        let mut total = 0;
        let result = self.visit_files(paths, options, special, threads, monitor, &mut |run, units| {
            let counts = run.count_units(units).map_err(FileError::<EncodeError>::Encode)?;
            total += counts;
            Ok(())
        });
        match result {
            Ok(()) => Ok(total),
            Err(FileError::Encode(error) | FileError::Sink(error)) => Err(error),
        }
    }

    /// Calls `visit` with the units of about [`WINDOW`] bytes of documents, again and again.
    fn visit_files<E>(
        &self,
        paths: &[PathBuf],
        options: &SourceOptions,
        special: bool,
        threads: usize,
        monitor: &Monitor<'_>,
        visit: Visit<'_, E>,
    ) -> Result<(), FileError<E>> {
        let policy = self.added.policy(if special {
            SpecialTokens::Choose {
                allowed: &|_| true,
                disallowed: &|_| false,
            }
        } else {
            SpecialTokens::Ordinary
        });
        let size = |path: &PathBuf| path.metadata().ok().map(|metadata| metadata.len());
        let total: Option<u64> = paths.iter().map(size).sum();
        let mut before = 0;
        for path in paths {
            let mut open = false;
            // How far the file had been read when the batch at hand began.
            let mut read = 0;
            let take = &mut |pieces: &[Piece<'_>], consumed: u64| {
                let progress = |done: u64| encoding((before + read + done).min(before + consumed), total);
                let run = Run {
                    tokenizer: self,
                    policy: &policy,
                    template: false,
                    threads,
                    monitor,
                    progress: &progress,
                };
                let mut units = Vec::new();
                for piece in pieces {
                    let document = Unit {
                        text: piece.bytes,
                        offset: 0,
                        begins: !open,
                        ends: piece.ends_document,
                    };
                    self.cut(document, &mut units);
                    open = !piece.ends_document;
                }
                let mut window = 0;
                let mut start = 0;
                for index in 0..units.len() {
                    window += units[index].text.len();
                    if window >= WINDOW {
                        visit(&run, &units[start..=index])?;
                        start = index + 1;
                        window = 0;
                    }
                }
                if start < units.len() {
                    visit(&run, &units[start..])?;
                }
                read = consumed;
                Ok(())
            };
            visit_file::<FileError<E>>(path, options, &|text, from| self.safe_cut(text, from), take)?;
            before += size(path).unwrap_or(0);
        }
        Ok(())
    }
}

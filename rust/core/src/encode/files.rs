//! Files: document by document, a window at a time.

use super::batch::{Run, Unit};
use super::buffers;
use super::special::Policy;
use super::{Encoded, SpecialTokens, Tokenizer};
use crate::error::{EncodeError, SourceError};
use crate::monitor::{Monitor, Progress};
use crate::source::{Piece, SourceOptions, visit_file};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of text that are encoded before the ids are handed on.
const WINDOW: usize = 32 << 20;

/// Room for the ids of files of more bytes is made when it is needed.
const LARGEST_GUESS: u64 = 4 << 30;

/// What can go wrong between the source and the sink.
pub(super) enum FileError<E> {
    Encode(EncodeError),
    Sink(E),
}

/// How files are read, and where in all of them the work stands.
pub(super) struct Reading<'a> {
    pub(super) options: &'a SourceOptions,
    pub(super) policy: &'a Policy,
    pub(super) threads: usize,
    pub(super) monitor: &'a Monitor<'a>,
    /// What is reported to be done.
    pub(super) stage: &'static str,
    /// Bytes of text that are handed on at once.
    pub(super) window: usize,
    /// Bytes of the files that are done.
    pub(super) before: u64,
    /// Bytes of all files, where that is known.
    pub(super) total: Option<u64>,
}

/// Takes the next units.
pub(super) type Visit<'a, E> = &'a mut dyn FnMut(&Run<'_>, &[Unit<'_>]) -> Result<(), FileError<E>>;

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
        let bytes: u64 = paths.iter().filter_map(|path| size_of(path)).sum();
        let mut all = Encoded {
            ids: buffers::take(bytes.min(LARGEST_GUESS) as usize),
            offsets: vec![0],
            ..Encoded::default()
        };
        let result = self.visit_files(paths, options, special, threads, monitor, &mut |run, units| {
            run.encode_onto(units, &mut all)
                .map_err(FileError::<EncodeError>::Encode)
        });
        match result {
            Ok(()) => {
                buffers::trim(&mut all.ids);
                Ok(all)
            }
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
        let policy = self.corpus_policy(special);
        let mut reading = Reading {
            options,
            policy: &policy,
            threads,
            monitor,
            stage: "encoding",
            window: WINDOW,
            before: 0,
            total: paths.iter().map(|path| size_of(path)).sum(),
        };
        for path in paths {
            self.visit_units(path, &mut reading, visit)?;
        }
        Ok(())
    }

    /// What becomes of special tokens in the text of a corpus.
    pub(super) fn corpus_policy(&self, special: bool) -> Arc<Policy> {
        self.added.policy(if special {
            SpecialTokens::Choose {
                allowed: &|_| true,
                disallowed: &|_| false,
            }
        } else {
            SpecialTokens::Ordinary
        })
    }

    /// Calls `visit` with the units of one file, of about a window of documents each time.
    pub(super) fn visit_units<E>(
        &self,
        path: &Path,
        reading: &mut Reading<'_>,
        visit: Visit<'_, E>,
    ) -> Result<(), FileError<E>> {
        let &mut Reading {
            policy,
            threads,
            monitor,
            stage,
            window,
            before,
            total,
            ..
        } = reading;
        let mut open = false;
        // How far the file had been read when the batch at hand began.
        let mut read = 0;
        let take = &mut |pieces: &[Piece<'_>], consumed: u64| {
            // What the windows before this one held.
            let passed = AtomicU64::new(read);
            let progress = |done: u64| Progress {
                stage,
                unit: "bytes",
                done: (before + passed.load(Ordering::Relaxed) + done).min(before + consumed),
                total,
            };
            let run = Run {
                tokenizer: self,
                policy,
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
            let mut bytes = 0;
            let mut start = 0;
            for index in 0..units.len() {
                bytes += units[index].text.len();
                if bytes >= window || index + 1 == units.len() {
                    visit(&run, &units[start..=index])?;
                    passed.fetch_add(bytes as u64, Ordering::Relaxed);
                    start = index + 1;
                    bytes = 0;
                }
            }
            read = consumed;
            Ok(())
        };
        visit_file::<FileError<E>>(
            path,
            reading.options,
            &|text, from| self.safe_cut(text, from),
            take,
        )?;
        reading.before += size_of(path).unwrap_or(0);
        Ok(())
    }
}

/// Bytes of a file as it lies on disk.
pub(super) fn size_of(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|metadata| metadata.len())
}

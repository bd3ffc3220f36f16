//! Many texts at once: cut into units, given to threads, joined in order.

use super::buffers;
use super::engine::{Failure, Worker};
use super::join::Joint;
use super::pool::Pool;
use super::sink::{Count, Sink, Watched};
use super::special::Policy;
use super::{Encoded, SpecialTokens, Tokenizer, text};
use crate::error::{EncodeError, Interrupted};
use crate::monitor::{Monitor, Progress};
use crate::normalize::is_local;
use crate::vocabulary::TokenId;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Bytes of a task, about half a millisecond to three of them of work: so long between two reports.
const TASK_BYTES: usize = 1 << 18;

/// Texts of more bytes than this are cut.
const LONG: usize = 1 << 19;

/// Batches of fewer bytes run on one thread: starting threads takes longer (some 30 µs each).
const SMALL: usize = 1 << 16;

/// Unfit places that are looked at before a text is left whole.
const CUTS_TRIED: usize = 1_000;

/// A document, or a part of one.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a> {
    pub(super) text: &'a [u8],
    /// Where it begins in its document.
    pub(super) offset: usize,
    pub(super) begins: bool,
    pub(super) ends: bool,
}

/// Tasks of neighbouring units, and how many threads share them.
struct Plan {
    tasks: Vec<Range<usize>>,
    threads: usize,
}

/// What there is to know of the ids of a task.
struct Part {
    /// Where those of each unit end.
    ends: Vec<usize>,
    special_seen: u64,
}

/// How units are encoded.
pub(super) struct Run<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) policy: &'a Policy,
    pub(super) template: bool,
    pub(super) threads: usize,
    pub(super) monitor: &'a Monitor<'a>,
    /// What to report when so many bytes are done.
    pub(super) progress: &'a (dyn Fn(u64) -> Progress + Sync),
}

impl Tokenizer {
    /// The first place at or after `from` where a text may be cut: both sides apart give the ids of the whole, whatever is done with special tokens.
    pub fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        let normalizer = self.definition.normalizer.as_ref();
        if !normalizer.is_none_or(is_local) {
            return None;
        }
        let mut from = from.max(1);
        for _ in 0..CUTS_TRIED {
            let place = self.engine.pretokenizer.safe_cut(text, from)?;
            if place >= text.len() {
                return None;
            }
            // Normalising may change what stands beside the place; between ASCII it does not.
            let plain = || text[place.saturating_sub(8)..(place + 8).min(text.len())].is_ascii();
            if self.added.may_cut(text, place) && (normalizer.is_none() || plain()) {
                return Some(place);
            }
            from = place + 1;
        }
        None
    }

    /// Appends a document, or a part of one, to `units`, cut where it is long.
    pub(super) fn cut<'a>(&self, document: Unit<'a>, units: &mut Vec<Unit<'a>>) {
        let Unit { text, offset, .. } = document;
        let mut start = 0;
        while text.len() - start > LONG
            && let Some(cut) = self.safe_cut(text, start + TASK_BYTES)
        {
            units.push(Unit {
                text: &text[start..cut],
                offset: offset + start,
                begins: document.begins && start == 0,
                ends: false,
            });
            start = cut;
        }
        units.push(Unit {
            text: &text[start..],
            offset: offset + start,
            begins: document.begins && start == 0,
            ends: document.ends,
        });
    }

    pub(super) fn cut_all<'a>(&self, texts: &[&'a [u8]]) -> Vec<Unit<'a>> {
        let mut units = Vec::with_capacity(texts.len());
        for text in texts {
            let document = Unit {
                text,
                offset: 0,
                begins: true,
                ends: true,
            };
            self.cut(document, &mut units);
        }
        units
    }

    /// Encodes many texts on `threads` threads; what comes out does not depend on how many. A text that is longer than the others is cut at safe places.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`], of the first text that has one; an interrupt.
    pub fn encode_batch(
        &self,
        texts: &[&[u8]],
        special: SpecialTokens<'_>,
        template: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<Encoded, EncodeError> {
        let policy = self.added.policy(special);
        let total = texts.iter().map(|text| text.len() as u64).sum();
        let run = Run {
            tokenizer: self,
            policy: &policy,
            template,
            threads,
            monitor,
            progress: &|done| encoding(done, Some(total)),
        };
        run.encode(&self.cut_all(texts))
    }

    /// [`Tokenizer::count`] of many texts on `threads` threads.
    ///
    /// # Errors
    /// As [`Tokenizer::encode_batch`].
    pub fn count_batch(
        &self,
        texts: &[&[u8]],
        special: SpecialTokens<'_>,
        template: bool,
        threads: usize,
        monitor: &Monitor<'_>,
    ) -> Result<Vec<u64>, EncodeError> {
        let policy = self.added.policy(special);
        let total = texts.iter().map(|text| text.len() as u64).sum();
        let run = Run {
            tokenizer: self,
            policy: &policy,
            template,
            threads,
            monitor,
            progress: &|done| encoding(done, Some(total)),
        };
        run.count(&self.cut_all(texts))
    }
}

/// Progress of encoding.
pub(super) fn encoding(done: u64, total: Option<u64>) -> Progress {
    Progress {
        stage: "encoding",
        unit: "bytes",
        done,
        total,
    }
}

impl Run<'_> {
    /// Encodes units; the documents that they begin and end are those of the result.
    pub(super) fn encode(&self, units: &[Unit<'_>]) -> Result<Encoded, EncodeError> {
        let mut encoded = Encoded::default();
        self.encode_onto(units, &mut encoded)?;
        buffers::trim(&mut encoded.ids);
        Ok(encoded)
    }

    /// [`Run::encode`], appended to what there is; on an error nothing is left of that.
    pub(super) fn encode_onto(&self, units: &[Unit<'_>], encoded: &mut Encoded) -> Result<(), EncodeError> {
        let bytes: usize = units.iter().map(|unit| unit.text.len()).sum();
        let plan = self.plan(units);
        let list = if encoded.ids.capacity() == 0 {
            buffers::take(bytes)
        } else {
            std::mem::take(&mut encoded.ids)
        };
        let (ids, begins, parts) = if plan.tasks.len() == 1 {
            // One thread writes straight into the result.
            let begin = list.len();
            let list = Mutex::new(list);
            let (parts, _) = self.map_tasks(
                &plan,
                units,
                || (),
                |worker, (), _, watch| {
                    let mut ids = std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner));
                    let part = self.encode_task(units, worker, &mut ids, watch);
                    *list.lock().unwrap_or_else(PoisonError::into_inner) = ids;
                    part
                },
                |_, ()| (),
            )?;
            let ids = list.into_inner().unwrap_or_else(PoisonError::into_inner);
            (ids, vec![begin], parts)
        } else {
            let joint = Joint::new(list, plan.tasks.len(), bytes);
            let (parts, shares) = self.map_tasks(
                &plan,
                units,
                || joint.share(),
                |worker, share, index, watch| {
                    let mut ids = joint.room(share);
                    let part =
                        self.encode_task(&units[plan.tasks[index].clone()], worker, &mut ids, watch)?;
                    joint.add(share, index, ids);
                    Ok(part)
                },
                |_, _| (),
            )?;
            let (ids, begins) = joint.finish(shares);
            (ids, begins, parts)
        };
        encoded.ids = ids;
        encoded.offsets.reserve(units.len() + 1);
        if encoded.offsets.is_empty() {
            encoded.offsets.push(0);
        }
        let mut unit = units.iter();
        for (part, begin) in parts.into_iter().zip(begins) {
            encoded.special_seen += part.special_seen;
            for (end, unit) in part.ends.iter().zip(&mut unit) {
                if unit.ends {
                    encoded.offsets.push((begin + end) as i64);
                }
            }
        }
        Ok(())
    }

    /// Appends the ids of the units of a task.
    fn encode_task(
        &self,
        task: &[Unit<'_>],
        worker: &mut Worker,
        ids: &mut Vec<TokenId>,
        watch: &dyn Fn() -> bool,
    ) -> Result<Part, EncodeError> {
        let begin = ids.len();
        let mut part = Part {
            ends: Vec::with_capacity(task.len()),
            special_seen: 0,
        };
        for unit in task {
            self.encode_unit(unit, worker, &mut Watched::new(ids, watch))?;
            part.special_seen += self.tokenizer.added.count_ordinary(self.policy, unit.text);
            part.ends.push(ids.len() - begin);
        }
        Ok(part)
    }

    /// How many ids there are in all.
    pub(super) fn count_units(&self, units: &[Unit<'_>]) -> Result<u64, EncodeError> {
        let (_, counts) = self.map(units, Count::new, |worker, count, task, watch| {
            for unit in task {
                self.encode_unit(unit, worker, &mut Watched::new(count, watch))?;
            }
            Ok(())
        })?;
        Ok(counts.iter().map(|count| count.count).sum())
    }

    /// How many ids each document has.
    fn count(&self, units: &[Unit<'_>]) -> Result<Vec<u64>, EncodeError> {
        let (parts, _) = self.map(
            units,
            || (),
            |worker, (), task, watch| {
                let mut counts = Vec::with_capacity(task.len());
                for unit in task {
                    let mut count = Count::new();
                    self.encode_unit(unit, worker, &mut Watched::new(&mut count, watch))?;
                    counts.push(count.count);
                }
                Ok(counts)
            },
        )?;
        let mut counts = Vec::new();
        let mut document = 0;
        for (count, unit) in parts.into_iter().flatten().zip(units) {
            document += count;
            if unit.ends {
                counts.push(std::mem::take(&mut document));
            }
        }
        Ok(counts)
    }

    /// Hands the ids of one unit to `sink`.
    pub(super) fn encode_unit<S: Sink>(
        &self,
        unit: &Unit<'_>,
        worker: &mut Worker,
        sink: &mut S,
    ) -> Result<(), EncodeError> {
        let definition = &self.tokenizer.definition;
        if self.template && unit.begins {
            sink.many(&definition.template.before);
        }
        text::encode(
            &self.tokenizer.engine,
            &self.tokenizer.added,
            self.policy,
            definition.normalizer.as_ref(),
            unit.text,
            worker,
            sink,
        )
        .map_err(|failure| moved(EncodeError::from(failure), unit.offset))?;
        if self.template && unit.ends {
            sink.many(&definition.template.after);
        }
        Ok(())
    }

    /// What there is to do for the units, and how many threads are to do it.
    fn plan(&self, units: &[Unit<'_>]) -> Plan {
        let total: usize = units.iter().map(|unit| unit.text.len()).sum();
        let threads = if total < SMALL { 1 } else { self.threads.max(1) };
        // One thread needs no tasks but for its reports, which `watch` makes; a result in one piece need not be joined.
        let tasks = if threads == 1 {
            tasks(units, usize::MAX)
        } else {
            tasks(units, TASK_BYTES)
        };
        Plan {
            threads: threads.min(tasks.len()).max(1),
            tasks,
        }
    }

    /// Runs `work` over tasks of neighbouring units, each thread with a state of its own; gives the results in order, and the states.
    pub(super) fn map<S, T>(
        &self,
        units: &[Unit<'_>],
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut Worker, &mut S, &[Unit<'_>], &dyn Fn() -> bool) -> Result<T, EncodeError> + Sync,
    ) -> Result<(Vec<T>, Vec<S>), EncodeError>
    where
        S: Send,
        T: Send,
    {
        self.map_and_finish(units, start, work, |_, _| ())
    }

    /// [`Run::map`] that calls `finish` on each thread when all its tasks are done, or one has failed.
    pub(super) fn map_and_finish<S, T>(
        &self,
        units: &[Unit<'_>],
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut Worker, &mut S, &[Unit<'_>], &dyn Fn() -> bool) -> Result<T, EncodeError> + Sync,
        finish: impl Fn(&mut Worker, &mut S) + Sync,
    ) -> Result<(Vec<T>, Vec<S>), EncodeError>
    where
        S: Send,
        T: Send,
    {
        let plan = self.plan(units);
        let work = |worker: &mut Worker, state: &mut S, index: usize, watch: &dyn Fn() -> bool| {
            work(worker, state, &units[plan.tasks[index].clone()], watch)
        };
        self.map_tasks(&plan, units, start, work, finish)
    }

    /// [`Run::map_and_finish`] that tells `work` which task it is.
    fn map_tasks<S, T>(
        &self,
        Plan { tasks, threads }: &Plan,
        units: &[Unit<'_>],
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut Worker, &mut S, usize, &dyn Fn() -> bool) -> Result<T, EncodeError> + Sync,
        finish: impl Fn(&mut Worker, &mut S) + Sync,
    ) -> Result<(Vec<T>, Vec<S>), EncodeError>
    where
        S: Send,
        T: Send,
    {
        let threads = *threads;
        let next = AtomicUsize::new(0);
        let done = AtomicU64::new(0);
        let failed = AtomicBool::new(false);
        let pool: &Pool = &self.tokenizer.pool;
        let work_on = |reports: bool| {
            let mut state = start();
            let mut results = Vec::new();
            let watch = || {
                let answer = if reports {
                    self.monitor.report((self.progress)(done.load(Ordering::Relaxed)))
                } else {
                    self.monitor.check()
                };
                answer.is_err()
            };
            pool.with(|worker| {
                // Tasks are taken in order and finished, so the first failure in order is among the results whatever the threads do.
                while !failed.load(Ordering::Relaxed) && !watch() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(index) else { break };
                    let result = work(worker, &mut state, index, &watch);
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    results.push((index, result));
                    let bytes: usize = units[task.clone()].iter().map(|unit| unit.text.len()).sum();
                    done.fetch_add(bytes as u64, Ordering::Relaxed);
                }
                finish(worker, &mut state);
            });
            (results, state)
        };
        let mut all = Vec::with_capacity(threads);
        if threads == 1 {
            all.push(work_on(true));
        } else {
            std::thread::scope(|scope| {
                // Where the system gives no more threads, those that there are do the work.
                let spawn = |_| {
                    let builder = std::thread::Builder::new().name("bytewright".to_owned());
                    builder.spawn_scoped(scope, || work_on(false)).ok()
                };
                let others: Vec<_> = (1..threads).filter_map(spawn).collect();
                all.push(work_on(true));
                for other in others {
                    match other.join() {
                        Ok(outcome) => all.push(outcome),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
            });
        }
        self.monitor.check()?;
        let mut in_order: Vec<Option<Result<T, EncodeError>>> = Vec::new();
        in_order.resize_with(tasks.len(), || None);
        let mut states = Vec::with_capacity(all.len());
        for (results, state) in all {
            states.push(state);
            for (index, result) in results {
                in_order[index] = Some(result);
            }
        }
        let results: Result<Vec<T>, EncodeError> = in_order.into_iter().flatten().collect();
        Ok((results?, states))
    }
}

/// Ranges of units of about `size` bytes together.
fn tasks(units: &[Unit<'_>], size: usize) -> Vec<Range<usize>> {
    let mut tasks = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (index, unit) in units.iter().enumerate() {
        // An empty document is work, too.
        bytes += unit.text.len() + 16;
        if bytes >= size {
            tasks.push(start..index + 1);
            start = index + 1;
            bytes = 0;
        }
    }
    if start < units.len() {
        tasks.push(start..units.len());
    }
    tasks
}

/// An error whose offset counts from the start of the document.
fn moved(error: EncodeError, by: usize) -> EncodeError {
    match error {
        EncodeError::SpecialToken { token, offset } => EncodeError::SpecialToken {
            token,
            offset: offset + by,
        },
        EncodeError::NoByteToken { byte, offset } => EncodeError::NoByteToken {
            byte,
            offset: offset + by,
        },
        other => other,
    }
}

impl From<Failure> for EncodeError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Encode(error) => error,
            Failure::Pretokenize(error) => Self::Pretokenize(error),
            Failure::Missing(missing) => Self::NoByteToken {
                byte: missing.byte,
                offset: missing.place,
            },
            // Only a watched sink fills up here, when the caller has asked to stop.
            Failure::Full => Self::Interrupted(Interrupted),
        }
    }
}

impl Encoded {
    /// Appends the next batch.
    pub fn append(&mut self, next: Self) {
        let base = self.ids.len() as i64;
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        self.offsets
            .extend(next.offsets.iter().skip(1).map(|offset| base + offset));
        if self.ids.is_empty() {
            self.ids = next.ids;
        } else {
            self.ids.extend_from_slice(&next.ids);
            buffers::recycle(next.ids);
        }
        self.special_seen += next.special_seen;
    }

    /// The ids of a document.
    pub fn document(&self, index: usize) -> &[TokenId] {
        let bound = |index: usize| {
            let offset = self.offsets.get(index).copied().unwrap_or(0);
            usize::try_from(offset).unwrap_or(0)
        };
        self.ids.get(bound(index)..bound(index + 1)).unwrap_or(&[])
    }
}

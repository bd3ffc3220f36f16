//! A window of the input: learn a dictionary, try the modes, keep what takes the least.
//!
//! The window is cut into pieces, and a run of pieces that look alike (text, or not) is a part, a block long at most. A part is written as one block of bytes or
//! as a block of tokens for each piece, whatever is shorter: repetitions want long blocks, tokens do not. Bytes take long to try, so a quick estimate says
//! whether they have a chance.

use super::blocks::{self, Item, Vocabulary, Worker};
use super::container::Kind;
use super::levels::Level;
use super::parallel::{GoOn, Work, Workers};
use super::text;
use crate::error::{CodecError, Interrupted};

/// A share of control characters above which bytes are no text: none of the corpora has one in a thousand, UTF-16 has half, and what is compressed or
/// encrypted has one in ten.
const CONTROL_SHARE: usize = 32;

/// What the bytes mode takes at least, in hundredths of the estimate: on logs 82, on source code and prose 88 to 91.
const BEST_OF_ESTIMATE: usize = 78;

/// Bytes of a part that a sample has.
const SAMPLE: usize = 1 << 18;

/// By how much tokens may do worse, compared with the estimate, than where the dictionary was learned, in hundredths, before it is learned anew.
const DRIFT: u128 = 108;

/// Less text than this is not worth a dictionary.
const LEAST_TEXT: usize = 1 << 12;

/// A dictionary, and how it did where it was learned.
struct Fitted {
    vocabulary: Vocabulary,
    fit: Fit,
}

/// What tokens took, and what the estimate for bytes was.
#[derive(Clone, Copy, Default)]
struct Fit {
    tokens: u64,
    estimate: u64,
}

impl Fit {
    /// Whether tokens did so much worse here than there that another dictionary is worth trying.
    fn has_drifted_from(self, there: Self) -> bool {
        let (here, there) = (
            u128::from(self.tokens) * u128::from(there.estimate),
            u128::from(there.tokens) * u128::from(self.estimate),
        );
        here * 100 > there * DRIFT
    }
}

/// Pieces of the window, one behind the other, that are all text or none.
struct Part<'a> {
    raw: &'a [u8],
    is_text: bool,
}

/// How a part comes out in each mode that was tried.
#[derive(Default)]
struct Trial {
    /// A block for each piece; none where there is no text.
    tokens: Vec<Item>,
    bytes: Option<Item>,
    /// What bytes would take, about.
    estimate: usize,
    /// What they take at least, so far as is known.
    least: usize,
}

impl Trial {
    fn tokens_length(&self) -> usize {
        self.tokens.iter().map(Item::length).sum()
    }

    /// What bytes may take at least.
    fn least(&self) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.length(),
            None => self.least,
        }
    }

    /// Takes what a quick look at `tried` of the `length` bytes of the part said; bytes may take `best` hundredths of that.
    fn estimated(&mut self, estimate: usize, tried: usize, length: usize, best: usize) {
        self.estimate = (estimate as u64 * length as u64 / tried.max(1) as u64) as usize;
        self.least = self.estimate * best / 100;
    }

    /// What the blocks take that take the least.
    fn best(&self) -> usize {
        match &self.bytes {
            Some(bytes) if self.tokens.is_empty() => bytes.length(),
            Some(bytes) => bytes.length().min(self.tokens_length()),
            None => self.tokens_length(),
        }
    }

    /// The blocks that take the least.
    fn into_best(self) -> Vec<Item> {
        let best = self.best();
        match self.bytes {
            Some(bytes) if bytes.length() == best => vec![bytes],
            _ => self.tokens,
        }
    }
}

/// Something to be found out of a part, on some thread.
#[derive(Clone, Copy)]
enum Task<'a> {
    /// The dictionary is written.
    Dictionary,
    Tokens(&'a [u8]),
    Bytes(&'a [u8]),
    /// What bytes would take, by so much of them.
    Estimate(&'a [u8], usize),
}

enum Outcome {
    Dictionary,
    Tokens(Item),
    Bytes(Item),
    Estimate {
        estimate: usize,
        tried: usize,
        length: usize,
    },
}

/// Encodes windows, one after the other.
pub(super) struct Encoder {
    level: Level,
    block_size: usize,
    threads: usize,
    /// One a thread, as far as they were needed.
    workers: Vec<Worker>,
    /// The dictionary that was written last.
    fitted: Option<Fitted>,
}

impl Encoder {
    /// With blocks of that size at most, on so many threads.
    pub fn new(level: Level, block_size: usize, threads: usize) -> Self {
        Self {
            level,
            block_size,
            threads: threads.max(1),
            workers: Vec::new(),
            fitted: None,
        }
    }

    /// Forgets the dictionary: another frame begins.
    pub fn restart(&mut self) {
        self.fitted = None;
    }

    /// Dictionaries and blocks of a window, in order.
    ///
    /// # Errors
    /// [`CodecError::Interrupted`] once the monitor says so.
    pub fn encode(&mut self, window: &[u8], work: &Work<'_>) -> Result<Vec<Item>, CodecError> {
        let parts = parts(window, self.piece(), self.block_size);
        let Some(old) = self.fitted.take() else {
            return self.with_new_dictionary(window, &parts, work);
        };
        let trials = self.try_modes(&parts, Some(&old.vocabulary), false, work)?;
        let fit = fit(&trials);
        let items: Vec<Item> = trials.into_iter().flat_map(Trial::into_best).collect();
        if !fit.has_drifted_from(old.fit) {
            self.fitted = Some(old);
            return Ok(items);
        }
        let others = self.with_new_dictionary(window, &parts, work)?;
        if length(&others) < length(&items) {
            return Ok(others);
        }
        // What is no better here need not be tried with each window that follows.
        self.fitted = Some(Fitted { fit, ..old });
        Ok(items)
    }

    fn piece(&self) -> usize {
        self.level.piece.min(self.block_size)
    }

    /// The items of a window, a dictionary for it among them, where that is worth it.
    fn with_new_dictionary(
        &mut self,
        window: &[u8],
        parts: &[Part<'_>],
        work: &Work<'_>,
    ) -> Result<Vec<Item>, CodecError> {
        let vocabulary = self.learn(window, parts, work)?;
        let trials = self.try_modes(parts, vocabulary.as_ref(), true, work)?;
        let extra = dictionary_length(vocabulary.as_ref());
        let bytes: Option<Vec<&Item>> = trials.iter().map(|trial| trial.bytes.as_ref()).collect();
        let bytes = bytes.map(|blocks| blocks.into_iter().map(Item::length).sum::<usize>());
        if bytes.is_some_and(|bytes| bytes <= sum(&trials, Trial::best) + extra) {
            // The dictionary takes more than it saves.
            return Ok(trials.into_iter().filter_map(|trial| trial.bytes).collect());
        }
        let fit = fit(&trials);
        let dictionary = vocabulary
            .as_ref()
            .map(|vocabulary| vocabulary.written().item.clone());
        self.fitted = vocabulary.map(|vocabulary| Fitted { vocabulary, fit });
        let blocks = trials.into_iter().flat_map(Trial::into_best);
        Ok(dictionary.into_iter().chain(blocks).collect())
    }

    /// A dictionary for the text of a window; none where there is hardly any.
    fn learn(
        &self,
        window: &[u8],
        parts: &[Part<'_>],
        work: &Work<'_>,
    ) -> Result<Option<Vocabulary>, Interrupted> {
        let texts = || parts.iter().filter(|part| part.is_text).map(|part| part.raw);
        let length: usize = texts().map(<[u8]>::len).sum();
        if length < LEAST_TEXT {
            return Ok(None);
        }
        let joined;
        let text = if length == window.len() {
            window
        } else {
            joined = texts().collect::<Vec<_>>().concat();
            &joined
        };
        let workers = Workers {
            threads: self.threads,
            monitor: work.monitor,
        };
        let learned = text::learn(text, self.level.text, &workers)?;
        Ok(Some(Vocabulary::new(learned, self.level)))
    }

    /// Each part in the modes that may be the shortest for it; tokens take a dictionary besides where that `is_new`.
    fn try_modes(
        &mut self,
        parts: &[Part<'_>],
        vocabulary: Option<&Vocabulary>,
        is_new: bool,
        work: &Work<'_>,
    ) -> Result<Vec<Trial>, CodecError> {
        let mut trials: Vec<Trial> = parts.iter().map(|_| Trial::default()).collect();
        let mut tasks = Vec::new();
        if is_new && vocabulary.is_some() {
            // First, as blocks are checked with it.
            tasks.push((0, Task::Dictionary));
        }
        for (index, part) in parts.iter().enumerate() {
            if part.is_text && vocabulary.is_some() {
                tasks.extend(
                    part.raw
                        .chunks(self.piece())
                        .map(|piece| (index, Task::Tokens(piece))),
                );
                tasks.push((index, Task::Estimate(part.raw, SAMPLE)));
            } else {
                tasks.push((index, Task::Bytes(part.raw)));
            }
        }
        self.run(&mut tasks, vocabulary, &mut trials, work)?;
        let extra = if is_new { dictionary_length(vocabulary) } else { 0 };
        if self.level.looks_twice {
            let again = open(&trials, extra).filter(|&index| parts[index].raw.len() > SAMPLE);
            let mut tasks: Vec<_> = again
                .map(|index| (index, Task::Estimate(parts[index].raw, usize::MAX)))
                .collect();
            self.run(&mut tasks, vocabulary, &mut trials, work)?;
        }
        let mut tasks: Vec<_> = open(&trials, extra)
            .map(|index| (index, Task::Bytes(parts[index].raw)))
            .collect();
        self.run(&mut tasks, vocabulary, &mut trials, work)?;
        Ok(trials)
    }

    fn run(
        &mut self,
        tasks: &mut [(usize, Task<'_>)],
        vocabulary: Option<&Vocabulary>,
        trials: &mut [Trial],
        work: &Work<'_>,
    ) -> Result<(), CodecError> {
        let needed = self.threads.min(tasks.len());
        if self.workers.len() < needed {
            self.workers.resize_with(needed, || Worker::new(self.level));
        }
        let best_of_sample = self.level.best_of_sample;
        let size = |(_, task): &(usize, Task<'_>)| match task {
            Task::Tokens(raw) | Task::Bytes(raw) => raw.len(),
            Task::Dictionary | Task::Estimate(..) => 0,
        };
        let solve = |worker: &mut Worker, (_, task): &mut (usize, Task<'_>), _: GoOn<'_>| {
            Ok(match (*task, vocabulary) {
                (Task::Dictionary, _) => {
                    vocabulary.map(Vocabulary::written);
                    Outcome::Dictionary
                }
                (Task::Tokens(raw), Some(vocabulary)) => {
                    let item = blocks::by_tokens(raw, vocabulary, worker);
                    debug_assert_ne!(item.entry.kind, Kind::Bytes, "tokens do not come back");
                    Outcome::Tokens(item)
                }
                (Task::Tokens(raw) | Task::Bytes(raw), _) => Outcome::Bytes(blocks::by_bytes(raw, worker)),
                (Task::Estimate(raw, most), _) => {
                    let tried = raw.len().min(most);
                    Outcome::Estimate {
                        estimate: blocks::estimate(&raw[..tried], worker),
                        tried,
                        length: raw.len(),
                    }
                }
            })
        };
        work.run(
            &mut self.workers,
            tasks,
            size,
            solve,
            |&mut (index, _), outcome| match outcome {
                Outcome::Dictionary => {}
                Outcome::Tokens(item) => trials[index].tokens.push(item),
                Outcome::Bytes(item) => trials[index].bytes = Some(item),
                Outcome::Estimate {
                    estimate,
                    tried,
                    length,
                } => {
                    let best = if tried < length {
                        best_of_sample
                    } else {
                        BEST_OF_ESTIMATE
                    };
                    trials[index].estimated(estimate, tried, length, best);
                }
            },
        )
    }
}

/// What a dictionary takes in the file.
fn dictionary_length(vocabulary: Option<&Vocabulary>) -> usize {
    vocabulary.map_or(0, |vocabulary| vocabulary.written().item.length())
}

/// The parts that bytes may be shorter for than tokens, which take `extra` besides.
fn open(trials: &[Trial], extra: usize) -> impl Iterator<Item = usize> {
    let all = sum(trials, Trial::least) < sum(trials, Trial::best) + extra;
    let open = trials
        .iter()
        .enumerate()
        .filter(move |(_, trial)| trial.bytes.is_none() && (all || trial.least() < trial.tokens_length()));
    open.map(|(index, _)| index)
}

/// Cuts a window into parts of a block at most, between pieces.
fn parts(window: &[u8], piece: usize, block_size: usize) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    for block in window.chunks(block_size) {
        for run in block
            .chunks(piece)
            .collect::<Vec<_>>()
            .chunk_by(|a, b| is_text(a) == is_text(b))
        {
            let length: usize = run.iter().map(|piece| piece.len()).sum();
            let raw = &window[at..at + length];
            parts.push(Part {
                raw,
                is_text: is_text(run[0]),
            });
            at += length;
        }
    }
    parts
}

/// Whether words may be looked for.
fn is_text(piece: &[u8]) -> bool {
    let is_control = |byte: u8| byte < 0x20 && !(b'\t'..=b'\r').contains(&byte);
    let controls = piece.iter().filter(|&&byte| is_control(byte)).count();
    controls * CONTROL_SHARE <= piece.len()
}

fn fit(trials: &[Trial]) -> Fit {
    let tried = trials.iter().filter(|trial| !trial.tokens.is_empty());
    tried.fold(Fit::default(), |fit, trial| Fit {
        tokens: fit.tokens + trial.tokens_length() as u64,
        estimate: fit.estimate + trial.estimate as u64,
    })
}

fn sum(trials: &[Trial], length: impl Fn(&Trial) -> usize) -> usize {
    trials.iter().map(length).sum()
}

fn length(items: &[Item]) -> usize {
    items.iter().map(Item::length).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::levels;
    use crate::compress::tests::{prose, random};
    use crate::monitor::Monitor;

    /// How many items of each kind the windows give.
    fn kinds(windows: &[&[u8]], level: u8) -> Vec<[usize; 4]> {
        let level = levels::level(level).expect("a level");
        let mut encoder = Encoder::new(level, 1 << 20, 2);
        let monitor = Monitor::silent();
        let work = Work {
            monitor: &monitor,
            stage: "compressing",
            done: 0,
        };
        let mut counts = Vec::new();
        for window in windows {
            let items = encoder.encode(window, &work).expect("nobody interrupts");
            let raw: u64 = items.iter().map(|item| item.entry.raw).sum();
            assert_eq!(raw, window.len() as u64);
            let count = |kind| items.iter().filter(|item| item.entry.kind == kind).count();
            counts.push(Kind::ALL.map(count));
        }
        counts
    }

    /// Prose of other words: each letter a later one.
    fn other_prose(length: usize) -> Vec<u8> {
        let shifted = |byte: u8| {
            if byte.is_ascii_lowercase() {
                b'a' + (byte - b'a' + 9) % 26
            } else {
                byte
            }
        };
        prose(length).into_iter().map(shifted).collect()
    }

    #[test]
    fn a_dictionary_is_learned_anew_where_the_text_changes() {
        let (one, other) = (prose(1 << 19), other_prose(1 << 19));
        for level in 1..=3 {
            let found = kinds(&[&one, &one, &other, &other, &one], level);
            let dictionaries: Vec<usize> = found.iter().map(|counts| counts[3]).collect();
            assert_eq!(dictionaries, [1, 0, 1, 0, 1], "level {level}");
            assert!(
                found.iter().all(|counts| counts[2] > 0),
                "level {level}: {found:?}"
            );
        }
    }

    #[test]
    fn what_is_no_text_has_no_dictionary() {
        let noise = random(1 << 18);
        assert_eq!(
            kinds(&[&noise, &[0; 1 << 18], b"short"], 3),
            [[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]]
        );
    }
}

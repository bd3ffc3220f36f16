//! Counting a corpus by its profile: each pretoken is encoded once, and its tokens count as often as it occurs.
//!
//! That is exact where the text would have been split in the same way. An added token that is matched in the text splits it further, and a profile
//! does not say where one stood; `traces.rs` finds out that none can have stood anywhere.

use super::Tokenizer;
use super::batch::{Run, Unit};
use super::corpus::{CorpusCount, CorpusSource, Tally};
use super::files::Reading;
use super::traces::Traces;
use crate::error::{EncodeError, Interrupted, ProfileError};
use crate::monitor::Progress;
use crate::train::{self, ChunkKind, CountsHeader, ProfileReader};
use crate::vocabulary::TokenId;

/// Bytes of pretokens that are shared among threads at a time.
const BATCH: usize = if cfg!(test) { 256 } else { 4 << 20 };

/// Bytes of pretokens that a thread takes at a time.
const CHUNK: usize = if cfg!(test) { 16 } else { 1 << 15 };

/// Pretokens between two looks at the monitor.
const PRETOKENS_A_LOOK: usize = 1 << 10;

/// Pretokens and counts from front to back.
enum Pretokens<'a> {
    File(Box<ProfileReader>),
    Memory(Box<dyn Iterator<Item = (&'a [u8], u64)> + 'a>, u64),
}

impl Pretokens<'_> {
    /// Fills a batch; `false` where nothing is left.
    fn fill(&mut self, batch: &mut Batch, traces: &mut Traces) -> Result<bool, ProfileError> {
        batch.clear();
        while batch.bytes.len() < BATCH {
            let next = match self {
                Self::File(reader) => reader.next()?,
                Self::Memory(pretokens, _) => pretokens.next(),
            };
            let Some((pretoken, count)) = next else { break };
            traces.note(pretoken);
            batch.push(pretoken, count);
        }
        if let Self::Memory(_, done) = self {
            *done += batch.bytes.len() as u64;
        }
        Ok(!batch.pretokens.is_empty())
    }

    /// How much has been gone through: bytes of the file, or of pretokens.
    fn offset(&self) -> u64 {
        match self {
            Self::File(reader) => reader.offset(),
            Self::Memory(_, done) => *done,
        }
    }
}

/// Pretokens on their way to the threads.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Where each pretoken ends in `bytes`, and how often it occurs.
    pretokens: Vec<(usize, u64)>,
    /// For each chunk where it begins in `bytes`, and its first pretoken.
    chunks: Vec<(usize, usize)>,
}

impl Batch {
    fn push(&mut self, pretoken: &[u8], count: u64) {
        if self
            .chunks
            .last()
            .is_none_or(|(begin, _)| self.bytes.len() - begin >= CHUNK)
        {
            self.chunks.push((self.bytes.len(), self.pretokens.len()));
        }
        self.bytes.extend_from_slice(pretoken);
        self.pretokens.push((self.bytes.len(), count));
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.pretokens.clear();
        self.chunks.clear();
    }

    /// The pretokens of a chunk, each with its count.
    fn chunk(&self, index: usize) -> impl Iterator<Item = (&[u8], u64)> {
        let (mut begin, first) = self.chunks[index];
        let end = self
            .chunks
            .get(index + 1)
            .map_or(self.pretokens.len(), |(_, first)| *first);
        self.pretokens[first..end].iter().map(move |&(end, count)| {
            let pretoken = &self.bytes[begin..end];
            begin = end;
            (pretoken, count)
        })
    }

    /// The chunks as units, which share them among threads; a unit's offset is the number of its chunk.
    fn units(&self) -> Vec<Unit<'_>> {
        let begins = self.chunks.iter().map(|(begin, _)| *begin);
        let ends = begins.clone().skip(1).chain([self.bytes.len()]);
        let ranges = begins.zip(ends).enumerate();
        ranges
            .map(|(index, (begin, end))| Unit {
                text: &self.bytes[begin..end],
                offset: index,
                begins: true,
                ends: true,
            })
            .collect()
    }
}

/// What one thread counted.
struct Counted {
    /// Wide, so that it can't overflow; where it fits into 64 bits, so does each frequency.
    tokens: u128,
    frequencies: Vec<u64>,
    ids: Vec<TokenId>,
}

impl Tokenizer {
    /// [`Tokenizer::count_corpus`] for one profile, `reading.before` bytes into all sources.
    pub(super) fn count_profile(
        &self,
        source: CorpusSource<'_>,
        special: bool,
        reading: &Reading<'_>,
        mut tally: Option<&mut Tally>,
    ) -> Result<CorpusCount, EncodeError> {
        let (name, header, mut pretokens) = match source {
            CorpusSource::File(path) => {
                let reader = ProfileReader::open(path)?;
                let header = reader.header().clone();
                (
                    path.display().to_string(),
                    header,
                    Pretokens::File(Box::new(reader)),
                )
            }
            CorpusSource::Profile(counts) => {
                let pretokens = Pretokens::Memory(Box::new(counts.iter()), 0);
                ("the profile".to_owned(), counts.header().clone(), pretokens)
            }
        };
        self.check_header(&name, &header, special)?;
        let mut traces = Traces::new(&self.added, &self.definition, special);
        let mut batch = Batch::default();
        let mut tokens = 0_u128;
        let mut before = pretokens.offset();
        while pretokens.fill(&mut batch, &mut traces)? {
            refuse_found(&name, &traces)?;
            let (begin, end) = (reading.before + before, reading.before + pretokens.offset());
            before = pretokens.offset();
            let progress = |done: u64| Progress {
                stage: reading.stage,
                unit: "bytes",
                done: (begin + done).min(end),
                total: reading.total,
            };
            let run = Run {
                tokenizer: self,
                policy: reading.policy,
                template: false,
                threads: reading.threads,
                monitor: reading.monitor,
                progress: &progress,
            };
            for counted in count_batch(&run, &name, &batch, tally.is_some())? {
                tokens += counted.tokens;
                if u64::try_from(tokens).is_err() {
                    let problem = format!("{name} has more than {} tokens; scale its counts down", u64::MAX);
                    return Err(ProfileError::Incompatible(problem).into());
                }
                if let Some(tally) = &mut tally {
                    tally.add_all(&counted.frequencies);
                }
            }
        }
        refuse_found(&name, &traces)?;
        Ok(CorpusCount {
            documents: header.documents,
            bytes: header.bytes,
            tokens: u64::try_from(tokens).unwrap_or(u64::MAX),
            special_seen: header.special_seen,
            dropped: header.dropped,
            frequencies: Vec::new(),
        })
    }

    /// # Errors
    /// A profile whose text was split or normalised in another way, or that lacks what is asked for.
    fn check_header(&self, name: &str, header: &CountsHeader, special: bool) -> Result<(), ProfileError> {
        let definition = &self.definition;
        let unicode = crate::pretokenize::unicode_version();
        if header.chunks != ChunkKind::Words
            || header.unicode != unicode
            || header.normalizer != definition.normalizer
            || !train::same_pretokenizer(&header.pretokenizer, &definition.pretokenizer)
        {
            let theirs = train::describe(&header.pretokenizer, header.normalizer.as_ref(), &header.unicode);
            let ours = train::describe(&definition.pretokenizer, definition.normalizer.as_ref(), unicode);
            return Err(ProfileError::Incompatible(format!(
                "{name} was counted with {theirs}, chunks {}; this vocabulary has {ours}: count the text itself, or a profile made for this vocabulary (`bytewright profile --vocabulary`)",
                header.chunks.name()
            )));
        }
        if special && header.special_seen > 0 {
            return Err(ProfileError::Incompatible(format!(
                "{} special tokens stood in the text of {name}, and it does not say which: to count them as what they are, count the text itself",
                header.special_seen
            )));
        }
        Ok(())
    }
}

fn refuse_found(name: &str, traces: &Traces) -> Result<(), ProfileError> {
    match traces.found() {
        None => Ok(()),
        Some(token) => Err(ProfileError::Incompatible(format!(
            "the vocabulary matches the added token {token:?} before it splits text, and that may stand in the text of {name}, which does not say where: count the text itself"
        ))),
    }
}

/// Encodes each pretoken of a batch once, on as many threads as there is work for.
fn count_batch(
    run: &Run<'_>,
    name: &str,
    batch: &Batch,
    frequencies: bool,
) -> Result<Vec<Counted>, EncodeError> {
    let size = if frequencies {
        run.tokenizer.vocabulary_size()
    } else {
        0
    };
    let start = || Counted {
        tokens: 0,
        frequencies: vec![0; size],
        ids: Vec::new(),
    };
    let (_, counted) = run.map(&batch.units(), start, |worker, counted, task, watch| {
        let pretokens = task.iter().flat_map(|unit| batch.chunk(unit.offset));
        for (index, (pretoken, count)) in pretokens.enumerate() {
            if index % PRETOKENS_A_LOOK == 0 && watch() {
                return Err(EncodeError::Interrupted(Interrupted));
            }
            let ids = &mut counted.ids;
            let encoded = run.tokenizer.engine.encode_pretoken(pretoken, worker, ids);
            encoded.map_err(|missing| EncodeError::NoByteTokenInProfile {
                byte: missing.byte,
                pretoken: pretoken.escape_ascii().to_string(),
                profile: name.to_owned(),
            })?;
            counted.tokens += ids.len() as u128 * u128::from(count);
            for &id in ids.iter() {
                if let Some(frequency) = counted.frequencies.get_mut(id as usize) {
                    *frequency = frequency.wrapping_add(count);
                }
            }
        }
        Ok(())
    })?;
    Ok(counted)
}

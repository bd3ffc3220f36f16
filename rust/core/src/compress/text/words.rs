//! Tables of words: counting them over the window, choosing those of the dictionary, finding them.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use super::characters::{Class, classify};
use super::lexer::{Sink, lex};
use super::spacing::Spacing;
use super::units::{FIRST_WORD, NUMBER, RARE_SYMBOL, RARE_WORD};
use crate::compress::parallel::Workers;
use crate::monitor::Interrupted;

/// Words with numbers.
#[derive(Clone, Debug, Default)]
pub struct Words {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl Words {
    /// The number of words.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a word; empty for a number that is not there.
    #[inline]
    pub fn get(&self, index: u32) -> &[u8] {
        let index = index as usize;
        let start = if index == 0 {
            0
        } else {
            self.ends.get(index - 1).copied().unwrap_or(0) as usize
        };
        let end = self.ends.get(index).copied().unwrap_or(start as u32) as usize;
        &self.text[start..end]
    }

    /// Adds a word.
    pub fn push(&mut self, word: &[u8]) {
        self.text.extend_from_slice(word);
        self.ends.push(self.text.len() as u32);
    }
}

/// Words that are found by their text.
#[derive(Clone, Debug, Default)]
pub struct WordTable {
    words: Words,
    table: HashTable<Entry>,
    state: FixedState,
}

/// A word of the table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Its first eight bytes. Most words have no more: they are compared without looking for their text.
    first: u64,
    index: u32,
}

/// The first eight bytes of a text, and zeros for those that it lacks.
#[inline]
fn first(text: &[u8]) -> u64 {
    let length = text.len();
    if let Some(first) = text.first_chunk::<8>() {
        return u64::from_le_bytes(*first);
    }
    if let (Some(low), Some(high)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        // They overlap, and agree there.
        let [low, high] = [low, high].map(|four| u64::from(u32::from_le_bytes(*four)));
        return low | high << (8 * (length - 4));
    }
    let byte = |at: usize| u64::from(text[at]) << (8 * at);
    match length {
        0 => 0,
        _ => byte(0) | byte(length / 2) | byte(length - 1),
    }
}

/// A word that is looked for. No word holds a zero byte.
struct Wanted<'a> {
    text: &'a [u8],
    first: u64,
    hash: u64,
}

impl<'a> Wanted<'a> {
    #[inline]
    fn new(text: &'a [u8], state: &FixedState) -> Self {
        let first = first(text);
        let hash = if text.len() <= 8 {
            let product = u128::from(first ^ 0x243F_6A88_85A3_08D3) * 0x9E37_79B9_7F4A_7C15;
            (product >> 64) as u64 ^ product as u64
        } else {
            state.hash_one(text)
        };
        Self { text, first, hash }
    }

    /// Whether an entry is that word.
    #[inline]
    fn is(&self, entry: &Entry, words: &Words) -> bool {
        entry.first == self.first && (self.text.len() < 8 || words.get(entry.index) == self.text)
    }
}

impl WordTable {
    /// The words.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The text of a word; empty for a number that is not in the table.
    #[inline]
    pub fn get(&self, index: u32) -> &[u8] {
        self.words.get(index)
    }

    /// The number of a word.
    #[inline]
    pub fn find(&self, word: &[u8]) -> Option<u32> {
        let wanted = Wanted::new(word, &self.state);
        let found = self
            .table
            .find(wanted.hash, |entry| wanted.is(entry, &self.words));
        found.map(|entry| entry.index)
    }

    /// The number of a word, which is added if it is new.
    #[inline]
    pub fn intern(&mut self, word: &[u8]) -> u32 {
        let Self { words, table, state } = self;
        let wanted = Wanted::new(word, state);
        if let Some(entry) = table.find(wanted.hash, |entry| wanted.is(entry, words)) {
            return entry.index;
        }
        let index = words.len() as u32;
        words.push(word);
        let entry = Entry {
            first: wanted.first,
            index,
        };
        table.insert_unique(wanted.hash, entry, |entry| {
            Wanted::new(words.get(entry.index), state).hash
        });
        index
    }
}

/// Thresholds for the words of the dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds {
    /// Fewest occurrences of a word.
    pub word: u32,
    /// Fewest occurrences of a number of two or more digits.
    pub number: u32,
}

/// Most words of a dictionary; thresholds rise until there are no more.
const MAXIMUM_WORDS: usize = 1 << 19;

/// The window in units of its own words, before the dictionary is chosen.
struct LocalPiece {
    words: WordTable,
    counts: Vec<u32>,
    units: Vec<u32>,
}

impl Sink for LocalPiece {
    fn unit(&mut self, unit: u32) {
        self.units.push(unit);
    }
    fn word(&mut self, text: &[u8]) {
        let index = self.words.intern(text);
        if index as usize == self.counts.len() {
            self.counts.push(0);
        }
        self.counts[index as usize] += 1;
        self.units.push(FIRST_WORD + index);
    }
}

/// The words chosen from the window, sorted, and the window in units.
pub struct Window {
    /// The words of the dictionary, sorted by their bytes.
    pub words: WordTable,
    /// The units of each piece of the window.
    pub pieces: Vec<Vec<u32>>,
}

/// Splits pieces of the window into units and chooses the words that occur often enough.
pub fn learn(
    pieces: &[&[u8]],
    spacing: &Spacing,
    thresholds: Thresholds,
    workers: &Workers<'_>,
) -> Result<Window, Interrupted> {
    // One table for each run of neighbouring pieces: fewer tables to merge than one for each piece, enough for some
    // threads. What comes out does not depend on the runs, as sums do not.
    let run_length = (pieces.len() / 8).clamp(1, 16);
    let runs = pieces.len().div_ceil(run_length);
    let locals = workers.map(runs, |run| {
        let mut local = LocalPiece {
            words: WordTable::default(),
            counts: Vec::new(),
            units: Vec::new(),
        };
        let mut ends = Vec::new();
        for piece in &pieces[run * run_length..pieces.len().min((run + 1) * run_length)] {
            lex(piece, spacing, &mut local);
            ends.push(local.units.len());
        }
        (local, ends)
    })?;
    let mut all = WordTable::default();
    let mut counts: Vec<u32> = Vec::new();
    let maps: Vec<Vec<u32>> = locals
        .iter()
        .map(|(local, _)| {
            (0..local.words.len() as u32)
                .map(|index| {
                    let global = all.intern(local.words.get(index));
                    if global as usize == counts.len() {
                        counts.push(0);
                    }
                    counts[global as usize] += local.counts[index as usize];
                    global
                })
                .collect()
        })
        .collect();
    let mut thresholds = thresholds;
    let mut chosen: Vec<u32>;
    loop {
        let chosen_now = |&index: &u32| worth(all.get(index), counts[index as usize], thresholds);
        chosen = (0..all.len() as u32).filter(chosen_now).collect();
        if chosen.len() <= MAXIMUM_WORDS {
            break;
        }
        thresholds = Thresholds {
            word: thresholds.word * 2,
            number: thresholds.number * 2,
        };
    }
    chosen.sort_unstable_by(|&a, &b| all.get(a).cmp(all.get(b)));
    let mut words = WordTable::default();
    let mut unit_of: Vec<Option<u32>> = (0..all.len() as u32)
        .map(|index| fallback(all.get(index)))
        .collect();
    for &index in &chosen {
        unit_of[index as usize] = Some(FIRST_WORD + words.intern(all.get(index)));
    }
    let pieces = workers.map(runs, |run| {
        let (local, ends) = &locals[run];
        let map = &maps[run];
        let mut start = 0;
        let mut pieces = Vec::with_capacity(ends.len());
        for &end in ends {
            let mut units = Vec::with_capacity(end - start);
            for &unit in &local.units[start..end] {
                if unit < FIRST_WORD {
                    units.push(unit);
                    continue;
                }
                match unit_of[map[(unit - FIRST_WORD) as usize] as usize] {
                    Some(unit) => units.push(unit),
                    None => units.extend(
                        local
                            .words
                            .get(unit - FIRST_WORD)
                            .iter()
                            .map(|&byte| u32::from(byte)),
                    ),
                }
            }
            start = end;
            pieces.push(units);
        }
        pieces
    })?;
    Ok(Window {
        words,
        pieces: pieces.into_iter().flatten().collect(),
    })
}

/// The unit that stands for a word that the dictionary lacks; `None`: its bytes, one by one.
pub fn fallback(text: &[u8]) -> Option<u32> {
    match classify(text, 0).0 {
        Class::Letter | Class::Upper => Some(RARE_WORD),
        Class::Symbol => Some(RARE_SYMBOL),
        Class::Digit => Some(NUMBER + text.len() as u32 - 1),
        Class::Blank | Class::Byte => None,
    }
}

/// Whether a word that occurs so often pays for its place in the dictionary.
fn worth(text: &[u8], count: u32, thresholds: Thresholds) -> bool {
    let needed = if text[0].is_ascii_digit() && text.len() > 1 {
        thresholds.number
    } else {
        thresholds.word
    };
    count >= needed
}

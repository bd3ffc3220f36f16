//! From the bytes of a block back to its text.

use super::codes::Assignment;
use super::dictionary::Content;
use super::encode::{END_OF_WORD, SIDE_STREAMS};
use super::expand::{Case, Payload, State, Units};
use super::resolve::{Resolver, Step};
use super::table::{Entry, Joint, SHORT, Table};
use super::tokens::Tokens;
use super::units::FIRST_WORD;
use crate::compress::sections::{Damage, Sections};

/// A dictionary ready for decoding blocks; shared by threads.
pub struct Dictionary {
    units: Units,
    assignment: Assignment,
    tokens: Tokens,
    table: Table,
}

/// About what a token takes in all tables, its text aside: its pair, up to 24 units, its entry and its attributes.
const TOKEN_MEMORY: usize = 192;

/// The rare words and digits of a block.
struct Side<'a> {
    rare: &'a [u8],
    digits: &'a [u8],
}

impl Payload for Side<'_> {
    fn rare(&mut self, out: &mut Vec<u8>) -> bool {
        match self.rare.iter().position(|&byte| byte == END_OF_WORD) {
            Some(end) => {
                out.extend_from_slice(&self.rare[..end]);
                self.rare = &self.rare[end + 1..];
                true
            }
            None => false,
        }
    }

    fn digits(&mut self, count: usize, out: &mut Vec<u8>) -> bool {
        let Some((digits, rest)) = self.digits.split_at_checked(count.div_ceil(2)) else {
            return false;
        };
        self.digits = rest;
        for (index, &pair) in digits.iter().enumerate() {
            if index * 2 + 1 < count {
                out.extend([b'0' + pair / 10 % 10, b'0' + pair % 10]);
            } else {
                out.push(b'0' + pair % 10);
            }
        }
        true
    }
}

/// What a thread keeps to decode blocks.
#[derive(Default)]
pub struct Kept {
    sections: Sections,
    entries: Vec<u32>,
    ends: Vec<u32>,
    scratch: Vec<u8>,
}

impl Kept {
    /// Bytes of memory that it keeps.
    pub fn memory(&self) -> usize {
        let numbers = self.entries.capacity() + self.ends.capacity();
        self.sections.memory() + numbers * size_of::<u32>() + self.scratch.capacity()
    }
}

/// The bit of the end of a token that says that a space was put before it.
const SPACED: u32 = 1 << 31;

/// Where a token ends, and whether a space was put before it.
#[inline(always)]
fn marked(end: usize, spaced: bool) -> u32 {
    end as u32 | if spaced { SPACED } else { 0 }
}

/// Where a token ends.
#[inline(always)]
fn end_of(marked: u32) -> usize {
    (marked & !SPACED) as usize
}

/// Steps that are resolved before their text is put together: 32 to 512 are within 2 % of each other.
const AHEAD: usize = 128;

impl Dictionary {
    /// Reads a dictionary and prepares the tables, in at most about `memory_limit` bytes.
    pub fn parse(data: &[u8], memory_limit: usize) -> Result<Self, Damage> {
        let Content {
            spacing,
            words,
            pairs,
            assignment,
        } = Content::read(data, memory_limit / 2 / TOKEN_MEMORY)?;
        let tokens = Tokens::new(FIRST_WORD + words.len() as u32, pairs);
        let units = Units::new(words, spacing);
        let table = Table::new(&assignment, &units, &tokens, memory_limit / 2)?;
        Ok(Self {
            units,
            assignment,
            tokens,
            table,
        })
    }

    /// Bytes of memory that all tables take, about.
    pub fn memory(&self) -> usize {
        self.table.text.len() + self.tokens.len() * TOKEN_MEMORY
    }

    /// Fills `text` with what the payload of a block stands for; where that is damaged, with anything.
    pub fn decode_block(&self, payload: &[u8], text: &mut [u8], kept: &mut Kept) -> Result<(), Damage> {
        if text.len() > MAXIMUM_BLOCK {
            return Err(Damage::Memory);
        }
        let Kept {
            sections,
            entries,
            ends,
            scratch,
        } = kept;
        let count = self.assignment.streams() + SIDE_STREAMS;
        sections.read(payload, count, most_stream_bytes(text.len()))?;
        if sections.count() < count {
            return Err(Damage::Truncated);
        }
        // Each step has one lead byte.
        let steps = sections.start(self.assignment.context_count);
        let most = most_tokens(text.len());
        if steps > most {
            return Err(Damage::Range);
        }
        for numbers in [&mut *entries, &mut *ends] {
            numbers.clear();
            // Tokens of text are four bytes long or more; room for more is made when they come.
            numbers.reserve_exact(text.len() / 4);
        }
        let side = count - SIDE_STREAMS;
        let matches = [2, 3, 4].map(|number| sections.get(side + number));
        let mut resolver = Resolver::new(&self.table, sections, side, matches, entries, most);
        let mut text = Text {
            dictionary: self,
            side: Side {
                rare: sections.get(side),
                digits: sections.get(side + 1),
            },
            out: text,
            at: 0,
            ends,
            state: State::default(),
            scratch,
        };
        let mut batch = [Step { what: 0, length: 0 }; AHEAD];
        let mut left = steps;
        while left > 0 {
            let batch = &mut batch[..left.min(AHEAD)];
            resolver.resolve(batch)?;
            text.append(batch, &resolver)?;
            left -= batch.len();
        }
        if resolver.is_complete(sections) && text.is_complete() {
            Ok(())
        } else {
            Err(Damage::Range)
        }
    }
}

/// Longest block; the decoder's offsets have 32 bits.
const MAXIMUM_BLOCK: usize = 1 << 27;

/// Tokens that a block of so many bytes has at most, those of matches included: text has a third to a fifth of its bytes.
pub(super) const fn most_tokens(length: usize) -> usize {
    length / 2 + 64
}

/// Bytes that the streams of such a block have at most together: text has less than half of its own.
pub(super) const fn most_stream_bytes(length: usize) -> usize {
    length + 64
}

/// The text of a block as it is put together.
struct Text<'a> {
    dictionary: &'a Dictionary,
    side: Side<'a>,
    out: &'a mut [u8],
    at: usize,
    /// Where each token ended, with [`SPACED`].
    ends: &'a mut Vec<u32>,
    state: State,
    /// For a token that is put together unit by unit.
    scratch: &'a mut Vec<u8>,
}

impl Text<'_> {
    /// Appends what steps stand for.
    fn append(&mut self, steps: &[Step], resolver: &Resolver<'_>) -> Result<(), Damage> {
        let table = &self.dictionary.table;
        // In locals, as the compiler can't keep fields in registers: 3 % faster.
        let (mut at, mut before) = (self.at, Joint::after(self.state));
        for step in steps {
            let entry = if step.length == 0 {
                &table.entries[step.what as usize]
            } else {
                (self.at, self.state) = (at, before.state());
                self.copy(step, resolver)?;
                (at, before) = (self.at, Joint::after(self.state));
                continue;
            };
            let joint = entry.joint;
            // The fast way copies more than it needs to; the last bytes of a block are no place for that.
            if !joint.is_plain(before) || at + SHORT >= self.out.len() {
                (self.at, self.state) = (at, before.state());
                self.slow(entry)?;
                (at, before) = (self.at, Joint::after(self.state));
                continue;
            }
            let spaced = joint.is_spaced(before);
            self.out[at] = b' ';
            at += usize::from(spaced);
            self.out[at..at + SHORT].copy_from_slice(&entry.head);
            let length = joint.length();
            if length > SHORT {
                let start = table.starts[step.what as usize] as usize;
                let target = self.out.get_mut(at..at + length).ok_or(Damage::Range)?;
                target.copy_from_slice(&table.text[start..start + length]);
            }
            // Upper case for an ASCII letter; for empty texts the byte is written again later.
            self.out[at] &= !before.capital();
            at += length;
            self.ends.push(marked(at, spaced));
            before = joint;
        }
        (self.at, self.state) = (at, before.state());
        Ok(())
    }

    /// Expands a token unit by unit.
    #[inline(never)]
    fn slow(&mut self, entry: &Entry) -> Result<(), Damage> {
        let Dictionary { units, tokens, .. } = self.dictionary;
        let alone = [entry.token];
        let spaced = entry.joint.is_spaced(Joint::after(self.state));
        self.scratch.clear();
        for &part in tokens.units_of(entry.token, &alone) {
            if !units.expand(part, &mut self.side, &mut self.state, self.scratch) {
                return Err(Damage::Truncated);
            }
        }
        let end = self.at + self.scratch.len();
        let target = self.out.get_mut(self.at..end).ok_or(Damage::Range)?;
        target.copy_from_slice(self.scratch);
        self.at = end;
        self.ends.push(marked(end, spaced));
        Ok(())
    }

    /// Copies the text of earlier tokens.
    #[inline(never)]
    fn copy(&mut self, step: &Step, resolver: &Resolver<'_>) -> Result<(), Damage> {
        // The resolver has seen to it that these tokens are there.
        let (length, count) = (step.length as usize, self.ends.len());
        let first = count - step.what as usize;
        if self.state.case != Case::Lower {
            return Err(Damage::Range);
        }
        let joint = |token| self.dictionary.table.entries[resolver.entry(token) as usize].joint;
        let previous = first.checked_sub(1).map_or(0, |token| end_of(self.ends[token]));
        let from = previous + usize::from(self.ends[first] & SPACED != 0);
        let until = end_of(self.ends[first + length - 1]);
        let spaced = joint(first).is_spaced(Joint::after(self.state));
        if spaced {
            *self.out.get_mut(self.at).ok_or(Damage::Range)? = b' ';
            self.at += 1;
        }
        let end = self.at + until.checked_sub(from).ok_or(Damage::Range)?;
        if end > self.out.len() {
            return Err(Damage::Range);
        }
        self.out.copy_within(from..until, self.at);
        self.at = end;
        // The bit stays as it is: this moves all ends on by less than it.
        let moved = (end - until) as u32;
        for token in first..first + length {
            let end = self.ends[token] + moved;
            self.ends.push(end);
        }
        self.ends[count] = marked(end_of(self.ends[count]), spaced);
        self.state = joint(first + length - 1).state();
        Ok(())
    }

    /// Whether the text is as long as it should be, and nothing is left beside it.
    fn is_complete(&self) -> bool {
        self.at == self.out.len() && self.side.rare.is_empty() && self.side.digits.is_empty()
    }
}

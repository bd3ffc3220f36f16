//! From the bytes of a block back to its text.

use super::codes::Assignment;
use super::dictionary::Content;
use super::distances::{BitReader, SAME};
use super::encode::{END_OF_WORD, SIDE_STREAMS};
use super::expand::{Case, Payload, State, Units};
use super::matches::{FIRST_MATCH, SHORT_LENGTHS};
use super::spacing::NONE;
use super::table::{SHORT, Table};
use super::tokens::Tokens;
use super::units::FIRST_WORD;
use crate::compress::deflate::Inflater;
use crate::compress::sections::{Damage, Reader};

/// A dictionary ready for decoding blocks; shared by threads.
pub struct Dictionary {
    units: Units,
    assignment: Assignment,
    tokens: Tokens,
    table: Table,
}

/// About what a token takes in all tables, its text aside: its pair, up to 24 units, its entry and its attributes.
const TOKEN_MEMORY: usize = 192;

/// What is still to be read of each stream.
struct Streams<'a> {
    streams: Vec<std::slice::Iter<'a, u8>>,
}

impl Streams<'_> {
    /// The next byte of a stream.
    #[inline(always)]
    fn take(&mut self, number: usize) -> Result<u8, Damage> {
        self.streams[number].next().copied().ok_or(Damage::Truncated)
    }

    /// The number of the entry that the code after a lead byte names.
    #[inline(always)]
    fn entry(&mut self, number: u8, table: &Table) -> Result<u32, Damage> {
        let lead = &table.leads[usize::from(number)];
        let index = match lead.extra {
            0 => 0,
            1 => u32::from(self.take(usize::from(lead.stream))?),
            _ => {
                let high = self.take(usize::from(lead.stream))?;
                u32::from(high) << 8 | u32::from(self.take(usize::from(lead.stream) + 1)?)
            }
        };
        if index >= lead.count {
            return Err(Damage::Range);
        }
        Ok(lead.start + index)
    }

    /// Whether all were read to their ends.
    fn are_empty(&self) -> bool {
        self.streams.iter().all(|stream| stream.as_slice().is_empty())
    }
}

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

/// Where a token of the block ended, and its entry. The top bit of `entry`: a space was put before it.
#[derive(Clone, Copy)]
struct Past {
    end: u32,
    entry: u32,
}

/// The bit that says that a space was put before a token.
const SPACED: u32 = 1 << 31;

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

    /// Appends the `raw_length` bytes of a block to `out`, or nothing if the payload is damaged.
    pub fn decode_block(&self, payload: &[u8], raw_length: usize, out: &mut Vec<u8>) -> Result<(), Damage> {
        if raw_length > MAXIMUM_BLOCK {
            return Err(Damage::Memory);
        }
        let mut reader = Reader::new(payload);
        let mut inflater = Inflater::default();
        let count = self.assignment.streams() + SIDE_STREAMS;
        // A byte of text is at most two and a half units, and those at most ten bytes of streams.
        let limit = raw_length * 10 + 64;
        // Tables and rare words aside, the streams of text take less than half of its length.
        let mut data = Vec::with_capacity(raw_length / 2);
        let mut ends = Vec::with_capacity(count);
        for _ in 0..count {
            reader.section(limit - data.len(), &mut inflater, &mut data)?;
            ends.push(data.len());
        }
        if !reader.rest().is_empty() {
            return Err(Damage::Range);
        }
        let stream = |number: usize| {
            let start = if number == 0 { 0 } else { ends[number - 1] };
            &data[start..ends[number]]
        };
        let side = count - SIDE_STREAMS;
        // Each step has one lead byte.
        let steps = ends[self.assignment.context_count - 1];
        // A byte of text is at most two and a half units.
        let most = raw_length * 3 + 64;
        if steps > most {
            return Err(Damage::Range);
        }
        let begin = out.len();
        out.resize(begin + raw_length + SHORT, 0);
        let mut text = Text {
            dictionary: self,
            streams: Streams {
                streams: (0..side).map(|number| stream(number).iter()).collect(),
            },
            side: Side {
                rare: stream(side),
                digits: stream(side + 1),
            },
            lengths: stream(side + 2).iter(),
            distances: stream(side + 3).iter(),
            raw: BitReader::new(stream(side + 4)),
            out: &mut out[begin..],
            at: 0,
            limit: raw_length,
            // Most tokens are some bytes long; a forged number of steps shall not take memory before there is text for it.
            past: Vec::with_capacity(steps.min(raw_length / 2)),
            most,
            state: State::default(),
            context: 0,
            before: 0,
            scratch: Vec::new(),
        };
        let result = text.run(steps);
        out.truncate(if result.is_ok() { begin + raw_length } else { begin });
        result
    }
}

/// Longest block; the decoder's offsets have 32 bits.
const MAXIMUM_BLOCK: usize = 1 << 27;

/// The text of a block as it is put together.
struct Text<'a> {
    dictionary: &'a Dictionary,
    streams: Streams<'a>,
    side: Side<'a>,
    lengths: std::slice::Iter<'a, u8>,
    distances: std::slice::Iter<'a, u8>,
    raw: BitReader<'a>,
    /// The text and [`SHORT`] bytes more.
    out: &'a mut [u8],
    at: usize,
    limit: usize,
    past: Vec<Past>,
    /// Most tokens.
    most: usize,
    state: State,
    context: usize,
    /// The distance of the last match.
    before: u32,
    scratch: Vec<u8>,
}

impl Text<'_> {
    /// Decodes all steps.
    fn run(&mut self, steps: usize) -> Result<(), Damage> {
        let table = &self.dictionary.table;
        // In locals, as the compiler can't keep fields in registers: 3 % faster.
        let (mut at, mut state, mut context) = (self.at, self.state, self.context);
        for _ in 0..steps {
            let number = self.streams.take(context)?;
            let matched = usize::from(number) >= FIRST_MATCH;
            let index = if matched {
                0
            } else {
                self.streams.entry(number, table)?
            };
            let entry = &table.entries[index as usize];
            let plain = match state.case {
                Case::Lower => !entry.slow,
                Case::First => entry.capital,
                Case::All => false,
            };
            if matched || !plain {
                (self.at, self.state, self.context) = (at, state, context);
                if matched {
                    self.copy(number)?
                } else {
                    self.slow(index)?
                }
                (at, state, context) = (self.at, self.state, self.context);
                continue;
            }
            let spaced = state.expects & entry.begins != NONE;
            self.out[at] = b' ';
            at += usize::from(spaced);
            let start = entry.start as usize;
            let length = usize::from(entry.length);
            if at + length > self.limit {
                return Err(Damage::Range);
            }
            if length <= SHORT {
                self.out[at..at + SHORT].copy_from_slice(&table.text[start..start + SHORT]);
            } else {
                self.out[at..at + length].copy_from_slice(&table.text[start..start + length]);
            }
            // Upper case for an ASCII letter; for empty texts the byte is written again later.
            self.out[at] &= !(u8::from(state.case == Case::First) << 5);
            at += length;
            let flag = if spaced { SPACED } else { 0 };
            self.past.push(Past {
                end: at as u32,
                entry: index | flag,
            });
            context = usize::from(entry.context);
            state = State {
                expects: entry.expects,
                case: entry.case,
            };
        }
        let read = self.streams.are_empty()
            && self.side.rare.is_empty()
            && self.side.digits.is_empty()
            && self.lengths.as_slice().is_empty()
            && self.distances.as_slice().is_empty()
            && self.raw.is_empty();
        if at == self.limit && read {
            Ok(())
        } else {
            Err(Damage::Range)
        }
    }

    /// Expands a token unit by unit.
    #[inline(never)]
    fn slow(&mut self, index: u32) -> Result<(), Damage> {
        let dictionary = self.dictionary;
        let entry = &dictionary.table.entries[index as usize];
        let alone = [entry.token];
        let spaced = self.state.expects & entry.begins != NONE;
        self.scratch.clear();
        for &part in dictionary.tokens.units_of(entry.token, &alone) {
            if !dictionary
                .units
                .expand(part, &mut self.side, &mut self.state, &mut self.scratch)
            {
                return Err(Damage::Truncated);
            }
        }
        let end = self.at + self.scratch.len();
        if end > self.limit {
            return Err(Damage::Range);
        }
        self.out[self.at..end].copy_from_slice(&self.scratch);
        self.at = end;
        let flag = if spaced { SPACED } else { 0 };
        self.past.push(Past {
            end: end as u32,
            entry: index | flag,
        });
        self.context = usize::from(entry.context);
        Ok(())
    }

    /// Copies earlier tokens.
    #[inline(never)]
    fn copy(&mut self, number: u8) -> Result<(), Damage> {
        let mut length = u32::from(number) - FIRST_MATCH as u32 + 1;
        if length > SHORT_LENGTHS {
            loop {
                let &byte = self.lengths.next().ok_or(Damage::Truncated)?;
                length = length.checked_add(u32::from(byte)).ok_or(Damage::Range)?;
                if byte < 255 {
                    break;
                }
            }
        }
        let &bucket = self.distances.next().ok_or(Damage::Truncated)?;
        if bucket != SAME {
            self.before = self.raw.distance(bucket)?;
        }
        let (length, distance) = (length as usize, self.before as usize);
        let count = self.past.len();
        if distance == 0 || distance > count || length > distance || count + length > self.most {
            return Err(Damage::Range);
        }
        if self.state.case != Case::Lower {
            return Err(Damage::Range);
        }
        let first = count - distance;
        let entries = &self.dictionary.table.entries;
        let opening = self.past[first];
        let previous = if first == 0 {
            0
        } else {
            self.past[first - 1].end as usize
        };
        let from = previous + usize::from(opening.entry & SPACED != 0);
        let until = self.past[first + length - 1].end as usize;
        let spaced = self.state.expects & entries[(opening.entry & !SPACED) as usize].begins != NONE;
        self.out[self.at] = b' ';
        self.at += usize::from(spaced);
        let end = self.at + until.checked_sub(from).ok_or(Damage::Range)?;
        if end > self.limit {
            return Err(Damage::Range);
        }
        self.out.copy_within(from..until, self.at);
        self.at = end;
        let moved = (end - until) as u32;
        for place in first..first + length {
            let Past { end, entry } = self.past[place];
            self.past.push(Past {
                end: end + moved,
                entry,
            });
        }
        let flag = if spaced { SPACED } else { 0 };
        self.past[count].entry = (opening.entry & !SPACED) | flag;
        let closing = entries[(self.past[count + length - 1].entry & !SPACED) as usize];
        self.state = State {
            expects: closing.expects,
            case: closing.case,
        };
        self.context = usize::from(closing.context);
        Ok(())
    }
}

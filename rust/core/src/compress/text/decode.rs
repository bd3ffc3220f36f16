//! From the bytes of a block back to its text.

use super::dictionary::Content;
use super::distances::{BitReader, SAME};
use super::encode::{END_OF_WORD, SIDE_STREAMS};
use super::expand::{Case, Payload, State, unit};
use super::matches::{FIRST_MATCH, SHORT_LENGTHS};
use super::sections::{Damage, Reader};
use super::spacing::NONE;
use super::table::{Entry, SHORT, Table};
use super::tokens::Tokens;
use crate::compress::deflate::Inflater;

/// A dictionary ready for decoding blocks; shared by threads.
pub struct Dictionary {
    content: Content,
    tokens: Tokens,
    table: Table,
}

/// About what a token takes in all tables, its text aside: its pair, up to 24 units, its entry and its attributes.
const TOKEN_MEMORY: usize = 192;

/// The part of a stream that is still to be read.
#[derive(Clone, Copy)]
struct Cursor {
    at: usize,
    end: usize,
}

/// All streams of a block.
struct Cursors<'a> {
    data: &'a [u8],
    cursors: &'a mut [Cursor],
}

impl Cursors<'_> {
    /// The next byte of a stream.
    #[inline(always)]
    fn take(&mut self, number: usize) -> Result<u8, Damage> {
        let cursor = &mut self.cursors[number];
        if cursor.at >= cursor.end {
            return Err(Damage::Truncated);
        }
        let byte = self.data[cursor.at];
        cursor.at += 1;
        Ok(byte)
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
        let content = Content::read(data, memory_limit / 2 / TOKEN_MEMORY)?;
        let units = content.assignment.leads.len() - content.pairs.len();
        let tokens = Tokens::new(units as u32, content.pairs.clone());
        let table = Table::new(&content, &tokens, memory_limit / 2)?;
        Ok(Self {
            content,
            tokens,
            table,
        })
    }

    /// Bytes of memory that the tables take.
    pub fn memory(&self) -> usize {
        0
    }

    /// Appends the `raw_length` bytes of a block to `out`. On damage `out` may have grown by up to as much.
    pub fn decode_block(&self, payload: &[u8], raw_length: usize, out: &mut Vec<u8>) -> Result<(), Damage> {
        if raw_length > MAXIMUM_BLOCK {
            return Err(Damage::Memory);
        }
        let mut reader = Reader::new(payload);
        let mut inflater = Inflater::default();
        let count = self.content.assignment.streams() + SIDE_STREAMS;
        // A byte of text is at most two and a half units, and those at most ten bytes of streams.
        let limit = raw_length * 10 + 64;
        let mut data = Vec::new();
        let mut cursors = Vec::with_capacity(count);
        let mut steps = 0;
        for number in 0..count {
            let at = data.len();
            let length = reader.section(limit - at, &mut inflater, &mut data)?;
            if number < self.content.assignment.context_count {
                steps += length;
            }
            cursors.push(Cursor { at, end: data.len() });
        }
        if reader.left() > 0 {
            return Err(Damage::Range);
        }
        let side = cursors.split_off(count - SIDE_STREAMS);
        let part = |number: usize| &data[side[number].at..side[number].end];
        let begin = out.len();
        out.resize(begin + raw_length + SHORT, 0);
        let mut text = Text {
            dictionary: self,
            cursors: Cursors {
                data: &data,
                cursors: &mut cursors,
            },
            side: Side {
                rare: part(0),
                digits: part(1),
            },
            lengths: part(2).iter(),
            distances: part(3).iter(),
            raw: BitReader::new(part(4)),
            out: &mut out[begin..],
            at: 0,
            limit: raw_length,
            past: Vec::with_capacity(steps),
            most: raw_length * 3 + 64,
            state: State::default(),
            context: 0,
            before: 0,
            scratch: Vec::new(),
        };
        let result = text.run(steps);
        out.truncate(begin + raw_length);
        result
    }
}

/// Longest block; the decoder's offsets have 32 bits.
const MAXIMUM_BLOCK: usize = 1 << 27;

/// The text of a block as it is put together.
struct Text<'a> {
    dictionary: &'a Dictionary,
    cursors: Cursors<'a>,
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
        for _ in 0..steps {
            let number = self.cursors.take(self.context)?;
            if usize::from(number) >= FIRST_MATCH {
                self.copy(number)?;
            } else {
                self.token(number)?;
            }
        }
        let read = self.cursors.cursors.iter().all(|cursor| cursor.at == cursor.end)
            && self.side.rare.is_empty()
            && self.side.digits.is_empty()
            && self.lengths.as_slice().is_empty()
            && self.distances.as_slice().is_empty()
            && self.raw.is_empty();
        if self.at == self.limit && read {
            Ok(())
        } else {
            Err(Damage::Range)
        }
    }

    /// Writes the token that a lead byte begins.
    #[inline(always)]
    fn token(&mut self, number: u8) -> Result<(), Damage> {
        let table = &self.dictionary.table;
        let index = self.cursors.entry(number, table)?;
        let entry = &table.entries[index as usize];
        if entry.slow || self.state.case != Case::Lower {
            return self.slow(index);
        }
        let spaced = self.state.expects & entry.begins != NONE;
        self.out[self.at] = b' ';
        self.at += usize::from(spaced);
        let start = entry.start as usize;
        let length = usize::from(entry.length);
        if self.at + length > self.limit {
            return Err(Damage::Range);
        }
        if length <= SHORT {
            self.out[self.at..self.at + SHORT].copy_from_slice(&table.text[start..start + SHORT]);
        } else {
            self.out[self.at..self.at + length].copy_from_slice(&table.text[start..start + length]);
        }
        self.at += length;
        self.remember(index, entry, spaced);
        self.state = State {
            expects: entry.expects,
            case: entry.case,
        };
        Ok(())
    }

    /// Notes a token for matches and moves on to its context.
    #[inline(always)]
    fn remember(&mut self, index: u32, entry: &Entry, spaced: bool) {
        let flag = if spaced { SPACED } else { 0 };
        self.past.push(Past {
            end: self.at as u32,
            entry: index | flag,
        });
        self.context = usize::from(entry.context);
    }

    /// Expands a token unit by unit.
    #[inline(never)]
    fn slow(&mut self, index: u32) -> Result<(), Damage> {
        let dictionary = self.dictionary;
        let entry = &dictionary.table.entries[index as usize];
        let alone = [entry.token];
        let units = dictionary.tokens.units;
        let parts: &[u32] = if entry.token < units {
            &alone
        } else {
            dictionary.tokens.phrase(entry.token - units)
        };
        let spaced = self.state.expects & entry.begins != NONE;
        self.scratch.clear();
        for &part in parts {
            let content = &dictionary.content;
            if !unit(
                part,
                &content.words,
                &content.spacing,
                &mut self.side,
                &mut self.state,
                &mut self.scratch,
            ) {
                return Err(Damage::Truncated);
            }
        }
        let end = self.at + self.scratch.len();
        if end > self.limit {
            return Err(Damage::Range);
        }
        self.out[self.at..end].copy_from_slice(&self.scratch);
        self.at = end;
        self.remember(index, entry, spaced);
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

//! From the streams of a block to its tokens and matches: the first half of decoding, in which each step waits for the one before.
//!
//! It goes some steps ahead of [`super::decode`], which puts the text together, so that what that needs of each token is on its way from memory by then: with
//! both in one loop two thirds of the time went by waiting for it.

use super::distances::{BitReader, SAME};
use super::matches::{FIRST_MATCH, SHORT_LENGTHS};
use super::table::{Lead, Table};
use crate::compress::sections::{Damage, Sections};
use crate::prefetch::prefetch;

/// A token, or a match.
#[derive(Clone, Copy)]
pub struct Step {
    /// The number of the token's entry; of a match how many tokens back it begins.
    pub what: u32,
    /// The tokens of a match; 0: this is none.
    pub length: u32,
}

/// The streams of lead bytes and of what follows them.
struct Streams<'a> {
    /// All of them, one after the other, and a byte more.
    data: &'a [u8],
    streams: Vec<Stream>,
}

/// One of them.
struct Stream {
    /// Where its next byte is. That this lies in its own stream is not looked at before the end: what comes of another is thrown away.
    next: usize,
    /// That byte, so that who asks for it need not wait for it.
    byte: u8,
}

impl Streams<'_> {
    /// The next byte of a stream; `more` is 1, or 0 where it stays the next.
    #[inline(always)]
    fn take(&mut self, number: usize, more: usize) -> Result<u8, Damage> {
        let stream = &mut self.streams[number];
        let byte = stream.byte;
        stream.next += more;
        stream.byte = *self.data.get(stream.next).ok_or(Damage::Truncated)?;
        // There are more streams than the processor follows by itself.
        prefetch(self.data, stream.next + LINE);
        Ok(byte)
    }

    /// The number of the entry that the code after a lead byte names.
    #[inline(always)]
    fn entry(&mut self, lead: &Lead) -> Result<u32, Damage> {
        // Whether there is no byte or one is as good as random: a branch would be mispredicted.
        let any = lead.extra.min(1);
        let byte = self.take(usize::from(lead.stream), usize::from(any))?;
        let mut index = u32::from(byte) * u32::from(any);
        if lead.extra > 1 {
            index = index << 8 | u32::from(self.take(usize::from(lead.stream) + 1, 1)?);
        }
        if index >= lead.count {
            return Err(Damage::Range);
        }
        Ok(lead.start + index)
    }
}

/// Bytes of a cache line.
const LINE: usize = 64;

/// Resolves the streams of a block.
pub struct Resolver<'a> {
    table: &'a Table,
    streams: Streams<'a>,
    lengths: &'a [u8],
    distances: &'a [u8],
    raw: BitReader<'a>,
    /// The entries of all tokens so far, those of matches included.
    entries: &'a mut Vec<u32>,
    /// Most tokens.
    most: usize,
    /// The stream of the next lead byte.
    context: usize,
    /// The distance of the last match.
    before: u32,
}

impl<'a> Resolver<'a> {
    /// Of the sections the first `count` are streams of lead bytes and of what follows them; `side` are those of matches: lengths, distances, and the low bits
    /// of those. The entries of tokens are appended to `entries`, up to `most`.
    pub fn new(
        table: &'a Table,
        sections: &'a Sections,
        count: usize,
        [lengths, distances, raw]: [&'a [u8]; 3],
        entries: &'a mut Vec<u32>,
        most: usize,
    ) -> Self {
        let data = sections.all();
        let stream = |number| {
            let next = sections.start(number);
            Stream {
                next,
                byte: data[next],
            }
        };
        Self {
            table,
            streams: Streams {
                data,
                streams: (0..count).map(stream).collect(),
            },
            lengths,
            distances,
            raw: BitReader::new(raw),
            entries,
            most,
            context: 0,
            before: 0,
        }
    }

    /// The entry of a token.
    #[inline(always)]
    pub fn entry(&self, token: usize) -> u32 {
        self.entries[token]
    }

    /// Resolves as many steps as there is room for in `steps`.
    ///
    /// # Errors
    /// [`Damage`] where a step can't be.
    pub fn resolve(&mut self, steps: &mut [Step]) -> Result<(), Damage> {
        for step in steps {
            let number = self.streams.take(self.context, 1)?;
            if usize::from(number) >= FIRST_MATCH {
                *step = self.matched(number)?;
                continue;
            }
            let index = self.streams.entry(&self.table.leads[usize::from(number)])?;
            prefetch(&self.table.entries, index as usize);
            self.context = usize::from(self.table.contexts[index as usize]);
            self.entries.push(index);
            *step = Step {
                what: index,
                length: 0,
            };
        }
        Ok(())
    }

    #[inline(never)]
    fn matched(&mut self, number: u8) -> Result<Step, Damage> {
        let mut length = u32::from(number) - FIRST_MATCH as u32 + 1;
        if length > SHORT_LENGTHS {
            loop {
                let byte = take(&mut self.lengths)?;
                length = length.checked_add(u32::from(byte)).ok_or(Damage::Range)?;
                if byte < 255 {
                    break;
                }
            }
        }
        let bucket = take(&mut self.distances)?;
        if bucket != SAME {
            self.before = self.raw.distance(bucket)?;
        }
        let (tokens, distance, count) = (length as usize, self.before as usize, self.entries.len());
        if distance == 0 || distance > count || tokens > distance || count + tokens > self.most {
            return Err(Damage::Range);
        }
        let first = count - distance;
        self.entries.extend_from_within(first..first + tokens);
        let last = self.entries[count + tokens - 1];
        self.context = usize::from(self.table.contexts[last as usize]);
        Ok(Step {
            what: self.before,
            length,
        })
    }

    /// Whether all streams were read to their ends.
    pub fn is_complete(&self, sections: &Sections) -> bool {
        let mut numbered = self.streams.streams.iter().enumerate();
        numbered.all(|(number, stream)| stream.next == sections.start(number + 1))
            && self.lengths.is_empty()
            && self.distances.is_empty()
            && self.raw.is_empty()
    }
}

/// The next byte.
fn take(stream: &mut &[u8]) -> Result<u8, Damage> {
    let (&byte, rest) = stream.split_first().ok_or(Damage::Truncated)?;
    *stream = rest;
    Ok(byte)
}

//! From the text of a block to its bytes.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::borrow::Cow;

use super::decode::{most_stream_bytes, most_tokens};
use super::distances::BitWriter;
use super::lexer::{Sink, lex};
use super::logarithm::ONE_BIT;
use super::matches::{self, FIRST_MATCH, SHORT_LENGTHS, Sequence, Step};
use super::model::Model;
use super::spacing::Spacing;
use super::units::{CAPITAL, CAPITALS, FIRST_WORD};
use super::words::{WordTable, fallback};
use crate::compress::deflate::Deflater;
use crate::compress::sections;

/// Ends a word in the stream of rare words. No rare word holds it: they consist of letters or are symbols.
pub const END_OF_WORD: u8 = 0;

/// The streams behind those of the model: rare words, digits, lengths, distances, raw bits of distances.
pub const SIDE_STREAMS: usize = 5;

/// What encoding needs.
pub struct Encoder {
    /// Where spaces are the rule.
    pub spacing: Spacing,
    /// Words of the dictionary.
    pub words: WordTable,
    /// Tokens and codes.
    pub model: Model,
    /// How many earlier places are looked at for repeats; 0: none are looked for.
    pub match_depth: usize,
}

/// The units of a block and what stands beside them.
struct Units<'a> {
    words: &'a WordTable,
    units: Vec<u32>,
    /// Rare words and numbers one after another, and where each ends.
    payload: Vec<u8>,
    ends: Vec<u32>,
}

impl Units<'_> {
    /// One word, by its number or spelled.
    #[inline]
    fn add(&mut self, text: &[u8]) {
        if let Some(index) = self.words.find(text) {
            self.units.push(FIRST_WORD + index);
            return;
        }
        match fallback(text) {
            Some(unit) => {
                self.units.push(unit);
                self.payload.extend_from_slice(text);
                self.ends.push(self.payload.len() as u32);
            }
            None => self.units.extend(text.iter().map(|&byte| u32::from(byte))),
        }
    }

    /// Where the payload of a piece begins.
    fn payload_start(&self, piece: u32) -> usize {
        if piece == 0 {
            0
        } else {
            self.ends[piece as usize - 1] as usize
        }
    }
}

impl Sink for Units<'_> {
    fn unit(&mut self, unit: u32) {
        self.units.push(unit);
    }
    fn word(&mut self, text: &[u8]) {
        self.add(text);
    }
}

/// Tokens of a block with the payload of each.
struct Parsed<'a> {
    units: &'a Units<'a>,
    tokens: Vec<u32>,
    /// For each token the range of its pieces of payload.
    payloads: Vec<(u32, u32)>,
}

impl Parsed<'_> {
    /// The rare words and numbers of a token.
    fn payload(&self, at: usize) -> impl Iterator<Item = &[u8]> {
        let (start, end) = self.payloads[at];
        (start..end).map(|piece| {
            &self.units.payload[self.units.payload_start(piece)..self.units.payload_start(piece + 1)]
        })
    }

    /// All of it in one, each but the last ended where several could be the same letters, parted elsewhere.
    fn whole_payload(&self, at: usize) -> Cow<'_, [u8]> {
        let (start, end) = self.payloads[at];
        if end - start > 1 {
            return self.payload(at).collect::<Vec<_>>().join(&END_OF_WORD).into();
        }
        self.units.payload[self.units.payload_start(start)..self.units.payload_start(end)].into()
    }
}

/// Appends digits: two to a byte, a last one alone as 100 and up.
fn put_digits(text: &[u8], out: &mut Vec<u8>) {
    for pair in text.chunks(2) {
        out.push(match pair {
            [high, low] => (high - b'0') * 10 + (low - b'0'),
            _ => 100 + (pair[0] - b'0'),
        });
    }
}

impl Encoder {
    /// Splits a block into units.
    fn units(&self, text: &[u8]) -> Units<'_> {
        let mut units = Units {
            words: &self.words,
            units: Vec::with_capacity(text.len() / 3),
            payload: Vec::new(),
            ends: Vec::new(),
        };
        lex(text, &self.spacing, &mut units);
        units
    }

    /// Finds the cheapest tokens.
    fn parse<'a>(&self, units: &'a Units<'a>) -> Parsed<'a> {
        let mut tokens = Vec::with_capacity(units.units.len());
        self.model.parse(&units.units, &mut tokens);
        let mut piece = 0;
        let payloads = tokens
            .iter()
            .map(|&token| {
                let start = piece;
                piece += self.model.tokens.payload_count(token);
                (start, piece)
            })
            .collect();
        Parsed {
            units,
            tokens,
            payloads,
        }
    }

    /// The cheapest mixture of tokens and matches.
    fn steps(&self, parsed: &Parsed<'_>) -> Vec<Step> {
        let tokens = &parsed.tokens;
        if self.match_depth == 0 {
            return vec![
                Step {
                    length: 1,
                    distance: 0
                };
                tokens.len()
            ];
        }
        // A letter of a rare word takes about 3.6 bits, a digit about the same.
        const LETTER: u32 = ONE_BIT * 18 / 5;
        let mut known: HashMap<(u32, Cow<'_, [u8]>), u32, FixedState> = HashMap::default();
        let mut sequence = Sequence::default();
        let mut context = 0;
        let mut barred = false;
        for (at, &token) in tokens.iter().enumerate() {
            let (mut cost, next) = self.model.costs.of(context, token);
            sequence.contexts.push(context);
            context = next;
            let payload = parsed.whole_payload(at);
            let mut identity = token;
            if !payload.is_empty() {
                cost += (payload.len() as u32 + 1) * LETTER;
                // Numbers from the top, where no tokens are.
                let fresh = u32::MAX - known.len() as u32;
                identity = *known.entry((token, payload)).or_insert(fresh);
            }
            sequence.identities.push(identity);
            sequence.costs.push(cost);
            sequence.barred.push(barred);
            barred = matches!(self.model.tokens.last_unit(token), CAPITAL | CAPITALS);
        }
        matches::cheapest(&sequence, &self.model.costs, self.match_depth)
    }

    /// The streams of a block, in their order; none where they are more than decoders make room for.
    pub fn streams(&self, text: &[u8]) -> Option<Vec<Vec<u8>>> {
        let units = self.units(text);
        let parsed = self.parse(&units);
        if parsed.tokens.len() > most_tokens(text.len()) {
            return None;
        }
        let assignment = &self.model.assignment;
        let mut streams = vec![Vec::new(); assignment.streams()];
        let mut rare = Vec::new();
        let mut digits = Vec::new();
        let mut lengths = Vec::new();
        let mut distances = Vec::new();
        let mut raw = BitWriter::default();
        let mut context = 0;
        let mut before = 0;
        let mut at = 0;
        for step in self.steps(&parsed) {
            if step.distance == 0 {
                self.model.put(parsed.tokens[at], context, &mut streams);
                for word in parsed.payload(at) {
                    if word[0].is_ascii_digit() {
                        put_digits(word, &mut digits);
                    } else {
                        rare.extend_from_slice(word);
                        rare.push(END_OF_WORD);
                    }
                }
            } else {
                streams[context].push((FIRST_MATCH as u32 + (step.length - 1).min(SHORT_LENGTHS)) as u8);
                if step.length > SHORT_LENGTHS {
                    let mut left = step.length - SHORT_LENGTHS - 1;
                    while left >= 255 {
                        lengths.push(255);
                        left -= 255;
                    }
                    lengths.push(left as u8);
                }
                let (bucket, bits) = matches::coded(step.distance, before);
                distances.push(bucket);
                raw.put(step.distance, bits);
                before = step.distance;
            }
            at += step.length as usize;
            context = self.model.context_after(parsed.tokens[at - 1]);
        }
        streams.extend([rare, digits, lengths, distances, raw.finish()]);
        let bytes: usize = streams.iter().map(Vec::len).sum();
        (bytes <= most_stream_bytes(text.len())).then_some(streams)
    }

    /// Appends the payload of a block, and says whether it may be one: not where the text falls into more tokens than decoders make room for.
    pub fn block(&self, text: &[u8], deflater: &mut Deflater, out: &mut Vec<u8>) -> bool {
        let Some(streams) = self.streams(text) else {
            return false;
        };
        for stream in streams {
            sections::write(&stream, deflater, out);
        }
        true
    }
}

//! The dictionary as bytes: words, phrases and what decides the codes.

use super::codes::{Assignment, LEADS, sorted};
use super::lexer::MAXIMUM_WORD;
use super::phrases::MAXIMUM_UNITS;
use super::spacing::{DIGITS, LETTERS, Spacing};
use super::units::FIRST_WORD;
use super::words::Words;
use crate::compress::deflate::{Deflater, Inflater};
use crate::compress::sections::{self, Damage, Reader};
use crate::varint;

/// Most tokens of a dictionary.
pub const MAXIMUM_TOKENS: usize = 1 << 20;
/// Most streams of lead bytes: a context and one must fit into a byte.
const MAXIMUM_CONTEXTS: usize = 255;
/// Longest text of a word: a run of blanks.
const MAXIMUM_TEXT: usize = 64;

/// Everything that a dictionary says.
#[derive(Clone, Debug)]
pub struct Content {
    /// Where spaces are the rule.
    pub spacing: Spacing,
    /// Words, sorted.
    pub words: Words,
    /// Phrases as pairs of tokens, in the order of [`order_phrases`].
    pub pairs: Vec<(u32, u32)>,
    /// What decides the codes.
    pub assignment: Assignment,
}

/// The level of each phrase: 1 for pairs of units, otherwise one more than the higher part.
fn levels(units: u32, pairs: &[(u32, u32)]) -> Vec<u8> {
    let mut levels: Vec<u8> = Vec::with_capacity(pairs.len());
    for &(left, right) in pairs {
        let of = |token: u32| {
            if token < units {
                0
            } else {
                levels[(token - units) as usize]
            }
        };
        levels.push(1 + of(left).max(of(right)));
    }
    levels
}

/// The last unit of each token.
fn last_units(units: u32, pairs: &[(u32, u32)]) -> Vec<u32> {
    let mut lasts: Vec<u32> = (0..units).collect();
    for &(_, right) in pairs {
        lasts.push(lasts[right as usize]);
    }
    lasts
}

/// Tokens up to `count` by falling tier, then by number: the numbers by which pairs name their parts, so that
/// frequent parts have small numbers. Returns the tokens in this order.
fn references(tiers: &[u8], count: usize) -> Vec<u32> {
    let tokens: Vec<u32> = (0..count as u32).collect();
    sorted(&tokens, |token| u8::MAX - tiers[token as usize])
}

/// The places of tokens in `order`.
fn inverse(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, &token) in order.iter().enumerate() {
        places[token as usize] = place as u32;
    }
    places
}

/// Sorts phrases as the dictionary lists them, by level, then by the references of their parts. Returns for each
/// new place the old phrase; `tiers` are by token in the old order.
pub fn order_phrases(units: u32, pairs: &[(u32, u32)], tiers: &[u8]) -> Vec<u32> {
    let levels = levels(units, pairs);
    let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
    order.sort_by_key(|&phrase| levels[phrase as usize]);
    // New numbers are needed for the sort of the next level.
    let mut new_number: Vec<u32> = (0..units + pairs.len() as u32).collect();
    let mut new_tiers: Vec<u8> = tiers[..units as usize].to_vec();
    let mut start = 0;
    while start < order.len() {
        let level = levels[order[start] as usize];
        let end = start
            + order[start..]
                .iter()
                .take_while(|&&phrase| levels[phrase as usize] == level)
                .count();
        let places = inverse(&references(&new_tiers, units as usize + start));
        order[start..end].sort_by_key(|&phrase| {
            let (left, right) = pairs[phrase as usize];
            (
                places[new_number[left as usize] as usize],
                places[new_number[right as usize] as usize],
            )
        });
        for (place, &phrase) in order.iter().enumerate().take(end).skip(start) {
            let old = units + phrase;
            new_number[old as usize] = units + place as u32;
            new_tiers.push(tiers[old as usize]);
        }
        start = end;
    }
    order
}

impl Content {
    /// Writes the dictionary, by libdeflate's effort `deflate`. Phrases must be in the order of [`order_phrases`].
    pub fn write(&self, deflate: u32) -> Vec<u8> {
        let mut deflater = Deflater::new(deflate);
        let mut out = Vec::new();
        let mut put = |data: &[u8], out: &mut Vec<u8>| sections::write(data, &mut deflater, out);
        let units = FIRST_WORD + self.words.len() as u32;
        varint::write(self.words.len() as u64, &mut out);
        varint::write(self.pairs.len() as u64, &mut out);
        let assignment = &self.assignment;
        out.extend([assignment.context_count as u8, assignment.rest_count as u8]);
        let mut spacing = self.spacing.bytes.to_vec();
        spacing.extend([self.spacing.words, self.spacing.numbers]);
        put(&spacing, &mut out);
        let (shared, suffixes) = self.front_code();
        put(&shared, &mut out);
        put(&suffixes, &mut out);
        for by_token in [&assignment.tiers, &assignment.leads] {
            let (of_units, of_phrases) = by_token.split_at(units as usize);
            put(of_units, &mut out);
            put(of_phrases, &mut out);
        }
        put(&assignment.default_contexts, &mut out);
        let exception = |token: usize, default: u8| {
            if assignment.contexts[token] == default {
                0
            } else {
                assignment.contexts[token] + 1
            }
        };
        let of_lead = |unit: usize| assignment.default_contexts[usize::from(assignment.leads[unit])];
        let of_units: Vec<u8> = (0..units as usize)
            .map(|unit| exception(unit, of_lead(unit)))
            .collect();
        put(&of_units, &mut out);
        let of_last = |last: u32| assignment.contexts[last as usize];
        let lasts = last_units(units, &self.pairs);
        let of_phrases: Vec<u8> = (units as usize..lasts.len())
            .map(|token| exception(token, of_last(lasts[token])))
            .collect();
        put(&of_phrases, &mut out);
        put(&assignment.rest_streams, &mut out);
        for stream in pair_streams(units, &self.pairs, &assignment.tiers) {
            put(&stream, &mut out);
        }
        out
    }

    /// Lengths of shared beginnings, and the rest of each word with its length in front.
    fn front_code(&self) -> (Vec<u8>, Vec<u8>) {
        let mut shared = Vec::new();
        let mut suffixes = Vec::new();
        let mut previous: &[u8] = &[];
        for index in 0..self.words.len() as u32 {
            let word = self.words.get(index);
            let common = previous.iter().zip(word).take_while(|(a, b)| a == b).count();
            shared.push(common as u8);
            suffixes.extend_from_slice(&word[common..]);
            suffixes.push(0);
            previous = word;
        }
        (shared, suffixes)
    }

    /// Reads a dictionary that has at most `most_tokens` tokens.
    pub fn read(data: &[u8], most_tokens: usize) -> Result<Self, Damage> {
        let mut reader = Reader::new(data);
        let mut inflater = Inflater::default();
        let word_count = reader.number(MAXIMUM_TOKENS)?;
        let phrase_count = reader.number(MAXIMUM_TOKENS)?;
        let units = FIRST_WORD as usize + word_count;
        if units + phrase_count > most_tokens.min(MAXIMUM_TOKENS) {
            return Err(Damage::Memory);
        }
        let context_count = usize::from(reader.byte()?);
        let rest_count = usize::from(reader.byte()?);
        if context_count == 0 || context_count > MAXIMUM_CONTEXTS || rest_count == 0 {
            return Err(Damage::Range);
        }
        let mut exact = |length: usize| reader.exact_section(length, &mut inflater);
        let spacing_bytes = exact(130)?;
        let mut spacing = Spacing::plain();
        spacing.bytes.copy_from_slice(&spacing_bytes[..128]);
        (spacing.words, spacing.numbers) = (spacing_bytes[128], spacing_bytes[129]);
        if spacing_bytes
            .iter()
            .any(|spaces| spaces & !(LETTERS | DIGITS) != 0)
        {
            return Err(Damage::Range);
        }
        let shared = exact(word_count)?;
        let mut suffixes = Vec::new();
        reader.section(word_count * (MAXIMUM_TEXT + 1), &mut inflater, &mut suffixes)?;
        let words = read_words(&shared, &suffixes)?;
        let mut exact = |length: usize| reader.exact_section(length, &mut inflater);
        let mut tiers = exact(units)?;
        tiers.extend(exact(phrase_count)?);
        let mut leads = exact(units)?;
        leads.extend(exact(phrase_count)?);
        let default_contexts = exact(LEADS)?;
        let mut contexts = exact(units)?;
        contexts.extend(exact(phrase_count)?);
        let rest_streams = exact(LEADS)?;
        if rest_streams
            .iter()
            .any(|&stream| usize::from(stream) >= rest_count)
        {
            return Err(Damage::Range);
        }
        let mut streams = [const { Vec::new() }; 5];
        for (number, stream) in streams.iter_mut().enumerate() {
            let limit = if number < 2 {
                phrase_count * 4
            } else {
                phrase_count
            };
            reader.section(limit, &mut inflater, stream)?;
        }
        if !reader.rest().is_empty() {
            return Err(Damage::Range);
        }
        let pairs = read_pairs(units, phrase_count, &tiers, &streams)?;
        let lasts = last_units(units as u32, &pairs);
        for token in 0..contexts.len() {
            contexts[token] = match contexts[token] {
                0 if token < units => default_contexts[usize::from(leads[token])],
                0 => contexts[lasts[token] as usize],
                exception => exception - 1,
            };
        }
        if contexts
            .iter()
            .any(|&context| usize::from(context) >= context_count)
        {
            return Err(Damage::Range);
        }
        let assignment = Assignment {
            leads,
            tiers,
            contexts,
            default_contexts,
            context_count,
            rest_streams,
            rest_count,
        };
        Ok(Self {
            spacing,
            words,
            pairs,
            assignment,
        })
    }
}

/// Sizes of levels, differences of left references, and three bytes of right references.
fn pair_streams(units: u32, pairs: &[(u32, u32)], tiers: &[u8]) -> [Vec<u8>; 5] {
    let mut streams = [const { Vec::new() }; 5];
    let levels = levels(units, pairs);
    let mut start = 0;
    while start < levels.len() {
        let end = start
            + levels[start..]
                .iter()
                .take_while(|&&level| level == levels[start])
                .count();
        varint::write((end - start) as u64, &mut streams[0]);
        let places = inverse(&references(tiers, units as usize + start));
        let mut before = 0;
        for &(left, right) in &pairs[start..end] {
            let left = places[left as usize];
            varint::write(u64::from(left - before), &mut streams[1]);
            before = left;
            let right = places[right as usize];
            streams[2].push(right as u8);
            streams[3].push((right >> 8) as u8);
            streams[4].push((right >> 16) as u8);
        }
        start = end;
    }
    streams
}

/// Undoes the front coding; words must be sorted, so that none is there twice.
fn read_words(shared: &[u8], suffixes: &[u8]) -> Result<Words, Damage> {
    let mut words = Words::default();
    let mut word: Vec<u8> = Vec::new();
    let mut suffixes = suffixes;
    for &shared in shared {
        let end = suffixes
            .iter()
            .position(|&byte| byte == 0)
            .ok_or(Damage::Truncated)?;
        if usize::from(shared) > word.len() || usize::from(shared) + end > MAXIMUM_TEXT.max(MAXIMUM_WORD) {
            return Err(Damage::Range);
        }
        word.truncate(usize::from(shared));
        word.extend_from_slice(&suffixes[..end]);
        suffixes = &suffixes[end + 1..];
        // The empty one that stands for the word before the first is less than any.
        if word.as_slice() <= words.get((words.len() as u32).wrapping_sub(1)) {
            return Err(Damage::Range);
        }
        words.push(&word);
    }
    if suffixes.is_empty() {
        Ok(words)
    } else {
        Err(Damage::Range)
    }
}

/// Reads the pairs of phrases level by level.
fn read_pairs(
    units: usize,
    count: usize,
    tiers: &[u8],
    [level_sizes, lefts, low, middle, high]: &[Vec<u8>; 5],
) -> Result<Vec<(u32, u32)>, Damage> {
    if low.len() != count || middle.len() != count || high.len() != count {
        return Err(Damage::Range);
    }
    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(count);
    let mut lengths = vec![1u32; units];
    let mut level_sizes = Reader::new(level_sizes);
    let mut lefts = Reader::new(lefts);
    let mut levels = 0;
    while pairs.len() < count {
        let size = level_sizes.number(count - pairs.len())?;
        levels += 1;
        if size == 0 || levels > MAXIMUM_UNITS {
            return Err(Damage::Range);
        }
        let order = references(tiers, units + pairs.len());
        let mut left = 0;
        for _ in 0..size {
            left += lefts.number(order.len())?;
            let place = pairs.len();
            let right =
                usize::from(low[place]) | usize::from(middle[place]) << 8 | usize::from(high[place]) << 16;
            let (Some(&left), Some(&right)) = (order.get(left), order.get(right)) else {
                return Err(Damage::Range);
            };
            let length = lengths[left as usize] + lengths[right as usize];
            if length > MAXIMUM_UNITS {
                return Err(Damage::Range);
            }
            lengths.push(length);
            pairs.push((left, right));
        }
    }
    Ok(pairs)
}

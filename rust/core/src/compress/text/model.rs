//! The vocabulary of tokens over the units, with the codes of its tokens, as the encoder needs it.

use super::classes::{self, Shape};
use super::codes::{Assignment, Code, Codes};
use super::costs::Costs;
use super::dictionary::order_phrases;
use super::logarithm::{ONE_BIT, log2};
use super::parse::cheapest;
use super::phrases::{self, Rules};
use super::tokens::Tokens;
use super::trie::Trie;
use crate::compress::parallel::Workers;
use crate::monitor::Interrupted;

/// How a model is learned.
#[derive(Clone, Copy, Debug)]
pub struct ModelTuning {
    /// Rules for phrases.
    pub rules: Rules,
    /// Leads and streams.
    pub shape: Shape,
    /// Parses of the sample after which phrases are dropped; none: phrases stay as they were joined.
    pub passes: usize,
    /// Fewest occurrences of a phrase in such a parse.
    pub keep: u32,
    /// Phrases are learned from one in so many pieces.
    pub skip: usize,
}

/// Tokens and their codes, for encoding.
pub struct Model {
    /// Tokens.
    pub tokens: Tokens,
    /// What decides the codes.
    pub assignment: Assignment,
    codes: Codes,
    trie: Trie,
    /// Costs that follow from it.
    pub costs: Costs,
}

impl Model {
    /// Learns from pieces in units, of which there are `units` different ones.
    pub fn learn(
        pieces: &[Vec<u32>],
        units: u32,
        tuning: &ModelTuning,
        workers: &Workers<'_>,
    ) -> Result<Self, Interrupted> {
        // Phrases are found in every `skip`-th piece; all are parsed in the end.
        let part: Vec<Vec<u32>> = pieces.iter().step_by(tuning.skip).cloned().collect();
        let mut parsed = part.clone();
        let merges = phrases::learn(&mut parsed, units, tuning.rules, workers)?;
        let mut tokens = Tokens::new(units, merges);
        let mut counts = count(&parsed, tokens.len());
        for _ in 0..tuning.passes {
            (_, counts) = parse_all(&part, &tokens, &counts, workers)?;
            (tokens, counts) = prune(&tokens, &counts, tuning.keep);
        }
        if tuning.passes > 0 || tuning.skip > 1 {
            (parsed, counts) = parse_all(pieces, &tokens, &counts, workers)?;
        }
        (tokens, counts) = sort(&tokens, &counts, &mut parsed);
        let (assignment, leads) = classes::learn(&tokens, &parsed, &counts, tuning.shape, workers)?;
        let codes = Codes::new(&assignment);
        let costs = Costs::new(&leads, &counts, &tokens, &assignment, &codes);
        let trie = Trie::new(units, tokens.phrases());
        Ok(Self {
            tokens,
            assignment,
            codes,
            trie,
            costs,
        })
    }

    /// Appends the cheapest tokens for `units` to `out`.
    pub fn parse(&self, units: &[u32], out: &mut Vec<u32>) {
        cheapest(
            units,
            &self.trie,
            |context, token| self.costs.of(context, token),
            out,
        );
    }

    /// The context after a token.
    #[inline]
    pub fn context_after(&self, token: u32) -> usize {
        usize::from(self.costs.tokens[token as usize].context)
    }

    /// Writes a token to the streams of this model.
    #[inline]
    pub fn put(&self, token: u32, context: usize, streams: &mut [Vec<u8>]) {
        let Code { lead, extra, index } = self.codes.code[token as usize];
        let contexts = self.assignment.context_count;
        let rests = self.assignment.rest_count;
        streams[context].push(lead);
        match extra {
            0 => {}
            1 => {
                let stream = usize::from(self.assignment.rest_streams[usize::from(lead)]);
                streams[contexts + stream].push(index as u8);
            }
            _ => {
                streams[contexts + rests].push((index >> 8) as u8);
                streams[contexts + rests + 1].push(index as u8);
            }
        }
    }
}

/// Parses all pieces with costs that follow from counts of tokens; returns the new counts too.
fn parse_all(
    pieces: &[Vec<u32>],
    tokens: &Tokens,
    counts: &[u32],
    workers: &Workers<'_>,
) -> Result<(Vec<Vec<u32>>, Vec<u32>), Interrupted> {
    let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    let bits = log2(total * 4 + 4);
    let costs: Vec<u32> = counts
        .iter()
        .map(|&count| {
            bits.saturating_sub(log2(u64::from(count) * 4 + 1))
                .max(ONE_BIT / 4)
        })
        .collect();
    let trie = Trie::new(tokens.units, tokens.phrases());
    let parsed = workers.map(pieces.len(), |index| {
        let mut out = Vec::with_capacity(pieces[index].len());
        let price = |_, token: u32| (costs[token as usize], 0);
        cheapest(&pieces[index], &trie, price, &mut out);
        out
    })?;
    let counts = count(&parsed, tokens.len());
    Ok((parsed, counts))
}

/// Counts tokens.
fn count(pieces: &[Vec<u32>], tokens: usize) -> Vec<u32> {
    let mut counts = vec![0u32; tokens];
    for &token in pieces.iter().flatten() {
        counts[token as usize] += 1;
    }
    counts
}

/// Drops phrases that occur less than `keep` times and that no kept phrase needs. Returns the tokens left and their
/// counts.
fn prune(tokens: &Tokens, counts: &[u32], keep: u32) -> (Tokens, Vec<u32>) {
    let units = tokens.units as usize;
    let mut needed: Vec<bool> = counts.iter().map(|&count| count >= keep).collect();
    for (phrase, &(left, right)) in tokens.pairs.iter().enumerate().rev() {
        if needed[units + phrase] {
            needed[left as usize] = true;
            needed[right as usize] = true;
        }
    }
    let mut numbers: Vec<u32> = (0..tokens.len() as u32).collect();
    let mut pairs = Vec::new();
    let mut kept = counts[..units].to_vec();
    for (phrase, &(left, right)) in tokens.pairs.iter().enumerate() {
        if needed[units + phrase] {
            numbers[units + phrase] = kept.len() as u32;
            kept.push(counts[units + phrase]);
            pairs.push((numbers[left as usize], numbers[right as usize]));
        }
    }
    (Tokens::new(tokens.units, pairs), kept)
}

/// Brings the phrases into the order of the dictionary, in `parsed` too.
fn sort(tokens: &Tokens, counts: &[u32], parsed: &mut [Vec<u32>]) -> (Tokens, Vec<u32>) {
    let units = tokens.units;
    let tiers: Vec<u8> = counts.iter().map(|&count| classes::tier(count)).collect();
    let order = order_phrases(units, &tokens.pairs, &tiers);
    let mut numbers: Vec<u32> = (0..tokens.len() as u32).collect();
    for (new, &old) in order.iter().enumerate() {
        numbers[(units + old) as usize] = units + new as u32;
    }
    let renumber = |&old: &u32| {
        let (left, right) = tokens.pairs[old as usize];
        (numbers[left as usize], numbers[right as usize])
    };
    let pairs = order.iter().map(renumber).collect();
    let mut sorted = vec![0; counts.len()];
    for (old, &new) in numbers.iter().enumerate() {
        sorted[new as usize] = counts[old];
    }
    for token in parsed.iter_mut().flatten() {
        *token = numbers[*token as usize];
    }
    (Tokens::new(units, pairs), sorted)
}

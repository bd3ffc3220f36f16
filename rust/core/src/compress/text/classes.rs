//! Learns which tokens share a lead byte, and which share the context that chooses the stream of the next lead.
//!
//! Both are clusterings by what stands beside a token, improved in turn: contexts by the leads that follow them,
//! leads by the contexts that precede them. The measure is the size of the text in an ideal code for leads given
//! contexts and tokens given leads.

use super::clustering::{add, choose_rests, costs, least, shift};
use super::codes::{Assignment, LEADS};
use super::costs::Histogram;
use super::logarithm::{ONE_BIT, log2};
use super::neighbours::Sparse;
use super::tokens::Tokens;
use crate::compress::parallel::Workers;
use crate::monitor::Interrupted;

/// How many leads of each kind, and how many streams.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Tokens with a lead of their own.
    pub direct: usize,
    /// Leads of up to 256 tokens.
    pub narrow: usize,
    /// Leads of more, for rare tokens.
    pub wide: usize,
    /// Streams of lead bytes.
    pub contexts: usize,
    /// Streams of second bytes.
    pub rests: usize,
    /// Rounds of clustering.
    pub rounds: usize,
    /// How many of these move only the tokens that are frequent.
    pub settled: usize,
}

/// Everything that the rounds look at.
struct Learner<'a> {
    counts: &'a [u32],
    shape: Shape,
    workers: &'a Workers<'a>,
    /// By token: the tokens before it.
    before: Sparse,
    /// By token: the tokens after it.
    after: Sparse,
    /// Tokens by falling count.
    ranked: Vec<u32>,
    leads: Vec<u8>,
    contexts: Vec<u8>,
}

/// Learns leads and contexts from parsed pieces; `counts` are by token.
pub fn learn(
    tokens: &Tokens,
    pieces: &[Vec<u32>],
    counts: &[u32],
    shape: Shape,
    workers: &Workers<'_>,
) -> Result<(Assignment, Vec<Histogram>), Interrupted> {
    let after = Sparse::after_tokens(tokens.len(), pieces, workers)?;
    let before = after.transposed(tokens.len());
    let mut ranked: Vec<u32> = (0..tokens.len() as u32).collect();
    ranked.sort_by_key(|&token| u32::MAX - counts[token as usize]);
    let mut learner = Learner {
        counts,
        shape,
        workers,
        before,
        after,
        ranked,
        leads: vec![0; tokens.len()],
        contexts: vec![0; tokens.len()],
    };
    learner.start();
    for round in 0..shape.rounds {
        let early = round < shape.settled;
        learner.assign_contexts(if early { EARLY_COUNT } else { 0 })?;
        learner.assign_leads(if early {
            tokens.len() / EARLY_SHARE
        } else {
            tokens.len()
        })?;
    }
    learner.assign_contexts(0)?;
    let default_contexts = learner.settle_contexts(tokens)?;
    let usage = learner.table()?;
    let tiers: Vec<u8> = counts.iter().map(|&count| tier(count)).collect();
    let mut assignment = Assignment {
        leads: learner.leads,
        tiers,
        contexts: learner.contexts,
        default_contexts,
        context_count: shape.contexts,
        rest_streams: vec![0; LEADS],
        rest_count: 1,
    };
    choose_rests(&mut assignment, counts, shape.rests);
    Ok((assignment, usage))
}

impl Learner<'_> {
    /// A first assignment: leads by rank, contexts by the most frequent tokens.
    fn start(&mut self) {
        let Shape {
            direct,
            narrow,
            wide,
            contexts,
            ..
        } = self.shape;
        for (rank, &token) in self.ranked.iter().enumerate() {
            self.leads[token as usize] =
                if self.shape.settled > 0 && rank > self.ranked.len() / EARLY_SHARE && rank >= direct {
                    UNSET
                } else if rank < direct {
                    rank as u8
                } else {
                    (direct + (rank - direct) % (narrow + wide)) as u8
                };
            self.contexts[token as usize] = (rank % contexts) as u8;
        }
    }

    /// Counts of leads by context.
    fn table(&self) -> Result<Vec<Histogram>, Interrupted> {
        const BATCH: usize = 1 << 13;
        let tokens = self.contexts.len();
        let parts = self.workers.map(tokens.div_ceil(BATCH), |run| {
            let mut table = vec![[0u32; LEADS]; self.shape.contexts];
            for token in run * BATCH..tokens.min((run + 1) * BATCH) {
                let context = self.contexts[token];
                if context == UNSET {
                    continue;
                }
                let counts = &mut table[usize::from(context)];
                for &(token, count) in self.after.row(token) {
                    counts[usize::from(self.leads[token as usize])] += count;
                }
            }
            table
        })?;
        let mut total = vec![[0u32; LEADS]; self.shape.contexts];
        for part in parts {
            for (sums, counts) in total.iter_mut().zip(part) {
                sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        Ok(total)
    }

    /// The cost of what follows each token, by context: calls `choose` with a token and its costs. Tokens that are
    /// followed less than `least_count` times get no context.
    fn by_token(
        &self,
        least_count: u32,
        choose: impl Fn(usize, &[u32]) -> u8 + Sync,
    ) -> Result<Vec<u8>, Interrupted> {
        let contexts = self.shape.contexts;
        // By lead, contexts side by side: a token adds up the rows of the leads that follow it.
        let mut by_lead = vec![0u32; LEADS * contexts];
        for (context, row) in costs(&self.table()?).iter().enumerate() {
            for (lead, &cost) in row.iter().enumerate() {
                by_lead[lead * contexts + context] = cost;
            }
        }
        let tokens = self.contexts.len();
        let chosen = self.workers.map(tokens.div_ceil(RUN), |run| {
            let mut totals = vec![0u32; contexts];
            let mut out = Vec::with_capacity(RUN);
            for token in run * RUN..tokens.min((run + 1) * RUN) {
                let row = self.after.row(token);
                let sum = row.iter().map(|&(_, count)| count).sum();
                if sum < least_count {
                    out.push(UNSET);
                    continue;
                }
                totals.fill(0);
                let costs = |lead: usize| &by_lead[lead * contexts..(lead + 1) * contexts];
                if row.len() < FEW {
                    for &(token, count) in row {
                        add(
                            &mut totals,
                            count >> shift(sum),
                            costs(usize::from(self.leads[token as usize])),
                        );
                    }
                } else {
                    let mut vector = [0u32; LEADS];
                    for &(token, count) in row {
                        vector[usize::from(self.leads[token as usize])] += count;
                    }
                    for (lead, &count) in vector.iter().enumerate().filter(|&(_, &count)| count > 0) {
                        add(&mut totals, count >> shift(sum), costs(lead));
                    }
                }
                out.push(choose(token, &totals));
            }
            out
        })?;
        Ok(chosen.into_iter().flatten().collect())
    }

    /// Moves each token to the context whose leads suit what follows it.
    fn assign_contexts(&mut self, least_count: u32) -> Result<(), Interrupted> {
        self.contexts = self.by_token(least_count, |_, totals| least(totals) as u8)?;
        Ok(())
    }

    /// Moves tokens whose own context gains little to a default: for units the most frequent context among the units
    /// of their lead, which the dictionary lists once for each lead; for phrases that of their last unit. Returns the
    /// defaults of leads.
    fn settle_contexts(&mut self, tokens: &Tokens) -> Result<Vec<u8>, Interrupted> {
        // About what a context that differs takes in the dictionary.
        const WORTH: u32 = 8 * ONE_BIT;
        let units = tokens.units as usize;
        let mut votes = vec![[0u32; 256]; LEADS];
        for (unit, &context) in self.contexts[..units].iter().enumerate() {
            votes[usize::from(self.leads[unit])][usize::from(context)] += 1;
        }
        let first = |votes: &[u32; 256]| (0..256).max_by_key(|&context| (votes[context], 256 - context));
        let defaults: Vec<u8> = votes
            .iter()
            .map(|votes| first(votes).unwrap_or(0) as u8)
            .collect();
        let choose = |default: u8, totals: &[u32]| {
            let best = least(totals);
            if totals[usize::from(default)] - totals[best] < WORTH {
                default
            } else {
                best as u8
            }
        };
        self.contexts = self.by_token(0, |token, totals| {
            if token < units {
                choose(defaults[usize::from(self.leads[token])], totals)
            } else {
                least(totals) as u8
            }
        })?;
        self.contexts = self.by_token(0, |token, totals| {
            if token < units {
                self.contexts[token]
            } else {
                choose(self.contexts[tokens.last_unit(token as u32) as usize], totals)
            }
        })?;
        Ok(defaults)
    }

    /// Moves each token to the lead whose contexts suit what precedes it, as far as there is room.
    fn assign_leads(&mut self, most: usize) -> Result<(), Interrupted> {
        let Shape {
            direct,
            narrow,
            wide,
            contexts,
            ..
        } = self.shape;
        let costs = costs(&self.table()?);
        let classes = narrow + wide;
        let mut sizes = vec![0u64; classes];
        for &token in self
            .ranked
            .iter()
            .skip(direct)
            .filter(|&&token| self.leads[token as usize] != UNSET)
        {
            let class = usize::from(self.leads[token as usize]) - direct;
            sizes[class] += u64::from(self.counts[token as usize]);
        }
        // The cost of a class in a context, and of a token of that class among all of it.
        let by_context: Vec<Vec<u32>> = costs
            .iter()
            .map(|row| {
                row[direct..]
                    .iter()
                    .zip(&sizes)
                    .map(|(&cost, &size)| cost + log2(size))
                    .collect()
            })
            .collect();
        let ranked = &self.ranked[direct.min(self.ranked.len())..most.max(direct).min(self.ranked.len())];
        // Narrow leads are for the more frequent tokens.
        let border = if wide == 0 {
            ranked.len()
        } else {
            ranked.len().min(narrow * 224)
        };
        let wishes = self.workers.map(ranked.len().div_ceil(RUN), |run| {
            let mut vector = vec![0u32; contexts];
            let mut out = Vec::with_capacity(RUN);
            let start = run * RUN;
            for (place, &token) in ranked.iter().enumerate().skip(start).take(RUN) {
                vector.fill(0);
                let row = self.before.row(token as usize);
                for &(unit, count) in row {
                    let context = self.contexts[unit as usize];
                    if context != UNSET {
                        vector[usize::from(context)] += count;
                    }
                }
                let shift = shift(row.iter().map(|&(_, count)| count).sum());
                let range = if place < border {
                    0..narrow
                } else {
                    narrow..classes
                };
                let mut totals = [0u32; LEADS];
                for (&count, costs) in vector.iter().zip(&by_context) {
                    if count > 0 {
                        add(&mut totals[range.clone()], count >> shift, &costs[range.clone()]);
                    }
                }
                // The best classes in order, as some may be full.
                let mut best = [(u32::MAX, u8::MAX); CHOICES];
                for class in range {
                    let mut candidate = (totals[class], class as u8);
                    for place in &mut best {
                        if candidate < *place {
                            std::mem::swap(&mut candidate, place);
                        }
                    }
                }
                out.push(best);
            }
            out
        })?;
        let mut room = vec![256u32; classes];
        room[narrow..].fill(1 << 16);
        for (place, best) in wishes.into_iter().flatten().enumerate() {
            let wished = best
                .iter()
                .map(|&(_, class)| usize::from(class))
                .find(|&class| class < classes && room[class] > 0);
            let class = wished
                .or_else(|| (0..classes).find(|&class| room[class] > 0))
                .unwrap_or(0);
            room[class] = room[class].saturating_sub(1);
            self.leads[ranked[place] as usize] = (direct + class) as u8;
        }
        Ok(())
    }
}

/// The lead and the context of tokens that have none yet; leads of matches are free here.
const UNSET: u8 = 255;

/// The early rounds move one in so many tokens, the most frequent: rare ones would blur the classes that they do not
/// shape (18).
const EARLY_SHARE: usize = 4;

/// Tokens that are followed less often get no context in the early rounds.
const EARLY_COUNT: u32 = 16;

/// Rows of fewer entries are not added up by lead first.
const FEW: usize = 64;

/// Tokens that a thread takes at a time.
const RUN: usize = 512;

/// How many classes a token may ask for before it gets any that has room.
const CHOICES: usize = 6;

/// How frequent a token is, in octaves; 0 for those that do not occur. Half octaves take .03 points more for the
/// dictionary of enwik8-head than they gain.
pub fn tier(count: u32) -> u8 {
    (32 - count.leading_zeros()) as u8
}

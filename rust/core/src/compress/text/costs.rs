//! What the codes of a block cost in bits, which decides the parse and the matches.

use super::codes::{Assignment, Codes, LEADS};
use super::logarithm::{ONE_BIT, log2};
use super::matches::FIRST_MATCH;
use super::tokens::Tokens;

/// How often each value occurs in a stream.
pub type Histogram = [u32; 256];

/// What the code of a token costs and leads to.
#[derive(Clone, Copy, Debug)]
pub struct TokenCost {
    /// The cost of the bytes after the lead.
    pub rest: u16,
    /// The lead byte.
    pub lead: u8,
    /// The context of the next lead byte.
    pub context: u8,
}

/// Costs of codes.
pub struct Costs {
    /// By token.
    pub tokens: Vec<TokenCost>,
    /// Of leads, by context.
    pub leads: Vec<[u32; LEADS]>,
}

impl Costs {
    /// The costs that follow from how often leads occur in each context, and tokens in all.
    pub fn new(
        leads: &[Histogram],
        counts: &[u32],
        tokens: &Tokens,
        assignment: &Assignment,
        codes: &Codes,
    ) -> Self {
        let mut rests = vec![[0; 256]; assignment.rest_count];
        let mut high = [0; 256];
        let stream = |lead: u8| usize::from(assignment.rest_streams[usize::from(lead)]);
        for (code, &count) in codes.code.iter().zip(counts) {
            match code.extra {
                0 => {}
                1 => rests[stream(code.lead)][usize::from(code.index)] += count,
                _ => high[usize::from(code.index >> 8)] += count,
            }
        }
        let rests: Vec<[u32; 256]> = rests.iter().map(bits).collect();
        let high = bits(&high);
        let mut leads: Vec<[u32; LEADS]> = leads.iter().map(bits).collect();
        // The sample was not searched for matches: about what their leads cost in text, by length. Costs that differ
        // by a bit change sizes by .01 points, those of a first encoding of the same block gain .04 to .1.
        for costs in &mut leads {
            for (cost, bits) in costs[FIRST_MATCH..].iter_mut().zip([6, 5, 5, 6, 6, 6, 6, 6]) {
                *cost = bits * ONE_BIT;
            }
        }
        let describe = |token: u32| {
            let code = codes.code[token as usize];
            let rest = match code.extra {
                0 => 0,
                1 => rests[stream(code.lead)][usize::from(code.index)],
                _ => high[usize::from(code.index >> 8)] + 8 * ONE_BIT,
            };
            let context = assignment.contexts[token as usize];
            TokenCost {
                rest: rest.min(u32::from(u16::MAX)) as u16,
                lead: code.lead,
                context,
            }
        };
        Self {
            tokens: (0..tokens.len() as u32).map(describe).collect(),
            leads,
        }
    }

    /// The cost of a token in a context, and the context after it.
    #[inline]
    pub fn of(&self, context: u8, token: u32) -> (u32, u8) {
        let TokenCost {
            rest,
            lead,
            context: next,
        } = self.tokens[token as usize];
        (
            u32::from(rest) + self.leads[usize::from(context)][usize::from(lead)],
            next,
        )
    }
}

/// Costs of values from how often they occur.
fn bits(counts: &Histogram) -> [u32; 256] {
    let weight = |value: usize| u64::from(counts[value]) * 16 + 1;
    let total = log2((0..256).map(weight).sum());
    std::array::from_fn(|value| total - log2(weight(value)))
}

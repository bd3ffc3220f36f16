//! Tokens: units and the phrases made of them, with what they expand to.

use super::units::has_payload;

/// All tokens. Those below [`Tokens::units`] are units; each other is a phrase, a pair of tokens below it.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The number of units.
    pub units: u32,
    /// The pair of each phrase.
    pub pairs: Vec<(u32, u32)>,
    expansion: Vec<u32>,
    ends: Vec<u32>,
    payload_counts: Vec<u8>,
}

impl Tokens {
    /// Expands the phrases. Every pair must name tokens below its own.
    pub fn new(units: u32, pairs: Vec<(u32, u32)>) -> Self {
        let mut tokens = Self {
            units,
            ..Self::default()
        };
        tokens.payload_counts = (0..units).map(|unit| u8::from(has_payload(unit))).collect();
        for &(left, right) in &pairs {
            for part in [left, right] {
                if part < units {
                    tokens.expansion.push(part);
                } else {
                    let range = tokens.range(part - units);
                    tokens.expansion.extend_from_within(range);
                }
            }
            tokens.ends.push(tokens.expansion.len() as u32);
            let count = tokens.payload_counts[left as usize] + tokens.payload_counts[right as usize];
            tokens.payload_counts.push(count);
        }
        tokens.pairs = pairs;
        tokens
    }

    /// Where the units of a phrase are.
    fn range(&self, phrase: u32) -> std::ops::Range<usize> {
        let phrase = phrase as usize;
        let start = if phrase == 0 {
            0
        } else {
            self.ends[phrase - 1] as usize
        };
        start..self.ends[phrase] as usize
    }

    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.units as usize + self.pairs.len()
    }

    /// The units of a phrase, by its number among the phrases.
    pub fn phrase(&self, phrase: u32) -> &[u32] {
        &self.expansion[self.range(phrase)]
    }

    /// The units of any token; `alone` holds the token, for those that are units themselves.
    #[inline]
    pub fn units_of<'a>(&'a self, token: u32, alone: &'a [u32; 1]) -> &'a [u32] {
        if token < self.units {
            alone
        } else {
            self.phrase(token - self.units)
        }
    }

    /// The phrases as tokens with their units.
    pub fn phrases(&self) -> impl Iterator<Item = (u32, &[u32])> + Clone {
        (0..self.pairs.len() as u32).map(|phrase| (self.units + phrase, self.phrase(phrase)))
    }

    /// How many rare words and numbers a token takes.
    #[inline]
    pub fn payload_count(&self, token: u32) -> u32 {
        u32::from(self.payload_counts[token as usize])
    }

    /// The last unit of a token.
    pub fn last_unit(&self, token: u32) -> u32 {
        if token < self.units {
            token
        } else {
            *self.phrase(token - self.units).last().unwrap_or(&0)
        }
    }
}

//! Tokens in the order of their codes, ready to be copied: the tables of the decoder.

use super::codes::{Assignment, Codes, LEADS};
use super::expand::{Case, NoPayload, State, Units};
use super::matches::FIRST_MATCH;
use super::spacing::Spaces;
use super::tokens::Tokens;
use super::units::FIRST_WORD;
use crate::compress::sections::Damage;

/// Copies of this length are made for all shorter texts; with it an [`Entry`] has 32 bytes.
pub const SHORT: usize = 24;

/// A token ready to be copied, in half a cache line.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
pub struct Entry {
    /// Its number.
    pub token: u32,
    /// How it stands to the tokens beside it.
    pub joint: Joint,
    /// The first bytes of its text.
    pub head: [u8; SHORT],
}

const _: () = assert!(size_of::<Entry>() == 32);

/// How a token stands to those beside it, and how long its text is.
#[derive(Clone, Copy, Default)]
pub struct Joint(u32);

impl Joint {
    /// What is asked of the next token.
    pub fn after(state: State) -> Self {
        Self(u32::from(state.expects) | (state.case as u32) << 2)
    }

    /// That, and what wants a space before it. A token that takes something from the payload must be expanded unit by unit; for one that begins with an ASCII
    /// letter, that is all that a capital changes.
    fn new(after: State, length: usize, begins: Spaces, slow: bool, capital: bool) -> Self {
        Self(
            Self::after(after).0
                | u32::from(begins) << 4
                | u32::from(!slow) << 8
                | u32::from(capital) << (8 + Case::First as u32)
                | (length as u32) << 16,
        )
    }

    /// The length of the text.
    #[inline(always)]
    pub fn length(self) -> usize {
        (self.0 >> 16) as usize
    }

    /// What it asks of the next token.
    #[inline(always)]
    pub fn state(self) -> State {
        State {
            expects: (self.0 & 3) as Spaces,
            case: match self.0 >> 2 & 3 {
                0 => Case::Lower,
                1 => Case::First,
                _ => Case::All,
            },
        }
    }

    /// Whether it gets a space before it, after another.
    #[inline(always)]
    pub fn is_spaced(self, before: Self) -> bool {
        before.0 & 3 & (self.0 >> 4) != 0
    }

    /// Whether its text, after another, is that of the table, but for a capital at most.
    #[inline(always)]
    pub fn is_plain(self, before: Self) -> bool {
        self.0 >> (8 + (before.0 >> 2 & 3)) & 1 != 0
    }

    /// The bit by which it makes a letter after it a capital.
    #[inline(always)]
    pub fn capital(self) -> u8 {
        const { assert!(Case::First as u32 == 1) };
        (self.0 >> 2 & 1) as u8 * 32
    }
}

/// How a lead byte goes on.
#[derive(Clone, Copy, Default)]
pub struct Lead {
    /// Its first entry.
    pub start: u32,
    /// The number of its entries.
    pub count: u32,
    /// The stream of the second byte.
    pub stream: u16,
    /// Further bytes.
    pub extra: u8,
}

/// All entries.
pub struct Table {
    /// By lead byte.
    pub leads: [Lead; LEADS],
    /// By lead, then by the number that the further bytes give.
    pub entries: Vec<Entry>,
    /// For each entry the stream of the next lead byte.
    pub contexts: Vec<u8>,
    /// For each entry where its text begins.
    pub starts: Vec<u32>,
    /// The texts of the entries.
    pub text: Vec<u8>,
}

impl Table {
    /// The table of a dictionary; the texts may take `text_limit` bytes.
    pub fn new(
        assignment: &Assignment,
        units: &Units,
        tokens: &Tokens,
        text_limit: usize,
    ) -> Result<Self, Damage> {
        let codes = Codes::new(assignment);
        let most = |lead: usize| if lead < FIRST_MATCH { 1 << 16 } else { 0 };
        if (0..LEADS).any(|lead| codes.leads[lead].count > most(lead)) {
            return Err(Damage::Range);
        }
        let mut table = Self {
            leads: [Lead::default(); LEADS],
            entries: Vec::with_capacity(tokens.len()),
            contexts: Vec::with_capacity(tokens.len()),
            starts: Vec::with_capacity(tokens.len()),
            text: Vec::new(),
        };
        for &token in &codes.order {
            let alone = [token];
            let parts = tokens.units_of(token, &alone);
            let text = &mut table.text;
            let start = text.len();
            let mut state = State::default();
            for &part in parts {
                units.expand(part, &mut NoPayload, &mut state, text);
            }
            let slow = tokens.payload_count(token) > 0;
            if slow {
                text.truncate(start);
            }
            if text.len() > text_limit.min(u32::MAX as usize) {
                return Err(Damage::Memory);
            }
            let text = &text[start..];
            let letter = text.first().is_some_and(u8::is_ascii_lowercase);
            let mut head = [0; SHORT];
            let short = text.len().min(SHORT);
            head[..short].copy_from_slice(&text[..short]);
            table.entries.push(Entry {
                token,
                // The text has at most 24 units of 64 bytes with a space each.
                joint: Joint::new(
                    state,
                    text.len(),
                    units.begins(parts[0]),
                    slow,
                    !slow && parts[0] >= FIRST_WORD && letter,
                ),
                head,
            });
            table.contexts.push(assignment.contexts[token as usize]);
            table.starts.push(start as u32);
        }
        let contexts = assignment.context_count;
        for (number, lead) in table.leads.iter_mut().enumerate() {
            let (start, count) = (codes.leads[number].start, codes.leads[number].count);
            let (extra, stream) = match count {
                0 | 1 => (0, 0),
                2..=256 => (1, contexts + usize::from(assignment.rest_streams[number])),
                _ => (2, contexts + assignment.rest_count),
            };
            *lead = Lead {
                start,
                count,
                stream: stream as u16,
                extra,
            };
        }
        Ok(table)
    }
}

//! Tokens in the order of their codes, ready to be copied: the tables of the decoder.

use super::codes::{Assignment, Codes, LEADS};
use super::expand::{Case, NoPayload, State, Units};
use super::matches::FIRST_MATCH;
use super::spacing::Spaces;
use super::tokens::Tokens;
use super::units::FIRST_WORD;
use crate::compress::sections::Damage;

/// Copies of this length are made for all shorter texts.
pub const SHORT: usize = 16;

/// A token ready to be copied.
#[derive(Clone, Copy, Default)]
pub struct Entry {
    /// Where its text is.
    pub start: u32,
    /// Its number.
    pub token: u32,
    /// The length of its text.
    pub length: u16,
    /// What it wants a space for.
    pub begins: Spaces,
    /// What it asks of the next token.
    pub expects: Spaces,
    /// The case that it asks of the next word.
    pub case: Case,
    /// The stream of the next lead byte.
    pub context: u8,
    /// Must be expanded unit by unit, as it takes something from the payload.
    pub slow: bool,
    /// Begins with a word that begins with an ASCII letter: the first byte is all that a capital changes.
    pub capital: bool,
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
    pub leads: Vec<Lead>,
    /// By lead, then by the number that the further bytes give.
    pub entries: Vec<Entry>,
    /// The texts of the entries, and [`SHORT`] bytes more.
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
        let mut text = Vec::new();
        let mut entries = Vec::with_capacity(tokens.len());
        for &token in &codes.order {
            let alone = [token];
            let parts = tokens.units_of(token, &alone);
            let start = text.len();
            let mut state = State::default();
            for &part in parts {
                units.expand(part, &mut NoPayload, &mut state, &mut text);
            }
            let slow = tokens.payload_count(token) > 0;
            if slow {
                text.truncate(start);
            }
            if text.len() > text_limit.min(u32::MAX as usize) {
                return Err(Damage::Memory);
            }
            let letter = text.get(start).is_some_and(u8::is_ascii_lowercase);
            entries.push(Entry {
                start: start as u32,
                token,
                // At most 24 units of 64 bytes with a space each.
                length: (text.len() - start) as u16,
                begins: units.begins(parts[0]),
                expects: state.expects,
                case: state.case,
                context: assignment.contexts[token as usize],
                slow,
                capital: !slow && parts[0] >= FIRST_WORD && letter,
            });
        }
        text.resize(text.len() + SHORT, 0);
        let contexts = assignment.context_count;
        let describe = |number: usize| {
            let lead = codes.leads[number];
            let (extra, stream) = match lead.count {
                0 | 1 => (0, 0),
                2..=256 => (1, contexts + usize::from(assignment.rest_streams[number])),
                _ => (2, contexts + assignment.rest_count),
            };
            Lead {
                start: lead.start,
                count: lead.count,
                stream: stream as u16,
                extra,
            }
        };
        Ok(Self {
            leads: (0..LEADS).map(describe).collect(),
            entries,
            text,
        })
    }
}

//! Codes of tokens: a lead byte, whose stream depends on the token before, and up to two further bytes.

/// The number of values of a lead byte.
pub const LEADS: usize = 256;

/// What decides the codes; kept in the dictionary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The lead byte of each token.
    pub leads: Vec<u8>,
    /// How frequent each token is: tokens of a lead are ordered by falling tier, then by number.
    pub tiers: Vec<u8>,
    /// The stream of the lead byte after each token.
    pub contexts: Vec<u8>,
    /// The context of most units of each lead.
    pub default_contexts: Vec<u8>,
    /// The number of streams of lead bytes.
    pub context_count: usize,
    /// The stream of second bytes for each lead.
    pub rest_streams: Vec<u8>,
    /// The number of streams of second bytes.
    pub rest_count: usize,
}

impl Assignment {
    /// The number of streams: leads by context, second bytes by group, high bytes and low bytes of wide leads.
    pub fn streams(&self) -> usize {
        self.context_count + self.rest_count + 2
    }
}

/// One lead byte.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lead {
    /// Where its tokens begin in [`Codes::order`].
    pub start: u32,
    /// The number of its tokens: 1 needs no further byte, up to 256 need one, more need two.
    pub count: u32,
}

/// The code of a token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Code {
    /// The lead byte.
    pub lead: u8,
    /// Further bytes: 0 to 2.
    pub extra: u8,
    /// The number of the token among those of the lead.
    pub index: u16,
}

/// The tokens by a key of one byte; those with the same key stay in their order.
pub fn sorted(tokens: &[u32], key: impl Fn(u32) -> u8) -> Vec<u32> {
    let mut next = [0; 257];
    for &token in tokens {
        next[usize::from(key(token)) + 1] += 1;
    }
    for value in 1..next.len() {
        next[value] += next[value - 1];
    }
    let mut order = vec![0; tokens.len()];
    for &token in tokens {
        let place = &mut next[usize::from(key(token))];
        order[*place] = token;
        *place += 1;
    }
    order
}

/// Codes in both directions.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    /// By token.
    pub code: Vec<Code>,
    /// Tokens sorted by lead, then by their number in it.
    pub order: Vec<u32>,
    /// By lead byte.
    pub leads: Vec<Lead>,
}

impl Codes {
    /// Derives the codes. A lead may have 65,536 tokens; the codes of more would be the same.
    pub fn new(assignment: &Assignment) -> Self {
        let tokens: Vec<u32> = (0..assignment.leads.len() as u32).collect();
        let by_tier = sorted(&tokens, |token| u8::MAX - assignment.tiers[token as usize]);
        let order = sorted(&by_tier, |token| assignment.leads[token as usize]);
        let mut leads = vec![Lead::default(); LEADS];
        for (place, &token) in order.iter().enumerate() {
            let lead = &mut leads[usize::from(assignment.leads[token as usize])];
            if lead.count == 0 {
                lead.start = place as u32;
            }
            lead.count += 1;
        }
        let mut code = vec![Code::default(); order.len()];
        for (place, &token) in order.iter().enumerate() {
            let number = assignment.leads[token as usize];
            let lead = leads[usize::from(number)];
            let extra = match lead.count {
                0..=1 => 0,
                2..=256 => 1,
                _ => 2,
            };
            code[token as usize] = Code {
                lead: number,
                extra,
                index: (place as u32 - lead.start) as u16,
            };
        }
        Self { code, order, leads }
    }
}

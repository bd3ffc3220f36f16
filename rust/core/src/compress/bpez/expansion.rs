//! One block: the cycles undone, all in one pass.
//!
//! The published way replaces over the whole buffer once for each cycle. But a rule, read after those of all later cycles were undone, holds none of their
//! replacements; so each byte stands for one text throughout, and only the rules themselves have to be read step by step.

use super::RULE;

const BYTES: usize = 256;

/// Texts up to this length are copied by one store of so many bytes. 8 are as fast as 16, 32 are slower by 6 % (decompressing logs, wiki and code).
const SLOT: usize = 16;

/// Puts the text of a block behind `out`; it has `length` bytes, or the buffer is damaged, and the problem is returned.
pub(super) fn expand(buffer: &[u8], cycles: u8, length: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let mut front = Front::new(buffer);
    let mut rules = Vec::with_capacity(usize::from(cycles));
    for undone in 0..cycles {
        let rule = front.rule().ok_or_else(|| {
            format!(
                "the buffer ends within the pair of cycle {} of {cycles}: it has {} bytes",
                cycles - undone,
                buffer.len()
            )
        })?;
        if rule.replacement == rule.high || rule.replacement == rule.low {
            return Err(format!(
                "cycle {} of {cycles} replaces the pair 0x{:02X} 0x{:02X} by one of its own bytes",
                cycles - undone,
                rule.high,
                rule.low
            ));
        }
        front.pairs[usize::from(rule.replacement)] = Some((rule.high, rule.low));
        rules.push(rule);
    }
    let mut texts = Texts::new(&rules, length);
    let first = front.pending.iter().rev().copied();
    let total: u64 = first
        .clone()
        .chain(front.tail.iter().copied())
        .map(|byte| texts.lengths[usize::from(byte)] as u64)
        .sum();
    if total != length as u64 {
        let is = if total > length as u64 {
            "longer"
        } else {
            "shorter"
        };
        return Err(format!(
            "the text of the block is {is} than the {length} bytes that it declares"
        ));
    }
    let mut at = out.len();
    let end = at + length;
    out.resize(end + SLOT, 0);
    for byte in first {
        texts.write(byte, out, &mut at);
    }
    for &byte in front.tail {
        texts.write(byte, out, &mut at);
    }
    out.truncate(end);
    Ok(())
}

/// What a cycle replaced.
#[derive(Clone, Copy)]
struct Rule {
    high: u8,
    low: u8,
    replacement: u8,
}

/// Reads the rules off the front of a buffer, each after those that come before it were undone, but only as far as is read.
struct Front<'a> {
    /// Bytes in front of the tail, the first of them last. A byte of the buffer leaves at most one for each rule.
    pending: Vec<u8>,
    /// What is still as it is in the buffer.
    tail: &'a [u8],
    /// What each replacement of the rules so far stands for.
    pairs: [Option<(u8, u8)>; BYTES],
}

impl<'a> Front<'a> {
    fn new(buffer: &'a [u8]) -> Self {
        Self {
            pending: Vec::new(),
            tail: buffer,
            pairs: [None; BYTES],
        }
    }

    fn rule(&mut self) -> Option<Rule> {
        const { assert!(RULE == 3) };
        Some(Rule {
            high: self.byte()?,
            low: self.byte()?,
            replacement: self.byte()?,
        })
    }

    /// The next byte that no rule so far replaces.
    fn byte(&mut self) -> Option<u8> {
        let mut byte = match self.pending.pop() {
            Some(byte) => byte,
            None => {
                let (&byte, tail) = self.tail.split_first()?;
                self.tail = tail;
                byte
            }
        };
        // It ends: a pair holds no replacement of an earlier rule, nor its own.
        while let Some((high, low)) = self.pairs[usize::from(byte)] {
            self.pending.push(low);
            byte = high;
        }
        Some(byte)
    }
}

/// The text that each byte stands for.
struct Texts {
    lengths: [usize; BYTES],
    /// Those of at most a slot.
    short: [[u8; SLOT]; BYTES],
    /// The pairs of the others.
    pairs: [(u8, u8); BYTES],
    /// Where the others were first written.
    written: [Option<usize>; BYTES],
}

impl Texts {
    /// Texts longer than `longest` (doublings grow beyond any number) have just more than that for their length.
    fn new(rules: &[Rule], longest: usize) -> Self {
        let mut texts = Self {
            lengths: [1; BYTES],
            short: [[0; SLOT]; BYTES],
            pairs: [(0, 0); BYTES],
            written: [None; BYTES],
        };
        for (byte, short) in (0..=u8::MAX).zip(&mut texts.short) {
            short[0] = byte;
        }
        // The rule that was read last is that of the first cycle: its pair is text.
        for rule in rules.iter().rev() {
            let (high, low) = (usize::from(rule.high), usize::from(rule.low));
            let replacement = usize::from(rule.replacement);
            let cut = texts.lengths[high];
            let length = cut.saturating_add(texts.lengths[low]);
            texts.lengths[replacement] = length.min(longest.saturating_add(1));
            texts.pairs[replacement] = (rule.high, rule.low);
            if length <= SLOT {
                let mut short = texts.short[high];
                short[cut..length].copy_from_slice(&texts.short[low][..length - cut]);
                texts.short[replacement] = short;
            }
        }
        texts
    }

    /// Writes the text of a byte to `out`, where there is room for it and a slot more.
    #[inline]
    fn write(&mut self, byte: u8, out: &mut [u8], at: &mut usize) {
        let length = self.lengths[usize::from(byte)];
        if length <= SLOT {
            out[*at..*at + SLOT].copy_from_slice(&self.short[usize::from(byte)]);
            *at += length;
        } else {
            self.write_long(byte, length, out, at);
        }
    }

    /// The first time from its parts, at most 255 deep; then from where it was written.
    #[cold]
    fn write_long(&mut self, byte: u8, length: usize, out: &mut [u8], at: &mut usize) {
        if let Some(start) = self.written[usize::from(byte)] {
            out.copy_within(start..start + length, *at);
            *at += length;
            return;
        }
        self.written[usize::from(byte)] = Some(*at);
        let (high, low) = self.pairs[usize::from(byte)];
        self.write(high, out, at);
        self.write(low, out, at);
    }
}

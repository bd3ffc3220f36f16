//! Characters that an expression does not tell apart, as one letter of its automaton.

use regex_syntax::hir::ClassUnicode;
use std::collections::HashMap;

/// Letters, at most: each word of a list of words may bring some.
const LETTERS: usize = 10_000;

/// Number of code points in a block of the table.
const BLOCK: usize = 64;

/// Stands for a byte that is not part of valid UTF-8: a noncharacter, which is in none of `\p{L}`, `\p{M}`, `\p{N}`, `\s`.
pub(crate) const STAND_IN: char = '\u{FFFE}';

/// The letter of every character, and one more for the end of the text.
pub(super) struct Alphabet {
    /// By byte; for those that begin or continue a longer character, that of a byte which is not part of valid UTF-8.
    bytes: [u16; 256],
    /// By code point / 64: where its block begins.
    stage: Box<[u16]>,
    blocks: Vec<u16>,
    /// A character of each letter.
    pub(super) examples: Vec<char>,
}

impl Alphabet {
    /// The letters that tell `sets` apart; `None` where they are too many.
    pub(super) fn new(sets: &[ClassUnicode]) -> Option<Self> {
        // Where any of the sets begins or ends.
        let mut edges = vec![0, 0x11_0000];
        for range in sets.iter().flat_map(ClassUnicode::iter) {
            edges.extend([range.start() as u32, range.end() as u32 + 1]);
        }
        edges.sort_unstable();
        edges.dedup();
        let words = sets.len().div_ceil(64);
        let mut members = vec![0u64; edges.len() * words];
        for (number, set) in sets.iter().enumerate() {
            for range in set.iter() {
                let from = edges.partition_point(|&edge| edge < range.start() as u32);
                let to = edges.partition_point(|&edge| edge <= range.end() as u32);
                for part in from..to {
                    members[part * words + number / 64] |= 1 << (number % 64);
                }
            }
        }
        let mut letters: HashMap<&[u64], u16> = HashMap::new();
        let mut examples = Vec::new();
        let mut flat = vec![0u16; 0x11_0000];
        for (part, edge) in edges.windows(2).enumerate() {
            let fresh = letters.len();
            if fresh > LETTERS {
                return None;
            }
            let (first, end) = (edge[0], edge[1]);
            let Some(example) =
                char::from_u32(first).or_else(|| char::from_u32(0xE000).filter(|_| end > 0xE000))
            else {
                continue;
            };
            let letter = *letters
                .entry(&members[part * words..(part + 1) * words])
                .or_insert_with(|| {
                    examples.push(example);
                    fresh as u16
                });
            flat[first as usize..end as usize].fill(letter);
        }
        let mut bytes = [flat[STAND_IN as usize]; 256];
        bytes[..128].copy_from_slice(&flat[..128]);
        let mut places: HashMap<&[u16], u16> = HashMap::new();
        let mut blocks = Vec::new();
        let stage = flat
            .chunks_exact(BLOCK)
            .map(|block| {
                *places.entry(block).or_insert_with(|| {
                    blocks.extend_from_slice(block);
                    (blocks.len() / BLOCK - 1) as u16
                })
            })
            .collect();
        Some(Self {
            bytes,
            stage,
            blocks,
            examples,
        })
    }

    /// The number of letters, the end of the text not among them: its letter.
    pub(super) fn end(&self) -> usize {
        self.examples.len()
    }

    /// Letter and length of the character at `at`; no length at the end of the text.
    #[inline(always)]
    pub(super) fn at(&self, text: &[u8], at: usize) -> (usize, usize) {
        match text.get(at) {
            None => (self.end(), 0),
            Some(&byte) if byte < 0x80 => (self.bytes[byte as usize] as usize, 1),
            Some(_) => self.beyond_ascii(text, at),
        }
    }

    #[inline(always)]
    fn beyond_ascii(&self, text: &[u8], at: usize) -> (usize, usize) {
        match decoded(text, at) {
            Some((code_point, length)) => (self.of_code_point(code_point), length),
            None => (self.bytes[0xFF] as usize, 1),
        }
    }

    #[inline(always)]
    fn of_code_point(&self, code_point: usize) -> usize {
        let block = self.stage.get(code_point / BLOCK).copied().unwrap_or(0) as usize;
        self.blocks
            .get(block * BLOCK + code_point % BLOCK)
            .copied()
            .unwrap_or(0) as usize
    }
}

/// Code point and length of the character at `at`, which is not ASCII; `None` where none of valid UTF-8 stands there.
#[inline(always)]
fn decoded(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let Some(&[a, b, c, d]) = text
        .get(at..at + 4)
        .and_then(|four| <&[u8; 4]>::try_from(four).ok())
    else {
        let character = super::super::classes::decode(&text[at..])?;
        return Some((character as usize, character.len_utf8()));
    };
    let continues = |byte: u8| byte & 0xC0 == 0x80;
    let low = |byte: u8| (byte & 0x3F) as usize;
    if a & 0xF0 == 0xE0 {
        let code_point = ((a & 0x0F) as usize) << 12 | low(b) << 6 | low(c);
        let valid = continues(b) && continues(c) && code_point >= 0x800 && code_point & !0x7FF != 0xD800;
        valid.then_some((code_point, 3))
    } else if a & 0xE0 == 0xC0 {
        (a >= 0xC2 && continues(b)).then_some((((a & 0x1F) as usize) << 6 | low(b), 2))
    } else if a & 0xF8 == 0xF0 {
        let code_point = ((a & 0x07) as usize) << 18 | low(b) << 12 | low(c) << 6 | low(d);
        let valid =
            continues(b) && continues(c) && continues(d) && (0x1_0000..0x11_0000).contains(&code_point);
        valid.then_some((code_point, 4))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_decoded_as_the_standard_library_does() {
        for character in '\0'..=char::MAX {
            let mut bytes = [b'.'; 5];
            let length = character.encode_utf8(&mut bytes).len();
            if length > 1 {
                let expected = Some((character as usize, length));
                assert_eq!(decoded(&bytes, 0), expected);
                assert_eq!(decoded(&bytes[..length], 0), expected);
            }
        }
        let mut state = 1u64;
        for _ in 0..1_000_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let mut bytes = ((state >> 32) as u32).to_le_bytes();
            bytes[0] |= 0x80;
            let expected = super::super::super::classes::decode(&bytes)
                .map(|character| (character as usize, character.len_utf8()));
            assert_eq!(decoded(&bytes, 0), expected, "{bytes:x?}");
        }
    }
}

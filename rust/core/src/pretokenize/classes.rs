//! Character classes: what the hand-written scanners know of a character.
//!
//! The tables come from regex-syntax, which fancy-regex stands on as well, so scanners and regular expressions share one Unicode version.
//! They are built once, at first use (about a millisecond).

use std::sync::LazyLock;

/// The version of Unicode that letters, marks, numbers and white space are taken from.
pub const UNICODE_VERSION: &str = "16.0.0";

/// Letters with an upper-case part: `\p{Lu}`, `\p{Lt}`.
pub const UPPER: u8 = 1;
/// `\p{Ll}`.
pub const LOWER: u8 = 1 << 1;
/// Letters without case, which o200k takes for upper and lower case alike: `\p{Lm}`, `\p{Lo}`.
pub const UNCASED: u8 = 1 << 2;
/// `\p{M}`.
pub const MARK: u8 = 1 << 3;
/// `\p{N}`.
pub const NUMBER: u8 = 1 << 4;
/// White space other than CR and LF.
pub const BLANK: u8 = 1 << 5;
/// CR and LF.
pub const NEWLINE: u8 = 1 << 6;
/// Everything else, among it each byte that is not part of valid UTF-8.
pub const OTHER: u8 = 1 << 7;

/// `\p{L}`.
pub const LETTER: u8 = UPPER | LOWER | UNCASED;
/// `\s`.
pub const SPACE: u8 = BLANK | NEWLINE;
/// `[^\s\p{L}\p{N}]`.
pub const SYMBOL: u8 = OTHER | MARK;

/// The ranges of code points that a class of regex-syntax holds, `\p{L}` for example.
///
/// Empty where the class is not known, which the tests of this file rule out for the ones in use.
pub(crate) fn ranges(class: &str) -> Vec<(u32, u32)> {
    use regex_syntax::hir::{Class, HirKind};
    match regex_syntax::parse(class).map(|hir| hir.into_kind()) {
        Ok(HirKind::Class(Class::Unicode(class))) => class
            .ranges()
            .iter()
            .map(|range| (range.start() as u32, range.end() as u32))
            .collect(),
        _ => Vec::new(),
    }
}

/// Number of code points in a block of the two-stage table. 64, so that the last byte of a character is the place in its block.
const BLOCK: usize = 64;

/// The class of every code point, as one bit each (`UPPER`, …, `OTHER`).
pub struct Classes {
    /// By byte; 0 for those that begin or continue a longer character.
    ascii: [u8; 256],
    /// The characters of two bytes.
    two: Box<[u8; 0x800]>,
    /// By code point / 64: which block.
    stage: Box<[u16; 0x11_0000 / BLOCK]>,
    /// Distinct blocks, one after the other.
    blocks: Vec<u8>,
}

static CLASSES: LazyLock<Classes> = LazyLock::new(|| Classes::build(|_| ()));

impl Classes {
    /// The one table.
    pub fn get() -> &'static Self {
        &CLASSES
    }

    /// A table, of which `adjust` changes what it likes: the class of each code point.
    pub(crate) fn build(adjust: impl FnOnce(&mut [u8])) -> Self {
        let mut flat = vec![OTHER; 0x11_0000];
        for (class, bit) in [
            (r"\p{Lu}", UPPER),
            (r"\p{Lt}", UPPER),
            (r"\p{Ll}", LOWER),
            (r"\p{Lm}", UNCASED),
            (r"\p{Lo}", UNCASED),
            (r"\p{M}", MARK),
            (r"\p{N}", NUMBER),
            (r"\s", BLANK),
            (r"[\r\n]", NEWLINE),
        ] {
            for (first, last) in ranges(class) {
                flat[first as usize..=last as usize].fill(bit);
            }
        }
        adjust(&mut flat);
        let mut ascii = [0; 256];
        ascii[..128].copy_from_slice(&flat[..128]);
        let mut two = Box::new([0; 0x800]);
        two.copy_from_slice(&flat[..0x800]);
        let mut stage = Box::new([0; 0x11_0000 / BLOCK]);
        let mut blocks: Vec<u8> = Vec::new();
        for (number, block) in flat.chunks_exact(BLOCK).enumerate() {
            let known = blocks.chunks_exact(BLOCK).position(|other| other == block);
            let place = known.unwrap_or_else(|| {
                blocks.extend_from_slice(block);
                blocks.len() / BLOCK - 1
            });
            stage[number] = place as u16;
        }
        Self {
            ascii,
            two,
            stage,
            blocks,
        }
    }

    /// The class of an ASCII byte; 0 for any other byte.
    #[inline(always)]
    pub fn of_byte(&self, byte: u8) -> u8 {
        self.ascii[byte as usize]
    }

    /// The classes of the bytes 0 to 63, and of those from 64 to 127.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn ascii_halves(&self) -> (&[u8; BLOCK], &[u8; BLOCK]) {
        let (halves, _) = self.ascii.as_chunks();
        (&halves[0], &halves[1])
    }

    /// The classes of the characters of two bytes that begin with `first`, by the low six bits of their last byte.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(crate) fn row_of_two(&self, first: u8) -> &[u8; BLOCK] {
        &self.two.as_chunks().0[(first & 0x1F) as usize]
    }

    /// [`Classes::row_of_two`] for three bytes; `None` where no valid sequence begins so. Does not look whether the second byte continues a character.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(crate) fn row_of_three(&self, first: u8, second: u8) -> Option<&[u8; BLOCK]> {
        let row = ((first & 0x0F) as usize) << 6 | (second & 0x3F) as usize;
        // Overlong sequences, and surrogates.
        if row < 0x20 || row & !0x1F == 0x360 {
            return None;
        }
        self.row(row)
    }

    /// [`Classes::row_of_three`] for four bytes.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(crate) fn row_of_four(&self, first: u8, second: u8, third: u8) -> Option<&[u8; BLOCK]> {
        let row = ((first & 0x07) as usize) << 12 | ((second & 0x3F) as usize) << 6 | (third & 0x3F) as usize;
        if row < 0x400 { None } else { self.row(row) }
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn row(&self, row: usize) -> Option<&[u8; BLOCK]> {
        let block = *self.stage.get(row)?;
        self.blocks.as_chunks().0.get(block as usize)
    }

    /// The class of a code point.
    #[inline(always)]
    pub fn of_code_point(&self, code_point: u32) -> u8 {
        match self.stage.get(code_point as usize / BLOCK) {
            Some(&block) => self.in_block(block, code_point as usize % BLOCK),
            None => OTHER,
        }
    }

    /// Class and length of the character at `at`; `(0, 0)` at the end of the text.
    #[inline(always)]
    pub fn at(&self, text: &[u8], at: usize) -> (u8, usize) {
        match text.get(at) {
            None => (0, 0),
            Some(&byte) if byte < 0x80 => (self.ascii[byte as usize], 1),
            Some(_) => self.beyond_ascii(text, at),
        }
    }

    /// Class and length of the character at `at`, which is not ASCII; `(0, 0)` at the end of the text.
    #[inline(always)]
    pub fn beyond_ascii(&self, text: &[u8], at: usize) -> (u8, usize) {
        let Some(&[a, b, c, d]) = text
            .get(at..at + 4)
            .and_then(|four| <&[u8; 4]>::try_from(four).ok())
        else {
            return self.last_bytes(text, at);
        };
        let continues = |byte: u8| byte & 0xC0 == 0x80;
        let low = |byte: u8| (byte & 0x3F) as usize;
        if a & 0xF0 == 0xE0 {
            let row = ((a & 0x0F) as usize) << 6 | low(b);
            // Below U+0800 the sequence is overlong, U+D800 to U+DFFF are surrogates: neither is UTF-8.
            if continues(b) && continues(c) && row >= 0x20 && (row & !0x1F) != 0x360 {
                return (self.in_block(self.stage[row], low(c)), 3);
            }
        } else if a & 0xE0 == 0xC0 {
            if a >= 0xC2 && continues(b) {
                return (self.two[((a & 0x1F) as usize) << 6 | low(b)], 2);
            }
        } else if a & 0xF8 == 0xF0 && continues(b) && continues(c) && continues(d) {
            let row = ((a & 0x07) as usize) << 12 | low(b) << 6 | low(c);
            // From U+10000 to U+10FFFF.
            if row >= 0x400
                && let Some(&block) = self.stage.get(row)
            {
                return (self.in_block(block, low(d)), 4);
            }
        }
        (OTHER, 1)
    }

    #[inline(always)]
    fn in_block(&self, block: u16, place: usize) -> u8 {
        self.blocks
            .get(block as usize * BLOCK + place)
            .copied()
            .unwrap_or(OTHER)
    }

    /// Where fewer than four bytes are left.
    #[inline(never)]
    fn last_bytes(&self, text: &[u8], at: usize) -> (u8, usize) {
        match text.get(at..) {
            None | Some([]) => (0, 0),
            Some(rest) => match decode(rest) {
                Some(character) => (self.of_code_point(character as u32), character.len_utf8()),
                None => (OTHER, 1),
            },
        }
    }

    /// Class and length of the character that ends at `at` (which is the end of a character); `(0, 0)` at 0.
    pub fn before(&self, text: &[u8], at: usize) -> (u8, usize) {
        let head = &text[..at];
        if head.is_empty() {
            return (0, 0);
        }
        for length in 1..=4.min(at) {
            if let Some(character) = decode(&head[at - length..])
                && character.len_utf8() == length
            {
                return (self.of_code_point(character as u32), length);
            }
        }
        (OTHER, 1)
    }
}

/// The character that `bytes` begin with, if they begin with valid UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Option<char> {
    let length = match bytes.first()? {
        0x00..=0x7F => 1,
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(class: &str) -> u32 {
        ranges(class).iter().map(|(first, last)| last - first + 1).sum()
    }

    #[test]
    fn the_unicode_version_is_the_one_that_is_named() {
        // Counted with tiktoken 0.14 and tokenizers 0.23.
        let counts = [
            r"\p{L}", r"\p{N}", r"\p{M}", r"\p{Lu}", r"\p{Lt}", r"\p{Lm}", r"\p{Lo}", r"\s",
        ]
        .map(count);
        assert_eq!(counts, [141_028, 1_911, 2_501, 1_858, 31, 404, 136_477, 25]);
        let assigned: u32 = count(r"\p{age:16.0}");
        assert_eq!(
            assigned,
            count(r"\p{age:15.1}") + 5_185,
            "Unicode 16 added 5,185 characters"
        );
    }

    #[test]
    fn every_code_point_has_its_class() {
        let classes = Classes::get();
        let mut text = Vec::new();
        let mut expected = Vec::new();
        for character in '\0'..=char::MAX {
            let mut bytes = [0; 4];
            text.extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
            expected.push((classes.of_code_point(character as u32), character.len_utf8()));
        }
        let mut at = 0;
        for &(class, length) in &expected {
            assert_eq!(classes.at(&text, at), (class, length));
            assert_eq!(classes.at(&text[..at + length], at), (class, length));
            assert!(class.is_power_of_two());
            at += length;
            assert_eq!(classes.before(&text, at), (class, length));
        }
        for (regex, set) in [
            (r"\p{L}", LETTER),
            (r"\p{N}", NUMBER),
            (r"\s", SPACE),
            (r"\p{M}", MARK),
        ] {
            let total: u32 = expected
                .iter()
                .map(|(class, _)| u32::from(class & set != 0))
                .sum();
            assert_eq!(total, count(regex));
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_others_of_one_byte() {
        let classes = Classes::get();
        for bytes in [
            &b"\x80"[..],
            b"\xC0\x80",
            b"\xC1\xBF",
            b"\xE0\x80\x80",
            b"\xE0\x9F\xBF",
            b"\xED\xA0\x80",
            b"\xF0\x80\x80\x80",
            b"\xF4\x90\x80\x80",
            b"\xF5\x80\x80\x80",
            b"\xE4\xB8",
            b"\xC3",
            b"\xF0\x9F\x98",
        ] {
            let mut padded = bytes.to_vec();
            for _ in 0..2 {
                for at in 0..bytes.len() {
                    assert_eq!(classes.at(&padded, at), (OTHER, 1), "{bytes:x?} at {at}");
                }
                padded.extend_from_slice(b"....");
            }
        }
    }
}

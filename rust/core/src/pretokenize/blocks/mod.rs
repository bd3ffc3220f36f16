//! Scanning 64 bytes at a time.
//!
//! A block begins where a pretoken is known to begin, or may as well begin, so that nothing before it matters (no scheme looks behind). A kernel (`avx512.rs`, `avx2.rs`) tells
//! the class of each byte as masks of 64 bits, the rules of a scheme (beside its scanner) find from them, by shifts alone, where pretokens start, and the next block begins at the last start that is certain,
//! or behind it where the pretoken goes on as if it began there ([`Starts::inside`]: in the midst of a word; 150 to 127 instructions a pretoken of multilingual text).
//! What the masks do not decide is *trouble*: the block ends before it, and where nothing but its first pretoken is left, the scanner's `next` takes that one.
//!
//! So the exact rules of a scheme stand in one place, `next`, which also serves processors that have no kernel.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod rules;

use super::classes::{Classes, UNCASED};
use super::scanner::Scanner;
use std::sync::LazyLock;

/// Pretokens that are found in one go; 256 to 2,048 take the same time.
pub(crate) const BATCH: usize = 512;

/// So many there are at most: a block may add 64 at once.
pub(crate) const MOST: usize = BATCH + 64;

/// Bytes from the start of a block that a kernel may read.
const READ: usize = 64 + 3;

/// Where neighbouring pretokens end, counted from the start of the text.
pub(crate) struct Ends {
    /// Where the first of them starts, and where they end.
    bounds: [u32; 1 + MOST],
    count: usize,
    /// Whether the first or the second byte of some pretoken may be from 0xE3 on (what `Cuts` of the encoder asks for); false only where none is.
    pub(crate) high: bool,
}

impl Ends {
    pub(crate) fn new() -> Self {
        Self {
            bounds: [0; 1 + MOST],
            count: 0,
            high: false,
        }
    }

    /// The ends.
    #[inline(always)]
    pub(crate) fn as_slice(&self) -> &[u32] {
        &self.bounds[1..self.count + 1]
    }

    /// The start of the first, which is there once it was filled, and the ends: what two neighbours of them enclose is a pretoken.
    #[inline(always)]
    pub(crate) fn bounds(&self) -> &[u32] {
        &self.bounds[..self.count + 1]
    }

    #[inline(always)]
    fn push(&mut self, end: usize) {
        self.count += 1;
        self.bounds[self.count] = end as u32;
    }

    /// Ends at the end of the text what ends there or behind it.
    #[cfg(target_arch = "x86_64")]
    fn end_with(&mut self, length: usize) {
        let within = self.as_slice().partition_point(|&end| (end as usize) < length);
        if within < self.count {
            self.count = within;
            self.push(length);
        }
    }
}

/// Texts of more bytes have places that 32 bits do not count, those in the padding among them.
pub(crate) const LONGEST: usize = u32::MAX as usize - READ;

/// The classes of 64 bytes, a bit each; a character's class is that of all its bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Block {
    pub(crate) upper: u64,
    pub(crate) lower: u64,
    pub(crate) uncased: u64,
    pub(crate) mark: u64,
    pub(crate) number: u64,
    pub(crate) blank: u64,
    pub(crate) newline: u64,
    /// Bytes that continue a character.
    pub(crate) continuation: u64,
    /// The bytes " " and "'".
    pub(crate) space: u64,
    pub(crate) apostrophe: u64,
    /// Bytes of a class that only some schemes ask for: [`Rules::OTHERS`].
    pub(crate) other: u64,
}

impl Block {
    #[inline(always)]
    pub(crate) fn letter(&self) -> u64 {
        self.upper | self.lower | self.uncased
    }

    /// Of no class that is asked for: neither letter, number, nor white space.
    #[inline(always)]
    pub(crate) fn symbol(&self) -> u64 {
        !(self.letter() | self.number | self.blank | self.newline | self.other)
    }

    /// The bits of `marks`, which stand at first bytes of characters, over all bytes of these.
    #[inline(always)]
    pub(crate) fn whole_characters(&self, marks: u64) -> u64 {
        whole_characters(marks, self.continuation)
    }

    /// For bits at last bytes of characters those at the first bytes.
    #[inline(always)]
    pub(crate) fn first_bytes(&self, mut marks: u64) -> u64 {
        if marks & self.continuation != 0 {
            for _ in 0..3 {
                marks = (marks & !self.continuation) | ((marks & self.continuation) >> 1);
            }
        }
        marks
    }
}

/// See [`Block::whole_characters`].
#[inline(always)]
fn whole_characters(marks: u64, continuation: u64) -> u64 {
    // A carry clears the continuation bytes that it goes through, and ends at the next character.
    marks | continuation & !continuation.wrapping_add(marks << 1)
}

/// Where the pretokens of a block start.
#[derive(Clone, Copy)]
pub(crate) struct Starts {
    /// As far as the masks tell.
    pub(crate) starts: u64,
    /// From the lowest bit on, `starts` are not to be trusted.
    pub(crate) trouble: u64,
    /// Bytes of characters that a pretoken may as well begin with: from there on it goes the same way. The next block begins at one where it can.
    pub(crate) inside: u64,
}

impl Starts {
    /// The starts of pretokens among the bits of `certain`, and these or the last places where the next block may begin; not the first bit.
    #[inline(always)]
    fn certain(&self, certain: u64, continuation: u64) -> (u64, u64) {
        // All bits below the lowest one of `trouble`.
        let certain = certain & !1 & !self.trouble & self.trouble.wrapping_sub(1);
        let new = self.starts & certain;
        (new, new | self.inside & certain & !continuation)
    }

    /// Puts contractions right: calls `length` with the places of `apostrophes`; where it gives more than 0, so many bytes hang together and a pretoken starts behind them.
    /// `from`: the pretoken starts so many bytes behind the apostrophe (0 or 1: the apostrophe belongs to it or to what is before).
    #[inline(always)]
    pub(crate) fn contract(&mut self, mut apostrophes: u64, from: u32, length: impl Fn(usize) -> usize) {
        let mut end = u32::MAX;
        while apostrophes != 0 {
            let at = apostrophes.trailing_zeros();
            apostrophes &= apostrophes - 1;
            // Behind a contraction that belonged to a word, an apostrophe begins something new.
            if from == 0 && at == end {
                continue;
            }
            let length = length(at as usize) as u32;
            if length > 0 {
                end = at + length;
                let below = |bit: u32| if bit < 64 { (1u64 << bit) - 1 } else { u64::MAX };
                self.starts &= !(below(end) & !below(at + from));
                if end < 64 {
                    self.starts |= 1 << end;
                }
            }
        }
    }
}

/// A scanner whose rules are known as masks, too.
pub(crate) trait Rules: Scanner {
    /// Which classes the rules tell apart; a kernel need not fill the others. With `CASED` those of letters and marks.
    const CASED: bool;
    /// Whether [`Block::other`] is filled, with what is `OTHER` in the tables: of ASCII nothing, or all controls that are no white space.
    const OTHERS: bool = false;
    const CONTROLS: bool = false;
    /// What the tables say of all characters from U+4E00 to U+9F7F and from U+AC00 to U+D77F.
    const IDEOGRAPH: u8 = UNCASED;
    const HANGUL: u8 = UNCASED;

    /// Where pretokens start in the block at `at`.
    fn starts(&self, text: &[u8], at: usize, block: &Block) -> Starts;

    /// The tables that kernels go by: those of the scanner, or the same as the masks tell it.
    fn block_classes(&self) -> &'static Classes;
}

/// What a processor can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// One pretoken at a time, on any processor.
    Portable,
    /// 32 bytes at a time.
    Avx2,
    /// 64 bytes at a time, with permutations of bytes.
    Avx512,
}

impl Level {
    /// The best that this processor has; `BYTEWRIGHT_CPU` = `portable`, `avx2` or `avx512` asks for less.
    pub fn best() -> Self {
        static BEST: LazyLock<Level> = LazyLock::new(|| {
            let asked = match std::env::var("BYTEWRIGHT_CPU").as_deref() {
                Ok("portable") => Level::Portable,
                Ok("avx2") => Level::Avx2,
                _ => Level::Avx512,
            };
            Level::available()
                .filter(|&level| level <= asked)
                .last()
                .unwrap_or(Level::Portable)
        });
        *BEST
    }

    /// All that this processor has, in rising order.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Portable, Self::Avx2, Self::Avx512]
            .into_iter()
            .filter(|level| level.is_available())
    }

    #[cfg(target_arch = "x86_64")]
    fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("lzcnt")
                    && is_x86_feature_detected!("popcnt")
            }
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("avx512vbmi2")
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_available(self) -> bool {
        self == Self::Portable
    }
}

/// Replaces `ends` by the ends of the next pretokens of `text` from `at` on, where one begins; returns where the last of them ends. `text` has at most [`LONGEST`] bytes.
#[inline(always)]
pub(crate) fn fill<R: Rules>(rules: &R, level: Level, text: &[u8], at: usize, ends: &mut Ends) -> usize {
    ends.count = 0;
    ends.bounds[0] = at as u32;
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => fill_blocks(text, at, ends, |text, at, base, ends| {
            // SAFETY: there is such a level only where the processor has what it stands for.
            unsafe { avx512::blocks(rules, text, at, base, ends) }
        }),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => fill_blocks(text, at, ends, |text, at, base, ends| {
            // SAFETY: as above.
            unsafe { avx2::blocks(rules, text, at, base, ends) }
        }),
        _ => fill_alone(rules, text, at, ends),
    }
}

/// [`fill`] by a kernel, which goes on from a place as long as [`READ`] bytes are there, and returns where it came to; what it finds is counted from a base.
///
/// What is left then, it finds with spaces behind it. No scheme tells them from the end of a text: a run of white space at the end is one pretoken up to its last newline and one
/// behind it, and what is no white space ends before them. Counting 96 bytes takes 0.88 of the time that it took with `next` for the rest.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn fill_blocks(
    text: &[u8],
    at: usize,
    ends: &mut Ends,
    blocks: impl Fn(&[u8], usize, usize, &mut Ends) -> usize,
) -> usize {
    ends.high = false;
    let at = blocks(text, at, 0, ends);
    if ends.count < BATCH && at < text.len() {
        let rest = &text[at..];
        let mut padded = [b' '; 2 * READ];
        padded[..rest.len()].copy_from_slice(rest);
        // The last block may begin with the last byte.
        blocks(&padded[..rest.len() + READ - 1], 0, at, ends);
        ends.end_with(text.len());
    }
    ends.bounds[ends.count] as usize
}

/// [`fill`], one pretoken at a time.
fn fill_alone<R: Scanner>(scanner: &R, text: &[u8], mut at: usize, ends: &mut Ends) -> usize {
    ends.high = true;
    while at < text.len() && ends.count < BATCH {
        at = scanner.next(text, at);
        ends.push(at);
    }
    at
}

/// One pretoken in the midst of blocks; returns its end. Not inlined: their loop needs the registers.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn next_alone<R: Scanner>(scanner: &R, text: &[u8], at: usize, base: usize, ends: &mut Ends) -> usize {
    let end = scanner.next(text, at);
    ends.push(base + end);
    end
}

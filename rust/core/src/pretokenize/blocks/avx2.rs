//! The kernel for AVX2: ASCII by comparing ranges, any other character by the tables, one at a time.

use super::{BATCH, Block, Ends, READ, Rules, fill_rest, next_alone};
use crate::pretokenize::classes::{BLANK, Classes, LOWER, MARK, NEWLINE, NUMBER, OTHER, UNCASED, UPPER};
use std::arch::x86_64::*;

/// As in `avx512.rs`.
const CERTAIN_ASCII: u64 = (1 << 62) - 1;
const CERTAIN: u64 = (1 << 57) - 1;

/// See [`super::fill`].
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn fill<R: Rules>(rules: &R, text: &[u8], mut at: usize, ends: &mut Ends) -> usize {
    let classes = rules.classes();
    ends.high = false;
    while ends.count < BATCH && text.len() - at >= READ {
        let (mut block, beyond) = ascii::<R>(text, at);
        let mut trouble = 0;
        if beyond != 0 {
            trouble = add_beyond_ascii::<R>(classes, text, at, beyond, &mut block);
            ends.high |= text[at..at + 64].iter().any(|&byte| byte >= 0xE3);
        }
        let starts = rules.starts(text, at, &block);
        trouble |= starts.trouble;
        let certain = if beyond == 0 { CERTAIN_ASCII } else { CERTAIN };
        let certain = certain & !trouble & trouble.wrapping_sub(1);
        let mut new = starts.starts & certain & !1;
        if new == 0 {
            at = next_alone(rules, text, at);
            ends.push(at);
            continue;
        }
        let last = 63 - new.leading_zeros() as usize;
        while new != 0 {
            ends.push(at + new.trailing_zeros() as usize);
            new &= new - 1;
        }
        at += last;
    }
    if ends.count < BATCH && at < text.len() {
        ends.high |= text[at..].iter().any(|&byte| byte >= 0xE3);
        at = fill_rest(rules, text, at, ends);
    }
    at
}

/// The masks as far as ASCII goes, and the bytes beyond it.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn ascii<R: Rules>(text: &[u8], at: usize) -> (Block, u64) {
    let half = |offset: usize| {
        // SAFETY: READ bytes may be read, which is more than 64.
        unsafe { _mm256_loadu_si256(text.as_ptr().add(at + offset).cast()) }
    };
    let (left, right) = (half(0), half(32));
    let byte = |value: u8| _mm256_set1_epi8(value as i8);
    let mask = |left, right| {
        u64::from(_mm256_movemask_epi8(left) as u32) | u64::from(_mm256_movemask_epi8(right) as u32) << 32
    };
    let equal = |value: u8| {
        mask(
            _mm256_cmpeq_epi8(left, byte(value)),
            _mm256_cmpeq_epi8(right, byte(value)),
        )
    };
    // Bytes beyond ASCII are negative and in no range.
    let between = |vector, first: u8, last: u8| {
        _mm256_and_si256(
            _mm256_cmpgt_epi8(vector, byte(first - 1)),
            _mm256_cmpgt_epi8(byte(last + 1), vector),
        )
    };
    let range = |first: u8, last: u8| mask(between(left, first, last), between(right, first, last));
    let space = equal(b' ');
    let newline = equal(b'\n') | equal(b'\r');
    let mut block = Block {
        number: range(b'0', b'9'),
        // Tab to CR, but for the two that are new lines.
        blank: space | range(b'\t', b'\r') & !newline,
        newline,
        space,
        apostrophe: equal(b'\''),
        ..Block::default()
    };
    if R::CASED {
        block.upper = range(b'A', b'Z');
        block.lower = range(b'a', b'z');
        block.slash = equal(b'/');
    } else {
        let folded = |vector| between(_mm256_or_si256(vector, byte(0x20)), b'a', b'z');
        block.lower = mask(folded(left), folded(right));
    }
    (block, mask(left, right))
}

/// Adds the characters that are not ASCII; from the lowest bit that comes back on there is something that is not UTF-8.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn add_beyond_ascii<R: Rules>(
    classes: &Classes,
    text: &[u8],
    at: usize,
    mut beyond: u64,
    block: &mut Block,
) -> u64 {
    while beyond != 0 {
        let place = beyond.trailing_zeros() as usize;
        let (class, length) = classes.beyond_ascii(text, at + place);
        if length == 1 {
            // Where white space of up to three bytes ends hangs on the class of what follows.
            return 0b1111 << place >> 3;
        }
        let first = 1u64 << place;
        let bytes = ((1 << length) - 1) << place;
        block.continuation |= bytes & !first;
        match class {
            UPPER if R::CASED => block.upper |= bytes,
            UNCASED if R::CASED => block.uncased |= bytes,
            UPPER | LOWER | UNCASED => block.lower |= bytes,
            MARK if R::CASED => block.mark |= bytes,
            NUMBER => block.number |= bytes,
            BLANK => block.blank |= bytes,
            NEWLINE => block.newline |= bytes,
            _ => debug_assert!(class == OTHER || class == MARK),
        }
        beyond &= !bytes;
    }
    0
}

//! The kernel for AVX-512 with VBMI.

use super::{BATCH, Block, Ends, READ, Rules, next_alone};
use crate::pretokenize::classes::{BLANK, Classes, LOWER, MARK, NEWLINE, NUMBER, OTHER, UNCASED, UPPER};
use std::arch::x86_64::*;

/// How far ahead of a block its text is asked for.
const AHEAD: usize = 768;

/// Bits of a block that depend on nothing behind it: of a block of ASCII, and of any other one. White space asks for the class of the character behind it, whose bytes have to be in the block.
const CERTAIN_ASCII: u64 = (1 << 62) - 1;
const CERTAIN: u64 = (1 << 57) - 1;

const fn iota() -> [u8; 64] {
    let mut iota = [0; 64];
    let mut index = 0;
    while index < 64 {
        iota[index] = index as u8;
        index += 1;
    }
    iota
}

const fn iota_before() -> [u8; 64] {
    let mut before = iota();
    let mut index = 1;
    while index < 64 {
        before[index] = index as u8 - 1;
        index += 1;
    }
    before
}

static IOTA: [u8; 64] = iota();
static BEFORE: [u8; 64] = iota_before();

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: the array has 64 bytes.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// The masks of a block, the bits that are not to be trusted, and whether it holds bytes from 0xE3 on.
struct Found {
    block: Block,
    trouble: u64,
    ascii: bool,
    high: bool,
}

/// See [`super::fill_blocks`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn blocks<R: Rules>(rules: &R, text: &[u8], mut at: usize, base: usize, ends: &mut Ends) -> usize {
    let classes = rules.block_classes();
    let (low, high) = classes.ascii_halves();
    let tables = (load(low), load(high));
    let iota = load(&IOTA);
    while ends.count < BATCH && text.len() - at >= READ {
        _mm_prefetch::<_MM_HINT_T0>(text.as_ptr().wrapping_add(at + AHEAD).cast());
        let found = classify::<R>(classes, tables, text, at);
        let mut starts = rules.starts(text, at, &found.block);
        starts.trouble |= found.trouble;
        let certain = if found.ascii { CERTAIN_ASCII } else { CERTAIN };
        let (new, reach) = starts.certain(certain, found.block.continuation);
        ends.high |= found.high;
        if reach == 0 {
            at = next_alone(rules, text, at, base, ends);
            continue;
        }
        let places = _mm512_maskz_compress_epi8(new, iota);
        let count = new.count_ones() as usize;
        let here = _mm512_set1_epi32((base + at) as i32);
        let first = _mm512_add_epi32(here, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places)));
        debug_assert!(ends.count + 1 + 64 <= ends.bounds.len());
        // SAFETY: `ends` has room for 64 more than BATCH.
        let out = unsafe { ends.bounds.as_mut_ptr().add(ends.count + 1) };
        // SAFETY: as above.
        unsafe { _mm512_storeu_si512(out.cast(), first) };
        if count > 16 {
            let second = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32::<1>(places));
            let third = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32::<2>(places));
            let fourth = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32::<3>(places));
            // SAFETY: as above.
            unsafe {
                _mm512_storeu_si512(out.add(16).cast(), _mm512_add_epi32(here, second));
                _mm512_storeu_si512(out.add(32).cast(), _mm512_add_epi32(here, third));
                _mm512_storeu_si512(out.add(48).cast(), _mm512_add_epi32(here, fourth));
            }
        }
        ends.count += count;
        at += 63 - reach.leading_zeros() as usize;
    }
    at
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
fn classify<R: Rules>(classes: &Classes, (low, high): (__m512i, __m512i), text: &[u8], at: usize) -> Found {
    debug_assert!(text.len() - at >= READ);
    // SAFETY: the caller sees to READ bytes, which is 64 and 3 more.
    let bytes = unsafe { _mm512_loadu_si512(text.as_ptr().add(at).cast()) };
    let mut of = _mm512_permutex2var_epi8(low, bytes, high);
    let beyond = _mm512_movepi8_mask(bytes);
    let mut trouble = 0;
    let mut continuation = 0;
    if beyond != 0 {
        (of, continuation, trouble) = beyond_ascii::<R>(classes, text, at, bytes, of, beyond);
        // Where white space of up to three bytes ends hangs on the class of what follows.
        trouble |= trouble >> 1 | trouble >> 2 | trouble >> 3;
    }
    let test = |class: u8| _mm512_test_epi8_mask(of, _mm512_set1_epi8(class as i8));
    let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    let block = if R::CASED {
        Block {
            upper: test(UPPER),
            lower: test(LOWER),
            uncased: if beyond != 0 { test(UNCASED) } else { 0 },
            mark: if beyond != 0 { test(MARK) } else { 0 },
            number: test(NUMBER),
            blank: test(BLANK),
            newline: test(NEWLINE),
            continuation,
            space: equal(b' '),
            apostrophe: equal(b'\''),
            other: if R::OTHERS { test(OTHER) } else { 0 },
        }
    } else {
        Block {
            upper: 0,
            lower: test(UPPER | LOWER | UNCASED),
            uncased: 0,
            mark: 0,
            number: test(NUMBER),
            blank: test(BLANK),
            newline: test(NEWLINE),
            continuation,
            space: equal(b' '),
            apostrophe: equal(b'\''),
            other: if R::OTHERS { test(OTHER) } else { 0 },
        }
    };
    Found {
        block,
        trouble,
        ascii: beyond == 0,
        high: beyond != 0 && _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8(0xE3u8 as i8)) != 0,
    }
}

/// The classes of all bytes of a block that is not ASCII alone; which of them continue a character; from the lowest of the last mask on there is something that is not UTF-8.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
fn beyond_ascii<R: Rules>(
    classes: &Classes,
    text: &[u8],
    at: usize,
    bytes: __m512i,
    mut of: __m512i,
    beyond: u64,
) -> (__m512i, u64, u64) {
    let byte = |value: u8| _mm512_set1_epi8(value as i8);
    let at_least = |vector, value: u8| _mm512_cmpge_epu8_mask(vector, byte(value));
    let equal = |vector, value: u8| _mm512_cmpeq_epi8_mask(vector, byte(value));
    // SAFETY: READ bytes may be read, which is 64 and 3 more.
    let (second, third, fourth) = unsafe {
        let here = text.as_ptr().add(at);
        (
            _mm512_loadu_si512(here.add(1).cast()),
            _mm512_loadu_si512(here.add(2).cast()),
            _mm512_loadu_si512(here.add(3).cast()),
        )
    };
    let lead = at_least(bytes, 0xC0);
    let of_three = at_least(bytes, 0xE0);
    let of_four = at_least(bytes, 0xF0);
    let continuation = beyond & !lead;
    let expected = (lead << 1) | (of_three << 2) | (of_four << 3);
    // Leads that no valid sequence begins with: C0, C1, from F5 on.
    let never = (lead & !at_least(bytes, 0xC2)) | at_least(bytes, 0xF5);
    let mut trouble = (continuation ^ expected) | never;
    let mut pending = lead & !never;
    // Ranges of letters of one class: ideographs from U+4E00 to U+9F7F, Hangul from U+AC00 to U+D77F.
    let ideographs = at_least(bytes, 0xE4)
        & !at_least(bytes, 0xEA)
        & !(equal(bytes, 0xE4) & !at_least(second, 0xB8))
        & !(equal(bytes, 0xE9) & at_least(second, 0xBE));
    of = _mm512_mask_mov_epi8(of, ideographs, byte(R::IDEOGRAPH));
    pending &= !ideographs;
    let korean = at_least(bytes, 0xEA) & !at_least(bytes, 0xEE);
    if korean != 0 {
        let hangul = korean
            & ((equal(bytes, 0xEB) | equal(bytes, 0xEC))
                | (equal(bytes, 0xEA) & at_least(second, 0xB0))
                | (equal(bytes, 0xED) & !at_least(second, 0x9E)));
        of = _mm512_mask_mov_epi8(of, hangul, byte(R::HANGUL));
        pending &= !hangul;
    }
    // The others by rows of 64 characters, which have all bytes but the last in common; a text uses few of them.
    while pending != 0 {
        let place = pending.trailing_zeros() as usize;
        let first = text[at + place];
        let same = pending & equal(bytes, first);
        let (same, row, last) = if first < 0xE0 {
            (same, Some(classes.row_of_two(first)), second)
        } else {
            let next = text[at + place + 1];
            let same = same & equal(second, next);
            if first < 0xF0 {
                (same, classes.row_of_three(first, next), third)
            } else {
                let after = text[at + place + 2];
                let same = same & equal(third, after);
                (same, classes.row_of_four(first, next, after), fourth)
            }
        };
        match row {
            Some(row) => {
                // The index is the low six bits of the last byte.
                of = _mm512_mask_mov_epi8(of, same, _mm512_permutexvar_epi8(last, load(row)));
            }
            None => trouble |= same,
        }
        pending &= !same;
    }
    // The class of a character for all its bytes.
    let before = load(&BEFORE);
    of = _mm512_mask_permutexvar_epi8(of, continuation, before, of);
    if of_three != 0 {
        of = _mm512_mask_permutexvar_epi8(of, continuation, before, of);
    }
    if of_four != 0 {
        of = _mm512_mask_permutexvar_epi8(of, continuation, before, of);
    }
    (of, continuation, trouble)
}

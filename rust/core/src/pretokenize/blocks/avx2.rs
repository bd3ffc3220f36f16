//! The kernel for AVX2: ASCII by comparisons, any other character by the tables of those that begin as it does.

use super::{BATCH, Block, Ends, READ, Rules, next_alone, whole_characters};
use crate::pretokenize::classes::{BLANK, Classes, LETTER, LOWER, MARK, NUMBER, OTHER, UNCASED, UPPER};
use std::arch::{asm, x86_64::*};

/// As in `avx512.rs`.
const CERTAIN_ASCII: u64 = (1 << 62) - 1;
const CERTAIN: u64 = (1 << 57) - 1;

/// By the low four bits of a character of white space that character, else what no byte of ASCII is.
const WHITE: [u8; 16] = {
    let mut white = [0xFF; 16];
    white[0x0] = b' ';
    let mut byte = b'\t';
    while byte <= b'\r' {
        white[byte as usize] = byte;
        byte += 1;
    }
    white
};

/// By the low four bits of a character of white space: the high bit where it is CR or LF.
const NEWLINES: [u8; 16] = {
    let mut newlines = [0; 16];
    newlines[b'\n' as usize] = 0x80;
    newlines[b'\r' as usize] = 0x80;
    newlines
};

/// By the low four bits of the first byte of three: between which second bytes there are only letters of one class: [`Rules::IDEOGRAPH`] from U+4E00 to U+9F7F,
/// [`Rules::HANGUL`] from U+AC00 to U+D77F.
const LETTERS: ([u8; 16], [u8; 16]) = {
    // No second byte is as high as that; they are negative.
    let (mut from, mut to) = ([0x7F; 16], [0xBF; 16]);
    let mut lead = 0x4;
    while lead <= 0xD {
        from[lead] = 0x80;
        lead += 1;
    }
    from[0x4] = 0xB8;
    to[0x9] = 0xBD;
    from[0xA] = 0xB0;
    to[0xD] = 0x9D;
    (from, to)
};

/// For each byte the places of its bits that are set, in rising order.
static PLACES: [[u8; 8]; 256] = {
    let mut places = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut count) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 != 0 {
                places[byte][count] = bit;
                count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    places
};

/// 64 bytes.
#[derive(Clone, Copy)]
struct Bytes(__m256i, __m256i);

impl Bytes {
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn load(bytes: &[u8; 64]) -> Self {
        let start = bytes.as_ptr();
        // SAFETY: the array has 64 bytes.
        unsafe {
            Self(
                _mm256_loadu_si256(start.cast()),
                _mm256_loadu_si256(start.add(32).cast()),
            )
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn map(self, each: impl Fn(__m256i) -> __m256i) -> Self {
        Self(each(self.0), each(self.1))
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn with(self, other: Self, each: impl Fn(__m256i, __m256i) -> __m256i) -> Self {
        Self(each(self.0, other.0), each(self.1, other.1))
    }

    /// The high bit of each byte.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn mask(self) -> u64 {
        let half = |half| u64::from(_mm256_movemask_epi8(half) as u32);
        let mut mask = half(self.0) | half(self.1) << 32;
        // The compiler is not to know where it comes from: it would combine vectors in the place of masks, two instructions and spilt registers for one.
        // SAFETY: no instruction at all.
        unsafe { asm!("/* {0} */", inout(reg) mask, options(pure, nomem, nostack, preserves_flags)) };
        mask
    }

    /// The bit below so many higher ones of each byte.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn bit<const BELOW: i32>(self) -> u64 {
        self.map(|half| _mm256_slli_epi16::<BELOW>(half)).mask()
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn equal(self, value: u8) -> Self {
        self.map(|half| _mm256_cmpeq_epi8(half, every(value)))
    }

    /// Where a byte of ASCII is in the range.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn between(self, first: u8, last: u8) -> Self {
        // Comparisons are signed: the range is moved to begin at the least number.
        const LEAST: u8 = 0x80;
        self.map(|half| {
            let moved = _mm256_sub_epi8(half, every(first + LEAST));
            _mm256_cmpgt_epi8(every(last - first + 1 + LEAST), moved)
        })
    }

    /// The entries of `row` at the low six bits of each byte.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn look_up(self, row: &[u8; 64]) -> Self {
        let (quarters, _) = row.as_chunks();
        let [first, second, third, fourth] = [0, 1, 2, 3].map(|quarter| twice(&quarters[quarter]));
        self.map(|half| {
            let low = _mm256_and_si256(half, every(0x0F));
            let (bit_4, bit_5) = (_mm256_slli_epi16::<3>(half), _mm256_slli_epi16::<2>(half));
            let in_quarter = |quarter| _mm256_shuffle_epi8(quarter, low);
            _mm256_blendv_epi8(
                _mm256_blendv_epi8(in_quarter(first), in_quarter(second), bit_4),
                _mm256_blendv_epi8(in_quarter(third), in_quarter(fourth), bit_4),
                bit_5,
            )
        })
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn every(value: u8) -> __m256i {
    _mm256_set1_epi8(value as i8)
}

/// A table of 16 bytes for both halves of a vector.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn twice(table: &[u8; 16]) -> __m256i {
    // SAFETY: the array has 16 bytes.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}

/// See [`super::fill_blocks`].
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn blocks<R: Rules>(rules: &R, text: &[u8], mut at: usize, base: usize, ends: &mut Ends) -> usize {
    let classes = rules.block_classes();
    while ends.count < BATCH
        && let Some(window) = text[at..].first_chunk()
    {
        let bytes = Bytes::load(from(window, 0));
        let beyond = bytes.mask();
        let (mut block, small) = ascii::<R>(bytes);
        let (mut trouble, mut certain) = (0, CERTAIN_ASCII);
        if beyond != 0 {
            let found = beyond_ascii::<R>(classes, window, beyond, small, block);
            (block, trouble) = (found.block, found.trouble);
            ends.high |= found.high;
            certain = CERTAIN;
        }
        let mut starts = rules.starts(text, at, &block);
        starts.trouble |= trouble;
        let (new, reach) = starts.certain(certain, block.continuation);
        if reach == 0 {
            at = next_alone(rules, text, at, base, ends);
            continue;
        }
        push(ends, base + at, new);
        at += 63 - reach.leading_zeros() as usize;
    }
    at
}

/// Adds the places of the bits of `new`, counted from `at`.
///
/// Eight bits a step, all of them alike: how many starts a block has, no branch foresees.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn push(ends: &mut Ends, at: usize, new: u64) {
    debug_assert!(ends.count + 1 + 64 <= ends.bounds.len());
    let mut base = _mm256_set1_epi32(at as i32);
    let mut count = ends.count;
    for byte in new.to_le_bytes() {
        let places = &PLACES[byte as usize];
        // SAFETY: the array has 8 bytes.
        let places = _mm256_cvtepu8_epi32(unsafe { _mm_loadl_epi64(places.as_ptr().cast()) });
        // SAFETY: `ends` has room for 64 more than BATCH, and each byte before this one added 8 at most.
        unsafe {
            let out = ends.bounds.as_mut_ptr().add(count + 1);
            _mm256_storeu_si256(out.cast(), _mm256_add_epi32(base, places));
        }
        count += byte.count_ones() as usize;
        base = _mm256_add_epi32(base, _mm256_set1_epi32(8));
    }
    ends.count = count;
}

/// The 64 bytes that stand so many behind the first of a block.
#[inline(always)]
fn from(window: &[u8; READ], ahead: usize) -> &[u8; 64] {
    window[ahead..].first_chunk().unwrap_or(&[0; 64])
}

/// The masks as far as ASCII goes, and the bit that tells small letters from capitals.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn ascii<R: Rules>(bytes: Bytes) -> (Block, u64) {
    let white = bytes.map(|half| _mm256_cmpeq_epi8(_mm256_shuffle_epi8(twice(&WHITE), half), half));
    let white = white.mask();
    let newline = white
        & bytes
            .map(|half| _mm256_shuffle_epi8(twice(&NEWLINES), half))
            .mask();
    let small = bytes.bit::<2>();
    let letter = bytes.map(|half| _mm256_or_si256(half, every(0x20)));
    let letter = letter.between(b'a', b'z').mask();
    let (upper, lower) = if R::CASED {
        (letter & !small, letter & small)
    } else {
        (0, letter)
    };
    let block = Block {
        upper,
        lower,
        number: bytes.between(b'0', b'9').mask(),
        blank: white & !newline,
        newline,
        // All other white space is below 0x20.
        space: white & small,
        apostrophe: bytes.equal(b'\'').mask(),
        other: if R::CONTROLS {
            bytes.between(0, 0x1F).mask() & !white | bytes.equal(0x7F).mask()
        } else {
            0
        },
        ..Block::default()
    };
    (block, small)
}

/// What a block holds that is not ASCII alone.
struct Found {
    block: Block,
    /// From the lowest bit on there is something that is not UTF-8.
    trouble: u64,
    /// Whether it holds bytes from 0xE3 on.
    high: bool,
}

/// Adds the characters that are not ASCII. Not inlined: what is ASCII needs the registers.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn beyond_ascii<R: Rules>(
    classes: &Classes,
    window: &[u8; READ],
    beyond: u64,
    bit_5: u64,
    mut block: Block,
) -> Found {
    let bytes = Bytes::load(from(window, 0));
    let lead = beyond & bytes.bit::<1>();
    let of_three = lead & bit_5;
    let of_four = of_three & bytes.bit::<3>();
    let continuation = beyond & !lead;
    block.continuation = continuation;
    let mut trouble = continuation ^ ((lead << 1) | (of_three << 2) | (of_four << 3));
    let both = |left: Bytes, right: Bytes| left.with(right, |left, right| _mm256_and_si256(left, right));
    let second = Bytes::load(from(window, 1));
    let mut of = bytes.map(|_| _mm256_setzero_si256());
    trouble |= rows(&mut of, lead & !of_three, second, |place| {
        let first = window[place];
        // C0 and C1 begin nothing.
        let row = (first >= 0xC2).then(|| classes.row_of_two(first));
        (bytes.equal(first), row)
    });
    let mut letters = 0;
    if of_three != 0 {
        let outside = bytes.with(second, |first, second| {
            let low = _mm256_and_si256(first, every(0x0F));
            let from = _mm256_shuffle_epi8(twice(&LETTERS.0), low);
            let to = _mm256_shuffle_epi8(twice(&LETTERS.1), low);
            _mm256_or_si256(_mm256_cmpgt_epi8(from, second), _mm256_cmpgt_epi8(second, to))
        });
        letters = of_three & !of_four & !outside.mask();
        let third = Bytes::load(from(window, 2));
        trouble |= rows(&mut of, of_three & !of_four & !letters, third, |place| {
            let (first, next) = (window[place], window[place + 1]);
            let same = both(bytes.equal(first), second.equal(next));
            (same, classes.row_of_three(first, next))
        });
        if of_four != 0 {
            let fourth = Bytes::load(from(window, 3));
            trouble |= rows(&mut of, of_four, fourth, |place| {
                let [first, next, after] = [0, 1, 2].map(|ahead| window[place + ahead]);
                let same = both(both(bytes.equal(first), second.equal(next)), third.equal(after));
                // F5 and up begin nothing.
                let row = (first < 0xF5).then(|| classes.row_of_four(first, next, after));
                (same, row.flatten())
            });
        }
    }
    let at_least = |value: u8| {
        let at_least = |half| _mm256_cmpeq_epi8(_mm256_max_epu8(half, every(value)), half);
        bytes.map(at_least).mask()
    };
    let hangul = letters & at_least(0xEA);
    let in_range = |class: u8| {
        let ideographs = if R::IDEOGRAPH == class {
            letters & !hangul
        } else {
            0
        };
        ideographs | if R::HANGUL == class { hangul } else { 0 }
    };
    let whole = |marks: u64| whole_characters(marks, continuation);
    if R::CASED {
        block.upper |= whole(of.bit::<{ UPPER.leading_zeros() as i32 }>());
        block.lower |= whole(in_range(LOWER) | of.bit::<{ LOWER.leading_zeros() as i32 }>());
        block.uncased = whole(in_range(UNCASED) | of.bit::<{ UNCASED.leading_zeros() as i32 }>());
        block.mark = whole(of.bit::<{ MARK.leading_zeros() as i32 }>());
    } else {
        let letter = of.map(|half| {
            let letter = _mm256_and_si256(half, every(LETTER));
            _mm256_cmpgt_epi8(letter, _mm256_setzero_si256())
        });
        block.lower |= whole(letters | letter.mask());
    }
    if R::OTHERS {
        block.other |= whole(in_range(OTHER) | of.bit::<{ OTHER.leading_zeros() as i32 }>());
    }
    let rare = every(NUMBER | BLANK);
    if _mm256_testz_si256(_mm256_or_si256(of.0, of.1), rare) == 0 {
        block.number |= whole(of.bit::<{ NUMBER.leading_zeros() as i32 }>());
        block.blank |= whole(of.bit::<{ BLANK.leading_zeros() as i32 }>());
    }
    Found {
        block,
        // Where white space of up to three bytes ends hangs on the class of what follows.
        trouble: trouble | trouble >> 1 | trouble >> 2 | trouble >> 3,
        high: at_least(0xE3) != 0,
    }
}

/// Adds to `of` the classes of the characters at `pending`, whose last bytes are those of `last` there; from the lowest bit that comes back on there is
/// something that is not UTF-8. `row` tells for one of them which characters share its row of 64 (all bytes but the last), and the row: a text uses few.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn rows<'a>(
    of: &mut Bytes,
    mut pending: u64,
    last: Bytes,
    row: impl Fn(usize) -> (Bytes, Option<&'a [u8; 64]>),
) -> u64 {
    let mut trouble = 0;
    while pending != 0 {
        let (same, row) = row(pending.trailing_zeros() as usize);
        let marks = same.mask();
        match row {
            Some(row) => {
                let found = last
                    .look_up(row)
                    .with(same, |found, same| _mm256_and_si256(found, same));
                *of = of.with(found, |of, found| _mm256_or_si256(of, found));
            }
            None => trouble |= marks,
        }
        pending &= !marks;
    }
    trouble
}

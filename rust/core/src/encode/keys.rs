//! Pretokens as keys of a fixed size.
//!
//! A key is a pretoken padded with zeros, its length in the last byte, so that two pretokens have one key only if they are equal. It stays in a register of the
//! processor (`x86_64` has SSE2 always).

/// Longest pretoken with a key of 16 bytes.
pub(crate) const SHORT: usize = 15;
/// Longest pretoken with a key of 32 bytes.
pub(crate) const LONG: usize = 31;

/// What makes a key of 16 bytes: which of them belong to the pretoken, and its length as the last byte.
#[repr(C, align(32))]
struct Ending {
    mask: [u8; 16],
    length: [u8; 16],
}

/// By length; `first` is that of none.
const fn endings(first: u8) -> [Ending; 16] {
    let mut endings = [const {
        Ending {
            mask: [0; 16],
            length: [0; 16],
        }
    }; 16];
    let mut length = 0;
    while length < 16 {
        let mut byte = 0;
        while byte < length {
            endings[length].mask[byte] = 0xFF;
            byte += 1;
        }
        endings[length].length[15] = first + length as u8;
        length += 1;
    }
    endings
}

/// Of a pretoken of up to 15 bytes, and of the second half of one from 16 on: so no key is all zeros.
static ENDINGS: [Ending; 16] = endings(0);
static LONG_ENDINGS: [Ending; 16] = endings(16);

/// The 16 bytes at `start`, with zeros behind the end of the text.
#[inline(always)]
fn sixteen(text: &[u8], start: usize) -> Word {
    // One comparison; slices of slices made three of it.
    if start < text.len().saturating_sub(15) {
        // SAFETY: at least 16 bytes of the text begin here.
        Word::from_bytes(unsafe { &*text.as_ptr().add(start).cast::<[u8; 16]>() })
    } else {
        Word::from_bytes(&at_the_end(text, start))
    }
}

/// What begins in the last 15 bytes of a text, with zeros behind it.
fn at_the_end(text: &[u8], start: usize) -> [u8; 16] {
    let rest = text.get(start..).unwrap_or(&[]);
    let Some(last) = text.last_chunk() else {
        let mut bytes = [0; 16];
        bytes[..rest.len()].copy_from_slice(rest);
        return bytes;
    };
    // No loop over the bytes: four of these in a text of 96 bytes took a twentieth of its time.
    let before = 8 * (16 - rest.len() as u32);
    u128::from_le_bytes(*last)
        .checked_shr(before)
        .unwrap_or(0)
        .to_le_bytes()
}

#[cfg(target_arch = "x86_64")]
mod vector {
    use std::arch::x86_64::*;

    /// 16 bytes in a register.
    #[derive(Clone, Copy)]
    pub(crate) struct Word(__m128i);

    impl Word {
        #[inline(always)]
        pub(super) fn from_bytes(bytes: &[u8; 16]) -> Self {
            // SAFETY: 16 bytes are there to be read.
            Self(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
        }

        #[inline(always)]
        pub(super) fn and(self, other: Self) -> Self {
            // SAFETY: SSE2 is part of x86-64.
            Self(unsafe { _mm_and_si128(self.0, other.0) })
        }

        #[inline(always)]
        pub(super) fn or(self, other: Self) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm_or_si128(self.0, other.0) })
        }

        #[inline(always)]
        pub(super) fn equals(self, other: Self) -> bool {
            // SAFETY: as above.
            unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(self.0, other.0)) == 0xFFFF }
        }

        /// Among two: their marks, 0 for neither.
        #[inline]
        #[target_feature(enable = "avx2")]
        pub(super) fn among(self, two: &[[u8; 16]; 2]) -> usize {
            // SAFETY: 32 bytes are there to be read.
            let two = unsafe { _mm256_loadu_si256(two.as_ptr().cast()) };
            let halves = _mm256_cmpeq_epi64(two, _mm256_broadcastsi128_si256(self.0));
            let halves = _mm256_movemask_pd(_mm256_castsi256_pd(halves)) as usize;
            halves & (halves >> 1) & (super::FIRST | super::SECOND)
        }

        #[inline(always)]
        pub(in crate::encode) fn halves(self) -> (u64, u64) {
            // SAFETY: as above.
            unsafe {
                let low = _mm_cvtsi128_si64(self.0) as u64;
                (low, _mm_cvtsi128_si64(_mm_unpackhi_epi64(self.0, self.0)) as u64)
            }
        }

        /// A round of AES.
        #[inline]
        #[target_feature(enable = "aes")]
        pub(in crate::encode) fn round(self, key: (u64, u64)) -> Self {
            Self(_mm_aesenc_si128(
                self.0,
                _mm_set_epi64x(key.1 as i64, key.0 as i64),
            ))
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod vector {
    /// 16 bytes.
    #[derive(Clone, Copy)]
    pub(crate) struct Word(u128);

    impl Word {
        #[inline(always)]
        pub(super) fn from_bytes(bytes: &[u8; 16]) -> Self {
            Self(u128::from_le_bytes(*bytes))
        }

        #[inline(always)]
        pub(super) fn and(self, other: Self) -> Self {
            Self(self.0 & other.0)
        }

        #[inline(always)]
        pub(super) fn or(self, other: Self) -> Self {
            Self(self.0 | other.0)
        }

        #[inline(always)]
        pub(super) fn equals(self, other: Self) -> bool {
            self.0 == other.0
        }

        #[inline(always)]
        pub(in crate::encode) fn halves(self) -> (u64, u64) {
            (self.0 as u64, (self.0 >> 64) as u64)
        }
    }
}

use vector::Word;

/// What stands for the first of two, and for the second: as a comparison of both, half by half, gives them.
pub(crate) const FIRST: usize = 1;
pub(crate) const SECOND: usize = 4;

/// The key of a pretoken of at most [`SHORT`] bytes, or of at most [`LONG`].
pub(crate) trait Key: Copy {
    /// As an entry holds it.
    type Stored: Copy;
    /// What an empty entry holds: the key of no pretoken.
    const NONE: Self::Stored;

    fn store(self) -> Self::Stored;
    fn stored(stored: &Self::Stored) -> Self;
    fn equals(self, stored: &Self::Stored) -> bool;
    /// [`FIRST`] or [`SECOND`] where it is one of these, else 0.
    #[inline(always)]
    fn among(self, two: &[Self::Stored; 2]) -> usize {
        // The second one unless it is the first: one branch for both.
        let (mark, stored) = if self.equals(&two[0]) {
            (FIRST, &two[0])
        } else {
            (SECOND, &two[1])
        };
        if self.equals(stored) { mark } else { 0 }
    }
    /// [`Key::among`], where the processor has AVX2.
    ///
    /// # Safety
    /// It has.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    unsafe fn among_with_avx2(self, two: &[Self::Stored; 2]) -> usize {
        self.among(two)
    }
    /// The first and the second word.
    fn words(self) -> (Word, Option<Word>);
}

/// 16 bytes.
#[derive(Clone, Copy)]
pub(crate) struct ShortKey(Word);

/// 32 bytes.
#[derive(Clone, Copy)]
pub(crate) struct LongKey(Word, Word);

/// 16 bytes in memory.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub(crate) struct Stored([u8; 16]);

#[inline(always)]
fn stored(word: Word) -> Stored {
    let (low, high) = word.halves();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&low.to_le_bytes());
    bytes[8..].copy_from_slice(&high.to_le_bytes());
    Stored(bytes)
}

/// The first `length` bytes, at most 15, and what stands for the length.
#[inline(always)]
fn first_bytes(raw: Word, length: usize, endings: &[Ending; 16]) -> Word {
    let Ending { mask, length } = &endings[length & 15];
    raw.and(Word::from_bytes(mask)).or(Word::from_bytes(length))
}

impl ShortKey {
    /// The key of nothing, and not that of an empty entry either.
    pub(crate) const NO_KEY: Stored = Stored([0xFF; 16]);

    /// Of `text[start..start + length]`; `length` is at most [`SHORT`].
    #[inline(always)]
    pub(crate) fn new(text: &[u8], start: usize, length: usize) -> Self {
        Self(first_bytes(sixteen(text, start), length, &ENDINGS))
    }

    /// [`ShortKey::new`], well before the end of the text.
    ///
    /// # Safety
    /// At least 16 bytes of the text begin at `start`.
    #[inline(always)]
    pub(crate) unsafe fn within(text: &[u8], start: usize, length: usize) -> Self {
        // SAFETY: the caller sees to it.
        let raw = Word::from_bytes(unsafe { &*text.as_ptr().add(start).cast::<[u8; 16]>() });
        Self(first_bytes(raw, length, &ENDINGS))
    }
}

impl LongKey {
    /// Of `text[start..start + length]`; `length` is from 16 to [`LONG`].
    #[inline(always)]
    pub(crate) fn new(text: &[u8], start: usize, length: usize) -> Self {
        Self(
            sixteen(text, start),
            first_bytes(sixteen(text, start + 16), length - 16, &LONG_ENDINGS),
        )
    }
}

impl Key for ShortKey {
    type Stored = Stored;
    const NONE: Stored = Stored([0; 16]);

    #[inline(always)]
    fn store(self) -> Stored {
        stored(self.0)
    }

    #[inline(always)]
    fn stored(stored: &Stored) -> Self {
        Self(Word::from_bytes(&stored.0))
    }

    #[inline(always)]
    fn equals(self, stored: &Stored) -> bool {
        self.0.equals(Word::from_bytes(&stored.0))
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    unsafe fn among_with_avx2(self, [first, second]: &[Stored; 2]) -> usize {
        // SAFETY: the caller sees to it.
        unsafe { self.0.among(&[first.0, second.0]) }
    }

    #[inline(always)]
    fn words(self) -> (Word, Option<Word>) {
        (self.0, None)
    }
}

impl Key for LongKey {
    type Stored = [Stored; 2];
    const NONE: [Stored; 2] = [Stored([0; 16]); 2];

    #[inline(always)]
    fn store(self) -> [Stored; 2] {
        [stored(self.0), stored(self.1)]
    }

    #[inline(always)]
    fn stored([left, right]: &[Stored; 2]) -> Self {
        Self(Word::from_bytes(&left.0), Word::from_bytes(&right.0))
    }

    #[inline(always)]
    fn equals(self, [left, right]: &[Stored; 2]) -> bool {
        self.0.equals(Word::from_bytes(&left.0)) & self.1.equals(Word::from_bytes(&right.0))
    }

    #[inline(always)]
    fn words(self) -> (Word, Option<Word>) {
        (self.0, Some(self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_slices_do_not_depend_on_what_follows() {
        let text = b"the cat sat on the mat, the cat";
        let short = |start, length| ShortKey::new(text, start, length);
        assert!(short(0, 7).equals(&short(24, 7).store()));
        assert!(!short(0, 7).equals(&short(0, 6).store()));
        assert!(!ShortKey::new(b"a\0", 0, 2).equals(&ShortKey::new(b"a\0", 0, 1).store()));
        assert!(!LongKey::new(&[0; 40], 0, 20).equals(&LongKey::new(&[0; 40], 0, 21).store()));
        for length in 16..=LONG {
            let key = LongKey::new(text, 0, length);
            assert!(key.equals(&LongKey::new(&text[..length], 0, length).store()));
            assert!(LongKey::stored(&key.store()).equals(&key.store()));
        }
    }

    #[test]
    fn no_key_is_that_of_an_empty_entry() {
        for length in 1..=SHORT {
            assert!(
                !ShortKey::new(&[0; 64], 0, length).equals(&ShortKey::NONE),
                "{length}"
            );
        }
        for length in SHORT + 1..=LONG {
            assert!(
                !LongKey::new(&[0; 64], 0, length).equals(&LongKey::NONE),
                "{length}"
            );
        }
    }
}

//! Hashes of keys: two rounds of AES where there is an instruction for that, else products: in warm runs over English 1,159 MB/s against 1,018 in a prototype.

use super::keys::Key;

/// A way to hash; all tables of an encoder go by the same.
pub(crate) trait Hash: Copy {
    fn hash(self, key: impl Key) -> u64;

    /// [`Key::among`], by the best instructions.
    #[inline(always)]
    fn among<K: Key>(self, key: K, two: &[K::Stored; 2]) -> usize {
        key.among(two)
    }
}

/// Digits of π.
const PI: [(u64, u64); 2] = [
    (0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344),
    (0xA409_3822_299F_31D0, 0x082E_FA98_EC4E_6C89),
];

/// Products of 64 bits, folded.
#[derive(Clone, Copy)]
pub(crate) struct Products;

impl Hash for Products {
    #[inline(always)]
    fn hash(self, key: impl Key) -> u64 {
        let fold = |low: u64, high: u64| {
            let product = u128::from(low) * u128::from(high);
            (product as u64) ^ ((product >> 64) as u64)
        };
        let (first, second) = key.words();
        let (low, high) = first.halves();
        let mut hash = fold(low ^ PI[0].0, high ^ PI[0].1);
        if let Some(second) = second {
            let (low, high) = second.halves();
            hash = fold(low ^ hash, high ^ PI[1].1);
        }
        hash.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// Rounds of AES.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(crate) struct Aes(());

#[cfg(target_arch = "x86_64")]
impl Aes {
    /// Where the processor has the instruction, and AVX2 and all that comes with it.
    pub(crate) fn available() -> Option<Self> {
        use crate::pretokenize::Level;
        // `Level` says how much of the processor is to be used; above the lowest it asks for AVX2.
        (Level::best() > Level::Portable && is_x86_feature_detected!("aes")).then_some(Self(()))
    }
}

#[cfg(target_arch = "x86_64")]
impl Hash for Aes {
    #[inline(always)]
    fn hash(self, key: impl Key) -> u64 {
        let (first, second) = key.words();
        // SAFETY: there is an `Aes` only where the processor has the instruction.
        unsafe {
            let mut state = first.round(PI[0]);
            if let Some(second) = second {
                let (low, high) = second.halves();
                state = state.round((low, high));
            }
            // The lowest bits are of one column of the state, on which two bytes of a key act by a single one: years fell on half of their places, up to ten on one.
            state.round(PI[1]).halves().0 >> 16
        }
    }

    #[inline(always)]
    fn among<K: Key>(self, key: K, two: &[K::Stored; 2]) -> usize {
        // SAFETY: there is an `Aes` only where the processor has AVX2 as well.
        unsafe { key.among_with_avx2(two) }
    }
}

/// Which of them.
#[derive(Clone, Copy)]
pub(crate) enum AnyHash {
    Products(Products),
    #[cfg(target_arch = "x86_64")]
    Aes(Aes),
}

impl AnyHash {
    /// The fastest that this processor has.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(aes) = Aes::available() {
            return Self::Aes(aes);
        }
        Self::Products(Products)
    }
}

impl Hash for AnyHash {
    #[inline(always)]
    fn hash(self, key: impl Key) -> u64 {
        match self {
            Self::Products(hash) => hash.hash(key),
            #[cfg(target_arch = "x86_64")]
            Self::Aes(hash) => hash.hash(key),
        }
    }

    #[inline(always)]
    fn among<K: Key>(self, key: K, two: &[K::Stored; 2]) -> usize {
        match self {
            Self::Products(hash) => hash.among(key, two),
            #[cfg(target_arch = "x86_64")]
            Self::Aes(hash) => hash.among(key, two),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{LongKey, ShortKey};
    use super::*;

    #[test]
    fn equal_keys_have_equal_hashes_and_others_hardly_ever() {
        let hash = |number: u32| {
            let short = number.to_string();
            let long = format!("{number:020}");
            (
                AnyHash::best().hash(ShortKey::new(short.as_bytes(), 0, short.len())),
                Products.hash(LongKey::new(long.as_bytes(), 0, long.len())),
            )
        };
        let mut seen = std::collections::HashSet::new();
        for number in 0..10_000 {
            assert_eq!(hash(number), hash(number));
            let (short, long) = hash(number);
            assert!(seen.insert(short) & seen.insert(long), "{number}");
        }
    }

    #[test]
    fn keys_that_differ_in_digits_alone_are_spread() {
        for hash in [AnyHash::best(), AnyHash::Products(Products)] {
            let mut places = std::collections::HashMap::new();
            for number in 0..10_000 {
                let text = format!(" {number:04}");
                let hash = hash.hash(ShortKey::new(text.as_bytes(), 0, text.len()));
                // Of 2¹⁹ buckets of 64 bytes.
                *places.entry((hash >> 6) % (1 << 19)).or_insert(0) += 1;
            }
            let most = places.values().max();
            assert!(most < Some(&4), "{most:?}");
        }
    }
}

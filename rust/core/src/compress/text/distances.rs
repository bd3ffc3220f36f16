//! Distances of matches: a bucket for the entropy coder and raw bits, packed.

use crate::compress::sections::Damage;

/// The bucket of the distance that the match before had.
pub const SAME: u8 = 0;

/// Distances below this have a bucket of their own.
const SMALL: u32 = 8;

/// The bucket of a distance, and the number of raw bits.
#[inline]
pub fn bucket(distance: u32) -> (u8, u32) {
    if distance < SMALL {
        return (distance as u8, 0);
    }
    let exponent = 31 - distance.leading_zeros();
    let mantissa = (distance >> (exponent - 2)) & 3;
    ((SMALL + (exponent - 3) * 4 + mantissa) as u8, exponent - 2)
}

/// The least distance of a bucket and the number of raw bits; `None` for buckets that do not exist.
#[inline]
fn base(bucket: u8) -> Option<(u32, u32)> {
    let bucket = u32::from(bucket);
    if bucket < SMALL {
        return Some((bucket, 0));
    }
    let exponent = (bucket - SMALL) / 4 + 3;
    if exponent > 30 {
        return None;
    }
    Some(((4 + (bucket - SMALL) % 4) << (exponent - 2), exponent - 2))
}

/// Packs bits, low ones first.
#[derive(Default)]
pub struct BitWriter {
    /// Whole bytes.
    pub bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// Appends the low `count` bits of `value`, at most 32.
    pub fn put(&mut self, value: u32, count: u32) {
        self.pending |= (u64::from(value) & ((1 << count) - 1)) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// The packed bytes.
    pub fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

/// Unpacks bits.
pub struct BitReader<'a> {
    bytes: &'a [u8],
    pending: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    /// Reads from the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            pending: 0,
            count: 0,
        }
    }

    /// Whether all bytes were read.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Reads `count` bits, at most 32.
    #[inline]
    fn take(&mut self, count: u32) -> Result<u32, Damage> {
        while self.count < count {
            let (&byte, rest) = self.bytes.split_first().ok_or(Damage::Truncated)?;
            self.bytes = rest;
            self.pending |= u64::from(byte) << self.count;
            self.count += 8;
        }
        let value = self.pending & ((1 << count) - 1);
        self.pending >>= count;
        self.count -= count;
        Ok(value as u32)
    }

    /// Reads the raw bits of a bucket and returns the distance.
    #[inline]
    pub fn distance(&mut self, bucket: u8) -> Result<u32, Damage> {
        let (least, bits) = base(bucket).ok_or(Damage::Range)?;
        Ok(least + self.take(bits)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_come_back() {
        let distances: Vec<u32> = (1..5000).chain([1 << 20, (1 << 24) - 1, 12_345_678]).collect();
        let mut writer = BitWriter::default();
        let buckets: Vec<u8> = distances
            .iter()
            .map(|&distance| {
                let (bucket, bits) = bucket(distance);
                writer.put(distance, bits);
                bucket
            })
            .collect();
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        for (&bucket, &distance) in buckets.iter().zip(&distances) {
            assert_eq!(reader.distance(bucket), Ok(distance));
        }
    }
}

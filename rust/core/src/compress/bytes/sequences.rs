//! Repetitions as streams: how many literals before each, how long, how far back.
//!
//! A distance is written as its slot, a byte: 0 to 7 for the distances last used, the latest first; else 8 and four times the logarithm, base two, plus
//! the two bits below the highest. The bits below those go into a stream of bits.

use super::matches::{Match, SHORTEST};
use crate::compress::sections::{self, Damage};
use crate::varint;

/// Distances that can be named by how long ago they were used.
const RECENT: usize = 8;

/// More than any block is long.
const LONGEST: usize = u32::MAX as usize;

/// The streams.
#[derive(Default)]
pub(super) struct Sequences<Stream> {
    /// Literals before each repetition, numbers.
    pub literals: Stream,
    /// What each is longer than [`SHORTEST`], numbers.
    pub lengths: Stream,
    /// A slot each.
    pub slots: Stream,
    /// The low bits of distances.
    pub bits: Stream,
}

/// Distances in the order of their last use.
struct Recent([usize; RECENT]);

impl Recent {
    fn new() -> Self {
        Self([0; RECENT])
    }

    /// The place of a distance, which then is the latest.
    fn find(&mut self, distance: usize) -> Option<usize> {
        let place = self.0.iter().position(|&recent| recent == distance);
        self.use_again(place.unwrap_or(RECENT - 1), distance);
        place
    }

    fn use_again(&mut self, place: usize, distance: usize) {
        self.0.copy_within(..place, 1);
        self.0[0] = distance;
    }
}

/// Repetitions to streams.
pub(super) fn write(matches: &[Match]) -> Sequences<Vec<u8>> {
    let mut sequences = Sequences::<Vec<u8>>::default();
    let mut recent = Recent::new();
    let mut bits = BitWriter::default();
    for found in matches {
        varint::write(found.literals as u64, &mut sequences.literals);
        varint::write((found.length - SHORTEST) as u64, &mut sequences.lengths);
        if let Some(place) = recent.find(found.distance) {
            sequences.slots.push(place as u8);
            continue;
        }
        let log = found.distance.ilog2();
        let below = log.saturating_sub(2);
        let top = (found.distance << 2 >> log) & 3;
        sequences.slots.push((RECENT as u32 + 4 * log) as u8 + top as u8);
        bits.push(found.distance as u64 & ((1 << below) - 1), below);
    }
    sequences.bits = bits.finish();
    sequences
}

/// Reads repetitions off their streams.
pub(super) struct Reader<'a> {
    literals: sections::Reader<'a>,
    lengths: sections::Reader<'a>,
    slots: sections::Reader<'a>,
    bits: BitReader<'a>,
    recent: Recent,
}

impl<'a> Reader<'a> {
    /// From the front.
    pub fn new(sequences: Sequences<&'a [u8]>) -> Self {
        Self {
            literals: sections::Reader::new(sequences.literals),
            lengths: sections::Reader::new(sequences.lengths),
            slots: sections::Reader::new(sequences.slots),
            bits: BitReader::new(sequences.bits),
            recent: Recent::new(),
        }
    }

    /// The next repetition, as it was written: its distance may be 0, or lie before the block, where the streams are damaged.
    ///
    /// # Errors
    /// [`Damage`] where a stream ends too early or a number can't be.
    pub fn next(&mut self) -> Result<Option<Match>, Damage> {
        if self.slots.rest().is_empty() {
            return Ok(None);
        }
        let literals = self.literals.number(LONGEST)?;
        let length = self.lengths.number(LONGEST)? + SHORTEST;
        let slot = usize::from(self.slots.byte()?);
        let distance = match slot.checked_sub(RECENT) {
            None => {
                let distance = self.recent.0[slot];
                self.recent.use_again(slot, distance);
                distance
            }
            Some(code) => {
                let log = (code / 4) as u32;
                if log > 31 {
                    return Err(Damage::Other("a repetition reaches too far back"));
                }
                let below = log.saturating_sub(2);
                let top = ((4 | code & 3) << log) >> 2;
                let distance = top | self.bits.take(below)? as usize;
                self.recent.use_again(RECENT - 1, distance);
                distance
            }
        };
        Ok(Some(Match {
            literals,
            length,
            distance,
        }))
    }

    /// Checks that the streams end together.
    ///
    /// # Errors
    /// [`Damage`] where something is left in one.
    pub fn finish(&self) -> Result<(), Damage> {
        if self.literals.rest().is_empty() && self.lengths.rest().is_empty() && self.bits.is_at_end() {
            Ok(())
        } else {
            Err(Damage::Other("the streams of repetitions differ in length"))
        }
    }
}

/// Numbers of given widths, the first in the lowest bits.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// Appends the low `width` bits, 32 at most.
    fn push(&mut self, value: u64, width: u32) {
        self.pending |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

struct BitReader<'a> {
    bytes: sections::Reader<'a>,
    pending: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes: sections::Reader::new(bytes),
            pending: 0,
            count: 0,
        }
    }

    fn take(&mut self, width: u32) -> Result<u64, Damage> {
        while self.count < width {
            self.pending |= u64::from(self.bytes.byte()?) << self.count;
            self.count += 8;
        }
        let value = self.pending & ((1 << width) - 1);
        self.pending >>= width;
        self.count -= width;
        Ok(value)
    }

    /// Whether nothing but the padding of the last byte is left.
    fn is_at_end(&self) -> bool {
        self.bytes.rest().is_empty() && self.pending == 0 && self.count < 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            matches in proptest::collection::vec(
                (0usize..1 << 20, SHORTEST..1 << 20, 1usize..1 << 31, 0u32..31, any::<bool>()),
                0..50,
            ),
        ) {
            let mut distance = 1;
            let matches: Vec<Match> = matches
                .into_iter()
                .map(|(literals, length, far, shift, again)| {
                    distance = if again { distance } else { (far >> shift).max(1) };
                    Match { literals, length, distance }
                })
                .collect();
            let sequences = write(&matches);
            let mut reader = Reader::new(Sequences {
                literals: &sequences.literals,
                lengths: &sequences.lengths,
                slots: &sequences.slots,
                bits: &sequences.bits,
            });
            for found in &matches {
                prop_assert_eq!(reader.next(), Ok(Some(*found)));
            }
            prop_assert_eq!(reader.next(), Ok(None));
            prop_assert_eq!(reader.finish(), Ok(()));
        }
    }
}

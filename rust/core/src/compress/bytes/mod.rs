//! Blocks of any bytes: long repetitions and long numbers in base sixteen go into streams of their own, and each stream through Deflate.
//!
//! The payload is these streams, in this order: literals, places and digits of numbers, then, of each repetition, the literals before it, its length, the
//! slot of its distance, and the low bits of distances. `docs/bwz-format.md` has all of it.

mod hexadecimal;
mod matches;
mod sequences;

use super::deflate::Deflater;
use super::sections::{self, Damage, Sections};
use hexadecimal::Parts;
pub(super) use matches::Effort;
use sequences::{Reader, Sequences};

/// Streams of a block.
const STREAMS: usize = 7;

/// Appends the payload of a block.
pub(super) fn encode(block: &[u8], effort: Effort, deflater: &mut Deflater, out: &mut Vec<u8>) {
    let matches = matches::find(block, effort);
    let mut literals = Vec::with_capacity(block.len() / 2);
    let mut at = 0;
    for found in &matches {
        literals.extend_from_slice(&block[at..at + found.literals]);
        at += found.literals + found.length;
    }
    literals.extend_from_slice(&block[at..]);
    let parts = hexadecimal::split(&literals);
    let sequences = sequences::write(&matches);
    let streams: [&[u8]; STREAMS] = [
        &parts.rest,
        &parts.places,
        &parts.digits,
        &sequences.literals,
        &sequences.lengths,
        &sequences.slots,
        &sequences.bits,
    ];
    // Those at the end that are empty are left out: short texts have nothing but literals.
    let count = streams.iter().rposition(|stream| !stream.is_empty());
    for stream in &streams[..count.map_or(0, |last| last + 1)] {
        sections::write(stream, deflater, out);
    }
}

/// What a thread keeps to decode blocks.
#[derive(Default)]
pub(super) struct Decoder {
    sections: Sections,
    literals: Vec<u8>,
}

impl Decoder {
    /// Fills `block` with what a payload stands for.
    ///
    /// # Errors
    /// [`Damage`] where it stands for nothing of that length; `block` then holds anything.
    pub fn decode(&mut self, payload: &[u8], block: &mut [u8]) -> Result<(), Damage> {
        const WRONG: Damage = Damage::Other("the repetitions of the block do not fit its length");
        // Each byte of the block stands in one stream; a repetition, of 16 bytes or more, takes up to 15 in the others, a number of 16 digits up to 10.
        self.sections.read(payload, STREAMS, 2 * block.len())?;
        let stream = |number| self.sections.get(number);
        let parts = Parts {
            rest: stream(0),
            places: stream(1),
            digits: stream(2),
        };
        hexadecimal::join(parts, block.len(), &mut self.literals)?;
        let mut reader = Reader::new(Sequences {
            literals: stream(3),
            lengths: stream(4),
            slots: stream(5),
            bits: stream(6),
        });
        let mut literals = self.literals.as_slice();
        let mut at = 0;
        while let Some(found) = reader.next()? {
            let (before, rest) = literals.split_at_checked(found.literals).ok_or(WRONG)?;
            literals = rest;
            let target = block[at..].get_mut(..before.len()).ok_or(WRONG)?;
            target.copy_from_slice(before);
            at += before.len();
            if found.distance == 0 || found.distance > at || found.length > block.len() - at {
                return Err(WRONG);
            }
            repeat(block, at, found.distance, found.length);
            at += found.length;
        }
        reader.finish()?;
        if literals.len() != block.len() - at {
            return Err(WRONG);
        }
        block[at..].copy_from_slice(literals);
        Ok(())
    }

    /// Bytes of memory that it keeps.
    pub fn memory(&self) -> usize {
        self.sections.memory() + self.literals.capacity()
    }
}

/// Fills `length` bytes from `at` on, each with a copy of the one `distance` before it.
fn repeat(block: &mut [u8], at: usize, distance: usize, length: usize) {
    let from = at - distance;
    let mut done = 0;
    while done < length {
        // Where a repetition overlaps itself, what can be copied at once doubles each time.
        let part = (length - done).min(distance + done);
        block.copy_within(from..from + part, at + done);
        done += part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn payload(block: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(
            block,
            Effort { stride: 1, ways: 4 },
            &mut Deflater::new(6),
            &mut out,
        );
        out
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(
            parts in proptest::collection::vec(0usize..8, 0..30),
            texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 8),
        ) {
            let block: Vec<u8> = parts.iter().flat_map(|&part| texts[part].clone()).collect();
            let mut decoder = Decoder::default();
            let mut out = vec![0; block.len()];
            prop_assert_eq!(decoder.decode(&payload(&block), &mut out), Ok(()));
            prop_assert_eq!(&out, &block);
            // What a block leaves behind is nothing to the next.
            let half = &block[..block.len() / 2];
            let mut out = vec![0; half.len()];
            prop_assert_eq!(decoder.decode(&payload(half), &mut out), Ok(()));
            prop_assert_eq!(out, half);
        }

        #[test]
        fn damage_is_an_error_or_harmless(
            text in "(a-[0-9a-f]{20}-hello world of words|hello world of words [a-c]){1,30}",
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            length in 0usize..3000,
        ) {
            let mut damaged = payload(text.as_bytes());
            for (place, byte) in changes {
                let place = place.index(damaged.len());
                damaged[place] = byte;
            }
            for length in [length, text.len()] {
                let _ = Decoder::default().decode(&damaged, &mut vec![0; length]);
            }
        }
    }
}

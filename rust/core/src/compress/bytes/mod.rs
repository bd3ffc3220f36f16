//! Blocks of any bytes: long repetitions and long numbers in base sixteen go into streams of their own, and each stream through Deflate.
//!
//! The payload is these streams, in this order: literals, places and digits of numbers, then, of each repetition, the literals before it, its length, the
//! slot of its distance, and the low bits of distances. `docs/bwz-format.md` has all of it.

mod hexadecimal;
mod matches;
mod sequences;

use super::deflate::{Deflater, Inflater};
use super::sections::{self, Damage};
use hexadecimal::Parts;
pub(super) use matches::Effort;
use sequences::{Reader, Sequences};

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
    let streams: [&[u8]; 7] = [
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

/// Appends the block of `length` bytes that a payload stands for.
///
/// # Errors
/// [`Damage`], with anything up to `length` bytes appended.
pub(super) fn decode(payload: &[u8], length: usize, out: &mut Vec<u8>) -> Result<(), Damage> {
    const WRONG: Damage = Damage::Other("the repetitions of the block do not fit its length");
    // Each byte of the block stands in one stream; a repetition, of 16 bytes or more, takes up to 15 in the others, a number of 16 digits up to 10.
    let mut payload = sections::Reader::new(payload);
    let mut inflater = Inflater::default();
    let mut room = 2 * length;
    let mut next = || -> Result<Vec<u8>, Damage> {
        let mut stream = Vec::new();
        if !payload.rest().is_empty() {
            room -= payload.section(room, &mut inflater, &mut stream)?;
        }
        Ok(stream)
    };
    let parts = Parts {
        rest: next()?,
        places: next()?,
        digits: next()?,
    };
    let sequences = Sequences {
        literals: next()?,
        lengths: next()?,
        slots: next()?,
        bits: next()?,
    };
    if !payload.rest().is_empty() {
        return Err(Damage::Other("bytes follow the last stream of the block"));
    }
    let literals = hexadecimal::join(&parts, length)?;
    drop(parts);
    let mut literals = literals.as_slice();
    let mut reader = Reader::new(&sequences);
    let mut room = length;
    let mut take_room = |bytes: usize| -> Result<usize, Damage> {
        room = room.checked_sub(bytes).ok_or(WRONG)?;
        Ok(length - room)
    };
    while let Some(found) = reader.next()? {
        let (before, rest) = literals.split_at_checked(found.literals).ok_or(WRONG)?;
        literals = rest;
        let done = take_room(before.len())?;
        out.extend_from_slice(before);
        if found.distance == 0 || found.distance > done {
            return Err(WRONG);
        }
        take_room(found.length)?;
        repeat(out, found.distance, found.length);
    }
    reader.finish()?;
    if take_room(literals.len())? < length {
        return Err(WRONG);
    }
    out.extend_from_slice(literals);
    Ok(())
}

/// Appends `length` bytes, each a copy of the one `distance` before it.
fn repeat(out: &mut Vec<u8>, distance: usize, mut length: usize) {
    let from = out.len() - distance;
    while length > 0 {
        // Where a repetition overlaps itself, what can be copied at once doubles each time.
        let part = length.min(out.len() - from);
        out.extend_from_within(from..from + part);
        length -= part;
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
            let mut out = b"before".to_vec();
            prop_assert_eq!(decode(&payload(&block), block.len(), &mut out), Ok(()));
            prop_assert_eq!(&out[6..], block);
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
                let mut out = Vec::new();
                if decode(&damaged, length, &mut out).is_ok() {
                    prop_assert_eq!(out.len(), length);
                }
                prop_assert!(out.len() <= length);
            }
        }
    }
}

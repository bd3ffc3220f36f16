//! BPEZ's cycles by the book: each counts all pairs anew, each is undone over the whole buffer.

/// What the cycles make of a block, and how many there were.
///
/// Takes time in proportion to bytes × cycles.
pub fn substitute(block: &[u8], cycles: u8, minimum: u32) -> (u8, Vec<u8>) {
    let mut buffer = block.to_vec();
    for cycle in 0..cycles {
        let mut pairs: Vec<([u8; 2], u32)> = Vec::new();
        let mut places = vec![None; 1 << 16];
        for pair in buffer.windows(2).map(|pair| [pair[0], pair[1]]) {
            let place = &mut places[usize::from(u16::from_be_bytes(pair))];
            let place = *place.get_or_insert_with(|| {
                pairs.push((pair, 0));
                pairs.len() - 1
            });
            pairs[place].1 += 1;
        }
        // Pairs are in the order in which they were first seen, and `max_by_key` takes the last of equal ones.
        let most_frequent = pairs.iter().rev().max_by_key(|(_, count)| *count);
        let unused = (0..=u8::MAX).find(|byte| !buffer.contains(byte));
        let (Some(&(pair, count)), Some(replacement)) = (most_frequent, unused) else {
            return (cycle, buffer);
        };
        if count < minimum {
            return (cycle, buffer);
        }
        let mut next = vec![pair[0], pair[1], replacement];
        let mut at = 0;
        while at < buffer.len() {
            if buffer[at..].starts_with(&pair) {
                next.push(replacement);
                at += 2;
            } else {
                next.push(buffer[at]);
                at += 1;
            }
        }
        buffer = next;
    }
    (cycles, buffer)
}

/// Undoes `cycles` cycles.
///
/// `None` if there are less than three bytes in front, a replacement is a byte of its own pair, or there is more than `longest` bytes of text.
pub fn undo(buffer: &[u8], cycles: u8, longest: usize) -> Option<Vec<u8>> {
    let mut buffer = buffer.to_vec();
    for left in (0..usize::from(cycles)).rev() {
        let (&[high, low, replacement], rest) = buffer.split_first_chunk()?;
        if replacement == high || replacement == low {
            return None;
        }
        let mut next = Vec::new();
        for &byte in rest {
            if byte == replacement {
                next.extend_from_slice(&[high, low]);
            } else {
                next.push(byte);
            }
        }
        // Each of the cycles left takes three bytes away, and none makes the rest shorter.
        if next.len() > longest + 3 * left {
            return None;
        }
        buffer = next;
    }
    (buffer.len() <= longest).then_some(buffer)
}

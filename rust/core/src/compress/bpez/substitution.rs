//! One block: frequent pairs become bytes that do not occur in it.

use super::{Options, RULE};
use crate::error::Interrupted;
use memchr::memmem;

const BYTES: usize = 256;

/// The buffers and counts of one block after the other.
#[derive(Default)]
pub(super) struct Substitution {
    /// What the last cycle left.
    buffer: Vec<u8>,
    /// What the cycle makes of it.
    next: Vec<u8>,
    counts: PairCounts,
}

impl Substitution {
    /// Runs the cycles over `block`. Returns how many there were, and what they left.
    pub fn run(
        &mut self,
        block: &[u8],
        options: &Options,
        go_on: &dyn Fn() -> Result<(), Interrupted>,
    ) -> Result<(u8, &[u8]), Interrupted> {
        self.buffer.clear();
        self.buffer.extend_from_slice(block);
        self.counts.count(block);
        let mut cycles = 0;
        // A byte that occurs never ceases to: when its last pair is replaced, the pair comes back in front of the buffer. So the unused bytes are found once.
        let mut unused = self.counts.unused(block);
        while cycles < options.cycles {
            go_on()?;
            let count = self.counts.highest();
            if count < options.minimum {
                break;
            }
            let Some(replacement) = unused.next() else { break };
            let Some(pair) = self.counts.first_of(count, &self.buffer) else {
                break;
            };
            self.replace(pair, replacement);
            cycles += 1;
        }
        Ok((cycles, &self.buffer))
    }

    /// A cycle.
    fn replace(&mut self, [high, low]: [u8; 2], replacement: u8) {
        let (from, to) = (&self.buffer, &mut self.next);
        to.clear();
        to.reserve(from.len() + RULE);
        to.extend_from_slice(&[high, low, replacement]);
        let mut neighbours = Neighbours::default();
        let mut copied = 0;
        for at in memmem::find_iter(from, &[high, low]) {
            to.extend_from_slice(&from[copied..at]);
            copied = at + 2;
            if at > 0 {
                // What stands there now: it may be the replacement of the pair before.
                neighbours.left[usize::from(to[to.len() - 1])] += 1;
            }
            if let Some(&right) = from.get(copied) {
                neighbours.right[usize::from(right)] += 1;
            }
            neighbours.replaced += 1;
            to.push(replacement);
        }
        to.extend_from_slice(&from[copied..]);
        self.counts.replaced([high, low], replacement, &neighbours);
        for pair in to.windows(2).take(RULE) {
            self.counts.add([pair[0], pair[1]]);
        }
        std::mem::swap(&mut self.buffer, &mut self.next);
    }
}

/// What stood beside the pairs that were replaced.
///
/// Counted here and added to the counts of pairs after the cycle: two of these increments touch 2 KB, those of pairs touch 256 KB, in steps of 1 KB.
struct Neighbours {
    left: [u32; BYTES],
    right: [u32; BYTES],
    replaced: u32,
}

impl Default for Neighbours {
    fn default() -> Self {
        Self {
            left: [0; BYTES],
            right: [0; BYTES],
            replaced: 0,
        }
    }
}

/// How often each pair of neighbours occurs, overlapping ones counted: `aaa` holds `aa` twice.
struct PairCounts {
    /// By the first byte, then by the second.
    rows: Vec<[u32; BYTES]>,
    /// No count of a row is higher than this.
    bounds: [u32; BYTES],
}

impl Default for PairCounts {
    fn default() -> Self {
        Self {
            rows: vec![[0; BYTES]; BYTES],
            bounds: [0; BYTES],
        }
    }
}

impl PairCounts {
    fn count(&mut self, block: &[u8]) {
        self.rows.fill([0; BYTES]);
        for pair in block.windows(2) {
            self.rows[usize::from(pair[0])][usize::from(pair[1])] += 1;
        }
        for (bound, row) in self.bounds.iter_mut().zip(&self.rows) {
            *bound = highest(row);
        }
    }

    /// The bytes that do not occur in the block that was counted, from the lowest.
    fn unused(&self, block: &[u8]) -> impl Iterator<Item = u8> + use<> {
        let mut unused = self.bounds.map(|bound| bound == 0);
        if let Some(last) = block.last() {
            unused[usize::from(*last)] = false;
        }
        (0..=u8::MAX).filter(move |byte| unused[usize::from(*byte)])
    }

    /// The count of the most frequent pair.
    ///
    /// Counts only fall, but for those of pairs with the replacement of a cycle: few bounds are above the highest count, so few rows are looked at. Looking at
    /// all takes 4 times as long for blocks of 1 KiB, and 2 % longer for those of 1 MiB.
    fn highest(&mut self) -> u32 {
        let mut known = 0;
        loop {
            let bound = highest(&self.bounds);
            if bound <= known {
                return known;
            }
            for (row, own) in self.rows.iter().zip(&mut self.bounds) {
                if *own == bound {
                    *own = highest(row);
                    known = known.max(*own);
                }
            }
        }
    }

    /// The first pair of `buffer` that occurs so often.
    fn first_of(&self, count: u32, buffer: &[u8]) -> Option<[u8; 2]> {
        buffer
            .windows(2)
            .map(|pair| [pair[0], pair[1]])
            .find(|&[high, low]| self.rows[usize::from(high)][usize::from(low)] == count)
    }

    fn add(&mut self, [high, low]: [u8; 2]) {
        let (high, low) = (usize::from(high), usize::from(low));
        self.rows[high][low] += 1;
        self.bounds[high] = self.bounds[high].max(self.rows[high][low]);
    }

    /// Does what the replacements did to the pairs.
    fn replaced(&mut self, [high, low]: [u8; 2], replacement: u8, neighbours: &Neighbours) {
        let (high, low, replacement) = (usize::from(high), usize::from(low), usize::from(replacement));
        // First what was added: where pairs stood side by side, the right neighbour of one was replaced in its turn.
        for (byte, &times) in neighbours.left.iter().enumerate() {
            self.rows[byte][replacement] += times;
            self.bounds[byte] = self.bounds[byte].max(self.rows[byte][replacement]);
        }
        for (count, times) in self.rows[replacement].iter_mut().zip(&neighbours.right) {
            *count += times;
        }
        for (row, times) in self.rows.iter_mut().zip(&neighbours.left) {
            row[high] -= times;
        }
        for (count, times) in self.rows[low].iter_mut().zip(&neighbours.right) {
            *count -= times;
        }
        self.rows[high][low] -= neighbours.replaced;
        self.bounds[replacement] = highest(&self.rows[replacement]);
    }
}

fn highest(counts: &[u32; BYTES]) -> u32 {
    counts.iter().copied().fold(0, u32::max)
}

//! Finds repeats in the tokens of a block: the cheapest way to write them as tokens and matches.

use super::costs::Costs;
use super::distances::{SAME, bucket};
use super::logarithm::ONE_BIT;
use crate::compress::steps;

/// Lengths from 1 that have a lead byte of their own; one more lead byte is for all longer ones.
pub const SHORT_LENGTHS: u32 = 7;
/// Lead bytes of matches, at the end of the range.
pub const MATCH_LEADS: usize = SHORT_LENGTHS as usize + 1;
/// The first of them.
pub const FIRST_MATCH: usize = 256 - MATCH_LEADS;

/// A match this long is taken without looking further, which bounds the work on repetitive input.
const LONG: usize = 64;
/// Lengths up to this are all tried; of longer matches only the whole.
const TRIED: usize = 12;

/// What is known of the tokens of a block.
#[derive(Default)]
pub struct Sequence {
    /// Equal for tokens that stand for the same text, with the rare words and digits in them.
    pub identities: Vec<u32>,
    /// What each costs to write as a token.
    pub costs: Vec<u32>,
    /// The context of each.
    pub contexts: Vec<u8>,
    /// Whether no match may begin there, as the token before asks for capitals.
    pub barred: Vec<bool>,
}

/// One step: a token, or a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The number of tokens that it covers.
    pub length: u32,
    /// How far back they are; 0 for a token that is written itself.
    pub distance: u32,
}

/// An empty entry of a table of places.
const NOWHERE: u32 = u32::MAX;

/// The cost of a length, given the costs of leads.
#[inline]
fn length_cost(length: usize, leads: &[u32; 256]) -> u32 {
    let short = SHORT_LENGTHS as usize;
    // About what a byte of the stream of lengths takes.
    let more = if length > short { 5 * ONE_BIT } else { 0 };
    leads[FIRST_MATCH + (length - 1).min(short)] + more
}

/// The slot of a hash in a table of `bits` bits.
#[inline]
fn slot(identities: &[u32], bits: u32) -> usize {
    let mut hash = 0u64;
    for &identity in identities {
        hash = (hash ^ u64::from(identity))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(29);
    }
    (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits)) as usize
}

/// The places where the same begins of one, two and three tokens were seen last.
struct Places {
    bits: u32,
    one: Vec<u32>,
    two: Vec<u32>,
    three: Vec<u32>,
    before: Vec<u32>,
}

impl Places {
    /// Remembers place `at`.
    #[inline]
    fn add(&mut self, identities: &[u32], at: usize) {
        if at + 3 <= identities.len() {
            let entry = &mut self.three[slot(&identities[at..at + 3], self.bits)];
            self.before[at] = *entry;
            *entry = at as u32;
        }
        if at + 2 <= identities.len() {
            self.two[slot(&identities[at..at + 2], self.bits)] = at as u32;
        }
        self.one[slot(&identities[at..=at], self.bits)] = at as u32;
    }
}

/// The cheapest steps for a sequence. `depth`: how many earlier places with the same three tokens are looked at.
pub fn cheapest(sequence: &Sequence, prices: &Costs, depth: usize) -> Vec<Step> {
    let identities = &sequence.identities[..];
    let length = identities.len();
    let bits = (usize::BITS - length.leading_zeros()).clamp(8, 18);
    let table = || vec![NOWHERE; 1 << bits];
    let mut places = Places {
        bits,
        one: table(),
        two: table(),
        three: table(),
        before: vec![NOWHERE; length],
    };
    let mut costs = vec![u64::MAX; length + 1];
    let mut steps = vec![Step::default(); length + 1];
    // The distance of the last match on the cheapest way to each place.
    let mut last = vec![0u32; length + 1];
    costs[0] = 0;
    let mut at = 0;
    while at < length {
        let here = costs[at];
        let literal = here + u64::from(sequence.costs[at]);
        if literal < costs[at + 1] {
            costs[at + 1] = literal;
            steps[at + 1] = Step {
                length: 1,
                distance: 0,
            };
            last[at + 1] = last[at];
        }
        let mut longest = (0, 0);
        if !sequence.barred[at] {
            let same = last[at] as usize;
            let leads = &prices.leads[usize::from(sequence.contexts[at])];
            let mut consider = |from: usize, same: bool| {
                let most = (length - at).min(at - from);
                if sequence.barred[from] {
                    return;
                }
                let mut run = 0;
                while run < most && identities[from + run] == identities[at + run] {
                    run += 1;
                }
                steps::count(1 + run);
                if run == 0 {
                    return;
                }
                let distance = (at - from) as u32;
                // About what the code of a bucket takes.
                let bits = if same { 2 } else { bucket(distance).1 + 5 };
                let base = here + u64::from(bits * ONE_BIT);
                let mut relax = |run: usize| {
                    let total = base + u64::from(length_cost(run, leads));
                    if total < costs[at + run] {
                        costs[at + run] = total;
                        steps[at + run] = Step {
                            length: run as u32,
                            distance,
                        };
                        last[at + run] = distance;
                    }
                };
                (1..=run.min(TRIED)).for_each(&mut relax);
                relax(run);
                longest = longest.max((run, distance));
            };
            if same > 0 && same <= at {
                consider(at - same, true);
            }
            let mut found = if at + 3 <= length {
                places.three[slot(&identities[at..at + 3], bits)]
            } else {
                NOWHERE
            };
            for _ in 0..depth {
                if found == NOWHERE {
                    break;
                }
                consider(found as usize, false);
                found = places.before[found as usize];
            }
            if at + 2 <= length {
                let found = places.two[slot(&identities[at..at + 2], bits)];
                if found != NOWHERE {
                    consider(found as usize, false);
                }
            }
            let found = places.one[slot(&identities[at..=at], bits)];
            if found != NOWHERE {
                consider(found as usize, false);
            }
        }
        let (run, distance) = longest;
        let next = if run >= LONG {
            // Taken whole, even if a cheaper way to its end was found before.
            steps[at + run] = Step {
                length: run as u32,
                distance,
            };
            last[at + run] = distance;
            at + run
        } else {
            at + 1
        };
        for place in at..next {
            places.add(identities, place);
        }
        at = next;
    }
    let mut way = Vec::new();
    let mut at = length;
    while at > 0 {
        way.push(steps[at]);
        at -= steps[at].length as usize;
    }
    way.reverse();
    way
}

/// The bucket of a distance given that of the match before, and the raw bits.
pub fn coded(distance: u32, before: u32) -> (u8, u32) {
    if distance == before {
        (SAME, 0)
    } else {
        bucket(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Costs of a model in which every token takes 12 bits.
    fn prices() -> Costs {
        let mut leads = [12 * ONE_BIT; 256];
        leads[FIRST_MATCH..].fill(6 * ONE_BIT);
        Costs {
            tokens: Vec::new(),
            leads: vec![leads],
        }
    }

    /// The steps for tokens of 12 bits.
    fn steps(identities: &[u32], barred: &[bool]) -> Vec<Step> {
        let sequence = Sequence {
            identities: identities.to_vec(),
            costs: vec![12 * ONE_BIT; identities.len()],
            contexts: vec![0; identities.len()],
            barred: barred.to_vec(),
        };
        cheapest(&sequence, &prices(), 8)
    }

    /// Undoes steps, and checks what the decoder checks.
    fn undo(steps: &[Step], identities: &[u32], barred: &[bool]) -> Vec<u32> {
        let mut out: Vec<u32> = Vec::new();
        for step in steps {
            let (length, distance) = (step.length as usize, step.distance as usize);
            if distance == 0 {
                assert_eq!(length, 1);
                out.push(identities[out.len()]);
            } else {
                assert!(length <= distance && distance <= out.len() && !barred[out.len()]);
                let from = out.len() - distance;
                assert!(!barred[from]);
                out.extend_from_within(from..from + length);
            }
        }
        out
    }

    #[test]
    fn long_repeats_are_one_step() {
        let once: Vec<u32> = (0..500).collect();
        let twice = [&once[..], &once].concat();
        let found = steps(&twice, &[false; 1000]);
        assert_eq!(found.len(), 501);
        assert_eq!(
            found[500],
            Step {
                length: 500,
                distance: 500
            }
        );
    }

    proptest! {
        #[test]
        fn steps_give_the_sequence(
            identities in proptest::collection::vec(0..6u32, 0..400),
            seed in any::<u64>(),
        ) {
            let barred: Vec<bool> = (0..identities.len()).map(|at| seed >> (at % 64) & 7 == 7).collect();
            let found = steps(&identities, &barred);
            prop_assert_eq!(undo(&found, &identities, &barred), identities);
        }
    }
}

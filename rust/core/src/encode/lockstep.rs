//! Many pretokens merged side by side.
//!
//! The table of merges is larger than what a processor keeps near, and what to look up next is known only when the merge before is done: merging one pretoken after the
//! other, nine tenths of the time went by waiting for memory. The pretokens of a batch do not wait for each other, though. So many of them are merged in turn, a merge at
//! a time, and what each will look up next is asked for a whole round before it is needed.
//!
//! The merges are those of `merge_short`, for pretokens that have a key of the cache (see `keys.rs`): so few symbols are kept in place, and the lowest pair among them is found
//! by the instructions that compare many numbers at once.

use super::keys::LONG;
use super::pairs::{Asked, NONE, PairTable, Symbol};
use std::array;

/// Pretokens that are merged side by side. With 8 a first pass over English took 5 % longer, with 32 it took the same.
const LANES: usize = 16;

/// Places of symbols, the first of which stands for what is before the first symbol and behind the last one.
const PLACES: usize = LONG + 1;
const OUTSIDE: usize = 0;

/// Bits of a place.
const PLACE_BITS: u32 = PLACES.trailing_zeros();

/// Symbols are below this, so that one and its place fit in 32 bits.
pub(crate) const MOST_SYMBOLS: usize = 1 << (Symbol::BITS - PLACE_BITS - 1);

/// A merge and its place as one number: the lowest is the next one to be done, of equals the leftmost.
type Merge = u32;

/// Merges that there are come before this one.
const NO_MERGE: Merge = (MOST_SYMBOLS as Merge) << PLACE_BITS;

#[inline(always)]
fn merge_at(place: usize, symbol: Symbol) -> Merge {
    // Of no symbol it is far above `NO_MERGE`.
    (symbol << PLACE_BITS) | place as Merge
}

/// The lowest of all, by halves: so each step is a comparison of vectors.
#[inline(always)]
fn lowest(merges: &[Merge; PLACES]) -> Merge {
    let mut lowest = *merges;
    let mut half = PLACES / 2;
    while half > 0 {
        let (low, high) = lowest.split_at_mut(half);
        for (low, &high) in low.iter_mut().zip(&*high) {
            *low = high.min(*low);
        }
        half /= 2;
    }
    lowest[0]
}

/// A pretoken that is being merged.
#[derive(Clone)]
struct Lane {
    /// Which one it is.
    number: usize,
    /// Each at the place of its first byte, from 1 on; [`NONE`] outside.
    symbols: [Symbol; PLACES],
    /// What the symbol at each place and the next one become.
    merges: [Merge; PLACES],
    /// A bit for each place at which a symbol begins, and for the outside.
    begins: u32,
    /// Where the last merge was, the place before it, and the pairs there, which were asked for.
    places: [usize; 2],
    asked: [Asked; 2],
}

impl Lane {
    const EMPTY: Self = Self {
        number: 0,
        symbols: [NONE; PLACES],
        merges: [NO_MERGE; PLACES],
        begins: 1,
        places: [OUTSIDE; 2],
        asked: [Asked::NOTHING; 2],
    };

    /// Takes a pretoken, of 1 to [`LONG`] bytes.
    #[inline(always)]
    fn begin(&mut self, number: usize, pretoken: &[u8], pairs: &PairTable) {
        let length = pretoken.len().min(LONG);
        self.number = number;
        let mut bytes = [0; PLACES];
        bytes[..length].copy_from_slice(&pretoken[..length]);
        for (symbol, &byte) in self.symbols[1..].iter_mut().zip(&bytes) {
            *symbol = Symbol::from(byte);
        }
        self.merges = [NO_MERGE; PLACES];
        for (place, two) in (1..PLACES).zip(pretoken.windows(2)) {
            self.merges[place] = merge_at(place, pairs.of_bytes(two[0], two[1]));
        }
        self.begins = ((2_u64 << length) - 1) as u32;
        self.places = [OUTSIDE; 2];
        self.asked = [Asked::NOTHING; 2];
    }

    /// Takes what was asked for, does the next merge, and asks for the pairs that it makes; returns whether there was one.
    #[inline(always)]
    fn step(&mut self, pairs: &PairTable) -> bool {
        // The merges that wait here were written in a round before. What has just been written in small parts could not be read at once without waiting for it; so
        // the two new ones are not among them yet.
        let waiting = lowest(&self.merges);
        let [before, place] = self.places.map(|place| place % PLACES);
        let new = [
            merge_at(before, pairs.answer(&self.asked[0])),
            merge_at(place, pairs.answer(&self.asked[1])),
        ];
        let lowest = waiting.min(new[0]).min(new[1]);
        if lowest >= NO_MERGE {
            return false;
        }
        self.merges[before] = new[0];
        self.merges[place] = new[1];
        let place = lowest as usize % PLACES;
        let symbol = lowest >> PLACE_BITS;
        let gone = self.next(place);
        self.begins &= !(1 << gone);
        self.symbols[place] = symbol;
        let before = (self.begins & ((1 << place) - 1)).ilog2() as usize;
        let after = self.next(place);
        for place in [gone, place, before] {
            self.merges[place] = NO_MERGE;
        }
        self.places = [before, place];
        self.asked = [
            pairs.ask(self.symbols[before], symbol),
            pairs.ask(symbol, self.symbols[after]),
        ];
        true
    }

    /// The place of the symbol behind the one at `place`, or the outside.
    #[inline(always)]
    fn next(&self, place: usize) -> usize {
        // Behind the last place comes the first.
        let begins = u64::from(self.begins) | (1 << PLACES);
        (place + 1 + (begins >> (place + 1)).trailing_zeros() as usize) % PLACES
    }

    /// Gives away the symbols that are left.
    #[inline(always)]
    fn hand_over<'a>(&self, pretokens: &mut impl Pretokens<'a>) {
        let mut left = [NONE; LONG];
        let mut count = 0;
        let mut begins = self.begins & !1;
        while begins != 0 {
            left[count] = self.symbols[begins.trailing_zeros() as usize];
            begins &= begins - 1;
            count += 1;
        }
        pretokens.done(self.number, &left[..count]);
    }
}

/// Where pretokens come from, and where their symbols go.
pub(crate) trait Pretokens<'a> {
    /// The next pretoken, of 1 to [`LONG`] bytes, and its number.
    fn next(&mut self) -> Option<(usize, &'a [u8])>;

    /// Takes the symbols of a pretoken; they come in some order.
    fn done(&mut self, number: usize, symbols: &[Symbol]);
}

/// Room for what is being merged.
pub(crate) struct Lanes(Box<[Lane; LANES]>);

impl Default for Lanes {
    fn default() -> Self {
        Self(Box::new([const { Lane::EMPTY }; LANES]))
    }
}

impl Lanes {
    /// Merges all that there are.
    #[inline(always)]
    pub(crate) fn merge<'a>(&mut self, pairs: &PairTable, pretokens: &mut impl Pretokens<'a>) {
        // The lanes in use come first.
        let mut order: [usize; LANES] = array::from_fn(|lane| lane);
        let mut used = 0;
        while used < LANES
            && let Some((number, pretoken)) = pretokens.next()
        {
            self.0[used].begin(number, pretoken, pairs);
            used += 1;
        }
        while used > 0 {
            let mut turn = 0;
            while turn < used {
                let lane = &mut self.0[order[turn] % LANES];
                if lane.step(pairs) {
                    turn += 1;
                    continue;
                }
                lane.hand_over(pretokens);
                if let Some((number, pretoken)) = pretokens.next() {
                    lane.begin(number, pretoken, pairs);
                    turn += 1;
                } else {
                    used -= 1;
                    order.swap(turn, used);
                }
            }
        }
    }
}

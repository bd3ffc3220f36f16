//! From the tree of an expression to a table of states: Thompson's construction, then that of subsets.
//!
//! A state of the table is a list of places in the expression, in the order in which a backtracking engine would try them. What comes behind a
//! place that is the end of the expression is never tried, so it is dropped; what comes before it may still give another match, which then
//! counts. The character after a place decides whether a look-ahead holds there, so whether the expression ends *before* a character is
//! known when that character is read.

use super::alphabet::Alphabet;
use super::tree::Node;
use regex_syntax::hir::ClassUnicode;
use std::collections::HashMap;

/// Places of an expression, at most.
const PLACES: usize = 20_000;
/// Entries of the table, at most: 8 MB.
const ENTRIES: usize = 1 << 21;
/// Places visited in making it, at most: some tenth of a second.
const VISITS: usize = 20_000_000;

enum Place {
    Set { set: usize, next: usize },
    Ahead { set: usize, end: bool, next: usize },
    Start { next: usize },
    Split(Vec<usize>),
    Match,
}

/// The places of an expression.
#[derive(Default)]
struct Places {
    places: Vec<Place>,
    sets: Vec<ClassUnicode>,
    numbers: HashMap<Vec<(char, char)>, usize>,
}

impl Places {
    fn add(&mut self, place: Place) -> Option<usize> {
        if self.places.len() >= PLACES {
            return None;
        }
        self.places.push(place);
        Some(self.places.len() - 1)
    }

    fn set(&mut self, set: &ClassUnicode) -> usize {
        let key = set.iter().map(|range| (range.start(), range.end())).collect();
        *self.numbers.entry(key).or_insert_with(|| {
            self.sets.push(set.clone());
            self.sets.len() - 1
        })
    }

    /// The place where `node` begins, with `next` behind it.
    fn of(&mut self, node: &Node, next: usize) -> Option<usize> {
        match node {
            Node::Empty => Some(next),
            Node::Set(set) => {
                let set = self.set(set);
                self.add(Place::Set { set, next })
            }
            Node::Ahead { set, end } => {
                let set = self.set(set);
                self.add(Place::Ahead { set, end: *end, next })
            }
            Node::Start => self.add(Place::Start { next }),
            Node::Concat(parts) => parts
                .iter()
                .rev()
                .try_fold(next, |next, part| self.of(part, next)),
            Node::Alternation(parts) => {
                let ways = parts
                    .iter()
                    .map(|part| self.of(part, next))
                    .collect::<Option<_>>()?;
                self.add(Place::Split(ways))
            }
            Node::Repeat {
                node,
                least,
                most,
                greedy,
            } => {
                let ways = |round, next| {
                    if *greedy {
                        vec![round, next]
                    } else {
                        vec![next, round]
                    }
                };
                let (mut place, mut copies) = (next, *least);
                match most {
                    None => {
                        place = self.add(Place::Match)?;
                        let round = self.of(node, place)?;
                        self.places[place] = Place::Split(ways(round, next));
                        if copies > 0 {
                            (place, copies) = (round, copies - 1);
                        }
                    }
                    Some(most) => {
                        for _ in *least..*most {
                            let round = self.of(node, place)?;
                            place = self.add(Place::Split(ways(round, next)))?;
                        }
                    }
                }
                (0..copies).try_fold(place, |place, _| self.of(node, place))
            }
            // Taken out before.
            Node::Atomic(_) => None,
        }
    }
}

/// A table of states: what to do at each letter.
pub(super) struct Machine {
    pub(super) alphabet: Alphabet,
    /// A row for each state, an entry for each letter: twice the place of the next row, and 1 where the expression ends before the letter.
    ///
    /// The first row is where nothing leads on.
    pub(super) table: Vec<u32>,
    /// The row to begin with.
    pub(super) start: usize,
    /// The row to begin with at the start of the text.
    pub(super) first: usize,
}

/// Finds the ways on from a state.
struct Closure<'a> {
    places: &'a [Place],
    /// For each letter, the end of the text among them: whether each set holds it.
    holds: &'a [Vec<bool>],
    seen: Vec<u32>,
    round: u32,
    stack: Vec<usize>,
    visits: usize,
}

/// The ways on from a state.
struct Ways {
    /// Sets, and the places behind them, in order.
    ways: Vec<(usize, u32)>,
    /// Whether the expression ends here.
    matched: bool,
    /// Whether they depend on what comes next.
    looks: bool,
}

impl Closure<'_> {
    /// The ways on from `kernel` where `letter` comes next.
    fn ways(&mut self, kernel: &[u32], at_start: bool, letter: usize) -> Option<Ways> {
        self.round += 1;
        let ends = letter + 1 == self.holds.len();
        let mut found = Ways {
            ways: Vec::new(),
            matched: false,
            looks: false,
        };
        for &place in kernel {
            self.stack.push(place as usize);
            while let Some(place) = self.stack.pop() {
                self.visits += 1;
                if self.visits > VISITS {
                    return None;
                }
                if std::mem::replace(&mut self.seen[place], self.round) == self.round {
                    continue;
                }
                match &self.places[place] {
                    Place::Match => {
                        self.stack.clear();
                        found.matched = true;
                        return Some(found);
                    }
                    Place::Set { set, next } => found.ways.push((*set, *next as u32)),
                    Place::Ahead { set, end, next } => {
                        found.looks = true;
                        if if ends { *end } else { self.holds[letter][*set] } {
                            self.stack.push(*next);
                        }
                    }
                    Place::Start { next } => {
                        if at_start {
                            self.stack.push(*next);
                        }
                    }
                    Place::Split(ways) => self.stack.extend(ways.iter().rev()),
                }
            }
        }
        Some(found)
    }

    /// Where these ways stand after `letter`.
    fn after(&mut self, ways: &[(usize, u32)], letter: usize) -> Option<Vec<u32>> {
        self.round += 1;
        self.visits += ways.len();
        if self.visits > VISITS {
            return None;
        }
        let mut after = Vec::new();
        for &(set, next) in ways {
            if self.holds[letter][set]
                && std::mem::replace(&mut self.seen[next as usize], self.round) != self.round
            {
                after.push(next);
            }
        }
        Some(after)
    }
}

impl Machine {
    /// The table of an expression without atomic groups; `None` where it would be too large.
    pub(super) fn new(tree: &Node) -> Option<Self> {
        let mut places = Places::default();
        let end = places.add(Place::Match)?;
        let entry = places.of(tree, end)?;
        let Places { places, sets, .. } = places;
        let alphabet = Alphabet::new(&sets)?;
        let mut holds: Vec<Vec<bool>> = alphabet
            .examples
            .iter()
            .map(|&character| sets.iter().map(|set| contains(set, character)).collect())
            .collect();
        holds.push(vec![false; sets.len()]);
        let mut closure = Closure {
            places: &places,
            holds: &holds,
            seen: vec![0; places.len()],
            round: 0,
            stack: Vec::new(),
            visits: 0,
        };

        let letters = holds.len();
        let mut numbers: HashMap<Vec<u32>, usize> = HashMap::new();
        // Of each row, and whether it stands at the start of the text; the first leads nowhere.
        let mut kernels: Vec<(Vec<u32>, bool)> = vec![(vec![], false), (vec![entry as u32], false)];
        numbers.insert(vec![], 0);
        numbers.insert(vec![entry as u32], 1);
        let mut first = 1;
        if places.iter().any(|place| matches!(place, Place::Start { .. })) {
            first = 2;
            kernels.push((vec![entry as u32], true));
        }
        let mut table = Vec::new();
        let mut row = 0;
        while let Some((kernel, at_start)) = kernels.get(row).cloned() {
            if kernels.len() * letters > ENTRIES {
                return None;
            }
            let mut ways = closure.ways(&kernel, at_start, 0)?;
            for letter in 0..letters {
                if ways.looks && letter > 0 {
                    ways = closure.ways(&kernel, at_start, letter)?;
                }
                let after = closure.after(&ways.ways, letter)?;
                let next = *numbers.entry(after).or_insert_with_key(|after| {
                    kernels.push((after.clone(), false));
                    kernels.len() - 1
                });
                // A place beyond `ENTRIES` is never looked at: the check above comes first.
                table.push(((next * letters) as u32) << 1 | u32::from(ways.matched));
            }
            row += 1;
        }
        Some(Self {
            alphabet,
            table,
            start: letters,
            first: first * letters,
        })
    }
}

fn contains(set: &ClassUnicode, character: char) -> bool {
    set.iter()
        .any(|range| (range.start()..=range.end()).contains(&character))
}

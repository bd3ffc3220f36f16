//! A changed text, and the way back to the original.

use std::ops::Range;

/// A normalised text.
#[derive(Clone, Debug)]
pub struct Normalized {
    /// The text.
    pub bytes: Vec<u8>,
    /// What each step did, in order; each is a list of pieces with an end mark.
    steps: Vec<Vec<Piece>>,
}

/// A part of the text that was left as it is, or changed as a whole; it goes on to the next one.
#[derive(Clone, Copy, Debug)]
struct Piece {
    normalized: usize,
    original: usize,
    changed: bool,
}

/// A text in the making.
pub(super) struct Edits {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    /// Where in the original we are.
    original: usize,
    changed: bool,
}

impl Edits {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
            pieces: Vec::new(),
            original: 0,
            changed: false,
        }
    }

    /// The next bytes of the original stay.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.pieces.last().is_none_or(|piece| piece.changed) {
            self.mark(false);
        }
        self.bytes.extend_from_slice(bytes);
        self.original += bytes.len();
    }

    /// The next `length` bytes of the original become `bytes`.
    pub(super) fn replace(&mut self, length: usize, bytes: &[u8]) {
        if length == 0 && bytes.is_empty() {
            return;
        }
        self.mark(true);
        self.changed = true;
        self.bytes.extend_from_slice(bytes);
        self.original += length;
    }

    fn mark(&mut self, changed: bool) {
        self.pieces.push(Piece {
            normalized: self.bytes.len(),
            original: self.original,
            changed,
        });
    }

    /// The result; `None` where nothing changed.
    pub(super) fn finish(mut self) -> Option<Normalized> {
        self.mark(true);
        self.changed.then_some(Normalized {
            bytes: self.bytes,
            steps: vec![self.pieces],
        })
    }
}

impl Normalized {
    /// This step, and then the next one.
    pub(super) fn then(mut self, next: Self) -> Self {
        self.steps.extend(next.steps);
        self.bytes = next.bytes;
        self
    }

    /// Where a range of the normalised text came from; a part of a changed piece came from all of it, and what was put in came from between its neighbours.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        self.steps
            .iter()
            .rev()
            .fold(range, |range, pieces| one_step_back(pieces, range))
    }
}

fn one_step_back(pieces: &[Piece], range: Range<usize>) -> Range<usize> {
    let piece_at = |place: usize| {
        let after = pieces.partition_point(|piece| piece.normalized <= place);
        after.saturating_sub(1)
    };
    let first = pieces[piece_at(range.start)];
    let start = if first.changed {
        first.original
    } else {
        first.original + (range.start - first.normalized)
    };
    if range.is_empty() {
        return start..start;
    }
    let index = piece_at(range.end - 1);
    let last = pieces[index];
    let end = if last.changed {
        pieces.get(index + 1).map_or(start, |next| next.original)
    } else {
        last.original + (range.end - last.normalized)
    };
    start..end
}

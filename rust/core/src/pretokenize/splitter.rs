//! From the matches of a step to its pieces.

use super::spec::Behavior;

/// Turns matches into pieces, as a behaviour asks.
pub(crate) struct Splitter<F> {
    behavior: Behavior,
    invert: bool,
    emit: F,
    /// The end of the last match.
    end: usize,
    /// What may still grow.
    pending: Option<(usize, usize)>,
    /// Whether the last part was a match.
    previous: bool,
}

impl<E, F: FnMut(usize, usize) -> Result<(), E>> Splitter<F> {
    pub(crate) fn new(behavior: Behavior, invert: bool, emit: F) -> Self {
        Self {
            behavior,
            invert,
            emit,
            end: 0,
            pending: None,
            previous: false,
        }
    }

    /// The next match.
    pub(crate) fn found(&mut self, start: usize, end: usize) -> Result<(), E> {
        if self.end < start {
            self.part(self.end, start, self.invert)?;
        }
        self.end = end;
        self.part(start, end, !self.invert)
    }

    /// The end of the text.
    pub(crate) fn finish(mut self, length: usize) -> Result<(), E> {
        if self.end < length {
            self.part(self.end, length, self.invert)?;
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), E> {
        match self.pending.take() {
            Some((start, end)) => (self.emit)(start, end),
            None => Ok(()),
        }
    }

    fn part(&mut self, start: usize, end: usize, is_match: bool) -> Result<(), E> {
        let previous = std::mem::replace(&mut self.previous, is_match);
        let joins = match self.behavior {
            Behavior::Isolated => return (self.emit)(start, end),
            Behavior::Removed if is_match => return Ok(()),
            Behavior::Removed => return (self.emit)(start, end),
            Behavior::Contiguous => is_match == previous,
            Behavior::MergedWithPrevious => is_match && !previous,
            Behavior::MergedWithNext => previous && !is_match,
        };
        match &mut self.pending {
            Some((_, pending)) if joins => *pending = end,
            _ => {
                self.flush()?;
                self.pending = Some((start, end));
            }
        }
        Ok(())
    }
}

//! What stands beside what: counts of pairs of tokens.

use crate::compress::parallel::Workers;
use crate::monitor::Interrupted;

/// Tokens that a thread takes at a time.
const RUN: usize = 512;

/// Pairs of neighbouring tokens with counts, by one of the two.
pub struct Sparse {
    starts: Vec<u32>,
    entries: Vec<(u32, u32)>,
}

impl Sparse {
    /// By token, of which there are `tokens`: the tokens that follow it in `pieces`.
    ///
    /// # Errors
    /// [`Interrupted`] once the monitor says so.
    pub fn after_tokens(
        tokens: usize,
        pieces: &[Vec<u32>],
        workers: &Workers<'_>,
    ) -> Result<Self, Interrupted> {
        let pairs = || {
            pieces
                .iter()
                .flat_map(|piece| piece.windows(2))
                .map(|pair| (pair[0] as usize, pair[1]))
        };
        let mut starts = vec![0u32; tokens + 1];
        for (before, _) in pairs() {
            starts[before + 1] += 1;
        }
        (0..tokens).for_each(|token| starts[token + 1] += starts[token]);
        let mut places = starts.clone();
        let mut followers = vec![0u32; starts[tokens] as usize];
        for (before, token) in pairs() {
            followers[places[before] as usize] = token;
            places[before] += 1;
        }
        let runs = workers.map(tokens.div_ceil(RUN), |run| {
            let mut entries: Vec<(u32, u32)> = Vec::new();
            let mut lengths = Vec::with_capacity(RUN);
            for token in run * RUN..tokens.min((run + 1) * RUN) {
                let mut row = followers[starts[token] as usize..starts[token + 1] as usize].to_vec();
                row.sort_unstable();
                let before = entries.len();
                entries.extend(
                    row.chunk_by(|a, b| a == b)
                        .map(|equal| (equal[0], equal.len() as u32)),
                );
                lengths.push((entries.len() - before) as u32);
            }
            (entries, lengths)
        })?;
        let mut sparse = Self {
            starts: vec![0],
            entries: Vec::new(),
        };
        let mut end = 0;
        for (entries, lengths) in runs {
            sparse.entries.extend(entries);
            for length in lengths {
                end += length;
                sparse.starts.push(end);
            }
        }
        Ok(sparse)
    }

    /// By column, of which there are `columns`, with the rows as columns.
    pub fn transposed(&self, columns: usize) -> Self {
        let mut starts = vec![0u32; columns + 1];
        for &(column, _) in &self.entries {
            starts[column as usize + 1] += 1;
        }
        (0..columns).for_each(|column| starts[column + 1] += starts[column]);
        let mut places = starts.clone();
        let mut entries = vec![(0, 0); self.entries.len()];
        for row in 0..self.starts.len() - 1 {
            for &(column, count) in self.row(row) {
                let place = &mut places[column as usize];
                entries[*place as usize] = (row as u32, count);
                *place += 1;
            }
        }
        Self { starts, entries }
    }

    /// The columns and counts of a row.
    pub fn row(&self, row: usize) -> &[(u32, u32)] {
        &self.entries[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

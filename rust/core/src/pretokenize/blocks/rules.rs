//! What the rules of schemes have in common.

use super::Block;

/// White space and what hangs on it: the starts of its pretokens, where words and symbols take the character before them, and so on.
///
/// For the schemes whose symbols take the newlines behind them and whose newlines end a pretoken:
/// ` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
pub(crate) struct Spacing {
    /// Where white space and symbols start a pretoken.
    pub(crate) starts: u64,
    pub(crate) trouble: u64,
    /// Bytes that a word takes if it begins right behind them: white space, and symbols that stand alone.
    pub(crate) joins: u64,
    /// Newlines that belong to the symbols before them.
    pub(crate) taken: u64,
}

/// See [`Spacing`].
#[inline(always)]
pub(crate) fn spacing(block: &Block, symbol: u64) -> Spacing {
    let Block {
        blank,
        newline,
        space,
        ..
    } = *block;
    let runs = symbol & !(symbol << 1) & !(space << 1);
    // A run of newlines behind symbols: adding its first bit carries through all of it.
    let first_taken = newline & (symbol << 1);
    let taken = newline & !newline.wrapping_add(first_taken);
    let newline = newline & !taken;
    let white = blank | newline;
    let first = white & !(white << 1);
    let last = block.first_bytes(blank & !(white >> 1));
    let behind_newline = blank & (newline << 1);
    // White space between newlines belongs to them: then a blank behind a newline starts nothing.
    let (behind_blanks, beyond_block) = blank.overflowing_add(behind_newline);
    let undecided = beyond_block || behind_blanks & !blank & newline != 0;
    let trouble = if undecided { behind_newline } else { 0 };
    Spacing {
        starts: runs | first | last | behind_newline,
        trouble,
        joins: blank | block.whole_characters(runs),
        taken,
    }
}

/// Where numbers start, `digits` (1 or 3) in a pretoken, and from which of them on that is not to be trusted.
#[inline(always)]
pub(crate) fn numbers(block: &Block, digits: usize) -> (u64, u64) {
    let number = block.number;
    let mut starts = number & !(number << 1);
    let mut trouble = 0;
    if digits == 1 {
        starts = number & !block.continuation;
    } else {
        let four = number & (number << 1) & (number << 2) & (number << 3);
        if four != 0 {
            let mut next = starts;
            loop {
                next = (next << 3) & four;
                if next == 0 {
                    break;
                }
                starts |= next;
            }
        }
        // Numbers of several bytes are not counted by shifts.
        let longer = number & block.continuation;
        if longer != 0 || digits != 3 {
            trouble = number;
        }
    }
    (starts, trouble)
}

/// Bytes of `letters` that belong to no contraction.
#[inline(always)]
pub(crate) fn uncontracted(block: &Block, letters: u64) -> u64 {
    letters & !(block.apostrophe << 1) & !(block.apostrophe << 2)
}

/// Which of `marks` stand at slashes.
#[inline(always)]
pub(crate) fn slashes(text: &[u8], at: usize, mut marks: u64) -> u64 {
    let mut slashes = 0;
    while marks != 0 {
        let place = marks.trailing_zeros();
        if text.get(at + place as usize) == Some(&b'/') {
            slashes |= 1 << place;
        }
        marks &= marks - 1;
    }
    slashes
}

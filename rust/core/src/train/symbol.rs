//! Widths of what the merge loop keeps most of: symbols (16 bits where the ids fit) and positions (32 bits where the text fits).
//!
//! Both arrays are read at random, so half the width is half the cache misses.

/// A token's id in a slot of the text.
pub(super) trait Symbol: Copy + Eq + Send + Sync {
    /// The end of a word; no token.
    const END: Self;
    /// A slot inside a token, which once began a token of its own.
    const DEAD: Self;
    /// Ids below this can be held.
    const LIMIT: usize;

    fn new(id: usize) -> Self;
    fn id(self) -> usize;
}

impl Symbol for u16 {
    const END: Self = u16::MAX;
    const DEAD: Self = u16::MAX - 1;
    const LIMIT: usize = (u16::MAX - 1) as usize;

    #[inline(always)]
    fn new(id: usize) -> Self {
        id as u16
    }

    #[inline(always)]
    fn id(self) -> usize {
        usize::from(self)
    }
}

impl Symbol for u32 {
    const END: Self = u32::MAX;
    const DEAD: Self = u32::MAX - 1;
    const LIMIT: usize = (u32::MAX - 1) as usize;

    #[inline(always)]
    fn new(id: usize) -> Self {
        id as u32
    }

    #[inline(always)]
    fn id(self) -> usize {
        self as usize
    }
}

/// The slot in which a pair begins.
pub(super) trait Position: Copy + Default + Send + Sync {
    /// Texts of fewer slots than this can be addressed.
    const LIMIT: u64;

    fn new(slot: usize) -> Self;
    fn slot(self) -> usize;
}

impl Position for u32 {
    const LIMIT: u64 = u32::MAX as u64;

    #[inline(always)]
    fn new(slot: usize) -> Self {
        slot as u32
    }

    #[inline(always)]
    fn slot(self) -> usize {
        self as usize
    }
}

impl Position for u64 {
    const LIMIT: u64 = u64::MAX;

    #[inline(always)]
    fn new(slot: usize) -> Self {
        slot as u64
    }

    #[inline(always)]
    fn slot(self) -> usize {
        self as usize
    }
}

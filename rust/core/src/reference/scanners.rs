//! A scanner, held to its pattern and to itself: its kernels find what `next` finds, and both sides of a safe cut give the whole.

use super::pretokenize::Splitter;
use crate::pretokenize::{AnyScanner, Dialect, Ends, Level, Scheme};

/// Longer texts are not given to the regular expressions, which take up to quadratic time.
const SPLIT: usize = 300;

/// Safe cuts of a text whose sides are scanned.
const CUTS: usize = 3;

/// A scheme's scanner, and its pattern as each dialect reads it.
pub struct ScannerCheck {
    scheme: Scheme,
    scanner: AnyScanner,
    splitters: [Splitter; 2],
}

impl ScannerCheck {
    /// Compiles the pattern.
    pub fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            scanner: scheme.scanner(),
            splitters: [Dialect::Tiktoken, Dialect::Tokenizers]
                .map(|dialect| Splitter::new(&scheme.pattern(dialect))),
        }
    }

    /// Scans a text in every way that this processor has.
    ///
    /// # Panics
    /// Two ways differ.
    pub fn check(&self, text: &[u8]) {
        let name = self.scheme.name();
        let shown = || text.escape_ascii();
        let whole = ends_alone(&self.scanner, text);
        if text.len() <= SPLIT {
            for splitter in &self.splitters {
                let pieces = splitter.split(text).into_iter();
                let expected: Vec<u32> = pieces.map(|piece| piece.end as u32).collect();
                assert_eq!(
                    whole,
                    expected,
                    "{name}: next, and the pattern, of \"{}\"",
                    shown()
                );
            }
        }
        for level in Level::available() {
            let found = ends_filled(&self.scanner, level, text);
            assert_eq!(found, whole, "{name}: {level:?}, and next, of \"{}\"", shown());
        }
        let (mut from, mut sides) = (0, CUTS);
        while let Some(cut) = self.scanner.safe_cut(text, from) {
            assert!(
                cut >= from && cut > 0 && cut < text.len(),
                "{name}: cut {cut} from {from} of \"{}\"",
                shown()
            );
            let place = whole.binary_search(&(cut as u32));
            assert!(
                place.is_ok(),
                "{name}: cut {cut} in a pretoken of \"{}\"",
                shown()
            );
            if sides > 0 {
                sides -= 1;
                let (left, right) = text.split_at(cut);
                let mut both = ends_alone(&self.scanner, left);
                both.extend(
                    ends_alone(&self.scanner, right)
                        .iter()
                        .map(|end| end + cut as u32),
                );
                assert_eq!(
                    both,
                    whole,
                    "{name}: both sides of {cut}, and the whole, of \"{}\"",
                    shown()
                );
            }
            // Here and there; each is a place where some pretoken ends.
            from = cut + 1 + cut % 7;
        }
    }
}

/// The ends of the pretokens that the scanner's `next` finds.
pub(crate) fn ends_alone(scanner: &AnyScanner, text: &[u8]) -> Vec<u32> {
    let mut ends = Vec::new();
    let walked = scanner.try_each_alone(text, |start, end| {
        assert!(start < end && end <= text.len());
        ends.push(end as u32);
        Ok::<(), std::convert::Infallible>(())
    });
    match walked {
        Ok(()) => ends,
    }
}

/// Those that a kernel finds.
pub(crate) fn ends_filled(scanner: &AnyScanner, level: Level, text: &[u8]) -> Vec<u32> {
    let mut all = Vec::new();
    let mut ends = Ends::new();
    let mut at = 0;
    while at < text.len() {
        let mut start = at;
        at = scanner.fill(level, text, at, &mut ends);
        assert_eq!(ends.as_slice().last(), Some(&(at as u32)));
        for &end in ends.as_slice() {
            let high = text[start..end as usize].iter().take(2).any(|&byte| byte >= 0xE3);
            assert!(ends.high || !high, "{level:?}");
            start = end as usize;
        }
        all.extend_from_slice(ends.as_slice());
    }
    all
}

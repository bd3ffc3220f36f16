//! What the targets share.

use bytewright::pretokenize::Scheme;
use bytewright::reference::alphabet::{BYTES, CHARACTERS};
use bytewright::reference::scanners::ScannerCheck;

/// The target that a scheme belongs to: one a scanner, with all its parameters. A scheme without a line does not compile.
fn target(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Gpt2 => "gpt2",
        Scheme::Cl100k { .. } => "cl100k",
        Scheme::O200k { .. } => "o200k",
        Scheme::Kimi => "kimi",
        Scheme::DeepSeek => "deepseek",
        Scheme::SuperBpe => "superbpe",
    }
}

/// The checks of a target.
///
/// # Panics
/// No scheme belongs to it.
pub fn checks(name: &str) -> Vec<ScannerCheck> {
    let checks: Vec<_> = Scheme::all()
        .filter(|&scheme| target(scheme) == name)
        .map(ScannerCheck::new)
        .collect();
    assert!(!checks.is_empty(), "no scheme of {name}");
    checks
}

/// Texts are cut here: their checks take more than linear time.
const LONGEST: usize = 4096;

/// A text from a fuzzer's bytes: every other one as it is, the rest letter by letter from what the schemes tell apart, with repetitions that reach the edges of blocks.
pub fn text(data: &[u8]) -> Vec<u8> {
    let Some((&first, data)) = data.split_first() else {
        return Vec::new();
    };
    if first.is_multiple_of(2) {
        return data[..data.len().min(LONGEST)].to_vec();
    }
    let mut text = Vec::new();
    let mut last: &[u8] = b" ";
    for &byte in data {
        if text.len() > LONGEST {
            break;
        }
        let index = usize::from(byte);
        if let Some(part) = CHARACTERS.get(index) {
            last = part.as_bytes();
            text.extend_from_slice(last);
        } else if let Some(part) = BYTES.get(index - CHARACTERS.len()) {
            last = part;
            text.extend_from_slice(last);
        } else {
            text.extend_from_slice(&last.repeat(index - CHARACTERS.len() - BYTES.len() + 1));
        }
    }
    text
}

/// A target: every scheme of a scanner, in every way that the processor has.
#[macro_export]
macro_rules! scanner_target {
    ($name:literal) => {
        use bytewright::reference::scanners::ScannerCheck;
        use std::sync::LazyLock;

        static CHECKS: LazyLock<Vec<ScannerCheck>> = LazyLock::new(|| $crate::checks($name));

        libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            let text = $crate::text(data);
            for check in &*CHECKS {
                check.check(&text);
            }
        });
    };
}

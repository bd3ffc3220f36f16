//! Slices of real text, where `$BYTEWRIGHT_DATA` has it.

use super::*;
use std::path::PathBuf;

/// Corpora that lie under `$BYTEWRIGHT_DATA`; none, and a line that says so, without it.
pub(super) fn corpora() -> Vec<PathBuf> {
    let Some(data) = std::env::var_os("BYTEWRIGHT_DATA") else {
        eprintln!("skipped: BYTEWRIGHT_DATA is not set");
        return Vec::new();
    };
    let folder = PathBuf::from(data).join("corpora");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no corpora", folder.display());
    files
}

/// Every `step`-th slice of 64 kB, through every scheme and its patterns of both dialects.
fn compare(step: usize) {
    for path in corpora() {
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (number, slice) in text.chunks(1 << 16).enumerate().step_by(step) {
            for scheme in Scheme::all() {
                let found = ranges(&scanner(scheme), slice);
                for dialect in [Dialect::Tiktoken, Dialect::Tokenizers] {
                    let pattern = scheme.pattern(dialect);
                    let (.., splitter) = REFERENCES
                        .iter()
                        .find(|(_, known, _)| *known == pattern)
                        .expect("every spelling is compiled");
                    assert!(
                        found == splitter.split(slice),
                        "{} {dialect:?}: slice {number} of {}",
                        scheme.name(),
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn slices_of_the_corpora_are_split_as_the_patterns_say() {
    compare(97);
}

#[test]
#[ignore = "minutes an engine: all of every corpus"]
fn the_corpora_are_split_as_the_patterns_say() {
    compare(1);
}

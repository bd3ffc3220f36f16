//! Forged files of tables, for tests and fuzzing: what has a right checksum and is wrong all the same.

use super::kept;
use super::model::{Scratch, Way};
use super::tables::Tables;
use crate::vocabulary::Vocabulary;
use xxhash_rust::xxh3::xxh3_64;

/// The file of a vocabulary's tables, where its merges can be found out as most can.
pub fn table_file(vocabulary: &Vocabulary) -> Option<Vec<u8>> {
    let digest = kept::digest(vocabulary);
    let mut content = None;
    Tables::make(vocabulary, |tables, layout| {
        content = Some(kept::content(vocabulary, digest, tables, layout));
    });
    content
}

/// Whether a file is taken once its checksum is mended; if so, `text` is encoded with what it says, which must end and not panic.
pub fn takes_forged(vocabulary: &Vocabulary, content: &mut Vec<u8>, text: &[u8]) -> bool {
    content.truncate(content.len().saturating_sub(8));
    let checksum = xxh3_64(content);
    content.extend_from_slice(&checksum.to_le_bytes());
    let tables = Tables::from_kept(vocabulary, kept::digest(vocabulary), content);
    if let Some(Tables { model, cuts }) = &tables {
        // A byte without a token is an error of the text, not of the file.
        let _ = model.encode(text, Way::Best, &mut Scratch::default(), &mut |_| {});
        if let Some(cuts) = cuts {
            cuts.places(text).append(0, text.len() + 1, &mut Vec::new());
        }
    }
    tables.is_some()
}

//! Any bytes as a `tokenizer.json`: refused, or equal when it was saved and loaded.

#![no_main]

use bytewright::vocabulary::{self, Format};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|content: &[u8]| {
    let Ok(definition) = vocabulary::load_bytes(Path::new("fuzz"), content, None) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokenizer.json");
    if vocabulary::save(&definition, &path, Format::TokenizerJson).is_err() {
        return;
    }
    let again = vocabulary::load(&path, None).expect("what was saved loads");
    assert_eq!(again, definition);
});

//! Any bytes as a file of ranks: refused, or a vocabulary whose merges can be found and which is equal when it was saved and loaded.

#![no_main]

use bytewright::pretokenize::PretokenizerSpec;
use bytewright::vocabulary::{self, Format};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|content: &[u8]| {
    let pattern = PretokenizerSpec::none();
    let Ok(definition) = vocabulary::load_bytes(Path::new("fuzz"), content, Some(&pattern)) else {
        return;
    };
    let vocabulary = &definition.vocabulary;
    for merge in vocabulary.merges() {
        let bytes = |id| vocabulary.bytes(id).expect("merges are of tokens");
        assert_eq!([bytes(merge.left), bytes(merge.right)].concat(), bytes(merge.id));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("saved");
    if vocabulary.is_empty() || vocabulary::save(&definition, &path, Format::Tiktoken).is_err() {
        return;
    }
    let again = vocabulary::load(&path, Some(&pattern)).expect("what was saved loads");
    assert_eq!(again.vocabulary.tokens(), vocabulary.tokens());
});

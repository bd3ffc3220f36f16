//! Any bytes as a profile: refused, or equal when it was saved and loaded.

#![no_main]

use bytewright::train::PretokenCounts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let (given, saved) = (folder.path().join("given"), folder.path().join("saved"));
    std::fs::write(&given, content).expect("written");
    let Ok(counts) = PretokenCounts::load(&given) else {
        return;
    };
    counts.save(&saved).expect("what was loaded can be saved");
    let again = PretokenCounts::load(&saved).expect("what was saved loads");
    assert!(again.iter().eq(counts.iter()));
});

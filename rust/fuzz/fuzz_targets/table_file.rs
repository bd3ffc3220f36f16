//! A file of tables with any words in any places, and a right checksum: refused, or any text can be encoded with it.

#![no_main]

use bytewright::encode::forged::{table_file, takes_forged};
use bytewright::vocabulary::Vocabulary;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Tokens joined of earlier ones, and a file of what merging makes them of.
static KEPT: LazyLock<(Vocabulary, Vec<u8>)> = LazyLock::new(|| {
    let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    for index in 0..200 {
        let part = |factor: usize| match index * factor % 7 {
            0..3 => usize::from(b"aeinr"[index * factor % 5]),
            _ => index * factor % tokens.len(),
        };
        let joined = [&tokens[part(31)][..], &tokens[part(17)]].concat();
        if joined.len() < 40 && !tokens.contains(&joined) {
            tokens.push(joined);
        }
    }
    let vocabulary = Vocabulary::from_ranks(tokens.into_iter().zip(0..).collect()).expect("valid");
    let content = table_file(&vocabulary).expect("in order");
    (vocabulary, content)
});

fuzz_target!(|data: &[u8]| {
    let (vocabulary, kept) = &*KEPT;
    let mut content = kept.clone();
    let Some((&edits, mut data)) = data.split_first() else {
        return;
    };
    for _ in 0..edits % 16 {
        let Some((edit, rest)) = data.split_first_chunk::<6>() else {
            break;
        };
        let [low, high, word @ ..] = *edit;
        // Most of a file are cuts, any of which are allowed: few places beyond the rest.
        let place = usize::from(u16::from_le_bytes([low, high])) % 2048 * 4;
        if let Some(old) = content.get_mut(place..place + 4) {
            old.copy_from_slice(&word);
        }
        data = rest;
    }
    takes_forged(vocabulary, &mut content, data);
    // And any bytes at all.
    takes_forged(vocabulary, &mut data.to_vec(), data);
});

//! Any ids: refused, or the bytes of their tokens; any text: what it is encoded to is decoded to it.

#![no_main]

use bytewright::encode::{SpecialTokens, Tokenizer};
use bytewright::pretokenize::PretokenizerSpec;
use bytewright::vocabulary::{AddedToken, Definition, TokenId, Vocabulary};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Every byte, some pairs, and gaps between ids.
static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(|| {
    let bytes = (0..=255_u8).map(|byte| (vec![byte], u32::from(byte)));
    let pairs = [
        (b"in".to_vec(), 300),
        (b" the".to_vec(), 303),
        (b" t".to_vec(), 301),
        (b"he".to_vec(), 302),
    ];
    let vocabulary = Vocabulary::from_ranks(bytes.chain(pairs).collect()).expect("valid");
    let pattern = PretokenizerSpec::named("gpt2").expect("known");
    let special = vec![AddedToken::special("<|end|>", 310)];
    let definition = Definition::new(vocabulary, pattern)
        .with_added_tokens(special)
        .expect("valid");
    Tokenizer::new(definition).expect("valid")
});

fuzz_target!(|data: &[u8]| {
    let ids: Vec<TokenId> = data
        .chunks_exact(2)
        .map(|pair| u32::from(u16::from_le_bytes([pair[0], pair[1]])) % 320)
        .collect();
    let mut out = Vec::new();
    if TOKENIZER.decode(&ids, false, &mut out).is_ok() {
        let tokens = ids.iter().map(|id| match id {
            310 => b"<|end|>",
            id => TOKENIZER
                .definition()
                .vocabulary
                .bytes(*id)
                .expect("ids that decode are tokens"),
        });
        assert_eq!(out, tokens.collect::<Vec<_>>().concat());
    }

    let mut ids = Vec::new();
    TOKENIZER
        .encode(data, SpecialTokens::Ordinary, false, &mut ids)
        .expect("every byte has a token");
    out.clear();
    TOKENIZER
        .decode(&ids, false, &mut out)
        .expect("ids of the encoder");
    assert_eq!(out, data);
});

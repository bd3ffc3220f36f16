//! Loads a vocabulary and saves it in another format: `convert FROM TO tiktoken|tokenizer.json|gpt2|pretrained [PATTERN]`.

use bytewright::pretokenize::{Dialect, PretokenizerSpec};
use bytewright::vocabulary::{self, Format};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, from, to, format, pattern @ ..] = arguments.as_slice() else {
        return Err("usage: convert FROM TO tiktoken|tokenizer.json|gpt2|pretrained [PATTERN]".into());
    };
    let pattern = pattern.first().map(|pattern| {
        PretokenizerSpec::named(pattern).unwrap_or_else(|_| PretokenizerSpec::regex(pattern, Dialect::Tiktoken))
    });
    let definition = vocabulary::load(Path::new(from), pattern.as_ref())?;
    let to = Path::new(to);
    match format.as_str() {
        "tiktoken" => vocabulary::save(&definition, to, Format::Tiktoken)?,
        "tokenizer.json" => vocabulary::save(&definition, to, Format::TokenizerJson)?,
        "gpt2" => vocabulary::save(&definition, to, Format::Gpt2)?,
        "pretrained" => vocabulary::save_pretrained(&definition, to)?,
        other => return Err(format!("no format {other}").into()),
    }
    Ok(())
}

//! Trains on a file and says how long each stage took: `train FILE VOCAB_SIZE [THREADS [PATTERN [SEPARATOR [MERGES_OUT]]]]`.
//!
//! `MERGES_OUT` gets a line a merge, both sides in hexadecimal.

use bytewright::Monitor;
use bytewright::pretokenize::PretokenizerSpec;
use bytewright::source::SourceOptions;
use bytewright::train::{CountOptions, PretokenCounter, Ties, TrainOptions, train};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |place: usize, default: &str| arguments.get(place).cloned().unwrap_or(default.to_owned());
    let threads = argument(2, "1").parse()?;
    let separator = argument(4, "");
    let monitor = Monitor::silent();
    let start = Instant::now();
    let mut counter = PretokenCounter::new(
        CountOptions {
            pretokenizer: PretokenizerSpec::named(&argument(3, "gpt2"))?,
            normalizer: None,
            source: SourceOptions {
                separator: (!separator.is_empty()).then(|| separator.replace("\\n", "\n").into_bytes()),
                field: None,
            },
            special_tokens: Vec::new(),
            allow_special: false,
            positions: false,
            threads,
        },
        &monitor,
    )?;
    counter.add_files(&[argument(0, "").into()])?;
    let counted = start.elapsed();
    let counts = counter.finish()?;
    let joined = start.elapsed();
    let options = TrainOptions {
        vocab_size: argument(1, "32000").parse()?,
        min_frequency: 0,
        max_token_length: None,
        special_tokens: Vec::new(),
        special_first: false,
        ties: Ties::default(),
        threads,
    };
    let trained = train(&counts, &options, None, &monitor)?;
    let all = start.elapsed();
    println!(
        "{} documents, {} bytes, {} distinct; count {:.3} join {:.3} train {:.3} all {:.3} s",
        counts.documents(),
        counts.bytes(),
        counts.len(),
        counted.as_secs_f64(),
        (joined - counted).as_secs_f64(),
        (all - joined).as_secs_f64(),
        all.as_secs_f64(),
    );
    if let Some(path) = arguments.get(5) {
        let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
        let vocabulary = &trained.definition.vocabulary;
        let hexadecimal = |id| -> String {
            let bytes = vocabulary.bytes(id).unwrap_or_default();
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        for merge in vocabulary.merges() {
            writeln!(out, "{} {}", hexadecimal(merge.left), hexadecimal(merge.right))?;
        }
    }
    Ok(())
}

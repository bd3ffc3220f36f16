//! Times the parts of loading a vocabulary: `load FILE PATTERN|- [TIMES]`.
#![allow(missing_docs, clippy::unwrap_used)]

use bytewright::encode::Tokenizer;
use bytewright::pretokenize::PretokenizerSpec;
use bytewright::vocabulary;
use std::time::Instant;

fn cpu() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap();
    let pattern = arguments.next().unwrap();
    let times: usize = arguments.next().map_or(1, |times| times.parse().unwrap());
    let spec = (pattern != "-").then(|| PretokenizerSpec::named(&pattern).unwrap());
    for _ in 0..times {
        let (wall, start) = (Instant::now(), cpu());
        let definition = vocabulary::load(std::path::Path::new(&path), spec.as_ref()).unwrap();
        let (read_wall, read) = (wall.elapsed().as_secs_f64() * 1e3, cpu() - start);
        let (wall, start) = (Instant::now(), cpu());
        let tokenizer = Tokenizer::new(definition).unwrap();
        println!(
            "read {read_wall:.1} ms (cpu {read:.1}), build {:.1} ms (cpu {:.1})",
            wall.elapsed().as_secs_f64() * 1e3,
            cpu() - start
        );
        println!("memory {:.1} MB", tokenizer.memory() as f64 / 1e6);
    }
}

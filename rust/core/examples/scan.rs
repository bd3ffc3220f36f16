//! Timing.
#![allow(missing_docs,clippy::unwrap_used)]
use bytewright::pretokenize::*; use std::ops::ControlFlow; use std::time::Instant;
fn main(){ for f in std::env::args().skip(1){ let mut t=std::fs::read(&f).unwrap(); t.truncate(40_000_000);
 for n in ["gpt2","cl100k","o200k"]{ let p=Pretokenizer::new(&PretokenizerSpec::named(n).unwrap()).unwrap();
  let mut best=f64::MAX; let mut c=0usize; for _ in 0..5{ let s=Instant::now(); c=0; p.for_each(&t,|x|{c+=x.bytes.len()&1|2; ControlFlow::Continue(())}).unwrap(); best=best.min(s.elapsed().as_secs_f64()); }
  println!("{f} {n} {:.0} MB/s {c}",t.len() as f64/best/1e6);}}}

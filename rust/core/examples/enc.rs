//! Timing.
#![allow(missing_docs,clippy::unwrap_used)]
use bytewright::encode::*; use bytewright::vocabulary; use std::time::Instant;
fn main(){ let mut a=std::env::args().skip(1); let voc=a.next().unwrap(); let pat=a.next().unwrap(); let threads:usize=a.next().unwrap().parse().unwrap();
 let s=Instant::now();
 let spec=bytewright::pretokenize::PretokenizerSpec::named(&pat).unwrap();
 let def=vocabulary::load(std::path::Path::new(&voc),Some(&spec)).unwrap();
 let l=s.elapsed().as_secs_f64();
 let s=Instant::now();
 let t=Tokenizer::new(def).unwrap(); println!("load {l:.3} new {:.3}",s.elapsed().as_secs_f64());
 for f in a{ let mut x=std::fs::read(&f).unwrap(); x.truncate(40_000_000); let docs:Vec<&[u8]>=x.chunks(10_000).collect();
  for what in ["encode","count"]{ let mut first=0.; let mut best=f64::MAX; let mut n=0u64;
  for i in 0..6{ let s=Instant::now();
   n = if what=="encode" { t.encode_batch(&docs,SpecialTokens::Ordinary,false,threads,&Default::default()).unwrap().ids.len() as u64 } else { t.count_batch(&docs,SpecialTokens::Ordinary,false,threads,&Default::default()).unwrap().iter().sum() };
   let e=s.elapsed().as_secs_f64(); if i==0 {first=e;} best=best.min(e);} println!("{f} {what} first {:.0} best {:.0} MB/s {n}",x.len() as f64/first/1e6,x.len() as f64/best/1e6);}}}

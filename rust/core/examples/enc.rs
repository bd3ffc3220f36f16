//! Timing.
#![allow(missing_docs,clippy::unwrap_used)]
use bytewright::encode::*; use bytewright::vocabulary; use std::time::Instant;
fn cpu()->f64{ let mut t=libc::timespec{tv_sec:0,tv_nsec:0}; unsafe{libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID,&mut t)}; t.tv_sec as f64+t.tv_nsec as f64/1e9}
fn touch(){ let n=1usize<<30; let mut v:Vec<u8>=Vec::with_capacity(n); let p=v.as_mut_ptr(); let mut i=0; while i<n { unsafe{p.add(i).write_volatile(1)}; i+=4096; } }
fn main(){ touch(); let mut a=std::env::args().skip(1); let voc=a.next().unwrap(); let pat=a.next().unwrap(); let threads:usize=a.next().unwrap().parse().unwrap();
 let s=Instant::now();
 let spec=bytewright::pretokenize::PretokenizerSpec::named(&pat).unwrap();
 let def=vocabulary::load(std::path::Path::new(&voc),Some(&spec)).unwrap();
 let l=s.elapsed().as_secs_f64();
 let s=Instant::now();
 let t=Tokenizer::new(def).unwrap(); println!("load {l:.3} new {:.3}",s.elapsed().as_secs_f64());
 for f in a{ let mut x=std::fs::read(&f).unwrap(); x.truncate(40_000_000); let docs:Vec<&[u8]>=x.chunks(10_000).collect();
  for what in std::env::var("WHAT").unwrap_or("encode count".into()).split(" "){ let mut first=0.; let mut best=f64::MAX; let mut n=0u64;
  for i in 0..std::env::var("PASSES").map_or(9,|p|p.parse::<usize>().unwrap()){ let s=cpu();
   n = if what=="encode" { { let e=t.encode_batch(&docs,SpecialTokens::Ordinary,false,threads,&Default::default()).unwrap(); let n=e.ids.len() as u64; recycle(e.ids); n} } else { t.count_batch(&docs,SpecialTokens::Ordinary,false,threads,&Default::default()).unwrap().iter().sum() };
   let e=cpu()-s; if i==0 {first=e;} best=best.min(e);} println!("{f} {what} first {:.0} best {:.0} MB/s {n}",x.len() as f64/first/1e6,x.len() as f64/best/1e6);}}}

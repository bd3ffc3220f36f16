//! Any text, cut by the scanner `gpt2`.

#![no_main]

bytewright_fuzz::scanner_target!("gpt2");

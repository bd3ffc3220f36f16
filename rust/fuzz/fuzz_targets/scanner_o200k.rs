//! Any text, cut by the scanner `o200k`.

#![no_main]

bytewright_fuzz::scanner_target!("o200k");

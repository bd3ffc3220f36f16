//! Any text, cut by the scanner `cl100k`.

#![no_main]

bytewright_fuzz::scanner_target!("cl100k");

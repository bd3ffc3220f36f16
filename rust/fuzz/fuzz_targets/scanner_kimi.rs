//! Any text, cut by the scanner `kimi`.

#![no_main]

bytewright_fuzz::scanner_target!("kimi");

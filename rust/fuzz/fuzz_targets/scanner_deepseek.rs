//! Any text, cut by the scanner `deepseek`.

#![no_main]

bytewright_fuzz::scanner_target!("deepseek");

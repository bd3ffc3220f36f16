//! Any text, cut by the scanner `superbpe`.

#![no_main]

bytewright_fuzz::scanner_target!("superbpe");

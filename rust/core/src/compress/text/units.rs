//! Numbers of the units, the smallest pieces that tokens consist of.

use super::lexer::MAXIMUM_DIGITS;

/// Units up to this are bytes by themselves.
pub const LAST_BYTE: u32 = 255;
/// No space although one is expected.
pub const GLUE: u32 = 256;
/// Upper-case first letter in the next word.
pub const CAPITAL: u32 = 257;
/// Upper-case letters throughout the next word.
pub const CAPITALS: u32 = 258;
/// A word that is spelled in the stream of rare words.
pub const RARE_WORD: u32 = 259;
/// A symbol that is spelled in the stream of rare words.
pub const RARE_SYMBOL: u32 = 260;
/// A number of one digit in the stream of digits; the following units are longer numbers.
pub const NUMBER: u32 = 261;
/// First of the words of the dictionary.
pub const FIRST_WORD: u32 = NUMBER + MAXIMUM_DIGITS as u32;

/// Whether a unit takes something from the stream of rare words or of digits.
pub fn has_payload(unit: u32) -> bool {
    (RARE_WORD..FIRST_WORD).contains(&unit)
}

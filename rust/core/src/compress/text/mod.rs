//! Token mode: text as words and phrases of a learned dictionary, in streams for Deflate.
//!
//! [`learn`] makes a dictionary from the first window of an input; blocks are then encoded and decoded by themselves,
//! in any order and on any thread. The way of a block:
//!
//! 1. [`lexer`]: words in lower case, case marks, numbers, blanks, symbols and bytes, with most spaces implied;
//! 2. [`parse`]: the cheapest phrases of the dictionary for these units;
//! 3. [`matches`]: repeats of earlier tokens of the block;
//! 4. [`codes`]: a lead byte for each token, in one of several streams chosen by the token before, so that each
//!    stream has Huffman codes that suit its context; further bytes in streams of their own;
//! 5. [`sections`]: each stream through Deflate.

mod characters;
mod classes;
mod clustering;
mod codes;
mod costs;
mod decode;
mod dictionary;
mod distances;
mod encode;
mod expand;
mod learn;
mod lexer;
mod logarithm;
mod matches;
mod model;
mod neighbours;
mod parse;
mod phrases;
mod resolve;
mod spacing;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod trie;
mod tuning;
mod units;
mod words;

pub use decode::{Dictionary, Kept};
pub use learn::{Learned, learn};

//! Single characters, as the steps of `tokenizers` tell them.

use super::classes::{Classes, NUMBER, decode, ranges};
use std::sync::LazyLock;

/// The character that stands for a byte in vocabularies of GPT-2's kind: printable Latin-1 characters for themselves, the others from U+0100.
pub(crate) fn byte_character(byte: u8) -> char {
    static CHARACTERS: LazyLock<[char; 256]> = LazyLock::new(|| {
        let mut others = '\u{100}'..;
        std::array::from_fn(|byte| match byte as u8 {
            printable @ (b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF) => char::from(printable),
            _ => others.next().unwrap_or_default(),
        })
    });
    CHARACTERS[byte as usize]
}

/// A set of characters to look for.
pub(crate) struct CharacterSet {
    ascii: [bool; 128],
    holds: fn(char) -> bool,
}

impl CharacterSet {
    /// `\p{N}`.
    pub(crate) fn digits() -> Self {
        Self::new(is_digit)
    }

    /// Punctuation.
    pub(crate) fn punctuation() -> Self {
        Self::new(is_punctuation)
    }

    fn new(holds: fn(char) -> bool) -> Self {
        Self {
            ascii: std::array::from_fn(|byte| holds(char::from(byte as u8))),
            holds,
        }
    }

    /// Calls `visit` with start and end of each of its characters, in order, until it fails.
    pub(crate) fn try_each<E>(
        &self,
        text: &[u8],
        mut visit: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            let (held, length) = match self.ascii.get(byte as usize) {
                Some(&held) => (held, 1),
                None => match decode(&text[at..]) {
                    Some(character) => ((self.holds)(character), character.len_utf8()),
                    None => (false, 1),
                },
            };
            if held {
                visit(at, at + length)?;
            }
            at += length;
        }
        Ok(())
    }
}

/// As `tokenizers` 0.23 tells digits: the numbers of Unicode 17, which has thirteen more than version 16 of our tables.
fn is_digit(character: char) -> bool {
    let class = Classes::get().of_code_point(character as u32);
    class & NUMBER != 0 || matches!(character, '\u{11DE0}'..='\u{11DE9}' | '\u{16FF4}'..='\u{16FF6}')
}

/// As `tokenizers` 0.23 tells punctuation: that of ASCII and, from a table of its own, that of Unicode 8.
fn is_punctuation(character: char) -> bool {
    static RANGES: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
        // Two that Unicode has classed otherwise since.
        let mut all = vec![(0x166D, 0x166D), (0x111C9, 0x111C9)];
        all.extend(ranges(r"[\p{P}&&\p{age:8.0}]"));
        all.sort_unstable();
        all
    });
    if character.is_ascii() {
        return character.is_ascii_punctuation();
    }
    let code_point = character as u32;
    let after = RANGES.partition_point(|&(first, _)| first <= code_point);
    after
        .checked_sub(1)
        .is_some_and(|index| code_point <= RANGES[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of members that `tokenizers` 0.23.3 has, and a few of them at the edges.
    #[test]
    fn digits_and_punctuation_are_those_of_tokenizers() {
        let count =
            |wanted: fn(char) -> bool| ('\0'..=char::MAX).filter(|&character| wanted(character)).count();
        assert_eq!(count(is_digit), 1_924);
        assert_eq!(count(is_punctuation), 726);
        for character in ['$', '`', '«', '\u{166D}', '\u{2E42}', '\u{111C9}', '\u{1DA8B}'] {
            assert!(is_punctuation(character), "{character:?}");
        }
        for character in ['€', '\u{61D}', '\u{2E43}', '\u{1E95F}'] {
            assert!(!is_punctuation(character), "{character:?}");
        }
    }

    #[test]
    fn each_byte_has_a_character_of_its_own() {
        let all: std::collections::BTreeSet<char> = (0..=255).map(byte_character).collect();
        assert_eq!(all.len(), 256);
        assert_eq!(
            [b' ', b'\n', 0x7F, 0xAD, b'a', 0xFF].map(byte_character),
            ['Ġ', 'Ċ', 'ġ', 'Ń', 'a', 'ÿ']
        );
    }
}

//! GPT-2's characters for bytes: a visible character for each of the 256 bytes, in which `vocab.json`, `merges.txt` and
//! `tokenizer.json` spell their tokens.
//!
//! A byte that is a visible character of Latin-1 stands for itself; the others take the characters from U+0100 on, in their order.

/// The character of each byte.
const CHARACTERS: [char; 256] = characters();

/// One more than the highest code point in [`CHARACTERS`].
const END: usize = 0x144;

/// The byte of each character below [`END`], and whether there is one.
const BYTES: [Option<u8>; END] = bytes();

const fn stands_for_itself(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

const fn characters() -> [char; 256] {
    let mut characters = ['\0'; 256];
    let mut next: u32 = 0x100;
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let own = byte as u8;
        characters[byte] = if stands_for_itself(own) {
            own as char
        } else {
            next += 1;
            match char::from_u32(next - 1) {
                Some(character) => character,
                None => panic!("U+0100 to U+0143 are characters"),
            }
        };
        byte += 1;
    }
    characters
}

const fn bytes() -> [Option<u8>; END] {
    let mut bytes = [None; END];
    let mut byte: u8 = 0;
    loop {
        bytes[CHARACTERS[byte as usize] as usize] = Some(byte);
        if byte == 255 {
            return bytes;
        }
        byte += 1;
    }
}

/// The character that stands for a byte.
pub const fn character(byte: u8) -> char {
    CHARACTERS[byte as usize]
}

/// The byte that a character stands for.
pub fn byte(character: char) -> Option<u8> {
    *BYTES.get(character as usize)?
}

/// Bytes as characters.
pub fn spell(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| character(*byte)).collect()
}

/// Characters as bytes; the first character that stands for none, otherwise.
///
/// # Errors
/// That character.
pub fn unspell(text: &str) -> Result<Box<[u8]>, char> {
    text.chars()
        .map(|character| byte(character).ok_or(character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_characters() {
        assert_eq!(spell(b"a b\n\0\x7f\xa0\xad\xff"), "aĠbĊĀġłŃÿ");
        assert_eq!(unspell("Ġthe").as_deref(), Ok(&b" the"[..]));
        assert_eq!(unspell("a b"), Err(' '));
        assert_eq!(unspell("▁a"), Err('▁'));
    }

    #[test]
    fn every_byte_has_its_own() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unspell(&spell(&all)).as_deref(), Ok(all.as_slice()));
        assert_eq!(
            (0..0x11_0000)
                .filter_map(char::from_u32)
                .filter(|each| byte(*each).is_some())
                .count(),
            256
        );
    }
}

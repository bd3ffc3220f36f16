//! What a character is to the lexer: letter, digit, blank or other, and how its case changes.
//!
//! The tables are part of the format. They are fixed ranges of ours, not the standard library's, whose answers
//! change with each version of Unicode.

/// What the lexer does with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Part of a word: a lower-case letter, or a letter of a script without case.
    Letter,
    /// Part of a word: an upper-case letter with a lower-case partner of the same length in UTF-8.
    Upper,
    /// An ASCII digit.
    Digit,
    /// Space, tab, line feed or carriage return.
    Blank,
    /// A character outside ASCII that is a unit by itself: ideographs, kana, scripts written without spaces, symbols.
    Symbol,
    /// Everything else: punctuation, control bytes, bytes that are not UTF-8.
    Byte,
}

/// Classes of the ASCII characters; bytes above are looked at by [`classify`].
const ASCII: [Class; 128] = {
    let mut table = [Class::Byte; 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Letter,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Digit,
            b' ' | b'\t' | b'\n' | b'\r' => Class::Blank,
            _ => Class::Byte,
        };
        byte += 1;
    }
    table
};

/// The class and the length in bytes of the character at `at`, which must lie inside of `text`.
#[inline]
pub fn classify(text: &[u8], at: usize) -> (Class, usize) {
    let byte = text[at];
    if byte < 128 {
        return (ASCII[usize::from(byte)], 1);
    }
    match decode(text, at) {
        Some((scalar, length)) => (class_of(scalar), length),
        None => (Class::Byte, 1),
    }
}

/// The scalar value and the length of the character outside ASCII at `at`; `None` where the bytes are not UTF-8.
#[inline]
fn decode(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let continuation = |offset: usize| match text.get(at + offset) {
        Some(&byte) if byte & 0xC0 == 0x80 => Some(u32::from(byte & 0x3F)),
        _ => None,
    };
    let lead = u32::from(text[at]);
    match lead {
        0xC2..=0xDF => Some((((lead & 0x1F) << 6) | continuation(1)?, 2)),
        0xE0..=0xEF => {
            let scalar = ((lead & 0x0F) << 12) | (continuation(1)? << 6) | continuation(2)?;
            (scalar >= 0x800 && !(0xD800..0xE000).contains(&scalar)).then_some((scalar, 3))
        }
        0xF0..=0xF4 => {
            let high = ((lead & 0x07) << 18) | (continuation(1)? << 12);
            let scalar = high | (continuation(2)? << 6) | continuation(3)?;
            (0x1_0000..0x11_0000).contains(&scalar).then_some((scalar, 4))
        }
        _ => None,
    }
}

/// The class of a scalar value outside ASCII.
fn class_of(scalar: u32) -> Class {
    if scalar < 0x800 {
        return match scalar {
            0..0xC0 | 0xD7 | 0xF7 | 0x60C | 0x61B | 0x61F | 0x640 | 0x66A..=0x66D | 0x6D4 => Class::Symbol,
            _ if lower(scalar) != scalar => Class::Upper,
            _ => Class::Letter,
        };
    }
    match scalar {
        // Thai, Lao, Tibetan; Myanmar; Khmer: written without spaces between words.
        0xE00..0x1000 | 0x1000..0x10A0 | 0x1780..0x1800 => Class::Symbol,
        // Hangul: words are stems with many endings, which phrases of syllables fit better than words do (25).
        0xAC00..0xD7B0 => Class::Symbol,
        // The danda ends sentences of Indic scripts.
        0x964 | 0x965 => Class::Symbol,
        0x800..0x2000 => Class::Letter,
        _ => Class::Symbol,
    }
}

/// The lower-case partner of a scalar value below U+0800, or the value itself.
#[inline]
fn lower(scalar: u32) -> u32 {
    match scalar {
        0x41..=0x5A | 0xC0..=0xD6 | 0xD8..=0xDE | 0x391..=0x3A1 | 0x3A3..=0x3A9 | 0x410..=0x42F => {
            scalar + 0x20
        }
        0x400..=0x40F => scalar + 0x50,
        _ if alternates_from_even(scalar) && scalar.is_multiple_of(2) => scalar + 1,
        _ if alternates_from_odd(scalar) && scalar % 2 == 1 => scalar + 1,
        _ => scalar,
    }
}

/// The upper-case partner of a scalar value below U+0800, or the value itself; undoes [`lower`].
#[inline]
fn upper(scalar: u32) -> u32 {
    match scalar {
        0x61..=0x7A | 0xE0..=0xF6 | 0xF8..=0xFE | 0x3B1..=0x3C1 | 0x3C3..=0x3C9 | 0x430..=0x44F => {
            scalar - 0x20
        }
        0x450..=0x45F => scalar - 0x50,
        _ if alternates_from_even(scalar) && scalar % 2 == 1 => scalar - 1,
        _ if alternates_from_odd(scalar) && scalar.is_multiple_of(2) => scalar - 1,
        _ => scalar,
    }
}

/// Whether the scalar lies in a range of pairs whose upper-case letter is even.
fn alternates_from_even(scalar: u32) -> bool {
    matches!(scalar, 0x100..=0x12F | 0x132..=0x137 | 0x14A..=0x177 | 0x48A..=0x4BF | 0x4D0..=0x52F)
}

/// Whether the scalar lies in a range of pairs whose upper-case letter is odd.
fn alternates_from_odd(scalar: u32) -> bool {
    matches!(scalar, 0x139..=0x148 | 0x179..=0x17E)
}

/// Appends `text`, which consists of letters, in lower case.
pub fn push_lower(text: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text);
    if text.is_ascii() {
        // The usual case, which is several times faster.
        out[start..].make_ascii_lowercase();
        return;
    }
    change_case(&mut out[start..], usize::MAX, lower);
}

/// Changes the first `characters` characters to upper case in place; other characters than letters stay.
pub fn make_upper(text: &mut [u8], characters: usize) {
    change_case(text, characters, upper);
}

/// Applies a change of case, which keeps lengths, to the first `characters` characters.
fn change_case(text: &mut [u8], characters: usize, change: impl Fn(u32) -> u32) {
    let mut at = 0;
    let mut left = characters;
    while at < text.len() && left > 0 {
        let byte = text[at];
        if byte < 128 {
            text[at] = change(u32::from(byte)) as u8;
            at += 1;
        } else if let Some((scalar, length)) = decode(text, at) {
            if length == 2 {
                let changed = change(scalar);
                text[at] = 0xC0 | (changed >> 6) as u8;
                text[at + 1] = 0x80 | (changed & 0x3F) as u8;
            }
            at += length;
        } else {
            at += 1;
        }
        left -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_changes_are_inverse_and_keep_lengths() {
        for scalar in 0..0x800 {
            let low = lower(scalar);
            if low != scalar {
                assert_eq!(upper(low), scalar, "{scalar:#x}");
                assert_eq!(low < 0x80, scalar < 0x80, "{scalar:#x}");
                assert_eq!(lower(low), low, "{scalar:#x}");
            }
            let high = upper(scalar);
            if high != scalar {
                assert_eq!(lower(high), scalar, "{scalar:#x}");
            }
        }
    }

    #[test]
    fn classes_of_samples() {
        let class = |text: &str| classify(text.as_bytes(), 0);
        assert_eq!(class("a"), (Class::Letter, 1));
        assert_eq!(class("É"), (Class::Upper, 2));
        assert_eq!(class("中"), (Class::Symbol, 3));
        assert_eq!(class("한"), (Class::Symbol, 3));
        assert_eq!(class("\u{1F600}"), (Class::Symbol, 4));
        for broken in [
            &b"\xff"[..],
            b"\xc3",
            b"\xe4\xb8",
            b"\xed\xa0\x80",
            b"\xc0\x80",
            b"\xf5\x80\x80\x80",
        ] {
            assert_eq!(classify(broken, 0), (Class::Byte, 1));
        }
    }
}

//! Places inside a pretoken where it may be cut, because no token spans them.
//!
//! Between two characters that stand side by side in no token (nor parts of them at a token's ends), nothing ever merges, so that the ids of both sides are those of the
//! whole. In scripts without spaces this turns long pretokens that hardly ever come again (20 bytes of Han on average with o200k's pattern) into short ones that do (3.5 bytes).
//!
//! The pairs of characters are kept as bits by their hash; a pair that hashes like another one is only a cut less.

/// Bits of the filter, as a power of two: o200k has some 50,000 pairs, cl100k 20,000.
const BITS: u32 = 20;

/// Vocabularies whose pairs would fill more of the filter than this have no cuts.
const MAXIMAL_PAIRS: usize = 1 << 18;

/// Pretokens whose first or second byte is lower are not looked at: with o200k, scripts before U+3000 gain nothing (few of their pairs are in no token).
pub(crate) const FIRST_LEAD: u8 = 0xE3;

/// Which neighbours some token spans.
pub(crate) struct Cuts {
    filter: Box<[u64]>,
    /// Whether any pair of kind [`LAST_AND_LEAD`] or [`CHARACTER_AND_LEAD`] has this lead byte.
    leads: [bool; 256],
}

/// A whole character and a whole character.
const CHARACTERS: u64 = 0;
/// A whole character and a lead byte: a token ends within the character.
const CHARACTER_AND_LEAD: u64 = 1;
/// A last byte and a whole character: a token begins within the character before.
const LAST_AND_CHARACTER: u64 = 2;
/// Both.
const LAST_AND_LEAD: u64 = 3;

/// The length that a lead byte promises; what is not a lead byte is taken for a character of one byte.
#[inline(always)]
fn promised(lead: u8) -> usize {
    match lead {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    }
}

#[inline(always)]
fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// A character as a number.
#[inline(always)]
fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, &byte| (number << 8) | u64::from(byte))
}

#[inline(always)]
fn place(kind: u64, left: u64, right: u64) -> (usize, u64) {
    let key = (left << 32) ^ right ^ (kind << 30);
    let hash = (key ^ (key >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bit = hash >> (64 - BITS);
    ((bit / 64) as usize, 1 << (bit % 64))
}

impl Cuts {
    /// From all tokens that may come up; `None` where too many pairs are spanned.
    pub(crate) fn new<'a>(tokens: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut cuts = Self {
            filter: vec![0; 1 << (BITS - 6)].into_boxed_slice(),
            leads: [false; 256],
        };
        let mut pairs = 0;
        for token in tokens {
            pairs += cuts.add(token);
            if pairs > MAXIMAL_PAIRS {
                return None;
            }
        }
        Some(cuts)
    }

    /// Marks what a token spans; returns how many marks are new.
    fn add(&mut self, token: &[u8]) -> usize {
        let mut marks = 0;
        let mut left_start = 0;
        for boundary in 1..token.len() {
            if is_continuation(token[boundary]) {
                continue;
            }
            let left = &token[left_start..boundary];
            let rest = token[boundary + 1..].iter();
            let right_end = boundary + 1 + rest.take_while(|&&byte| is_continuation(byte)).count();
            let right = &token[boundary..right_end];
            left_start = boundary;
            let (last, lead) = (left[left.len() - 1], right[0]);
            // A malformed character in the middle matches only its like, beside which there are no cuts.
            let left_whole = !is_continuation(left[0]);
            let missing = promised(lead).saturating_sub(right.len());
            let at_end = right_end == token.len();
            let mut mark = |kind, left: u64, right: u64| {
                let (word, bit) = place(kind, left, right);
                marks += usize::from(self.filter[word] & bit == 0);
                self.filter[word] |= bit;
            };
            match (left_whole, missing) {
                (true, 0) if left.len() <= 4 && right.len() <= 4 => {
                    mark(CHARACTERS, number(left), number(right))
                }
                (true, 1) if at_end && left.len() <= 4 => {
                    for byte in 0x80..0xC0 {
                        mark(CHARACTERS, number(left), (number(right) << 8) | byte);
                    }
                }
                (true, 2..) if at_end && left.len() <= 4 => {
                    mark(CHARACTER_AND_LEAD, number(left), lead.into());
                    self.leads[lead as usize] = true;
                }
                (false, 0) if right.len() <= 4 => mark(LAST_AND_CHARACTER, last.into(), number(right)),
                (false, _) if at_end => {
                    mark(LAST_AND_LEAD, last.into(), lead.into());
                    self.leads[lead as usize] = true;
                }
                _ => {}
            }
        }
        marks
    }

    #[inline(always)]
    fn has(&self, kind: u64, left: u64, right: u64) -> bool {
        let (word, bit) = place(kind, left, right);
        self.filter[word] & bit != 0
    }

    /// Whether a token may span the boundary between two whole characters.
    #[inline(always)]
    fn spans(&self, left: u64, right: u64, lead: u8) -> bool {
        let last = left & 0xFF;
        self.has(CHARACTERS, left, right)
            || self.has(LAST_AND_CHARACTER, last, right)
            || (self.leads[lead as usize]
                && (self.has(CHARACTER_AND_LEAD, left, lead.into())
                    || self.has(LAST_AND_LEAD, last, lead.into())))
    }

    /// The places where a pretoken may be cut, in order, and its end.
    #[inline]
    pub(crate) fn places<'a>(&'a self, pretoken: &'a [u8]) -> Places<'a> {
        let mut places = Places {
            cuts: self,
            text: pretoken,
            left: 0,
            left_whole: false,
            left_end: 0,
        };
        if !pretoken.is_empty() {
            (places.left, places.left_end, places.left_whole) = character(pretoken, 0);
        }
        places
    }
}

/// See [`Cuts::places`].
pub(crate) struct Places<'a> {
    cuts: &'a Cuts,
    text: &'a [u8],
    /// The character before `left_end`, and whether it is well-formed.
    left: u64,
    left_whole: bool,
    left_end: usize,
}

impl Iterator for Places<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.left_end < self.text.len() {
            let place = self.left_end;
            let (right, end, whole) = character(self.text, place);
            let cut = self.left_whole && whole && !self.cuts.spans(self.left, right, self.text[place]);
            (self.left, self.left_end, self.left_whole) = (right, end, whole);
            if cut {
                return Some(place);
            }
        }
        // The end, once.
        let end = self.left_end;
        self.left_end = usize::MAX;
        (end != usize::MAX && end > 0).then_some(end)
    }
}

/// The character at `start` with the continuation bytes behind it: as a number, its end, and whether it is as long as its lead byte promises.
#[inline(always)]
fn character(text: &[u8], start: usize) -> (u64, usize, bool) {
    let lead = text[start];
    // Most of what is cut has three bytes.
    if lead & 0xF0 == 0xE0
        && let Some(&[_, second, third, fourth]) = text[start..].first_chunk()
        && is_continuation(second)
        && is_continuation(third)
        && !is_continuation(fourth)
    {
        let number = (u64::from(lead) << 16) | (u64::from(second) << 8) | u64::from(third);
        return (number, start + 3, true);
    }
    let end = end_of_character(text, start);
    let bytes = &text[start..end];
    (
        number(bytes),
        end,
        !is_continuation(lead) && bytes.len() == promised(lead),
    )
}

/// Where the character at `start` and the continuation bytes behind it end.
#[inline(always)]
fn end_of_character(text: &[u8], start: usize) -> usize {
    let mut end = start + 1;
    while end < text.len() && is_continuation(text[end]) {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces<'a>(cuts: &Cuts, text: &'a [u8]) -> Vec<&'a [u8]> {
        let mut start = 0;
        let piece = |end| {
            let piece = &text[start..end];
            start = end;
            piece
        };
        cuts.places(text).map(piece).collect()
    }

    #[test]
    fn cuts_where_no_token_spans() {
        let tokens: [&[u8]; 5] = [
            "日本".as_bytes(),
            "本語".as_bytes(),
            b"\xA5\xE4\xBA\xBA",
            b" \xE6\x97",
            b"a\xE6",
        ];
        let cuts = Cuts::new(tokens.into_iter()).expect("few");
        let shown = |text: &'static str| {
            let pieces = pieces(&cuts, text.as_bytes());
            let texts = pieces
                .iter()
                .map(|piece| std::str::from_utf8(piece).expect("whole"));
            texts.collect::<Vec<_>>().join("|")
        };
        assert_eq!(shown("日本語人語"), "日本語|人|語");
        // 日 ends with A5, so that the third token may span; the others end within a character.
        assert_eq!(shown("日人人"), "日人|人");
        assert_eq!(
            shown("人 日 本a本"),
            "人| 日| |本|a|本".replace("a|本", "a本").as_str()
        );
    }

    #[test]
    fn no_cuts_beside_what_is_malformed() {
        let cuts = Cuts::new(std::iter::empty()).expect("few");
        assert_eq!(
            pieces(&cuts, b"a\xE6\x97b\x80\x80cd"),
            [&b"a\xE6\x97b\x80\x80c"[..], b"d"]
        );
        assert_eq!(pieces(&cuts, b"\x80ab"), [&b"\x80a"[..], b"b"]);
    }
}

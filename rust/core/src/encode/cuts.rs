//! Places inside a pretoken where it may be cut, because no token spans them.
//!
//! Between two characters that stand side by side in no token (nor parts of them at a token's ends), nothing ever merges, so that the ids of both sides are those of the
//! whole. In scripts without spaces this turns long pretokens that hardly ever come again (20 bytes of Han on average with o200k's pattern) into short ones that do (3.5 bytes).
//!
//! The pairs of characters are kept as bits by their hash; a pair that hashes like another one is only a cut less.

use super::keys::SHORT;

/// Bits of the filter, as a power of two: o200k has some 50,000 pairs, cl100k 20,000.
const BITS: u32 = 20;

/// Vocabularies whose pairs would fill more of the filter than this have no cuts.
const MAXIMAL_PAIRS: usize = 1 << 18;

/// Characters of lower leads are not looked for: with o200k, scripts before U+3000 gain nothing (few of their pairs are in no token).
pub(crate) const FIRST_LEAD: u8 = 0xE3;

/// Which neighbours some token spans.
pub(crate) struct Cuts {
    /// Pairs of what is spanned, by hash.
    pairs: Box<[u64; 1 << (BITS - 6)]>,
    /// By the hash of a character: whether it is the right or the left side of a pair that is not of two whole characters. Few are, so that
    /// these pairs need not be looked up.
    sides: Box<[u8; 1 << SIDES]>,
    /// By the low six bits of a last byte, and a bit for those of a lead: where a token begins within one character and ends within the next.
    bytes: [u64; 64],
}

/// Bits of a character's hash that tell its place in `sides`.
const SIDES: u32 = 16;

/// A token spans two whole characters.
const CHARACTERS: u64 = 0;
/// A token ends within the right one.
const CHARACTER_AND_LEAD: u64 = 1 << 62;
/// A token begins within the left one.
const LAST_AND_CHARACTER: u64 = 2 << 62;

/// In `sides`: the right side of a [`LAST_AND_CHARACTER`].
const RIGHT: u8 = 1;
/// The left side of a [`CHARACTER_AND_LEAD`].
const LEFT: u8 = 2;

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

/// A character of at most four bytes as a number, its first byte lowest.
#[inline(always)]
fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| (number << 8) | u32::from(byte))
}

/// The last byte of a character as a number.
#[inline(always)]
fn last(character: u32) -> u8 {
    (character >> ((31 - (character | 1).leading_zeros()) & !7)) as u8
}

/// Spreads the bits of a character; the constant is 2⁶⁴ / φ. It serves twice: for its place in `sides`, and where it is the left one of a pair.
#[inline(always)]
fn spread(character: u32) -> u64 {
    u64::from(character).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[inline(always)]
fn side(spread: u64) -> usize {
    (spread >> (64 - SIDES)) as usize
}

/// Where the bit of a pair is; `left` is [`spread`], and the other constant is a random odd one.
#[inline(always)]
fn place(kind: u64, left: u64, right: u32) -> (usize, u64) {
    let hash = (left ^ u64::from(right) ^ kind).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let bit = hash >> (64 - BITS);
    ((bit / 64) as usize, 1 << (bit % 64))
}

impl Cuts {
    /// [`Cuts::words`] of all cuts.
    pub(super) const WORDS: usize = (1 << (BITS - 6)) + 64 + (1 << (SIDES - 3));

    fn empty() -> Self {
        Self {
            pairs: Box::new([0; 1 << (BITS - 6)]),
            sides: Box::new([0; 1 << SIDES]),
            bytes: [0; 64],
        }
    }

    /// From all tokens that may come up; `None` where too many pairs are spanned.
    pub(crate) fn new<'a>(tokens: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut cuts = Self::empty();
        let mut pairs = 0;
        for token in tokens {
            pairs += cuts.add(token);
            if pairs > MAXIMAL_PAIRS {
                return None;
            }
        }
        Some(cuts)
    }

    /// As words, for a file.
    pub(super) fn words(&self) -> impl Iterator<Item = u64> {
        let sides = self.sides.as_chunks::<8>().0.iter();
        let sides = sides.map(|&eight| u64::from_le_bytes(eight));
        let pairs = self.pairs.iter().chain(&self.bytes[..]);
        pairs.copied().chain(sides)
    }

    /// From [`Cuts::words`], whatever they are: none makes more of them than other cuts.
    pub(super) fn from_words(mut words: impl Iterator<Item = u64>) -> Self {
        let mut cuts = Self::empty();
        let mut next = || words.next().unwrap_or(0);
        for word in cuts.pairs.iter_mut().chain(&mut cuts.bytes[..]) {
            *word = next();
        }
        for eight in cuts.sides.as_chunks_mut::<8>().0 {
            *eight = next().to_le_bytes();
        }
        cuts
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.pairs) + size_of_val(&*self.sides) + size_of_val(&self.bytes)
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
            let (left_last, lead) = (left[left.len() - 1], right[0]);
            // A malformed character in the middle matches only its like, beside which there are no cuts.
            let left_whole = !is_continuation(left[0]);
            let missing = promised(lead).saturating_sub(right.len());
            let at_end = right_end == token.len();
            let mut mark = |kind, left: u32, right: u32| {
                let (word, bit) = place(kind, spread(left), right);
                marks += usize::from(self.pairs[word] & bit == 0);
                self.pairs[word] |= bit;
            };
            match (left_whole, missing) {
                (true, 0) if left.len() <= 4 && right.len() <= 4 => {
                    mark(CHARACTERS, number(left), number(right))
                }
                (true, 1) if at_end && left.len() <= 4 => {
                    for byte in 0x80..0xC0 {
                        mark(
                            CHARACTERS,
                            number(left),
                            number(right) | byte << (8 * right.len()),
                        );
                    }
                }
                (true, 2..) if at_end && left.len() <= 4 => {
                    mark(CHARACTER_AND_LEAD, number(left), lead.into());
                    self.sides[side(spread(number(left)))] |= LEFT;
                }
                (false, 0) if right.len() <= 4 => {
                    mark(LAST_AND_CHARACTER, left_last.into(), number(right));
                    self.sides[side(spread(number(right)))] |= RIGHT;
                }
                (false, _) if at_end => {
                    self.bytes[usize::from(left_last % 64)] |= 1 << (lead % 64);
                }
                _ => {}
            }
        }
        marks
    }

    #[inline(always)]
    fn has(&self, kind: u64, left: u64, right: u32) -> bool {
        let (word, bit) = place(kind, left, right);
        self.pairs[word] & bit != 0
    }

    /// Whether a token may span the boundary between two whole characters.
    #[inline(always)]
    fn spans(&self, left: &Character, right: &Character) -> bool {
        let lead = right.number as u8;
        let both = self.has(CHARACTERS, left.spread, right.number)
            | (self.bytes[usize::from(left.last % 64)] >> (lead % 64) & 1 != 0);
        if right.sides & RIGHT | left.sides & LEFT != 0 {
            return both
                || self.has(LAST_AND_CHARACTER, spread(left.last.into()), right.number)
                || self.has(CHARACTER_AND_LEAD, left.spread, lead.into());
        }
        both
    }

    /// Whether it is worth looking for places where a pretoken may be cut.
    #[inline(always)]
    pub(crate) fn may_help(pretoken: &[u8]) -> bool {
        let length = pretoken.len();
        // Both bytes at once first: most text is ASCII.
        let at_begin = length > 3
            && pretoken[0] | pretoken[1] >= FIRST_LEAD
            && (pretoken[0] >= FIRST_LEAD || pretoken[1] >= FIRST_LEAD);
        // What begins with a quotation mark or a name in Latin letters is seldom the same again, and long enough to be worth another look.
        at_begin || length > SHORT && pretoken[length - 3] >= FIRST_LEAD
    }

    /// The places where a pretoken may be cut, in order, and its end.
    #[inline]
    pub(crate) fn places<'a>(&'a self, pretoken: &'a [u8]) -> Places<'a> {
        let mut places = Places {
            cuts: self,
            text: pretoken,
            left: Character::default(),
            left_end: 0,
        };
        if !pretoken.is_empty() {
            (places.left, places.left_end) = self.character(pretoken, 0);
        }
        places
    }

    /// Goes along characters of three bytes from `at` on, which are most of what is cut, up to any other one or to `stop`, and writes down the places before them where there
    /// is a cut; `left` is the character before, which is whole. A loop of its own, for its state to stay in registers (o200k, Chinese: 75 to 71 instructions an id in all of this file).
    ///
    /// # Safety
    /// There is room behind `out` for a place for each byte from `at` to `stop`, after the first `count`.
    #[inline(always)]
    unsafe fn three_bytes(
        &self,
        text: &[u8],
        (mut at, stop): (usize, usize),
        left: &mut Character,
        base: usize,
        (out, mut count): (*mut u32, usize),
    ) -> (usize, usize) {
        let mut before = *left;
        let stop = stop.min(text.len().saturating_sub(3));
        while at < stop {
            // SAFETY: four bytes of the text begin here.
            let four = u32::from_le_bytes(unsafe { *text.as_ptr().add(at).cast::<[u8; 4]>() });
            // Two continuation bytes, and no third.
            if four & 0x00C0_C0F0 != 0x0080_80E0 || four & 0xC000_0000 == 0x8000_0000 {
                break;
            }
            let number = four & 0x00FF_FFFF;
            let right = self.known(number, (number >> 16) as u8, true);
            let (word, bit) = place(CHARACTERS, before.spread, number);
            let mut spanned = self.pairs[word] & bit != 0;
            spanned |= self.bytes[usize::from(before.last % 64)] >> (number % 64) & 1 != 0;
            if right.sides & RIGHT | before.sides & LEFT != 0 {
                spanned = self.spans(&before, &right);
            }
            // SAFETY: the caller sees to the room.
            unsafe { out.add(count).write((base + at) as u32) };
            count += usize::from(!spanned);
            before = right;
            at += 3;
        }
        *left = before;
        (at, count)
    }

    /// The character at `start` with the continuation bytes behind it, and its end.
    #[inline(always)]
    fn character(&self, text: &[u8], start: usize) -> (Character, usize) {
        let (number, end, whole) = any_character(text, start);
        (self.known(number, last(number), whole), end)
    }

    #[inline(always)]
    fn known(&self, number: u32, last: u8, whole: bool) -> Character {
        let spread = spread(number);
        Character {
            number,
            spread,
            last,
            sides: self.sides[side(spread)],
            whole,
        }
    }
}

/// What there is to know of a character.
#[derive(Clone, Copy, Default)]
struct Character {
    number: u32,
    spread: u64,
    last: u8,
    sides: u8,
    /// As long as its lead byte promises.
    whole: bool,
}

/// See [`Cuts::places`].
pub(crate) struct Places<'a> {
    cuts: &'a Cuts,
    text: &'a [u8],
    /// The character before `left_end`.
    left: Character,
    left_end: usize,
}

impl Places<'_> {
    /// Appends the next places, each `base` further on, at most `room` of them; returns whether all of them were given, the end among them.
    #[inline]
    pub(crate) fn append(&mut self, base: usize, room: usize, places: &mut Vec<u32>) -> bool {
        places.reserve(room);
        let end = self.text.len();
        let (mut left, mut at) = (self.left, self.left_end);
        // No place is nearer to another than a byte, and the end takes one more.
        let stop = end.min(at + room - 1);
        let mut count = places.len();
        let out = places.as_mut_ptr();
        while at < stop {
            if left.whole {
                // SAFETY: there is room for `room` more, of which each byte before `stop` takes at most one.
                (at, count) = unsafe {
                    self.cuts
                        .three_bytes(self.text, (at, stop), &mut left, base, (out, count))
                };
                if at >= stop {
                    break;
                }
            }
            let (right, next) = self.cuts.character(self.text, at);
            let cut = left.whole & right.whole && !self.cuts.spans(&left, &right);
            // SAFETY: as above.
            unsafe { out.add(count).write((base + at) as u32) };
            count += usize::from(cut);
            (left, at) = (right, next);
        }
        // SAFETY: so many have been written, and there was room for them.
        unsafe { places.set_len(count) };
        (self.left, self.left_end) = (left, at);
        if at >= end {
            places.push((base + end) as u32);
        }
        at >= end
    }
}

/// The character at `start` with the continuation bytes behind it: as a number, its end, and whether it is as long as its lead byte promises.
#[inline(never)]
fn any_character(text: &[u8], start: usize) -> (u32, usize, bool) {
    let end = end_of_character(text, start);
    let bytes = &text[start..end];
    (
        number(&bytes[..bytes.len().min(4)]),
        end,
        !is_continuation(bytes[0]) && bytes.len() == promised(bytes[0]),
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
        let (mut some, mut all) = (Vec::new(), Vec::new());
        let mut places = cuts.places(text);
        while !places.append(0, 2, &mut some) {}
        assert!(cuts.places(text).append(0, text.len() + 1, &mut all));
        assert_eq!(some, all);
        let mut start = 0;
        let piece = |end: u32| {
            let piece = &text[start..end as usize];
            start = end as usize;
            piece
        };
        all.into_iter().map(piece).collect()
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

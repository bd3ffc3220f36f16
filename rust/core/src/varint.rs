//! Whole numbers in as few bytes as they need: seven bits a byte, the lowest first, the high bit of all but the last one set.

/// Bytes that a number of 64 bits takes at most.
pub(crate) const LONGEST: usize = 10;

/// Appends `value`.
pub(crate) fn write(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that `value` takes.
pub(crate) fn length(value: u64) -> usize {
    (value | 1).ilog2() as usize / 7 + 1
}

/// What stands at the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// A number, and the bytes it takes.
    Number(u64, usize),
    /// The beginning of one.
    Incomplete,
    /// Not a number: longer than 64 bits, or longer than it has to be (each number has one form, so that equal files are equal bytes).
    Malformed,
}

/// The number whose bytes `next` gives, one after the other; none where they are not one.
///
/// # Errors
/// What `next` returns.
#[inline]
pub(crate) fn decode<E>(mut next: impl FnMut() -> Result<u8, E>) -> Result<Option<u64>, E> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = next()?;
        let bits = u64::from(byte & 0x7F);
        if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
            break;
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Reads the number at the front of `data`.
pub(crate) fn read(data: &[u8]) -> Read {
    let mut used = 0;
    let number = decode(|| {
        let byte = data.get(used).copied().ok_or(())?;
        used += 1;
        Ok(byte)
    });
    match number {
        Ok(Some(value)) => Read::Number(value, used),
        Ok(None) => Read::Malformed,
        Err(()) => Read::Incomplete,
    }
}

/// Takes the number off the front of `data`; none where there is no whole one.
pub(crate) fn take(data: &mut &[u8]) -> Option<u64> {
    match read(data) {
        Read::Number(value, length) => {
            *data = &data[length..];
            Some(value)
        }
        Read::Incomplete | Read::Malformed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Read, read, take, write};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(value: u64, shift in 0u32..64, rest: Vec<u8>) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            write(value, &mut bytes);
            let length = bytes.len();
            prop_assert!(length <= LONGEST);
            prop_assert_eq!(super::length(value), length);
            for end in 0..length {
                prop_assert_eq!(read(&bytes[..end]), Read::Incomplete);
            }
            bytes.extend_from_slice(&rest);
            prop_assert_eq!(read(&bytes), Read::Number(value, length));
            let mut slice = bytes.as_slice();
            prop_assert_eq!(take(&mut slice), Some(value));
            prop_assert_eq!(slice, rest);
        }
    }

    #[test]
    fn a_number_has_one_form() {
        assert_eq!(read(&[0x80, 0]), Read::Malformed);
        assert_eq!(read(&[0xFF; 10]), Read::Malformed);
        assert_eq!(
            read(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2]),
            Read::Malformed
        );
        assert_eq!(
            read(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
            Read::Number(u64::MAX, 10)
        );
    }
}

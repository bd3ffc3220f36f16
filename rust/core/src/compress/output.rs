//! Where decoders put what they decode.

/// Where output goes.
pub(super) enum Output<'a> {
    /// To the end of a vector, up to so many bytes.
    Vector(&'a mut Vec<u8>, usize),
    /// Into a buffer, of which so many bytes are filled.
    Buffer(&'a mut [u8], usize),
}

impl Output<'_> {
    /// Bytes that are still wanted.
    pub fn room(&self) -> usize {
        match self {
            Self::Vector(_, most) => *most,
            Self::Buffer(buffer, filled) => buffer.len() - filled,
        }
    }

    /// The place for the next bytes.
    pub fn take(&mut self, length: usize) -> &mut [u8] {
        match self {
            Self::Vector(vector, most) => {
                *most -= length;
                let start = vector.len();
                vector.resize(start + length, 0);
                &mut vector[start..]
            }
            Self::Buffer(buffer, filled) => {
                *filled += length;
                &mut buffer[*filled - length..*filled]
            }
        }
    }

    /// Takes back a place to which nothing came.
    pub fn give_back(&mut self, length: usize) {
        match self {
            Self::Vector(vector, most) => {
                *most += length;
                vector.truncate(vector.len() - length);
            }
            Self::Buffer(_, filled) => *filled -= length,
        }
    }
}

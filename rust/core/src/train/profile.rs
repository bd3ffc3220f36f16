//! The file of pretoken counts, read and written as a stream; the format is in `docs/profile-format.md`.

use super::counts::{CountsHeader, PretokenCounts};
use super::profile_header;
use crate::atomic_file::write_atomically;
use crate::error::ProfileError;
use crate::pretokenize::PretokenizerSpec;
use crate::varint;
use crate::vocabulary::Normalizer;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

/// What every profile begins with.
pub(super) const MAGIC: &[u8] = b"\x89BWPROF\n";

/// The only version so far.
const VERSION: u8 = 1;

/// Distinct pretokens (8 bytes), their sum (16), the checksum (8).
const TRAILER: u64 = 24 + CHECKSUM;

/// The checksum, which covers all that is before it.
const CHECKSUM: u64 = 8;

/// Bytes read and written at a time.
const BUFFER: usize = 1 << 16;

/// Writes a profile from front to back; pretokens come in the order of their bytes.
pub(super) struct Writer<W> {
    out: W,
    hash: Xxh3,
    buffer: Vec<u8>,
    last: Vec<u8>,
    distinct: u64,
    total: u128,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W, header: &CountsHeader) -> Self {
        let mut buffer = Vec::with_capacity(BUFFER + (BUFFER >> 2));
        buffer.extend_from_slice(MAGIC);
        buffer.push(VERSION);
        let header = profile_header::encode(header);
        varint::write(header.len() as u64, &mut buffer);
        buffer.extend_from_slice(&header);
        Self {
            out,
            hash: Xxh3::new(),
            buffer,
            last: Vec::new(),
            distinct: 0,
            total: 0,
        }
    }

    /// Adds a pretoken, which comes after the last one in the order of bytes, and whose count is not 0.
    pub fn push(&mut self, pretoken: &[u8], count: u64) -> io::Result<()> {
        debug_assert!(pretoken > self.last.as_slice() && count > 0);
        let shared = self.last.iter().zip(pretoken).take_while(|(a, b)| a == b).count();
        varint::write(shared as u64, &mut self.buffer);
        varint::write((pretoken.len() - shared) as u64, &mut self.buffer);
        self.buffer.extend_from_slice(&pretoken[shared..]);
        varint::write(count, &mut self.buffer);
        self.last.truncate(shared);
        self.last.extend_from_slice(&pretoken[shared..]);
        self.distinct += 1;
        self.total += u128::from(count);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hash.update(&self.buffer);
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Writes the end.
    pub fn finish(mut self) -> io::Result<()> {
        self.buffer.extend([0, 0]);
        self.buffer.extend_from_slice(&self.distinct.to_le_bytes());
        self.buffer.extend_from_slice(&self.total.to_le_bytes());
        self.flush()?;
        self.out.write_all(&self.hash.digest().to_le_bytes())
    }
}

/// Reads a profile from front to back; no length in it is trusted.
pub(crate) struct Reader {
    path: PathBuf,
    file: File,
    /// Bytes of the file, as the system said when it was opened.
    size: u64,
    buffer: Vec<u8>,
    /// Where in `buffer` to go on.
    at: usize,
    /// Offset in the file of the end of `buffer`.
    read: u64,
    hash: Xxh3,
    header: CountsHeader,
    pretoken: Vec<u8>,
    distinct: u64,
    total: u128,
    ended: bool,
}

impl Reader {
    /// Opens a profile and reads its header.
    pub fn open(path: &Path) -> Result<Self, ProfileError> {
        let io = |source| ProfileError::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return Err(io(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let mut reader = Self {
            path: path.to_owned(),
            file,
            size: metadata.len(),
            buffer: Vec::new(),
            at: 0,
            read: 0,
            hash: Xxh3::new(),
            header: CountsHeader::default(),
            pretoken: Vec::new(),
            distinct: 0,
            total: 0,
            ended: false,
        };
        let start: &[u8] = reader.take(MAGIC.len().min(reader.size as usize))?;
        if start != MAGIC {
            if reader.size > 0 && MAGIC.starts_with(reader.consumed()) {
                return Err(reader.truncated());
            }
            return Err(reader.malformed_at(
                0,
                "this is not a profile: it does not begin as one; `bytewright profile` makes one from text"
                    .to_owned(),
            ));
        }
        let version = reader.byte()?;
        if version != VERSION {
            return Err(reader.malformed_at(
                MAGIC.len() as u64,
                format!("version {version} of the format is not known; this is version {VERSION}"),
            ));
        }
        let length = reader.number()?;
        let begin = reader.offset();
        let bytes = reader.text(length)?;
        reader.header = profile_header::decode(&bytes).map_err(|(offset, problem)| {
            reader.malformed_at(begin + offset as u64, format!("header: {problem}"))
        })?;
        Ok(reader)
    }

    pub fn header(&self) -> &CountsHeader {
        &self.header
    }

    /// How many bytes of the file have been gone through.
    pub fn offset(&self) -> u64 {
        self.read - (self.buffer.len() - self.at) as u64
    }

    /// The next pretoken and its count; `None` at the end, where the checksum has been compared.
    pub fn next(&mut self) -> Result<Option<(&[u8], u64)>, ProfileError> {
        if self.ended {
            return Ok(None);
        }
        let begin = self.offset();
        let shared = self.number()?;
        let added = self.number()?;
        if added == 0 {
            if shared != 0 {
                return Err(
                    self.malformed_at(begin, "a pretoken adds nothing to the one before it".to_owned())
                );
            }
            self.end()?;
            return Ok(None);
        }
        if shared > self.pretoken.len() as u64 {
            let problem = format!(
                "a pretoken shares {shared} bytes with the one before it, which has {}",
                self.pretoken.len()
            );
            return Err(self.malformed_at(begin, problem));
        }
        let shared = shared as usize;
        let before = self.pretoken.get(shared).copied();
        self.pretoken.truncate(shared);
        let mut missing = self.checked(added)?;
        while missing > 0 {
            self.fill(1)?;
            let part = &self.buffer[self.at..];
            let part = &part[..part.len().min(missing)];
            self.pretoken.extend_from_slice(part);
            self.at += part.len();
            missing -= part.len();
        }
        if before.is_some_and(|before| self.pretoken[shared] <= before) {
            return Err(self.malformed_at(begin, "pretokens are not in the order of their bytes".to_owned()));
        }
        let count = self.number()?;
        if count == 0 {
            return Err(self.malformed_at(begin, "a pretoken has count 0".to_owned()));
        }
        self.distinct += 1;
        self.total += u128::from(count);
        Ok(Some((&self.pretoken, count)))
    }

    /// Reads the trailer and compares it with what was read.
    fn end(&mut self) -> Result<(), ProfileError> {
        let begin = self.offset();
        let trailer = self.take(TRAILER as usize)?;
        let (distinct, rest) = trailer.split_at(8);
        let (total, checksum) = rest.split_at(16);
        let distinct = u64::from_le_bytes(distinct.try_into().unwrap_or_default());
        let total = u128::from_le_bytes(total.try_into().unwrap_or_default());
        let checksum = u64::from_le_bytes(checksum.try_into().unwrap_or_default());
        if self.offset() != self.size {
            let problem = format!(
                "{} bytes follow the end of the profile",
                self.size - self.offset()
            );
            return Err(self.malformed_at(self.offset(), problem));
        }
        if checksum != self.hash.digest() {
            let problem = "the checksum is another one: the file is damaged; make it again".to_owned();
            return Err(self.malformed_at(begin + 24, problem));
        }
        if (distinct, total) != (self.distinct, self.total) {
            let problem = format!(
                "{distinct} pretokens with {total} occurrences are announced, but {} with {} are there",
                self.distinct, self.total
            );
            return Err(self.malformed_at(begin, problem));
        }
        self.ended = true;
        Ok(())
    }

    /// A length from the file, which must lie within it.
    fn checked(&self, length: u64) -> Result<usize, ProfileError> {
        match usize::try_from(length) {
            Ok(checked) if length <= self.size - self.offset() => Ok(checked),
            _ => Err(self.malformed_at(
                self.offset(),
                format!(
                    "{length} bytes are announced, but the file has only {} more",
                    self.size - self.offset()
                ),
            )),
        }
    }

    /// As many bytes, which may be many.
    fn text(&mut self, length: u64) -> Result<Vec<u8>, ProfileError> {
        let mut missing = self.checked(length)?;
        let mut bytes = Vec::new();
        while missing > 0 {
            self.fill(1)?;
            let part = &self.buffer[self.at..];
            let part = &part[..part.len().min(missing)];
            bytes.extend_from_slice(part);
            self.at += part.len();
            missing -= part.len();
        }
        Ok(bytes)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, ProfileError> {
        if self.at == self.buffer.len() {
            self.fill(1)?;
        }
        self.at += 1;
        Ok(self.buffer[self.at - 1])
    }

    #[inline]
    fn number(&mut self) -> Result<u64, ProfileError> {
        let number = varint::decode(|| self.byte())?;
        number.ok_or_else(|| {
            let problem = "a number is longer than it needs to be, or beyond 64 bits";
            self.malformed_at(self.offset(), problem.to_owned())
        })
    }

    /// As many bytes, which are few.
    fn take(&mut self, length: usize) -> Result<&[u8], ProfileError> {
        self.fill(length)?;
        self.at += length;
        Ok(&self.buffer[self.at - length..self.at])
    }

    /// What has been gone through of the buffer.
    fn consumed(&self) -> &[u8] {
        &self.buffer[..self.at]
    }

    /// Reads on until `length` bytes wait in the buffer.
    fn fill(&mut self, length: usize) -> Result<(), ProfileError> {
        if self.buffer.len() - self.at >= length {
            return Ok(());
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        while self.buffer.len() < length {
            let begin = self.buffer.len();
            let wanted = (self.size - self.read).min(BUFFER as u64);
            let read = (&mut self.file)
                .take(wanted)
                .read_to_end(&mut self.buffer)
                .map_err(|source| ProfileError::Io {
                    path: self.path.clone(),
                    source,
                })?;
            if read == 0 {
                return Err(self.truncated());
            }
            // The checksum covers everything but itself.
            let covered = self
                .size
                .saturating_sub(CHECKSUM)
                .saturating_sub(self.read)
                .min(read as u64);
            self.hash.update(&self.buffer[begin..begin + covered as usize]);
            self.read += read as u64;
        }
        Ok(())
    }

    fn truncated(&self) -> ProfileError {
        self.malformed_at(
            self.read,
            "the file ends here, before the profile does: it was cut off; make it again".to_owned(),
        )
    }

    fn malformed_at(&self, offset: u64, problem: String) -> ProfileError {
        ProfileError::Malformed {
            path: self.path.clone(),
            place: format!("byte {offset}"),
            problem,
        }
    }
}

/// Whether a file begins as profiles do. A pipe, which can be read only once, is taken for text.
pub(crate) fn is_profile(path: &Path) -> io::Result<bool> {
    let mut magic = Vec::new();
    if std::fs::metadata(path)?.is_file() {
        File::open(path)?
            .take(MAGIC.len() as u64)
            .read_to_end(&mut magic)?;
    }
    Ok(magic == MAGIC)
}

/// How text was split, in words.
pub(crate) fn describe(
    pretokenizer: &PretokenizerSpec,
    normalizer: Option<&Normalizer>,
    unicode: &str,
) -> String {
    let pattern = match pretokenizer.name() {
        Some(name) => name.to_owned(),
        None => pretokenizer.to_string(),
    };
    let normalizer = normalizer.map_or("none".to_owned(), ToString::to_string);
    format!("pretokenizer {pattern}, normaliser {normalizer}, Unicode {unicode}")
}

/// The error for profiles that count different things.
pub(super) fn incompatible(
    name: &str,
    header: &CountsHeader,
    other_name: &str,
    other: &CountsHeader,
) -> ProfileError {
    let describe = |header: &CountsHeader| {
        let split = describe(&header.pretokenizer, header.normalizer.as_ref(), &header.unicode);
        format!("{split}, chunks {}", header.chunks.name())
    };
    ProfileError::Incompatible(format!(
        "{name} and {other_name} count different things: {} and {}; count both in the same way",
        describe(header),
        describe(other)
    ))
}

impl PretokenCounts {
    /// Reads a profile.
    ///
    /// # Errors
    /// What the system says; a file that is not a profile, was cut off or is damaged.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        let mut reader = Reader::open(path)?;
        let mut counted = Self::collect(reader.header().clone(), false);
        while let Some((pretoken, count)) = reader.next()? {
            // Front coding lets a small file stand for much text: ask for the memory, do not demand it.
            if !counted.try_push(pretoken, count) {
                return Err(ProfileError::Io {
                    path: path.to_owned(),
                    source: io::Error::from(io::ErrorKind::OutOfMemory),
                });
            }
        }
        Ok(counted.finish_sorted())
    }

    /// Writes a profile: aside, then renamed. Equal counts give equal bytes.
    ///
    /// # Errors
    /// What the system says; the file that was there before is then still there.
    pub fn save(&self, path: &Path) -> Result<(), ProfileError> {
        write_atomically(path, |out| {
            let mut writer = Writer::new(out, self.header());
            for (pretoken, count) in self.iter() {
                writer.push(pretoken, count)?;
            }
            writer.finish()
        })
        .map_err(|source| ProfileError::Io {
            path: path.to_owned(),
            source,
        })
    }
}

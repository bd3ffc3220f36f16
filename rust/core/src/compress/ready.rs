//! What stands whole at the front of the input, within a frame.

use super::blocks::{self, GIVEN, LEARNED};
use super::container::{Front, Head, Header, Kind};
use super::limits::{Limits, memory_of};
use super::sections::Damage;
use super::text::Dictionary;
use crate::error::CodecError;

/// What can be decoded.
pub(super) enum Ready {
    /// The footer is next.
    Footer,
    /// A dictionary.
    Dictionary(Whole),
    /// Blocks; none, where more input is needed.
    Blocks(Vec<Whole>),
}

/// An item that lies in the input whole; its places count from the front.
pub(super) struct Whole {
    /// Of its head.
    pub start: usize,
    /// Of its payload.
    pub payload: usize,
    /// Behind it.
    pub end: usize,
    /// The head.
    pub head: Head,
}

impl Ready {
    /// What stands at the front of `input`, which lies at `offset` of the file, in a frame with that header: of blocks one at least, and on until they give `most`
    /// bytes, or would give more than that. A thread may decode each of them in the memory that there is `room`.
    ///
    /// # Errors
    /// [`CodecError`] where no encoder writes such a thing, or it takes more memory than there is.
    pub fn at_front(
        input: &[u8],
        header: Header,
        offset: u64,
        most: u64,
        room: u64,
        limits: Limits,
    ) -> Result<Self, CodecError> {
        let mut blocks: Vec<Whole> = Vec::new();
        let (mut at, mut raw) = (0, 0);
        loop {
            let offset = offset + at as u64;
            let (head, length) = match Head::read(&input[at..], header, offset) {
                Ok(Front::Head(head, length)) => (head, length),
                Ok(Front::Incomplete) => break,
                // What stands before comes first.
                _ if !blocks.is_empty() => break,
                Ok(Front::Footer) if header.single => {
                    return Err(CodecError::Corrupt {
                        offset,
                        problem: "a frame of a single block has no block".to_owned(),
                    });
                }
                Ok(Front::Footer) => return Ok(Self::Footer),
                Err(error) => return Err(error),
            };
            let needed = memory_of(&head.entry);
            if needed > room && blocks.is_empty() {
                let name = head.entry.kind.name();
                let what = format!("the item at byte {offset} of the compressed data ({name})");
                return Err(limits.exceeded(what, limits.memory - room + needed));
            }
            let payload = at + length;
            let end = payload + head.entry.stored as usize;
            let is_dictionary = head.entry.kind == Kind::Dictionary;
            let beyond = is_dictionary || raw + head.entry.raw > most || needed > room;
            if end > input.len() || (beyond && !blocks.is_empty()) {
                break;
            }
            let item = Whole {
                start: at,
                payload,
                end,
                head,
            };
            if is_dictionary {
                return Ok(Self::Dictionary(item));
            }
            blocks.push(item);
            (at, raw) = (end, raw + head.entry.raw);
            if raw >= most || header.single {
                break;
            }
        }
        Ok(Self::Blocks(blocks))
    }
}

/// Reads a dictionary that stands at `offset` of the file, in a frame with that header.
///
/// # Errors
/// [`CodecError`] where it is damaged, or takes more memory than there is.
pub(super) fn read_dictionary(
    limits: Limits,
    header: Header,
    head: &Head,
    payload: &[u8],
    offset: u64,
) -> Result<Dictionary, CodecError> {
    let corrupt = |damage: Damage| CodecError::Corrupt {
        offset,
        problem: damage.to_string(),
    };
    blocks::verify(head, payload).map_err(corrupt)?;
    let room = limits.beside_block(header)?;
    let tables = match payload.split_first() {
        Some((&LEARNED, tables)) => tables,
        Some((&GIVEN, hash)) => {
            let hash: String = hash.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
            return Err(CodecError::Unsupported {
                offset,
                feature: format!("a file of the vocabulary with the hash {hash}"),
                hint: "this release reads dictionaries that stand in the file".to_owned(),
            });
        }
        Some((kind, _)) => {
            return Err(CodecError::Unsupported {
                offset,
                feature: format!("a dictionary of kind {kind}"),
                hint: "this release knows kind 0".to_owned(),
            });
        }
        None => return Err(corrupt(Damage::Other("a dictionary of no bytes"))),
    };
    match Dictionary::parse(tables, usize::try_from(room).unwrap_or(usize::MAX)) {
        Ok(dictionary) => Ok(dictionary),
        Err(Damage::Memory) => {
            let what = format!("the dictionary at byte {offset} of the compressed data, besides a block,");
            Err(limits.exceeded(what, limits.memory + 1))
        }
        Err(damage) => Err(corrupt(damage)),
    }
}

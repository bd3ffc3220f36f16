//! Items of a frame: blocks in each mode, and dictionaries, and back.

use super::bytes;
use super::container::{Entry, Head, Kind, checksum};
use super::deflate::Deflater;
use super::levels::Level;
use super::sections::Damage;
use super::text;
use std::sync::OnceLock;

/// What a thread holds to encode blocks.
pub(super) struct Worker {
    level: Level,
    /// For blocks of bytes.
    bytes: Deflater,
    /// For blocks of tokens.
    tokens: Deflater,
    /// For trials.
    fast: Deflater,
    /// For what was encoded: nothing is written that does not come back.
    decoder: Decoder,
    /// What came back of a block.
    decoded: Vec<u8>,
}

impl Worker {
    /// For one thread.
    pub fn new(level: Level) -> Self {
        Self {
            level,
            bytes: Deflater::new(level.deflate_bytes),
            tokens: Deflater::new(level.deflate_tokens),
            fast: Deflater::new(1),
            decoder: Decoder::default(),
            decoded: Vec::new(),
        }
    }

    /// Whether a block is decoded to what it was made of.
    fn comes_back(&mut self, item: &Item, dictionary: Option<&text::Dictionary>, raw: &[u8]) -> bool {
        self.decoded.resize(raw.len(), 0);
        let (head, payload) = (item.head(), &item.payload);
        let result = self.decoder.decode(&head, payload, dictionary, &mut self.decoded);
        result.is_ok() && self.decoded == raw
    }
}

/// The first byte of a dictionary that stands in the file.
pub(super) const LEARNED: u8 = 0;
/// The first byte of one that is given from elsewhere, by its hash; nothing writes it yet.
pub(super) const GIVEN: u8 = 1;

/// A block or a dictionary as it is written.
#[derive(Clone)]
pub(super) struct Item {
    /// What the seek table says of it.
    pub entry: Entry,
    checksum: u32,
    payload: Vec<u8>,
}

impl Item {
    fn new(kind: Kind, raw: &[u8], payload: Vec<u8>) -> Self {
        let entry = Entry {
            kind,
            stored: payload.len() as u64,
            raw: raw.len() as u64,
        };
        Self {
            entry,
            checksum: checksum(raw),
            payload,
        }
    }

    /// A block as it is.
    pub fn stored(raw: &[u8]) -> Self {
        Self::new(Kind::Stored, raw, raw.to_vec())
    }

    /// A dictionary that was learned. It stands for no bytes of the original, and its checksum is that of itself.
    fn dictionary(bytes: &[u8]) -> Self {
        let payload = [&[LEARNED], bytes].concat();
        Self {
            checksum: checksum(&payload),
            ..Self::new(Kind::Dictionary, &[], payload)
        }
    }

    fn head(&self) -> Head {
        Head {
            entry: self.entry,
            checksum: self.checksum,
        }
    }

    /// Bytes that it takes in the file.
    pub fn length(&self) -> usize {
        self.entry.length() as usize
    }

    /// Appends it to a file.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        self.head().write(out);
        out.extend_from_slice(&self.payload);
    }
}

/// A dictionary as it is written, and as decoders read it.
pub(super) struct Written {
    pub item: Item,
    /// None where they could not.
    dictionary: Option<text::Dictionary>,
}

/// A dictionary that was learned, and is written once it is needed.
pub(super) struct Vocabulary {
    learned: text::Learned,
    /// libdeflate's effort for it.
    deflate: u32,
    written: OnceLock<Written>,
}

impl Vocabulary {
    /// Of a level.
    pub fn new(learned: text::Learned, level: Level) -> Self {
        Self {
            learned,
            deflate: level.deflate_dictionary,
            written: OnceLock::new(),
        }
    }

    /// As it is written. It takes a while the first time; other threads that ask wait.
    pub fn written(&self) -> &Written {
        self.written.get_or_init(|| {
            let bytes = self.learned.dictionary_bytes(self.deflate);
            let dictionary = text::Dictionary::parse(&bytes, usize::MAX);
            debug_assert!(dictionary.is_ok(), "a dictionary can't be read");
            Written {
                item: Item::dictionary(&bytes),
                dictionary: dictionary.ok(),
            }
        })
    }
}

/// A block by repetitions and Deflate.
pub(super) fn by_bytes(raw: &[u8], worker: &mut Worker) -> Item {
    let mut payload = Vec::with_capacity(raw.len() / 2);
    bytes::encode(raw, worker.level.matches, &mut worker.bytes, &mut payload);
    if payload.len() < raw.len() {
        let item = Item::new(Kind::Bytes, raw, payload);
        if worker.comes_back(&item, None, raw) {
            return item;
        }
    }
    Item::stored(raw)
}

/// About what [`by_bytes`] would take for some bytes, or somewhat more, soon found out.
pub(super) fn estimate(raw: &[u8], worker: &mut Worker) -> usize {
    let mut payload = Vec::with_capacity(raw.len() / 2);
    bytes::encode(raw, bytes::Effort::TRIAL, &mut worker.fast, &mut payload);
    payload.len().min(raw.len())
}

/// A block by the tokens of a dictionary.
pub(super) fn by_tokens(raw: &[u8], vocabulary: &Vocabulary, worker: &mut Worker) -> Item {
    let mut payload = Vec::with_capacity(raw.len() / 2);
    let may_be = vocabulary
        .learned
        .encode_block(raw, &mut worker.tokens, &mut payload);
    if !may_be || payload.len() >= raw.len() {
        return Item::stored(raw);
    }
    let item = Item::new(Kind::Tokens, raw, payload);
    if worker.comes_back(&item, vocabulary.written().dictionary.as_ref(), raw) {
        item
    } else {
        by_bytes(raw, worker)
    }
}

/// What a thread holds to decode blocks: buffers that stay, since fresh ones for each block cost page faults, for which threads wait for each other.
#[derive(Default)]
pub(super) struct Decoder {
    bytes: bytes::Decoder,
    tokens: text::Kept,
    /// Bytes of the longest block so far.
    longest: usize,
}

/// So many times the length of the longest block may stay; text takes three, and what a forged one takes goes again.
const KEPT: usize = 4;

impl Decoder {
    /// Fills `raw` with what a block stands for, given the dictionary before it.
    ///
    /// # Errors
    /// [`Damage`] where it stands for nothing, or for something else; `raw` may then hold anything.
    pub fn decode(
        &mut self,
        head: &Head,
        payload: &[u8],
        dictionary: Option<&text::Dictionary>,
        raw: &mut [u8],
    ) -> Result<(), Damage> {
        match (head.entry.kind, dictionary) {
            (Kind::Stored, _) if payload.len() == raw.len() => raw.copy_from_slice(payload),
            (Kind::Stored, _) => return Err(Damage::Range),
            (Kind::Bytes, _) => self.bytes.decode(payload, raw)?,
            (Kind::Tokens, Some(dictionary)) => {
                dictionary.decode_block(payload, raw, &mut self.tokens)?;
            }
            (Kind::Tokens, None) => {
                return Err(Damage::Other("no dictionary stands before a block of tokens"));
            }
            (Kind::Dictionary, _) => {}
        }
        self.longest = self.longest.max(raw.len());
        if self.bytes.memory() + self.tokens.memory() > KEPT * self.longest {
            *self = Self::default();
        }
        verify(head, raw)
    }
}

/// Checks the checksum of an item.
///
/// # Errors
/// [`Damage`] where it is another one.
pub(super) fn verify(head: &Head, bytes: &[u8]) -> Result<(), Damage> {
    // The fuzzers go deeper than a checksum would let them.
    if !cfg!(fuzzing) && checksum(bytes) != head.checksum {
        return Err(Damage::Other("the checksum is not that of what the block gives"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::levels;
    use crate::compress::parallel::Workers;
    use crate::compress::tests::prose;
    use crate::monitor::Monitor;

    fn vocabulary(text: &[u8], level: Level) -> Vocabulary {
        let monitor = Monitor::silent();
        let workers = Workers {
            threads: 1,
            monitor: &monitor,
        };
        let learned = text::learn(text, level.text, &workers).expect("nobody interrupts");
        Vocabulary::new(learned, level)
    }

    #[test]
    fn a_block_that_does_not_come_back_is_written_in_another_mode() {
        let level = levels::level(1).expect("a level");
        let text = prose(1 << 17);
        let other = vocabulary(&text.to_ascii_uppercase()[..1 << 16], level);
        let right = vocabulary(&text, level);
        let mut worker = Worker::new(level);
        assert_eq!(by_tokens(&text, &right, &mut worker).entry.kind, Kind::Tokens);
        // As if the encoder had another dictionary in mind than it wrote.
        other.written();
        let wrong = Vocabulary {
            written: other.written,
            ..right
        };
        let item = by_tokens(&text, &wrong, &mut worker);
        assert_eq!(item.entry.kind, Kind::Bytes);
        assert!(worker.comes_back(&item, None, &text));
        // Nor is one written whose dictionary can't be read.
        let unreadable = Vocabulary {
            written: OnceLock::from(Written {
                item: Item::dictionary(b""),
                dictionary: None,
            }),
            ..wrong
        };
        let item = by_tokens(&text, &unreadable, &mut worker);
        assert_eq!(item.entry.kind, Kind::Bytes);
    }
}

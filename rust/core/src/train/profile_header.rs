//! The header of a profile as bytes; the format is in `docs/profile-format.md`.

use super::counts::{ChunkKind, CountsHeader};
use crate::pretokenize::{Behavior, Dialect, Pattern, PretokenizerSpec, SplitPattern, Step};
use crate::varint;
use crate::vocabulary::Normalizer;

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    varint::write(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn behavior_code(behavior: Behavior) -> u8 {
    match behavior {
        Behavior::Isolated => 0,
        Behavior::Removed => 1,
        Behavior::MergedWithPrevious => 2,
        Behavior::MergedWithNext => 3,
        Behavior::Contiguous => 4,
    }
}

fn put_step(out: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Split {
            pattern,
            behavior,
            invert,
        } => {
            let (kind, text) = match pattern {
                SplitPattern::Regex(Pattern { regex, dialect }) => match dialect {
                    Dialect::Tiktoken => (0, regex),
                    Dialect::Tokenizers => (1, regex),
                },
                SplitPattern::Literal(text) => (2, text),
            };
            out.extend([1, kind, behavior_code(*behavior), u8::from(*invert)]);
            put_bytes(out, text.as_bytes());
        }
        Step::ByteLevel {
            add_prefix_space,
            use_regex,
            trim_offsets,
        } => out.extend([
            2,
            u8::from(*add_prefix_space) | u8::from(*use_regex) << 1 | u8::from(*trim_offsets) << 2,
        ]),
        Step::Digits { individual } => out.extend([3, u8::from(*individual)]),
        Step::Punctuation { behavior } => out.extend([4, behavior_code(*behavior)]),
    }
}

/// The header as bytes, without its length.
pub(super) fn encode(header: &CountsHeader) -> Vec<u8> {
    let mut out = Vec::new();
    put_bytes(&mut out, header.unicode.as_bytes());
    put_bytes(&mut out, header.chunks.name().as_bytes());
    varint::write(header.pretokenizer.steps.len() as u64, &mut out);
    for step in &header.pretokenizer.steps {
        put_step(&mut out, step);
    }
    put_bytes(
        &mut out,
        header
            .normalizer
            .as_ref()
            .map_or(String::new(), Normalizer::to_json)
            .as_bytes(),
    );
    match &header.separator {
        None => out.push(0),
        Some(separator) => {
            out.push(1);
            put_bytes(&mut out, separator);
        }
    }
    for number in [
        header.documents,
        header.bytes,
        header.special_seen,
        header.dropped,
    ] {
        varint::write(number, &mut out);
    }
    out
}

/// A header in bytes; what is wrong goes with the offset into it.
pub(super) fn decode(bytes: &[u8]) -> Result<CountsHeader, (usize, String)> {
    let mut input = Input { bytes, at: 0 };
    input.header().map_err(|problem| (input.at, problem))
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn byte(&mut self) -> Result<u8, String> {
        let byte = self
            .bytes
            .get(self.at)
            .copied()
            .ok_or("the header ends too early")?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u64, String> {
        let number = varint::decode(|| self.byte())?;
        number.ok_or_else(|| "a number is longer than it needs to be, or beyond 64 bits".to_owned())
    }

    fn bytes(&mut self) -> Result<&'a [u8], String> {
        let length = self.number()?;
        let rest = &self.bytes[self.at..];
        match usize::try_from(length).ok().and_then(|length| rest.get(..length)) {
            Some(bytes) => {
                self.at += bytes.len();
                Ok(bytes)
            }
            None => Err(format!("a text of {length} bytes is longer than the header")),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|_| "a text is not UTF-8".to_owned())
    }

    fn flag(&mut self) -> Result<bool, String> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(format!("{other} stands where 0 or 1 is expected")),
        }
    }

    fn behavior(&mut self) -> Result<Behavior, String> {
        Ok(match self.byte()? {
            0 => Behavior::Isolated,
            1 => Behavior::Removed,
            2 => Behavior::MergedWithPrevious,
            3 => Behavior::MergedWithNext,
            4 => Behavior::Contiguous,
            other => return Err(format!("no behaviour of a split has number {other}")),
        })
    }

    fn step(&mut self) -> Result<Step, String> {
        Ok(match self.byte()? {
            1 => {
                let kind = self.byte()?;
                let (behavior, invert, text) = (self.behavior()?, self.flag()?, self.text()?);
                let regex = |dialect| {
                    SplitPattern::Regex(Pattern {
                        regex: text.clone(),
                        dialect,
                    })
                };
                let pattern = match kind {
                    0 => regex(Dialect::Tiktoken),
                    1 => regex(Dialect::Tokenizers),
                    2 => SplitPattern::Literal(text),
                    other => return Err(format!("no kind of pattern has number {other}")),
                };
                Step::Split {
                    pattern,
                    behavior,
                    invert,
                }
            }
            2 => {
                let flags = self.byte()?;
                if flags > 7 {
                    return Err(format!("{flags} stands where three flags are expected"));
                }
                Step::ByteLevel {
                    add_prefix_space: flags & 1 != 0,
                    use_regex: flags & 2 != 0,
                    trim_offsets: flags & 4 != 0,
                }
            }
            3 => Step::Digits {
                individual: self.flag()?,
            },
            4 => Step::Punctuation {
                behavior: self.behavior()?,
            },
            other => {
                return Err(format!(
                    "no step of a pretokenizer has number {other} (a newer version may have)"
                ));
            }
        })
    }

    fn header(&mut self) -> Result<CountsHeader, String> {
        let unicode = self.text()?;
        let chunks = match self.text()?.as_str() {
            "words" => ChunkKind::Words,
            other => {
                return Err(format!(
                    "chunks of kind {other:?} are not known; this version reads \"words\""
                ));
            }
        };
        let steps = self.number()?;
        let mut pretokenizer = PretokenizerSpec::default();
        for _ in 0..steps {
            pretokenizer.steps.push(self.step()?);
        }
        let normalizer = match self.text()?.as_str() {
            "" => None,
            json => Some(
                Normalizer::from_json(json)
                    .ok_or_else(|| format!("no normaliser is {json:?} (a newer version may have it)"))?,
            ),
        };
        let separator = if self.flag()? {
            Some(self.bytes()?.to_vec())
        } else {
            None
        };
        let [documents, bytes, special_seen, dropped] =
            [self.number()?, self.number()?, self.number()?, self.number()?];
        if self.at != self.bytes.len() {
            return Err(format!(
                "{} bytes of the header are left over",
                self.bytes.len() - self.at
            ));
        }
        Ok(CountsHeader {
            pretokenizer,
            normalizer,
            unicode,
            separator,
            chunks,
            documents,
            bytes,
            special_seen,
            dropped,
        })
    }
}

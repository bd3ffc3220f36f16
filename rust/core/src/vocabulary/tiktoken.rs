//! `.tiktoken`: a line a token, `base64(bytes) rank`. Neither pattern nor special tokens.

use super::table::{Fault, place_by_id};
use super::{Definition, Semantics, TokenId, Vocabulary};
use crate::atomic_file::write_atomically;
use crate::beside::beside;
use crate::error::VocabularyError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;

/// The two fields of a line, white space around them aside.
fn fields(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.trim_ascii();
    let space = line.iter().position(u8::is_ascii_whitespace)?;
    Some((&line[..space], line[space..].trim_ascii_start()))
}

/// Whether a line could be one of such a file.
pub(super) fn looks_like(line: &[u8]) -> bool {
    fields(line).is_some_and(|(token, rank)| {
        let digits = rank.strip_prefix(b"-").unwrap_or(rank);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) && STANDARD.decode(token).is_ok()
    })
}

/// The value of each digit of base64; above 63 for other characters.
static DIGITS: [u8; 256] = {
    let mut digits = [0xFF; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < 64 {
        digits[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

/// A line as it is written, read in a third of the time that [`read_line`] takes; nothing for any other.
fn read_plain_line(line: &[u8]) -> Option<(Vec<u8>, TokenId)> {
    let space = memchr::memchr(b' ', line)?;
    let (token, rank) = (&line[..space], &line[space + 1..]);
    // So few digits never overflow.
    if !(1..=9).contains(&rank.len()) || token.is_empty() || !token.len().is_multiple_of(4) {
        return None;
    }
    let mut id = 0;
    for digit in rank {
        id = id * 10 + TokenId::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    let (whole, last) = token.split_at(token.len() - 4);
    let padding = last.iter().rev().take_while(|&&digit| digit == b'=').count();
    if padding > 2 {
        return None;
    }
    let last = [0, 1, 2, 3].map(|at| if at < 4 - padding { last[at] } else { b'A' });
    let mut bytes = Vec::with_capacity(token.len() / 4 * 3 - padding);
    let mut seen = 0;
    let mut decode = |four: &[u8]| {
        let mut three = 0;
        for &digit in four {
            let value = DIGITS[digit as usize];
            seen |= value;
            three = three << 6 | u32::from(value);
        }
        three.to_be_bytes()
    };
    for four in whole.chunks_exact(4) {
        bytes.extend_from_slice(&decode(four)[1..]);
    }
    let end = decode(&last);
    let (kept, dropped) = end[1..].split_at(3 - padding);
    bytes.extend_from_slice(kept);
    // Bits that padding leaves over must be zero.
    (seen < 64 && dropped.iter().all(|&byte| byte == 0)).then_some((bytes, id))
}

/// A line with a token, or what is wrong with it.
fn read_line(line: &[u8]) -> Result<(Vec<u8>, TokenId), String> {
    let shown = || String::from_utf8_lossy(&line[..line.len().min(60)]).into_owned();
    let Some((token, rank)) = fields(line) else {
        return Err(format!(
            "{:?} is not `base64 rank`; is the file cut short?",
            shown()
        ));
    };
    let rank = std::str::from_utf8(rank)
        .ok()
        .and_then(|rank| rank.parse::<u64>().ok())
        .ok_or_else(|| {
            format!(
                "{:?}: after the token there must be its rank, an integer from 0 on",
                shown()
            )
        })?;
    let rank = u32::try_from(rank).map_err(|_| format!("rank {rank} is above 2^32 - 1"))?;
    let empty = || format!("rank {rank} has an empty token, which no text can contain; drop the line");
    let bytes = STANDARD.decode(token).map_err(|error| {
        let token = String::from_utf8_lossy(token);
        if token == "=" {
            return empty();
        }
        format!("{token:?} is not base64 ({error})")
    })?;
    if bytes.is_empty() {
        return Err(empty());
    }
    Ok((bytes, rank))
}

/// Tokens with their ranks, and the line of each, from 1 on.
#[derive(Default)]
struct Lines {
    ranks: Vec<(Box<[u8]>, TokenId)>,
    lines: Vec<u32>,
    /// Lines in all.
    count: u32,
    /// The last line, and what is wrong with it.
    fault: Option<String>,
}

impl Lines {
    /// Up to the first line that something is wrong with.
    fn read(content: &[u8]) -> Self {
        let expected = content.len() / 16;
        let mut lines = Self {
            ranks: Vec::with_capacity(expected),
            lines: Vec::with_capacity(expected),
            ..Self::default()
        };
        for line in content.split(|byte| *byte == b'\n') {
            lines.count = lines.count.saturating_add(1);
            let read = match read_plain_line(line) {
                Some(read) => read,
                None if line.trim_ascii().is_empty() => continue,
                None => match read_line(line) {
                    Ok(read) => read,
                    Err(problem) => {
                        lines.fault = Some(problem);
                        break;
                    }
                },
            };
            lines.ranks.push((read.0.into_boxed_slice(), read.1));
            lines.lines.push(lines.count);
        }
        lines
    }

    fn read_all(content: &[u8]) -> Self {
        let half = content.len() / 2;
        match memchr::memchr(b'\n', &content[half..]) {
            Some(end) if content.len() >= LARGE => {
                let (first, second) = content.split_at(half + end);
                let (first, second) = beside(true, || Self::read(first), || Self::read(&second[1..]));
                first.and(second)
            }
            _ => Self::read(content),
        }
    }

    /// With the lines that follow.
    fn and(mut self, next: Self) -> Self {
        if self.fault.is_none() {
            self.ranks.extend(next.ranks);
            let lines = next.lines.iter().map(|line| line.saturating_add(self.count));
            self.lines.extend(lines);
            self.count = self.count.saturating_add(next.count);
            self.fault = next.fault;
        }
        self
    }
}

/// Files of so many bytes are read by two threads.
const LARGE: usize = 1 << 18;

/// Reads the content of a file.
pub(super) fn read(path: &Path, content: &[u8]) -> Result<Vocabulary, VocabularyError> {
    let malformed = |line: usize, problem: String| VocabularyError::Malformed {
        path: path.to_owned(),
        place: format!("line {line}"),
        problem,
    };
    let read = Lines::read_all(content);
    if let Some(problem) = read.fault {
        return Err(malformed(read.count as usize, problem));
    }
    // As such files are: in order, without a fault.
    if read.ranks.is_sorted_by(|(_, one), (_, next)| one < next)
        && let Ok(vocabulary) = Vocabulary::from_increasing(read.ranks)
    {
        return Ok(vocabulary);
    }
    let Lines { ranks, lines, .. } = Lines::read_all(content);
    let ranks: Vec<(Vec<u8>, TokenId)> = ranks.into_iter().map(|(bytes, id)| (bytes.into(), id)).collect();
    let at = |index: usize| lines.get(index).map_or(0, |line| *line as usize);
    let places = place_by_id(&ranks).map_err(|fault| match fault {
        Fault::SameId { index, first } => {
            let rank = ranks.get(index).map_or(0, |(_, rank)| *rank);
            malformed(
                at(index),
                format!(
                    "rank {rank} was given on line {} already; each token has a rank of its own",
                    at(first)
                ),
            )
        }
        Fault::IdTooHigh { index, limit } => {
            let rank = ranks.get(index).map_or(0, |(_, rank)| *rank);
            malformed(
                at(index),
                format!(
                    "rank {rank}: with {} tokens, ranks may go up to {limit}",
                    ranks.len()
                ),
            )
        }
        other => malformed(0, format!("{other:?}")),
    })?;
    let line_of_id = |id: usize| at(places.get(id).copied().flatten().unwrap_or(usize::MAX));
    Vocabulary::from_places(ranks, &places).map_err(|fault| match fault {
        Fault::SameToken { index, first } => {
            let (line, first) = (
                line_of_id(index).max(line_of_id(first)),
                line_of_id(index).min(line_of_id(first)),
            );
            malformed(
                line,
                format!("the token was given on line {first} already; each token has one rank"),
            )
        }
        other => malformed(0, format!("{other:?}")),
    })
}

/// Writes the ordinary tokens; what stands apart from them (pattern, special tokens) has to be given again where the file is read.
pub(super) fn write(definition: &Definition, path: &Path) -> Result<(), VocabularyError> {
    let refused = |feature: &str, hint: String| {
        Err(VocabularyError::Unsupported {
            path: path.to_owned(),
            feature: format!("{feature} in a .tiktoken file"),
            hint,
        })
    };
    if let Some(normalizer) = &definition.normalizer {
        return refused(
            "a normalizer",
            format!("this tokenizer has {normalizer}; save it as a tokenizer.json"),
        );
    }
    if let Some(token) = definition.added_tokens.iter().find(|token| !token.special) {
        return refused(
            "an added token that is not special",
            format!(
                "{:?} is matched in any text, which tiktoken has no way to say; save a tokenizer.json",
                token.content
            ),
        );
    }
    let vocabulary = &definition.vocabulary;
    if let Some((id, token)) = vocabulary.decode_only().first() {
        return refused(
            "a token that no text is encoded to",
            format!("{token:?} ({id}) is one; save a tokenizer.json"),
        );
    }
    if let Err(reason) = check_ranks(vocabulary) {
        return refused("a list of merges that ids do not put in the same order", reason);
    }
    write_atomically(path, |out| {
        let mut line = String::new();
        for (rank, token) in vocabulary.tokens().iter().enumerate() {
            if let Some(token) = token {
                line.clear();
                STANDARD.encode_string(token, &mut line);
                writeln!(out, "{line} {rank}")?;
            }
        }
        Ok(())
    })
    .map_err(|source| VocabularyError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Whether merging by id gives what the listed merges give; if not, why.
///
/// By rank, each token is made by one pair only (see `splits.rs`). So the ids say the same as the list if the pairs that they make stand
/// in the list in the order of ids; what else is listed for the same tokens can then never be next to each other.
fn check_ranks(vocabulary: &Vocabulary) -> Result<(), String> {
    let Semantics::Merges { ignore_merges } = vocabulary.semantics() else {
        return Ok(());
    };
    let shown = |id: TokenId| {
        format!(
            "{:?} ({id})",
            String::from_utf8_lossy(vocabulary.bytes(id).unwrap_or_default())
        )
    };
    let ids = vocabulary
        .tokens()
        .iter()
        .zip(0..)
        .filter_map(|(token, id)| Some((token.as_deref()?.to_vec(), id)));
    let by_rank = Vocabulary::from_ranks(ids.collect()).map_err(|error| error.to_string())?;
    let mut made = vec![None; vocabulary.size()];
    for merge in by_rank.merges() {
        made[merge.id as usize] = Some((merge.left, merge.right));
    }
    let mut reached = vec![false; vocabulary.size()];
    let mut last: Option<TokenId> = None;
    for merge in vocabulary.merges() {
        match made[merge.id as usize] {
            Some(pair) if pair == (merge.left, merge.right) => {
                if let Some(last) = last.replace(merge.id)
                    && last > merge.id
                {
                    return Err(format!("{} is merged after {}", shown(merge.id), shown(last)));
                }
                reached[merge.id as usize] = true;
            }
            Some(_) => {}
            None => return Err(format!("by rank, {} would never be merged", shown(merge.id))),
        }
    }
    for (token, id) in vocabulary.tokens().iter().zip(0..) {
        let Some(token) = token else { continue };
        let (made, reached) = (made[id as usize], reached[id as usize]);
        if made.is_some() && !reached {
            return Err(format!(
                "by rank, {} would be merged, which no merge makes of the same parts",
                shown(id)
            ));
        }
        // Without a token for each byte, merging by rank may still join bytes; that was never a pair of ids.
        if token.len() > 1
            && made.is_none()
            && (!ignore_merges || token.iter().any(|byte| vocabulary.id(&[*byte]).is_none()))
        {
            return Err(format!(
                "{} is never merged, yet tiktoken would take it where it is a whole pretoken (if it is a special token, say so)",
                shown(id)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LARGE, Lines, read_line, read_plain_line};

    #[test]
    fn plain_lines_are_read_as_all_lines_are() {
        let lines: [&[u8]; 16] = [
            b"IQ== 0",
            b"aGVsbG8= 17",
            b"aGVs 999999999",
            b"aGVs 4294967295",
            b"aGVs 4294967296",
            b"aGVs 99999999999999999999",
            b"IR== 0",
            b"I=== 0",
            b"==== 0",
            b"I=Q= 0",
            b"IQ= 0",
            b" 0",
            b"aGVs ",
            b"aGVs -1",
            b"aG\xFFs 1",
            b"aGVs 1 2",
        ];
        for line in lines {
            if let Some(plain) = read_plain_line(line) {
                assert_eq!(read_line(line).ok(), Some(plain), "{:?}", line.escape_ascii());
            }
        }
        assert_eq!(read_plain_line(b"aGVsbG8= 17"), Some((b"hello".to_vec(), 17)));
    }

    #[test]
    fn faults_are_on_their_line_whoever_reads_it() {
        let line = |number: usize| format!("aGVsbG8= {number}\n");
        let mut content: String = (0..LARGE / 8).map(line).collect();
        assert!(Lines::read_all(content.as_bytes()).fault.is_none());
        content.push_str("oops\naGVs 1\n");
        let read = Lines::read_all(content.as_bytes());
        assert_eq!(read.count as usize, LARGE / 8 + 1);
        assert!(read.fault.is_some_and(|fault| fault.contains("oops")));
        let read = Lines::read_all(format!("oops\n{content}").as_bytes());
        assert_eq!((read.count, read.ranks.len()), (1, 0));
    }
}

//! A sequence of splits, as a `tokenizer.json` lists them, each working on the pieces of the one before.
//!
//! A piece goes through all steps before the next one is looked for, so nothing is held but the copies that an inserted space or the
//! byte characters of `ByteLevel` ask for.

use super::Pretoken;
use super::characters::{CharacterSet, byte_character};
use super::path::Path;
use super::pattern::Matcher;
use super::scheme::{AnyScanner, Scheme};
use super::spec::{Behavior, Dialect, Pattern, SplitPattern, Step};
use super::splitter::Splitter;
use crate::error::PretokenizeError;

/// Why a walk ended early.
pub(crate) enum Stop {
    /// The visitor has enough.
    Enough,
    /// An engine gave up.
    Failed(PretokenizeError),
}

impl From<PretokenizeError> for Stop {
    fn from(error: PretokenizeError) -> Self {
        Self::Failed(error)
    }
}

/// What is looked for.
enum Finder {
    Matcher(Matcher),
    Literal(Box<memchr::memmem::Finder<'static>>),
    Scanner(Scheme, AnyScanner),
    Characters(Box<CharacterSet>),
}

enum Compiled {
    Split {
        finder: Finder,
        behavior: Behavior,
        invert: bool,
    },
    /// A space before each piece that does not begin with one.
    PrefixSpace,
    /// The steps that follow see byte characters.
    ByteCharacters,
}

/// Steps, compiled.
pub(crate) struct Steps {
    steps: Vec<Compiled>,
}

/// A part of the text on its way.
#[derive(Clone, Copy)]
struct Piece<'a> {
    bytes: &'a [u8],
    /// Where it stands in the text: its first byte, or what follows the inserted space.
    origin: usize,
    /// 1 if its first byte is an inserted space.
    inserted: usize,
}

impl<'a> Piece<'a> {
    fn part(self, start: usize, end: usize) -> Self {
        Self {
            bytes: &self.bytes[start..end],
            origin: self.origin + start.saturating_sub(self.inserted),
            inserted: if start == 0 { self.inserted } else { 0 },
        }
    }

    fn pretoken(self) -> Pretoken<'a> {
        Pretoken {
            bytes: self.bytes,
            range: self.origin..self.origin + self.bytes.len() - self.inserted,
        }
    }
}

type Visit<'v> = dyn FnMut(Pretoken<'_>) -> Result<(), Stop> + 'v;

impl Steps {
    /// Compiles the steps.
    ///
    /// # Errors
    /// A pattern that does not compile; a second `ByteLevel`, which would take bytes for text twice.
    pub(crate) fn new(steps: &[Step]) -> Result<Self, PretokenizeError> {
        let mut compiled = Vec::new();
        let isolated = |finder| Compiled::Split {
            finder,
            behavior: Behavior::Isolated,
            invert: false,
        };
        let mut byte_characters = false;
        for (index, step) in steps.iter().enumerate() {
            match step {
                Step::Split {
                    pattern,
                    behavior,
                    invert,
                } => {
                    let finder = match pattern {
                        // What a scheme's pattern leaves is a piece of its scanner, like what it matches.
                        SplitPattern::Regex(pattern) => match Scheme::of_pattern(pattern) {
                            Some(scheme) if scheme != Scheme::SuperBpe || *behavior == Behavior::Isolated => {
                                Finder::Scanner(scheme, scheme.scanner())
                            }
                            _ => Finder::Matcher(Matcher::new(pattern)?),
                        },
                        // An empty text is found before each character.
                        SplitPattern::Literal(text) if text.is_empty() => {
                            Finder::Matcher(Matcher::new(&Pattern {
                                regex: String::new(),
                                dialect: Dialect::Tokenizers,
                            })?)
                        }
                        SplitPattern::Literal(text) => Finder::Literal(Box::new(
                            memchr::memmem::Finder::new(text.as_bytes()).into_owned(),
                        )),
                    };
                    compiled.push(Compiled::Split {
                        finder,
                        behavior: *behavior,
                        invert: *invert,
                    });
                }
                Step::ByteLevel {
                    add_prefix_space,
                    use_regex,
                    ..
                } => {
                    if byte_characters {
                        return Err(PretokenizeError::Pattern {
                            pattern: "ByteLevel".to_owned(),
                            problem: "stands twice in the sequence; one ByteLevel, at its end, is right"
                                .to_owned(),
                        });
                    }
                    byte_characters = true;
                    if *add_prefix_space {
                        compiled.push(Compiled::PrefixSpace);
                    }
                    if *use_regex {
                        compiled.push(isolated(Finder::Scanner(Scheme::Gpt2, Scheme::Gpt2.scanner())));
                    }
                    if index + 1 < steps.len() {
                        compiled.push(Compiled::ByteCharacters);
                    }
                }
                Step::Digits { individual } => compiled.push(Compiled::Split {
                    finder: Finder::Characters(Box::new(CharacterSet::digits())),
                    behavior: if *individual {
                        Behavior::Isolated
                    } else {
                        Behavior::Contiguous
                    },
                    invert: false,
                }),
                Step::Punctuation { behavior } => compiled.push(Compiled::Split {
                    finder: Finder::Characters(Box::new(CharacterSet::punctuation())),
                    behavior: *behavior,
                    invert: false,
                }),
            }
        }
        Ok(Self { steps: compiled })
    }

    /// The matcher whose matches, and what lies between them, are all that the sequence comes to, where it is no more than that.
    pub(crate) fn matcher(&self) -> Option<&Matcher> {
        match self.steps.as_slice() {
            [
                Compiled::Split {
                    finder: Finder::Matcher(matcher),
                    behavior: Behavior::Isolated,
                    ..
                },
            ] => Some(matcher),
            _ => None,
        }
    }

    /// What runs it.
    pub(crate) fn path(&self) -> Path {
        let mut paths: Vec<Path> = self
            .steps
            .iter()
            .filter_map(|step| match step {
                Compiled::Split { finder, .. } => Some(match finder {
                    Finder::Matcher(matcher) => matcher.path(),
                    Finder::Scanner(scheme, _) => Path::Scanner(*scheme),
                    Finder::Literal(_) | Finder::Characters(_) => Path::Search,
                }),
                Compiled::PrefixSpace | Compiled::ByteCharacters => None,
            })
            .collect();
        match paths.len() {
            0 => Path::Whole,
            1 => paths.remove(0),
            _ => Path::Steps(paths),
        }
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Calls `visit` with each pretoken until it fails.
    ///
    /// # Errors
    /// An engine gives up, or `visit` fails.
    pub(crate) fn try_each(&self, text: &[u8], visit: &mut Visit<'_>) -> Result<(), Stop> {
        if text.is_empty() {
            return Ok(());
        }
        walk(
            &self.steps,
            Piece {
                bytes: text,
                origin: 0,
                inserted: 0,
            },
            visit,
        )
    }

    /// As `Scanner::safe_cut`.
    ///
    /// Safe where the first scheme of the sequence is, if the steps before it only tell characters of one kind from the rest: at a safe cut
    /// of a scheme two characters of such a kind never meet (one side is a letter or a number and the other is not, or one is white space),
    /// so the cut lies between two of their pieces or inside one of the other kind, which the scheme then parts there. What follows works
    /// on each piece alone.
    pub(crate) fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        for step in &self.steps {
            let Compiled::Split {
                finder,
                behavior,
                invert,
            } = step
            else {
                return None;
            };
            let apart = matches!(
                behavior,
                Behavior::Isolated | Behavior::Removed | Behavior::Contiguous
            );
            match finder {
                Finder::Scanner(scheme, scanner) if scheme.is_all_of(*behavior, *invert) => {
                    return scanner.safe_cut(text, from);
                }
                Finder::Characters(_) if apart && !invert => {}
                _ => return None,
            }
        }
        None
    }
}

fn walk(steps: &[Compiled], piece: Piece<'_>, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let Some((step, rest)) = steps.split_first() else {
        return visit(piece.pretoken());
    };
    match step {
        Compiled::Split {
            finder,
            behavior,
            invert,
        } => {
            let mut splitter = Splitter::new(*behavior, *invert, |start, end| {
                if start == end {
                    Ok(())
                } else {
                    walk(rest, piece.part(start, end), visit)
                }
            });
            finder
                .try_each(piece.bytes, |start, end| splitter.found(start, end))
                .map_err(|stop| match stop {
                    Found::Engine(error) => Stop::Failed(moved(error, |offset| {
                        piece.origin + offset.saturating_sub(piece.inserted)
                    })),
                    Found::Later(stop) => stop,
                })?;
            splitter.finish(piece.bytes.len())
        }
        Compiled::PrefixSpace if piece.bytes.first() == Some(&b' ') => walk(rest, piece, visit),
        Compiled::PrefixSpace => {
            let mut copy = Vec::with_capacity(piece.bytes.len() + 1);
            copy.push(b' ');
            copy.extend_from_slice(piece.bytes);
            walk(
                rest,
                Piece {
                    bytes: &copy,
                    origin: piece.origin,
                    inserted: 1,
                },
                visit,
            )
        }
        Compiled::ByteCharacters => {
            let characters: String = piece.bytes.iter().map(|&byte| byte_character(byte)).collect();
            let whole = Piece {
                bytes: characters.as_bytes(),
                origin: 0,
                inserted: 0,
            };
            // Ranges come in order, so the characters are counted once.
            let (mut seen, mut count) = (0, 0);
            let mut bytes_before = |at: usize| {
                count += characters.as_bytes()[seen..at]
                    .iter()
                    .filter(|&&byte| byte & 0xC0 != 0x80)
                    .count();
                seen = at;
                count
            };
            let walked = walk(rest, whole, &mut |pretoken: Pretoken<'_>| {
                let start = bytes_before(pretoken.range.start);
                let end = bytes_before(pretoken.range.end);
                visit(piece.part(start, end).pretoken())
            });
            walked.map_err(|stop| match stop {
                Stop::Failed(error) => Stop::Failed(moved(error, |offset| {
                    let count = characters
                        .char_indices()
                        .take_while(|&(at, _)| at < offset)
                        .count();
                    piece.origin + count.saturating_sub(piece.inserted)
                })),
                Stop::Enough => Stop::Enough,
            })
        }
    }
}

fn moved(mut error: PretokenizeError, to: impl FnOnce(usize) -> usize) -> PretokenizeError {
    if let PretokenizeError::Matching { offset, .. } = &mut error {
        *offset = to(*offset);
    }
    error
}

/// The engine failed here, or a later step did (whose error has its place already).
enum Found {
    Engine(PretokenizeError),
    Later(Stop),
}

impl From<PretokenizeError> for Found {
    fn from(error: PretokenizeError) -> Self {
        Self::Engine(error)
    }
}

impl Finder {
    fn try_each(
        &self,
        text: &[u8],
        mut visit: impl FnMut(usize, usize) -> Result<(), Stop>,
    ) -> Result<(), Found> {
        match self {
            Self::Matcher(matcher) => {
                matcher.try_each(text, |start, end| visit(start, end).map_err(Found::Later))
            }
            Self::Scanner(_, scanner) => scanner.try_each(text, visit).map_err(Found::Later),
            Self::Literal(finder) => {
                let length = finder.needle().len();
                finder
                    .find_iter(text)
                    .try_for_each(|start| visit(start, start + length))
                    .map_err(Found::Later)
            }
            Self::Characters(set) => set.try_each(text, visit).map_err(Found::Later),
        }
    }
}

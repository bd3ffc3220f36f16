//! The known schemes: their names, their spellings in each dialect, and which scanner runs them.

use super::blocks::{Ends, LONGEST, Level, fill};
use super::cl100k::Cl100k;
use super::deepseek::DeepSeek;
use super::gpt2::Gpt2;
use super::kimi::Kimi;
use super::o200k::O200k;
use super::scanner::Scanner;
use super::spec::{Behavior, Dialect, Pattern, SplitPattern, Step};
use super::superbpe::SuperBpe;

/// A scheme that has a hand-written scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// GPT-2.
    Gpt2,
    /// cl100k and its relatives.
    Cl100k {
        /// Numbers in a pretoken, at most.
        digits: u8,
        /// White space at the end of the text is one pretoken.
        whole_tail: bool,
    },
    /// o200k and its relatives.
    O200k {
        /// Numbers in a pretoken, at most.
        digits: u8,
        /// `'s` and the like join the word before them.
        contractions: bool,
    },
    /// Kimi K2: o200k with Han apart.
    Kimi,
    /// DeepSeek V3 and R1.
    DeepSeek,
    /// SuperBPE's second stage, which leaves whole phrases between its matches.
    SuperBpe,
}

/// What there is to know of a scheme.
struct Entry {
    scheme: Scheme,
    /// The name first, then what else it is called.
    names: &'static [&'static str],
    /// The pattern as tiktoken spells it.
    tiktoken: &'static str,
    /// The pattern as `tokenizers` spells it.
    tokenizers: &'static str,
    /// Older spellings of the same.
    others: &'static [(Reader, &'static str)],
}

/// Who reads a spelling as the scheme.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Tiktoken,
    Both,
}

macro_rules! g4 {
    ($number:literal, $end:literal) => {
        concat!(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|",
            $number,
            r"| ?[^\s\p{L}\p{N}]+[\r\n]*|",
            $end,
            r"\s*[\r\n]+|\s+(?!\S)|\s+"
        )
    };
}

macro_rules! o200k {
    ($number:literal, $contractions:literal) => {
        concat!(
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
            $contractions,
            r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
            $contractions,
            r"|",
            $number,
            r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        )
    };
}

/// Words of Kimi: those of o200k, of letters that are no Han.
macro_rules! kimi_word {
    ($upper:literal, $lower:literal) => {
        concat!(
            r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]",
            $upper,
            r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]",
            $lower,
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        )
    };
}

const KIMI: &str = concat!(
    r"[\p{Han}]+",
    kimi_word!("*", "+"),
    kimi_word!("+", "*"),
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

/// The three splits of DeepSeek, in order.
const DEEPSEEK_STEPS: [&str; 3] = [
    r"\p{N}{1,3}",
    "[一-龥぀-ゟ゠-ヿ]+",
    r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
];

/// The same as one expression. The first two steps end pieces for the third, so its words, symbols and rest are those of one side: of
/// `[一-龥぀-ゟ゠-ヿ]` or of what is none of that. The last two alternatives are what the third step leaves between its matches.
const DEEPSEEK: &str = concat!(
    r##"\p{N}{1,3}|[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|"##,
    r"[^\r\n\p{L}\p{P}\p{S}\p{N}一-龥぀-ゟ゠-ヿ]?[\p{L}\p{M}&&[^一-龥぀-ゟ゠-ヿ]]+|",
    r"[一-龥぀-ゟ゠-ヿ&&[^\p{L}\p{P}\p{S}]]?[\p{L}\p{M}&&[一-龥぀-ゟ゠-ヿ]]+|",
    r" ?[\p{P}\p{S}&&[^一-龥぀-ゟ゠-ヿ]]+[\r\n]*|[\p{P}\p{S}&&[一-龥぀-ゟ゠-ヿ]]+|",
    r"\s*[\r\n]+|\s+(?![^\s\p{N}一-龥぀-ゟ゠-ヿ])|\s+|",
    r"(?:[^\s\p{L}\p{M}\p{N}\p{P}\p{S}一-龥぀-ゟ゠-ヿ](?![\p{L}\p{M}&&[^一-龥぀-ゟ゠-ヿ]]))+|",
    r"(?:[一-龥぀-ゟ゠-ヿ&&[^\p{L}\p{M}\p{P}\p{S}]](?![\p{L}\p{M}&&[一-龥぀-ゟ゠-ヿ]]))+"
);

const SUPERBPE: &str = r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)";

const GPT2_TIKTOKEN: &str =
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s";
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const O200K: &str = o200k!(r"\p{N}{1,3}", r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?");

/// Each scheme once; a property test holds every spelling to its scanner.
const ENTRIES: &[Entry] = &[
    Entry {
        scheme: Scheme::Gpt2,
        names: &["gpt2", "r50k", "p50k", "r50k_base", "p50k_base", "p50k_edit"],
        tiktoken: GPT2_TIKTOKEN,
        tokenizers: GPT2,
        others: &[
            (Reader::Both, GPT2),
            // White space in a row that ends before a "\n" does not exist, so `$` says the same in both dialects.
            (Reader::Both, GPT2_TIKTOKEN),
            (
                Reader::Both,
                r"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            ),
            (
                Reader::Both,
                r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            ),
        ],
    },
    Entry {
        scheme: Scheme::Cl100k {
            digits: 3,
            whole_tail: true,
        },
        names: &["cl100k", "cl100k_base"],
        tiktoken: r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        // Oniguruma reads `{1,3}+` as a repetition of a repetition; `$` would do, `\z` says what is meant.
        tokenizers: g4!(r"\p{N}{1,3}", r"\s+\z|"),
        others: &[(Reader::Both, g4!(r"\p{N}{1,3}", r"\s+\z|"))],
    },
    // Llama 3, and cl100k as tiktoken spelled it first: white space at the end of the text is cut after its last newline.
    Entry {
        scheme: Scheme::Cl100k {
            digits: 3,
            whole_tail: false,
        },
        names: &["llama3"],
        tiktoken: g4!(r"\p{N}{1,3}", ""),
        tokenizers: g4!(r"\p{N}{1,3}", ""),
        others: &[
            (
                Reader::Both,
                r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
            ),
            (
                Reader::Tiktoken,
                r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s*[\r\n]|\s+(?!\S)|\s",
            ),
        ],
    },
    Entry {
        scheme: Scheme::Cl100k {
            digits: 1,
            whole_tail: false,
        },
        names: &["qwen2"],
        tiktoken: g4!(r"\p{N}", ""),
        tokenizers: g4!(r"\p{N}", ""),
        others: &[],
    },
    Entry {
        scheme: Scheme::O200k {
            digits: 3,
            contractions: true,
        },
        names: &["o200k", "o200k_base", "o200k_harmony", "llama4"],
        tiktoken: O200K,
        tokenizers: O200K,
        others: &[],
    },
    Entry {
        scheme: Scheme::O200k {
            digits: 3,
            contractions: false,
        },
        names: &["bpe-200k"],
        tiktoken: o200k!(r"\p{N}{1,3}", ""),
        tokenizers: o200k!(r"\p{N}{1,3}", ""),
        others: &[],
    },
    Entry {
        scheme: Scheme::O200k {
            digits: 1,
            contractions: false,
        },
        names: &["mistral-nemo"],
        tiktoken: o200k!(r"\p{N}", ""),
        tokenizers: o200k!(r"\p{N}", ""),
        others: &[],
    },
    Entry {
        scheme: Scheme::Kimi,
        names: &["kimi-k2"],
        tiktoken: KIMI,
        tokenizers: KIMI,
        others: &[],
    },
    Entry {
        scheme: Scheme::DeepSeek,
        names: &["deepseek"],
        tiktoken: DEEPSEEK,
        tokenizers: DEEPSEEK,
        others: &[],
    },
    Entry {
        scheme: Scheme::SuperBpe,
        names: &["superbpe-200k"],
        tiktoken: SUPERBPE,
        tokenizers: SUPERBPE,
        others: &[],
    },
];

impl Scheme {
    /// The scheme of that name.
    pub fn named(name: &str) -> Option<Self> {
        ENTRIES
            .iter()
            .find(|entry| entry.names.contains(&name))
            .map(|entry| entry.scheme)
    }

    /// The names of the schemes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ENTRIES.iter().filter_map(|entry| entry.names.first().copied())
    }

    /// The scheme that a pattern spells, where it means exactly that.
    pub fn of_pattern(pattern: &Pattern) -> Option<Self> {
        // Some files hold the characters themselves, where others hold their escapes.
        let regex = pattern.regex.replace('\r', r"\r").replace('\n', r"\n");
        let found = ENTRIES.iter().find(|entry| match pattern.dialect {
            Dialect::Tiktoken => {
                entry.tiktoken == regex || entry.others.iter().any(|(_, spelling)| *spelling == regex)
            }
            Dialect::Tokenizers => {
                entry.tokenizers == regex
                    || entry
                        .others
                        .iter()
                        .any(|(reader, spelling)| *reader == Reader::Both && *spelling == regex)
            }
        });
        found.map(|entry| entry.scheme)
    }

    /// The scheme that a sequence of splits is, where it is written as one.
    pub(crate) fn of_steps(steps: &[Step]) -> Option<Self> {
        if let [
            Step::Split {
                pattern: SplitPattern::Regex(pattern),
                behavior,
                invert,
            },
        ] = steps
        {
            let scheme = Self::of_pattern(pattern)?;
            return scheme.is_all_of(*behavior, *invert).then_some(scheme);
        }
        let is_step = |step: &Step, regex: &str| {
            matches!(step, Step::Split { pattern: SplitPattern::Regex(pattern), behavior: Behavior::Isolated, .. }
                if pattern.regex.replace('\r', r"\r").replace('\n', r"\n") == regex)
        };
        let found = steps.len() == DEEPSEEK_STEPS.len()
            && steps
                .iter()
                .zip(DEEPSEEK_STEPS)
                .all(|(step, regex)| is_step(step, regex));
        found.then_some(Self::DeepSeek)
    }

    /// Whether a split by its pattern comes to the pieces of its scanner.
    ///
    /// To keep what a pattern matches and to drop the rest is the same where it matches all of a text.
    pub(crate) fn is_all_of(self, behavior: Behavior, invert: bool) -> bool {
        match behavior {
            Behavior::Isolated => true,
            Behavior::Removed => invert && self != Self::SuperBpe,
            _ => false,
        }
    }

    fn entry(self) -> &'static Entry {
        ENTRIES
            .iter()
            .find(|entry| entry.scheme == self)
            .unwrap_or(&ENTRIES[0])
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.entry().names[0]
    }

    /// Its pattern in the spelling of a dialect.
    pub fn pattern(self, dialect: Dialect) -> Pattern {
        let entry = self.entry();
        let regex = match dialect {
            Dialect::Tiktoken => entry.tiktoken,
            Dialect::Tokenizers => entry.tokenizers,
        };
        Pattern {
            regex: regex.to_owned(),
            dialect,
        }
    }

    /// Every scheme.
    #[cfg(any(test, feature = "reference"))]
    pub fn all() -> impl Iterator<Item = Self> {
        ENTRIES.iter().map(|entry| entry.scheme)
    }

    /// Every pattern that is read as this scheme.
    #[cfg(any(test, feature = "reference"))]
    pub fn spellings(self) -> Vec<Pattern> {
        let entry = self.entry();
        let mut patterns = vec![self.pattern(Dialect::Tiktoken), self.pattern(Dialect::Tokenizers)];
        for (reader, regex) in entry.others {
            patterns.push(Pattern {
                regex: (*regex).to_owned(),
                dialect: Dialect::Tiktoken,
            });
            if *reader == Reader::Both {
                patterns.push(Pattern {
                    regex: (*regex).to_owned(),
                    dialect: Dialect::Tokenizers,
                });
            }
        }
        patterns
    }

    /// Its scanner.
    pub(crate) fn scanner(self) -> AnyScanner {
        match self {
            Self::Gpt2 => AnyScanner::Gpt2(Gpt2::new()),
            Self::Cl100k { digits, whole_tail } => {
                AnyScanner::Cl100k(Cl100k::new(digits as usize, whole_tail))
            }
            Self::O200k { digits, contractions } => {
                AnyScanner::O200k(O200k::new(digits as usize, contractions))
            }
            Self::Kimi => AnyScanner::Kimi(Kimi::new()),
            Self::DeepSeek => AnyScanner::DeepSeek(DeepSeek::new()),
            Self::SuperBpe => AnyScanner::SuperBpe(SuperBpe::new()),
        }
    }
}

/// Texts of fewer bytes are scanned one pretoken at a time.
const WORTH_A_BATCH: usize = 192;

/// One of the scanners: matched once a text, so that the loop over the pretokens is compiled for each.
#[derive(Clone, Copy)]
pub(crate) enum AnyScanner {
    Gpt2(Gpt2),
    Cl100k(Cl100k),
    O200k(O200k),
    Kimi(Kimi),
    DeepSeek(DeepSeek),
    SuperBpe(SuperBpe),
}

impl AnyScanner {
    /// Replaces `ends` by the ends of the next pretokens from `at` on, where one begins; returns the last of them. The text has at most [`LONGEST`] bytes.
    #[inline]
    pub(crate) fn fill(&self, level: Level, text: &[u8], at: usize, ends: &mut Ends) -> usize {
        match self {
            Self::Gpt2(scanner) => fill(scanner, level, text, at, ends),
            Self::Cl100k(scanner) => fill(scanner, level, text, at, ends),
            Self::O200k(scanner) => fill(scanner, level, text, at, ends),
            Self::Kimi(scanner) => fill(scanner, level, text, at, ends),
            Self::DeepSeek(scanner) => fill(scanner, level, text, at, ends),
            Self::SuperBpe(scanner) => fill(scanner, level, text, at, ends),
        }
    }

    /// Calls `visit` with start and end of each pretoken until it fails.
    #[inline]
    pub(crate) fn try_each<E>(
        &self,
        text: &[u8],
        mut visit: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        // A short text is not worth the room for a batch, a text of 4 GB has no batches.
        let level = Level::best();
        if text.len() < WORTH_A_BATCH || text.len() > LONGEST || level == Level::Portable {
            return self.try_each_alone(text, visit);
        }
        let mut ends = Ends::new();
        let mut at = 0;
        while at < text.len() {
            let mut start = at;
            at = self.fill(level, text, at, &mut ends);
            for &end in ends.as_slice() {
                visit(start, end as usize)?;
                start = end as usize;
            }
        }
        Ok(())
    }

    /// [`AnyScanner::try_each`], one pretoken at a time.
    #[inline]
    pub(crate) fn try_each_alone<E>(
        &self,
        text: &[u8],
        visit: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        #[inline(always)]
        fn each<E>(
            scanner: &impl Scanner,
            text: &[u8],
            mut visit: impl FnMut(usize, usize) -> Result<(), E>,
        ) -> Result<(), E> {
            let mut start = 0;
            while start < text.len() {
                let end = scanner.next(text, start);
                visit(start, end)?;
                start = end;
            }
            Ok(())
        }
        match self {
            Self::Gpt2(scanner) => each(scanner, text, visit),
            Self::Cl100k(scanner) => each(scanner, text, visit),
            Self::O200k(scanner) => each(scanner, text, visit),
            Self::Kimi(scanner) => each(scanner, text, visit),
            Self::DeepSeek(scanner) => each(scanner, text, visit),
            Self::SuperBpe(scanner) => each(scanner, text, visit),
        }
    }

    /// As `Scanner::safe_cut`.
    pub(crate) fn safe_cut(&self, text: &[u8], from: usize) -> Option<usize> {
        match self {
            Self::Gpt2(scanner) => scanner.safe_cut(text, from),
            Self::Cl100k(scanner) => scanner.safe_cut(text, from),
            Self::O200k(scanner) => scanner.safe_cut(text, from),
            Self::Kimi(scanner) => scanner.safe_cut(text, from),
            Self::DeepSeek(scanner) => scanner.safe_cut(text, from),
            Self::SuperBpe(scanner) => scanner.safe_cut(text, from),
        }
    }
}

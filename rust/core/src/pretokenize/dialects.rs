//! Which regular expressions fancy-regex and Oniguruma read alike.

/// Whether `regex` means the same to both engines.
///
/// Says yes only to a subset whose reading is known to agree: literal characters, `.`, `\s`, `\d`, general categories, plain classes,
/// groups, look-ahead, alternatives and quantifiers other than possessive or lazy intervals. Case-insensitive groups only around the
/// contractions, since the engines fold some letters into several.
pub(crate) fn reads_alike(regex: &str) -> bool {
    let mut rest = regex;
    while !rest.is_empty() {
        match token(rest) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

const FOLDED: [&str; 2] = ["(?i:'s|'t|'re|'ve|'m|'ll|'d)", "(?i:[sdmt]|ll|ve|re)"];

/// The names that both take for general categories of the same Unicode version.
const CATEGORIES: [&str; 32] = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps",
    "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "Han",
];

/// What follows the first token of `rest`, where that is understood.
fn token(rest: &str) -> Option<&str> {
    if let Some(after) = FOLDED.iter().find_map(|group| rest.strip_prefix(group)) {
        return Some(after);
    }
    for open in ["(?:", "(?!", "(?="] {
        if let Some(after) = rest.strip_prefix(open) {
            // A quantifier at the start of a group is an error to one and a character to the other.
            return (!after.starts_with(['*', '+', '?', '{'])).then_some(after);
        }
    }
    let mut characters = rest.chars();
    match characters.next()? {
        '\\' => escape(characters.as_str()).map(|(after, _)| after),
        '[' => class(characters.as_str()),
        '*' | '+' | '?' => {
            // One suffix (lazy or possessive) has the same meaning in both; more of them do not.
            let after = characters.as_str();
            let after = after.strip_prefix(['?', '+']).unwrap_or(after);
            (!after.starts_with(['*', '+', '?', '{'])).then_some(after)
        }
        '{' => interval(characters.as_str()).filter(|after| !after.starts_with(['*', '+', '?', '{'])),
        '(' | '^' | '$' | ']' | '}' => None,
        ')' | '|' | '.' => Some(characters.as_str()),
        '#' | '&' | '~' => Some(characters.as_str()),
        _ => Some(characters.as_str()),
    }
}

/// After `{`: `n}`, `n,}` or `n,m}`.
pub(super) fn interval(rest: &str) -> Option<&str> {
    let (bounds, after) = rest.split_once('}')?;
    let (least, most) = bounds.split_once(',').unwrap_or((bounds, bounds));
    let number = |text: &str| text.parse::<u32>().ok().filter(|&number| number <= 1000);
    let least = number(least)?;
    let ordered = most.is_empty() || number(most)? >= least.max(1);
    ordered.then_some(after)
}

/// After a backslash: what follows, and whether it stands for one character (which may begin or end a range).
pub(super) fn escape(rest: &str) -> Option<(&str, bool)> {
    let mut characters = rest.chars();
    match characters.next()? {
        'p' => {
            let (name, after) = characters.as_str().strip_prefix('{')?.split_once('}')?;
            CATEGORIES.contains(&name).then_some((after, false))
        }
        's' | 'S' | 'd' | 'D' => Some((characters.as_str(), false)),
        'r' | 'n' | 't' => Some((characters.as_str(), true)),
        character if character.is_ascii_punctuation() && !"<>`'".contains(character) => {
            Some((characters.as_str(), true))
        }
        _ => None,
    }
}

/// After `[`: what follows the class, where it holds nothing but characters, ranges and escapes.
pub(super) fn class(rest: &str) -> Option<&str> {
    let mut rest = rest.strip_prefix('^').unwrap_or(rest);
    if rest.starts_with(']') {
        return None;
    }
    loop {
        let first;
        (rest, first) = member(rest)?;
        if let Some(after) = rest.strip_prefix('-') {
            let (after, last) = member(after)?;
            match (first, last) {
                (Member::Character(first), Member::Character(last)) if first <= last => rest = after,
                _ => return None,
            }
        }
        if let Some(after) = rest.strip_prefix(']') {
            return Some(after);
        }
    }
}

enum Member {
    Character(char),
    Set,
}

fn member(rest: &str) -> Option<(&str, Member)> {
    let mut characters = rest.chars();
    match characters.next()? {
        '\\' => {
            let after = characters.as_str();
            let (rest, single) = escape(after)?;
            let character = match after.chars().next()? {
                'r' => '\r',
                'n' => '\n',
                't' => '\t',
                other => other,
            };
            Some((
                rest,
                if single {
                    Member::Character(character)
                } else {
                    Member::Set
                },
            ))
        }
        '[' | ']' | '-' | '^' => None,
        // Twice in a row these are operators of sets.
        character if "&~|".contains(character) && characters.as_str().starts_with(character) => None,
        character => Some((characters.as_str(), Member::Character(character))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::Matcher;
    use super::super::spec::{Dialect, Pattern};
    use super::*;
    use crate::error::PretokenizeError;

    #[test]
    fn says_yes_to_what_is_plain_and_no_to_what_is_not() {
        for regex in [
            r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)",
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+",
            r"[a-z]+|[A-Z]*?|\.++",
            "[一-龥぀-ゟ゠-ヿ]+",
        ] {
            assert!(reads_alike(regex), "{regex}");
        }
        for regex in [
            r"\p{N}{1,3}+",
            r"\s++$",
            r"\w+",
            r"(?i)ss",
            r"(?i:ss)",
            r"[a&&b]",
            r"[[:alpha:]]",
            r"(a)\1",
            r"\x41",
            r"a{,3}",
            r"a{2}?",
            r"^a",
            r"(?<=a)b",
            r"(?>a)",
            r"\h",
            r"\p{Greek_And_Coptic}",
            r"a**",
            r"[]a]",
            r"\b",
            r"(?x)a b",
            r"[--a]",
            r"[\s-a]",
            r"\",
        ] {
            assert!(!reads_alike(regex), "{regex}");
        }
    }

    /// Each character on its own, through every atom of the subset that stands for a set.
    #[test]
    fn the_engines_hold_the_same_characters_in_a_set() {
        let text: String = ('\0'..=char::MAX).collect();
        let atoms = CATEGORIES.iter().map(|name| format!(r"\p{{{name}}}"));
        let others = [
            ".",
            r"\s",
            r"\S",
            r"\d",
            r"\D",
            r"[^\s\p{L}\p{N}]",
            r"(?i:[sdmt])",
            r"[^\r\n\p{L}\p{N}]",
        ];
        for regex in atoms.chain(others.map(str::to_owned)) {
            let [left, right] = [Dialect::Tiktoken, Dialect::Tokenizers].map(|dialect| {
                let matcher = Matcher::new(&Pattern {
                    regex: regex.clone(),
                    dialect,
                })
                .expect("compiles");
                let mut found = Vec::new();
                matcher
                    .try_each(text.as_bytes(), |start, _| {
                        found.push(start);
                        Ok::<(), PretokenizeError>(())
                    })
                    .expect("matches");
                found
            });
            assert!(!left.is_empty());
            assert!(
                left == right,
                "{regex}: {} and {} characters",
                left.len(),
                right.len()
            );
        }
    }
}

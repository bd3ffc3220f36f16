//! Expressions for Oniguruma, as fancy-regex spells the same.

use super::super::dialects::{class, escape, interval};

/// `regex` as fancy-regex spells it; `None` where the two readings are not known to be the same.
pub(super) fn respelled(regex: &str) -> Option<String> {
    let mut out = String::with_capacity(regex.len() + 16);
    // Where the groups that are open begin, and where what a quantifier would repeat begins.
    let mut groups = Vec::new();
    let mut atom: Option<usize> = None;
    let mut folded = false;
    let mut rest = regex;
    while let Some(character) = rest.chars().next() {
        let here = out.len();
        let was_folded = std::mem::take(&mut folded);
        let after;
        match character {
            '(' => {
                if let Some(inner) = rest.strip_prefix("(?i:") {
                    // Two of them in a row may be folded as one.
                    let (text, behind) = inner.split_once(')')?;
                    if was_folded || !folds_alike(text) {
                        return None;
                    }
                    out.push_str(&rest[..rest.len() - behind.len()]);
                    (after, atom, folded) = (behind, Some(here), true);
                } else {
                    let (open, behind) = group(rest)?;
                    out.push_str(open);
                    groups.push(here);
                    (after, atom) = (behind, None);
                }
            }
            ')' => {
                out.push(')');
                (after, atom) = (&rest[1..], Some(groups.pop()?));
            }
            '|' => {
                out.push('|');
                (after, atom) = (&rest[1..], None);
            }
            '*' | '+' | '?' => {
                atom.take()?;
                let behind = &rest[1..];
                let behind = behind.strip_prefix(['?', '+']).unwrap_or(behind);
                if behind.starts_with(['*', '+', '?', '{']) {
                    return None;
                }
                out.push_str(&rest[..rest.len() - behind.len()]);
                after = behind;
            }
            '{' => {
                let start = atom.take()?;
                let behind = interval(&rest[1..])?;
                let bounds = &rest[..rest.len() - behind.len()];
                // Folded letters in a row may be folded as one.
                if was_folded {
                    return None;
                }
                out.push_str(bounds);
                after = match behind.chars().next() {
                    // A repetition of the repetition, not a possessive one.
                    Some('+') => {
                        out.insert_str(start, "(?:");
                        out.push_str(")+");
                        &behind[1..]
                    }
                    Some('?') if bounds.contains(',') => {
                        out.push('?');
                        &behind[1..]
                    }
                    Some('?' | '*' | '{') => return None,
                    _ => behind,
                };
                if after.len() < behind.len() && after.starts_with(['*', '+', '?', '{']) {
                    return None;
                }
            }
            // The end of a line, the one that the text ends with among them.
            '$' => {
                out.push_str("(?m:$)");
                (after, atom) = (&rest[1..], None);
            }
            '[' => {
                let text = &rest[..class_length(rest)?];
                after = &rest[text.len()..];
                match class(&text[1..]) {
                    Some("") => out.push_str(text),
                    _ => out.push_str(&asked(text)?),
                }
                atom = Some(here);
            }
            '\\' if rest.starts_with(r"\z") || rest.starts_with(r"\A") => {
                out.push_str(&rest[..2]);
                (after, atom) = (&rest[2..], None);
            }
            '\\' => {
                match escape(&rest[1..]) {
                    Some((behind, _)) => {
                        after = behind;
                        out.push_str(&rest[..rest.len() - behind.len()]);
                    }
                    None => {
                        let length = match rest[1..].chars().next()? {
                            'w' | 'W' | 'h' | 'H' => 2,
                            'p' | 'P' => rest.find('}')? + 1,
                            _ => return None,
                        };
                        after = &rest[length..];
                        out.push_str(&asked(&rest[..length])?);
                    }
                }
                atom = Some(here);
            }
            '^' | ']' | '}' => return None,
            _ => {
                out.push(character);
                (after, atom) = (&rest[character.len_utf8()..], Some(here));
            }
        }
        rest = after;
    }
    groups.is_empty().then_some(out)
}

/// What a group opens with, and what follows that.
fn group(rest: &str) -> Option<(&'static str, &str)> {
    for open in ["(?:", "(?>", "(?=", "(?!"] {
        if let Some(after) = rest.strip_prefix(open) {
            return Some((open, after));
        }
    }
    if let Some(name) = rest.strip_prefix("(?<")
        && !name.starts_with(['=', '!'])
    {
        return Some(("(?:", name.split_once('>')?.1));
    }
    let after = rest.strip_prefix('(')?;
    (!after.starts_with(['?', '*'])).then_some(("(?:", after))
}

/// Whether both engines take the same for the case-insensitive `alternatives`.
///
/// Oniguruma folds some letters into several (`ß` is `ss`), which the other does not.
fn folds_alike(alternatives: &str) -> bool {
    alternatives.split('|').all(|text| {
        let text = text.strip_prefix('\'').unwrap_or(text);
        if let Some(letters) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
        }
        let lower = text.to_ascii_lowercase();
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphabetic())
            && !["ss", "st", "ff", "fi", "fl"]
                .iter()
                .any(|pair| lower.contains(pair))
    })
}

/// The length of the class that `rest` begins with.
fn class_length(rest: &str) -> Option<usize> {
    let (mut depth, mut fresh) = (0, false);
    let mut characters = rest.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next()?;
                fresh = false;
            }
            '[' => {
                (depth, fresh) = (depth + 1, true);
                characters.next_if(|&(_, next)| next == '^');
            }
            // The first in a class is a member of it to some.
            ']' if fresh => return None,
            ']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => fresh = false,
        }
    }
    None
}

/// The class of the characters that Oniguruma takes for `atom`, which stands for one: it is asked.
fn asked(atom: &str) -> Option<String> {
    let regex = onig::Regex::new(&format!("(?:{atom})+")).ok()?;
    let all: String = ('\0'..=char::MAX).collect();
    let mut class = String::from("[");
    for (start, end) in regex.find_iter(&all) {
        let mut run = all[start..end].chars();
        let first = run.next()?;
        let last = run.next_back().unwrap_or(first);
        class.push_str(&format!(r"\x{{{:X}}}-\x{{{:X}}}", first as u32, last as u32));
    }
    if class.len() == 1 {
        return None;
    }
    class.push(']');
    Some(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_otherwise_is_spelled_otherwise() {
        for (regex, expected) in [
            (r"\p{N}{1,3}+|a", r"(?:\p{N}{1,3})+|a"),
            (r"(a|b){2,3}+", r"(?:(?:a|b){2,3})+"),
            (r"\s++$|x", r"\s++(?m:$)|x"),
            (r"(?<name>a)?+\z", r"(?:a)?+\z"),
            (r"\h", r"[\x{30}-\x{39}\x{41}-\x{46}\x{61}-\x{66}]"),
            (r"[a-d&&[^b]]{1,2}?", r"[\x{61}-\x{61}\x{63}-\x{64}]{1,2}?"),
            (r"(?i:'s|ll)", r"(?i:'s|ll)"),
        ] {
            assert_eq!(respelled(regex).as_deref(), Some(expected), "{regex}");
        }
        for regex in [
            r"^a",
            r"(?i:ss)",
            r"(?i:s)(?i:s)",
            r"(?i:s){2}",
            r"(?i)a",
            r"a{2}?",
            r"a**",
            r"(?<=a)b",
            r"(a)\1",
            r"\bx",
            r"[]a]",
            r"(?~a)",
            r"\R",
            r"(?m:.)",
            r"a{,3}",
            r"(a",
            r"a)",
            r"*a",
        ] {
            assert_eq!(respelled(regex), None, "{regex}");
        }
    }
}

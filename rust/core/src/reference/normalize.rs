//! A Unicode form of a whole text at once.

use crate::vocabulary::Normalizer;
use unicode_normalization::UnicodeNormalization;

/// What stands between characters that Unicode 9 did not have is normalised; those stay.
pub fn normalize(form: &Normalizer, text: &str) -> String {
    let known = regex_syntax::parse(r"\p{Age=9.0}")
        .expect("a class of characters")
        .into_kind();
    let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(known)) = known else {
        return String::new();
    };
    let is_known = |character: char| {
        known
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&character))
    };
    let mut normalized = String::new();
    for part in text.split_inclusive(|character| !is_known(character)) {
        let (part, later) = match part.chars().next_back() {
            Some(last) if !is_known(last) => (&part[..part.len() - last.len_utf8()], Some(last)),
            _ => (part, None),
        };
        match form {
            Normalizer::Nfc => normalized.extend(part.nfc()),
            Normalizer::Nfd => normalized.extend(part.nfd()),
            Normalizer::Nfkc => normalized.extend(part.nfkc()),
            Normalizer::Nfkd => normalized.extend(part.nfkd()),
            other => panic!("{other} is no Unicode form"),
        }
        normalized.extend(later);
    }
    normalized
}

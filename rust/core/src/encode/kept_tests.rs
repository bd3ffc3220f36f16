//! What is read out of a file gives the tables that making gives, or nothing.
#![allow(clippy::unwrap_used)]

use super::cache_tests::{PROSE, trained};
use super::cuts::Cuts;
use super::forged::{table_file, takes_forged};
use super::kept;
use super::pairs::{NONE, Symbol};
use super::table_cache::TableCache;
use super::tables::Tables;
use super::*;
use crate::pretokenize::PretokenizerSpec;
use crate::vocabulary::{Merge, load};
use std::fs;
use std::path::Path;

/// A file of a vocabulary, and the tables that were made.
fn kept(vocabulary: &Vocabulary) -> (Vec<u8>, Tables) {
    let mut content = None;
    let tables = Tables::make(vocabulary, |tables, layout| {
        content = Some(kept::content(
            vocabulary,
            kept::digest(vocabulary),
            tables,
            layout,
        ));
    });
    (content.unwrap(), tables)
}

fn read(vocabulary: &Vocabulary, content: &[u8]) -> Option<Tables> {
    Tables::from_kept(vocabulary, kept::digest(vocabulary), content)
}

/// By rank and by a list, with tokens that no merge makes, with bytes that have no token.
fn vocabularies() -> Vec<Vocabulary> {
    let by_rank = trained(PROSE.as_bytes(), PretokenizerSpec::named("o200k").unwrap(), 700).vocabulary;
    let tokens = by_rank.tokens().to_vec();
    let merges = by_rank.merges().to_vec();
    let listed = |tokens: &[Option<Box<[u8]>>], merges: Vec<Merge>, ignore_merges| {
        Vocabulary::from_merges(tokens.to_vec(), merges, ignore_merges).unwrap()
    };
    let few = merges.iter().copied().filter(|merge| merge.id % 7 != 0).collect();
    let mut more = tokens.clone();
    more.push(Some(Box::from(&b"\xFF\xFEunreached\xFE and long"[..])));
    more.push(Some(Box::from(&b"\xFF\xFE"[..])));
    let used: Vec<bool> = (0..=255).map(|byte| PROSE.as_bytes().contains(&byte)).collect();
    let mut some = tokens.clone();
    for token in &mut some {
        if token
            .as_deref()
            .is_some_and(|bytes| bytes.len() == 1 && !used[bytes[0] as usize])
        {
            *token = None;
        }
    }
    vec![
        listed(&tokens, merges.clone(), true),
        listed(&tokens, few, true),
        listed(&more, merges.clone(), true),
        listed(&some, merges, false),
        by_rank,
    ]
}

/// Everything in the tables, as text; where the trie's nodes stand among it.
fn shown(vocabulary: &Vocabulary, tables: &Tables) -> String {
    let Tables { model, cuts } = tables;
    let cuts: Option<Vec<u64>> = cuts.as_ref().map(|cuts| cuts.words().collect());
    let facts: Vec<String> = (0..model.ids().len())
        .map(|symbol| model.shown(symbol as Symbol))
        .collect();
    format!(
        "{:?} {facts:?} {:?} {} {cuts:?}",
        model.ids(),
        model.shown_trie(),
        vocabulary.len()
    )
}

fn check(vocabulary: &Vocabulary) {
    let (content, made) = kept(vocabulary);
    let again = read(vocabulary, &content).unwrap();
    assert!(shown(vocabulary, &made) == shown(vocabulary, &again));
    for text in [PROSE, "größer, 東京 🦀", "a", "never seen: qqqzzzxxx \u{1}"] {
        let ids = |tables: &Tables| {
            let mut ids = Vec::new();
            let result =
                tables
                    .model
                    .encode(text.as_bytes(), Way::Best, &mut Scratch::default(), &mut |id| {
                        ids.push(id)
                    });
            (result, ids)
        };
        assert_eq!(ids(&made), ids(&again));
    }
}

#[test]
fn reading_gives_what_making_gives() {
    for vocabulary in vocabularies() {
        check(&vocabulary);
    }
}

#[test]
fn published_vocabularies_are_read_as_they_were_made() {
    let Some(data) = std::env::var_os("BYTEWRIGHT_DATA") else {
        return;
    };
    for name in [
        "r50k_base.tiktoken",
        "o200k_base.tiktoken",
        "models/qwen2.tokenizer.json",
    ] {
        let path = Path::new(&data).join("vocabularies").join(name);
        if path.is_file() {
            check(&load(&path, Some(&PretokenizerSpec::none())).unwrap().vocabulary);
        }
    }
}

#[test]
fn digests_tell_vocabularies_apart() {
    let all = vocabularies();
    let digests: std::collections::HashSet<u128> = all.iter().map(kept::digest).collect();
    assert_eq!(digests.len(), all.len());
    let ranks = |tokens: &[&[u8]]| {
        Vocabulary::from_ranks(tokens.iter().map(|token| token.to_vec()).zip(0..).collect()).unwrap()
    };
    assert_ne!(
        kept::digest(&ranks(&[b"ab", b"c"])),
        kept::digest(&ranks(&[b"a", b"bc"]))
    );
    // A file of another vocabulary, under its name.
    let (content, _) = kept(&all[0]);
    assert!(read(&all[1], &content).is_none());
}

#[test]
fn what_is_damaged_is_refused() {
    let vocabulary = vocabularies().pop().unwrap();
    let (content, _) = kept(&vocabulary);
    assert!(read(&vocabulary, &[]).is_none());
    for length in (0..content.len())
        .step_by(content.len() / 50)
        .chain([content.len() - 1])
    {
        assert!(read(&vocabulary, &content[..length]).is_none());
    }
    for place in (0..content.len()).step_by(97) {
        let mut content = content.clone();
        content[place] ^= 1 << (place % 8);
        assert!(read(&vocabulary, &content).is_none());
    }
    assert!(read(&vocabulary, &[&content[..], b"more"].concat()).is_none());
}

/// The word that says whether there are cuts.
const CUTS_FLAG: usize = 11;

/// With a right checksum each word may be wrong: it is refused, or encodes all text to something.
#[test]
fn what_is_forged_does_no_harm() {
    for vocabulary in vocabularies() {
        let content = table_file(&vocabulary).unwrap();
        let at = |word: usize| u32::from_le_bytes(content[word * 4..][..4].try_into().unwrap());
        // Any cuts are cuts, so that only the first two of their words are changed.
        let words = (content.len() - 8) / 4 - at(CUTS_FLAG) as usize * (2 * Cuts::WORDS - 2);
        let (mut refused, mut taken) = (0, 0);
        for word in (0..words).filter(|word| *word < 16 || word % 5 == 0) {
            for new in [
                at(word) ^ 1,
                at(word).wrapping_add(256),
                NONE,
                0,
                at((word * 7 + 28) % words),
            ] {
                let mut content = content.clone();
                content[word * 4..][..4].copy_from_slice(&new.to_le_bytes());
                *if takes_forged(&vocabulary, &mut content, PROSE.as_bytes()) {
                    &mut taken
                } else {
                    &mut refused
                } += 1;
            }
        }
        assert!(refused > taken, "{refused} {taken}");
    }
}

/// A vocabulary that is large enough to be kept.
fn large() -> Definition {
    let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    for first in b'a'..=b'z' {
        for second in b'a'..=b'z' {
            tokens.push(vec![first, second]);
        }
    }
    let pairs = tokens[256..].to_vec();
    for left in &pairs {
        for right in &pairs[..80] {
            tokens.push([&left[..], right].concat());
        }
    }
    let vocabulary = Vocabulary::from_ranks(tokens.into_iter().zip(0..).collect()).unwrap();
    Definition::new(vocabulary, PretokenizerSpec::none())
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn ids(tokenizer: &Tokenizer) -> Vec<TokenId> {
    let mut ids = Vec::new();
    let text = b"thequickbrownfoxjumpsoverthelazydog";
    tokenizer
        .encode(text, SpecialTokens::Ordinary, false, &mut ids)
        .unwrap();
    ids
}

#[test]
fn files_are_written_once_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let cache = TableCache::new(folder.path().join("some").join("where"));
    let definition = large();
    let load = || ids(&Tokenizer::with_cache(definition.clone(), Some(&cache)).unwrap());
    let expected = ids(&Tokenizer::new(definition.clone()).unwrap());
    assert_eq!(load(), expected);
    let [path] = &files(&folder.path().join("some/where"))[..] else {
        panic!("one file");
    };
    let content = fs::read(path).unwrap();
    let written = fs::metadata(path).unwrap().modified().unwrap();
    assert_eq!(load(), expected);
    assert_eq!(fs::metadata(path).unwrap().modified().unwrap(), written);
    fs::write(path, &content[..1000]).unwrap();
    assert_eq!(load(), expected);
    assert!(fs::read(path).unwrap() == content);
}

#[test]
fn no_folder_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let definition = large();
    let expected = ids(&Tokenizer::new(definition.clone()).unwrap());
    for folder in [&file, &file.join("below"), Path::new("/proc/none")] {
        let cache = TableCache::new(folder);
        assert_eq!(
            ids(&Tokenizer::with_cache(definition.clone(), Some(&cache)).unwrap()),
            expected
        );
    }
    // A folder where the file should be.
    let cache = TableCache::new(folder.path());
    let name = format!("{:032x}.tables", kept::digest(&definition.vocabulary));
    fs::create_dir(folder.path().join(name)).unwrap();
    assert_eq!(
        ids(&Tokenizer::with_cache(definition, Some(&cache)).unwrap()),
        expected
    );
}

#[test]
fn many_may_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let cache = TableCache::new(folder.path());
    let definition = large();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| ids(&Tokenizer::with_cache(definition.clone(), Some(&cache)).unwrap()));
        }
    });
    let [path] = &files(folder.path())[..] else {
        panic!("one file");
    };
    assert!(read(&definition.vocabulary, &fs::read(path).unwrap()).is_some());
}

#[test]
fn the_newest_files_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = TableCache::new(folder.path());
    fs::write(folder.path().join("other"), b"").unwrap();
    for digest in 0..12 {
        cache.write(digest, &[1, 2, 3]);
    }
    assert_eq!(files(folder.path()).len(), 9);
    assert!(folder.path().join("other").is_file());
    assert_eq!(cache.read(11).unwrap(), [1, 2, 3]);
}

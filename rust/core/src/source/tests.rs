#![allow(clippy::unwrap_used)]

use super::*;
use crate::compress;
use crate::monitor::Monitor;
use std::io::Write;

/// A document that need not be cut is one entry; cut documents are joined again.
fn documents(path: &Path, options: &SourceOptions) -> Result<Vec<Vec<u8>>, SourceError> {
    let mut documents: Vec<Vec<u8>> = Vec::new();
    let mut open = false;
    let after_space = |text: &[u8], from: usize| {
        (from.max(1)..text.len()).find(|&at| text[at] == b' ' && text[at - 1].is_ascii_alphabetic())
    };
    let count = visit_file(path, options, &after_space, &mut |pieces, _| {
        for piece in pieces {
            if open {
                documents.last_mut().unwrap().extend_from_slice(piece.bytes);
            } else {
                documents.push(piece.bytes.to_vec());
            }
            open = !piece.ends_document;
        }
        Ok::<_, SourceError>(())
    })?;
    assert!(!open);
    assert_eq!(count, documents.len() as u64);
    Ok(documents)
}

fn write(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> std::path::PathBuf {
    let path = folder.path().join(name);
    let mut file = File::create(&path).unwrap();
    match name.rsplit('.').next() {
        Some("gz") => {
            let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap();
        }
        Some("xz") => {
            let mut encoder = liblzma::write::XzEncoder::new(file, 1);
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap();
        }
        Some("zst") => zstd::stream::copy_encode(content, file, 1).unwrap(),
        Some("bwz") => {
            let options = compress::Options::default();
            let packed = compress::compress(content, options, &Monitor::silent()).unwrap();
            file.write_all(&packed).unwrap();
        }
        _ => file.write_all(content).unwrap(),
    }
    path
}

fn separated() -> SourceOptions {
    SourceOptions {
        separator: Some(b"##".to_vec()),
        field: None,
    }
}

#[test]
fn every_form_gives_the_same_documents() {
    let folder = tempfile::tempdir().unwrap();
    let long = "some words in a long document ".repeat(40);
    for content in [
        "",
        "one",
        "one##two##",
        "##",
        "a##b",
        &long,
        &format!("{long}##{long}##x"),
    ] {
        for options in [SourceOptions::default(), separated()] {
            let plain = documents(&write(&folder, "a.txt", content.as_bytes()), &options).unwrap();
            assert_eq!(plain.concat(), content.as_bytes());
            let expected = match options.separator {
                None => 1,
                Some(_) => {
                    content.split("##").count() - usize::from(content.ends_with("##") || content.is_empty())
                }
            };
            assert_eq!(plain.len(), expected, "{content:?}");
            for name in ["a.txt.gz", "a.xz", "a.bwz", "a.ZST"] {
                if name == "a.ZST" {
                    // The ending is read without regard to case.
                    std::fs::rename(
                        write(&folder, "b.zst", content.as_bytes()),
                        folder.path().join(name),
                    )
                    .unwrap();
                } else {
                    write(&folder, name, content.as_bytes());
                }
                assert_eq!(
                    documents(&folder.path().join(name), &options).unwrap(),
                    plain,
                    "{name} {content:?}"
                );
            }
        }
    }
}

#[test]
fn a_document_without_a_place_to_cut_is_held_whole() {
    let folder = tempfile::tempdir().unwrap();
    let content = b"x".repeat(5_000);
    assert_eq!(
        documents(&write(&folder, "a.gz", &content), &separated()).unwrap(),
        [content]
    );
}

#[test]
fn json_lines_give_their_field() {
    let folder = tempfile::tempdir().unwrap();
    let content = "{\"id\": 1, \"text\": \"caf\\u00e9\\n\", \"x\": {\"text\": 2}}\n\n  {\"text\":\"\\ud800z\"}\r\n{\"text\":\"last\"}";
    let expected = ["café\n".as_bytes(), "\u{FFFD}z".as_bytes(), b"last"];
    for name in ["a.jsonl", "b.ndjson.gz", "c.jsonl.zst"] {
        let path = write(&folder, name, content.as_bytes());
        assert_eq!(
            documents(&path, &SourceOptions::default()).unwrap(),
            expected,
            "{name}"
        );
    }
    let options = SourceOptions {
        separator: None,
        field: Some("text".into()),
    };
    assert_eq!(
        documents(&write(&folder, "d.txt", content.as_bytes()), &options).unwrap(),
        expected
    );
}

#[test]
fn errors_name_the_file_and_the_line() {
    let folder = tempfile::tempdir().unwrap();
    for bad in [
        "{\"text\": 3}",
        "{\"other\": \"\"}",
        "[1]",
        "{\"text\": \"a\"",
        "{\"text\":\"a\"} b",
        "{\"text\":\"a\",\"text\":\"b\"}",
    ] {
        let path = write(
            &folder,
            "bad.jsonl",
            format!("{{\"text\": \"fine\"}}\n{bad}\n").as_bytes(),
        );
        let message = documents(&path, &SourceOptions::default())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("bad.jsonl") && message.contains("line 2"),
            "{message}"
        );
    }
    let missing = documents(&folder.path().join("none"), &SourceOptions::default()).unwrap_err();
    assert!(
        matches!(&missing, SourceError::Io { path, .. } if path.ends_with("none")),
        "{missing}"
    );
    assert!(matches!(
        documents(folder.path(), &SourceOptions::default()),
        Err(SourceError::Io { .. })
    ));
}

#[test]
fn damaged_streams_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..4_000_u32)
        .flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    for name in ["a.gz", "a.xz", "a.zst", "a.bwz"] {
        let path = write(&folder, name, &content);
        let whole = std::fs::read(&path).unwrap();
        for cut in [1, 9, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let error = documents(&path, &SourceOptions::default()).unwrap_err();
            assert!(
                matches!(error, SourceError::Malformed { .. }),
                "{name} {cut}: {error}"
            );
        }
    }
}

//! A folder of files with what was found out about vocabularies (`kept.rs`).

use crate::atomic_file::write_without_sync;
use crate::huge_pages;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Files that are kept; each has some 5 MB.
const FILES: usize = 8;

/// Larger ones are not read: no vocabulary that loads in reasonable time has as much.
const LARGEST: u64 = 1 << 30;

/// What was left behind by a process that ended while it wrote is removed when it is so old.
const ABANDONED: Duration = Duration::from_secs(3600);

const EXTENSION: &str = "tables";

/// A folder that remembers how the tables of large vocabularies are made, for the processes to come.
///
/// A file's name is a hash of the vocabulary, and of the versions of the package and of the file, so that it is never out of date. A folder that can't be read or
/// written, and a file that is damaged, cost the time of making the tables anew and nothing else. The last eight files are kept.
///
/// # Examples
/// ```
/// use bytewright::encode::{TableCache, Tokenizer};
/// # use bytewright::vocabulary::Definition;
/// # fn example(definition: Definition) -> Result<Tokenizer, bytewright::error::VocabularyError> {
/// let cache = TableCache::new("/home/someone/.cache/bytewright/tables");
/// Tokenizer::with_cache(definition, Some(&cache))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TableCache {
    folder: PathBuf,
}

impl TableCache {
    /// In this folder, which is made when something is put into it.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn path(&self, digest: u128) -> PathBuf {
        self.folder.join(format!("{digest:032x}.{EXTENSION}"))
    }

    /// The content of a file, where it is there.
    pub(super) fn read(&self, digest: u128) -> Option<Vec<u8>> {
        let path = self.path(digest);
        // Opening what is not a file may wait for ever.
        let length = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        if length > LARGEST {
            return None;
        }
        let mut content = huge_pages::with_capacity(length as usize);
        let read = File::open(&path).and_then(|file| file.take(length).read_to_end(&mut content));
        read.is_ok().then_some(content)
    }

    /// Puts a file there, if that can be done.
    pub(super) fn write(&self, digest: u128, content: &[u8]) {
        let write = || {
            fs::create_dir_all(&self.folder)?;
            // Whether it reaches the disk is not waited for: a checksum says whether all of it did.
            write_without_sync(&self.path(digest), |out| out.write_all(content))?;
            self.tidy()
        };
        // That it can't be done costs the next process time, nothing else.
        let _: io::Result<()> = write();
    }

    /// Removes all but the newest files, and what others left behind.
    fn tidy(&self) -> io::Result<()> {
        let now = SystemTime::now();
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let (path, changed) = (entry.path(), entry.metadata()?.modified()?);
            let has = |extension: &str| path.extension().is_some_and(|other| other == extension);
            if has(EXTENSION) {
                files.push((changed, path));
            } else if has("part") && now.duration_since(changed).is_ok_and(|age| age > ABANDONED) {
                remove(&path);
            }
        }
        files.sort_unstable();
        for (_, path) in files.iter().rev().skip(FILES) {
            remove(path);
        }
        Ok(())
    }
}

/// Another process may have been faster.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

//! Files written aside, then renamed: a failure leaves what was there before.

use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a file through `write`, under another name in the same folder, and renames it once all of it is on its way to disk.
///
/// # Errors
/// What the system or `write` says; `path` is then as it was, and nothing is left beside it.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    WrittenFile::new(path, write)?.rename()
}

/// [`write_atomically`] without waiting for the disk, for what can be made again: after a crash of the system `path` may hold a part of it.
///
/// # Errors
/// As [`write_atomically`].
pub(crate) fn write_without_sync(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    WrittenFile::without_sync(path, write)?.rename()
}

/// A file that is written but does not have its name yet, so that several can be named together; dropped, it is gone.
pub struct WrittenFile<'a> {
    file: tempfile::NamedTempFile,
    path: &'a Path,
}

impl<'a> WrittenFile<'a> {
    /// Writes beside `path`.
    ///
    /// # Errors
    /// What the system or `write` says.
    pub fn new(path: &'a Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let written = Self::without_sync(path, write)?;
        // Some file systems report a full disk only here.
        written.file.as_file().sync_all()?;
        Ok(written)
    }

    fn without_sync(
        path: &'a Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".bytewright-").suffix(".part");
        // `tempfile` makes files for their owner alone; what a user saves has the permissions of any new file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        let mut buffered = BufWriter::with_capacity(1 << 16, file.as_file_mut());
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        Ok(Self { file, path })
    }

    /// Gives it its name; what had the name before is gone.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(self) -> io::Result<()> {
        self.file
            .persist(self.path)
            .map(drop)
            .map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn replaces_only_what_was_written_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        write_atomically(&path, |out| out.write_all(b"first")).expect("written");
        let failed = write_atomically(&path, |out| {
            out.write_all(b"second")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(failed.expect_err("must fail").to_string(), "no more");
        assert_eq!(fs::read(&path).expect("there"), b"first");
        write_atomically(&path, |out| out.write_all(b"third")).expect("written");
        assert_eq!(fs::read(&path).expect("there"), b"third");
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let error =
            write_atomically(&folder.path().join("none").join("file"), |_| Ok(())).expect_err("no folder");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_a_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        write_atomically(&ours, |_| Ok(())).expect("written");
        fs::write(&plain, b"").expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}

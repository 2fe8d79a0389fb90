//! The output directory: everything is made under a hidden name and renamed into place at the end.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};

/// What to do with an output directory that holds files already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfNotEmpty {
    /// Refuse.
    #[default]
    Refuse,
    /// Replace those files that this run makes, at its very end.
    Overwrite,
}

/// Where files are made until the run is done. Hidden, and no corpus is read from hidden directories.
const STAGING: &str = ".twicetold-partial";

/// Where a run under a memory limit keeps its work files, unless it is told to keep them elsewhere. They outlive a
/// run that was killed, so that another can go on with them.
pub const WORK: &str = ".twicetold-work";

/// Everything that a run may leave in its output directory.
const OUTPUT_NAMES: [&str; 14] = [
    "annotated",
    "clean",
    "clusters.jsonl",
    "flows.csv",
    "kept.txt",
    "paragraphs.jsonl",
    "rejected.jsonl",
    "removed.jsonl",
    "removed.txt",
    "report.html",
    "sources.csv",
    "stories.jsonl",
    "summary.json",
    "timing.json",
];

/// Held while a run writes, so that two runs do not mix.
const LOCK: &str = ".twicetold-lock";

/// A directory being filled. Dropping it without [`commit`](Self::commit) removes what was made.
#[derive(Debug)]
pub struct OutputDirectory {
    path: PathBuf,
    staging: PathBuf,
    lock: Option<File>,
    /// Whether this run made the directory itself.
    created: bool,
}

impl OutputDirectory {
    /// Prepares `path`, which may exist. Leftovers of a run that was killed are removed.
    ///
    /// # Errors
    /// [`Error::OutputNotEmpty`] if it holds files and `if_not_empty` refuses; [`Error::OutputInUse`] if another
    /// run is writing there; [`Error::Unwritable`] if it cannot be made or written.
    pub fn open(path: &Path, if_not_empty: IfNotEmpty) -> Result<Self> {
        let unwritable = |source| Error::Unwritable { path: path.to_path_buf(), source };
        let created = !path.exists();
        fs::create_dir_all(path).map_err(unwritable)?;
        for entry in fs::read_dir(path).map_err(unwritable)? {
            let name = entry.map_err(unwritable)?.file_name();
            if if_not_empty == IfNotEmpty::Refuse && ![STAGING, LOCK, WORK].iter().any(|own| name == *own) {
                return Err(Error::OutputNotEmpty { path: path.to_path_buf() });
            }
        }
        let lock = File::create(path.join(LOCK)).map_err(unwritable)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::OutputInUse { path: path.to_path_buf() }),
            // Some network file systems have no locks; there the staging directory is the only guard.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let staging = path.join(STAGING);
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(unwritable)?;
        }
        fs::create_dir(&staging).map_err(unwritable)?;
        Ok(Self { path: path.to_path_buf(), staging, lock: Some(lock), created })
    }

    /// Where a file of this relative name is made. The directories above it exist afterwards.
    pub(crate) fn stage(&self, name: &str) -> Result<PathBuf> {
        let path = self.staging.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::io(parent, "make the directory"))?;
        }
        Ok(path)
    }

    /// Begins a file of this relative name.
    pub(crate) fn create(&self, name: &str) -> Result<StagedFile> {
        let path = self.stage(name)?;
        let file = File::create(&path).map_err(Error::io(&path, "create it"))?;
        Ok(StagedFile { path: self.path.join(name), writer: BufWriter::with_capacity(1 << 16, file) })
    }

    /// Makes a file that holds one JSON value, indented for people.
    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let mut file = self.create(name)?;
        let failure = file.failure();
        serde_json::to_writer_pretty(&mut file, value).map_err(|error| failure(error.into()))?;
        file.write_all(b"\n").map_err(failure)?;
        file.finish()
    }

    /// Renames everything that was made to its final name. Tables of an earlier run that this run does not make
    /// are removed, as they would contradict the new ones.
    ///
    /// # Errors
    /// [`Error::Io`] if a name cannot be taken.
    pub fn commit(self) -> Result<()> {
        self.commit_replacing(|name| OUTPUT_NAMES.contains(&name))
    }

    /// As [`commit`](Self::commit), for output of another kind: removes the files of an earlier run whose names are
    /// stale.
    pub(crate) fn commit_replacing(mut self, is_stale: impl Fn(&str) -> bool) -> Result<()> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.staging).map_err(Error::io(&self.staging, "list it"))? {
            names.push(entry.map_err(Error::io(&self.staging, "list it"))?.file_name());
        }
        names.sort();
        for entry in fs::read_dir(&self.path).map_err(Error::io(&self.path, "list it"))? {
            let entry = entry.map_err(Error::io(&self.path, "list it"))?;
            if entry.file_name().to_str().is_some_and(&is_stale) {
                remove(&entry.path())?;
            }
        }
        for name in names {
            let (from, to) = (self.staging.join(&name), self.path.join(&name));
            fs::rename(&from, &to).map_err(Error::io(&to, "move the finished file here"))?;
        }
        self.created = false;
        self.clean_up();
        Ok(())
    }

    /// Removes what is not final. What cannot be removed is hidden, and removed by the next run.
    fn clean_up(&mut self) {
        drop(fs::remove_dir_all(&self.staging));
        if self.lock.take().is_some() {
            drop(fs::remove_file(self.path.join(LOCK)));
        }
        if self.created {
            drop(fs::remove_dir(&self.path));
        }
    }
}

impl Drop for OutputDirectory {
    fn drop(&mut self) {
        if self.lock.is_some() {
            self.clean_up();
        }
    }
}

/// Removes a file or a whole directory, if it is there.
fn remove(path: &Path) -> Result<()> {
    let result = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io(path, "replace it")(error)),
        _ => Ok(()),
    }
}

/// A file that gets its final name when the run is done.
#[derive(Debug)]
pub(crate) struct StagedFile {
    /// The final name, for messages.
    path: PathBuf,
    writer: BufWriter<File>,
}

impl StagedFile {
    /// Turns a failure to write into an error that names the file.
    pub(crate) fn failure(&self) -> impl Fn(io::Error) -> Error + use<> {
        let path = self.path.clone();
        move |source| Error::Io { path: path.clone(), action: "write it", source }
    }

    /// Writes what is buffered.
    pub(crate) fn finish(mut self) -> Result<()> {
        let failure = self.failure();
        self.writer.flush().map_err(failure)
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_its_final_name_before_the_commit() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("out");
        let output = OutputDirectory::open(&path, IfNotEmpty::Refuse).unwrap();
        let mut file = output.create("clean/a.jsonl").unwrap();
        file.write_all(b"{}\n").unwrap();
        file.finish().unwrap();
        assert!(!path.join("clean").exists());
        output.commit().unwrap();
        let names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["clean"]);
        assert_eq!(fs::read(path.join("clean/a.jsonl")).unwrap(), b"{}\n");
    }

    #[test]
    fn a_run_that_fails_leaves_nothing_and_one_that_was_killed_is_cleaned_up_after() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("out");
        drop(OutputDirectory::open(&path, IfNotEmpty::Refuse).unwrap());
        assert!(!path.exists());
        fs::create_dir_all(path.join(STAGING).join("clean")).unwrap();
        fs::write(path.join(LOCK), "").unwrap();
        drop(OutputDirectory::open(&path, IfNotEmpty::Refuse).unwrap());
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_in_use_or_not_empty_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let output = OutputDirectory::open(parent.path(), IfNotEmpty::Refuse).unwrap();
        let second = OutputDirectory::open(parent.path(), IfNotEmpty::Refuse);
        assert!(matches!(second, Err(Error::OutputInUse { .. })), "{second:?}");
        drop(output);
        fs::write(parent.path().join("mine.txt"), "").unwrap();
        fs::write(parent.path().join("paragraphs.jsonl"), "").unwrap();
        let refused = OutputDirectory::open(parent.path(), IfNotEmpty::Refuse);
        assert!(matches!(refused, Err(Error::OutputNotEmpty { .. })));
        OutputDirectory::open(parent.path(), IfNotEmpty::Overwrite).unwrap().commit().unwrap();
        assert!(parent.path().join("mine.txt").exists());
        assert!(!parent.path().join("paragraphs.jsonl").exists());
    }
}

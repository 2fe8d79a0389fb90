//! The output directory: everything is made under a hidden name, and gets its final name at the end.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::commit::{self, COMMITTED, NEW, STAGING, check_own, read_list};
use super::lock::{LOCK, Lock};
use super::unfinished::{Leftovers, Unfinished};
use crate::corpus::{FILE_LIST, FileList, OUTPUT_NAMES};
use crate::disk::{Disk, DiskFile};
use crate::error::{Error, Result};
use crate::hash;
use crate::params::Seed;

/// What to do with an output directory that holds files already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfNotEmpty {
    /// Refuse.
    #[default]
    Refuse,
    /// Replace the files that an earlier run lists as its own, at the very end of this one.
    Overwrite,
}

/// Where a run under a memory limit keeps its work files, unless it is told to keep them elsewhere. They outlive a
/// run that was killed, so that another can go on with them.
pub(crate) const WORK: &str = ".twicetold-work";

/// The file of the times that a run took: no other run has the same.
const TIMING: &str = "timing.json";

/// A hash of these times.
fn times(timing: &Path) -> io::Result<u64> {
    fs::read(timing).map(|bytes| hash::bytes64(&bytes, Seed(0)))
}

/// Names that are no output.
const OWN_NAMES: [&str; 5] = [STAGING, COMMITTED, LOCK, WORK, FILE_LIST];

/// A directory being filled. Dropping it without [`commit`](Self::commit) removes what was made.
#[derive(Debug)]
pub struct OutputDirectory {
    path: PathBuf,
    /// Where files are made.
    new: PathBuf,
    unfinished: Arc<Unfinished>,
}

impl OutputDirectory {
    /// Prepares `path`, which may exist. A commit that was cut off is finished, and other leftovers of a run that was
    /// killed are removed.
    ///
    /// # Errors
    /// [`Error::OutputNotEmpty`] if it holds files and `if_not_empty` refuses; [`Error::OutputForeign`] if it holds files
    /// that would have to be replaced, but which no run lists as its own; [`Error::OutputInUse`] if another run is writing
    /// there; [`Error::Unwritable`] if it cannot be made or written.
    pub fn open(path: &Path, if_not_empty: IfNotEmpty) -> Result<Self> {
        Self::open_on(Disk::default(), path, if_not_empty)
    }

    pub(crate) fn open_on(disk: Disk, path: &Path, if_not_empty: IfNotEmpty) -> Result<Self> {
        let unwritable = |source| Error::Unwritable { path: path.to_path_buf(), source };
        let new = path.join(STAGING).join(NEW);
        let unfinished = Unfinished::new(path, disk, missing(path));
        let output = Self { path: path.to_path_buf(), new, unfinished };
        let disk = &output.unfinished.disk;
        disk.create_directories(path).map_err(unwritable)?;
        output.unfinished.made().lock = Some(Lock::take(path)?);
        commit::finish(disk, path)?;
        output.check_entries(if_not_empty)?;
        let staging = path.join(STAGING);
        disk.remove_tree(&staging).map_err(unwritable)?;
        disk.create_directory(&staging).map_err(unwritable)?;
        disk.create_directory(&output.new).map_err(unwritable)?;
        Ok(output)
    }

    /// What tells this output from that of any other run, once the times that it took are written.
    ///
    /// # Errors
    /// [`Error::Io`] if they cannot be read again.
    pub(crate) fn times(&self) -> Result<u64> {
        let path = self.new.join(TIMING);
        times(&path).map_err(Error::io(&path, "read it"))
    }

    /// Whether `path` holds the output of the run that took these times. A commit that was cut off is finished.
    ///
    /// # Errors
    /// [`Error::OutputInUse`] if a run is writing there; [`Error::Io`] if a file cannot be moved or read.
    pub(crate) fn stands(disk: &Disk, path: &Path, of_times: u64) -> Result<bool> {
        if !path.is_dir() {
            return Ok(false);
        }
        let lock = Lock::take(path)?;
        let finished = commit::finish(disk, path).and_then(|()| {
            // What a commit that was cut off has left: no run follows that would take it away.
            let staging = path.join(STAGING);
            disk.remove_tree(&staging).map_err(Error::io(&staging, "remove it"))
        });
        lock.release();
        finished?;
        let timing = path.join(TIMING);
        match times(&timing) {
            Ok(times) => Ok(times == of_times),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io(&timing, "read it")(error)),
        }
    }

    /// What is to be removed where the process ends before this is dropped.
    pub fn leftovers(&self) -> Leftovers {
        Leftovers(Arc::clone(&self.unfinished))
    }

    /// Checks that what is there may be replaced, before the work of the run rather than after it.
    fn check_entries(&self, if_not_empty: IfNotEmpty) -> Result<()> {
        let list = read_list(&self.path)?;
        // Beside a corpus, what has the name of an output is somebody's.
        let are_outputs = !list.as_ref().is_some_and(FileList::is_corpus);
        for name in self.names()? {
            if if_not_empty == IfNotEmpty::Refuse {
                return Err(Error::OutputNotEmpty { path: self.path.clone() });
            }
            let Some(name) = name else { continue };
            let is_listed = list.as_ref().is_some_and(|list| list.has(&name) || list.has_below(&name));
            if is_listed || are_outputs && OUTPUT_NAMES.contains(&&*name) {
                check_own(&self.path, &name, list.as_ref())?;
            }
        }
        Ok(())
    }

    /// What the directory holds but for what is hidden and this program's own, sorted; none for a name that is no text.
    fn names(&self) -> Result<Vec<Option<String>>> {
        let failed = |error| Error::io(&self.path, "list it")(error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().into_string().ok();
            if !name.as_ref().is_some_and(|name| OWN_NAMES.contains(&&**name)) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Makes a file of this relative name, with the directories above it, and tells where it is made.
    ///
    /// # Errors
    /// [`Error::Io`] if there is one of this name already: each file is made once, or one of two would be lost.
    pub(crate) fn stage(&self, name: &str) -> Result<(PathBuf, DiskFile)> {
        let _making = self.unfinished.making();
        let path = self.new.join(name);
        let disk = &self.unfinished.disk;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let made = match disk.open(&path, &options) {
            // Of very many files, most find their directory there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(parent) = path.parent() {
                    disk.create_directories(parent).map_err(Error::io(parent, "make the directory"))?;
                }
                disk.open(&path, &options)
            }
            made => made,
        };
        let file = made.map_err(Error::io(&self.path.join(name), "create it"))?;
        Ok((path, file))
    }

    /// Begins a file of this relative name.
    pub(crate) fn create(&self, name: &str) -> Result<StagedFile> {
        let (_, file) = self.stage(name)?;
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

    /// Puts everything that was made in the place of the files of an earlier run, all of which are removed. The output
    /// is the old one or the new one, whole, whatever happens: see `docs/decisions/0001-commit.md`.
    ///
    /// # Errors
    /// [`Error::Io`] if something cannot be written, [`Error::OutputForeign`] if a file that no run lists is in the way:
    /// the old output stands. [`Error::OutputUnfinished`] if the new one is complete, but the next run has to move it
    /// into place.
    pub fn commit(self) -> Result<()> {
        debug_assert_eq!(
            self.unknown_names(),
            Vec::<String>::new(),
            "every output has a name in OUTPUT_NAMES"
        );
        self.commit_as(FileList::new, |name| OUTPUT_NAMES.contains(&name))
    }

    /// Names that were made and that [`OUTPUT_NAMES`] lacks: another run would not know them as outputs.
    fn unknown_names(&self) -> Vec<String> {
        let made = fs::read_dir(&self.new).into_iter().flatten().flatten();
        let names = made.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter(|name| !OUTPUT_NAMES.contains(&name.as_str())).collect()
    }

    /// As [`commit`](Self::commit), for a corpus that was made: if an earlier one left no list of its files, those of
    /// which `is_stale` holds are removed.
    pub(crate) fn commit_corpus(self, is_stale: impl Fn(&str) -> bool) -> Result<()> {
        self.commit_as(FileList::of_corpus, is_stale)
    }

    fn commit_as(
        self,
        list: fn(BTreeSet<String>) -> FileList,
        is_stale: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let old = self.old_names(is_stale)?;
        let disk = &self.unfinished.disk;
        commit::prepare(disk, &self.path, old, list)?;
        // From here on nobody removes anything: what is committed stays.
        let mut made = self.unfinished.made();
        let committed = commit::commit(disk, &self.path);
        if committed.is_err() && !self.path.join(COMMITTED).exists() {
            return committed;
        }
        made.is_committed = true;
        let created = std::mem::take(&mut made.created);
        let moved = committed.and_then(|()| commit::finish(disk, &self.path)).and_then(|()| {
            created.iter().filter_map(|path| path.parent()).try_for_each(|parent| {
                let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
                disk.sync_directory(parent).map_err(Error::io(parent, "write its names to disk"))
            })
        });
        moved.map_err(|error| Error::OutputUnfinished { path: self.path.clone(), source: Box::new(error) })
    }

    /// The names to be replaced or removed.
    fn old_names(&self, is_stale: impl Fn(&str) -> bool) -> Result<BTreeSet<String>> {
        let list = read_list(&self.path)?;
        let mut old = BTreeSet::new();
        for name in self.names()?.into_iter().flatten() {
            let is_old = match &list {
                Some(list) => list.has(&name) || list.has_below(&name),
                None => is_stale(&name),
            };
            if is_old {
                check_own(&self.path, &name, list.as_ref())?;
                old.insert(name);
            } else if self.new.join(&name).exists() {
                return Err(Error::OutputForeign { path: self.path.join(name) });
            }
        }
        if list.is_some() {
            old.insert(FILE_LIST.to_owned());
        }
        Ok(old)
    }
}

impl Drop for OutputDirectory {
    fn drop(&mut self) {
        self.unfinished.remove(&mut self.unfinished.made());
    }
}

/// The directories of a path that are not there, the deepest first.
fn missing(path: &Path) -> Vec<PathBuf> {
    let above = path.ancestors().filter(|path| !path.as_os_str().is_empty());
    above.take_while(|path| !path.exists()).map(Path::to_path_buf).collect()
}

/// A file that gets its final name when the run is done.
#[derive(Debug)]
pub(crate) struct StagedFile {
    /// The final name, for messages.
    path: PathBuf,
    writer: BufWriter<DiskFile>,
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
    use crate::disk::Fault;

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
        let (list, rest): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name == FILE_LIST);
        assert_eq!((list.len(), rest), (1, vec!["clean".into()]));
        assert_eq!(fs::read(path.join("clean/a.jsonl")).unwrap(), b"{}\n");
    }

    #[test]
    fn a_run_that_fails_leaves_nothing_and_one_that_was_killed_is_cleaned_up_after() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("out");
        drop(OutputDirectory::open(&path, IfNotEmpty::Refuse).unwrap());
        assert!(!path.exists());
        drop(OutputDirectory::open(&path.join("deep/er"), IfNotEmpty::Refuse).unwrap());
        assert!(!path.exists(), "the directories above it go as well");
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

    #[test]
    fn a_name_is_made_once() {
        let parent = tempfile::tempdir().unwrap();
        let output = OutputDirectory::open(parent.path(), IfNotEmpty::Refuse).unwrap();
        output.stage("clean/a.jsonl").unwrap();
        let Err(Error::Io { path, .. }) = output.stage("clean/a.jsonl") else { panic!("made twice") };
        assert_eq!(path, parent.path().join("clean/a.jsonl"));
    }

    #[test]
    fn only_files_that_a_run_listed_are_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path();
        write(Disk::default(), path, OLD).unwrap();
        let refused = |file: &str| {
            fs::write(path.join(file), "mine").unwrap();
            let refused = OutputDirectory::open(path, IfNotEmpty::Overwrite);
            let Err(Error::OutputForeign { path: named }) = refused else { panic!("{file}: {refused:?}") };
            assert_eq!(named, path.join(file));
            fs::remove_file(named).unwrap();
        };
        fs::create_dir(path.join("clean/sub")).unwrap();
        refused("clean/sub/thesis.txt");
        fs::remove_dir(path.join("clean/sub")).unwrap();
        refused("report.html");
        // What appears during the run is met at its end.
        let output = OutputDirectory::open(path, IfNotEmpty::Overwrite).unwrap();
        output.stage("clean/b.jsonl").unwrap();
        fs::write(path.join("clean/late.txt"), "mine").unwrap();
        assert!(matches!(output.commit(), Err(Error::OutputForeign { .. })));
        fs::remove_file(path.join("clean/late.txt")).unwrap();
        assert_eq!(read(path), contents(OLD));
        // Without a list nothing below clean is known to be a run's.
        fs::remove_file(path.join(FILE_LIST)).unwrap();
        assert!(matches!(
            OutputDirectory::open(path, IfNotEmpty::Overwrite),
            Err(Error::OutputForeign { path: named }) if named == path.join("clean/a.jsonl")
        ));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_in_place_of_the_lock_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("precious");
        fs::write(&target, "precious").unwrap();
        let path = parent.path().join("out");
        fs::create_dir(&path).unwrap();
        std::os::unix::fs::symlink(&target, path.join(LOCK)).unwrap();
        let refused = OutputDirectory::open(&path, IfNotEmpty::Overwrite);
        assert!(matches!(refused, Err(Error::Unwritable { .. })), "{refused:?}");
        assert_eq!(fs::read(&target).unwrap(), b"precious");
    }

    /// Names and contents of a small output.
    type Files = &'static [(&'static str, &'static str)];
    const OLD: Files = &[
        ("clean/a.jsonl", "old a"),
        ("clean/deep/gone.jsonl", "old"),
        ("paragraphs.jsonl", "old"),
        ("removed.jsonl", "old removed"),
        ("summary.json", "old summary"),
    ];
    const NEW: Files = &[
        ("clean/a.jsonl", "new a"),
        ("clean/deep/b.jsonl", "new b"),
        ("removed.jsonl", "new removed"),
        ("report.html", "new report"),
        ("summary.json", "new summary"),
    ];

    fn contents(files: Files) -> Vec<(String, String)> {
        files.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
    }

    /// Writes an output, as a run does.
    fn write(disk: Disk, path: &Path, files: Files) -> Result<()> {
        let output = OutputDirectory::open_on(disk, path, IfNotEmpty::Overwrite)?;
        for (name, content) in files {
            let mut file = output.create(name)?;
            file.write_all(content.as_bytes()).unwrap();
            file.finish()?;
        }
        output.commit()
    }

    /// Every file of a directory but the list.
    fn read(path: &Path) -> Vec<(String, String)> {
        fn collect(root: &Path, path: &Path, files: &mut Vec<(String, String)>) {
            for entry in fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                if path.is_dir() {
                    collect(root, &path, files);
                } else if name != FILE_LIST {
                    files.push((name, fs::read_to_string(&path).unwrap()));
                }
            }
        }
        let mut files = Vec::new();
        collect(path, path, &mut files);
        files.sort();
        files
    }

    /// Has each operation of a commit fail in turn, and then each of the run that comes after it.
    fn stop_at_every_operation(fault: fn(usize) -> Fault) {
        let (mut had_old, mut had_new) = (0, 0);
        for first in 1.. {
            let mut last = false;
            for second in (0..).step_by(3) {
                let parent = tempfile::tempdir().unwrap();
                let path = parent.path();
                write(Disk::default(), path, OLD).unwrap();
                fs::write(path.join("mine.txt"), "mine").unwrap();
                last = write(Disk::with(fault(first)), path, NEW).is_ok();
                let reopened = (second > 0).then(|| {
                    OutputDirectory::open_on(Disk::with(fault(second)), path, IfNotEmpty::Overwrite)
                });
                let is_through = reopened.as_ref().is_some_and(Result::is_ok);
                drop(reopened);
                drop(OutputDirectory::open(path, IfNotEmpty::Overwrite).unwrap());
                let mut found = read(path);
                let mine = found.iter().position(|(name, _)| name == "mine.txt").unwrap();
                found.remove(mine);
                assert!(!last || found == contents(NEW), "a run that says it is done is");
                if found == contents(OLD) {
                    had_old += 1;
                } else {
                    assert_eq!(found, contents(NEW), "operations {first} and {second}");
                    had_new += 1;
                }
                // The list is that of what is there.
                write(Disk::default(), path, OLD).unwrap();
                if is_through || last {
                    break;
                }
            }
            if last && first > 12 {
                break;
            }
        }
        assert!(had_old > 10 && had_new > 10, "{had_old} and {had_new}");
    }

    #[test]
    fn the_output_is_the_old_one_or_the_new_one_whatever_operation_fails() {
        stop_at_every_operation(Fault::failure);
    }

    #[test]
    fn the_output_is_the_old_one_or_the_new_one_wherever_the_run_is_killed() {
        stop_at_every_operation(Fault::death);
    }
}

//! How new output takes the place of the old: the protocol of `docs/decisions/0001-commit.md`.
//!
//! New files are made below a hidden directory. When all are there and on disk, that directory gets another name,
//! and this one rename is the commit: before it the old output stands, after it the new one is to be moved into place,
//! by this run or by the next that opens the directory. Every step can be done again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::corpus::{FILE_LIST, FileList};
use crate::disk::{Disk, is_there};
use crate::error::{Error, Result};

/// Where files are made until the run is done. Hidden, and no corpus is read from hidden directories.
pub(super) const STAGING: &str = ".twicetold-partial";

/// What [`STAGING`] is called from the commit on, until all is in place.
pub(super) const COMMITTED: &str = ".twicetold-commit";

/// Below either: the new files, the old ones, and which are which.
pub(super) const NEW: &str = "new";
const OLD: &str = "old";
const JOURNAL: &str = "journal.json";

/// Files that are synchronised one by one. Each takes the disk some milliseconds, so more are synchronised together with
/// all else that their file system has to write, where the system can.
const MOST_FILES_SYNCED: usize = 1 << 9;

/// Taken away first and put into place last: where it is, all else is of the same run.
const SUMMARY: &str = "summary.json";

/// What a commit moves: names in the output directory.
#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    /// Version of the protocol.
    version: u32,
    /// Files and directories of the earlier run.
    old: BTreeSet<String>,
    /// Those of the new one.
    new: BTreeSet<String>,
}

/// Writes the list of the new files and the journal, and has all of it reach the disk. The old output stands.
///
/// # Errors
/// [`Error::Io`] if something cannot be written.
pub(super) fn prepare(
    disk: &Disk,
    directory: &Path,
    old: BTreeSet<String>,
    list: fn(BTreeSet<String>) -> FileList,
) -> Result<()> {
    let staging = directory.join(STAGING);
    let root = staging.join(NEW);
    let mut tree = Tree::default();
    tree.walk(&root, "")?;
    let at = |name: &str| if name.is_empty() { root.clone() } else { root.join(name) };
    let is_synced = tree.files.len() > MOST_FILES_SYNCED
        && disk.sync_all(&root).map_err(Error::io(&root, "write it to disk"))?;
    if !is_synced {
        tree.files.par_iter().try_for_each(|name| {
            let path = at(name);
            disk.sync_file(&path).map_err(Error::io(&path, "write it to disk"))
        })?;
    }
    let mut new: BTreeSet<String> = tree.files.iter().map(|name| top(name).to_owned()).collect();
    new.insert(FILE_LIST.to_owned());
    let list = list(tree.files.into_iter().collect());
    write(disk, &root.join(FILE_LIST), &list)?;
    for name in &tree.directories {
        sync_directory(disk, &at(name))?;
    }
    let old_path = staging.join(OLD);
    disk.create_directory(&old_path).map_err(Error::io(&old_path, "make the directory"))?;
    write(disk, &staging.join(JOURNAL), &Journal { version: 1, old, new })?;
    sync_directory(disk, &staging)
}

/// Commits what is [prepared](prepare).
///
/// # Errors
/// [`Error::Io`]: the old output stands, unless the rename itself was done all the same.
pub(super) fn commit(disk: &Disk, directory: &Path) -> Result<()> {
    let (staging, committed) = (directory.join(STAGING), directory.join(COMMITTED));
    disk.rename(&staging, &committed).map_err(Error::io(&committed, "move the finished output here"))
}

/// Moves everything into place, if there is a commit whose files are not; does nothing else.
///
/// # Errors
/// [`Error::Io`] if a file cannot be moved, [`Error::OutputForeign`] if something that is of neither run is in the way.
/// The commit stays, and can be finished later.
pub(super) fn finish(disk: &Disk, directory: &Path) -> Result<()> {
    let committed = directory.join(COMMITTED);
    if !is_there(&committed).map_err(Error::io(&committed, "read it"))? {
        return Ok(());
    }
    // The commit must not be forgotten once the first file has moved.
    sync_directory(disk, directory)?;
    let path = committed.join(JOURNAL);
    let failed = |error: io::Error| Error::io(&path, "read it")(error);
    let bytes = fs::read(&path).map_err(failed)?;
    let journal: Journal = serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?;
    let moving = Moving { disk, directory, committed: &committed, journal: &journal };
    moving.take_away(SUMMARY)?;
    let mut names: Vec<&String> = journal.old.union(&journal.new).collect();
    names.sort_by_key(|name| (*name == SUMMARY, *name == FILE_LIST, *name));
    for name in names {
        moving.replace(name)?;
    }
    sync_directory(disk, directory)?;
    // Under its first name it is rubbish, which the next run would remove if this one came to no more.
    let staging = directory.join(STAGING);
    disk.remove_tree(&staging).map_err(Error::io(&staging, "remove it"))?;
    disk.rename(&committed, &staging).map_err(Error::io(&committed, "end the commit"))
}

struct Moving<'a> {
    disk: &'a Disk,
    directory: &'a Path,
    committed: &'a Path,
    journal: &'a Journal,
}

impl Moving<'_> {
    /// Moves an old file or directory away, unless that is done or its place is taken by the new one.
    fn take_away(&self, name: &str) -> Result<()> {
        let place = self.directory.join(name);
        let (new, old) = (self.committed.join(NEW).join(name), self.committed.join(OLD).join(name));
        let is_new = self.journal.new.contains(name);
        let is_placed = is_new && !there(&new)?;
        if is_placed || !there(&place)? {
            return Ok(());
        }
        if !self.journal.old.contains(name) || there(&old)? {
            // Someone made it since. It is in the way only where a new one is to be.
            return if is_new { Err(Error::OutputForeign { path: place }) } else { Ok(()) };
        }
        check_own(self.directory, name, read_list(self.directory)?.as_ref())?;
        self.disk.rename(&place, &old).map_err(Error::io(&place, "move the earlier run's file away"))
    }

    /// Takes the old away, and puts the new into place.
    fn replace(&self, name: &str) -> Result<()> {
        let (new, place) = (self.committed.join(NEW).join(name), self.directory.join(name));
        let is_file = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
        // A file is replaced in one step.
        if !(self.journal.old.contains(name) && is_file(&new) && is_file(&place)) {
            self.take_away(name)?;
        }
        if self.journal.new.contains(name) && there(&new)? {
            self.disk.rename(&new, &place).map_err(Error::io(&place, "move the finished file here"))?;
        }
        Ok(())
    }
}

/// The list of a directory's files, if there is one.
pub(super) fn read_list(directory: &Path) -> Result<Option<FileList>> {
    FileList::read(directory).map_err(Error::io(&directory.join(FILE_LIST), "read the list of its files"))
}

/// Checks that a file or directory, and all that it holds, is of the earlier run: that its list names it, or that it is
/// a single file, if there is no list.
///
/// # Errors
/// [`Error::OutputForeign`] with the first that is not.
pub(super) fn check_own(directory: &Path, name: &str, list: Option<&FileList>) -> Result<()> {
    let path = directory.join(name);
    let metadata = fs::symlink_metadata(&path).map_err(Error::io(&path, "read it"))?;
    let foreign = |path| Err(Error::OutputForeign { path });
    if !metadata.is_dir() {
        let is_own = name == FILE_LIST || list.is_none_or(|list| list.has(name));
        return if is_own { Ok(()) } else { foreign(path) };
    }
    let mut tree = Tree::default();
    tree.walk(&path, "")?;
    let below =
        |relative: &str| if relative.is_empty() { name.to_owned() } else { format!("{name}/{relative}") };
    for file in &tree.files {
        if list.is_none_or(|list| !list.has(&below(file))) {
            return foreign(path.join(file));
        }
    }
    for directory in &tree.directories {
        if list.is_some_and(|list| !list.has_below(&below(directory))) {
            return foreign(path.join(directory));
        }
    }
    match tree.unnamed {
        Some(path) => foreign(path),
        None => Ok(()),
    }
}

fn there(path: &Path) -> Result<bool> {
    is_there(path).map_err(Error::io(path, "read it"))
}

fn sync_directory(disk: &Disk, path: &Path) -> Result<()> {
    disk.sync_directory(path).map_err(Error::io(path, "write its names to disk"))
}

fn write(disk: &Disk, path: &Path, value: &impl Serialize) -> Result<()> {
    let failed = |error: io::Error| Error::io(path, "write it")(error);
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| failed(error.into()))?;
    bytes.push(b'\n');
    disk.write(path, &bytes).map_err(failed)
}

/// The first part of a relative name.
fn top(name: &str) -> &str {
    name.split_once('/').map_or(name, |(first, _)| first)
}

/// What a directory holds, by relative names; links are files, and not followed.
#[derive(Default)]
struct Tree {
    files: Vec<String>,
    /// The deepest first; the directory itself is the last, an empty name.
    directories: Vec<String>,
    /// Something whose name is not text, which no run makes.
    unnamed: Option<PathBuf>,
}

impl Tree {
    fn walk(&mut self, path: &Path, relative: &str) -> Result<()> {
        let failed = |error| Error::io(path, "list it")(error);
        let entries: io::Result<Vec<_>> = fs::read_dir(path).map_err(failed)?.collect();
        let mut entries = entries.map_err(failed)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = match entry.file_name().into_string() {
                Ok(name) if relative.is_empty() => name,
                Ok(name) => format!("{relative}/{name}"),
                Err(_) => {
                    self.unnamed.get_or_insert(entry.path());
                    continue;
                }
            };
            if entry.file_type().map_err(failed)?.is_dir() {
                self.walk(&entry.path(), &name)?;
            } else {
                self.files.push(name);
            }
        }
        self.directories.push(relative.to_owned());
        Ok(())
    }
}

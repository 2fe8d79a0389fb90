//! The directory of a run's work files.
#![allow(clippy::cast_possible_truncation, reason = "a work file fits the address space")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::column::{Column, Fixed, RowColumn};
use super::file::{WorkFile, WorkKind};
use super::manifest::{InputStamp, MANIFEST, Manifest};
use super::settings::Settings;
use crate::disk::Disk;
use crate::error::{Error, Result};

/// What to do with the work of an earlier run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// Remove it and start anew.
    #[default]
    Anew,
    /// Go on with it, if there is some and it was made with the same settings and inputs.
    Continue,
}

/// Names the inputs, for each of which it has a line of JSON.
const INPUTS: &str = "inputs";
const INPUTS_KIND: WorkKind = WorkKind(*b"inpt");

/// The stage of a run whose output is about to stand.
const OUTPUT: &str = "output";

/// Tells the output of a run from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutputMark {
    /// A hash of the times that it took.
    pub times: u64,
    /// A hash of all that was asked for.
    pub asked: u64,
}

/// A directory of work files. It outlives the run unless [`remove`](Self::remove) is called.
#[derive(Debug)]
pub(crate) struct WorkDirectory {
    disk: Disk,
    path: PathBuf,
    manifest: Manifest,
    fingerprint: u64,
    /// Files that were made and have no name.
    nameless: AtomicU64,
    /// Whether it goes with the run, however that ends.
    is_transient: bool,
}

impl WorkDirectory {
    /// Prepares the directory at `path`, which only this program may use.
    ///
    /// # Errors
    /// [`Error::WorkMismatch`] if work to go on with was made with other settings, inputs or another version;
    /// [`Error::WorkDamaged`] if it is not what it was; [`Error::Io`] if the directory cannot be made or read;
    /// [`Error::Unwritable`] if something else is in its place.
    pub(crate) fn open(
        disk: &Disk,
        path: &Path,
        resume: Resume,
        settings: Settings,
        inputs: &[InputStamp],
    ) -> Result<Self> {
        let version = env!("CARGO_PKG_VERSION");
        if resume == Resume::Continue
            && let Some(manifest) = Manifest::read(path)?
        {
            let mismatch =
                |(what, built, asked)| Error::WorkMismatch { path: path.to_owned(), what, built, asked };
            if manifest.version != version {
                return Err(mismatch(("version".into(), manifest.version, version.into())));
            }
            if let Some(difference) = manifest.settings.first_difference(&settings) {
                return Err(mismatch(difference));
            }
            let fingerprint = settings.fingerprint();
            let directory = Self::new(disk, path, manifest, fingerprint);
            // It is the first thing that is stated, and is not any more where the rest is being removed.
            if directory.manifest.files.contains_key(INPUTS) {
                if let Some(difference) = first_difference(&directory.stamps()?, inputs) {
                    return Err(mismatch(difference));
                }
                return Ok(directory);
            }
        }
        remove_earlier(disk, path)?;
        disk.create_directories(path).map_err(Error::io(path, "make the work directory"))?;
        let fingerprint = settings.fingerprint();
        let (files, stages) = (BTreeMap::new(), BTreeMap::new());
        let manifest = Manifest { version: version.to_owned(), settings, files, stages };
        let mut directory = Self::new(disk, path, manifest, fingerprint);
        let mut file = directory.file(INPUTS, INPUTS_KIND)?;
        for stamp in inputs {
            let line =
                serde_json::to_string(stamp).map_err(|error| Error::io(path, "write it")(error.into()))?;
            file.append(line.as_bytes())?;
            file.append(b"\n")?;
        }
        directory.commit(INPUTS, &inputs.len(), &mut [&mut file])?;
        Ok(directory)
    }

    fn new(disk: &Disk, path: &Path, manifest: Manifest, fingerprint: u64) -> Self {
        let nameless = AtomicU64::new(0);
        Self {
            disk: disk.clone(),
            path: path.to_owned(),
            manifest,
            fingerprint,
            nameless,
            is_transient: false,
        }
    }

    /// As [`open`](Self::open), for work that no later run goes on with: it is removed when this is dropped.
    pub(crate) fn transient(disk: &Disk, path: &Path) -> Result<Self> {
        let mut directory = Self::open(disk, path, Resume::Anew, Settings::default(), &[])?;
        directory.is_transient = true;
        Ok(directory)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn stamps(&self) -> Result<Vec<InputStamp>> {
        let file = self.file(INPUTS, INPUTS_KIND)?;
        let mut bytes = vec![0; file.len() as usize];
        file.read_at(0, &mut bytes)?;
        let lines = bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty());
        let stamps = lines.map(serde_json::from_slice).collect::<std::result::Result<_, _>>();
        stamps.map_err(|_| Error::WorkDamaged { path: self.path.join(INPUTS) })
    }

    /// Opens a file: with what counts of it, or empty.
    pub(crate) fn file(&self, name: &str, kind: WorkKind) -> Result<WorkFile> {
        let path = self.path.join(name);
        match self.manifest.files.get(name) {
            Some(&committed) => WorkFile::reopen(&self.disk, path, kind, self.fingerprint, committed),
            None => WorkFile::create(&self.disk, path, kind, self.fingerprint),
        }
    }

    /// A file of entries of one type, as [`file`](Self::file) opens it.
    pub(crate) fn column<T: Fixed>(&self, name: &str, kind: WorkKind) -> Result<Column<T>> {
        Column::new(self.file(name, kind)?)
    }

    /// A file of rows of so many numbers, as [`file`](Self::file) opens it.
    pub(crate) fn row_column(&self, name: &str, kind: WorkKind, width: usize) -> Result<RowColumn> {
        RowColumn::new(self.file(name, kind)?, width)
    }

    /// A file of entries that no later run goes on with. It has no name where the system can do without, and is gone
    /// when it is closed.
    pub(crate) fn nameless<T: Fixed>(&self) -> Result<Column<T>> {
        let path = self.path.join(format!("nameless-{}", self.nameless.fetch_add(1, Ordering::Relaxed)));
        let file = WorkFile::create(&self.disk, path.clone(), WorkKind(*b"none"), self.fingerprint)?;
        // Else it stays until the directory is removed.
        drop(self.disk.remove_file(&path));
        Column::new(file)
    }

    /// How far a stage came, none if it has not begun.
    pub(crate) fn stage<T: DeserializeOwned>(&self, stage: &str) -> Result<Option<T>> {
        let state = self.manifest.stages.get(stage).cloned().map(serde_json::from_value).transpose();
        state.map_err(|_| Error::WorkDamaged { path: self.path.join(MANIFEST) })
    }

    /// States how far a stage came, together with all that was appended to its files so far.
    pub(crate) fn commit(
        &mut self,
        stage: &str,
        state: &impl Serialize,
        files: &mut [&mut WorkFile],
    ) -> Result<()> {
        for file in files {
            file.flush()?;
            self.manifest.files.insert(file.name(), file.committed());
        }
        let state = serde_json::to_value(state)
            .map_err(|error| Error::io(&self.path.join(MANIFEST), "write it")(error.into()))?;
        self.manifest.stages.insert(stage.to_owned(), state);
        self.manifest.write(&self.disk, &self.path)
    }

    /// Removes files that later stages do not need, whether they are there or not.
    pub(crate) fn discard(&mut self, names: &[String]) -> Result<()> {
        for name in names {
            self.manifest.files.remove(name);
        }
        // A file that is gone must not be stated, the other way round does no harm.
        self.manifest.write(&self.disk, &self.path)?;
        for name in names {
            drop(self.disk.remove_file(&self.path.join(name)));
        }
        Ok(())
    }

    /// States that the output of this run is about to get its final name.
    pub(crate) fn mark_output(&mut self, mark: OutputMark) -> Result<()> {
        self.commit(OUTPUT, &mark, &mut [])
    }

    /// The mark of the output of the run in this directory, if it came so far.
    pub(crate) fn output_mark(path: &Path) -> Result<Option<OutputMark>> {
        let Some(manifest) = Manifest::read(path)? else { return Ok(None) };
        let mark = manifest.stages.get(OUTPUT).cloned();
        mark.map(serde_json::from_value)
            .transpose()
            .map_err(|_| Error::WorkDamaged { path: path.join(MANIFEST) })
    }

    /// Removes the directory. Until the last moment, the manifest tells that the output stands.
    pub(crate) fn remove(mut self) -> Result<()> {
        self.is_transient = false;
        self.manifest.files.clear();
        self.manifest.stages.retain(|stage, _| stage == OUTPUT);
        self.manifest.write(&self.disk, &self.path)?;
        remove(&self.disk, &self.path, "", MANIFEST)
            .map_err(Error::io(&self.path, "remove the work directory"))
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        if self.is_transient {
            // What stays is removed by the next run.
            drop(remove(&self.disk, &self.path, MANIFEST, INPUTS));
        }
    }
}

/// Removes the work of an earlier run. Nothing is removed that does not look like one.
fn remove_earlier(disk: &Disk, path: &Path) -> Result<()> {
    let Ok(mut entries) = fs::read_dir(path) else { return Ok(()) };
    if entries.next().is_some() && !path.join(MANIFEST).exists() && !path.join(INPUTS).exists() {
        return Err(Error::WorkForeign { path: path.to_owned() });
    }
    // First the manifest, since files that it states must not be gone; last the list of inputs, by which the rest is known
    // as work if this comes to no end.
    let (first, last) = if path.join(INPUTS).exists() { (MANIFEST, INPUTS) } else { ("", MANIFEST) };
    remove(disk, path, first, last).map_err(Error::io(path, "remove the work of an earlier run"))
}

/// Removes a directory of work, beginning and ending with the files of these names.
fn remove(disk: &Disk, path: &Path, first: &str, last: &str) -> io::Result<()> {
    let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| {
        let name = entry.file_name();
        (name != first, name == last, name)
    });
    for entry in entries {
        if entry.file_type()?.is_dir() {
            disk.remove_tree(&entry.path())?;
        } else {
            disk.remove_file(&entry.path())?;
        }
    }
    disk.remove_empty_directory(path)
}

/// The first input that is not as it was: which, what it was, and what it is.
fn first_difference(built: &[InputStamp], asked: &[InputStamp]) -> Option<(String, String, String)> {
    let place = (0..built.len().max(asked.len())).find(|&index| built.get(index) != asked.get(index))?;
    let (built, asked) = (built.get(place), asked.get(place));
    let told = |stamp: Option<&InputStamp>| match (stamp, built.map(|s| &s.name) == asked.map(|s| &s.name)) {
        (None, _) => "nothing".to_owned(),
        (Some(stamp), true) => stamp.to_string(),
        (Some(stamp), false) => stamp.name.clone(),
    };
    let named = asked.or(built).map(|stamp| stamp.name.clone()).unwrap_or_default();
    Some((format!("input {named}"), told(built), told(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(name: &str, bytes: u64) -> InputStamp {
        InputStamp { name: name.into(), bytes, modified: Some(1_500_000_000), sample: 1 }
    }

    fn settings(rows: u32) -> Settings {
        let mut settings = Settings::default();
        settings.add("threshold", 0.8);
        settings.add("rows", rows);
        settings
    }

    const KIND: WorkKind = WorkKind(*b"test");

    #[test]
    fn only_what_was_committed_is_there_again() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("work");
        let inputs = [stamp("a", 1)];
        let open = |resume| WorkDirectory::open(&Disk::default(), &path, resume, settings(5), &inputs);
        let mut work = open(Resume::Continue).unwrap();
        let mut file = work.file("numbers", KIND).unwrap();
        file.append(b"one").unwrap();
        work.commit("count", &1u32, &mut [&mut file]).unwrap();
        file.append(b"two").unwrap();
        file.flush().unwrap();
        drop((file, work));
        let mut work = open(Resume::Continue).unwrap();
        assert_eq!(work.stage::<u32>("count").unwrap(), Some(1));
        assert_eq!(work.file("numbers", KIND).unwrap().len(), 3);
        work.discard(&["numbers".to_owned()]).unwrap();
        assert_eq!(work.file("numbers", KIND).unwrap().len(), 0);
        let work = open(Resume::Anew).unwrap();
        assert_eq!(work.stage::<u32>("count").unwrap(), None);
        work.remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn work_made_with_something_else_is_refused_by_name() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("work");
        let built = [stamp("a", 1), stamp("b", 2)];
        WorkDirectory::open(&Disk::default(), &path, Resume::Anew, settings(5), &built).unwrap();
        let refusal = |rows, inputs: &[InputStamp]| {
            WorkDirectory::open(&Disk::default(), &path, Resume::Continue, settings(rows), inputs)
                .unwrap_err()
                .to_string()
        };
        assert!(refusal(8, &built).contains("built with rows=5, asked for rows=8"), "{}", refusal(8, &built));
        let grown = refusal(5, &[stamp("a", 1), stamp("b", 3)]);
        assert!(grown.contains("input b=2 bytes") && grown.contains("input b=3 bytes"), "{grown}");
        let lost = refusal(5, &built[..1]);
        assert!(lost.contains("built with input b=b, asked for input b=nothing"), "{lost}");
        let manifest = path.join(MANIFEST);
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, text.replace(": 5", ": 6").replace("\"5\"", "\"6\"")).unwrap();
        assert!(refusal(5, &built).contains("damaged"));
    }

    #[test]
    fn a_directory_of_something_else_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("mine.txt"), "").unwrap();
        let refused = WorkDirectory::open(&Disk::default(), parent.path(), Resume::Anew, settings(5), &[]);
        assert!(matches!(refused, Err(Error::WorkForeign { .. })));
        assert!(parent.path().join("mine.txt").exists());
    }
}

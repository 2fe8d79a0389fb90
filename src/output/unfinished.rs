//! What a directory holds that is not final, and its removal: by the run, or by whoever ends the process.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::commit::STAGING;
use super::lock::Lock;
use crate::disk::Disk;

/// What was made so far.
#[derive(Debug)]
pub(super) struct Provisional {
    /// None once nothing is left to remove.
    pub lock: Option<Lock>,
    /// The directories that this run made to have the output directory, the deepest first.
    pub created: Vec<PathBuf>,
    /// Whether the new output stands, or will as soon as somebody moves it into place.
    pub is_committed: bool,
}

/// Shared by an output directory and its [`Leftovers`].
#[derive(Debug)]
pub(super) struct Unfinished {
    path: PathBuf,
    pub(super) disk: Disk,
    made: RwLock<Provisional>,
}

impl Unfinished {
    pub(super) fn new(path: &Path, disk: Disk, created: Vec<PathBuf>) -> Arc<Self> {
        let made = RwLock::new(Provisional { lock: None, created, is_committed: false });
        Arc::new(Self { path: path.to_owned(), disk, made })
    }

    /// As long as this is held, nothing is removed. Whoever makes a file holds it.
    pub(super) fn making(&self) -> RwLockReadGuard<'_, Provisional> {
        self.made.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// As long as this is held, nothing is made or removed by others.
    pub(super) fn made(&self) -> RwLockWriteGuard<'_, Provisional> {
        self.made.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what is not final. What cannot be removed is hidden, and removed by the next run.
    pub(super) fn remove(&self, made: &mut Provisional) {
        if let Some(lock) = made.lock.take() {
            drop(self.disk.remove_tree(&self.path.join(STAGING)));
            lock.release();
        }
        for path in std::mem::take(&mut made.created) {
            drop(self.disk.remove_empty_directory(&path));
        }
    }
}

/// Removes what an [`OutputDirectory`](super::OutputDirectory) holds that is not final, from another thread, where the
/// process is about to end without dropping anything.
///
/// ```
/// use twicetold::output::{IfNotEmpty, OutputDirectory};
///
/// let parent = tempfile::tempdir()?;
/// let path = parent.path().join("out");
/// let output = OutputDirectory::open(&path, IfNotEmpty::Refuse)?;
/// let leftovers = output.leftovers();
/// assert!(path.exists() && leftovers.remove() && !path.exists());
/// # std::mem::forget(output);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Leftovers(pub(super) Arc<Unfinished>);

impl Leftovers {
    /// Removes them, unless the output is committed: then it stays, which is to be finished rather than ended. Waits for
    /// a commit that is under way. Returns whether the process may end.
    ///
    /// Afterwards no thread can make another file of this output; one that tries waits for the end of the process.
    pub fn remove(&self) -> bool {
        let mut made = self.0.made();
        if made.is_committed {
            return false;
        }
        // Files that are open can be written on; only a sync or a name that is just made may be in the way.
        for _ in 0..ATTEMPTS {
            if self.0.disk.remove_tree(&self.0.path.join(STAGING)).is_ok() {
                break;
            }
        }
        self.0.remove(&mut made);
        // Nobody is to make anything from here on.
        std::mem::forget(made);
        true
    }
}

/// How often to try to remove a directory that others are at work in.
const ATTEMPTS: usize = 10;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use crate::output::{IfNotEmpty, OutputDirectory};

    #[test]
    fn nothing_is_made_after_the_removal() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("out");
        let output = OutputDirectory::open(&path, IfNotEmpty::Refuse).unwrap();
        output.stage("clean/a.jsonl").unwrap();
        assert!(output.leftovers().remove());
        let (sender, made) = mpsc::channel();
        // The thread waits for the end of the process.
        thread::spawn(move || sender.send(output.stage("clean/b.jsonl").is_ok()));
        assert!(made.recv_timeout(Duration::from_millis(100)).is_err());
        assert!(!path.exists());
    }

    #[test]
    fn a_committed_output_is_not_removed() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("out");
        let output = OutputDirectory::open(&path, IfNotEmpty::Refuse).unwrap();
        output.stage("clean/a.jsonl").unwrap();
        let leftovers = output.leftovers();
        output.commit().unwrap();
        assert!(!leftovers.remove());
        assert!(path.join("clean/a.jsonl").exists());
        assert_eq!(fs::read_dir(&path).unwrap().count(), 2, "clean and the list");
    }
}

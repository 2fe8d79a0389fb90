//! The file system operations of a commit, one by one, so that a test can stop it at any of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Runs each operation. In tests, one operation may fail, or the process seem to die at it.
#[derive(Debug, Default)]
pub(super) struct Disk {
    #[cfg(test)]
    pub(super) fault: Fault,
}

impl Disk {
    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "only tests fail here")
    )]
    fn operation(&self) -> io::Result<()> {
        #[cfg(test)]
        self.fault.meet()?;
        Ok(())
    }

    /// Makes a file of these bytes, and has them reach the disk.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.operation()?;
        let mut file = File::create_new(path)?;
        self.operation()?;
        file.write_all(bytes)?;
        self.operation()?;
        file.sync_all()
    }

    /// Has a file's bytes reach the disk.
    pub(super) fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        // Some systems want a file that is open for writing.
        File::options().write(true).open(path)?.sync_all()
    }

    /// Has all that the file system of a directory holds reach the disk; false if the system cannot, or would not tell if
    /// it failed.
    pub(super) fn sync_all(&self, path: &Path) -> io::Result<bool> {
        self.operation()?;
        #[cfg(target_os = "linux")]
        return nix::unistd::syncfs(File::open(path)?).map(|()| true).map_err(io::Error::from);
        #[cfg(not(target_os = "linux"))]
        {
            let _ = path;
            Ok(false)
        }
    }

    /// Has the names in a directory reach the disk.
    pub(super) fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        // Where a directory cannot be opened, its names are the system's care.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operation()?;
        fs::rename(from, to)
    }

    pub(super) fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        fs::create_dir(path)
    }

    /// Removes a directory with all that it holds, if it is there. Links in it are removed, not followed.
    pub(super) fn remove_tree(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn remove_empty_directory(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        fs::remove_dir(path)
    }
}

/// Whether something of this name is there, be it a link to nothing.
pub(super) fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// When operations fail.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Fault {
    done: std::sync::atomic::AtomicUsize,
    /// Number of the operation, from 1; none fails at 0.
    at: usize,
    /// Whether all that follow fail as well, as if the process were gone.
    is_death: bool,
}

#[cfg(test)]
impl Fault {
    pub(super) fn failure(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    pub(super) fn death(at: usize) -> Self {
        Self { at, is_death: true, ..Self::default() }
    }

    fn meet(&self) -> io::Result<()> {
        let number = 1 + self.done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let fails = number == self.at || (self.is_death && self.at > 0 && number > self.at);
        if fails { Err(io::Error::other("an injected fault")) } else { Ok(()) }
    }
}

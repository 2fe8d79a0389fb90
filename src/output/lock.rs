//! The lock of an output directory.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Held while a run writes, so that two runs do not mix.
pub(super) const LOCK: &str = ".twicetold-lock";

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Takes the lock of a directory.
    ///
    /// # Errors
    /// [`Error::OutputInUse`] if another run holds it; [`Error::Unwritable`] if its file cannot be opened, or is a link.
    pub(super) fn take(directory: &Path) -> Result<Self> {
        let path = directory.join(LOCK);
        let unwritable = |source| Error::Unwritable { path: path.clone(), source };
        loop {
            let file = open(&path).map_err(unwritable)?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::OutputInUse { path: directory.to_path_buf() });
                }
                // Some network file systems have no locks; there nothing guards the directory.
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            // Whoever held it may have removed the file before it was locked here: then another run may lock a new one.
            if is_at(&file, &path).map_err(unwritable)? {
                return Ok(Self { path, file });
            }
        }
    }

    /// Removes its file while it is still held, then gives it up.
    pub(super) fn release(self) {
        drop(fs::remove_file(&self.path));
        drop(self.file);
    }
}

/// Opens the file, which is made if it is not there; a link is not followed, and nothing is written.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits());
    }
    #[cfg(not(unix))]
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(io::Error::other("it is a link"));
    }
    options.open(path)
}

/// Whether a file is the one of this name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let own = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((own.dev(), own.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a file is the one of this name: elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

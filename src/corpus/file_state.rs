//! Whether a file is still the one that was opened, with the content that it had.
//!
//! A file is read several times in a run: for sketches, to verify pairs, to be written. If it changes in between, the
//! output would belong to none of its states.

use std::fs::{self, File, Metadata};
use std::path::Path;
use std::time::SystemTime;

use crate::error::{Error, Result};

/// Size, time and identity of a file at the moment when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileState {
    pub bytes: u64,
    /// To the nanosecond, where the system knows it: a write of equal size changes nothing else.
    pub modified: Option<SystemTime>,
    /// Device and number of the file, where there are such: a file that replaces another may have its size and time.
    inode: Option<(u64, u64)>,
}

impl FileState {
    /// Of an open file.
    pub(super) fn of_open(file: &File, path: &Path) -> Result<Self> {
        Ok(Self::new(&file.metadata().map_err(Error::io(path, "read its size"))?))
    }

    fn new(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = {
            use std::os::unix::fs::MetadataExt;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let inode = None;
        Self { bytes: metadata.len(), modified: metadata.modified().ok(), inode }
    }

    /// Checks that the file of this path is still in this state. One that is gone is not.
    pub(super) fn check(self, path: &Path) -> Result<()> {
        let is_same = fs::metadata(path).is_ok_and(|metadata| Self::new(&metadata) == self);
        if is_same { Ok(()) } else { Err(Error::InputChanged { path: path.to_path_buf() }) }
    }

    /// As [`check`](Self::check), for a file that was opened again.
    pub(super) fn check_open(self, file: &File, path: &Path) -> Result<()> {
        if Self::of_open(file, path)? == self {
            Ok(())
        } else {
            Err(Error::InputChanged { path: path.to_path_buf() })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_has_changed_if_its_size_its_time_or_its_identity_has() {
        let directory = tempfile::tempdir().unwrap();
        let (path, other) = (directory.path().join("a"), directory.path().join("b"));
        let hour = SystemTime::UNIX_EPOCH + Duration::from_secs(3600);
        let write = |path: &Path, content: &str, time: SystemTime| {
            fs::write(path, content).unwrap();
            File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        };
        write(&path, "told", hour);
        let state = FileState::of_open(&File::open(&path).unwrap(), &path).unwrap();
        assert!(state.check(&path).is_ok());
        write(&path, "tale", hour + Duration::from_nanos(100));
        assert!(matches!(state.check(&path), Err(Error::InputChanged { path: named }) if named == path));
        write(&path, "tales", hour);
        assert!(state.check(&path).is_err());
        write(&path, "told", hour);
        assert!(state.check(&path).is_ok());
        write(&other, "told", hour);
        fs::rename(&other, &path).unwrap();
        assert_eq!(state.check(&path).is_err(), cfg!(unix));
        fs::remove_file(&path).unwrap();
        assert!(state.check(&path).is_err());
    }
}

//! Memory maps: the only place that makes them.

use std::fs::File;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use crate::error::{Error, Result};

/// The bytes of a file, or of a part of a spool that is written once before it is read.
#[derive(Debug, Default)]
pub(super) struct Mapped(Option<Mmap>);

impl Mapped {
    /// Maps a file from its first byte to its last. `path` is for messages.
    pub(super) fn new(file: &File, path: &Path) -> Result<Self> {
        let length = file.metadata().map_err(Error::io(path, "read its size"))?.len();
        if length == 0 {
            // An empty range cannot be mapped.
            return Ok(Self(None));
        }
        #[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
        // SAFETY: we never write to the map. If another process truncates the file while we read, the system
        // raises SIGBUS and the run ends; if it changes bytes, we read either version, and every text is
        // validated as UTF-8 at the moment of use, so no unsound value can come of it. Whoever feeds files
        // that others still write to can pipe them in instead. A spool is written while it is mapped, but nothing is
        // handed out of it before its bytes are there, and they are never written again.
        let map = unsafe { Mmap::map(file) }.map_err(Error::io(path, "map it into memory"))?;
        Ok(Self(Some(map)))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// A part of a map, which others may share: a member of an archive needs no map of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedBytes {
    map: Arc<Mapped>,
    range: Range<usize>,
}

impl SharedBytes {
    /// The whole of a file.
    pub(super) fn map(file: &File, path: &Path) -> Result<Self> {
        let map = Arc::new(Mapped::new(file, path)?);
        let range = 0..map.len();
        Ok(Self { map, range })
    }

    /// A range of a map.
    pub(super) fn of(map: &Arc<Mapped>, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= map.len());
        Self { map: Arc::clone(map), range }
    }

    /// Tells one map from another.
    #[cfg(test)]
    pub(super) fn map_address(&self) -> *const Mapped {
        Arc::as_ptr(&self.map)
    }

    /// A range of these bytes, which must lie within them.
    #[cfg(feature = "archives")]
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.range.len());
        let start = self.range.start;
        Self { map: Arc::clone(&self.map), range: start + range.start..start + range.end }
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[self.range.clone()]
    }
}

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_map_holds_the_bytes_of_the_file_and_an_empty_file_none() {
        let mut file = tempfile::tempfile().unwrap();
        assert!(Mapped::new(&file, Path::new("x")).unwrap().is_empty());
        file.write_all(b"told").unwrap();
        assert_eq!(&*Mapped::new(&file, Path::new("x")).unwrap(), b"told");
    }
}

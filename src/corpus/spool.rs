//! Spools: temporary files for bytes that cannot be read where they stand. They keep the number of maps within bounds.
//!
//! A process may have some 65,000 maps on Linux, and a corpus may have millions of files. So a file is mapped where it
//! stands only while there are few. Further ones are copied one behind the other into temporary files, each of which is
//! mapped once; so is all that has no file of its own: what was unpacked, streams, and views. They are not copied into
//! memory, since a corpus may be larger than that. The system keeps of a spool in memory what it has room for.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::bytes::{Mapped, SharedBytes};
use crate::error::{Error, Result};

/// Files that are mapped where they stand. The system allows 65,530 maps by default, and threads and the allocator need
/// some.
const MAPS: usize = 1 << 14;

/// Small files among these. Copying them costs least, so most of the maps are left to large ones.
const MAPS_OF_SMALL_FILES: usize = 1 << 12;

/// The size from which a file, a view or a stream is large.
const LARGE_BYTES: usize = 1 << 20;

/// Sizes of spools. Each is twice as large as the one before, so that a few of them hold any number of bytes, and a small
/// corpus asks for little.
const FIRST_SPOOL_BYTES: usize = 1 << 20;
const LARGEST_SPOOL_BYTES: usize = 1 << 28;

/// Bytes moved at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// Brings bytes within reach.
#[derive(Debug)]
pub(super) struct Spools {
    directory: PathBuf,
    /// Maps of single files so far, and how many there may be: of all files, and of small ones.
    maps: AtomicUsize,
    most_maps: [usize; 2],
    /// None until something is to be copied: most corpora need no temporary file.
    current: Mutex<Option<Spool>>,
}

/// The spool that is being filled.
#[derive(Debug)]
struct Spool {
    file: Arc<File>,
    map: Arc<Mapped>,
    used: usize,
    /// Size of the next.
    next_bytes: usize,
}

/// A part of a spool that is still to be written.
struct SpoolPart {
    file: Arc<File>,
    start: u64,
    bytes: SharedBytes,
}

impl Spools {
    /// Makes nameless files in `directory` as they are needed.
    pub(super) fn new(directory: &Path) -> Self {
        Self::with_maps(directory, [MAPS, MAPS_OF_SMALL_FILES])
    }

    /// As [`new`](Self::new), with bounds on the number of maps: of all files, and of small ones.
    fn with_maps(directory: &Path, most_maps: [usize; 2]) -> Self {
        Self { directory: directory.into(), maps: 0.into(), most_maps, current: Mutex::default() }
    }

    /// The whole of a file of so many bytes: mapped, or copied if there are maps enough. `head` is its beginning, as far
    /// as it was read.
    ///
    /// # Errors
    /// [`Error::InputChanged`] if it has fewer bytes by now.
    pub(super) fn whole(&self, file: &File, bytes: u64, head: &[u8], path: &Path) -> Result<SharedBytes> {
        let too_large = |_| Error::io(path, "map it into memory")(io::ErrorKind::FileTooLarge.into());
        let length = usize::try_from(bytes).map_err(too_large)?;
        if length == 0 || self.may_map(length) {
            return SharedBytes::map(file, path);
        }
        if head.len() >= length {
            return self.append(&head[..length]);
        }
        let part = self.reserve(length)?;
        let mut buffer = vec![0; BUFFER_BYTES.min(length)];
        let mut file = file;
        file.rewind().map_err(Error::io(path, "read it"))?;
        let mut at = 0;
        while at < length {
            let most = buffer.len().min(length - at);
            match file.read(&mut buffer[..most]) {
                Ok(0) => return Err(Error::InputChanged { path: path.to_path_buf() }),
                Ok(count) => {
                    part.write(at, &buffer[..count]).map_err(|error| self.failed(error))?;
                    at += count;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io(path, "read it")(error)),
            }
        }
        Ok(part.bytes)
    }

    /// Counts a map of a file of so many bytes, if there may be one more.
    fn may_map(&self, bytes: usize) -> bool {
        let [all, small] = self.most_maps;
        self.maps.fetch_add(1, Ordering::Relaxed) < if bytes < LARGE_BYTES { small } else { all }
    }

    /// Begins something that is to be brought within reach as it is made.
    pub(super) fn writer(&self) -> SpoolWriter<'_> {
        SpoolWriter { spools: self, head: Vec::new(), file: None, written: 0 }
    }

    /// The error for a temporary file that could not be written.
    pub(super) fn failed(&self, error: io::Error) -> Error {
        Error::io(&self.directory, "write a temporary file")(error)
    }

    fn make_file(&self) -> Result<File> {
        let failed = Error::io(&self.directory, "make a temporary file");
        tempfile::tempfile_in(&self.directory).map_err(failed)
    }

    /// Copies bytes into a spool.
    fn append(&self, bytes: &[u8]) -> Result<SharedBytes> {
        if bytes.is_empty() {
            return Ok(SharedBytes::default());
        }
        let part = self.reserve(bytes.len())?;
        part.write(0, bytes).map_err(|error| self.failed(error))?;
        Ok(part.bytes)
    }

    /// A place for so many bytes in a spool. They are written without the lock, so that threads do not wait for one
    /// another.
    fn reserve(&self, length: usize) -> Result<SpoolPart> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let spool = match &mut *current {
            Some(spool) if spool.map.len() - spool.used >= length => spool,
            full => {
                let next_bytes = full.as_ref().map_or(FIRST_SPOOL_BYTES, |spool| spool.next_bytes);
                let file = self.make_file()?;
                // A file with holes takes no room for what is not written.
                let bytes = next_bytes.max(length);
                file.set_len(bytes as u64).map_err(|error| self.failed(error))?;
                let map = Arc::new(Mapped::new(&file, &self.directory)?);
                let next_bytes = (2 * next_bytes).min(LARGEST_SPOOL_BYTES);
                full.insert(Spool { file: file.into(), map, used: 0, next_bytes })
            }
        };
        let start = spool.used;
        spool.used += length;
        let bytes = SharedBytes::of(&spool.map, start..spool.used);
        Ok(SpoolPart { file: Arc::clone(&spool.file), start: start as u64, bytes })
    }
}

impl SpoolPart {
    /// Writes bytes that stand so far behind its start.
    fn write(&self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let start = self.start + at as u64;
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::write_all_at(&*self.file, bytes, start);
        #[cfg(windows)]
        {
            let mut done = 0;
            while done < bytes.len() {
                let place = start + done as u64;
                match std::os::windows::fs::FileExt::seek_write(&*self.file, &bytes[done..], place)? {
                    0 => return Err(io::ErrorKind::WriteZero.into()),
                    count => done += count,
                }
            }
            Ok(())
        }
    }
}

/// Takes bytes that are to be brought within reach: few in memory until all are there, many in a file of their own.
#[derive(Debug)]
pub(super) struct SpoolWriter<'a> {
    spools: &'a Spools,
    head: Vec<u8>,
    file: Option<BufWriter<File>>,
    written: u64,
}

impl SpoolWriter<'_> {
    /// Brings what was written within reach.
    pub(super) fn finish(self) -> Result<SharedBytes> {
        let Some(writer) = self.file else { return self.spools.append(&self.head) };
        let file = writer.into_inner().map_err(|error| self.spools.failed(error.into_error()))?;
        self.spools.whole(&file, self.written, &[], &self.spools.directory)
    }

    /// The error for bytes that it did not take.
    pub(super) fn failed(&self, error: io::Error) -> Error {
        self.spools.failed(error)
    }
}

impl Write for SpoolWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            None if self.head.len() + bytes.len() < LARGE_BYTES => {
                self.head.extend_from_slice(bytes);
                return Ok(bytes.len());
            }
            none => {
                let file = tempfile::tempfile_in(&self.spools.directory)?;
                let file = none.insert(BufWriter::with_capacity(BUFFER_BYTES, file));
                file.write_all(&self.head)?;
                self.written = self.head.len() as u64;
                self.head = Vec::new();
                file
            }
        };
        let count = file.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A file of so many bytes, which tell its number.
    fn file(directory: &Path, number: usize, bytes: usize) -> (File, PathBuf, Vec<u8>) {
        let path = directory.join(number.to_string());
        let content: Vec<u8> = number.to_string().bytes().cycle().take(bytes).collect();
        fs::write(&path, &content).unwrap();
        (File::open(&path).unwrap(), path, content)
    }

    #[test]
    fn every_file_has_its_bytes_whether_it_is_mapped_or_copied() {
        let directory = tempfile::tempdir().unwrap();
        let spools = Spools::with_maps(directory.path(), [6, 3]);
        let sizes =
            [0, 1, 10, 70_000, 3, 900_000, LARGE_BYTES, 2 * LARGE_BYTES + 1, LARGE_BYTES, 5, 4 << 20, 0];
        let files = sizes.iter().enumerate().map(|(number, &bytes)| file(directory.path(), number, bytes));
        let brought: Vec<(SharedBytes, Vec<u8>)> = files
            .map(|(file, path, content)| {
                let mut head = vec![0; 8];
                let read = (&file).read(&mut head).unwrap();
                let whole = spools.whole(&file, content.len() as u64, &head[..read], &path).unwrap();
                (whole, content)
            })
            .collect();
        assert!(brought.iter().all(|(bytes, content)| **bytes == **content));
    }

    #[test]
    fn any_number_of_small_files_take_few_maps() {
        let directory = tempfile::tempdir().unwrap();
        let spools = Spools::with_maps(directory.path(), [2, 2]);
        let (one, path, content) = file(directory.path(), 7, 1000);
        let brought: Vec<SharedBytes> =
            (0..10_000).map(|_| spools.whole(&one, 1000, &content, &path).unwrap()).collect();
        assert!(brought.iter().all(|bytes| **bytes == *content));
        let mut maps: Vec<*const Mapped> = brought.iter().map(SharedBytes::map_address).collect();
        maps.dedup();
        // 10 MB in spools of 1, 2, 4 and 8 MB.
        assert_eq!(maps.len(), 2 + 4);
    }

    #[test]
    fn a_file_that_became_shorter_is_told_as_a_change() {
        let directory = tempfile::tempdir().unwrap();
        let spools = Spools::with_maps(directory.path(), [0, 0]);
        let (one, path, _) = file(directory.path(), 7, 1000);
        fs::write(&path, "short").unwrap();
        let Err(Error::InputChanged { path: named }) = spools.whole(&one, 1000, b"7777", &path) else {
            panic!("it is shorter")
        };
        assert_eq!(named, path);
    }

    #[test]
    fn a_writer_gives_what_was_written_be_it_nothing_little_or_much() {
        let directory = tempfile::tempdir().unwrap();
        for most_maps in [[0, 0], [9, 9]] {
            let spools = Spools::with_maps(directory.path(), most_maps);
            for pieces in [0, 1, 3, 1000] {
                let mut writer = spools.writer();
                let mut expected = Vec::new();
                for piece in 0..pieces {
                    let bytes = format!("{piece} ").repeat(pieces);
                    writer.write_all(bytes.as_bytes()).unwrap();
                    expected.extend_from_slice(bytes.as_bytes());
                }
                assert!(*writer.finish().unwrap() == *expected, "{pieces}");
            }
        }
    }
}

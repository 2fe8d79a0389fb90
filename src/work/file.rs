//! One file that grows, with a head that says what it is and a checksum over all of it.
#![allow(clippy::cast_possible_truncation, reason = "a work file fits the address space")]

use std::fs::OpenOptions;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::disk::{Disk, DiskFile};
use crate::error::{Error, Result};
use crate::hash::Digest;
use crate::params::Seed;

/// The first bytes of every work file.
const MAGIC: [u8; 8] = *b"TWICEWRK";

/// Changes whenever the meaning of a work file's bytes does.
const FORMAT_VERSION: u32 = 3;

/// Bytes before the first entry: magic bytes, format version, kind, fingerprint of the settings.
pub(super) const HEAD_BYTES: u64 = 24;

/// Appended bytes that are held back until they are worth a call to the system.
const BUFFER_BYTES: usize = 1 << 16;

/// Bytes read at a time where a whole file is checked.
const READ_BYTES: usize = 1 << 18;

/// What a work file holds: four letters in its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkKind(pub(crate) [u8; 4]);

/// How much of a file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Committed {
    /// Length in bytes, head included.
    pub length: u64,
    /// xxh3-64 of these bytes.
    pub checksum: u64,
}

/// A file that only grows. What was appended can be read once it is flushed.
pub(crate) struct WorkFile {
    path: PathBuf,
    file: DiskFile,
    /// Bytes written or held back, head included.
    length: u64,
    pending: Vec<u8>,
    /// Of all bytes; boxed, since it is large and files are moved about.
    digest: Box<Digest>,
}

impl std::fmt::Debug for WorkFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkFile")
            .field("path", &self.path)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

fn head(kind: WorkKind, fingerprint: u64) -> Vec<u8> {
    [&MAGIC[..], &FORMAT_VERSION.to_le_bytes(), &kind.0, &fingerprint.to_le_bytes()].concat()
}

impl WorkFile {
    /// Begins a file. One that is there already is replaced.
    pub(super) fn create(disk: &Disk, path: PathBuf, kind: WorkKind, fingerprint: u64) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let file = disk.open(&path, &options).map_err(Error::io(&path, "create a work file"))?;
        let mut created =
            Self { path, file, length: 0, pending: Vec::new(), digest: Box::new(Digest::new(Seed(0))) };
        created.append(&head(kind, fingerprint))?;
        Ok(created)
    }

    /// Opens a file that an earlier run left, checks it, and cuts off what that run had not committed.
    pub(super) fn reopen(
        disk: &Disk,
        path: PathBuf,
        kind: WorkKind,
        fingerprint: u64,
        committed: Committed,
    ) -> Result<Self> {
        let opened = disk.open(&path, OpenOptions::new().read(true).write(true));
        let cut = opened.and_then(|file| {
            let is_whole = file.length()? >= committed.length;
            if is_whole {
                file.set_length(committed.length)?;
            }
            Ok(is_whole.then_some(file))
        });
        let Some(file) = cut.map_err(Error::io(&path, "open a work file"))? else {
            return Err(Error::WorkDamaged { path });
        };
        let mut opened = Self {
            path,
            file,
            length: committed.length,
            pending: Vec::new(),
            digest: Box::new(Digest::new(Seed(0))),
        };
        let mut digest = Box::new(Digest::new(Seed(0)));
        let mut buffer = vec![0; READ_BYTES];
        let mut at = 0;
        while at < committed.length {
            let count = (committed.length - at).min(READ_BYTES as u64) as usize;
            opened.read_raw(at, &mut buffer[..count])?;
            if at == 0 && !buffer[..count].starts_with(&head(kind, fingerprint)) {
                return Err(Error::WorkDamaged { path: opened.path });
            }
            digest.update(&buffer[..count]);
            at += count as u64;
        }
        if digest.finish() != committed.checksum {
            return Err(Error::WorkDamaged { path: opened.path });
        }
        opened.digest = digest;
        Ok(opened)
    }

    /// Its name within the work directory.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Bytes appended so far, the head left out.
    pub(crate) fn len(&self) -> u64 {
        self.length - HEAD_BYTES
    }

    /// Adds bytes to the end.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        if self.pending.len() + bytes.len() > BUFFER_BYTES {
            self.flush()?;
        }
        if bytes.len() > BUFFER_BYTES {
            self.file.write_all_at(bytes, self.length).map_err(self.failed("write a work file"))?;
        } else {
            self.pending.extend_from_slice(bytes);
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Writes what was held back, so that it can be read.
    pub(crate) fn flush(&mut self) -> Result<()> {
        let at = self.length - self.pending.len() as u64;
        self.file.write_all_at(&self.pending, at).map_err(self.failed("write a work file"))?;
        self.pending.clear();
        Ok(())
    }

    /// What counts of this file if a manifest says so.
    pub(super) fn committed(&self) -> Committed {
        Committed { length: self.length, checksum: self.digest.finish() }
    }

    /// Fills `buffer` with the bytes from `offset` on, counted behind the head. They must have been flushed.
    #[inline]
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let flushed = self.length - self.pending.len() as u64;
        debug_assert!(buffer.is_empty() || HEAD_BYTES + offset + buffer.len() as u64 <= flushed);
        self.read_raw(HEAD_BYTES + offset, buffer)
    }

    /// Reads a part of the file in order, so many bytes at a time.
    pub(super) fn reader(&self, range: Range<u64>, read_bytes: usize) -> WorkReader<'_> {
        WorkReader { file: self, next: range.start, end: range.end, buffer: Vec::new(), used: 0, read_bytes }
    }

    /// The error for content that makes no sense.
    pub(crate) fn damaged(&self) -> Error {
        Error::WorkDamaged { path: self.path.clone() }
    }

    fn read_raw(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(buffer, offset).map_err(self.failed("read a work file"))
    }

    fn failed(&self, action: &'static str) -> impl FnOnce(io::Error) -> Error + '_ {
        Error::io(&self.path, action)
    }
}

/// Reads entries from one end of a range to the other.
pub(super) struct WorkReader<'a> {
    file: &'a WorkFile,
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    used: usize,
    read_bytes: usize,
}

impl WorkReader<'_> {
    /// The next entry, `None` at the end. All entries of a range must be of the same size.
    #[inline]
    pub(super) fn entry(&mut self, bytes: usize) -> Result<Option<&[u8]>> {
        if self.used == self.buffer.len() && !self.refill((self.read_bytes / bytes).max(1) * bytes)? {
            return Ok(None);
        }
        let start = self.used;
        self.used += bytes;
        self.buffer.get(start..self.used).map(Some).ok_or_else(|| self.file.damaged())
    }

    fn refill(&mut self, most: usize) -> Result<bool> {
        let count = (self.end - self.next).min(most as u64);
        self.buffer.resize(count as usize, 0);
        self.used = 0;
        self.file.read_at(self.next, &mut self.buffer)?;
        self.next += count;
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: WorkKind = WorkKind(*b"test");

    #[test]
    fn what_is_appended_is_read_back_in_order_and_at_random() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = WorkFile::create(&Disk::default(), directory.path().join("numbers"), KIND, 7).unwrap();
        let numbers: Vec<u64> = (0..100_000).map(crate::hash::mix).collect();
        let mut rest = &numbers[..];
        // Pieces shorter and longer than the buffer.
        for size in [1, 10, 9_000, 3, 40_000].into_iter().cycle() {
            let (piece, behind) = rest.split_at(rest.len().min(size));
            file.append(&piece.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        file.flush().unwrap();
        assert_eq!(file.len(), 800_000);
        let mut reader = file.reader(80..file.len(), 1000);
        let mut read = Vec::new();
        while let Some(entry) = reader.entry(8).unwrap() {
            read.push(u64::from_le_bytes(entry.try_into().unwrap()));
        }
        assert_eq!(read, numbers[10..]);
        let mut entry = [0; 8];
        file.read_at(8 * 77_777, &mut entry).unwrap();
        assert_eq!(u64::from_le_bytes(entry), numbers[77_777]);
    }

    #[test]
    fn a_file_goes_on_where_it_was_committed_and_any_flipped_byte_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut file = WorkFile::create(&Disk::default(), path.clone(), KIND, 7).unwrap();
        file.append(b"counts").unwrap();
        file.flush().unwrap();
        let committed = file.committed();
        file.append(b" does not").unwrap();
        file.flush().unwrap();
        let mut again = WorkFile::reopen(&Disk::default(), path.clone(), KIND, 7, committed).unwrap();
        again.append(b" on").unwrap();
        again.flush().unwrap();
        let mut text = [0; 9];
        again.read_at(0, &mut text).unwrap();
        assert_eq!((&text, again.len()), (b"counts on", 9));
        let committed = again.committed();
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, damaged).unwrap();
            let result = WorkFile::reopen(&Disk::default(), path.clone(), KIND, 7, committed);
            assert!(matches!(result, Err(Error::WorkDamaged { .. })), "byte {at}");
        }
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(WorkFile::reopen(&Disk::default(), path, KIND, 7, committed).is_err());
    }
}

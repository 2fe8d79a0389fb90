//! Zip archives of which several members have one name.
//!
//! The reader of the `zip` crate keeps members by name, and of several the last alone. So it is shown another directory
//! in which each later member of a name has one of the same length that no other has; the true names are kept beside it.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use zip::ZipArchive;
use zip::result::{ZipError, ZipResult};

use crate::corpus::bytes::SharedBytes;

/// An archive with as many members as its directory has entries.
pub(super) struct ZipMembers {
    pub(super) archive: ZipArchive<WithTail>,
    /// Their names as they stand in the archive, in its order.
    pub(super) names: Vec<Vec<u8>>,
}

/// How an entry of the directory begins.
const ENTRY: &[u8] = b"PK\x01\x02";

/// Bytes of an entry before its name.
const ENTRY_HEAD: usize = 46;

impl ZipMembers {
    pub(super) fn open(bytes: &SharedBytes) -> ZipResult<Self> {
        let whole =
            WithTail { bytes: bytes.clone(), tail: Vec::new(), start: bytes.len() as u64, position: 0 };
        let archive = ZipArchive::new(whole)?;
        if !archive.has_duplicate_names() {
            let names = archive.file_names_raw().map(<[u8]>::to_vec).collect();
            return Ok(Self { archive, names });
        }
        let start = archive.central_directory_start();
        let mut tail = bytes.get(start as usize..).unwrap_or_default().to_vec();
        let names = names_of(&tail);
        let taken = names.iter().map(|name| tail[name.clone()].to_vec()).collect();
        let mut free = FreeNames { taken, next: HashMap::new() };
        let mut met = HashSet::new();
        let mut own = Vec::with_capacity(names.len());
        for range in names {
            let name = tail[range.clone()].to_vec();
            if !met.insert(name.clone()) {
                let other = free.of_length(name.len()).ok_or(ZipError::InvalidArchive(
                    "more members of one name than can be told apart".into(),
                ))?;
                tail[range].copy_from_slice(&other);
            }
            own.push(name);
        }
        let archive = ZipArchive::new(WithTail { bytes: bytes.clone(), tail, start, position: 0 })?;
        if archive.len() != own.len() {
            return Err(ZipError::InvalidArchive("its directory cannot be followed".into()));
        }
        Ok(Self { archive, names: own })
    }
}

/// Names that no member has. The search goes on where it ended, so that it is as long as the members are many.
struct FreeNames {
    taken: HashSet<Vec<u8>>,
    /// The next number to be tried as a name of each length.
    next: HashMap<usize, u64>,
}

impl FreeNames {
    fn of_length(&mut self, length: usize) -> Option<Vec<u8>> {
        let next = self.next.entry(length).or_insert(0);
        loop {
            let name = format!("{next:0>length$}").into_bytes();
            if name.len() != length {
                return None;
            }
            *next += 1;
            if self.taken.insert(name.clone()) {
                return Some(name);
            }
        }
    }
}

/// Where the names of a directory stand in it.
fn names_of(directory: &[u8]) -> Vec<Range<usize>> {
    let number = |at: usize| usize::from(u16::from_le_bytes([directory[at], directory[at + 1]]));
    let mut names = Vec::new();
    let mut at = 0;
    while directory[at..].starts_with(ENTRY) && directory.len() - at >= ENTRY_HEAD {
        let name = at + ENTRY_HEAD..at + ENTRY_HEAD + number(at + 28);
        let end = name.end + number(at + 30) + number(at + 32);
        if end > directory.len() {
            break;
        }
        names.push(name);
        at = end;
    }
    names
}

/// Bytes of which the last are others.
pub(super) struct WithTail {
    bytes: SharedBytes,
    /// Stands for all bytes from `start` on.
    tail: Vec<u8>,
    start: u64,
    position: u64,
}

impl Read for WithTail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let part = match self.position.checked_sub(self.start) {
            Some(place) => self.tail.get(place as usize..),
            None => self.bytes.get(self.position as usize..self.start as usize),
        };
        let count = part.unwrap_or_default().read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for WithTail {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.start + self.tail.len() as u64;
        let from = match to {
            SeekFrom::Start(_) => 0,
            SeekFrom::Current(_) => self.position,
            SeekFrom::End(_) => length,
        };
        self.position = match to {
            SeekFrom::Start(place) => place,
            SeekFrom::Current(by) | SeekFrom::End(by) => {
                from.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?
            }
        };
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_names_are_found_by_as_many_looks_as_there_are_names() {
        let taken = ["a.txt", "00001", "7"].map(|name| name.as_bytes().to_vec()).into();
        let mut free = FreeNames { taken, next: HashMap::new() };
        let found: HashSet<Vec<u8>> = (0..20_000).map(|_| free.of_length(5).unwrap()).collect();
        assert_eq!((found.len(), free.next[&5]), (20_000, 20_001));
        assert!(!found.contains(&b"00001"[..]));
        let digits = (0..12).filter_map(|_| free.of_length(1)).count();
        assert_eq!(digits, 9);
        assert_eq!(free.of_length(0), None);
    }
}

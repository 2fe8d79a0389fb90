//! Lists that grow with a corpus and are read in order: in memory, or, within a memory limit, in nameless work files.
#![allow(clippy::cast_possible_truncation, reason = "a work file fits the address space")]

use rayon::prelude::*;

use super::column::{Column, ColumnReader, Fixed};
use super::directory::WorkDirectory;
use super::runs::{MergedRuns, Sorted, Sorter};
use crate::error::Result;

/// Entries that are appended to a file at a time, at least.
const LEAST_BATCH: usize = 1 << 10;

/// Lists whose sorting or reading takes memory at one time, at most; each gets such a part of what all may take.
const LISTS_AT_A_TIME: usize = 8;

/// Where lists are made.
#[derive(Clone, Copy)]
pub(crate) enum ListStorage<'a> {
    Memory,
    Files {
        directory: &'a WorkDirectory,
        /// Bytes that all lists may hold in memory.
        share_bytes: usize,
    },
}

impl<'a> ListStorage<'a> {
    /// Bytes that one list may hold.
    pub(crate) fn share_bytes(self) -> usize {
        match self {
            Self::Memory => usize::MAX,
            Self::Files { share_bytes, .. } => share_bytes / LISTS_AT_A_TIME,
        }
    }

    /// A list of nothing yet, which is read in the order in which it is filled.
    pub(crate) fn list<T: Fixed + Copy>(self) -> List<'a, T> {
        // A vector that grows holds up to twice of what is in it.
        let most = (self.share_bytes() / (4 * size_of::<T>())).max(LEAST_BATCH);
        List { lists: self, file: None, recent: Vec::new(), most }
    }

    /// A list of nothing yet, which is read in order of its entries.
    pub(crate) fn sorter<T: Fixed + Copy + Ord + Send + Sync>(self) -> Result<ListSorter<T>> {
        match self {
            Self::Memory => Ok(ListSorter::Memory(Vec::new())),
            Self::Files { directory, .. } => {
                Ok(ListSorter::File(Sorter::new(directory.nameless()?, self.share_bytes())))
            }
        }
    }
}

/// Entries one after the other.
pub(crate) struct List<'a, T> {
    lists: ListStorage<'a>,
    /// The first ones, if they are too many for memory.
    file: Option<Column<T>>,
    recent: Vec<T>,
    /// Entries that are held before they go to the file.
    most: usize,
}

impl<T: Fixed + Copy> List<'_, T> {
    /// Adds an entry.
    pub(crate) fn push(&mut self, entry: T) -> Result<()> {
        if self.recent.len() == self.most
            && let ListStorage::Files { directory, .. } = self.lists
        {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(directory.nameless()?),
            };
            for batch in self.recent.chunks(LEAST_BATCH) {
                file.extend(batch)?;
            }
            self.recent.clear();
        }
        self.recent.push(entry);
        Ok(())
    }

    /// Number of entries.
    pub(crate) fn len(&self) -> u64 {
        self.file.as_ref().map_or(0, Column::len) + self.recent.len() as u64
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All entries, in order.
    pub(crate) fn entries(&mut self) -> Result<ListEntries<'_, T>> {
        let reader = match &mut self.file {
            None => None,
            Some(file) => {
                file.file().flush()?;
                Some(file.reader(0))
            }
        };
        Ok(ListEntries(EntrySource::List(reader, self.recent.iter())))
    }
}

/// Takes entries in any order.
pub(crate) enum ListSorter<T> {
    Memory(Vec<T>),
    File(Sorter<T>),
}

impl<T: Fixed + Copy + Ord + Send + Sync> ListSorter<T> {
    /// Adds an entry.
    pub(crate) fn push(&mut self, entry: T) -> Result<()> {
        match self {
            Self::Memory(entries) => {
                entries.push(entry);
                Ok(())
            }
            Self::File(sorter) => sorter.push(entry),
        }
    }

    /// All entries are there.
    pub(crate) fn finish(self) -> Result<SortedList<T>> {
        match self {
            Self::Memory(mut entries) => {
                entries.par_sort_unstable();
                entries.dedup();
                Ok(SortedList::Memory(entries))
            }
            Self::File(sorter) => Ok(SortedList::File(sorter.finish()?)),
        }
    }
}

/// Entries in order, each once.
pub(crate) enum SortedList<T> {
    Memory(Vec<T>),
    File(Sorted<T>),
}

impl<T: Fixed + Copy + Ord> SortedList<T> {
    /// The entries. May be asked for any number of times.
    pub(crate) fn entries(&self) -> Result<ListEntries<'_, T>> {
        match self {
            Self::Memory(entries) => Ok(ListEntries(EntrySource::List(None, entries.iter()))),
            Self::File(sorted) => Ok(ListEntries(EntrySource::Runs(sorted.entries()?))),
        }
    }
}

/// Reads entries in order.
pub(crate) struct ListEntries<'a, T>(EntrySource<'a, T>);

enum EntrySource<'a, T> {
    List(Option<ColumnReader<'a, T>>, std::slice::Iter<'a, T>),
    Runs(MergedRuns<'a, T>),
}

impl<T: Fixed + Copy + Ord> ListEntries<'_, T> {
    /// The next entry, none at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<T>> {
        match &mut self.0 {
            EntrySource::List(reader, recent) => {
                if let Some(first) = reader
                    && let Some(entry) = first.next()?
                {
                    return Ok(Some(entry));
                }
                *reader = None;
                Ok(recent.next().copied())
            }
            EntrySource::Runs(runs) => Ok(runs.next()?.map(|(entry, _)| entry)),
        }
    }

    /// Puts up to so many of the next entries into `batch`, in place of what is there; false if there is none.
    pub(crate) fn next_batch(&mut self, most: usize, batch: &mut Vec<T>) -> Result<bool> {
        batch.clear();
        while batch.len() < most
            && let Some(entry) = self.next()?
        {
            batch.push(entry);
        }
        Ok(!batch.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Resume, Settings};
    use super::*;
    use crate::disk::Disk;

    proptest! {
        #[test]
        fn lists_in_files_are_those_in_memory(
            numbers in proptest::collection::vec(0u32..2000, 0..6000), more in 0u32..10, share_bytes in 1usize..100_000,
        ) {
            let parent = tempfile::tempdir().unwrap();
            let path = parent.path().join("work");
            let directory =
                WorkDirectory::open(&Disk::default(), &path, Resume::Anew, Settings::default(), &[]).unwrap();
            let read = |lists: ListStorage<'_>| {
                let (mut list, mut sorter) = (lists.list(), lists.sorter().unwrap());
                for &number in &numbers {
                    list.push(number).unwrap();
                    sorter.push(number).unwrap();
                }
                // It goes on to grow once it was read.
                assert_eq!(list.entries().unwrap().next().unwrap(), numbers.first().copied());
                (0..more).for_each(|number| list.push(number).unwrap());
                let sorted = sorter.finish().unwrap();
                let (mut all, mut in_order) = (Vec::new(), Vec::new());
                let mut batch = Vec::new();
                let mut entries = list.entries().unwrap();
                while entries.next_batch(700, &mut batch).unwrap() {
                    all.append(&mut batch);
                }
                let mut entries = sorted.entries().unwrap();
                while let Some(entry) = entries.next().unwrap() {
                    in_order.push(entry);
                }
                (all, in_order, list.len())
            };
            let expected: Vec<u32> = numbers.iter().copied().chain(0..more).collect();
            let memory = read(ListStorage::Memory);
            prop_assert_eq!(&memory.0, &expected);
            prop_assert_eq!(memory.2, expected.len() as u64);
            prop_assert!(memory.1.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(memory, read(ListStorage::Files { directory: &directory, share_bytes }));
        }
    }
}

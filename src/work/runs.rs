//! Sorting more than memory holds: sorted runs in a work file, merged when they are read.
#![allow(clippy::cast_possible_truncation, reason = "a work file fits the address space")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::{Range, RangeInclusive};

use rayon::prelude::*;

use super::column::{Column, ColumnReader, Fixed};
use crate::error::Result;

/// Least and most bytes of a run that are read at a time. With the least, 1 MB merges 1 GB that was sorted by the MB.
const RUN_READ_BYTES: RangeInclusive<usize> = 1 << 10..=1 << 18;

/// Entries that are written at a time.
const BATCH_ENTRIES: usize = 1 << 16;

/// Takes entries in any order, and gives each of them once, sorted.
pub(crate) struct Sorter<T> {
    file: Column<T>,
    runs: Vec<Range<u64>>,
    pending: Vec<T>,
    share_bytes: usize,
}

impl<T: Fixed + Copy + Ord + Send + Sync> Sorter<T> {
    /// No entry yet; `file` is empty, and so many bytes may be held at a time.
    pub(crate) fn new(file: Column<T>, share_bytes: usize) -> Self {
        Self { file, runs: Vec::new(), pending: Vec::new(), share_bytes }
    }

    /// Adds an entry.
    pub(crate) fn push(&mut self, entry: T) -> Result<()> {
        // An entry that is held and one that is written; a vector that grows would take twice as much.
        let most = (self.share_bytes / (2 * size_of::<T>())).max(1);
        if self.pending.capacity() < most {
            self.pending.reserve_exact(most);
        }
        if self.pending.len() == most {
            self.spill()?;
        }
        self.pending.push(entry);
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.pending.par_sort_unstable();
        self.pending.dedup();
        let start = self.file.len();
        let batch = (self.share_bytes / (4 * T::BYTES)).clamp(1, BATCH_ENTRIES);
        for piece in self.pending.chunks(batch) {
            self.file.extend(piece)?;
        }
        self.runs.push(start..self.file.len());
        self.pending.clear();
        Ok(())
    }

    /// All entries are there.
    pub(crate) fn finish(mut self) -> Result<Sorted<T>> {
        self.spill()?;
        let Self { mut file, runs, share_bytes, .. } = self;
        file.file().flush()?;
        Ok(Sorted { file, runs, share_bytes })
    }
}

/// Entries in sorted runs.
pub(crate) struct Sorted<T> {
    file: Column<T>,
    runs: Vec<Range<u64>>,
    share_bytes: usize,
}

impl<T: Fixed + Copy + Ord> Sorted<T> {
    /// The entries in order, each once. May be asked for any number of times.
    pub(crate) fn entries(&self) -> Result<MergedRuns<'_, T>> {
        MergedRuns::new(&self.file, self.runs.iter().cloned(), self.share_bytes)
    }

    /// Number of distinct entries. Reads all of them.
    pub(crate) fn count(&self) -> Result<u64> {
        let mut entries = self.entries()?;
        let mut count = 0;
        while entries.next()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

/// Reads sorted runs at once, in the order of their entries.
pub(crate) struct MergedRuns<'a, T> {
    readers: Vec<ColumnReader<'a, T>>,
    /// The next entry of each run, and the run.
    heads: BinaryHeap<Reverse<(T, usize)>>,
    last: Option<T>,
}

impl<'a, T: Fixed + Copy + Ord> MergedRuns<'a, T> {
    /// Reads these runs of a file, with buffers of so many bytes together.
    pub(crate) fn new(
        file: &'a Column<T>,
        runs: impl ExactSizeIterator<Item = Range<u64>>,
        share_bytes: usize,
    ) -> Result<Self> {
        let read_bytes =
            (share_bytes / runs.len().max(1)).clamp(*RUN_READ_BYTES.start(), *RUN_READ_BYTES.end());
        let heads = BinaryHeap::with_capacity(runs.len());
        let readers = runs.map(|run| file.range_reader(run, read_bytes)).collect();
        let mut merged = Self { readers, heads, last: None };
        for run in 0..merged.readers.len() {
            let head = merged.readers[run].next()?;
            merged.heads.extend(head.map(|entry| Reverse((entry, run))));
        }
        Ok(merged)
    }

    /// The next distinct entry, and the first run that has it.
    pub(crate) fn next(&mut self) -> Result<Option<(T, usize)>> {
        while let Some(&Reverse((entry, run))) = self.heads.peek() {
            let next = self.readers[run].next()?;
            if let Some(mut head) = self.heads.peek_mut() {
                match next {
                    Some(next) => *head = Reverse((next, run)),
                    None => drop(PeekMut::pop(head)),
                }
            }
            if self.last.replace(entry) != Some(entry) {
                return Ok(Some((entry, run)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::{Resume, Settings, WorkDirectory, WorkKind};
    use super::*;

    proptest! {
        #[test]
        fn entries_come_back_sorted_and_once_whatever_memory_there_is(
            numbers in proptest::collection::vec(0u64..200, 0..400), share_bytes in 1usize..4000,
        ) {
            let parent = tempfile::tempdir().unwrap();
            let work =
                WorkDirectory::open(&crate::disk::Disk::default(), &parent.path().join("work"), Resume::Anew, Settings::default(), &[]).unwrap();
            let mut sorter = Sorter::new(work.column("numbers", WorkKind(*b"test")).unwrap(), share_bytes);
            for &number in &numbers {
                sorter.push(number).unwrap();
            }
            let sorted = sorter.finish().unwrap();
            let expected: BTreeSet<u64> = numbers.into_iter().collect();
            prop_assert_eq!(sorted.count().unwrap(), expected.len() as u64);
            let mut entries = sorted.entries().unwrap();
            for number in expected {
                prop_assert_eq!(entries.next().unwrap().map(|(entry, _)| entry), Some(number));
            }
            prop_assert!(entries.next().unwrap().is_none());
        }
    }
}

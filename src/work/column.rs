//! Work files of entries of one size. How an entry stands in its file is said where its type is, and nowhere else.
#![allow(clippy::cast_possible_truncation, reason = "a work file fits the address space")]

use std::marker::PhantomData;

use super::file::{WorkFile, WorkReader};
use crate::error::Result;

/// Bytes read at a time where a column is read in order.
const READ_BYTES: usize = 1 << 18;

/// An entry of fixed size. Integers are little-endian.
pub(crate) trait Fixed: Sized {
    /// Bytes of an entry.
    const BYTES: usize;

    /// Appends the bytes of this entry: [`BYTES`](Self::BYTES) of them.
    fn write(&self, bytes: &mut Vec<u8>);

    /// Reads an entry from [`BYTES`](Self::BYTES) bytes.
    fn read(bytes: &[u8]) -> Self;
}

/// Reads the next entry of a longer one.
#[inline]
pub(crate) fn take<T: Fixed>(bytes: &mut &[u8]) -> T {
    let (entry, rest) = bytes.split_at(T::BYTES);
    *bytes = rest;
    T::read(entry)
}

macro_rules! fixed_numbers {
    ($($number:ty),+) => {$(
        impl Fixed for $number {
            const BYTES: usize = size_of::<Self>();

            #[inline]
            fn write(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            #[inline]
            fn read(bytes: &[u8]) -> Self {
                let mut number = [0; size_of::<Self>()];
                number.copy_from_slice(bytes);
                Self::from_le_bytes(number)
            }
        }
    )+};
}

fixed_numbers!(u16, u32, u64, f64);

/// A work file of entries of one type, which only grows.
#[derive(Debug)]
pub(crate) struct Column<T> {
    file: WorkFile,
    entries: PhantomData<fn() -> T>,
}

impl<T: Fixed> Column<T> {
    /// The entries of a file.
    ///
    /// # Errors
    /// [`crate::Error::WorkDamaged`] if it holds a part of an entry.
    pub(super) fn new(file: WorkFile) -> Result<Self> {
        if !file.len().is_multiple_of(T::BYTES as u64) {
            return Err(file.damaged());
        }
        Ok(Self { file, entries: PhantomData })
    }

    /// Number of entries.
    pub(crate) fn len(&self) -> u64 {
        self.file.len() / T::BYTES as u64
    }

    /// Adds entries.
    pub(crate) fn extend<'e>(&mut self, entries: impl IntoIterator<Item = &'e T>) -> Result<()>
    where
        T: 'e,
    {
        let mut bytes = Vec::new();
        for entry in entries {
            let start = bytes.len();
            entry.write(&mut bytes);
            debug_assert_eq!(bytes.len() - start, T::BYTES, "an entry has its size");
        }
        self.file.append(&bytes)
    }

    /// Reads the entries from number `from` on, in order.
    pub(crate) fn reader(&self, from: u64) -> ColumnReader<'_, T> {
        self.range_reader(from..self.len(), READ_BYTES)
    }

    /// One entry, which must have been flushed.
    pub(crate) fn get(&self, index: u64) -> Result<T> {
        let mut bytes = vec![0; T::BYTES];
        self.file.read_at(index * T::BYTES as u64, &mut bytes)?;
        Ok(T::read(&bytes))
    }

    /// Puts some entries, which must have been flushed, behind those of `entries`.
    pub(crate) fn read_range(
        &self,
        range: std::ops::Range<u64>,
        bytes: &mut Vec<u8>,
        entries: &mut Vec<T>,
    ) -> Result<()> {
        bytes.resize((range.end - range.start) as usize * T::BYTES, 0);
        self.file.read_at(range.start * T::BYTES as u64, bytes)?;
        entries.extend(bytes.chunks_exact(T::BYTES).map(T::read));
        Ok(())
    }

    /// All entries.
    pub(crate) fn to_vec(&self) -> Result<Vec<T>> {
        let mut entries = Vec::with_capacity(self.len() as usize);
        let mut reader = self.reader(0);
        while let Some(entry) = reader.next()? {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Reads some entries, in order, so many bytes at a time.
    pub(crate) fn range_reader(&self, range: std::ops::Range<u64>, read_bytes: usize) -> ColumnReader<'_, T> {
        let bytes = T::BYTES as u64;
        ColumnReader {
            reader: self.file.reader(range.start * bytes..range.end * bytes, read_bytes),
            entries: PhantomData,
        }
    }

    /// The file, to be committed.
    pub(crate) fn file(&mut self) -> &mut WorkFile {
        &mut self.file
    }

    /// The error for entries that make no sense.
    pub(crate) fn damaged(&self) -> crate::error::Error {
        self.file.damaged()
    }
}

/// Entries that are appended at a time.
const APPENDED_ENTRIES: usize = 1 << 12;

/// Appends entries, many at a time.
pub(crate) struct Appender<T> {
    column: Column<T>,
    batch: Vec<T>,
}

impl<T: Fixed> Appender<T> {
    /// Nothing is appended yet.
    pub(crate) fn new(column: Column<T>) -> Self {
        Self { column, batch: Vec::with_capacity(APPENDED_ENTRIES) }
    }

    /// Appends an entry.
    pub(crate) fn push(&mut self, entry: T) -> Result<()> {
        self.batch.push(entry);
        if self.batch.len() == APPENDED_ENTRIES {
            self.column.extend(&self.batch)?;
            self.batch.clear();
        }
        Ok(())
    }

    /// All entries are there, and can be read.
    pub(crate) fn finish(mut self) -> Result<Column<T>> {
        self.column.extend(&self.batch)?;
        self.column.file().flush()?;
        Ok(self.column)
    }
}

/// Reads entries in order.
pub(crate) struct ColumnReader<'a, T> {
    reader: WorkReader<'a>,
    entries: PhantomData<fn() -> T>,
}

impl<T: Fixed> ColumnReader<'_, T> {
    /// The next entry, none at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<T>> {
        Ok(self.reader.entry(T::BYTES)?.map(T::read))
    }
}

/// A work file of rows of numbers; how many make a row is known when it is opened.
#[derive(Debug)]
pub(crate) struct RowColumn {
    file: WorkFile,
    width: usize,
}

impl RowColumn {
    /// The rows of a file.
    ///
    /// # Errors
    /// [`crate::Error::WorkDamaged`] if it holds a part of a row.
    pub(super) fn new(file: WorkFile, width: usize) -> Result<Self> {
        let row_bytes = (width * u16::BYTES) as u64;
        if !file.len().is_multiple_of(row_bytes) {
            return Err(file.damaged());
        }
        Ok(Self { file, width })
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.file.len() as usize / (self.width * u16::BYTES)
    }

    /// Adds whole rows.
    pub(crate) fn extend(&mut self, rows: &[u16]) -> Result<()> {
        debug_assert!(rows.len().is_multiple_of(self.width), "whole rows only");
        // In this form the compiler makes a plain copy of it.
        let mut bytes = vec![0; size_of_val(rows)];
        for (place, number) in bytes.chunks_exact_mut(u16::BYTES).zip(rows) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        self.file.append(&bytes)
    }

    /// Reads the row at `index`, which must have been flushed.
    #[cold]
    pub(crate) fn row<'b>(&self, index: usize, buffer: &'b mut RowBytes) -> Result<&'b [u16]> {
        let size = self.width * u16::BYTES;
        buffer.bytes.resize(size, 0);
        self.file.read_at((index * size) as u64, &mut buffer.bytes)?;
        buffer.row.clear();
        buffer.row.extend(buffer.bytes.chunks_exact(u16::BYTES).map(u16::read));
        Ok(&buffer.row)
    }

    /// The file, to be committed.
    pub(crate) fn file(&mut self) -> &mut WorkFile {
        &mut self.file
    }
}

/// Memory for a row that is read.
#[derive(Debug, Default)]
pub(crate) struct RowBytes {
    bytes: Vec<u8>,
    row: Vec<u16>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::file::WorkKind;
    use super::*;
    use crate::error::Error;

    const KIND: WorkKind = WorkKind(*b"test");

    /// An entry of several numbers.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Pair(u32, f64);

    impl Fixed for Pair {
        const BYTES: usize = 12;

        fn write(&self, bytes: &mut Vec<u8>) {
            self.0.write(bytes);
            self.1.write(bytes);
        }

        fn read(mut bytes: &[u8]) -> Self {
            Self(take(&mut bytes), take(&mut bytes))
        }
    }

    fn file(directory: &tempfile::TempDir) -> WorkFile {
        WorkFile::create(&crate::disk::Disk::default(), directory.path().join("column"), KIND, 7).unwrap()
    }

    proptest! {
        #[test]
        fn entries_are_read_back_from_any_number_on(
            numbers in proptest::collection::vec((any::<u32>(), -1e9..1e9f64), 0..300), from in 0usize..300,
            read_bytes in 1usize..400,
        ) {
            let directory = tempfile::tempdir().unwrap();
            let mut column = Column::new(file(&directory)).unwrap();
            let pairs: Vec<Pair> = numbers.into_iter().map(|(a, b)| Pair(a, b)).collect();
            let (first, second) = pairs.split_at(pairs.len() / 3);
            column.extend(first).unwrap();
            column.extend(second).unwrap();
            column.file().flush().unwrap();
            prop_assert_eq!(column.len(), pairs.len() as u64);
            let from = from.min(pairs.len());
            let mut reader = column.range_reader(from as u64..column.len(), read_bytes);
            for pair in &pairs[from..] {
                prop_assert_eq!(reader.next().unwrap(), Some(*pair));
            }
            prop_assert_eq!(reader.next().unwrap(), None);
        }
    }

    #[test]
    fn the_bytes_are_those_that_the_documentation_states() {
        let directory = tempfile::tempdir().unwrap();
        let mut column = Column::new(file(&directory)).unwrap();
        column.extend(&[Pair(0x0102_0304, 1.0), Pair(5, -2.0)]).unwrap();
        column.file().flush().unwrap();
        let bytes = std::fs::read(directory.path().join("column")).unwrap();
        // Magic bytes, format version, kind, fingerprint of the settings.
        assert_eq!(bytes[..8], *b"TWICEWRK");
        assert_eq!(bytes[8..12], [3, 0, 0, 0]);
        assert_eq!(bytes[12..16], *b"test");
        assert_eq!(bytes[16..24], [7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[24..36], [4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        assert_eq!(bytes[36..], [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc0]);
    }

    #[test]
    fn rows_are_read_back_at_random() {
        let directory = tempfile::tempdir().unwrap();
        let mut column = RowColumn::new(file(&directory), 5).unwrap();
        let numbers: Vec<u16> = (0..500).collect();
        column.extend(&numbers).unwrap();
        column.file().flush().unwrap();
        let mut buffer = RowBytes::default();
        assert_eq!(column.len(), 100);
        for index in [99, 0, 37] {
            assert_eq!(column.row(index, &mut buffer).unwrap(), &numbers[index * 5..][..5]);
        }
    }

    #[test]
    fn a_part_of_an_entry_is_damage() {
        let directory = tempfile::tempdir().unwrap();
        let mut written = file(&directory);
        written.append(&[0; 13]).unwrap();
        assert!(matches!(Column::<Pair>::new(written), Err(Error::WorkDamaged { .. })));
        let mut written = file(&directory);
        written.append(&[0; 13]).unwrap();
        assert!(matches!(RowColumn::new(written, 3), Err(Error::WorkDamaged { .. })));
    }
}

//! Many signatures, in one flat matrix or in a work file.

use super::Slot;
use crate::error::Result;
use crate::params::Slots;
use crate::work::WorkFile;

/// A matrix of signatures, one row a document.
#[derive(Debug)]
pub struct Signatures {
    slots: Slots,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Memory(Vec<Slot>),
    /// Slots as little-endian integers.
    File(WorkFile),
}

impl Signatures {
    /// An empty matrix of rows this wide, in memory.
    pub fn new(slots: Slots) -> Self {
        Self { slots, rows: Rows::Memory(Vec::new()) }
    }

    /// The rows in a work file, all of which have been flushed.
    pub(crate) fn in_file(slots: Slots, file: WorkFile) -> Self {
        Self { slots, rows: Rows::File(file) }
    }

    /// The width of a row.
    pub fn slots(&self) -> Slots {
        self.slots
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::Memory(matrix) => matrix.len() / self.slots.get(),
            Rows::File(file) => file.len() as usize / (self.slots.get() * size_of::<Slot>()),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at `index`; one that is not in memory is read to `buffer`.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if a work file cannot be read.
    ///
    /// # Panics
    /// If there are not so many rows.
    #[inline]
    pub fn row<'a>(&'a self, index: usize, buffer: &'a mut RowBuffer) -> Result<&'a [Slot]> {
        let width = self.slots.get();
        match &self.rows {
            Rows::Memory(matrix) => Ok(&matrix[index * width..][..width]),
            Rows::File(file) => buffer.read(file, index, width),
        }
    }

    /// Appends whole rows to a matrix in memory.
    ///
    /// # Panics
    /// If the values do not make whole rows, or the rows are in a file.
    pub fn append(&mut self, rows: &[Slot]) {
        assert!(rows.len().is_multiple_of(self.slots.get()), "whole rows only");
        self.matrix().extend_from_slice(rows);
    }

    /// Adds a row of zeros to a matrix in memory and returns it to be filled.
    ///
    /// # Panics
    /// If the rows are in a file.
    pub fn push(&mut self) -> &mut [Slot] {
        let width = self.slots.get();
        let matrix = self.matrix();
        let start = matrix.len();
        matrix.resize(start + width, 0);
        &mut matrix[start..]
    }

    fn matrix(&mut self) -> &mut Vec<Slot> {
        match &mut self.rows {
            Rows::Memory(matrix) => matrix,
            Rows::File(_) => panic!("rows are added to a matrix in memory only"),
        }
    }
}

/// Memory for a row that is read from a file.
#[derive(Debug, Default)]
pub struct RowBuffer {
    bytes: Vec<u8>,
    row: Vec<Slot>,
}

impl RowBuffer {
    #[cold]
    fn read(&mut self, file: &WorkFile, index: usize, width: usize) -> Result<&[Slot]> {
        let size = width * size_of::<Slot>();
        self.bytes.resize(size, 0);
        file.read_at((index * size) as u64, &mut self.bytes)?;
        let (slots, _) = self.bytes.as_chunks::<{ size_of::<Slot>() }>();
        self.row.clear();
        self.row.extend(slots.iter().map(|&bytes| Slot::from_le_bytes(bytes)));
        Ok(&self.row)
    }
}

/// Writes slots as a work file holds them.
pub(crate) fn extend_with_slots(bytes: &mut Vec<u8>, slots: &[Slot]) {
    bytes.extend(slots.iter().flat_map(|slot| slot.to_le_bytes()));
}

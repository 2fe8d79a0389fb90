//! Many signatures, in one flat matrix or in a work file.

use super::slot::Slot;
use crate::error::Result;
use crate::params::Slots;
use crate::work::{RowBytes, RowColumn};

/// A matrix of signatures, one row a document.
#[derive(Debug)]
pub struct Signatures {
    slots: Slots,
    rows: SignatureRows,
}

#[derive(Debug)]
enum SignatureRows {
    Memory(Vec<Slot>),
    File(RowColumn),
}

impl Signatures {
    /// An empty matrix of rows this wide, in memory.
    pub fn new(slots: Slots) -> Self {
        Self { slots, rows: SignatureRows::Memory(Vec::new()) }
    }

    /// The rows in a work file, all of which have been flushed.
    pub(crate) fn in_file(slots: Slots, file: RowColumn) -> Self {
        Self { slots, rows: SignatureRows::File(file) }
    }

    /// The width of a row.
    pub fn slots(&self) -> Slots {
        self.slots
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.rows {
            SignatureRows::Memory(matrix) => matrix.len() / self.slots.get(),
            SignatureRows::File(file) => file.len(),
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
            SignatureRows::Memory(matrix) => Ok(&matrix[index * width..][..width]),
            SignatureRows::File(file) => file.row(index, &mut buffer.0),
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
            SignatureRows::Memory(matrix) => matrix,
            SignatureRows::File(_) => panic!("rows are added to a matrix in memory only"),
        }
    }
}

/// Memory for a row that is read from a file.
#[derive(Debug, Default)]
pub struct RowBuffer(RowBytes);

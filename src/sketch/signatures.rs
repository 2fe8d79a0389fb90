//! Many signatures in one flat matrix.

use super::Slot;
use crate::params::Slots;

/// A matrix of signatures, one row a document.
#[derive(Clone, Debug)]
pub struct Signatures {
    slots: Slots,
    matrix: Vec<Slot>,
}

impl Signatures {
    /// An empty matrix of rows this wide.
    pub fn new(slots: Slots) -> Self {
        Self { slots, matrix: Vec::new() }
    }

    /// The width of a row.
    pub fn slots(&self) -> Slots {
        self.slots
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.matrix.len() / self.slots.get()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.matrix.is_empty()
    }

    /// The row at `index`.
    ///
    /// # Panics
    /// If there are not so many rows.
    #[inline]
    pub fn row(&self, index: usize) -> &[Slot] {
        &self.matrix[index * self.slots.get()..][..self.slots.get()]
    }

    /// Appends whole rows.
    ///
    /// # Panics
    /// If the values do not make whole rows.
    pub fn append(&mut self, rows: &[Slot]) {
        assert!(rows.len().is_multiple_of(self.slots.get()), "whole rows only");
        self.matrix.extend_from_slice(rows);
    }

    /// Adds a row of zeros and returns it to be filled.
    pub fn push(&mut self) -> &mut [Slot] {
        let start = self.matrix.len();
        self.matrix.resize(start + self.slots.get(), 0);
        &mut self.matrix[start..]
    }

    /// All rows, one after the other.
    pub fn as_slice(&self) -> &[Slot] {
        &self.matrix
    }
}

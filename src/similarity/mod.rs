//! Exact similarity of shingle sets.

mod sets;

pub use sets::SetTable;

//! The contingency table of two groupings, by its cells that are not empty.

use super::side::Side;

/// Documents that are of one group on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The group of the labels.
    pub label: u32,
    /// The group of the result.
    pub found: u32,
    /// How many there are.
    pub documents: u32,
}

/// The cells in order of the labels' groups, then of the result's. At most one a document, whatever the sizes of groups:
/// no pair is listed. O(n log n).
pub(super) fn cells(labels: &Side, found: &Side) -> Vec<Cell> {
    use rayon::slice::ParallelSliceMut;
    let mut keys: Vec<(u32, u32)> = labels.groups.iter().copied().zip(found.groups.iter().copied()).collect();
    keys.par_sort_unstable();
    let cell = |equal: &[(u32, u32)]| Cell {
        label: equal[0].0,
        found: equal[0].1,
        documents: u32::try_from(equal.len()).expect("documents are numbered in 32 bits"),
    };
    keys.chunk_by(|a, b| a == b).map(cell).collect()
}

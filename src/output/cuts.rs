//! Ranges of text removed from kept documents: ranges of their texts.

use std::ops::Range;

use crate::document::DocumentId;

/// Ranges to cut out of some documents' texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cuts {
    /// Sorted by document; ranges in bytes of the decoded text, ascending, apart from one another.
    by_document: Vec<(u32, Vec<Range<usize>>)>,
}

impl Cuts {
    /// Takes cuts sorted by document, at most one entry each, with ranges ascending and not overlapping.
    pub(crate) fn new(by_document: Vec<(u32, Vec<Range<usize>>)>) -> Self {
        debug_assert!(by_document.is_sorted_by(|a, b| a.0 < b.0));
        Self { by_document }
    }

    /// What a document loses.
    pub(crate) fn of(&self, document: DocumentId) -> &[Range<usize>] {
        let place = self.by_document.binary_search_by_key(&document.0, |entry| entry.0);
        place.map_or(&[], |place| &self.by_document[place].1)
    }

    /// Number of documents that lose something.
    pub(crate) fn documents(&self) -> usize {
        self.by_document.len()
    }

    /// Number of bytes cut.
    pub(crate) fn bytes(&self) -> u64 {
        self.by_document.iter().flat_map(|(_, ranges)| ranges).map(|range| range.len() as u64).sum()
    }
}

/// What is left of `length` bytes when `cuts` are taken out, in order.
pub(super) fn remaining(length: usize, cuts: &[Range<usize>]) -> impl Iterator<Item = Range<usize>> {
    let starts = std::iter::once(0).chain(cuts.iter().map(|cut| cut.end));
    let ends = cuts.iter().map(|cut| cut.start).chain(std::iter::once(length));
    starts.zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_and_what_is_cut_make_the_whole() {
        let left = |cuts: &[Range<usize>]| remaining(10, cuts).map(|r| (r.start, r.end)).collect::<Vec<_>>();
        assert_eq!(left(&[]), [(0, 10)]);
        assert_eq!(left(&[0..2, 5..6]), [(2, 5), (6, 10)]);
        assert_eq!(left(std::slice::from_ref(&(3..10))), [(0, 3)]);
        assert!(left(&[0..4, 4..10]).is_empty());
    }
}

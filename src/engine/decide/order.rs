//! The order of decisions, and the references, which are always kept.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use rayon::prelude::*;

use crate::document::DocumentId;
use crate::select::{Removal, priority_order};

/// All documents in the order in which they are decided: those of references, which stay, then those of the inputs
/// by priority.
pub(in crate::engine) struct Order {
    documents: Vec<u32>,
    inputs: usize,
    sources: Option<Vec<u32>>,
}

impl Order {
    /// Of so many documents the first `inputs` are of the inputs; `ranks` holds one column a priority key, one entry a
    /// document.
    pub(in crate::engine) fn new(ranks: &[Vec<u64>], inputs: usize, documents: usize) -> Self {
        let by_priority = priority_order(ranks, inputs);
        if inputs == documents {
            return Self { documents: by_priority, inputs, sources: None };
        }
        let references = inputs as u32..documents as u32;
        Self { documents: references.chain(by_priority).collect(), inputs, sources: None }
    }

    /// The order by the figures that a pass gives: so many priority keys, and behind them perhaps the sources.
    pub(in crate::engine) fn of_figures(
        mut columns: Vec<Vec<u64>>,
        keys: usize,
        inputs: usize,
        documents: usize,
    ) -> Self {
        let sources = columns.split_off(keys).pop();
        let order = Self::new(&columns, inputs, documents);
        match sources {
            Some(sources) => order.across(&sources),
            None => order,
        }
    }

    /// The same, and documents of the inputs are not compared within their sources; `sources` tells those apart.
    /// References together are a source of their own.
    fn across(self, sources: &[u64]) -> Self {
        let mut distinct = sources[..self.inputs].to_vec();
        distinct.par_sort_unstable();
        distinct.dedup();
        let number = |&source: &u64| distinct.partition_point(|&other| other < source) as u32;
        let mut numbers: Vec<u32> = sources[..self.inputs].par_iter().map(number).collect();
        numbers.resize(self.documents.len(), distinct.len() as u32);
        Self { sources: Some(numbers), ..self }
    }

    /// The source of each document, within which it is not compared, if sources matter.
    pub(in crate::engine) fn sources(&self) -> Option<&[u32]> {
        self.sources.as_deref()
    }

    /// All documents, as they are decided.
    pub(in crate::engine) fn documents(&self) -> &[u32] {
        &self.documents
    }

    /// Documents of the inputs; those with higher numbers are of references.
    pub(in crate::engine) fn inputs(&self) -> usize {
        self.inputs
    }

    /// The documents of the inputs that are not removed, in priority order.
    pub(in crate::engine) fn kept(&self, removals: &[Removal]) -> Vec<DocumentId> {
        let mut removed = vec![false; self.inputs];
        for removal in removals {
            removed[removal.document.index()] = true;
        }
        let stays = |document: &DocumentId| removed.get(document.index()) == Some(&false);
        self.documents.iter().copied().map(DocumentId).filter(stays).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::Relation;

    #[test]
    fn references_come_first_and_are_never_listed_as_kept() {
        let order = Order::new(&[vec![2, 1, 3, 0, 0]], 3, 5);
        assert_eq!(order.documents(), [3, 4, 1, 0, 2]);
        let by = DocumentId(4);
        let removal = Removal {
            document: DocumentId(0),
            by,
            similarity: 1.0,
            relation: Relation::Exact,
            containment: None,
        };
        assert_eq!(order.kept(&[removal]), [DocumentId(1), DocumentId(2)]);
    }

    #[test]
    fn sources_are_numbered_and_references_are_one_of_their_own() {
        let order = Order::new(&[], 3, 5).across(&[70, 9, 70, 9, 0]);
        assert_eq!(order.sources(), Some(&[1, 0, 1, 2, 2][..]));
    }
}

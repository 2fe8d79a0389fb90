//! The order of decisions, and the references, which are always kept.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use rayon::prelude::*;

use crate::document::DocumentId;
use crate::reuse::containment::Preference;
use crate::select::{PriorityKey, Removal, priority_order};

/// All documents in the order in which they are decided: those of references, which stay, then those of the inputs
/// by priority.
pub(in crate::engine) struct Order {
    documents: Vec<u32>,
    inputs: usize,
    sources: Option<Vec<u32>>,
    /// How many documents of the inputs there are up to the last one of each preferred source, if sources are preferred before
    /// all else.
    preferred: Vec<usize>,
}

impl Order {
    /// Of so many documents the first `inputs` are of the inputs; `ranks` holds one column a priority key, one entry a
    /// document.
    pub(in crate::engine) fn new(ranks: &[Vec<u64>], inputs: usize, documents: usize) -> Self {
        let by_priority = priority_order(ranks, inputs);
        if inputs == documents {
            return Self { documents: by_priority, inputs, sources: None, preferred: Vec::new() };
        }
        let references = inputs as u32..documents as u32;
        let documents = references.chain(by_priority).collect();
        Self { documents, inputs, sources: None, preferred: Vec::new() }
    }

    /// The order by the figures that a pass gives: those of the priority keys, and behind them perhaps the sources.
    pub(in crate::engine) fn of_figures(
        mut columns: Vec<Vec<u64>>,
        keys: &[PriorityKey],
        inputs: usize,
        documents: usize,
    ) -> Self {
        let sources = columns.split_off(keys.len()).pop();
        let mut order = Self::new(&columns, inputs, documents);
        if let Some(PriorityKey::Source(preferred)) = keys.first() {
            let by_priority = &order.documents[documents - inputs..];
            let up_to = |source: u64| by_priority.partition_point(|&one| columns[0][one as usize] <= source);
            order.preferred = (0..preferred.len() as u64).map(up_to).collect();
        }
        match sources {
            Some(sources) => order.with_sources(&sources),
            None => order,
        }
    }

    /// The same, and `sources` tells the sources of the inputs apart. References together are a source of their own.
    fn with_sources(self, sources: &[u64]) -> Self {
        let mut distinct = sources[..self.inputs].to_vec();
        distinct.par_sort_unstable();
        distinct.dedup();
        let number = |&source: &u64| distinct.partition_point(|&other| other < source) as u32;
        let mut numbers: Vec<u32> = sources[..self.inputs].par_iter().map(number).collect();
        numbers.resize(self.documents.len(), distinct.len() as u32);
        Self { sources: Some(numbers), ..self }
    }

    /// The number of each document's source, if sources matter.
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

    /// Which of some documents of the inputs, in priority order, stay rather than larger ones: those of preferred sources.
    pub(in crate::engine) fn preference(&self, kept: &[DocumentId]) -> Preference {
        let by_priority = &self.documents[self.documents.len() - self.inputs..];
        let (mut ends, mut start, mut at) = (Vec::new(), 0, 0);
        for &end in &self.preferred {
            for &document in &by_priority[start..end] {
                at += usize::from(kept.get(at).is_some_and(|kept| kept.0 == document));
            }
            start = end;
            ends.push(at as u32);
        }
        Preference::new(ends, kept.len() as u32)
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
        let order = Order::new(&[], 3, 5).with_sources(&[70, 9, 70, 9, 0]);
        assert_eq!(order.sources(), Some(&[1, 0, 1, 2, 2][..]));
    }

    #[test]
    fn documents_of_preferred_sources_are_counted_among_the_kept() {
        let keys = [PriorityKey::Source(vec!["AP".into(), "UPI".into(), "none".into()])];
        let ranks = vec![u64::MAX, 1, 0, u64::MAX, 1, 0];
        let order = Order::of_figures(vec![ranks], &keys, 6, 8);
        assert_eq!(order.documents(), [6, 7, 2, 5, 1, 4, 0, 3]);
        let kept = [5, 1, 4, 3].map(DocumentId);
        assert_eq!(format!("{:?}", order.preference(&kept)), "Preference { ends: [1, 3, 3], pinned: 4 }");
        assert_eq!(format!("{:?}", order.preference(&[])), "Preference { ends: [0, 0, 0], pinned: 0 }");
        let order = Order::of_figures(vec![vec![3, 1, 2]], &[PriorityKey::Longest], 3, 3);
        assert_eq!(format!("{:?}", order.preference(&kept[..1])), "Preference { ends: [], pinned: 1 }");
    }
}

//! Decisions about documents, and the clusters they form.

use crate::document::DocumentId;
use crate::relation::Relation;

/// A document that is not kept.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Removal {
    /// What is removed.
    pub document: DocumentId,
    /// The kept document that it repeats.
    pub by: DocumentId,
    /// Their exact similarity, at least the threshold unless it is an excerpt or an expansion.
    pub similarity: f64,
    /// What the one is to the other.
    pub relation: Relation,
    /// Of an excerpt, the share of its shingles that the kept document has; of any other document that holds a record of the
    /// reference, the larger of the two shares: at least the containment asked for.
    pub containment: Option<f64>,
}

/// A kept document with what it stands for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Cluster<'a> {
    /// The kept document.
    pub representative: DocumentId,
    /// What it replaces, in corpus order.
    pub removals: Vec<&'a Removal>,
}

/// Groups removals by the document they repeat; clusters in corpus order of their representatives.
///
/// `removals` must be in corpus order. O(n log n).
pub fn clusters(removals: &[Removal]) -> Vec<Cluster<'_>> {
    let mut grouped: Vec<&Removal> = removals.iter().collect();
    grouped.sort_by_key(|removal| removal.by);
    grouped
        .chunk_by(|a, b| a.by == b.by)
        .map(|members| Cluster { representative: members[0].by, removals: members.to_vec() })
        .collect()
}

//! Decisions about documents, and the clusters they form.

use crate::document::DocumentId;
use crate::relation::Relation;

/// A document that is not kept.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Removal {
    /// What is removed.
    pub document: DocumentId,
    /// The kept document that it repeats; of a cluster of which nothing stays, the one that would have stayed, and for
    /// that one the member that is most like it.
    pub by: DocumentId,
    /// Their exact similarity, at least the threshold unless it is an excerpt or an expansion.
    pub similarity: f64,
    /// What the one is to the other.
    pub relation: Relation,
    /// Of an excerpt, the share of its shingles that the kept document has; of an expansion, the share of the kept document's
    /// shingles that it has; of any other document that holds a record of the reference, the larger of the two shares: at
    /// least the containment asked for.
    pub containment: Option<f64>,
}

/// A kept document with what it stands for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Cluster<'a> {
    /// The kept document. Where nothing of a cluster stays, the one that would have.
    pub representative: DocumentId,
    /// What it replaces, in corpus order.
    pub removals: Vec<&'a Removal>,
    /// What repeats it and stays on account of its source, in corpus order.
    pub spared: Vec<&'a Removal>,
}

impl Cluster<'_> {
    /// How many documents the kept one stands for: itself and those removed on its account.
    pub fn copies(&self) -> u32 {
        u32::try_from(self.removals.len() + 1).unwrap_or(u32::MAX)
    }

    /// How many documents it has, those that stay included.
    pub fn documents(&self) -> u64 {
        (self.removals.len() + self.spared.len() + 1) as u64
    }
}

/// Groups removals by the document they repeat; clusters in corpus order of their representatives.
///
/// `removals` must be in corpus order. O(n log n).
pub fn clusters(removals: &[Removal]) -> Vec<Cluster<'_>> {
    grouped(removals.iter().map(|removal| (removal, false)).collect())
}

/// Groups repeats by the document they repeat, given whether each stays.
fn grouped(mut repeats: Vec<(&Removal, bool)>) -> Vec<Cluster<'_>> {
    repeats.sort_by_key(|(repeat, _)| repeat.by);
    repeats.chunk_by(|(a, _), (b, _)| a.by == b.by).map(cluster_of).collect()
}

fn cluster_of<'a>(members: &[(&'a Removal, bool)]) -> Cluster<'a> {
    let those =
        |wanted| members.iter().filter(move |&&(_, stays)| stays == wanted).map(|&(repeat, _)| repeat);
    Cluster {
        representative: members[0].0.by,
        removals: those(false).collect(),
        spared: those(true).collect(),
    }
}

/// All decisions of a run about documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Removals {
    /// Those that go, in corpus order.
    pub removed: Vec<Removal>,
    /// Those that repeat a kept one and stay on account of their source, in corpus order.
    pub spared: Vec<Removal>,
    /// Of those that go, the ones that would have stayed for their clusters, of which nothing stays; ascending.
    pub representatives: Vec<DocumentId>,
}

impl Removals {
    /// Decisions by which one document of each cluster stays; `removed` is in corpus order.
    pub(crate) fn of(removed: Vec<Removal>) -> Self {
        Self { removed, ..Self::default() }
    }

    /// The clusters, in corpus order of their representatives. O(n log n).
    pub(crate) fn clusters(&self) -> Vec<Cluster<'_>> {
        let removed = self.removed.iter().filter(|removal| !self.is_representative(removal.document));
        let removed = removed.map(|removal| (removal, false));
        grouped(removed.chain(self.spared.iter().map(|spared| (spared, true))).collect())
    }

    /// How a document goes, if it does. O(log n).
    pub(crate) fn removal(&self, document: DocumentId) -> Option<&Removal> {
        found(&self.removed, document)
    }

    /// How a document repeats another, whether it goes or stays. O(log n).
    pub(crate) fn repeat(&self, document: DocumentId) -> Option<&Removal> {
        self.removal(document).or_else(|| found(&self.spared, document))
    }

    /// Whether a document goes with the cluster that it would have stayed for. O(log n).
    pub(crate) fn is_representative(&self, document: DocumentId) -> bool {
        self.representatives.binary_search(&document).is_ok()
    }
}

fn found(removals: &[Removal], document: DocumentId) -> Option<&Removal> {
    let place = removals.binary_search_by_key(&document, |removal| removal.document);
    place.ok().map(|place| &removals[place])
}

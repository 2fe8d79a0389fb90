//! The annotation of each record.

use std::ops::Range;

use crate::corpus::{Annotation, Members};
use crate::document::DocumentId;
use crate::documents::{Descriptions, DocumentStore, Documents, RecordStore};
use crate::select::{Removal, clusters};

/// Makes the annotation of any document.
pub(super) struct Annotations<'a> {
    store: &'a RecordStore<'a>,
    /// In corpus order.
    removals: &'a [Removal],
    /// The kept document of each cluster, ascending: clusters are numbered as in `clusters.jsonl`.
    representatives: Vec<DocumentId>,
}

impl<'a> Annotations<'a> {
    pub(super) fn new(store: &'a RecordStore<'a>, removals: &'a [Removal]) -> Self {
        let representatives = clusters(removals).iter().map(|cluster| cluster.representative).collect();
        Self { store, removals, representatives }
    }

    /// Which members they have where all have the same.
    pub(super) fn members(&self) -> Members {
        if self.store.corpus().references().is_empty() { Members::Usual } else { Members::WithReference }
    }

    /// Prepares those of some neighbouring documents: each kept record is read once for all of them.
    pub(super) fn of_range(&self, documents: Range<usize>) -> RangeAnnotations<'_> {
        let representatives = documents.filter_map(|document| self.cluster(DocumentId(document as u32)));
        let described =
            Documents::new(self.store).describe_all(representatives.map(|(of_cluster, _)| of_cluster));
        RangeAnnotations { annotations: self, described }
    }

    fn removal(&self, document: DocumentId) -> Option<&Removal> {
        let place = self.removals.binary_search_by_key(&document, |removal| removal.document);
        place.ok().map(|place| &self.removals[place])
    }

    /// The kept document of a document's cluster, and the cluster's number, if it is in one.
    fn cluster(&self, document: DocumentId) -> Option<(DocumentId, u32)> {
        let representative = self.removal(document).map_or(document, |removal| removal.by);
        let place = self.representatives.binary_search(&representative).ok()?;
        Some((representative, place as u32 + 1))
    }
}

/// Annotations of neighbouring documents.
pub(super) struct RangeAnnotations<'a> {
    annotations: &'a Annotations<'a>,
    described: Descriptions,
}

impl RangeAnnotations<'_> {
    /// The annotation of one of them.
    pub(super) fn of(&self, document: DocumentId) -> Annotation {
        let (removal, cluster) = (self.annotations.removal(document), self.annotations.cluster(document));
        let is_reference = |(representative, _)| self.annotations.store.place(representative).is_reference;
        Annotation {
            cluster: cluster.map(|(_, number)| number),
            kept: removal.is_none(),
            kept_id: cluster.map(|(representative, _)| self.described.of(representative).id.clone()),
            similarity: removal.map(|removal| removal.similarity),
            relation: removal.map(|removal| removal.relation.name()),
            reference: cluster.is_some_and(is_reference),
        }
    }
}

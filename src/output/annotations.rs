//! The annotation of each record.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits; shares and rates are for people"
)]

use std::ops::Range;

use super::items::{HeldItem, first_held};
use crate::corpus::{Annotation, AnnotationMembers};
use crate::document::DocumentId;
use crate::documents::{Descriptions, DocumentStore, Documents, RecordStore};
use crate::select::{Removal, clusters};

/// Makes the annotation of any document.
pub(super) struct Annotations<'a> {
    store: &'a RecordStore<'a>,
    /// In corpus order.
    removals: &'a [Removal],
    /// Records of the reference that documents hold, by document; none if they were not searched for.
    held: Option<&'a [HeldItem]>,
    /// The kept document of each cluster, ascending: clusters are numbered as in `clusters.jsonl`.
    representatives: Vec<DocumentId>,
}

impl<'a> Annotations<'a> {
    pub(super) fn new(
        store: &'a RecordStore<'a>,
        removals: &'a [Removal],
        held: Option<&'a [HeldItem]>,
    ) -> Self {
        let representatives = clusters(removals).iter().map(|cluster| cluster.representative).collect();
        Self { store, removals, held, representatives }
    }

    /// Which members they have where all have the same.
    pub(super) fn members(&self) -> AnnotationMembers {
        if self.held.is_some() {
            AnnotationMembers::WithItem
        } else if self.store.corpus().references().is_empty() {
            AnnotationMembers::Usual
        } else {
            AnnotationMembers::WithReference
        }
    }

    /// Makes those of some neighbouring documents, in order: each kept record is read once for many of them.
    pub(super) fn of_range(&self, documents: Range<usize>) -> RangeAnnotations<'_> {
        RangeAnnotations {
            annotations: self,
            described_for: documents.start..documents.start,
            end: documents.end,
            described: Descriptions::default(),
        }
    }

    /// Describes the kept documents that annotations of these documents name.
    fn describe(&self, documents: Range<usize>) -> Descriptions {
        let clusters = documents.filter_map(|document| self.cluster(DocumentId(document as u32)));
        Documents::new(self.store).describe_all(clusters.map(|(representative, _)| representative))
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

/// Documents whose annotations are prepared at a time.
const DOCUMENTS_DESCRIBED: usize = 1 << 10;

/// Annotations of neighbouring documents.
pub(super) struct RangeAnnotations<'a> {
    annotations: &'a Annotations<'a>,
    /// The documents that annotations are prepared for, up to `end`.
    described_for: Range<usize>,
    end: usize,
    described: Descriptions,
}

impl RangeAnnotations<'_> {
    /// The annotation of one of them.
    pub(super) fn of(&mut self, document: DocumentId) -> Annotation {
        if !self.described_for.contains(&document.index()) {
            let end = self.end.min(document.index() + DOCUMENTS_DESCRIBED);
            self.described_for = document.index()..end;
            self.described = self.annotations.describe(self.described_for.clone());
        }
        let (removal, cluster) = (self.annotations.removal(document), self.annotations.cluster(document));
        let is_reference = |(representative, _)| self.annotations.store.place(representative).is_reference;
        let held = self.annotations.held.and_then(|held| first_held(held, document));
        Annotation {
            cluster: cluster.map(|(_, number)| number),
            kept: removal.is_none(),
            kept_id: cluster.map(|(representative, _)| self.described.of(representative).id.clone()),
            similarity: removal.map(|removal| removal.similarity),
            relation: removal.map(|removal| removal.relation.name()),
            reference: cluster.is_some_and(is_reference),
            containment: held.and(removal).and_then(|removal| removal.containment),
            start: held.map(|held| held.place.start as u64),
            end: held.map(|held| held.place.end as u64),
        }
    }
}

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
use crate::select::Removals;

/// Makes the annotation of any document.
pub(super) struct Annotations<'a> {
    store: &'a RecordStore<'a>,
    removals: &'a Removals,
    /// Records of the reference that documents hold, by document; none if they were not searched for.
    held: Option<&'a [HeldItem]>,
    /// The kept document of each cluster, ascending, and how many it stands for: clusters are numbered as in `clusters.jsonl`.
    representatives: Vec<(DocumentId, u32)>,
}

impl<'a> Annotations<'a> {
    pub(super) fn new(
        store: &'a RecordStore<'a>,
        removals: &'a Removals,
        held: Option<&'a [HeldItem]>,
    ) -> Self {
        let representatives =
            removals.clusters().iter().map(|cluster| (cluster.representative, cluster.copies())).collect();
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
        let named = documents.filter_map(|document| self.named(DocumentId(document as u32)));
        Documents::new(self.store).describe_all(named)
    }

    /// The document that an annotation names: the one that a document repeats, or itself, if others repeat it.
    fn named(&self, document: DocumentId) -> Option<DocumentId> {
        let repeat = self.removals.repeat(document).map(|repeat| repeat.by);
        repeat.or_else(|| self.represented(document).map(|_| document))
    }

    /// The number of a document's cluster, if it is in one.
    fn cluster(&self, document: DocumentId) -> Option<u32> {
        let of_another = || self.represented(self.removals.repeat(document)?.by);
        self.represented(document).or_else(of_another).map(|place| place as u32 + 1)
    }

    /// The place of the cluster that a document represents, if it does.
    fn represented(&self, document: DocumentId) -> Option<usize> {
        self.representatives.binary_search_by_key(&document, |&(representative, _)| representative).ok()
    }

    /// How many documents a kept one stands for.
    fn copies(&self, document: DocumentId) -> u32 {
        self.represented(document).map_or(1, |place| self.representatives[place].1)
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
        let Annotations { store, removals, .. } = self.annotations;
        let (repeat, named) = (removals.repeat(document), self.annotations.named(document));
        let kept = removals.removal(document).is_none();
        let held = self.annotations.held.and_then(|held| first_held(held, document));
        Annotation {
            cluster: self.annotations.cluster(document),
            kept,
            kept_id: named.map(|named| self.described.of(named).id.clone()),
            similarity: repeat.map(|repeat| repeat.similarity),
            relation: repeat.map(|repeat| repeat.relation.name()),
            copies: kept.then(|| self.annotations.copies(document)),
            reference: named.is_some_and(|named| store.place(named).is_reference),
            containment: held.and(repeat).and_then(|removal| removal.containment),
            start: held.map(|held| held.place.start as u64),
            end: held.map(|held| held.place.end as u64),
        }
    }
}

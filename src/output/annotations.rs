//! What became of each record, for the record itself.

use crate::corpus::{Annotation, AnnotationMembers as Members, Corpus, RecordTable};
use crate::document::DocumentId;
use crate::select::{Removal, clusters};

/// Tells of any document what became of it.
pub(super) struct Annotations<'a> {
    corpus: &'a Corpus,
    records: &'a RecordTable,
    /// In corpus order.
    removals: &'a [Removal],
    /// The kept document of each cluster, ascending: clusters are numbered as in `clusters.jsonl`.
    representatives: Vec<DocumentId>,
}

impl<'a> Annotations<'a> {
    pub(super) fn new(corpus: &'a Corpus, records: &'a RecordTable, removals: &'a [Removal]) -> Self {
        let representatives = clusters(removals).iter().map(|cluster| cluster.representative).collect();
        Self { corpus, records, removals, representatives }
    }

    /// Which members they have where all have the same.
    pub(super) fn members(&self) -> Members {
        if self.corpus.references().is_empty() { Members::Usual } else { Members::WithReference }
    }

    pub(super) fn of(&self, document: DocumentId) -> Annotation {
        let place = self.removals.binary_search_by_key(&document, |removal| removal.document);
        let removal = place.ok().map(|place| &self.removals[place]);
        let representative = removal.map_or(document, |removal| removal.by);
        let location = self.records.locate(representative);
        let cluster = self.representatives.binary_search(&representative).ok();
        Annotation {
            cluster: cluster.map(|place| place as u32 + 1),
            kept: removal.is_none(),
            kept_id: cluster.map(|_| self.corpus.id(location)),
            similarity: removal.map(|removal| removal.similarity),
            relation: removal.map(|removal| removal.relation.name()),
            reference: self.corpus.is_reference(location.source),
        }
    }
}

//! What is compared: copies of one text, close enough in time, stand as one node.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use super::window::Window;
use crate::document::DocumentId;
use crate::engine::decide::Folded;
use crate::reuse::story::Provenance;

/// The nodes, in order of time of their first documents.
pub(super) struct Nodes {
    /// The documents of all nodes, one node after the other, each in order of time.
    documents: Vec<u32>,
    /// Where each node's documents end.
    ends: Vec<usize>,
}

impl Nodes {
    /// Makes a node of all documents of equal tokens; with a window, of each of their longest runs in which every one
    /// lies close enough to the next. `order` lists all documents in order of time. O(n log n).
    pub(super) fn new(
        folded: &Folded,
        order: &[u32],
        provenance: &Provenance,
        window: Option<Window>,
    ) -> Self {
        // Folded node and place in time of each document: copies come together, in order.
        let mut places: Vec<(u32, u32)> = (0u32..)
            .zip(order)
            .filter_map(|(place, &document)| Some((folded.node_of(DocumentId(document))?, place)))
            .collect();
        places.sort_unstable();
        let document = |place: u32| DocumentId(order[place as usize]);
        let follows = |a: &(u32, u32), b: &(u32, u32)| {
            a.0 == b.0 && are_close(provenance, document(a.1), document(b.1), window)
        };
        let mut runs: Vec<&[(u32, u32)]> = places.chunk_by(follows).collect();
        runs.sort_unstable_by_key(|run| run[0].1);
        let mut nodes =
            Self { documents: Vec::with_capacity(places.len()), ends: Vec::with_capacity(runs.len()) };
        for run in runs {
            nodes.documents.extend(run.iter().map(|&(_, place)| order[place as usize]));
            nodes.ends.push(nodes.documents.len());
        }
        nodes
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The documents of a node, in order of time.
    pub(super) fn documents(&self, node: u32) -> &[u32] {
        let node = node as usize;
        let start = if node == 0 { 0 } else { self.ends[node - 1] };
        &self.documents[start..self.ends[node]]
    }

    /// The document whose text stands for a node.
    pub(super) fn first(&self, node: u32) -> DocumentId {
        DocumentId(self.documents(node)[0])
    }

    /// The first document of each node.
    pub(super) fn firsts(&self) -> Vec<u32> {
        (0..self.len() as u32).map(|node| self.first(node).0).collect()
    }

    /// Whether some document of each lie close enough. O(a log b) for so many documents in them.
    pub(super) fn are_close(&self, a: u32, b: u32, provenance: &Provenance, window: Option<Window>) -> bool {
        if window.is_none() {
            return true;
        }
        let [few, many] = if self.documents(a).len() <= self.documents(b).len() { [a, b] } else { [b, a] };
        let mut documents = self.documents(few).iter();
        documents.any(|&document| self.close_to(many, DocumentId(document), provenance, window).is_some())
    }

    /// The earliest document of a node that lies close enough to `document`. O(log n).
    pub(super) fn close_to(
        &self,
        node: u32,
        document: DocumentId,
        provenance: &Provenance,
        window: Option<Window>,
    ) -> Option<DocumentId> {
        let documents = self.documents(node);
        let Some(window) = window else { return Some(DocumentId(documents[0])) };
        let date = provenance.date(document)?;
        // Documents of a node are in order of time, or there is one without a date.
        let too_early = |&other: &u32| {
            provenance.date(DocumentId(other)).is_some_and(|other| other < date && !window.spans(other, date))
        };
        let first = DocumentId(*documents.get(documents.partition_point(too_early))?);
        provenance.date(first).is_some_and(|first| window.spans(first, date)).then_some(first)
    }
}

/// Whether two documents lie close enough in time. Of those without a date nobody knows.
pub(super) fn are_close(
    provenance: &Provenance,
    a: DocumentId,
    b: DocumentId,
    window: Option<Window>,
) -> bool {
    match (window, provenance.date(a), provenance.date(b)) {
        (None, ..) => true,
        (Some(window), Some(a), Some(b)) => window.spans(a, b),
        _ => false,
    }
}

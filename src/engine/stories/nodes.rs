//! What is compared: copies of one text stand as one node.
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
    /// Makes a node of all documents of equal tokens. `order` lists all documents in order of time. O(n log n).
    pub(super) fn new(folded: &Folded, order: &[u32]) -> Self {
        // Folded node and place in time of each document: copies come together, in order.
        let mut places: Vec<(u32, u32)> = (0u32..)
            .zip(order)
            .filter_map(|(place, &document)| Some((folded.node_of(DocumentId(document))?, place)))
            .collect();
        places.sort_unstable();
        let mut copies: Vec<&[(u32, u32)]> = places.chunk_by(|a, b| a.0 == b.0).collect();
        copies.sort_unstable_by_key(|copies| copies[0].1);
        let mut nodes =
            Self { documents: Vec::with_capacity(places.len()), ends: Vec::with_capacity(copies.len()) };
        for copies in copies {
            nodes.documents.extend(copies.iter().map(|&(_, place)| order[place as usize]));
            nodes.ends.push(nodes.documents.len());
        }
        nodes
    }

    /// The node of a document; none if it has no words. O(n).
    pub(super) fn node_of(&self, document: DocumentId) -> Option<u32> {
        let place = self.documents.iter().position(|&other| other == document.0)?;
        Some(self.ends.partition_point(|&end| end <= place) as u32)
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

    /// Whether some document of each lie close enough in time, or one has no date: of it, nobody knows. O(a log b) for so
    /// many documents in them.
    pub(super) fn are_close(&self, a: u32, b: u32, provenance: &Provenance, window: Option<Window>) -> bool {
        let Some(window) = window else { return true };
        let [few, many] = if self.documents(a).len() <= self.documents(b).len() { [a, b] } else { [b, a] };
        self.documents(few).iter().any(|&document| {
            let Some(date) = provenance.date(DocumentId(document)) else { return true };
            let documents = self.documents(many);
            // In order of time, those without a date last.
            let is_too_early = |&other: &u32| {
                let other = provenance.date(DocumentId(other));
                other.is_some_and(|other| other < date && !window.spans(other, date))
            };
            let first = documents.get(documents.partition_point(is_too_early));
            let is_near = |&first: &u32| {
                provenance.date(DocumentId(first)).is_none_or(|first| window.spans(first, date))
            };
            first.is_some_and(is_near)
                || documents.last().is_some_and(|&last| provenance.date(DocumentId(last)).is_none())
        })
    }
}

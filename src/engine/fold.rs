//! Exact duplicates are folded before anything is compared: one node for all documents of equal tokens.

use rayon::prelude::*;

use super::ingest::Sketches;
use crate::document::DocumentId;

/// Marks a document without a token.
const NO_NODE: u32 = u32::MAX;

/// The distinct documents in priority order, and which of them each document equals.
pub(crate) struct Folded {
    /// For each node, the document of first priority among its equals.
    pub documents: Vec<u32>,
    node_of: Vec<u32>,
}

impl Folded {
    /// Folds documents whose tokens are equal; `order` lists all documents in priority order.
    ///
    /// Equal means an equal 64-bit hash of the token sequence, an equal number of tokens and an equal
    /// signature, whose slots depend on the shingles' own hashes. O(n log n).
    pub(crate) fn new(sketches: &Sketches, order: &[u32]) -> Self {
        let mut entries: Vec<(u64, u32)> = order
            .par_iter()
            .enumerate()
            .filter(|&(_, &document)| sketches.units[document as usize] > 0)
            .map(|(place, &document)| (sketches.fingerprints[document as usize], place as u32))
            .collect();
        entries.par_sort_unstable();
        // Until nodes are numbered, the place in priority order of the first equal document.
        let mut first_place = vec![NO_NODE; order.len()];
        let mut distinct: Vec<u32> = Vec::new();
        for equals in entries.chunk_by(|a, b| a.0 == b.0) {
            distinct.clear();
            for &(_, place) in equals {
                let document = order[place as usize];
                let equal = |&&first: &&u32| sketches.are_equal(order[first as usize], document);
                let first = distinct.iter().find(equal).copied().unwrap_or_else(|| {
                    distinct.push(place);
                    place
                });
                first_place[document as usize] = first;
            }
        }
        drop(entries);
        let mut node_of_place = vec![NO_NODE; order.len()];
        let mut documents = Vec::new();
        for (place, &document) in order.iter().enumerate() {
            if first_place[document as usize] == place as u32 {
                node_of_place[place] = documents.len() as u32;
                documents.push(document);
            }
        }
        let mut node_of = first_place;
        for node in &mut node_of {
            if *node != NO_NODE {
                *node = node_of_place[*node as usize];
            }
        }
        Self { documents, node_of }
    }

    /// The node of a document, none if it has no token.
    pub(crate) fn node_of(&self, document: DocumentId) -> Option<u32> {
        Some(self.node_of[document.index()]).filter(|&node| node != NO_NODE)
    }

    /// The document that stands for a node.
    pub(crate) fn document_of(&self, node: u32) -> DocumentId {
        DocumentId(self.documents[node as usize])
    }
}

impl Sketches {
    fn are_equal(&self, a: u32, b: u32) -> bool {
        let (a, b) = (a as usize, b as usize);
        self.units[a] == self.units[b] && self.signatures.row(a) == self.signatures.row(b)
    }
}

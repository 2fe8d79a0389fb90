//! Exact duplicates are folded before anything is compared: one node for all documents of equal tokens.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::document::DocumentId;
use crate::engine::ingest::Sketches;
use crate::error::Result;
use crate::sketch::{RowBuffer, Signatures};

/// Marks a document without a token.
const NO_NODE: u32 = u32::MAX;

/// The distinct documents in priority order, and which of them each document equals.
pub(in crate::engine) struct Folded {
    /// For each node, the document of first priority among its equals.
    pub documents: Vec<u32>,
    node_of: Vec<u32>,
    /// For each node, the first one of equal tokens; none where no two nodes have equal tokens.
    equal_to: Option<Vec<u32>>,
}

impl Folded {
    /// Folds documents whose tokens are equal; `order` lists all documents in priority order. With `sources`, which
    /// gives that of each document, only documents of one source are folded: they get the same
    /// decision, because they are compared with the same documents.
    ///
    /// Equal means two equal 64-bit hashes of the token sequence, an equal number of tokens and an equal
    /// signature, whose slots depend on the shingles' own hashes. O(n log n).
    ///
    /// Documents are looked at in `parts` by their hashes, one part after the other: 16 bytes a document of a part,
    /// 8 a document of all.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if signatures are in a file that cannot be read.
    pub(in crate::engine) fn new(
        sketches: Sketches,
        order: &[u32],
        sources: Option<&[u32]>,
        parts: u32,
    ) -> Result<(Self, Signatures)> {
        // Until nodes are numbered, the place in priority order of the first equal document.
        let mut first_place = vec![NO_NODE; order.len()];
        // Likewise whatever its source; where sources do not matter, it is the same.
        let mut first_equal = sources.map(|_| first_place.clone());
        let mut equals = Equals::new(&sketches, order, sources);
        for part in 0..parts {
            let mut entries = sketches.entries(order, part, parts);
            entries.par_sort_unstable();
            for group in entries.chunk_by(|a, b| a.0 == b.0) {
                equals.fold(group, &mut first_place, first_equal.as_deref_mut())?;
            }
        }
        // What is not needed any more makes room for what comes.
        let Sketches { signatures, fingerprints, checks, units } = sketches;
        drop((fingerprints, checks, units));
        let mut node_of_place = vec![NO_NODE; order.len()];
        let mut documents = Vec::new();
        for (place, &document) in order.iter().enumerate() {
            if first_place[document as usize] == place as u32 {
                node_of_place[place] = documents.len() as u32;
                documents.push(document);
            }
        }
        let node_of_equal = |&document: &u32, first_equal: &[u32]| {
            // The first of its equals is the first of its source, too, and so stands for a node.
            node_of_place[first_equal[document as usize] as usize]
        };
        let equal_to = first_equal.map(|first_equal| {
            documents.iter().map(|document| node_of_equal(document, &first_equal)).collect()
        });
        let mut node_of = first_place;
        for node in &mut node_of {
            if *node != NO_NODE {
                *node = node_of_place[*node as usize];
            }
        }
        Ok((Self { documents, node_of, equal_to }, signatures))
    }

    /// Those that were folded elsewhere: the document that stands for each node, and the node of each document.
    pub(in crate::engine) fn of(documents: Vec<u32>, node_of: Vec<u32>) -> Self {
        Self { documents, node_of, equal_to: None }
    }

    /// The document that stands for each node, and the node of each document.
    pub(in crate::engine) fn into_parts(self) -> (Vec<u32>, Vec<u32>) {
        (self.documents, self.node_of)
    }

    /// The node of a document, none if it has no token.
    pub(in crate::engine) fn node_of(&self, document: DocumentId) -> Option<u32> {
        Some(self.node_of[document.index()]).filter(|&node| node != NO_NODE)
    }

    /// For each node, the first one of equal tokens, which may be itself; none if no two nodes have equal tokens.
    pub(in crate::engine) fn equals(&self) -> Option<&[u32]> {
        self.equal_to.as_deref()
    }

    /// Whether two nodes have equal tokens.
    pub(in crate::engine) fn are_equal(&self, a: u32, b: u32) -> bool {
        let equal_to = |node: u32| self.equal_to.as_ref().map_or(node, |equal_to| equal_to[node as usize]);
        equal_to(a) == equal_to(b)
    }

    /// The document that stands for a node.
    pub(in crate::engine) fn document_of(&self, node: u32) -> DocumentId {
        DocumentId(self.documents[node as usize])
    }
}

impl Sketches {
    /// The hashes of one part's documents, with their places in priority order. Of the two hashes the one that has no
    /// families of texts that collide, since those of one hash are compared with each other.
    fn entries(&self, order: &[u32], part: u32, parts: u32) -> Vec<(u64, u32)> {
        let entry = |place: usize| {
            let document = order[place] as usize;
            let check = self.checks[document];
            let own = ((u128::from(check) * u128::from(parts)) >> 64) as u32;
            (self.units[document] > 0 && own == part).then_some((check, place as u32))
        };
        if parts == 1 {
            return (0..order.len()).into_par_iter().filter_map(entry).collect();
        }
        (0..order.len()).filter_map(entry).collect()
    }
}

/// Finds which of some documents of equal hashes are equal.
struct Equals<'a> {
    sketches: &'a Sketches,
    order: &'a [u32],
    sources: Option<&'a [u32]>,
    /// The places of distinct documents so far.
    distinct: Vec<u32>,
    /// For each of these, and each source, the place of the first document of equal tokens.
    of_source: BTreeMap<(u32, u32), u32>,
    own: RowBuffer,
    other: RowBuffer,
}

impl<'a> Equals<'a> {
    fn new(sketches: &'a Sketches, order: &'a [u32], sources: Option<&'a [u32]>) -> Self {
        let (own, other) = Default::default();
        Self { sketches, order, sources, distinct: Vec::new(), of_source: BTreeMap::new(), own, other }
    }

    fn fold(
        &mut self,
        group: &[(u64, u32)],
        first_place: &mut [u32],
        mut first_equal: Option<&mut [u32]>,
    ) -> Result<()> {
        self.distinct.clear();
        self.of_source.clear();
        for &(_, place) in group {
            let document = self.order[place as usize];
            let mut first = place;
            for index in 0..self.distinct.len() {
                let other = self.distinct[index];
                if self.are_equal(self.order[other as usize] as usize, document as usize)? {
                    first = other;
                    break;
                }
            }
            if first == place {
                self.distinct.push(place);
            }
            if let (Some(sources), Some(first_equal)) = (self.sources, &mut first_equal) {
                first_equal[document as usize] = first;
                first = *self.of_source.entry((first, sources[document as usize])).or_insert(place);
            }
            first_place[document as usize] = first;
        }
        Ok(())
    }

    fn are_equal(&mut self, a: usize, b: usize) -> Result<bool> {
        let Sketches { signatures, .. } = self.sketches;
        let [first, second] = [a, b].map(|document| self.sketches.identity(document));
        Ok(first.is_equal(second)
            && signatures.row(a, &mut self.own)? == signatures.row(b, &mut self.other)?)
    }
}

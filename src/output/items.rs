//! What a run says of records of the reference inside documents.

use std::ops::Range;

use serde::Serialize;

use crate::document::DocumentId;

/// A document that holds a record of the reference, or is inside one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HeldItem {
    /// The document.
    pub document: DocumentId,
    /// The record of the reference.
    pub item: DocumentId,
    /// Where in the document's text it stands, in bytes: from the first to the last of the shingles that both have.
    pub place: Range<usize>,
    /// Distinct shingles that both have.
    pub shared: u64,
    /// Distinct shingles of the record.
    pub item_shingles: u64,
    /// The share of the record's shingles that the document has, in `[0, 1]`.
    pub containment: f64,
    /// The share of the document's shingles that the record has, where the document is inside it.
    pub inside: Option<f64>,
}

/// How records of the reference were searched for inside documents, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ItemFigures {
    /// The least share of an item's shingles that a document had to have, or of a document's that an item has.
    pub containment: f64,
    /// What these shingles were made of, such as `word:5`.
    pub shingle: String,
    /// Records of the reference that were searched for.
    pub searched: u64,
    /// Records with fewer words than that, which were not: `unsearched.jsonl` names them.
    pub least_words: u64,
    /// How many such there are.
    pub too_short: u64,
    /// Records that some document holds or is inside of.
    pub found: u64,
    /// Documents that hold one or are inside one.
    pub documents: u64,
    /// Pairs of these, the lines of `contained.jsonl`.
    pub pairs: u64,
    /// Documents that met more records than are listed of one.
    pub listed_in_part: u64,
}

/// A record of the reference that was not searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnsearchedItem(pub DocumentId);

/// The first of the sorted pairs of a document, which is the one that it is removed for; none if it holds nothing.
pub(super) fn first_held(held: &[HeldItem], document: DocumentId) -> Option<&HeldItem> {
    let place = held.partition_point(|held| held.document < document);
    held.get(place).filter(|held| held.document == document)
}

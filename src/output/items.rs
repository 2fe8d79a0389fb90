//! `contained.jsonl` and `unsearched.jsonl`: which documents hold which records of the reference, and which records were
//! too short to be searched for.

use std::ops::Range;

use serde::Serialize;

use super::directory::OutputDirectory;
use super::tables::{Tables, json_line, write_lines};
use crate::document::DocumentId;
use crate::documents::{DocumentPlace, DocumentStore};
use crate::error::Result;

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

#[derive(Serialize)]
struct HeldLine<'a> {
    id: &'a str,
    file: &'a str,
    record: u32,
    item_id: &'a str,
    item_file: &'a str,
    item_record: u32,
    start: usize,
    end: usize,
    containment: f64,
    shared: u64,
    shingles: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<f64>,
}

#[derive(Serialize)]
struct UnsearchedLine<'a> {
    id: &'a str,
    file: &'a str,
    record: u32,
}

impl Tables<'_> {
    /// One line a document and a record that it holds.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn contained(&self, output: &OutputDirectory, held: &[HeldItem]) -> Result<()> {
        let prepare = |wave: &[HeldItem]| {
            Ok(self.documents().describe_all(wave.iter().flat_map(|held| [held.document, held.item])))
        };
        write_lines(output, "contained.jsonl", held, prepare, |held, described| {
            let (holder, item) = (self.store.place(held.document), self.store.place(held.item));
            Ok(json_line(&HeldLine {
                id: &described.of(held.document).id,
                file: holder.file,
                record: holder.record,
                item_id: &described.of(held.item).id,
                item_file: item.file,
                item_record: item.record,
                start: held.place.start,
                end: held.place.end,
                containment: held.containment,
                shared: held.shared,
                shingles: held.item_shingles,
                inside: held.inside,
            }))
        })
    }

    /// One line a record of the reference that was too short to be searched for.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn unsearched(&self, output: &OutputDirectory, items: &[UnsearchedItem]) -> Result<()> {
        let prepare =
            |wave: &[UnsearchedItem]| Ok(self.documents().describe_all(wave.iter().map(|item| item.0)));
        write_lines(output, "unsearched.jsonl", items, prepare, |item, described| {
            let DocumentPlace { file, record, .. } = self.store.place(item.0);
            Ok(json_line(&UnsearchedLine { id: &described.of(item.0).id, file, record }))
        })
    }
}

/// The first of the sorted pairs of a document, which is the one that it is removed for; none if it holds nothing.
pub(super) fn first_held(held: &[HeldItem], document: DocumentId) -> Option<&HeldItem> {
    let place = held.partition_point(|held| held.document < document);
    held.get(place).filter(|held| held.document == document)
}

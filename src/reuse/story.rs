//! Stories: documents that tell the same, and what is known of where and when each was told.
#![allow(
    clippy::cast_possible_truncation,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use crate::document::DocumentId;
use crate::relation::Relation;
use crate::work::{Fixed, take};

/// Documents that are joined by links.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Story {
    /// The earliest, of those of the same moment or without a date the first in corpus order.
    pub origin: DocumentId,
    /// How many others, of another source each, have the origin's date: nobody knows then who told it first.
    pub ties: u32,
    /// The others, in the same order.
    pub members: Vec<Retelling>,
}

impl Story {
    /// Its documents, the origin first.
    pub(crate) fn documents(&self) -> impl Iterator<Item = DocumentId> {
        std::iter::once(self.origin).chain(self.members.iter().map(|member| member.document))
    }
}

/// The agencies that documents are credited to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credited {
    /// In order of their documents.
    agencies: Vec<(DocumentId, String)>,
}

impl Credited {
    /// From documents, ascending, and the agency of each.
    pub(crate) fn new(agencies: Vec<(DocumentId, String)>) -> Self {
        Self { agencies }
    }

    /// The agency that a document is credited to. O(log n).
    pub(crate) fn of(&self, document: DocumentId) -> Option<&str> {
        let place = self.agencies.binary_search_by_key(&document, |&(document, _)| document).ok()?;
        Some(&self.agencies[place].1)
    }
}

/// A document that covers several stories, as a weekly does, and belongs to none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoundUp {
    /// The document.
    pub document: DocumentId,
    /// The origin of each story that it covers, in order of time; a story may be of one document.
    pub reports: Vec<DocumentId>,
}

/// A document of a story beside its origin.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Retelling {
    /// The document.
    pub document: DocumentId,
    /// What it is compared with: the origin, or another document of the story if it is not linked with the origin.
    pub with: DocumentId,
    /// What links the two.
    pub link: Link,
}

/// Two documents that tell the same story.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Link {
    /// What the first is to the second: never a template, nor one that only shares passages.
    pub relation: Relation,
    /// Jaccard similarity of their shingle sets, in `[0, 1]`.
    pub jaccard: f64,
    /// Share of each one's shingles that the other has, in `[0, 1]`.
    pub contained: [f64; 2],
    /// Share of each one's words that no passage shared with the other has, in `[0, 1]`.
    pub own: [f64; 2],
}

impl Link {
    /// That of two documents with the same tokens.
    pub const EXACT: Self =
        Self { relation: Relation::Exact, jaccard: 1.0, contained: [1.0; 2], own: [0.0; 2] };

    /// The same link, seen from the second document.
    #[must_use]
    pub fn reversed(self) -> Self {
        let [contained, own] = [self.contained, self.own].map(|[a, b]| [b, a]);
        Self { relation: self.relation.reversed(), contained, own, ..self }
    }

    /// The larger of the two containments.
    pub fn containment(&self) -> f64 {
        self.contained[0].max(self.contained[1])
    }
}

/// In a work file: the relation by its place among all, then the shares.
impl Fixed for Link {
    const BYTES: usize = 1 + 5 * f64::BYTES;

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.relation as u8);
        let [[a, b], [own_a, own_b]] = [self.contained, self.own];
        for share in [a, b, own_a, own_b, self.jaccard] {
            share.write(bytes);
        }
    }

    fn read(mut bytes: &[u8]) -> Self {
        let relation = Relation::all().nth(bytes[0].into()).unwrap_or(Relation::Passages);
        bytes = &bytes[1..];
        let bytes = &mut bytes;
        let mut two = || [take(bytes), take(bytes)];
        let (contained, own) = (two(), two());
        Self { relation, contained, own, jaccard: take(bytes) }
    }
}

/// Where and when documents were told.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    dates: Vec<i64>,
    sources: Vec<u32>,
    names: Vec<String>,
}

/// Marks a document without a date; no calendar has this moment.
const NO_DATE: i64 = i64::MIN;

/// Marks a document without a source.
const NO_SOURCE: u32 = u32::MAX;

impl Provenance {
    /// Adds the next document: its moment in seconds since 1970, and its source's number.
    pub(crate) fn push(&mut self, date: Option<i64>, source: Option<u32>) {
        self.dates.push(date.unwrap_or(NO_DATE));
        self.sources.push(source.unwrap_or(NO_SOURCE));
    }

    /// Sets what the sources are called, by their numbers.
    pub(crate) fn name_sources(&mut self, names: Vec<String>) {
        self.names = names;
    }

    /// Number of documents.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// When a document was told, in seconds since 1970.
    #[inline]
    pub fn date(&self, document: DocumentId) -> Option<i64> {
        Some(self.dates[document.index()]).filter(|&date| date != NO_DATE)
    }

    /// The number of its source.
    #[inline]
    pub fn source(&self, document: DocumentId) -> Option<u32> {
        Some(self.sources[document.index()]).filter(|&source| source != NO_SOURCE)
    }

    /// What its source is called.
    pub fn source_name(&self, document: DocumentId) -> Option<&str> {
        self.source(document).map(|source| self.names[source as usize].as_str())
    }

    /// The names of all sources, by their numbers: in order of first appearance.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// All documents, from the earliest: those without a date last; in corpus order where dates say nothing.
    pub fn in_order_of_time(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_by_key(|&document| {
            let date = self.dates[document as usize];
            (date == NO_DATE, date)
        });
        order
    }

    /// Seconds from the first document to the second, if both have a date.
    pub fn delay(&self, from: DocumentId, to: DocumentId) -> Option<i64> {
        Some(self.date(to)?.saturating_sub(self.date(from)?))
    }
}

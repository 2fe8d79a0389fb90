//! `paragraphs.jsonl`: what repeats inside and across the kept documents.

use std::ops::{Not, Range};

use serde::Serialize;

use super::directory::OutputDirectory;
use super::tables::{Tables, write_lines};
use crate::corpus::TextScratch;
use crate::document::DocumentId;
use crate::error::Result;
use crate::text::shortened;

/// Characters of a paragraph that the table shows.
const SHOWN_CHARACTERS: usize = 200;

/// A paragraph or line that occurs more than once.
#[derive(Clone, Debug, PartialEq)]
pub struct RepeatedParagraph {
    /// The document of its first occurrence, in priority order.
    pub document: DocumentId,
    /// Where the first occurrence stands, in bytes of the document's text.
    pub place: Range<usize>,
    /// Occurrences, the first included.
    pub count: u64,
    /// Kept documents that hold one.
    pub documents: u64,
    /// Occurrences taken out.
    pub removed: u64,
    /// The least similarity of an occurrence to the first, in `[0, 1]`.
    pub similarity: f64,
    /// Whether it occurs in so many documents that it goes everywhere.
    pub boilerplate: bool,
}

#[derive(Serialize)]
struct ParagraphLine<'a> {
    text: String,
    count: u64,
    documents: u64,
    removed: u64,
    similarity: f64,
    #[serde(skip_serializing_if = "Not::not")]
    boilerplate: bool,
    id: String,
    file: &'a str,
    record: u32,
}

impl Tables<'_> {
    /// One line a repeated paragraph: its text, shortened, and its counts, with the document of its first occurrence.
    ///
    /// # Errors
    /// [`crate::Error::Io`] and [`crate::Error::Damaged`] if it cannot be written or the text cannot be read again.
    pub fn paragraphs(&self, output: &OutputDirectory, repeated: &[RepeatedParagraph]) -> Result<()> {
        write_lines(output, "paragraphs.jsonl", repeated, |repeated| {
            let location = self.locate(repeated.document);
            let mut scratch = TextScratch::default();
            let text = self.corpus.text(location, &mut scratch)?.get(repeated.place.clone());
            let text = text.ok_or_else(|| self.corpus.changed(location))?;
            Ok(ParagraphLine {
                text: shortened(text, SHOWN_CHARACTERS),
                count: repeated.count,
                documents: repeated.documents,
                removed: repeated.removed,
                similarity: repeated.similarity,
                boilerplate: repeated.boilerplate,
                id: self.corpus.id(location),
                file: self.file(location),
                record: location.frame.record,
            })
        })
    }
}

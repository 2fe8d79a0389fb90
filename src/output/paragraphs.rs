//! `paragraphs.jsonl`: what repeats inside and across the kept documents.

use std::ops::{Not, Range};

use rayon::prelude::*;
use serde::Serialize;

use super::directory::OutputDirectory;
use super::tables::{Tables, json_line, write_lines};
use crate::document::DocumentId;
use crate::documents::{DocumentPlace, DocumentStore};
use crate::error::Result;
use crate::text::shortened;

/// Characters of a paragraph that the table shows.
const SHOWN_CHARACTERS: usize = 200;

/// A paragraph or line that occurs more than once.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
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
    text: &'a str,
    count: u64,
    documents: u64,
    removed: u64,
    similarity: f64,
    #[serde(skip_serializing_if = "Not::not")]
    boilerplate: bool,
    id: &'a str,
    file: &'a str,
    record: u32,
}

impl Tables<'_> {
    /// One line a repeated paragraph: its text, shortened, and its counts, with the document of its first occurrence.
    ///
    /// # Errors
    /// [`crate::Error::Io`] and [`crate::Error::Damaged`] if it cannot be written or the text cannot be read again.
    pub(crate) fn paragraphs(&self, output: &OutputDirectory, repeated: &[RepeatedParagraph]) -> Result<()> {
        let prepare = |wave: &[RepeatedParagraph]| {
            let described = self.documents().describe_all(wave.iter().map(|repeated| repeated.document));
            Ok((described, self.shown(wave)?))
        };
        write_lines(output, "paragraphs.jsonl", repeated, prepare, |repeated, (described, shown)| {
            let DocumentPlace { file, record, .. } = self.store.place(repeated.document);
            // It is there: these texts were made from the lines of this wave.
            let text = &shown[shown.partition_point(|(place, _)| *place < key(repeated))].1;
            Ok(json_line(&ParagraphLine {
                text,
                count: repeated.count,
                documents: repeated.documents,
                removed: repeated.removed,
                similarity: repeated.similarity,
                boilerplate: repeated.boilerplate,
                id: &described.of(repeated.document).id,
                file,
                record,
            }))
        })
    }

    /// The texts of some paragraphs as the table shows them, by document and place. Each document is read once, however
    /// many of its paragraphs are among them.
    fn shown(&self, repeated: &[RepeatedParagraph]) -> Result<Vec<(ParagraphKey, String)>> {
        let mut wanted: Vec<_> = repeated.iter().map(key).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let documents: Vec<_> = wanted.chunk_by(|a, b| a.0 == b.0).collect();
        let shown = documents.par_iter().map_init(
            || self.documents().reader(),
            |reader, paragraphs| {
                let mut shown = Vec::with_capacity(paragraphs.len());
                for &key @ (document, start, end) in *paragraphs {
                    shown.push((key, shortened(reader.part(document, start..end)?, SHOWN_CHARACTERS)));
                }
                Ok(shown)
            },
        );
        Ok(shown.collect::<Result<Vec<_>>>()?.concat())
    }
}

/// Where a paragraph stands: its document, and its first byte and the end in the text.
type ParagraphKey = (DocumentId, usize, usize);

fn key(repeated: &RepeatedParagraph) -> ParagraphKey {
    (repeated.document, repeated.place.start, repeated.place.end)
}

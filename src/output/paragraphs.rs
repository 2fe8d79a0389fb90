//! `paragraphs.jsonl`: what repeats inside and across the kept documents; `shortened.jsonl`: of which of them little is left.

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
    /// The document of the occurrence that stays: the first of the owner.
    pub document: DocumentId,
    /// Where that occurrence stands, in bytes of the document's text.
    pub place: Range<usize>,
    /// Occurrences, that one included.
    pub count: u64,
    /// Kept documents that hold one.
    pub documents: u64,
    /// Occurrences taken out.
    pub removed: u64,
    /// The least similarity of an occurrence to that one, in `[0, 1]`.
    pub similarity: f64,
    /// Whether it occurs in so many documents that it goes everywhere.
    pub boilerplate: bool,
}

/// A kept document of which little is left without the paragraphs that it lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShortenedDocument {
    /// The document.
    pub document: DocumentId,
    /// Bytes of its text.
    pub bytes: u64,
    /// Bytes that are left of it: less than a tenth, or none that make a word.
    pub left_bytes: u64,
    /// Whether no word is left.
    pub is_emptied: bool,
}

impl ShortenedDocument {
    /// One of these, if so little is left.
    pub(crate) fn new(document: DocumentId, bytes: u64, left_bytes: u64, is_emptied: bool) -> Option<Self> {
        let is_little = is_emptied || left_bytes.saturating_mul(10) < bytes;
        is_little.then_some(Self { document, bytes, left_bytes, is_emptied })
    }
}

#[derive(Serialize)]
struct ShortenedLine<'a> {
    id: &'a str,
    bytes: u64,
    left_bytes: u64,
    #[serde(skip_serializing_if = "Not::not")]
    emptied: bool,
    file: &'a str,
    record: u32,
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
    /// One line a document of which little is left, in corpus order.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn shortened(&self, output: &OutputDirectory, shortened: &[ShortenedDocument]) -> Result<()> {
        let prepare = |wave: &[ShortenedDocument]| {
            Ok(self.documents().describe_all(wave.iter().map(|shortened| shortened.document)))
        };
        write_lines(output, "shortened.jsonl", shortened, prepare, |shortened, described| {
            let DocumentPlace { file, record, .. } = self.store.place(shortened.document);
            Ok(json_line(&ShortenedLine {
                id: &described.of(shortened.document).id,
                bytes: shortened.bytes,
                left_bytes: shortened.left_bytes,
                emptied: shortened.is_emptied,
                file,
                record,
            }))
        })
    }

    /// One line a repeated paragraph: its text, shortened, and its counts, with the document of the occurrence that stays.
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

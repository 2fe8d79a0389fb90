//! Kept documents to sketched paragraphs: one parallel pass over their texts, in priority order.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::layouts::Layouts;
use super::page::Page;
use super::within::TextPieces;
use crate::document::DocumentId;
use crate::documents::DocumentReader;
use crate::engine::ingest::{GatheredColumns, Keep, Maker, ShinglingScratch, SketchColumns};
use crate::engine::observer::Progress;
use crate::error::{Error, Result};
use crate::params::{Shingling, Slots};
use crate::shingle::{ShingleScratch, Shingler, Shingles};

/// Most paragraphs a run can number; the last number marks an absent one.
const MAX_OCCURRENCES: usize = u32::MAX as usize;

/// Documents read as one piece of work.
const DOCUMENTS_PER_TASK: usize = 256;

/// Pieces of work between two merges.
const TASKS_PER_WAVE: usize = 64;

/// A paragraph long enough to be judged, where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occurrence {
    pub document: DocumentId,
    start: u32,
    end: u32,
}

impl Occurrence {
    /// Its place, in bytes of the document's text.
    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A document that was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surveyed {
    pub document: DocumentId,
    /// Number of its occurrences; those of the documents before it come first.
    pub occurrences: u32,
    /// Whether any of its lines or paragraphs, of whatever length, may repeat another.
    pub repeats_itself: bool,
}

/// All paragraphs long enough to be judged, in priority order: 24 bytes each, and two bytes a slot.
pub(super) struct Survey {
    pub documents: Vec<Surveyed>,
    pub occurrences: Vec<Occurrence>,
    pub gathered: GatheredColumns,
    /// Paragraphs with a token, of whatever length.
    pub paragraphs: u64,
}

/// Memory of a thread.
struct SurveyScratch<'a> {
    reader: DocumentReader<'a>,
    page: Page,
    pieces: TextPieces,
    shingles: ShingleScratch,
    hashes: Vec<u64>,
    maker: ShinglingScratch,
}

impl<'a> SurveyScratch<'a> {
    fn new(layouts: &Layouts<'a>) -> Self {
        Self {
            reader: layouts.documents.reader(),
            page: Page::default(),
            pieces: TextPieces::default(),
            shingles: ShingleScratch::default(),
            hashes: Vec::new(),
            maker: ShinglingScratch::default(),
        }
    }
}

/// What a piece of work gives.
#[derive(Default)]
struct SurveyedPart {
    documents: Vec<Surveyed>,
    occurrences: Vec<Occurrence>,
    columns: SketchColumns,
    paragraphs: u64,
}

impl Survey {
    /// Reads the documents `kept`, which are in priority order.
    pub(super) fn new(
        layouts: &Layouts<'_>,
        kept: &[DocumentId],
        slots: Slots,
        progress: &Progress<'_>,
    ) -> Result<Self> {
        let mut survey = Self {
            documents: Vec::with_capacity(kept.len()),
            occurrences: Vec::new(),
            gathered: GatheredColumns::new(slots, &[]),
            paragraphs: 0,
        };
        let maker = Maker::new(layouts.shingler, slots, Keep::default());
        for wave in kept.chunks(DOCUMENTS_PER_TASK * TASKS_PER_WAVE) {
            let parts: Vec<SurveyedPart> = wave
                .par_chunks(DOCUMENTS_PER_TASK)
                .map_init(
                    || SurveyScratch::new(layouts),
                    |scratch, documents| {
                        let mut part = SurveyedPart::default();
                        for &document in documents {
                            part.add(document, layouts, &maker, scratch)?;
                        }
                        progress.advance(documents.len() as u64)?;
                        Ok(part)
                    },
                )
                .collect::<Result<_>>()?;
            for part in parts {
                survey.append(part)?;
            }
        }
        Ok(survey)
    }

    fn append(&mut self, part: SurveyedPart) -> Result<()> {
        if self.occurrences.len() + part.occurrences.len() > MAX_OCCURRENCES {
            return Err(Error::TooManyParagraphs { limit: MAX_OCCURRENCES as u64 });
        }
        self.documents.extend(part.documents);
        self.occurrences.extend(part.occurrences);
        self.gathered.append(part.columns);
        self.paragraphs += part.paragraphs;
        Ok(())
    }
}

impl SurveyedPart {
    fn add(
        &mut self,
        document: DocumentId,
        layouts: &Layouts<'_>,
        maker: &Maker<'_>,
        scratch: &mut SurveyScratch<'_>,
    ) -> Result<()> {
        let SurveyScratch { reader, page, pieces, shingles, hashes, maker: sketch } = scratch;
        let text = reader.text(document)?;
        page.read(text, layouts.shingler.tokenizer(), layouts.options.split);
        let before = self.occurrences.len();
        for (paragraph, range) in page.layout().paragraphs().enumerate() {
            let words = page.tokens(page.paragraph(paragraph));
            self.paragraphs += u64::from(!words.is_empty());
            if words.len() < layouts.options.min_words {
                continue;
            }
            let shingles = match layouts.shingling {
                Shingling::Word(_) => {
                    let identity = layouts.shingler.roll(words, hashes);
                    Shingles { hashes, identity }
                }
                Shingling::Char(_) | Shingling::Byte(_) => {
                    shingles_of(layouts.shingler, &text[range.clone()], shingles)
                }
            };
            maker.add_shingles(&mut self.columns, shingles, sketch);
            self.occurrences.push(Occurrence { document, start: range.start as u32, end: range.end as u32 });
        }
        pieces.read(page);
        self.documents.push(Surveyed {
            document,
            occurrences: (self.occurrences.len() - before) as u32,
            repeats_itself: pieces.any_repeat(),
        });
        Ok(())
    }
}

/// The shingles of a paragraph. White space around it does not count, even where shingles are made of bytes.
pub(super) fn shingles_of<'s>(
    shingler: &Shingler,
    paragraph: &str,
    scratch: &'s mut ShingleScratch,
) -> Shingles<'s> {
    shingler.shingles(paragraph.trim(), scratch)
}

//! Kept documents to sketched paragraphs: one parallel pass over their texts, in priority order.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::layouts::Layouts;
use super::page::Page;
use super::pieces::TextPieces;
use crate::document::DocumentId;
use crate::documents::DocumentReader;
use crate::engine::bounded::{PartSketches, Storage};
use crate::engine::ingest::{Keep, Maker, ShinglingScratch, SketchColumns};
use crate::engine::observer::Progress;
use crate::engine::plan::Index;
use crate::error::{Error, Result};
use crate::params::{Shingling, Slots};
use crate::shingle::{ShingleScratch, Shingler, Shingles};
use crate::sketch::Slot;
use crate::work::{Column, Fixed, take};

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
    /// Whether any of its lines or paragraphs long enough to be judged may repeat another.
    pub repeats_itself: bool,
}

impl Fixed for Occurrence {
    const BYTES: usize = 12;

    fn write(&self, bytes: &mut Vec<u8>) {
        for number in [self.document.0, self.start, self.end] {
            number.write(bytes);
        }
    }

    fn read(mut bytes: &[u8]) -> Self {
        let document = DocumentId(take(&mut bytes));
        Self { document, start: take(&mut bytes), end: take(&mut bytes) }
    }
}

/// The paragraphs that are judged, in priority order.
pub(super) enum Occurrences {
    Memory(Vec<Occurrence>),
    File(Column<Occurrence>),
}

impl Occurrences {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Memory(occurrences) => occurrences.len(),
            Self::File(file) => file.len() as usize,
        }
    }

    /// The occurrence of this number. Those of a file must have been flushed.
    pub(super) fn get(&self, number: usize) -> Result<Occurrence> {
        match self {
            Self::Memory(occurrences) => Ok(occurrences[number]),
            Self::File(file) => file.get(number as u64),
        }
    }

    fn extend(&mut self, more: &[Occurrence]) -> Result<()> {
        match self {
            Self::Memory(occurrences) => occurrences.extend_from_slice(more),
            Self::File(file) => file.extend(more)?,
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::File(file) => file.file().flush(),
        }
    }
}

/// All paragraphs long enough to be judged, in priority order: in memory 24 bytes each, and two bytes a slot.
pub(super) struct Survey {
    pub documents: Vec<Surveyed>,
    pub occurrences: Occurrences,
    pub sketches: PartSketches,
    /// Paragraphs with a token, of whatever length.
    pub paragraphs: u64,
    /// Documents of which every line is a paragraph.
    pub by_line: u64,
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
    by_line: u64,
}

impl Survey {
    /// Reads the documents `kept`, which are in priority order.
    pub(super) fn new(
        layouts: &Layouts<'_>,
        kept: &[DocumentId],
        (slots, index): (Slots, Index),
        storage: &mut Storage,
        progress: &Progress<'_>,
    ) -> Result<Self> {
        let count = layouts.documents.count();
        let sketches = storage.parts(slots, index)?;
        let places = storage.part_places()?;
        let mut survey = Self {
            documents: Vec::with_capacity(kept.len()),
            occurrences: places.map_or_else(|| Occurrences::Memory(Vec::new()), Occurrences::File),
            sketches,
            paragraphs: 0,
            by_line: 0,
        };
        // In memory, signatures are all that is needed.
        let bands = matches!(survey.sketches, PartSketches::Files(_)).then(|| index.banding()).flatten();
        let maker = Maker::new(layouts.shingler, slots, Keep { bands, ..Keep::default() });
        let least_bytes = least_paragraph_bytes(layouts);
        let mut left = kept;
        while !left.is_empty() {
            let wave_bytes = storage.part_wave_bytes(count, survey.occurrences.len());
            let most = wave_bytes.map_or(usize::MAX, |bytes| bytes / part_bytes(&maker) * least_bytes);
            let (wave, behind) = left.split_at(documents_of_wave(left, layouts, most));
            left = behind;
            let task = wave.len().div_ceil(TASKS_PER_WAVE).min(DOCUMENTS_PER_TASK);
            let parts: Vec<SurveyedPart> = wave
                .par_chunks(task)
                .map_init(
                    || SurveyScratch::new(layouts),
                    |scratch, documents| {
                        let mut part = SurveyedPart { columns: maker.columns(), ..SurveyedPart::default() };
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
            storage.check_parts(count, survey.occurrences.len(), 0)?;
        }
        survey.occurrences.flush()?;
        if let PartSketches::Files(files) = &mut survey.sketches {
            files.seal(storage)?;
        }
        Ok(survey)
    }

    fn append(&mut self, part: SurveyedPart) -> Result<()> {
        if self.occurrences.len() + part.occurrences.len() > MAX_OCCURRENCES {
            return Err(Error::TooManyParagraphs { limit: MAX_OCCURRENCES as u64 });
        }
        self.documents.extend(part.documents);
        self.occurrences.extend(&part.occurrences)?;
        self.sketches.append(&part.columns)?;
        self.paragraphs += part.paragraphs;
        self.by_line += part.by_line;
        Ok(())
    }
}

/// The fewest bytes of a paragraph that is judged, its separator among them.
fn least_paragraph_bytes(layouts: &Layouts<'_>) -> usize {
    2 * layouts.options.min_words
}

/// Bytes that a paragraph takes until it is written; vectors that grow hold up to twice of it.
fn part_bytes(maker: &Maker<'_>) -> usize {
    2 * (size_of::<Occurrence>() + 12 + maker.slots().get() * size_of::<Slot>() + 4 * maker.bands() as usize)
}

/// How many documents have at most so many bytes together; one at least.
fn documents_of_wave(kept: &[DocumentId], layouts: &Layouts<'_>, most_bytes: usize) -> usize {
    let most = kept.len().min(DOCUMENTS_PER_TASK * TASKS_PER_WAVE);
    if most_bytes == usize::MAX {
        return most;
    }
    let mut bytes = 0usize;
    let fits = kept[..most].iter().take_while(|&&document| {
        bytes = bytes.saturating_add(layouts.documents.most_bytes(document));
        bytes <= most_bytes
    });
    fits.count().max(1)
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
        self.by_line += u64::from(page.layout().is_by_line());
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
            repeats_itself: pieces.any_long_repeat(layouts.options.min_words),
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

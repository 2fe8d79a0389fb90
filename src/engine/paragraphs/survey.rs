//! Kept documents to sketched paragraphs: one parallel pass over their texts, in priority order.

use std::ops::Range;

use rayon::prelude::*;

use super::page::Page;
use super::within::Pieces;
use super::{Layouts, MAX_OCCURRENCES};
use crate::corpus::TextScratch;
use crate::document::DocumentId;
use crate::engine::ingest::Sketches;
use crate::engine::observer::Progress;
use crate::error::{Error, Result};
use crate::params::{Shingling, Slots};
use crate::shingle::{ShingleScratch, Shingler};
use crate::sketch::{SketchScratch, Sketcher, Slot};

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
    pub sketches: Sketches,
    /// Paragraphs with a token, of whatever length.
    pub paragraphs: u64,
}

/// Memory of a thread.
#[derive(Default)]
struct Worker {
    text: TextScratch,
    page: Page,
    pieces: Pieces,
    shingles: ShingleScratch,
    hashes: Vec<u64>,
    sketch: SketchScratch,
}

/// What a piece of work gives.
#[derive(Default)]
struct Part {
    documents: Vec<Surveyed>,
    occurrences: Vec<Occurrence>,
    signatures: Vec<Slot>,
    fingerprints: Vec<u64>,
    units: Vec<u32>,
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
            sketches: Sketches::new(slots),
            paragraphs: 0,
        };
        let sketcher = Sketcher::new(slots);
        for wave in kept.chunks(DOCUMENTS_PER_TASK * TASKS_PER_WAVE) {
            let parts: Vec<Part> = wave
                .par_chunks(DOCUMENTS_PER_TASK)
                .map_init(Worker::default, |worker, documents| {
                    let mut part = Part::default();
                    for &document in documents {
                        part.add(document, layouts, sketcher, worker)?;
                    }
                    progress.advance(documents.len() as u64)?;
                    Ok(part)
                })
                .collect::<Result<_>>()?;
            for part in parts {
                survey.append(part)?;
            }
        }
        Ok(survey)
    }

    fn append(&mut self, part: Part) -> Result<()> {
        if self.occurrences.len() + part.occurrences.len() > MAX_OCCURRENCES {
            return Err(Error::TooManyParagraphs { limit: MAX_OCCURRENCES as u64 });
        }
        self.documents.extend(part.documents);
        self.occurrences.extend(part.occurrences);
        self.sketches.signatures.append(&part.signatures);
        self.sketches.fingerprints.extend(part.fingerprints);
        self.sketches.units.extend(part.units);
        self.paragraphs += part.paragraphs;
        Ok(())
    }
}

impl Part {
    fn add(
        &mut self,
        document: DocumentId,
        layouts: &Layouts<'_>,
        sketcher: Sketcher,
        worker: &mut Worker,
    ) -> Result<()> {
        let Worker { text, page, pieces, shingles, hashes, sketch } = worker;
        let text = layouts.texts.read(document, text)?;
        page.read(text, layouts.texts.shingler.tokenizer(), layouts.options.split);
        let before = self.occurrences.len();
        for (paragraph, range) in page.layout().paragraphs().enumerate() {
            let words = page.paragraph(paragraph);
            self.paragraphs += u64::from(!words.is_empty());
            if words.len() < layouts.options.min_words {
                continue;
            }
            let (hashes, fingerprint, units) = match layouts.shingling {
                Shingling::Word(_) => {
                    let fingerprint = layouts.texts.shingler.roll(words, hashes);
                    (&hashes[..], fingerprint, words.len())
                }
                Shingling::Char(_) | Shingling::Byte(_) => {
                    shingles_of(layouts.texts.shingler, &text[range.clone()], shingles)
                }
            };
            let start = self.signatures.len();
            self.signatures.resize(start + sketcher.slots().get(), 0);
            sketcher.sketch(hashes, sketch, &mut self.signatures[start..]);
            self.fingerprints.push(fingerprint);
            self.units.push(units as u32);
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

/// The shingles of a paragraph, with its fingerprint and number of units. White space around it does not count,
/// even where shingles are made of bytes.
pub(super) fn shingles_of<'s>(
    shingler: &Shingler,
    paragraph: &str,
    scratch: &'s mut ShingleScratch,
) -> (&'s [u64], u64, usize) {
    let shingles = shingler.shingles(paragraph.trim(), scratch);
    (shingles.hashes, shingles.fingerprint, shingles.units)
}

//! What recurs among the documents of a run, for which they are read once more.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits, and reading refuses more; half of a hash numbers a source"
)]

use std::ops::Range;

use rayon::prelude::*;

use crate::corpus::{parse_date, source_name};
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::bounded::Storage;
use crate::engine::observer::{Progress, Stage};
use crate::engine::plan::Plan;
use crate::error::Result;
use crate::hash;
use crate::params::{Recall, Seed};
use crate::reuse::containment::{Sampler, Samples};
use crate::reuse::known_shingles::{KnownSamples, KnownShingles};
use crate::reuse::own;
use crate::reuse::recurrence::Recurrence;
use crate::reuse::recurrence_files::RecurrenceSorter;
use crate::reuse::story::Provenance;
use crate::shingle::ShingleScratch;

/// Longer texts are no forms, and not aligned, which takes some hundred bytes a word.
pub(super) const MOST_FORM_BYTES: usize = 256 << 10;

/// Documents that a thread reads at a time, and pieces of so many whose samples are in memory at a time.
const PIECE_DOCUMENTS: usize = 1 << 8;
const WAVE_PIECES: usize = 1 << 5;

/// Texts of up to so many words are sampled whole: a slot of a form is in few shingles, and in a short text in one
/// place. Of longer ones the half is sampled, or a quarter, and so on, which leaves about so many samples at most.
const WHOLE_WORDS: usize = 128;

/// What recurs among the documents.
pub(in crate::engine) struct RecurringShingles {
    /// Samples the most.
    sampler: Sampler,
    known: KnownShingles,
}

/// How many times the samples of a text of so many words are halved.
fn halvings(words: usize) -> u32 {
    words.div_ceil(WHOLE_WORDS).next_power_of_two().ilog2()
}

/// Samples of some documents, and where and when these were told.
#[derive(Default)]
struct SampledPiece {
    samples: Samples,
    provenance: Vec<(Option<u32>, Option<i64>)>,
}

impl RecurringShingles {
    /// Reads all documents.
    pub(in crate::engine) fn new(
        documents: Documents<'_>,
        plan: &Plan<'_>,
        storage: &Storage,
    ) -> Result<Self> {
        let sampler = own::sampler(Recall::new(1.0)?, plan.matching.text.shingling)?;
        let count = documents.count();
        let progress = Progress::begin(plan.observer, Stage::Read, count as u64);
        let mut files = storage.excerpt_files(count).map(RecurrenceSorter::new).transpose()?;
        let (mut samples, mut provenance) = (Samples::default(), Provenance::default());
        for start in (0..count).step_by(PIECE_DOCUMENTS * WAVE_PIECES) {
            let end = count.min(start + PIECE_DOCUMENTS * WAVE_PIECES);
            let starts: Vec<usize> = (start..end).step_by(PIECE_DOCUMENTS).collect();
            let read = |&first: &usize| {
                SampledPiece::read(documents, first..end.min(first + PIECE_DOCUMENTS), &sampler, plan)
            };
            let pieces: Vec<SampledPiece> = starts.par_iter().map(read).collect::<Result<_>>()?;
            for (&first, piece) in starts.iter().zip(pieces) {
                let Some(files) = &mut files else {
                    samples.append(&piece.samples);
                    piece.provenance.iter().for_each(|&(source, date)| provenance.push(date, source));
                    continue;
                };
                for (place, &(source, date)) in piece.provenance.iter().enumerate() {
                    let of_piece = DocumentId(place as u32);
                    let document = DocumentId((first + place) as u32);
                    files.add(document, piece.samples.of(of_piece), (source, date))?;
                }
            }
            progress.advance((end - start) as u64)?;
        }
        let known = match files {
            Some(files) => files.finish(&progress)?,
            None => KnownShingles::Memory(Recurrence::new(&samples, &provenance)),
        };
        Ok(Self { sampler, known })
    }

    /// What samples both of two texts of so many words.
    pub(super) fn sampler(&self, words: [usize; 2]) -> Sampler {
        self.sampler.halved(halvings(words[0].max(words[1])))
    }

    /// What is known of the shingles of a text that `sampler` samples.
    pub(super) fn of(&self, hashes: &[u64], sampler: &Sampler) -> Result<KnownSamples<'_>> {
        self.known.of(hashes, sampler)
    }
}

impl SampledPiece {
    fn read(
        documents: Documents<'_>,
        range: Range<usize>,
        sampler: &Sampler,
        plan: &Plan<'_>,
    ) -> Result<Self> {
        let (mut piece, mut reader, mut scratch) =
            (Self::default(), documents.reader(), ShingleScratch::default());
        for document in range.map(|document| DocumentId(document as u32)) {
            let text = reader.text(document)?;
            // Longer texts are no forms.
            let text = if text.len() <= MOST_FORM_BYTES { text } else { "" };
            let made = plan.shingler.shingles(text, &mut scratch);
            let units = made.identity.units;
            piece.samples.push(&sampler.halved(halvings(units)), made.hashes, units);
            piece.provenance.push(provenance(documents, document));
        }
        Ok(piece)
    }
}

/// The source of a document, as a number, and its date.
fn provenance(documents: Documents<'_>, document: DocumentId) -> (Option<u32>, Option<i64>) {
    let description = documents.describe(document);
    let name = description.source.map(|source| source_name(&source)).filter(|name| !name.is_empty());
    // Numbered by a hash, for which no names are kept; two sources in 2^32 pass for one.
    let number = name.map(|name| (hash::bytes64(name.as_bytes(), Seed(0)) as u32).min(u32::MAX - 1));
    (number, description.date.and_then(|date| parse_date(&date)))
}

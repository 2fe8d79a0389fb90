//! From kept documents to cuts and the table of repeated paragraphs.

use std::ops::Range;

use rayon::prelude::*;

use super::across;
use super::layouts::Layouts;
use super::options::{ParagraphMode, ParagraphOptions};
use super::page::Page;
use super::survey::{Survey, Surveyed};
use super::within::{Losses, TextPieces, judge};
use crate::document::DocumentId;
use crate::documents::DocumentReader;
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::plan::{Index, Matching};
use crate::error::Result;
use crate::output::{Cuts, ParagraphCounts, ParagraphParameters, RepeatedParagraph};
use crate::select::{Removal, clusters};
use crate::text::ParagraphSplit;

/// Documents looked at again between two reports of progress.
const DOCUMENTS_PER_WAVE: usize = 1 << 14;

/// What was found in the kept documents.
pub(in crate::engine) struct Repeats {
    /// What they lose; nothing unless paragraphs are to be removed.
    pub cuts: Cuts,
    /// What repeats: most occurrences first, then in corpus order.
    pub table: Vec<RepeatedParagraph>,
    pub counts: ParagraphCounts,
    pub parameters: ParagraphParameters,
}

impl Layouts<'_> {
    /// Finds the repeated paragraphs of the documents `kept`, which are in priority order.
    pub(in crate::engine) fn repeats(
        &self,
        kept: &[DocumentId],
        matching: &Matching,
        observer: &dyn Observer,
    ) -> Result<Repeats> {
        let progress = Progress::begin(observer, Stage::Paragraphs, kept.len() as u64);
        let (slots, index) = across::index(matching)?;
        let mut survey = Survey::new(self, kept, slots, &progress)?;
        let repeats = across::repeats(self, &mut survey, matching, index, &progress)?;
        progress.advance(0)?;
        let judged = JudgedParagraphs::new(self.options, &survey, &repeats);
        let parameters = self.parameters(slots.get(), index, matching);
        let shortened = self.shorten(&survey, &judged.gone, &progress)?;
        Ok(self.account(&survey, judged, shortened, parameters))
    }

    /// Looks again at the documents that lose a paragraph or may repeat themselves.
    fn shorten(&self, survey: &Survey, gone: &[bool], progress: &Progress<'_>) -> Result<Vec<Shortened>> {
        let mut first = 0;
        let mut concerned: Vec<(Surveyed, Range<usize>)> = Vec::new();
        for &surveyed in &survey.documents {
            let own = first..first + surveyed.occurrences as usize;
            first = own.end;
            if surveyed.repeats_itself || gone[own.clone()].contains(&true) {
                concerned.push((surveyed, own));
            }
        }
        concerned.sort_unstable_by_key(|(surveyed, _)| surveyed.document);
        let mut shortened = Vec::with_capacity(concerned.len());
        for wave in concerned.chunks(DOCUMENTS_PER_WAVE) {
            let part: Vec<Shortened> = wave
                .par_iter()
                .map_init(
                    || ShortenScratch::new(self),
                    |scratch, (surveyed, own)| {
                        let starts = own.clone().map(|n| (survey.occurrences[n].range().start, gone[n]));
                        self.shorten_one(*surveyed, starts, scratch)
                    },
                )
                .collect::<Result<_>>()?;
            shortened.extend(part);
            progress.advance(0)?;
        }
        Ok(shortened)
    }

    /// `judged` gives, for each judged paragraph, where it starts and whether it goes.
    fn shorten_one(
        &self,
        surveyed: Surveyed,
        judged: impl Iterator<Item = (usize, bool)>,
        ShortenScratch { reader, page, pieces }: &mut ShortenScratch<'_>,
    ) -> Result<Shortened> {
        let text = reader.text(surveyed.document)?;
        page.read(text, self.shingler.tokenizer(), self.options.split);
        pieces.read(page);
        let mut judged = judged.peekable();
        let gone: Vec<bool> = page
            .layout()
            .paragraphs()
            .map(|range| judged.next_if(|&(start, _)| start == range.start).is_some_and(|(_, gone)| gone))
            .collect();
        let losses = judge(text, page, pieces, self.options.min_words, &gone);
        Ok(Shortened {
            document: surveyed.document,
            cuts: page.layout().cuts(&losses.paragraphs, &losses.lines),
            losses,
        })
    }

    /// Adds everything up.
    fn account(
        &self,
        survey: &Survey,
        judged: JudgedParagraphs,
        shortened: Vec<Shortened>,
        parameters: ParagraphParameters,
    ) -> Repeats {
        let removing = self.options.mode == ParagraphMode::Remove;
        let mut table = judged.table;
        let mut cuts = Vec::new();
        for Shortened { document, cuts: ranges, losses } in shortened {
            table.extend(losses.repeats.into_iter().map(|repeat| RepeatedParagraph {
                document,
                place: repeat.place,
                count: repeat.repeats + 1,
                documents: 1,
                removed: repeat.repeats,
                similarity: 1.0,
                boilerplate: false,
            }));
            if removing && !ranges.is_empty() {
                cuts.push((document.0, ranges));
            }
        }
        if !removing {
            for entry in &mut table {
                entry.removed = 0;
            }
        }
        table.par_sort_unstable_by_key(|entry| {
            (u64::MAX - entry.count, entry.document, entry.place.start, entry.place.end)
        });
        let cuts = Cuts::new(cuts);
        let counts = ParagraphCounts {
            read: survey.paragraphs,
            judged: survey.occurrences.len() as u64,
            repeated: table.len() as u64,
            repeats: table.iter().map(|entry| entry.count - 1).sum(),
            removed: table.iter().map(|entry| entry.removed).sum(),
            removed_bytes: cuts.bytes(),
            documents_shortened: cuts.documents() as u64,
        };
        Repeats { cuts, table, counts, parameters }
    }

    fn parameters(&self, hashes: usize, index: Index, matching: &Matching) -> ParagraphParameters {
        let (bands, rows) = match index {
            Index::Bands { banding, .. } => (banding.bands().0, banding.rows().0),
            Index::Exact => (0, 0),
        };
        ParagraphParameters {
            mode: match self.options.mode {
                ParagraphMode::Off => "off",
                ParagraphMode::Report => "report",
                ParagraphMode::Remove => "remove",
            },
            split: match self.options.split {
                ParagraphSplit::BlankLine => "blank-line",
                ParagraphSplit::Line => "line",
            },
            min_words: self.options.min_words,
            boilerplate: self.options.boilerplate,
            hashes,
            bands,
            rows,
            predicted_recall: index.recall(matching.threshold.get()),
        }
    }
}

/// Memory of a thread.
struct ShortenScratch<'a> {
    reader: DocumentReader<'a>,
    page: Page,
    pieces: TextPieces,
}

impl<'a> ShortenScratch<'a> {
    fn new(layouts: &Layouts<'a>) -> Self {
        Self { reader: layouts.documents.reader(), page: Page::default(), pieces: TextPieces::default() }
    }
}

/// What one document loses.
struct Shortened {
    document: DocumentId,
    cuts: Vec<Range<usize>>,
    losses: Losses,
}

/// What becomes of the paragraphs that are judged across documents.
struct JudgedParagraphs {
    /// For each occurrence, whether it goes.
    gone: Vec<bool>,
    table: Vec<RepeatedParagraph>,
}

impl JudgedParagraphs {
    fn new(options: &ParagraphOptions, survey: &Survey, repeats: &[Removal]) -> Self {
        let mut gone = vec![false; survey.occurrences.len()];
        let mut table = Vec::new();
        for cluster in clusters(repeats) {
            let first = &survey.occurrences[cluster.representative.index()];
            let document_of = |removal: &&Removal| survey.occurrences[removal.document.index()].document;
            // Occurrences stand in priority order, so those of one document stand together.
            let others = cluster.removals.chunk_by(|a, b| document_of(a) == document_of(b));
            let others = others.filter(|same| document_of(&same[0]) != first.document).count() as u64;
            let documents = others + 1;
            let boilerplate = options.boilerplate.is_some_and(|least| documents >= least);
            for removal in &cluster.removals {
                gone[removal.document.index()] = true;
            }
            gone[cluster.representative.index()] = boilerplate;
            let count = cluster.removals.len() as u64 + 1;
            table.push(RepeatedParagraph {
                document: first.document,
                place: first.range(),
                count,
                documents,
                removed: if boilerplate { count } else { count - 1 },
                similarity: cluster.removals.iter().map(|removal| removal.similarity).fold(1.0, f64::min),
                boilerplate,
            });
        }
        Self { gone, table }
    }
}

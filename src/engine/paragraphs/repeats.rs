//! From kept documents to cuts and the table of repeated paragraphs.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::across;
use super::across::RepeatedOccurrences;
use super::layouts::Layouts;
use super::options::{ParagraphMode, ParagraphOptions};
use super::page::Page;
use super::pieces::TextPieces;
use super::survey::{Survey, Surveyed};
use super::within::{Repeat, judge};
use crate::document::DocumentId;
use crate::documents::DocumentReader;
use crate::engine::bounded::Storage;
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::plan::{Index, Matching};
use crate::error::Result;
use crate::output::{Cuts, ParagraphCounts, ParagraphParameters, RepeatedParagraph, ShortenedDocument};
use crate::text::ParagraphSplit;

/// Documents looked at again between two reports of progress.
const DOCUMENTS_PER_WAVE: usize = 1 << 14;

/// What was found in the kept documents.
pub(in crate::engine) struct Repeats {
    /// What they lose; nothing unless paragraphs are to be removed.
    pub cuts: Cuts,
    /// What repeats: most occurrences first, then in corpus order.
    pub table: Vec<RepeatedParagraph>,
    /// Documents of which little is left, in corpus order; none unless paragraphs are to be removed.
    pub shortened: Option<Vec<ShortenedDocument>>,
    pub counts: ParagraphCounts,
    pub parameters: ParagraphParameters,
}

impl Layouts<'_> {
    /// Finds the repeated paragraphs of the documents `kept`, which are in priority order.
    pub(in crate::engine) fn repeats(
        &self,
        kept: &[DocumentId],
        matching: &Matching,
        storage: &mut Storage,
        observer: &dyn Observer,
    ) -> Result<Repeats> {
        let progress = Progress::begin(observer, Stage::Paragraphs, kept.len() as u64);
        let (slots, index) = across::index(matching)?;
        let mut survey = Survey::new(self, kept, (slots, index), storage, &progress)?;
        let repeats = across::repeats(self, &mut survey, matching, (slots, index), storage, &progress)?;
        progress.advance(0)?;
        let judged = JudgedParagraphs::new(self.options, &survey, &repeats)?;
        drop(repeats);
        storage.check_parts(self.documents.count(), survey.occurrences.len(), judged.repeats)?;
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
                        let mut judged = Vec::with_capacity(own.len());
                        for n in own.clone() {
                            judged.push((survey.occurrences.get(n)?.range().start, gone[n]));
                        }
                        self.shorten_one(*surveyed, &judged, scratch)
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
        judged: &[(usize, bool)],
        ShortenScratch { reader, page, pieces }: &mut ShortenScratch<'_>,
    ) -> Result<Shortened> {
        let text = reader.text(surveyed.document)?;
        page.read(text, self.shingler.tokenizer(), self.options.split);
        pieces.read(page);
        let mut judged = judged.iter().peekable();
        let gone: Vec<bool> = page
            .layout()
            .paragraphs()
            .map(|range| judged.next_if(|(start, _)| *start == range.start).is_some_and(|&(_, gone)| gone))
            .collect();
        let losses = judge(text, page, pieces, self.options.min_words, &gone);
        let cuts = page.layout().cuts(&losses.paragraphs, &losses.lines);
        let left = text.len() - cuts.iter().map(Range::len).sum::<usize>();
        let is_emptied = (0..page.layout().lines().len())
            .all(|line| page.line(line).is_empty() || !losses.keeps(line, page.layout()));
        let little = ShortenedDocument::new(surveyed.document, text.len() as u64, left as u64, is_emptied);
        Ok(Shortened { document: surveyed.document, cuts, little, repeats: losses.repeats })
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
        let mut of_little = Vec::new();
        for Shortened { document, cuts: ranges, little, repeats } in shortened {
            table.extend(repeats.into_iter().map(|repeat| RepeatedParagraph {
                document,
                place: repeat.place,
                count: repeat.repeats + 1,
                documents: 1,
                removed: repeat.repeats,
                similarity: 1.0,
                boilerplate: false,
            }));
            of_little.extend(little);
            if removing && !ranges.is_empty() {
                cuts.push((document.0, ranges));
            }
        }
        if !removing {
            of_little.clear();
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
            documents_emptied: of_little.iter().filter(|little| little.is_emptied).count() as u64,
            documents_below_tenth: of_little.iter().filter(|little| !little.is_emptied).count() as u64,
            documents_by_line: survey.by_line,
        };
        Repeats { cuts, table, shortened: removing.then_some(of_little), counts, parameters }
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
                ParagraphSplit::Auto => "auto",
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
    little: Option<ShortenedDocument>,
    repeats: Vec<Repeat>,
}

/// What becomes of the paragraphs that are judged across documents.
struct JudgedParagraphs {
    /// For each occurrence, whether it goes.
    gone: Vec<bool>,
    /// How many occurrences repeat another.
    repeats: usize,
    table: Vec<RepeatedParagraph>,
}

impl JudgedParagraphs {
    fn new(options: &ParagraphOptions, survey: &Survey, repeats: &RepeatedOccurrences) -> Result<Self> {
        let count = survey.occurrences.len();
        let mut judged = Self { gone: vec![false; count], repeats: 0, table: Vec::new() };
        let mut is_repeated = vec![false; count];
        for occurrence in 0..count {
            if let Some((first, _)) = repeats.of(occurrence as u32) {
                judged.gone[occurrence] = true;
                judged.repeats += 1;
                is_repeated[first as usize] = true;
            }
        }
        let firsts = (0..count as u32).filter(|&occurrence| is_repeated[occurrence as usize]);
        let firsts: Vec<u32> = firsts.collect();
        drop(is_repeated);
        for &first in &firsts {
            let first = survey.occurrences.get(first as usize)?;
            judged.table.push(RepeatedParagraph {
                document: first.document,
                place: first.range(),
                count: 1,
                documents: 1,
                removed: 0,
                similarity: 1.0,
                boilerplate: false,
            });
        }
        // Occurrences are numbered in priority order, so those of one document follow each other.
        let mut last: Vec<DocumentId> = judged.table.iter().map(|paragraph| paragraph.document).collect();
        for occurrence in 0..count {
            let Some((first, similarity)) = repeats.of(occurrence as u32) else { continue };
            let place = firsts.partition_point(|&other| other < first);
            let document = survey.occurrences.get(occurrence)?.document;
            let paragraph = &mut judged.table[place];
            paragraph.count += 1;
            paragraph.similarity = paragraph.similarity.min(similarity);
            paragraph.documents += u64::from(std::mem::replace(&mut last[place], document) != document);
        }
        for (paragraph, &first) in judged.table.iter_mut().zip(&firsts) {
            paragraph.boilerplate = options.boilerplate.is_some_and(|least| paragraph.documents >= least);
            judged.gone[first as usize] = paragraph.boilerplate;
            paragraph.removed = paragraph.count - u64::from(!paragraph.boilerplate);
        }
        Ok(judged)
    }
}

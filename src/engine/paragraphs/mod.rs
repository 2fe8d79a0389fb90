//! Repeated paragraphs in the documents that are kept.
//!
//! **Paragraphs** of at least `min_words` tokens are judged like documents: in priority order, and within a document
//! in reading order, a paragraph stays unless its Jaccard similarity to one that stays reaches the threshold. Exact
//! repeats are folded first; near ones are found by bands, chosen for the same recall, and verified exactly.
//!
//! **Shorter paragraphs, and single lines** inside a paragraph of several, are never judged across documents: a
//! headline, a byline or a dateline is no copy of another page's. Within one document, one that repeats an earlier
//! one exactly (the same tokens) goes, as scraped pages hold their headline twice; [`within`] has the rule.
//!
//! **Boilerplate** is a paragraph of at least `min_words` tokens that occurs, exactly or nearly, in so many
//! documents. All its occurrences go, the first too.
//!
//! What goes takes one separator with it, the one after it or, at the end of the text, the one before; every other
//! byte of the record stays. A document may lose all its paragraphs to boilerplate; its record is kept all the same.
//!
//! Similarity is that of the texts as they were read: lines that a paragraph loses to the rule for lines still count
//! for it. The default of ten words is about the shortest sentence that is unlikely to be written twice by chance;
//! and it makes six `word:5` shingles, so that at the usual thresholds, near and exact are different things only
//! from there on. In scripts written without spaces every character counts as a word.

mod across;
mod page;
mod survey;
mod within;

use std::ops::Range;

use rayon::prelude::*;

use super::decide::Texts;
use super::matching::{Index, Matching};
use super::observer::{Observer, Progress, Stage};
use crate::corpus::TextScratch;
use crate::document::DocumentId;
use crate::error::{Error, Result};
use crate::output::{Cuts, ParagraphCounts, ParagraphParameters, RepeatedParagraph};
use crate::params::Shingling;
use crate::select::{Removal, clusters};
use crate::text::ParagraphSplit;
use page::Page;
use survey::{Survey, Surveyed};
use within::{Losses, Pieces, judge};

/// Most paragraphs a run can number; the last number marks an absent one.
const MAX_OCCURRENCES: usize = u32::MAX as usize;

/// Documents looked at again between two reports of progress.
const DOCUMENTS_PER_WAVE: usize = 1 << 14;

/// What to do about repeated paragraphs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParagraphMode {
    /// Do not look for them.
    #[default]
    Off,
    /// List them, and leave every document as it is.
    Report,
    /// List them, and take them out of the clean corpus.
    Remove,
}

/// How repeated paragraphs are looked for, and what becomes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParagraphOptions {
    /// What to do about them.
    pub mode: ParagraphMode,
    /// Tokens that a paragraph must have to be compared with those of other documents; at least 1.
    pub min_words: usize,
    /// Documents in which a paragraph must occur to be removed from all of them; at least 2.
    pub boilerplate: Option<u64>,
    /// What sets paragraphs apart.
    pub split: ParagraphSplit,
}

impl ParagraphOptions {
    /// About the shortest sentence that is unlikely to be written twice by chance, and enough for six shingles.
    pub const MIN_WORDS: usize = 10;

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `min_words` is at least 1 and `boilerplate` at least 2.
    pub fn check(&self) -> Result<()> {
        if self.min_words == 0 {
            return Err(Error::parameter("min-words", 0, "at least 1"));
        }
        match self.boilerplate {
            Some(documents @ 0..2) => Err(Error::parameter("boilerplate", documents, "at least 2 documents")),
            _ => Ok(()),
        }
    }
}

impl Default for ParagraphOptions {
    fn default() -> Self {
        Self {
            mode: ParagraphMode::Off,
            min_words: Self::MIN_WORDS,
            boilerplate: None,
            split: ParagraphSplit::default(),
        }
    }
}

/// What was found in the kept documents.
pub(crate) struct Repeats {
    /// What they lose; nothing unless paragraphs are to be removed.
    pub cuts: Cuts,
    /// What repeats: most occurrences first, then in corpus order.
    pub table: Vec<RepeatedParagraph>,
    pub counts: ParagraphCounts,
    pub parameters: ParagraphParameters,
}

/// The texts and how to look at them.
pub(crate) struct Layouts<'a> {
    pub texts: &'a Texts<'a>,
    pub shingling: Shingling,
    pub options: &'a ParagraphOptions,
}

impl Layouts<'_> {
    /// Finds the repeated paragraphs of the documents `kept`, which are in priority order.
    pub(crate) fn repeats(
        &self,
        kept: &[DocumentId],
        matching: &Matching,
        observer: &dyn Observer,
    ) -> Result<Repeats> {
        let progress = Progress::begin(observer, Stage::Paragraphs, kept.len() as u64);
        let (slots, index) = across::index(matching)?;
        let mut survey = Survey::new(self, kept, slots, &progress)?;
        let repeats = across::repeats(self, &mut survey, matching, index)?;
        progress.advance(0)?;
        let judged = Judged::new(self.options, &survey, &repeats);
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
                .map_init(<(TextScratch, Page, Pieces)>::default, |scratch, (surveyed, own)| {
                    let starts = own.clone().map(|n| (survey.occurrences[n].range().start, gone[n]));
                    self.shorten_one(*surveyed, starts, scratch)
                })
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
        (text, page, pieces): &mut (TextScratch, Page, Pieces),
    ) -> Result<Shortened> {
        let text = self.texts.read(surveyed.document, text)?;
        page.read(text, self.texts.shingler.tokenizer(), self.options.split);
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
        judged: Judged,
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

/// What becomes of one document.
struct Shortened {
    document: DocumentId,
    cuts: Vec<Range<usize>>,
    losses: Losses,
}

/// What becomes of the paragraphs that are judged across documents.
struct Judged {
    /// For each occurrence, whether it goes.
    gone: Vec<bool>,
    table: Vec<RepeatedParagraph>,
}

impl Judged {
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

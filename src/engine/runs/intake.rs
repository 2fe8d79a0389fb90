//! Borrowed documents in batches, and the decisions about them.

use std::ops::Range;

use rayon::prelude::*;

use super::losses::source_losses;
use super::options::Dedup;
use super::rules::{RunRules, Settled};
use super::summary::{ReadCounts, summary};
use crate::document::DocumentId;
use crate::documents::{Document, DocumentStore, Documents};
use crate::engine::bounded::Storage;
use crate::engine::decide::{SearchedItems, met_in, table_of};
use crate::engine::ingest::{Figure, GatheredColumns, MAX_DOCUMENTS, Maker, ShinglingScratch};
use crate::engine::observer::Observer;
use crate::error::{Error, Result};
use crate::output::{Cuts, HeldItem, RepeatedParagraph, ShortenedDocument, Stopwatch, Summary};
use crate::select::{Cluster, Relation, Removal, Removals};

/// Documents that one thread sketches at a time.
const DOCUMENTS_PER_TASK: usize = 64;

/// A document of which only the text is needed, and what priority looks at: all borrowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BorrowedDocument<'t> {
    /// The text.
    pub text: &'t str,
    /// Where it comes from.
    pub source: Option<&'t str>,
    /// When it was published, in any form that [`parse_date`](crate::corpus::parse_date) reads.
    pub date: Option<&'t str>,
}

impl<'t> BorrowedDocument<'t> {
    /// A document of which nothing but the text is known.
    pub fn new(text: &'t str) -> Self {
        Self { text, ..Self::default() }
    }

    /// The same with a source.
    #[must_use]
    pub fn with_source(self, source: &'t str) -> Self {
        Self { source: Some(source), ..self }
    }

    /// The same with a date.
    #[must_use]
    pub fn with_date(self, date: &'t str) -> Self {
        Self { date: Some(date), ..self }
    }
}

impl<'t> From<&'t str> for BorrowedDocument<'t> {
    fn from(text: &'t str) -> Self {
        Self::new(text)
    }
}

impl<'t> From<&'t Document> for BorrowedDocument<'t> {
    fn from(document: &'t Document) -> Self {
        Self { text: &document.text, source: document.source.as_deref(), date: document.date.as_deref() }
    }
}

/// Documents on their way into a run. It owns sketches, not texts: it may live as long as it likes, in another thread or
/// behind a lock.
///
/// ```
/// use twicetold::{Deduplicator, Document, Error, PriorityKey};
///
/// let deduplicator = Deduplicator::builder().keep(PriorityKey::Earliest).build()?;
/// let mut intake = deduplicator.intake();
/// let mut pages: Vec<Document> = Vec::new();
/// for line in ["2001-05-02\tAll is well in the town by the sea", "2001-05-01\tALL IS WELL in the town by the sea"] {
///     let (date, text) = line.split_once('\t').expect("a date and a text");
///     let page = Document::new(text).with_date(date);
///     intake.add([&page])?;
///     pages.push(page);
/// }
/// let decided = intake.decide(&pages, &())?;
/// assert_eq!(decided.removals()[0].by.index(), 1);
/// # Ok::<(), Error>(())
/// ```
pub struct Intake {
    run: Dedup,
    gathered: GatheredColumns,
    /// Documents of the inputs, once the first reference was added.
    inputs: Option<usize>,
    /// Bytes of the texts.
    bytes: u64,
}

impl Intake {
    pub(super) fn new(run: Dedup) -> Self {
        let figures = Figure::of(&run.priority, run.comparing, run.representatives);
        let gathered = GatheredColumns::new(run.matching.slots, &figures);
        Self { run, gathered, inputs: None, bytes: 0 }
    }

    /// Number of documents added.
    pub fn count(&self) -> usize {
        self.gathered.sketches.units.len()
    }

    /// Sketches a batch of documents, in parallel, behind those added before; the first of all is document 0. Texts are
    /// not kept. Batches of some thousand documents occupy many threads.
    ///
    /// # Errors
    /// [`Error::TooManyDocuments`] beyond what [`DocumentId`] can number; [`Error::Parameter`] behind a reference.
    pub fn add<'t, D: Into<BorrowedDocument<'t>>>(
        &mut self,
        documents: impl IntoIterator<Item = D>,
    ) -> Result<()> {
        if self.inputs.is_some() {
            return Err(Error::parameter("documents", "behind references", "added before them"));
        }
        let documents: Vec<BorrowedDocument<'_>> = documents.into_iter().map(Into::into).collect();
        self.sketch(&documents)
    }

    /// The same for documents of a reference: they are compared with, and always stay. They are numbered behind all
    /// others.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_references<'t, D: Into<BorrowedDocument<'t>>>(
        &mut self,
        documents: impl IntoIterator<Item = D>,
    ) -> Result<()> {
        self.inputs = self.inputs.or(Some(self.count()));
        let documents: Vec<BorrowedDocument<'_>> = documents.into_iter().map(Into::into).collect();
        self.sketch(&documents)
    }

    fn sketch(&mut self, documents: &[BorrowedDocument<'_>]) -> Result<()> {
        if (self.count() + documents.len()) as u64 > MAX_DOCUMENTS {
            return Err(Error::TooManyDocuments { limit: MAX_DOCUMENTS });
        }
        let plan = self.run.plan(&())?;
        let rules = RunRules::new(&self.run, &plan)?;
        let maker = Maker::new(&plan.shingler, plan.matching.slots, rules.keep(None));
        let parts: Vec<_> = documents
            .par_chunks(DOCUMENTS_PER_TASK)
            .map_init(ShinglingScratch::default, |scratch, documents| {
                let mut columns = maker.columns();
                for document in documents {
                    maker.add(&mut columns, document.text, scratch, |figure| {
                        maker.keep.figures[figure].value_of(document.source, document.date)
                    });
                }
                columns
            })
            .collect();
        for columns in parts {
            self.gathered.append(columns);
        }
        self.bytes += documents.iter().map(|document| document.text.len() as u64).sum::<u64>();
        Ok(())
    }

    /// Decides all documents. `store` gives those that were added, in their order, again: candidates are compared by
    /// their texts.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `store` holds another number of documents; what `store` returns;
    /// [`Error::Interrupted`] if the observer asks for it.
    pub fn decide(self, store: &dyn DocumentStore, observer: &dyn Observer) -> Result<DecidedDocuments> {
        let count = self.count();
        if store.count() != count {
            let expected = "as many documents as were added";
            return Err(Error::parameter("store", format!("{} documents", store.count()), expected));
        }
        let Self { run, gathered, inputs, bytes } = self;
        let inputs = inputs.unwrap_or(count);
        let plan = run.plan(observer)?;
        let rules = RunRules::new(&run, &plan)?;
        let documents = Documents::with_inputs(store, inputs);
        // References come behind all other documents, so that these are read once more for what they hold.
        let table = rules.item_shingler()?.map(|shingler| table_of(documents, shingler)).transpose()?;
        let searched = match &table {
            Some(table) => Some(SearchedItems { table, met: met_in(documents, table, &plan)? }),
            None => None,
        };
        let mut storage = Storage::in_memory();
        let settled = rules.settle(documents, gathered, searched, &mut storage, &mut Stopwatch::start())?;
        let Settled { removals, cuts, paragraphs, shortened, items, figures } = settled;
        let held = items.map(|(held, _)| held).unwrap_or_default();
        let read = ReadCounts { documents: count, inputs, bytes, ..ReadCounts::default() };
        let source_of = |document| documents.source(document);
        let losses = source_losses(inputs, &removals.removed, source_of, &observer)?;
        let summary = summary(&plan, None, read, (&removals, losses), figures);
        summary.documents.check()?;
        Ok(DecidedDocuments {
            inputs,
            removals,
            cuts,
            paragraphs: paragraphs.unwrap_or_default(),
            held,
            shortened: shortened.unwrap_or_default(),
            summary,
        })
    }
}

/// The decision about a document.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// It stays.
    Kept,
    /// It repeats one that stays.
    Removed {
        /// The index of that one.
        by: usize,
        /// Their exact similarity, at least the threshold.
        similarity: f64,
        /// What the one is to the other.
        relation: Relation,
    },
}

/// The decisions about documents, by their numbers.
#[derive(Clone, Debug)]
pub struct DecidedDocuments {
    inputs: usize,
    removals: Removals,
    cuts: Cuts,
    paragraphs: Vec<RepeatedParagraph>,
    held: Vec<HeldItem>,
    shortened: Vec<ShortenedDocument>,
    summary: Summary,
}

impl DecidedDocuments {
    /// The decision about the document of this number. O(log removals).
    ///
    /// # Panics
    /// If there are not so many documents, those of references not counted.
    pub fn decision(&self, document: usize) -> Decision {
        assert!(document < self.inputs, "document {document} of {}", self.inputs);
        let removal =
            u32::try_from(document).ok().and_then(|document| self.removals.removal(DocumentId(document)));
        match removal {
            None => Decision::Kept,
            Some(&Removal { by, similarity, relation, .. }) => {
                Decision::Removed { by: by.index(), similarity, relation }
            }
        }
    }

    /// The decision about each document, in their order.
    pub fn decisions(&self) -> impl Iterator<Item = Decision> + '_ {
        (0..self.inputs).map(|document| self.decision(document))
    }

    /// The numbers of the documents that stay, ascending.
    pub fn kept_documents(&self) -> impl Iterator<Item = usize> + '_ {
        let mut removals = self.removals().iter().map(|removal| removal.document.index()).peekable();
        (0..self.inputs).filter(move |document| removals.next_if_eq(document).is_none())
    }

    /// The removals alone, in order of the documents removed.
    pub fn removals(&self) -> &[Removal] {
        &self.removals.removed
    }

    /// Documents that repeat another, named as in a removal, and stay on account of their source, in their order.
    pub fn spared(&self) -> &[Removal] {
        &self.removals.spared
    }

    /// How many documents each one stands for, in their order: itself and those removed on its account; 0 for a removed one.
    /// All together are the documents, without those removed on account of a reference. O(documents).
    pub fn copies(&self) -> Vec<u32> {
        let mut copies = vec![1; self.inputs];
        for removal in self.removals() {
            if let Some(copies) = copies.get_mut(removal.by.index()) {
                *copies += 1;
            }
        }
        for removal in self.removals() {
            copies[removal.document.index()] = 0;
        }
        copies
    }

    /// Each document that stands for others, with its removals, in their order.
    pub fn clusters(&self) -> Vec<Cluster<'_>> {
        self.removals.clusters()
    }

    /// The ranges of a document's text that go as repeated paragraphs, in bytes, ascending.
    pub fn cuts(&self, document: usize) -> &[Range<usize>] {
        u32::try_from(document).map_or(&[], |document| self.cuts.of(DocumentId(document)))
    }

    /// Documents that stay and have lost all their words, or nine tenths of their text, as repeated paragraphs; in order.
    pub fn shortened_documents(&self) -> &[ShortenedDocument] {
        &self.shortened
    }

    /// Paragraphs that repeat in the documents that stay, if they were looked for: the most frequent first.
    pub fn repeated_paragraphs(&self) -> &[RepeatedParagraph] {
        &self.paragraphs
    }

    /// Which documents hold which records of the reference, by document, the one that it is removed for first; none where
    /// these were not searched for inside documents.
    pub fn held_items(&self) -> &[HeldItem] {
        &self.held
    }

    /// The figures.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

//! Documents in, decisions out: for callers who bring their own reader.
//!
//! The stages are those of [`Dedup`], and so are the decisions; only where texts come from differs.

use rayon::prelude::*;

use super::decide::{Reread, decide};
use super::dedup::Dedup;
use super::ingest::{Columns, Figure, Sketches, Worker};
use super::matching::{Comparing, Index, Matching};
use super::order::Order;
use super::pass::{Found, MAX_DOCUMENTS};
use crate::document::DocumentId;
use crate::error::{Error, Result};
use crate::output::Summary;
use crate::params::{DiacriticFolding, DigitFolding, Recall, Seed, Shingling, Slots, TextParams, Threshold};
use crate::select::{Cluster, PriorityKey, Relation, Removal, Verification, clusters};
use crate::shingle::{ShingleScratch, Shingler};
use crate::sketch::{Sketcher, Slot};

/// Documents, and bytes of text, that are sketched together at most.
const WAVE_DOCUMENTS: usize = 1 << 13;
const WAVE_BYTES: usize = 32 << 20;

/// Documents that one thread sketches at a time.
const DOCUMENTS_PER_TASK: usize = 64;

/// A document, as a caller has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The text.
    pub text: String,
    /// What the caller calls it; never looked at.
    pub id: Option<String>,
    /// Where it comes from: a newspaper, a site. [`PriorityKey::Source`] looks at it.
    pub source: Option<String>,
    /// When it was published, in any form that [`parse_date`](crate::corpus::parse_date) reads.
    /// [`PriorityKey::Earliest`] and [`PriorityKey::Latest`] look at it.
    pub date: Option<String>,
}

impl Document {
    /// A document of which nothing but the text is known.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same with an id.
    #[must_use]
    pub fn with_id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// The same with a source.
    #[must_use]
    pub fn with_source(self, source: impl Into<String>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// The same with a date.
    #[must_use]
    pub fn with_date(self, date: impl Into<String>) -> Self {
        Self { date: Some(date.into()), ..self }
    }
}

impl From<String> for Document {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Finds and decides repeats among documents that the caller reads.
///
/// ```
/// use twicetold::{Decision, Deduplicator};
///
/// let told = "The council voted on Monday to close the old bridge for repairs";
/// let again = told.to_uppercase() + "!";
/// let other = "Rain is expected along the coast until the end of the week";
///
/// let deduplicator = Deduplicator::builder().threshold(0.7).build()?;
/// let outcome = deduplicator.run([told, again.as_str(), other])?;
/// assert!(matches!(outcome.decision(1), Decision::Removed { by: 0, similarity: 1.0, .. }));
/// let kept: Vec<&str> = outcome.kept().map(|document| document.text.as_str()).collect();
/// assert_eq!(kept, [told, other]);
/// # Ok::<(), twicetold::Error>(())
/// ```
///
/// Nothing is read from or written to a disk. The work is done by the rayon pool in which the call is made. Documents
/// stay in memory, since candidates are compared by their texts; beside them, a run takes two bytes a slot (128 by
/// default) and about 60 bytes for each document, and 8 for each candidate pair.
///
/// The decisions are those of the command `dedup` over the same documents in the same order.
#[derive(Clone, Debug)]
pub struct Deduplicator {
    run: Dedup,
    index: Index,
}

/// What a [`Deduplicator`] is to do. Every setting has the default that it has on the command line.
#[derive(Clone, Debug)]
pub struct DeduplicatorBuilder {
    threshold: f64,
    recall: f64,
    hashes: u16,
    text: TextParams,
    verification: Verification,
    comparing: Comparing,
    priority: Vec<PriorityKey>,
}

impl Default for DeduplicatorBuilder {
    fn default() -> Self {
        let Matching { text, threshold, recall, slots, verification, .. } = Matching::default();
        Self {
            threshold: threshold.get(),
            recall: recall.get(),
            hashes: slots.get() as u16,
            text,
            verification,
            comparing: Comparing::All,
            priority: Vec::new(),
        }
    }
}

impl DeduplicatorBuilder {
    /// The least Jaccard similarity that removes, above 0 and at most 1.
    #[must_use]
    pub fn threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }

    /// The least share of pairs at the threshold to find; 1 misses nothing, by an exact index.
    #[must_use]
    pub fn recall(self, recall: f64) -> Self {
        Self { recall, ..self }
    }

    /// Slots in a signature, 1 to 4096.
    #[must_use]
    pub fn hashes(self, hashes: u16) -> Self {
        Self { hashes, ..self }
    }

    /// What is compared: runs of words, characters or bytes.
    #[must_use]
    pub fn shingling(self, shingling: Shingling) -> Self {
        Self { text: TextParams { shingling, ..self.text }, ..self }
    }

    /// Whether all digits count as the same.
    #[must_use]
    pub fn digits(self, digits: DigitFolding) -> Self {
        Self { text: TextParams { digits, ..self.text }, ..self }
    }

    /// Whether diacritics count.
    #[must_use]
    pub fn diacritics(self, diacritics: DiacriticFolding) -> Self {
        Self { text: TextParams { diacritics, ..self.text }, ..self }
    }

    /// The seed of every hash.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { text: TextParams { seed: Seed(seed), ..self.text }, ..self }
    }

    /// What decides that a candidate pair is similar.
    #[must_use]
    pub fn verification(self, verification: Verification) -> Self {
        Self { verification, ..self }
    }

    /// Which documents are compared with one another.
    #[must_use]
    pub fn comparing(self, comparing: Comparing) -> Self {
        Self { comparing, ..self }
    }

    /// Adds a key by which of several repeats one is chosen to stay; keys are asked in turn, and the order of documents
    /// at last.
    #[must_use]
    pub fn keep(mut self, key: PriorityKey) -> Self {
        self.priority.push(key);
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a value outside its range, for values that do not fit together, and for a priority key
    /// that looks at a field which a [`Document`] does not have.
    pub fn build(self) -> Result<Deduplicator> {
        if let Some(key) = self.priority.iter().find(|key| key.field().is_some()) {
            return Err(Error::parameter(
                "keep",
                key,
                "a key that looks at the text, the source or the date",
            ));
        }
        let matching = Matching {
            text: self.text,
            threshold: Threshold::new(self.threshold)?,
            recall: Recall::new(self.recall)?,
            slots: Slots::new(self.hashes)?,
            verification: self.verification,
            ..Matching::default()
        };
        let index = matching.index()?;
        let Self { comparing, priority, .. } = self;
        Ok(Deduplicator { run: Dedup { matching, comparing, priority, ..Dedup::default() }, index })
    }
}

impl Deduplicator {
    /// Begins with the defaults.
    pub fn builder() -> DeduplicatorBuilder {
        DeduplicatorBuilder::default()
    }

    /// Decides all documents that an iterator gives; it is read as a stream, once.
    ///
    /// # Errors
    /// As [`Intake::add`].
    pub fn run<D: Into<Document>>(&self, documents: impl IntoIterator<Item = D>) -> Result<Deduplicated> {
        let mut intake = self.intake();
        intake.add(documents)?;
        intake.decide()
    }

    /// Takes documents batch by batch, for callers whose reader may fail or who have other things to do in between.
    ///
    /// ```
    /// use twicetold::{Deduplicator, Document, Error};
    /// use twicetold::select::PriorityKey;
    ///
    /// let pages = ["2001-05-02\tAll is well in the town by the sea", "2001-05-01\tALL IS WELL in the town by the sea"];
    /// let deduplicator = Deduplicator::builder().keep(PriorityKey::Earliest).build()?;
    /// let mut intake = deduplicator.intake();
    /// for page in pages {
    ///     let (date, text) = page.split_once('\t').expect("a date and a text");
    ///     intake.add([Document::new(text).with_date(date)])?;
    /// }
    /// let outcome = intake.decide()?;
    /// assert_eq!(outcome.removals()[0].by.index(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn intake(&self) -> Intake<'_> {
        let matching = &self.run.matching;
        Intake {
            deduplicator: self,
            shingler: Shingler::new(&matching.text),
            documents: Vec::new(),
            sketches: Sketches::new(matching.slots),
            ranks: vec![Vec::new(); self.figures().len()],
            bytes: 0,
        }
    }

    fn figures(&self) -> Vec<Figure<'_>> {
        Figure::all(&self.run.priority, self.run.comparing)
    }
}

/// Documents on their way into a run.
pub struct Intake<'a> {
    deduplicator: &'a Deduplicator,
    shingler: Shingler,
    documents: Vec<Document>,
    /// Of those documents that are sketched: all but those of the last wave.
    sketches: Sketches,
    ranks: Vec<Vec<u64>>,
    /// Bytes of the texts.
    bytes: u64,
}

impl Intake<'_> {
    /// Adds documents behind those added before; the first of all is document 0.
    ///
    /// # Errors
    /// [`Error::TooManyDocuments`] beyond what [`DocumentId`] can number.
    pub fn add<D: Into<Document>>(&mut self, documents: impl IntoIterator<Item = D>) -> Result<()> {
        let mut waiting = 0;
        for document in documents {
            if self.documents.len() as u64 == MAX_DOCUMENTS {
                return Err(Error::TooManyDocuments { limit: MAX_DOCUMENTS });
            }
            let document = document.into();
            waiting += document.text.len();
            self.bytes += document.text.len() as u64;
            self.documents.push(document);
            if waiting >= WAVE_BYTES || self.unsketched().len() >= WAVE_DOCUMENTS {
                self.sketch();
                waiting = 0;
            }
        }
        // A few documents wait for more to come, so that small batches are sketched in parallel, too.
        Ok(())
    }

    fn unsketched(&self) -> &[Document] {
        &self.documents[self.sketches.units.len()..]
    }

    fn sketch(&mut self) {
        let slots = self.deduplicator.run.matching.slots;
        let (sketcher, figures) = (Sketcher::new(slots), self.deduplicator.figures());
        let parts: Vec<(Vec<Slot>, Columns)> = self
            .unsketched()
            .par_chunks(DOCUMENTS_PER_TASK)
            .map_init(Worker::default, |worker, documents| {
                let mut columns = Columns::of(figures.len());
                let mut signatures = vec![0; documents.len() * slots.get()];
                for (document, signature) in documents.iter().zip(signatures.chunks_mut(slots.get())) {
                    let whole = worker.sketch(&self.shingler, sketcher, &document.text, signature, None);
                    columns.describe(whole, &figures, |figure| {
                        document.field(figures[figure]).map(|value| value.as_str().into())
                    });
                }
                (signatures, columns)
            })
            .collect();
        for (signatures, columns) in parts {
            self.sketches.signatures.append(&signatures);
            self.sketches.extend(&columns);
            for (column, part) in self.ranks.iter_mut().zip(columns.ranks) {
                column.extend(part);
            }
        }
    }

    /// Decides all documents.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if the counts do not add up, which would be a defect of this library.
    pub fn decide(mut self) -> Result<Deduplicated> {
        self.sketch();
        let Self { deduplicator: Deduplicator { run, index }, shingler, documents, sketches, ranks, bytes } =
            self;
        let count = documents.len();
        let without_tokens = sketches.units.iter().filter(|&&units| units == 0).count() as u64;
        let order = Order::of_figures(ranks, run.priority.len(), count, count);
        let texts = Held { documents: &documents, shingler: &shingler };
        let decisions = decide(&texts, sketches, &order, &run.matching, *index, &(), None)?;
        let found = Found { bytes, ..Found::default() };
        let mut summary = run.summary(None, &found, count, &decisions, *index);
        summary.documents.without_tokens = without_tokens;
        summary.documents.check()?;
        Ok(Deduplicated { documents, removals: decisions.removals, summary })
    }
}

impl Document {
    /// What a figure looks at.
    fn field(&self, figure: Figure<'_>) -> Option<&String> {
        match figure {
            Figure::Rank(PriorityKey::Earliest | PriorityKey::Latest) => self.date.as_ref(),
            Figure::Rank(PriorityKey::Source(_)) | Figure::Source => self.source.as_ref(),
            Figure::Rank(PriorityKey::Longest | PriorityKey::Max(_) | PriorityKey::Min(_)) => None,
        }
    }
}

/// Texts in memory, shingled again when they are compared.
struct Held<'a> {
    documents: &'a [Document],
    shingler: &'a Shingler,
}

impl Reread for Held<'_> {
    type Scratch = ShingleScratch;

    fn text<'s>(&'s self, document: DocumentId, _scratch: &'s mut ShingleScratch) -> Result<&'s str> {
        Ok(&self.documents[document.index()].text)
    }

    fn shingles<'s>(&'s self, document: DocumentId, scratch: &'s mut ShingleScratch) -> Result<&'s [u64]> {
        Ok(self.shingler.shingles(&self.documents[document.index()].text, scratch).hashes)
    }
}

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// Documents and what became of them.
#[derive(Clone, Debug)]
pub struct Deduplicated {
    documents: Vec<Document>,
    removals: Vec<Removal>,
    summary: Summary,
}

impl Deduplicated {
    /// All documents, as they were given.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// What became of the document of this index. O(log removals).
    ///
    /// # Panics
    /// If there are not so many documents.
    pub fn decision(&self, document: usize) -> Decision {
        assert!(document < self.documents.len(), "document {document} of {}", self.documents.len());
        match self.removals.binary_search_by_key(&document, |removal| removal.document.index()) {
            Err(_) => Decision::Kept,
            Ok(place) => {
                let Removal { by, similarity, relation, .. } = self.removals[place];
                Decision::Removed { by: by.index(), similarity, relation }
            }
        }
    }

    /// What became of each document, in their order.
    pub fn decisions(&self) -> impl Iterator<Item = Decision> + '_ {
        (0..self.documents.len()).map(|document| self.decision(document))
    }

    /// The removals alone, in order of the documents removed.
    pub fn removals(&self) -> &[Removal] {
        &self.removals
    }

    /// The documents that stay, in their order.
    pub fn kept(&self) -> impl Iterator<Item = &Document> {
        self.documents
            .iter()
            .zip(self.decisions())
            .filter(|(_, d)| *d == Decision::Kept)
            .map(|(kept, _)| kept)
    }

    /// The documents that stay, in their order, handed over.
    pub fn into_kept(self) -> impl Iterator<Item = Document> {
        let mut removals = self.removals.into_iter().map(|removal| removal.document.index()).peekable();
        self.documents
            .into_iter()
            .enumerate()
            .filter(move |(index, _)| removals.next_if_eq(index).is_none())
            .map(|(_, document)| document)
    }

    /// Each document that stands for others, with what it stands for, in their order.
    pub fn clusters(&self) -> Vec<Cluster<'_>> {
        clusters(&self.removals)
    }

    /// The figures.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

//! Documents in, decisions out: for callers who bring their own reader.
//!
//! The stages are those of [`Dedup`], and so are the decisions; only where documents come from differs.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use super::intake::{DecidedDocuments, Intake};
use super::options::Dedup;
use super::rules::RunRules;
use crate::documents::Document;
use crate::engine::decide::AuditSample;
use crate::engine::observer::Observer;
use crate::engine::paragraphs::ParagraphOptions;
use crate::engine::plan::{Comparing, Matching, Representatives, TemplateRule};
use crate::error::{Error, Result};
use crate::params::{
    Containment, DiacriticFolding, DigitFolding, HyphenJoining, Recall, Seed, Shingling, Slots, TextParams,
    Threshold,
};
use crate::reuse::items::ItemSearch;
use crate::select::{PriorityKey, Verification};

/// Documents, and bytes of text, that are sketched together at most.
const WAVE_DOCUMENTS: usize = 1 << 13;
const WAVE_BYTES: usize = 32 << 20;

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
/// Nothing is read from or written to a disk. The work is done by the rayon pool in which the call is made. Beside the
/// texts, which candidates are compared by, a run takes two bytes a slot (128 by default) and about 60 bytes for each
/// document, and 8 for each candidate pair.
///
/// The decisions are those of the command `dedup` over the same documents in the same order. [`run`](Self::run) takes
/// documents and gives them back; [`intake`](Self::intake) takes borrowed texts in batches and leaves it to the caller
/// where they are kept.
#[derive(Clone, Debug)]
pub struct Deduplicator {
    run: Dedup,
}

/// What a [`Deduplicator`] is to do. Every setting has the default that it has on the command line.
#[derive(Clone, Debug)]
pub struct DeduplicatorBuilder {
    threshold: f64,
    recall: f64,
    hashes: u16,
    text: TextParams,
    verification: Verification,
    templates: TemplateRule,
    comparing: Comparing,
    priority: Vec<PriorityKey>,
    representatives: Representatives,
    excerpts: Option<f64>,
    items: Option<(f64, Option<Shingling>)>,
    paragraphs: ParagraphOptions,
    audit: AuditSample,
}

impl Default for DeduplicatorBuilder {
    fn default() -> Self {
        let Matching { text, threshold, recall, slots, verification, templates, .. } = Matching::default();
        Self {
            threshold: threshold.get(),
            recall: recall.get(),
            hashes: slots.get() as u16,
            text,
            verification,
            templates,
            comparing: Comparing::All,
            priority: Vec::new(),
            representatives: Representatives::default(),
            excerpts: None,
            items: None,
            paragraphs: ParagraphOptions::default(),
            audit: AuditSample::default(),
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

    /// Whether words that line ends cut are put together.
    #[must_use]
    pub fn hyphens(self, hyphens: HyphenJoining) -> Self {
        Self { text: TextParams { hyphens, ..self.text }, ..self }
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

    /// Whether forms filled in with other facts count as repeats.
    #[must_use]
    pub fn templates(self, templates: TemplateRule) -> Self {
        Self { templates, ..self }
    }

    /// Also removes documents of which a larger kept one has at least this share of the shingles, above 0 and at most 1.
    #[must_use]
    pub fn excerpts(self, containment: f64) -> Self {
        Self { excerpts: Some(containment), ..self }
    }

    /// Also removes documents that hold a record of the reference, or are inside one: those that have at least this share of
    /// its shingles, or it of theirs, above 0 and at most 1; `shingling` says which shingles, or none for the run's own. 0.8 is
    /// usual.
    #[must_use]
    pub fn contained(self, containment: f64, shingling: Option<Shingling>) -> Self {
        Self { items: Some((containment, shingling)), ..self }
    }

    /// How repeated paragraphs are looked for in the documents that stay.
    #[must_use]
    pub fn paragraphs(self, paragraphs: ParagraphOptions) -> Self {
        Self { paragraphs, ..self }
    }

    /// How many documents are drawn to measure what the index misses.
    #[must_use]
    pub fn audit(self, audit: AuditSample) -> Self {
        Self { audit, ..self }
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

    /// How many documents of a cluster stay.
    #[must_use]
    pub fn representatives(self, representatives: Representatives) -> Self {
        Self { representatives, ..self }
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
        let items = self.items.map(|(containment, shingling)| {
            Ok::<_, Error>(ItemSearch::new(Containment::new(containment)?, shingling))
        });
        let matching = Matching {
            text: self.text,
            threshold: Threshold::new(self.threshold)?,
            recall: Recall::new(self.recall)?,
            slots: Slots::new(self.hashes)?,
            verification: self.verification,
            templates: self.templates,
            items: items.transpose()?,
            ..Matching::default()
        };
        let Self { comparing, priority, representatives, paragraphs, audit, .. } = self;
        let excerpts = self.excerpts.map(Containment::new).transpose()?;
        let run = Dedup {
            matching,
            comparing,
            priority,
            representatives,
            excerpts,
            paragraphs,
            audit,
            ..Dedup::default()
        };
        RunRules::new(&run, &run.plan(&())?)?;
        Ok(Deduplicator { run })
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
    /// As [`Intake::add`] and [`Intake::decide`].
    pub fn run<D: Into<Document>>(&self, documents: impl IntoIterator<Item = D>) -> Result<Deduplicated> {
        self.run_observed(documents, &())
    }

    /// The same, watched by an observer, which may end the run.
    ///
    /// # Errors
    /// As [`run`](Self::run); [`Error::Interrupted`] if the observer asks for it.
    pub fn run_observed<D: Into<Document>>(
        &self,
        documents: impl IntoIterator<Item = D>,
        observer: &dyn Observer,
    ) -> Result<Deduplicated> {
        let mut intake = self.intake();
        let (mut held, mut waiting): (Vec<Document>, usize) = Default::default();
        for document in documents {
            let document = document.into();
            waiting += document.text.len();
            held.push(document);
            if waiting >= WAVE_BYTES || held.len() - intake.count() >= WAVE_DOCUMENTS {
                intake.add(&held[intake.count()..])?;
                waiting = 0;
                if observer.is_interrupted() {
                    return Err(Error::Interrupted);
                }
            }
        }
        intake.add(&held[intake.count()..])?;
        let decided = intake.decide(&held, observer)?;
        Ok(Deduplicated { documents: held, decided })
    }

    /// Takes documents batch by batch, for callers whose reader may fail, who have other things to do in between, or
    /// whose texts are where they should stay.
    pub fn intake(&self) -> Intake {
        Intake::new(self.run.clone())
    }
}

/// Documents, each kept or removed.
#[derive(Clone, Debug)]
pub struct Deduplicated {
    documents: Vec<Document>,
    decided: DecidedDocuments,
}

impl std::ops::Deref for Deduplicated {
    type Target = DecidedDocuments;

    fn deref(&self) -> &DecidedDocuments {
        &self.decided
    }
}

impl Deduplicated {
    /// All documents, as they were given.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The documents that stay, in their order.
    pub fn kept(&self) -> impl Iterator<Item = &Document> {
        self.decided.kept_documents().map(|document| &self.documents[document])
    }

    /// The documents that stay, in their order, handed over.
    pub fn into_kept(self) -> impl Iterator<Item = Document> {
        let Self { documents, decided } = self;
        let mut removed =
            decided.removals().iter().map(|removal| removal.document.index()).collect::<Vec<_>>();
        removed.reverse();
        documents.into_iter().enumerate().filter_map(move |(index, document)| {
            if removed.last() == Some(&index) {
                removed.pop();
                return None;
            }
            Some(document)
        })
    }
}

//! `truth`: every similar pair, exactly.

use crate::corpus::Corpus;
use crate::document::DocumentId;
use crate::documents::{DocumentStore, RecordStore};
use crate::engine::ingest::read_all;
use crate::engine::observer::{Observer, Progress, Stage};
use crate::error::Result;
use crate::params::TextParams;
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::{JoinPair, Measure, SetCollection, SimilarPairs, join};

/// All similar pairs of a corpus.
pub struct Truth<'a> {
    store: RecordStore<'a>,
    rejected: usize,
    pairs: SimilarPairs,
}

/// Joins all documents of `corpus` with each other.
///
/// Every shingle set is held in memory: 8 bytes a distinct shingle.
///
/// # Errors
/// [`crate::Error::Io`] and [`crate::Error::Damaged`] if a file cannot be read, [`crate::Error::TooManyShingles`]
/// if the corpus is too large for an exact join, [`crate::Error::NothingUsable`] if there is no document,
/// [`crate::Error::InputChanged`] if a file changed meanwhile, [`crate::Error::Interrupted`] if the observer asks for it.
pub fn truth<'a>(
    corpus: &'a Corpus,
    text: &TextParams,
    measure: Measure,
    observer: &dyn Observer,
) -> Result<Truth<'a>> {
    corpus.unchanged(joined(corpus, text, measure, observer))
}

fn joined<'a>(
    corpus: &'a Corpus,
    text: &TextParams,
    measure: Measure,
    observer: &dyn Observer,
) -> Result<Truth<'a>> {
    let shingler = Shingler::new(text);
    let mut sets = SetCollection::default();
    let found = read_all(
        corpus,
        &[&corpus.fields().text],
        observer,
        SetCollection::default,
        |scratch: &mut ShingleScratch, part, record, _| {
            part.push(shingler.shingles(record.text, scratch).hashes);
        },
        |part| sets.append(&part),
    )?;
    found.check_usable(corpus, observer)?;
    let progress = Progress::begin(observer, Stage::Join, sets.len() as u64);
    let pairs = join(&sets, measure, &progress)?;
    progress.advance(sets.len() as u64)?;
    Ok(Truth { store: RecordStore::new(corpus, found.records), rejected: found.rejected.len(), pairs })
}

impl Truth<'_> {
    /// Number of similar pairs.
    pub fn count(&self) -> u64 {
        self.pairs.count()
    }

    /// Number of documents compared.
    pub fn documents(&self) -> usize {
        self.store.count()
    }

    /// Number of records that could not be read.
    pub fn rejected(&self) -> usize {
        self.rejected
    }

    /// The pairs in corpus order, the earlier document of each first.
    pub fn pairs(&self) -> impl Iterator<Item = JoinPair> {
        self.pairs.pairs()
    }

    /// Checks that the inputs still are what was compared: once ids were looked up, which reads them again.
    ///
    /// # Errors
    /// [`crate::Error::InputChanged`] with the first that is not.
    pub fn check_inputs(&self) -> Result<()> {
        self.store.corpus().unchanged(Ok(()))
    }

    /// The id of a document.
    pub fn id(&self, document: u32) -> String {
        self.store.describe(DocumentId(document)).id
    }
}

//! `truth`: every similar pair, exactly.

use crate::corpus::Corpus;
use crate::document::DocumentId;
use crate::documents::{DocumentStore, RecordStore};
use crate::engine::bounded::{OutOfCore, SpilledPairs, join_within};
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
    pairs: TruthPairs,
}

/// The pairs, in memory or in work files.
enum TruthPairs {
    Memory(SimilarPairs),
    Files(SpilledPairs),
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

/// As [`truth`], within a limit of memory: sets and pairs are in work files, and two blocks of sets are joined at a time,
/// so a corpus of *k* such blocks is read *k*/2 times. Work files are left in the directory, which is the caller's to remove.
///
/// # Errors
/// As [`truth`]; [`crate::Error::MemoryTooSmall`] if there are too many documents, or one is too long, for the limit.
pub fn truth_within<'a>(
    corpus: &'a Corpus,
    text: &TextParams,
    measure: Measure,
    limit: &OutOfCore,
    observer: &dyn Observer,
) -> Result<Truth<'a>> {
    let shingler = Shingler::new(text);
    let joined = join_within(corpus, &shingler, measure, limit, observer);
    let (found, pairs) = corpus.unchanged(joined)?;
    let rejected = found.rejected.len();
    Ok(Truth { store: RecordStore::new(corpus, found.records), rejected, pairs: TruthPairs::Files(pairs) })
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
    let rejected = found.rejected.len();
    Ok(Truth { store: RecordStore::new(corpus, found.records), rejected, pairs: TruthPairs::Memory(pairs) })
}

impl Truth<'_> {
    /// Number of similar pairs.
    pub fn count(&self) -> u64 {
        match &self.pairs {
            TruthPairs::Memory(pairs) => pairs.count(),
            TruthPairs::Files(pairs) => pairs.count(),
        }
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
    ///
    /// # Errors
    /// [`crate::Error::Io`] if they are in a work file that cannot be read, here or with any of them.
    pub fn pairs(&self) -> Result<Box<dyn Iterator<Item = Result<JoinPair>> + '_>> {
        Ok(match &self.pairs {
            TruthPairs::Memory(pairs) => Box::new(pairs.pairs().map(Ok)),
            TruthPairs::Files(pairs) => Box::new(pairs.pairs()?),
        })
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

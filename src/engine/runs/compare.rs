//! Two texts, and everything that similarity says about them.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use rayon::prelude::*;
use serde::Serialize;

use crate::corpus::Corpus;
use crate::document::DocumentId;
use crate::documents::{DocumentPlace, DocumentStore, Documents, RecordStore};
use crate::engine::bounded::Storage;
use crate::engine::decide::{RecurringShingles, Templates};
use crate::engine::ingest::read_all;
use crate::engine::observer::Observer;
use crate::engine::plan::{Comparing, Index, Matching, Plan};
use crate::error::{Error, Result};
use crate::lsh::bands_shared;
use crate::shingle::{ShingleScratch, Shingler, TextIdentity};
use crate::similarity::{SetTable, jaccard, share};
use crate::sketch::{SketchScratch, Sketcher, Slot, agreement};

/// How similar two texts are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Tokens of the first text.
    pub tokens_a: usize,
    /// Tokens of the second.
    pub tokens_b: usize,
    /// Distinct shingles of the first text.
    pub shingles_a: usize,
    /// Distinct shingles of the second.
    pub shingles_b: usize,
    /// Distinct shingles in both.
    pub shingles_shared: usize,
    /// Exact Jaccard similarity of the shingle sets, in `[0, 1]`.
    pub jaccard: f64,
    /// Share of the first text's shingles that the second has.
    pub containment_of_a: f64,
    /// Share of the second text's shingles that the first has.
    pub containment_of_b: f64,
    /// Estimate of the Jaccard similarity from the signatures.
    pub estimated_jaccard: f64,
    /// Bands in which the signatures are equal; one is enough for a candidate pair.
    pub bands_shared: u32,
    /// Bands there are; 0 for the exact index.
    pub bands: u32,
    /// Whether the tokens are the same.
    pub exact: bool,
}

/// Compares two texts. O(bytes).
///
/// # Errors
/// [`Error::Parameter`] if the parameters do not fit together.
///
/// ```
/// use twicetold::engine::{Matching, compare};
/// let compared = compare("One, two, three, four, five!", "one two three four five six", &Matching::default())?;
/// assert_eq!((compared.jaccard, compared.containment_of_a), (0.5, 1.0));
/// # Ok::<(), twicetold::Error>(())
/// ```
pub fn compare(a: &str, b: &str, matching: &Matching) -> Result<Comparison> {
    let index = matching.index()?;
    let shingler = Shingler::new(&matching.text);
    let (a, b) = (ComparedText::new(a, &shingler, matching), ComparedText::new(b, &shingler, matching));
    let shared = a.set.overlap(&b.set);
    let (bands, bands_shared) = match index {
        Index::Bands { banding, .. } => {
            (banding.bands().0, bands_shared(&a.signature, &b.signature, banding))
        }
        Index::Exact => (0, 0),
    };
    let both = !a.set.is_empty() && !b.set.is_empty();
    Ok(Comparison {
        tokens_a: a.identity.units,
        tokens_b: b.identity.units,
        shingles_a: a.set.len(),
        shingles_b: b.set.len(),
        shingles_shared: shared,
        jaccard: jaccard(shared, a.set.len(), b.set.len()),
        containment_of_a: share(shared, a.set.len()),
        containment_of_b: share(shared, b.set.len()),
        // The signature of a text without tokens means nothing.
        estimated_jaccard: if both {
            share(agreement(&a.signature, &b.signature) as usize, matching.slots.get())
        } else {
            0.0
        },
        bands_shared: if both { bands_shared } else { 0 },
        bands,
        exact: a.identity.is_equal(b.identity) && a.signature == b.signature,
    })
}

struct ComparedText {
    identity: TextIdentity,
    set: SetTable,
    signature: Vec<Slot>,
}

impl ComparedText {
    fn new(text: &str, shingler: &Shingler, matching: &Matching) -> Self {
        let mut scratch = ShingleScratch::default();
        let shingles = shingler.shingles(text, &mut scratch);
        let mut set = SetTable::default();
        set.build(shingles.hashes);
        let mut signature = vec![0; matching.slots.get()];
        Sketcher::new(matching.slots).sketch(shingles.hashes, &mut SketchScratch::default(), &mut signature);
        Self { identity: shingles.identity, set, signature }
    }
}

/// A document of a corpus that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wanted<'a> {
    /// The first with this id.
    Id(&'a str),
    /// The one at this place of the inputs.
    Record {
        /// The file's name in the corpus, as in the tables.
        file: &'a str,
        /// Its record in the file.
        record: u32,
    },
    /// The one at this place of the references, whose files may be named as those of the inputs are.
    ReferenceRecord {
        /// The file's name among the references, as in the tables.
        file: &'a str,
        /// Its record in the file.
        record: u32,
    },
}

impl Wanted<'_> {
    fn is_at(self, document: DocumentId, store: &RecordStore<'_>) -> bool {
        let is_at = |file: &str, record: u32, is_reference: bool| {
            store.place(document) == DocumentPlace { file, record, is_reference }
        };
        match self {
            Self::Id(id) => store.describe(document).id == id,
            Self::Record { file, record } => is_at(file, record, false),
            Self::ReferenceRecord { file, record } => is_at(file, record, true),
        }
    }

    /// The first such document.
    pub(in crate::engine) fn find(self, store: &RecordStore<'_>) -> Result<DocumentId> {
        let all = (0..store.count() as u32).into_par_iter().map(DocumentId);
        all.find_first(|&document| self.is_at(document, store)).ok_or_else(|| self.unknown())
    }

    /// The error for what is nowhere.
    fn unknown(self) -> Error {
        let at = |file: &str, record, is_reference| Error::UnknownRecord {
            file: file.to_owned(),
            record,
            is_reference,
        };
        match self {
            Self::Id(id) => Error::UnknownId { id: id.to_owned() },
            Self::Record { file, record } => at(file, record, false),
            Self::ReferenceRecord { file, record } => at(file, record, true),
        }
    }
}

/// The texts of documents, in the order asked for.
///
/// # Errors
/// [`Error::UnknownId`] and [`Error::UnknownRecord`] if there is no such document; [`Error::Io`] and [`Error::Damaged`] if a file cannot be read.
pub fn texts_of(corpus: &Corpus, wanted: &[Wanted<'_>], observer: &dyn Observer) -> Result<Vec<String>> {
    let found = read_all(corpus, &[&corpus.fields().text], observer, || (), |(), (), _, _| (), |()| ())?;
    let store = RecordStore::new(corpus, found.records);
    let mut reader = Documents::new(&store).reader();
    let text = |wanted: &Wanted<'_>| reader.text(wanted.find(&store)?).map(str::to_owned);
    wanted.iter().map(text).collect()
}

/// Why two documents of a corpus are the same form with other facts, so that `--keep-templates` keeps both; none if
/// they are not. Reads the corpus twice.
///
/// # Errors
/// As [`texts_of`]; [`Error::Parameter`] if the parameters do not fit together.
pub fn template_reason(
    corpus: &Corpus,
    [a, b]: [Wanted<'_>; 2],
    matching: &Matching,
    observer: &dyn Observer,
) -> Result<Option<String>> {
    let plan = Plan::new(*matching, Comparing::All, &[], observer)?;
    let found = read_all(corpus, &[&corpus.fields().text], observer, || (), |(), (), _, _| (), |()| ())?;
    let store = RecordStore::new(corpus, found.records);
    let documents = Documents::new(&store);
    let recurring = RecurringShingles::new(documents, &plan, &Storage::in_memory())?;
    Templates::new(documents, &plan, &recurring, 0).reason(a.find(&store)?, b.find(&store)?)
}

//! What a run is asked to do: what counts as a repeat, which documents are compared, which of them stays, and the
//! index that finds them.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::num::NonZeroU32;

use super::observer::Observer;
use crate::error::{Error, Result};
use crate::lsh::{AgreementFloor, Banding};
use crate::params::{Bands, BucketLimit, Recall, Rows, Slots, TextParams, Threshold};
use crate::reuse::items::ItemSearch;
use crate::select::{PriorityKey, Selection, Verification};
use crate::shingle::Shingler;

/// What counts as a repeat, as the caller asks for it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Matching {
    /// Text to shingles.
    pub text: TextParams,
    /// The least Jaccard similarity that removes.
    pub threshold: Threshold,
    /// The least share of pairs at the threshold to be found.
    pub recall: Recall,
    /// Slots in a signature.
    pub slots: Slots,
    /// Overrides the choice of bands.
    pub bands: Option<Bands>,
    /// Overrides the choice of rows.
    pub rows: Option<Rows>,
    /// The largest bucket whose pairs are all looked at.
    pub bucket_limit: BucketLimit,
    /// What decides.
    pub verification: Verification,
    /// Whether a form filled in with other facts counts as a repeat.
    pub templates: TemplateRule,
    /// How records of a reference are searched for inside documents; none if they are not.
    pub items: Option<ItemSearch>,
    /// The name of the preset that the caller chose, for the summary; none if there is none to speak of.
    pub preset: Option<&'static str>,
}

/// What becomes of similar documents that are the same form with other facts ([`crate::reuse::relation`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateRule {
    /// One repeats the other, as any two that are similar enough.
    #[default]
    Remove,
    /// Both are kept.
    Keep,
}

/// Which documents are compared with one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparing {
    /// All.
    #[default]
    All,
    /// Those of different sources: a document stays unless one of another source that stays is similar enough.
    /// Documents without a source count as of one source.
    AcrossSources,
    /// Those of one source, and those of the inputs with references, whatever the source of these. Documents without a source
    /// count as of one source.
    WithinSources,
}

impl Comparing {
    /// Whether it matters which source a document has.
    pub(crate) fn needs_sources(self) -> bool {
        self != Self::All
    }
}

/// How many documents of a cluster stay.
///
/// ```
/// use std::num::NonZeroU32;
/// use twicetold::{Deduplicator, Document, Representatives};
///
/// let told = "The council voted on Monday to close the old bridge for repairs";
/// let papers = ["AP", "AP", "Gazette"].map(|source| Document::new(told).with_source(source));
/// let one = Representatives::PerSource(NonZeroU32::MIN);
/// let outcome = Deduplicator::builder().representatives(one).build()?.run(papers)?;
/// assert_eq!(outcome.kept_documents().collect::<Vec<_>>(), [0, 2]);
/// assert_eq!(outcome.copies(), [2, 0, 1]);
/// # Ok::<(), twicetold::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Representatives {
    /// The kept document that the others repeat.
    #[default]
    One,
    /// That one, and of each source the first of the others in priority order, until so many documents of the source stay in
    /// the cluster, that one counted. Documents without a source count as of one source. Of a cluster that repeats a
    /// reference nothing stays.
    PerSource(NonZeroU32),
    /// None: what is told more than once goes altogether.
    Nobody,
}

impl Representatives {
    /// Whether it matters which source a document has.
    pub(crate) fn needs_sources(self) -> bool {
        matches!(self, Self::PerSource(_))
    }
}

/// What to do about records that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// List them and go on.
    #[default]
    Lenient,
    /// End the run before anything is written.
    Strict,
}

/// A run that is checked and ready: what all of its stages need to know.
pub(crate) struct Plan<'a> {
    pub matching: Matching,
    pub comparing: Comparing,
    pub representatives: Representatives,
    pub priority: &'a [PriorityKey],
    pub index: Index,
    pub shingler: Shingler,
    pub observer: &'a dyn Observer,
}

impl<'a> Plan<'a> {
    /// Settles the index.
    ///
    /// # Errors
    /// As [`Matching::index`].
    pub(crate) fn new(
        matching: Matching,
        comparing: Comparing,
        priority: &'a [PriorityKey],
        observer: &'a dyn Observer,
    ) -> Result<Self> {
        let (index, shingler) = (matching.index()?, Shingler::new(&matching.text));
        let representatives = Representatives::default();
        Ok(Self { matching, comparing, representatives, priority, index, shingler, observer })
    }

    /// What decides which documents of a cluster stay, as on the command line; nothing where corpus order does.
    pub(crate) fn keep_names(&self) -> Vec<String> {
        let nobody = (self.representatives == Representatives::Nobody).then(|| "none".to_owned());
        self.priority.iter().map(ToString::to_string).chain(nobody).collect()
    }

    /// The same, and so many documents of a cluster stay.
    pub(crate) fn with_representatives(self, representatives: Representatives) -> Self {
        Self { representatives, ..self }
    }
}

/// How candidate pairs are found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Index {
    /// By bands of signatures, then a floor of agreement.
    Bands {
        /// Bands and rows.
        banding: Banding,
        /// How many slots must agree before the texts are compared.
        floor: AgreementFloor,
    },
    /// By an exact prefix filter over all documents: nothing is missed, at a higher cost.
    Exact,
}

impl Index {
    /// Probability that a pair of this Jaccard similarity is compared, in `[0, 1]`.
    pub fn recall(&self, jaccard: f64) -> f64 {
        match self {
            Self::Bands { banding, floor } => (banding.recall(jaccard) - floor.loss(jaccard)).max(0.0),
            Self::Exact => 1.0,
        }
    }
}

/// An index as summaries describe it.
pub(crate) struct IndexShape {
    pub kind: &'static str,
    pub bands: u32,
    pub rows: u32,
    pub agreement_floor: u32,
}

impl Index {
    /// Its kind and numbers; 0 of the exact index.
    pub(crate) fn shape(&self) -> IndexShape {
        match self {
            Self::Bands { banding, floor } => IndexShape {
                kind: "bands",
                bands: banding.bands().0,
                rows: banding.rows().0,
                agreement_floor: floor.get(),
            },
            Self::Exact => IndexShape { kind: "exact", bands: 0, rows: 0, agreement_floor: 0 },
        }
    }

    /// The bands, if there are any.
    pub(crate) fn banding(&self) -> Option<Banding> {
        match self {
            Self::Bands { banding, .. } => Some(*banding),
            Self::Exact => None,
        }
    }

    /// Steps of finding candidates, for showing progress.
    pub(crate) fn steps(&self) -> u64 {
        match self {
            Self::Bands { banding, .. } => banding.bands().0.into(),
            Self::Exact => 0,
        }
    }
}

impl Matching {
    /// Settles the index.
    ///
    /// # Errors
    /// [`Error::Parameter`] if no bands reach the recall, or the given ones do not fit the slots.
    ///
    /// ```
    /// use twicetold::engine::{Index, Matching};
    /// let index = Matching::default().index()?;
    /// assert!(index.recall(0.8) >= 0.99);
    /// # Ok::<(), twicetold::Error>(())
    /// ```
    pub fn index(&self) -> Result<Index> {
        let floor = AgreementFloor::new(self.threshold, self.slots);
        let slots = self.slots.get() as u32;
        let banding = match (self.bands, self.rows) {
            (None, None) if self.recall.is_exact() => return Ok(Index::Exact),
            (None, None) => {
                // What the floor costs has to be made up for by the bands.
                let loss = floor.loss(self.threshold.get());
                let needed = Recall::new((self.recall.get() + loss).min(1.0 - f64::EPSILON))?;
                Banding::choose(self.threshold, self.slots, needed)?
            }
            (Some(bands), Some(rows)) => Banding::new(bands, rows, self.slots)?,
            (Some(Bands(0)), None) | (None, Some(Rows(0))) => {
                return Err(Error::parameter("bands or rows", 0, "at least 1"));
            }
            (Some(bands), None) => Banding::new(bands, Rows(slots / bands.0), self.slots)?,
            (None, Some(rows)) => Banding::new(Bands(slots / rows.0), rows, self.slots)?,
        };
        Ok(Index::Bands { banding: banding.with_bucket_limit(self.bucket_limit), floor })
    }

    pub(crate) fn selection(&self) -> Selection {
        Selection { threshold: self.threshold, verification: self.verification }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_predicted_recall_counts_the_floor_and_keeps_the_promise() {
        for threshold in [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0] {
            for recall in [0.5, 0.9, 0.99, 0.999] {
                let matching = Matching {
                    threshold: Threshold::new(threshold).unwrap(),
                    recall: Recall::new(recall).unwrap(),
                    ..Matching::default()
                };
                let index = matching.index().unwrap();
                assert!(index.recall(threshold) >= recall, "{threshold} {recall}");
            }
        }
    }

    #[test]
    fn a_recall_of_one_asks_for_the_exact_index() {
        let matching = Matching { recall: Recall::new(1.0).unwrap(), ..Matching::default() };
        assert_eq!(matching.index().unwrap(), Index::Exact);
    }

    #[test]
    fn one_of_bands_and_rows_settles_the_other() {
        let matching = Matching { bands: Some(Bands(16)), ..Matching::default() };
        let Index::Bands { banding, .. } = matching.index().unwrap() else { panic!("bands were asked for") };
        assert_eq!((banding.bands().0, banding.rows().0), (16, 8));
        assert!(Matching { rows: Some(Rows(0)), ..Matching::default() }.index().is_err());
    }
}

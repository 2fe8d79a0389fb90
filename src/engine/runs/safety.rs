//! Safety stops: a run that would remove more than anyone expects ends before it writes.
//!
//! The usual causes are not repeats: the wrong field, a frame of boilerplate around every text, a threshold that
//! is too low. So a stop says where it happened and shows three examples.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::collections::BTreeMap;
use std::str::FromStr;

use rayon::prelude::*;

use crate::corpus::{Format, Rejected};
use crate::document::DocumentId;
use crate::documents::{DocumentStore, Documents, RecordStore};
use crate::error::{Error, Example, Examples, Result};
use crate::select::{Removal, Removals};
use crate::text::label;

/// Examples shown at a stop.
const EXAMPLES: usize = 3;

/// Characters of a text shown in an example.
const EXAMPLE_CHARACTERS: usize = 100;

/// Documents whose sources are looked up as one piece of work.
const CHUNK_DOCUMENTS: usize = 1 << 12;

/// A share of documents, in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `0 <= value <= 1`.
    pub fn new(value: f64) -> Result<Self> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(Self::wrong(&value.to_string())) }
    }

    /// The share as a plain number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whether `part` is a larger share of `whole`. Both shares are the nearest numbers to what they stand for, so that
    /// equal ones are equal: a product would be rounded once more, and 57 of 100 be more than 57 %.
    pub(crate) fn is_passed(self, part: u64, whole: u64) -> bool {
        whole > 0 && part as f64 / whole as f64 > self.0
    }

    fn wrong(value: &str) -> Error {
        Error::parameter("a share", value, "such as 60% or 0.6, at most 100%")
    }
}

impl FromStr for Share {
    type Err = Error;

    /// Reads `60%` or `0.6`.
    fn from_str(text: &str) -> Result<Self> {
        // A percentage is read with its point moved, not divided, so that it is rounded once.
        let plain =
            text.strip_suffix('%').map_or(text.trim().to_owned(), |number| format!("{}e-2", number.trim()));
        let number: f64 = plain.parse().map_err(|_| Self::wrong(text))?;
        Self::new(number).map_err(|_| Self::wrong(text))
    }
}

/// The most that a source may lose.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceLimit {
    /// The share of its documents.
    pub removed: Share,
    /// Sources of fewer documents are not judged.
    pub least_documents: u64,
}

impl FromStr for SourceLimit {
    type Err = Error;

    /// Reads a share, or a share and the least number of documents: `90%:50`.
    fn from_str(text: &str) -> Result<Self> {
        let (share, least) = text.split_once(':').unwrap_or((text, "1"));
        let least_documents = least.trim().parse().map_err(|_| {
            Error::parameter("a source's limit", text, "a share and a number of documents, as 90%:50")
        })?;
        Ok(Self { removed: share.parse()?, least_documents })
    }
}

/// Limits whose passing ends a run before it writes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SafetyStops {
    /// The largest share of all records of the inputs that may be rejected.
    pub rejected: Option<Share>,
    /// The largest share of all documents that may be removed.
    pub removed: Option<Share>,
    /// The most documents that a cluster may have.
    pub cluster: Option<u64>,
    /// The most that a source may lose.
    pub source_removed: Option<SourceLimit>,
}

/// What is judged.
pub(crate) struct SafetyCheck<'a> {
    pub store: &'a RecordStore<'a>,
    pub removals: &'a Removals,
    /// Records that could not be read, those of references included.
    pub rejected: &'a [Rejected],
}

/// Documents of a source, and how many of them are removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct SourceTally {
    documents: u64,
    removed: u64,
}

impl SafetyCheck<'_> {
    /// Checks the limits, the widest first. Costs a second look at every record if sources are judged and a field
    /// names them, next to nothing otherwise.
    pub(crate) fn check(&self, stops: &SafetyStops) -> Result<()> {
        if let Some(limit) = stops.rejected {
            self.check_rejected(limit)?;
        }
        if let Some(limit) = stops.removed {
            self.check_removed(limit)?;
        }
        if let Some(limit) = stops.cluster {
            self.check_clusters(limit)?;
        }
        if let Some(limit) = stops.source_removed {
            self.check_sources(limit)?;
        }
        Ok(())
    }

    /// Documents of the inputs; references are not judged.
    fn documents(&self) -> usize {
        self.store.inputs()
    }

    fn check_rejected(&self, limit: Share) -> Result<()> {
        let corpus = self.store.corpus();
        let of_inputs = self.rejected.iter().filter(|rejected| !corpus.is_reference(rejected.source));
        let rejected = of_inputs.clone().count() as u64;
        let records = self.documents() as u64 + rejected;
        match of_inputs.clone().next() {
            Some(first) if limit.is_passed(rejected, records) => {
                let file = corpus.sources()[first.source].name();
                let first = format!("{file}:{}: {}", first.frame.record, first.reason);
                Err(Error::TooManyRejected { rejected, records, limit: limit.get(), first })
            }
            _ => Ok(()),
        }
    }

    fn check_removed(&self, limit: Share) -> Result<()> {
        let (removed, documents) = (self.removals.removed.len() as u64, self.documents() as u64);
        if !limit.is_passed(removed, documents) {
            return Ok(());
        }
        // The first of each of the largest clusters shows most of what is going on.
        let mut clusters = self.removals.clusters();
        clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.removals.len()));
        let shown = clusters.iter().take(EXAMPLES).filter_map(|cluster| cluster.removals.first().copied());
        let examples = self.examples(shown)?;
        Err(Error::TooManyRemoved { removed, documents, limit: limit.get(), examples })
    }

    fn check_clusters(&self, limit: u64) -> Result<()> {
        let clusters = self.removals.clusters();
        // Of several clusters of one size, the first. Too large is one of many members, even if some of them stay.
        let Some(largest) = clusters.iter().rev().max_by_key(|cluster| cluster.documents()) else {
            return Ok(());
        };
        let documents = largest.documents();
        if documents <= limit {
            return Ok(());
        }
        let mut members = [&largest.removals[..], &largest.spared].concat();
        members.sort_by(|a, b| a.similarity.total_cmp(&b.similarity));
        Err(Error::TooLargeCluster {
            representative: self.store.describe(largest.representative).id,
            documents,
            limit,
            examples: self.examples(members.into_iter().take(EXAMPLES))?,
        })
    }

    fn check_sources(&self, limit: SourceLimit) -> Result<()> {
        let tallies = self.tallies();
        let share = |tally: &SourceTally| tally.removed as f64 / tally.documents as f64;
        let worst = tallies
            .iter()
            .filter(|(_, tally)| tally.documents >= limit.least_documents)
            .filter(|(_, tally)| limit.removed.is_passed(tally.removed, tally.documents))
            .max_by(|(_, a), (_, b)| share(a).total_cmp(&share(b)).then(a.documents.cmp(&b.documents)));
        let Some((name, tally)) = worst else { return Ok(()) };
        let of_source: Vec<&Removal> = self
            .removals
            .removed
            .par_iter()
            .filter(|removal| source_of(self.store, removal.document) == *name)
            .collect();
        let last = of_source.len() - 1;
        let mut places = vec![0, last / 2, last];
        places.dedup();
        Err(Error::TooManyRemovedFromSource {
            name: name.clone(),
            removed: tally.removed,
            documents: tally.documents,
            limit: limit.removed.get(),
            examples: self.examples(places.into_iter().map(|place| of_source[place]))?,
        })
    }

    /// Documents and removals by source.
    fn tallies(&self) -> BTreeMap<String, SourceTally> {
        let documents = self.documents();
        let chunks = (0..documents.div_ceil(CHUNK_DOCUMENTS)).into_par_iter();
        let counted = chunks.map(|chunk| {
            let range = chunk * CHUNK_DOCUMENTS..((chunk + 1) * CHUNK_DOCUMENTS).min(documents);
            let mut counted = BTreeMap::<String, SourceTally>::new();
            let removed = &self.removals.removed;
            let first = removed.partition_point(|removal| removal.document.index() < range.start);
            let mut removals = removed[first..].iter().peekable();
            for document in range {
                let tally = counted.entry(source_of(self.store, DocumentId(document as u32))).or_default();
                tally.documents += 1;
                let is_removed = removals.next_if(|removal| removal.document.index() == document).is_some();
                tally.removed += u64::from(is_removed);
            }
            counted
        });
        counted.reduce(BTreeMap::new, |mut all, part| {
            for (name, tally) in part {
                let sum = all.entry(name).or_default();
                sum.documents += tally.documents;
                sum.removed += tally.removed;
            }
            all
        })
    }

    fn examples<'r>(&self, removals: impl Iterator<Item = &'r Removal>) -> Result<Examples> {
        let mut reader = Documents::new(self.store).reader();
        let mut text = |document| -> Result<String> { Ok(label(reader.text(document)?, EXAMPLE_CHARACTERS)) };
        let id = |document| self.store.describe(document).id;
        let example = |removal: &Removal| {
            Ok(Example {
                id: id(removal.document),
                kept_id: id(removal.by),
                similarity: removal.similarity,
                text: text(removal.document)?,
                kept_text: text(removal.by)?,
            })
        };
        removals.map(example).collect::<Result<_>>().map(Examples)
    }
}

/// The source of a document: what its source field says, else its file, or its directory if the file holds nothing else.
pub(super) fn source_of(store: &RecordStore<'_>, document: DocumentId) -> String {
    store.source(document).unwrap_or_else(|| {
        let source = store.file(document);
        match (source.format(), source.name().rsplit_once('/')) {
            (Format::Text, Some((directory, _))) => directory.to_owned(),
            (Format::Text, None) => ".".to_owned(),
            _ => source.name().to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages_or_fractions() {
        let read = |text: &str| text.parse::<Share>().map(Share::get).ok();
        assert_eq!(read("60%"), Some(0.6));
        assert_eq!(read("0.25"), Some(0.25));
        assert_eq!(read("0%"), Some(0.0));
        for wrong in ["60", "101%", "-1%", "", "%", "nan", "half"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let limit: SourceLimit = "90%:50".parse().unwrap();
        assert_eq!((limit.removed.get(), limit.least_documents), (0.9, 50));
        assert_eq!("90%".parse::<SourceLimit>().unwrap().least_documents, 1);
        assert!("90%:x".parse::<SourceLimit>().is_err());
    }

    #[test]
    fn a_limit_is_passed_only_beyond_it() {
        let half: Share = "50%".parse().unwrap();
        assert!(!half.is_passed(5, 10));
        assert!(half.is_passed(6, 10));
        assert!(!half.is_passed(0, 0));
    }

    /// Against whole numbers: `part / whole > hundredths / 10,000`.
    #[test]
    fn equal_shares_are_equal_whatever_the_rounding() {
        for hundredths in 0..=10_000u64 {
            for text in [
                format!("{}.{:02}%", hundredths / 100, hundredths % 100),
                format!("{}.{:04}", hundredths / 10_000, hundredths % 10_000),
            ] {
                let share: Share = text.parse().unwrap();
                for whole in [100, 997, 10_000, 12_345_600, u64::from(u32::MAX)] {
                    let least = whole * hundredths / 10_000;
                    for part in [least.saturating_sub(1), least, least + 1] {
                        let expected = part * 10_000 > whole * hundredths;
                        assert_eq!(share.is_passed(part, whole), expected, "{part} of {whole} at {text}");
                    }
                }
            }
        }
    }
}

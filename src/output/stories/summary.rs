//! The figures of a run over stories: what its `summary.json` holds.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::relation::RelationCounts;

/// Counts and parameters of a run. Nothing in it differs between two runs over the same input.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StorySummary {
    /// The program's version.
    pub version: &'static str,
    /// Documents by what became of them.
    pub documents: StoryDocuments,
    /// Stories, those of a single document included: N articles are M stories.
    pub stories: u64,
    /// Stories of two or more documents, which `stories.jsonl` holds.
    pub stories_retold: u64,
    /// Documents of the largest story; 0 if none is retold.
    pub largest_story: u64,
    /// Documents beside the origins of their stories, by what they are to what they are linked with.
    #[serde(serialize_with = "RelationCounts::as_links")]
    pub links: RelationCounts,
    /// Pairs that were looked at and not linked.
    pub not_linked: UnlinkedCounts,
    /// What bounds on cost left out.
    pub bounded: BoundCounts,
    /// Decompressed bytes read.
    pub bytes: u64,
    /// Probability that a pair at the threshold is compared, in `[0, 1]`, if its buckets are not crowded.
    pub predicted_recall: f64,
    /// How candidates were found.
    pub index: StoryIndex,
    /// What was asked for.
    pub parameters: StoryParameters,
}

/// Documents by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoryDocuments {
    /// Records found in the input.
    pub read: u64,
    /// Documents in a story of two or more.
    pub in_stories: u64,
    /// Documents that no other is linked with.
    pub alone: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// Of those alone, the ones that cover several stories.
    pub round_ups: u64,
    /// Of those alone, the ones without a token, which are never compared.
    pub without_tokens: u64,
    /// Documents without a date that could be read.
    pub without_date: u64,
    /// Documents without a source.
    pub without_source: u64,
}

/// Pairs that do not link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnlinkedCounts {
    /// Pairs compared that are the same form with other facts.
    pub templates: u64,
    /// Pairs compared that are alike only in what recurs in the corpus.
    pub forms: u64,
    /// Pairs that are alike, but not joined: one of them, or of what it is joined with, is a form with other facts of
    /// the other.
    pub kept_apart: u64,
    /// Pairs too far apart in time, and not near-exact.
    pub outside_window: u64,
}

/// What bounds on cost left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BoundCounts {
    /// Candidate pairs passed over, as both documents had failed with as many likelier partners as are tried, or one was
    /// kept apart from as many.
    pub pairs_passed_over: u64,
    /// Documents in buckets too large to be paired, each paired with those most like it instead.
    pub crowded: u64,
    /// Documents of large stories that others stood in for when excerpts were looked for.
    pub stood_in_for: u64,
    /// Sampled shingles in too many documents to be looked up.
    pub frequent_shingles: u64,
    /// Documents of which one such shingle would have been looked up: excerpts of these may be missing.
    pub without_frequent_shingles: u64,
}

/// How candidates were found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StoryIndex {
    /// `bands`, or `exact` where nothing may be missed.
    pub kind: &'static str,
    /// Number of bands, 0 for `exact`.
    pub bands: u32,
    /// Rows in a band, 0 for `exact`.
    pub rows: u32,
    /// Slots that must agree before two texts are compared.
    pub agreement_floor: u32,
    /// Members of the largest bucket.
    pub largest_bucket: u64,
    /// Share of all shingles that were sampled to find excerpts.
    pub sampling_rate: f64,
    /// Pairs that bands found.
    pub near_candidates: u64,
    /// Pairs that samples found.
    pub containment_candidates: u64,
    /// Pairs whose texts were compared.
    pub compared: u64,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each says whether a flag was given")]
pub struct StoryParameters {
    /// The preset that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<&'static str>,
    /// The least Jaccard similarity of near-duplicates.
    pub threshold: f64,
    /// The least containment of excerpts and expansions.
    pub containment: f64,
    /// The fewest words of a document that containment alone may link.
    pub least_words: u32,
    /// The recall asked for.
    pub recall: f64,
    /// How close in time linked documents must lie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Whether credits were left out.
    pub strip_credits: bool,
    /// Slots in a signature.
    pub hashes: usize,
    /// The largest bucket whose pairs were all looked at.
    pub bucket_limit: usize,
    /// Tokens to shingles, such as `word:5`.
    pub shingle: String,
    /// Whether digits were taken as equal.
    pub fold_digits: bool,
    /// Whether diacritics were left out.
    pub fold_diacritics: bool,
    /// Whether words cut at line ends were put together.
    pub join_hyphens: bool,
    /// Seed of every hash.
    pub seed: u64,
    /// Fields in use.
    pub fields: Vec<(&'static str, String)>,
}

impl StorySummary {
    /// Checks that every record ended in exactly one place, and every retelling has a link.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if not.
    pub fn check(&self) -> Result<()> {
        let StoryDocuments { read, in_stories, alone, rejected, .. } = self.documents;
        let told = alone + self.stories_retold + self.links.total() + rejected;
        if read == in_stories + alone + rejected
            && read == told
            && self.stories == alone + self.stories_retold
        {
            Ok(())
        } else {
            Err(Error::Unbalanced { read, accounted: told })
        }
    }
}

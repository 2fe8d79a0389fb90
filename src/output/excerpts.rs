//! What a run says of the excerpts it looked for, and of the templates it kept.

use serde::Serialize;

/// How excerpts were looked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExcerptFigures {
    /// The least share of its shingles that a larger document had to have for a document to go.
    pub containment: f64,
    /// Words (or other units of a shingle) that a document needed to be judged by its samples.
    pub least_words: u32,
    /// Words that a shorter one needed, which is judged if a larger document has a paragraph of it.
    pub least_words_by_paragraph: u32,
    /// Probability that a document of `least_words` contained in another to just this share is found, in `[0, 1]`.
    pub predicted_recall: f64,
    /// Share of all shingles that were sampled to find candidates.
    pub sampled_share: f64,
    /// Pairs of kept documents that shared enough samples.
    pub candidate_pairs: u64,
    /// Pairs of a shorter document and a larger one that has a paragraph of it.
    pub paragraph_pairs: u64,
    /// Sampled shingles in so many kept documents that these are looked up by all their shingles.
    pub frequent_shingles: u64,
    /// Documents that were looked up so: nothing is missed of what is between them.
    pub exact_lookups: u64,
    /// Documents that a larger kept one contains, and that stayed since it does not contain all that they stand for, or
    /// is the same form with other facts and such are kept.
    pub held_back: u64,
}

/// What became of forms filled in with other facts, where they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TemplateFigures {
    /// Distinct kept documents that are similar enough to another kept one, but the same form with other facts.
    pub kept_apart: u64,
    /// Kept documents with which each was found to share its form at most.
    pub most_compared: u64,
    /// Of those kept apart, the ones for which that was not all: they may repeat one that was not looked at any more.
    pub bounded: u64,
}

//! Everything that the page of a run shows, and how much of it.

use super::clusters::{ClusterDetails, ClusterRow, NearDecision};
use super::histogram::{SimilarityHistogram, SizeHistogram};
use super::matrix::Matrix;
use super::timeline::TimelineRow;
use super::words::Words;

/// Rows of the list of clusters, at most; bytes may end it sooner.
pub(crate) const LISTED_CLUSTERS: usize = 20_000;

/// Clusters whose texts are in the page, at most. Setting texts side by side is most of what the page costs.
pub(crate) const DETAILED_CLUSTERS: usize = 60;

/// Members of a cluster that are named in the page, at most.
pub(crate) const NAMED_MEMBERS: usize = 20;

/// Members of a cluster that are set beside its representative, at most.
pub(crate) const COMPARED_MEMBERS: usize = 2;

/// Decisions nearest the threshold that are shown, at most.
pub(crate) const NEAREST_DECISIONS: usize = 20;

/// Repeated paragraphs that are shown, at most.
pub(crate) const PARAGRAPHS: usize = 100;

/// A figure that stands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    /// What is counted.
    pub label: &'static str,
    /// The figure, as it is shown.
    pub value: String,
    /// What puts it into proportion; may be empty.
    pub note: String,
}

/// Probability of being found, by similarity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    /// Similarity and probability, both in `[0, 1]`, by ascending similarity.
    pub points: Vec<(f64, f64)>,
    /// The least similarity that should be found.
    pub threshold: f64,
    /// Probability that a pair at the threshold is found.
    pub recall: f64,
}

/// A paragraph that occurs more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paragraph {
    /// Its text, shortened with [`label`](crate::text::label) or otherwise.
    pub text: String,
    /// How often it occurs.
    pub count: u64,
    /// In how many documents.
    pub documents: u64,
    /// How many occurrences were taken out.
    pub removed: u64,
}

/// What repeats inside documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Number of paragraphs that repeat.
    pub total: u64,
    /// Some of them, most frequent first.
    pub shown: Vec<Paragraph>,
}

/// Everything a page shows.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// How things are called.
    pub words: Words,
    /// The program's version.
    pub version: &'static str,
    /// What was read, in a line.
    pub inputs: String,
    /// The figures at the top.
    pub tiles: Vec<Tile>,
    /// The least similarity that counts as a repeat.
    pub threshold: f64,
    /// Groups by size.
    pub sizes: SizeHistogram,
    /// Repeats by similarity.
    pub similarities: SimilarityHistogram,
    /// The index's S-curve; none where nothing can be missed.
    pub curve: Option<Curve>,
    /// Who repeats whom; none where documents have no source.
    pub matrix: Option<Matrix>,
    /// When the largest groups were told; empty where documents have no date.
    pub timeline: Vec<TimelineRow>,
    /// Number of groups there are.
    pub groups: u64,
    /// The largest groups, largest first; the first is number 1.
    pub rows: Vec<ClusterRow>,
    /// The texts of the first of them.
    pub details: Vec<ClusterDetails>,
    /// The repeats with the least similarity, least first.
    pub nearest: Vec<NearDecision>,
    /// What repeats inside documents; none where it was not looked for.
    pub paragraphs: Option<Repeated>,
    /// Names and values of what was asked for.
    pub parameters: Vec<(String, String)>,
}

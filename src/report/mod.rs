//! The report: one self-contained HTML page for a person who wants to see what was decided, and why.
//!
//! A run fills in a [`Report`], which holds no more than the page shows: counts already put into bins, the largest
//! clusters, texts already shortened to what differs. [`Report::write`] turns it into a page of at most
//! [`PAGE_BYTES`] that needs no network. Its figures, plots and matrix are written as HTML and SVG; clusters and
//! pairs of texts travel as JSON, and a script in the page shows them a screenful at a time, as text and never as
//! markup. What did not fit is counted in the page.
//!
//! Nothing in it depends on the time of day, on threads or on the machine.

mod calendar;
mod chart;
mod clusters;
mod difference;
mod histogram;
mod label;
mod matrix;
mod page;
mod pair;
mod timeline;

pub use crate::number::{grouped, percent};
pub use calendar::date_name;
pub use clusters::{ClusterDetails, ClusterRow, Member, NearDecision, TextRef};
pub use difference::{Difference, Piece, difference};
pub use histogram::{SimilarityHistogram, SizeHistogram};
pub use label::label;
pub use matrix::Matrix;
pub use page::PAGE_BYTES;
pub use pair::PairPage;
pub use timeline::{TIMELINE_ROWS, TimelineRow};

/// Rows of the list of clusters, at most; bytes may end it sooner.
pub const LISTED_CLUSTERS: usize = 20_000;

/// Clusters whose texts are in the page, at most. Setting texts side by side is most of what the page costs.
pub const DETAILED_CLUSTERS: usize = 60;

/// Members of a cluster that are named in the page, at most.
pub const NAMED_MEMBERS: usize = 20;

/// Members of a cluster that are set beside its representative, at most.
pub const COMPARED_MEMBERS: usize = 2;

/// Decisions nearest the threshold that are shown, at most.
pub const NEAREST_DECISIONS: usize = 20;

/// Repeated paragraphs that are shown, at most.
pub const PARAGRAPHS: usize = 100;

/// What a page says of what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// The page's heading.
    pub title: &'static str,
    /// One group of documents: `cluster`.
    pub group: &'static str,
    /// Several: `clusters`.
    pub groups: &'static str,
    /// The document that a group is about: `kept`.
    pub head: &'static str,
    /// What a decision near the threshold was made against: `kept`.
    pub beside: &'static str,
    /// Any other document of it: `removed`.
    pub member: &'static str,
    /// The file that lists all groups.
    pub table: &'static str,
    /// What tells how alike two documents are: `similarity`.
    pub measure: &'static str,
    /// The same in full, on an axis.
    pub measured: &'static str,
    /// Members that are no exact copies: `near-duplicates`.
    pub near: &'static str,
    /// The file that lists them.
    pub near_table: &'static str,
    /// What a member is measured against.
    pub against: &'static str,
    /// What a source in a row of the matrix does to one in a column.
    pub matrix: &'static str,
    /// What a page without a group says.
    pub nothing: &'static str,
}

impl Words {
    /// For `dedup`.
    pub const DEDUP: Self = Self {
        title: "What was told twice",
        group: "cluster",
        groups: "clusters",
        head: "kept",
        beside: "kept",
        member: "removed",
        table: "clusters.jsonl",
        measure: "similarity",
        measured: "similarity to the document it repeats",
        near: "near-duplicates",
        near_table: "removed.jsonl",
        against: "Every similarity is to the document kept",
        matrix: "Rows are the sources of removed documents, columns the sources of the documents kept in their place.",
        nothing: "No document repeats another: nothing was removed.",
    };

    /// For `stories`.
    pub const STORIES: Self = Self {
        title: "Stories told again",
        group: "story",
        groups: "stories",
        head: "origin",
        beside: "compared with",
        member: "retold",
        table: "stories.jsonl",
        measure: "containment",
        measured: "share of the shorter text in the longer one",
        near: "documents told again",
        near_table: "stories.jsonl",
        against: "Containment is the share of the shorter text that is in the longer one: of the document and the origin, \
                  or of the document and another through which it is linked. The origin",
        matrix: "Rows are the sources that retell, columns the sources of the earliest version.",
        nothing: "No story was told more than once.",
    };
}

/// A figure that stands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// What is counted.
    pub label: &'static str,
    /// The figure, as it is shown.
    pub value: String,
    /// What puts it into proportion; may be empty.
    pub note: String,
}

/// Probability of being found, by similarity.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Similarity and probability, both in `[0, 1]`, by ascending similarity.
    pub points: Vec<(f64, f64)>,
    /// The least similarity that should be found.
    pub threshold: f64,
    /// Probability that a pair at the threshold is found.
    pub recall: f64,
}

/// A paragraph that occurs more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// Its text, shortened with [`label`] or otherwise.
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
pub struct Repeated {
    /// Number of paragraphs that repeat.
    pub total: u64,
    /// Some of them, most frequent first.
    pub shown: Vec<Paragraph>,
}

/// Everything a page shows.
#[derive(Clone, Debug)]
pub struct Report {
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

//! What a page calls the things that it shows.

/// What a page says of what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words {
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
    pub(crate) const DEDUP: Self = Self {
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
    pub(crate) const STORIES: Self = Self {
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

//! What the columns of a table, or the fields of an object, hold.

use crate::corpus::{FieldPath, ID_NAMES};
use crate::error::Result;
use crate::nearest::nearest_name;

/// Usual names of a cluster, the likeliest first.
pub(super) const CLUSTER_NAMES: &[&str] = &[
    "cluster",
    "cluster_id",
    "label",
    "label_id",
    "group",
    "group_id",
    "story",
    "component",
    "entity",
    "twicetold.cluster",
    "twicetold_cluster",
];

/// Usual names of whether a document is kept.
const KEPT_NAMES: &[&str] = &["kept", "twicetold.kept", "twicetold_kept"];

/// Usual names of the two documents of a pair.
const PAIR_NAMES: &[(&str, &str)] = &[
    ("a", "b"),
    ("id", "kept_id"),
    ("id_a", "id_b"),
    ("a_id", "b_id"),
    ("id1", "id2"),
    ("id_1", "id_2"),
    ("doc_a", "doc_b"),
    ("doc1", "doc2"),
    ("doc_1", "doc_2"),
    ("left", "right"),
    ("left_id", "right_id"),
    ("first", "second"),
    ("suspicious", "source"),
];

/// Usual names of how similar the two are.
const SIMILARITY_NAMES: &[&str] = &["jaccard", "similarity", "score", "sim"];

/// Usual names of whether the two are duplicates.
const VERDICT_NAMES: &[&str] = &["label", "duplicate", "is_duplicate", "match", "is_match", "same", "truth"];

/// What is asked for by name.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListingFields {
    /// Holds the id [default: guessed].
    pub id: Option<FieldPath>,
    /// Holds the cluster, or of pairs whether they are duplicates [default: guessed].
    pub label: Option<FieldPath>,
}

/// Fields of a row about a document.
#[derive(Clone, Debug)]
pub(super) struct ClusterFields {
    pub id: FieldPath,
    pub cluster: FieldPath,
    pub kept: Option<FieldPath>,
}

/// Fields of a row about a pair.
#[derive(Clone, Debug)]
pub(super) struct PairFields {
    pub a: FieldPath,
    pub b: FieldPath,
    pub similarity: Option<FieldPath>,
    pub verdict: Option<FieldPath>,
}

fn usual(names: &[String], usual: &[&str]) -> Result<Option<FieldPath>> {
    let found = usual.iter().find(|name| names.iter().any(|other| other == *name));
    found.map(|name| FieldPath::new(*name)).transpose()
}

impl ClusterFields {
    /// The fields among these names; what is asked for need not be among them.
    pub(super) fn among(names: &[String], asked: &ListingFields) -> Result<Option<Self>> {
        let settle = |asked: &Option<FieldPath>, likely| match asked {
            Some(field) => Ok(Some(field.clone())),
            None => usual(names, likely),
        };
        let (id, cluster) = (settle(&asked.id, ID_NAMES)?, settle(&asked.label, CLUSTER_NAMES)?);
        let kept = usual(names, KEPT_NAMES)?;
        Ok(id.zip(cluster).map(|(id, cluster)| Self { id, cluster, kept }))
    }
}

impl PairFields {
    /// The fields among these names.
    pub(super) fn among(names: &[String], asked: &ListingFields) -> Result<Option<Self>> {
        let has = |name: &str| names.iter().any(|other| other == name);
        let Some(&(a, b)) = PAIR_NAMES.iter().find(|(a, b)| has(a) && has(b)) else { return Ok(None) };
        let verdict = match &asked.label {
            Some(field) => Some(field.clone()),
            None => usual(names, VERDICT_NAMES)?,
        };
        let similarity = usual(names, SIMILARITY_NAMES)?;
        Ok(Some(Self { a: FieldPath::new(a)?, b: FieldPath::new(b)?, similarity, verdict }))
    }
}

/// The names, as an error lists them, with the one that is nearest to what was asked for.
pub(super) fn listed(names: &[String], asked: Option<&FieldPath>) -> String {
    let near = asked.and_then(|asked| nearest_name(asked.as_str(), names.iter().map(String::as_str)));
    let hint = near.map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
    format!("{}{hint}", names.join(", "))
}

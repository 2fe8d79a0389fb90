//! What the page tells of single clusters and decisions. Everything here travels as JSON.

use serde::Serialize;

use super::difference::Difference;

/// A line of the list of clusters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ClusterRow {
    /// The beginning of the representative's text, on one line.
    pub title: String,
    /// The representative's id.
    pub id: String,
    /// Members, the representative included.
    pub size: u64,
    /// The least similarity of a member to the representative, in `[0, 1]`.
    pub lowest: f64,
    /// Distinct sources; none where documents have no source.
    pub sources: Option<u32>,
    /// The earliest date, as `2007-04-10`.
    pub first: Option<String>,
    /// The latest date.
    pub last: Option<String>,
}

/// Names a document, and says what is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct TextRef {
    /// Its id.
    pub id: String,
    /// Its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its date, as `2007-04-10`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// A member of a cluster beside its representative.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ClusterMember {
    /// The member.
    #[serde(flatten)]
    pub text: TextRef,
    /// Its similarity to the representative, in `[0, 1]`.
    pub similarity: f64,
    /// What it is to the representative: `exact`, `near`, `excerpt`, `expansion`.
    pub relation: &'static str,
    /// Where the two differ, for those that are set side by side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// A cluster with texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ClusterDetails {
    /// The document that the cluster is about.
    pub representative: TextRef,
    /// Some others: the least similar first, as they are the ones to look at.
    pub members: Vec<ClusterMember>,
    /// Members that are not named here.
    pub unnamed: u64,
}

/// A decision close to the threshold; where both documents stay, their relation is [`KEPT`](Self::KEPT).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct NearDecision {
    /// The beginning of the kept document's text, on one line.
    pub title: String,
    /// The document that stays.
    pub kept: TextRef,
    /// The one that repeats it.
    #[serde(flatten)]
    pub member: ClusterMember,
}

impl NearDecision {
    /// How the relation of documents is called that both stay.
    pub(crate) const KEPT: &str = "kept";

    /// Whether the one repeats the other; else both stay.
    pub(crate) fn is_repeat(&self) -> bool {
        self.member.relation != Self::KEPT
    }
}

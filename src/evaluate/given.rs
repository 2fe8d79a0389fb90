//! What is given to an evaluation: a result and labels, as they name documents.

use crate::params::Seed;

/// A document of a cluster: the numbers of its id and of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// The number of its id in [`IdNumbers`](super::IdNumbers).
    pub document: u32,
    /// Any number, the same for all members.
    pub cluster: u32,
}

/// Two documents, by the numbers of their ids, in either order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdPair {
    /// One of them.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// How similar they are, if that is known, in `[0, 1]`.
    pub similarity: Option<f64>,
}

/// Which documents a result calls duplicates of one another.
#[derive(Clone, Debug, PartialEq)]
pub enum FoundDuplicates {
    /// Documents of one cluster are; a document that stands in none is alone.
    Clusters(Vec<Membership>),
    /// These pairs are.
    Pairs(Vec<IdPair>),
    /// It does not say: a list of kept documents.
    Untold,
}

/// Which documents a result keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptDocuments {
    /// These.
    Listed(Vec<u32>),
    /// All but these.
    AllBut(Vec<u32>),
}

/// A result: what some tool says about documents.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// Which ones are duplicates.
    pub duplicates: FoundDuplicates,
    /// Which ones it keeps, if it says so.
    pub kept: Option<KeptDocuments>,
}

/// What is known of documents.
#[derive(Clone, Debug, PartialEq)]
pub enum KnownDuplicates {
    /// Documents of one cluster are duplicates, and no others. A document that stands in none has no label.
    Clusters(Vec<Membership>),
    /// These pairs are, or those of them that are similar enough ([`EvaluateOptions::threshold`]), and no others.
    Pairs(Vec<IdPair>),
    /// Some pairs were judged, and nothing is known of all others.
    Judged {
        /// Duplicates.
        positive: Vec<IdPair>,
        /// No duplicates.
        negative: Vec<IdPair>,
    },
}

/// Labels: what a result is held to.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// Which documents are duplicates.
    pub duplicates: KnownDuplicates,
    /// All documents that the labels are about, where a document need not stand in a pair.
    pub documents: Option<Vec<u32>>,
}

/// How a result is evaluated.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EvaluateOptions {
    /// The least similarity of labelled pairs that are duplicates; without one, all of them are.
    pub threshold: Option<f64>,
    /// The lower ends of the bins of similarity, ascending.
    pub bins: Vec<f64>,
    /// How often the labelled clusters are drawn anew for the intervals; 0 for none.
    pub replicates: u32,
    /// The seed of these draws.
    pub seed: Seed,
}

impl EvaluateOptions {
    /// Draws where none is asked for: the ends of an interval of 95 % are then off by about a fiftieth of its width.
    pub const REPLICATES: u32 = 1000;
}

impl Default for EvaluateOptions {
    /// Bins of a tenth from 0.5 on and one for equal texts, 1,000 draws.
    fn default() -> Self {
        let bins = (5..=10).map(|tenth| f64::from(tenth) / 10.0).collect();
        Self { threshold: None, bins, replicates: Self::REPLICATES, seed: Seed::default() }
    }
}

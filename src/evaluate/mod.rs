//! Results of deduplication against labels: how much was found, how much of it is right, what is wrong about the documents kept.
//!
//! A result and labels say of the same documents which are duplicates: by clusters, by pairs, or by a list of what is kept.
//! [`evaluate`] measures the one by the other; [`labelled`](crate::labelled) reads both from files.
//!
//! ```
//! use twicetold::evaluate::{
//!     ClusterMember, EvaluateOptions, Figure, FoundDuplicates, Ids, KnownDuplicates, Labels, ToolResult, evaluate,
//! };
//!
//! let mut ids = Ids::default();
//! let mut clusters = |clusters: &[&[&str]]| {
//!     let numbered = (0..).zip(clusters);
//!     let members = numbered.flat_map(|(cluster, members)| members.iter().map(move |id| (*id, cluster)));
//!     members.map(|(id, cluster)| Ok(ClusterMember { document: ids.number(id)?, cluster })).collect()
//! };
//! let labels = clusters(&[&["a", "b", "c"], &["d"]]).map(KnownDuplicates::Clusters)?;
//! // The tool misses that c repeats a and b.
//! let found = clusters(&[&["a", "b"]]).map(FoundDuplicates::Clusters)?;
//! let evaluation = evaluate(
//!     ids.len(),
//!     &ToolResult { duplicates: found, kept: None },
//!     &Labels { duplicates: labels, documents: None },
//!     None,
//!     &[],
//!     &EvaluateOptions::default(),
//!     &(),
//! )?;
//! let value = |figure| evaluation.figures.iter().find(|one| one.figure == figure).and_then(|one| one.value);
//! assert_eq!(value(Figure::PairPrecision), Some(1.0));
//! assert_eq!(value(Figure::PairRecall), Some(1.0 / 3.0));
//! # Ok::<(), twicetold::Error>(())
//! ```

mod bins;
mod bootstrap;
mod cells;
mod evaluation;
mod figure;
mod given;
mod ids;
mod kept;
mod population;
mod side;
#[cfg(test)]
mod tests;
mod units;

pub use evaluation::{CountedPairs, Evaluation, KeptSet, Measured, SimilarityBin, evaluate};
pub use figure::Figure;
pub use given::{
    ClusterMember, EvaluateOptions, FoundDuplicates, IdPair, KeptDocuments, KnownDuplicates, Labels,
    ToolResult,
};
pub use ids::Ids;

//! Results of deduplication against labels: how much was found, how much of it is right, what is wrong about the documents kept.
//!
//! A result and labels say of the same documents which are duplicates: by clusters, by pairs, or by a list of what is kept.
//! [`evaluate`] measures the one by the other; [`labelled`](crate::labelled) reads both from files.
//!
//! ```
//! use twicetold::evaluate::{
//!     Membership, EvaluateOptions, Metric, FoundDuplicates, IdNumbers, KnownDuplicates, Labels, ToolResult, evaluate,
//! };
//!
//! let mut ids = IdNumbers::default();
//! let mut clusters = |clusters: &[&[&str]]| {
//!     let numbered = (0..).zip(clusters);
//!     let members = numbered.flat_map(|(cluster, members)| members.iter().map(move |id| (*id, cluster)));
//!     members.map(|(id, cluster)| Ok(Membership { document: ids.number(id)?, cluster })).collect()
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
//! let value = |metric| evaluation.figures.iter().find(|one| one.metric == metric).and_then(|one| one.value);
//! assert_eq!(value(Metric::PairPrecision), Some(1.0));
//! assert_eq!(value(Metric::PairRecall), Some(1.0 / 3.0));
//! # Ok::<(), twicetold::Error>(())
//! ```

mod bins;
mod bootstrap;
mod cells;
mod evaluation;
mod given;
mod ids;
mod kept;
mod metric;
mod population;
mod side;
#[cfg(test)]
mod tests;
mod units;

pub use evaluation::{CountedPairs, Evaluation, KeptErrors, Measured, SimilarityBin, evaluate};
pub use given::{
    EvaluateOptions, FoundDuplicates, IdPair, KeptDocuments, KnownDuplicates, Labels, Membership, ToolResult,
};
pub use ids::IdNumbers;
pub(crate) use ids::id_literal;
pub use metric::Metric;

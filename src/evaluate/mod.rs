//! Results of deduplication against labels: how much was found, how much of it is right, what is wrong about the documents kept.
//!
//! A result and labels say of the same documents which are duplicates: by clusters, by pairs, or by a list of what is kept.
//! [`evaluate`] measures the one by the other; [`labelled`](crate::labelled) reads both from files.
//!
//! ```
//! use twicetold::Error;
//! use twicetold::evaluate::{
//!     EvaluateOptions, FoundDuplicates, IdNumbers, KnownDuplicates, Labels, Membership, Metric, ToolResult, evaluate,
//! };
//!
//! let mut ids = IdNumbers::default();
//! let mut member = |id, cluster| Ok::<_, Error>(Membership { document: ids.number(id)?, cluster });
//! let known = vec![member("a", 0)?, member("b", 0)?, member("c", 0)?, member("d", 1)?];
//! // The tool misses that c repeats a and b.
//! let found = vec![member("a", 7)?, member("b", 7)?];
//! let labels = Labels { duplicates: KnownDuplicates::Clusters(known), documents: None };
//! let result = ToolResult { duplicates: FoundDuplicates::Clusters(found), kept: None };
//! let evaluation =
//!     evaluate(ids.len(), &result, &labels, None, &[], &EvaluateOptions::default(), &())?;
//! let value = |metric| evaluation.figures.iter().find(|one| one.metric == metric).and_then(|one| one.value);
//! assert_eq!(value(Metric::PairPrecision), Some(1.0));
//! assert_eq!(value(Metric::PairRecall), Some(1.0 / 3.0));
//! # Ok::<(), Error>(())
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

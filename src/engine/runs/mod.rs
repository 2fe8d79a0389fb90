//! The runs: everything that a caller may ask the engine for, but for stories.

mod compare;
mod dedup;
mod deduplicator;
mod estimate;
mod explain;
mod intake;
mod labels;
mod losses;
mod options;
mod rules;
mod safety;
mod summary;
mod truth;

pub use compare::{Comparison, Wanted, compare, template_reason, texts_of};
pub use dedup::{Outcome, Written};
pub use deduplicator::{Deduplicated, Deduplicator, DeduplicatorBuilder};
pub use estimate::Estimate;
pub use explain::{Explanation, SharedPassage, explain};
pub use intake::{BorrowedDocument, DecidedDocuments, Decision, Intake};
pub use labels::{LabelledDocument, documents_of};
pub use options::Dedup;
pub use safety::{SafetyStops, Share, SourceLimit};
pub use truth::{Truth, truth, truth_within};

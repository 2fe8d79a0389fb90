//! The whole of a run: the stages strung together.

mod candidates_from_files;
mod compare;
mod decide;
mod dedup;
mod deduplicator;
mod estimate;
mod excerpts;
mod explain;
mod fold;
mod ingest;
mod ingest_to_files;
mod matching;
mod observer;
mod order;
mod paragraphs;
mod pass;
#[cfg(feature = "report")]
mod report;
mod safety;
mod stories;
mod templates;
mod truth;
mod workspace;

pub use crate::work::Resume;
pub use compare::{Comparison, Wanted, compare, texts_of};
pub use dedup::{Dedup, Outcome, Strictness};
pub use deduplicator::{Decision, Deduplicated, Deduplicator, DeduplicatorBuilder, Document, Intake};
pub use estimate::Estimate;
pub use explain::{Explanation, SharedPassage, explain};
pub use matching::{Comparing, Index, Matching, TemplateRule};
pub use observer::{Observer, Stage};
pub use paragraphs::{ParagraphMode, ParagraphOptions};
pub use safety::{SafetyStops, Share, SourceLimit};
pub use stories::{Stories, StoriesOutcome, Window};
pub use truth::{Truth, truth};
pub use workspace::OutOfCore;

//! The whole of a run: the stages strung together.

mod candidates_from_files;
mod compare;
mod decide;
mod dedup;
mod estimate;
mod fold;
mod ingest;
mod ingest_to_files;
mod matching;
mod observer;
mod paragraphs;
mod pass;
#[cfg(feature = "report")]
mod report;
mod safety;
mod truth;
mod workspace;

pub use crate::work::Resume;
pub use compare::{Comparison, compare, texts_by_id};
pub use dedup::{Dedup, Outcome, Strictness};
pub use estimate::Estimate;
pub use matching::{Index, Matching};
pub use observer::{Observer, Stage};
pub use paragraphs::{ParagraphMode, ParagraphOptions};
pub use safety::{SafetyStops, Share, SourceLimit};
pub use truth::{Truth, truth};
pub use workspace::OutOfCore;

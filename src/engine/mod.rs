//! The whole of a run: the stages strung together.

mod bounded;
mod decide;
#[cfg(test)]
mod failing_disk;
mod ingest;
mod observer;
mod paragraphs;
mod plan;
#[cfg(feature = "report")]
mod report;
mod runs;
mod stories;

pub use crate::reuse::beside::{Block, Mark, Span};
pub use crate::reuse::story::{Link, Provenance, Retelling, RoundUp, Story};
pub use crate::work::Resume;
pub use bounded::OutOfCore;
pub use decide::AuditSample;
pub use observer::{Observer, Stage};
pub use paragraphs::{ParagraphMode, ParagraphOptions};
pub use plan::{Comparing, Index, Matching, Representatives, Strictness, TemplateRule};
pub use runs::{
    BorrowedDocument, Comparison, DecidedDocuments, Decision, Dedup, Deduplicated, Deduplicator,
    DeduplicatorBuilder, Estimate, Explanation, Intake, LabelledDocument, Outcome, SafetyStops, Share,
    SharedPassage, SourceLimit, Truth, Wanted, Written, compare, documents_of, explain, template_reason,
    texts_of, truth, truth_within,
};
pub use stories::{Stories, StoriesOutcome, StoryVerdict, Window};

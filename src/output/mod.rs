//! Decisions to files: the clean corpus, and an account of every decision.

mod annotations;
mod audit;
mod clean;
mod commit;
mod contained;
mod cuts;
mod directory;
mod excerpts;
mod items;
mod lock;
mod mode;
mod paragraphs;
mod recorded;
mod stories;
mod summary;
mod tables;
mod unfinished;

pub use audit::{AuditFigures, NearestDecision};
pub(crate) use clean::{CleanSink, Records, write_clean};
pub(crate) use cuts::Cuts;
pub(crate) use directory::StagedFile;
pub(crate) use directory::WORK;
pub use directory::{IfNotEmpty, OutputDirectory};
pub use excerpts::{ExcerptFigures, TemplateFigures};
pub use items::{HeldItem, ItemFigures, UnsearchedItem};
pub(crate) use mode::Ids;
pub use mode::Mode;
pub use paragraphs::{RepeatedParagraph, ShortenedDocument};
pub use recorded::{RecordedRemoval, recorded_removal};
pub use stories::{BoundCounts, StoryDocuments, StoryIndex, StoryParameters, StorySummary, UnlinkedCounts};
pub(crate) use stories::{StoryTables, credit_flows, flows};
pub(crate) use summary::Stopwatch;
pub use summary::{
    DocumentCounts, IndexParameters, ParagraphCounts, ParagraphParameters, Parameters, ReferenceCounts,
    SourceLoss, StageTiming, Summary, Timing, Usage,
};
pub(crate) use tables::Tables;
pub use unfinished::Leftovers;

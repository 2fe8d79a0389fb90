//! Decisions to files: the clean corpus, and an account of every decision.

mod annotations;
mod clean;
mod commit;
mod cuts;
mod directory;
mod disk;
mod excerpts;
mod lock;
mod mode;
mod paragraphs;
mod recorded;
mod stories;
mod summary;
mod tables;

pub use clean::{CleanSink, Records, write_clean};
pub use cuts::Cuts;
pub(crate) use directory::StagedFile;
pub use directory::{IfNotEmpty, OutputDirectory, WORK};
pub use excerpts::{ExcerptFigures, TemplateFigures};
pub(crate) use mode::Ids;
pub use mode::Mode;
pub use paragraphs::RepeatedParagraph;
pub use recorded::{RecordedRemoval, recorded_removal};
pub use stories::{
    BoundCounts, Flow, SourceCounts, StoryDocuments, StoryIndex, StoryParameters, StorySummary, StoryTables,
    UnlinkedCounts, flows, source_counts,
};
pub use summary::{
    DocumentCounts, IndexParameters, ParagraphCounts, ParagraphParameters, Parameters, ReferenceCounts,
    StageTiming, Stopwatch, Summary, Timing, Usage,
};
pub use tables::Tables;

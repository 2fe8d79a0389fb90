//! What `stories` writes: stories, sources, flows between sources, and the figures of the run.

mod flows;
mod summary;
mod tables;

pub use flows::{Flow, SourceCounts, flows, source_counts};
pub use summary::{BoundCounts, StoryDocuments, StoryIndex, StoryParameters, StorySummary, UnlinkedCounts};
pub use tables::StoryTables;

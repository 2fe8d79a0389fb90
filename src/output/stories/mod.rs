//! What `stories` writes: stories, sources, flows between sources and from agencies, and the figures of the run.

mod flows;
mod summary;
mod tables;

pub(crate) use flows::{credit_flows, flows};
pub use summary::{BoundCounts, StoryDocuments, StoryIndex, StoryParameters, StorySummary, UnlinkedCounts};
pub(crate) use tables::StoryTables;

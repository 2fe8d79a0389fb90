//! Runs within a memory limit: work files instead of memory, and going on where an earlier run stopped.

mod candidates;
mod ingest;
mod journal;
mod storage;
mod workspace;

pub(super) use journal::DecisionJournal;
pub(super) use storage::Storage;
pub use workspace::OutOfCore;

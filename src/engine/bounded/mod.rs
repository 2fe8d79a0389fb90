//! Runs within a memory limit: work files instead of memory, and going on where an earlier run stopped.

mod candidates;
mod ingest;
mod journal;
mod parts;
mod sets;
mod storage;
mod workspace;

pub(super) use journal::{DecisionJournal, EarlierDecisions, TemplateCount};
pub(super) use parts::{FoldedParts, PartSketches};
pub(super) use sets::SetAllowance;
pub(super) use storage::Storage;
pub use workspace::OutOfCore;

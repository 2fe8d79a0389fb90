//! Runs within a memory limit: work files instead of memory, and going on where an earlier run stopped.

mod candidates;
mod ingest;
mod journal;
mod parts;
mod reading;
mod sets;
mod sets_join;
mod storage;
mod trial;
mod workspace;

pub(super) use journal::{DecisionJournal, EarlierDecisions, TemplateCount};
pub(super) use parts::{FoldedParts, PartSketches};
pub(super) use sets::SetAllowance;
pub(super) use sets_join::{SpilledPairs, join_within};
pub(super) use storage::Storage;
pub(super) use trial::TrialLimit;
pub use workspace::OutOfCore;

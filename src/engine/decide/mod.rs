//! Sketches to decisions: records of the reference inside documents; order, fold, bucket, verify, choose; then
//! excerpts; and an audit of the index.

mod audit;
mod decisions;
mod excerpts;
mod fold;
mod items;
mod node_shingles;
mod order;
mod templates;

pub use audit::AuditSample;
pub(super) use decisions::{Decisions, decide};
pub(super) use excerpts::{ExcerptKeys, Sampled, sampler};
pub(super) use fold::Folded;
pub(super) use items::{FoundItems, SearchedItems, met_in, table_of};
pub(super) use order::Order;

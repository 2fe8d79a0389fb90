//! Sketches to decisions: records of the reference inside documents; order, fold, bucket, verify, choose; an audit of the
//! index; then excerpts; then how many of a cluster stay.

mod audit;
mod decisions;
mod excerpts;
mod fold;
mod items;
mod node_shingles;
mod order;
mod recurring;
mod representatives;
mod templates;

pub use audit::AuditSample;
pub(super) use decisions::{Decisions, decide};
pub(super) use excerpts::{ExcerptKeys, Sampled, sampler};
pub(super) use fold::Folded;
pub(super) use items::{FoundItems, SearchedItems, met_in, table_of};
pub(super) use order::Order;
pub(super) use recurring::RecurringShingles;
pub(super) use templates::Templates;

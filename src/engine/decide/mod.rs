//! Sketches to decisions: order, fold, bucket, verify, choose; then excerpts.

mod decisions;
mod excerpts;
mod fold;
mod node_shingles;
mod order;
mod templates;

pub(super) use decisions::{Decisions, decide};
pub(super) use excerpts::{ExcerptKeys, Sampled, sampler};
pub(super) use fold::Folded;
pub(super) use order::Order;

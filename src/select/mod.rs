//! Candidates to decisions: which documents are kept, and which kept one each of the others repeats.

#[cfg(test)]
mod cost;
mod crowd;
mod family;
mod frequencies;
mod greedy;
mod postings;
mod priority;
mod removal;
mod verify;

pub use crate::relation::{Relation, RelationCounts};
pub(crate) use crowd::{Crowd, CrowdLookup, SOME_NODES};
pub(crate) use family::{ChargeIndex, CrowdFamily, uncharged};
pub(crate) use frequencies::CrowdPrefix;
pub use greedy::{Removed, Selection, select};
pub(crate) use greedy::{SelectionState, Selector};
pub use priority::{PriorityKey, priority_order};
pub(crate) use removal::Removals;
pub use removal::{Cluster, Removal, clusters};
pub(crate) use verify::similarities;
pub use verify::{Judgement, ShingleSource, Verification};

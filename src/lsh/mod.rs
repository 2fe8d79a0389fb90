//! Signatures to candidate pairs, by locality-sensitive hashing.
//!
//! Source: Indyk and Motwani 1998, "Approximate nearest neighbors"; the banding of MinHash signatures is
//! described in Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.

mod agreement;
mod audit_index;
mod banding;
mod buckets;
mod candidates;
mod neighbours;
mod pairs;
mod scope;
mod spill;

pub use agreement::AgreementFloor;
pub(crate) use audit_index::AuditIndex;
pub use banding::Banding;
pub(crate) use buckets::band_keys;
pub use buckets::bands_shared;
pub use candidates::{Candidates, candidates, candidates_within};
pub use neighbours::neighbours;
pub(crate) use neighbours::neighbours_within;
pub(crate) use pairs::PairStream;
pub use pairs::{CandidatePair, Pairs};
pub use scope::Scope;
pub(crate) use spill::{Spill, SpilledRun};

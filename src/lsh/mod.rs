//! Signatures to candidate pairs, by locality-sensitive hashing.
//!
//! Source: Indyk and Motwani 1998, "Approximate nearest neighbors"; the banding of MinHash signatures is
//! described in Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.

mod agreement;
mod banding;
mod candidates;

pub use agreement::AgreementFloor;
pub use banding::Banding;
pub use candidates::{CROWD, CandidatePair, Candidates, bands_shared, candidates};

//! Shingles to signatures.
//!
//! A signature is a row of [`Slots`](crate::Slots) values of 16 bits. The share of equal slots of two signatures estimates
//! the Jaccard similarity of the shingle sets they were made from.

mod fast_similarity;
#[cfg(test)]
mod k_permutation;
mod signatures;
mod slot;

pub use fast_similarity::{SketchScratch, Sketcher, TakeShingles};
pub use signatures::{RowBuffer, Signatures};
pub use slot::{Slot, agreement};

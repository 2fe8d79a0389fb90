//! The passages two texts share, with their places in both.
//!
//! Works on tokens ([`crate::text::Token`]), so case, punctuation and line breaks do not matter, and finds passages
//! that were lightly edited, scanned badly or moved:
//!
//! 1. **Seed.** Sequences of three tokens that stand in both texts are matched, unless they stand there too often
//!    (more than 16 combinations): a refrain says nothing about where a passage comes from, and matching all of it
//!    would be quadratic. What continues on both sides becomes a run of equal tokens.
//! 2. **Chain.** Runs that follow one another in both texts, with less than 32 words between them, are joined by
//!    dynamic programming: a matched word earns 4, a word of a gap costs 1, a word that one side's gap has more than
//!    the other's costs 2. The best chain is taken first; the next may not use its words again. So passages in other
//!    order, or moved, become chains of their own.
//! 3. **Fill and extend.** Gaps are aligned by edit distance, and the ends are extended through mismatches as long
//!    as matches (3) outweigh errors (1), sixteen words at a time.
//!
//! Chaining of exact matches by sparse dynamic programming is as in sequence alignment (Abouelhoda and Ohlebusch,
//! "Chaining algorithms for multiple genome comparison", 2005); finding text reuse so is D. Smith, R. Cordell and
//! A. Mullen, "Computational Methods for Uncovering Reprinted Texts in Antebellum Newspapers", 2015.

mod aligner;
mod chain;
mod fill;
mod order;
mod passage;
mod seeds;

pub use aligner::Aligner;
pub use order::common_order;
pub use passage::{Passage, Run};

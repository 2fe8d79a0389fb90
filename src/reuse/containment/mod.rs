//! Pairs of documents of which the smaller is contained in the larger, though they are too unequal for Jaccard.
//!
//! The containment of a pair is the share of the smaller shingle set that is in the larger. Finding all pairs of at
//! least some containment exactly takes every shingle of every document in memory ([`crate::similarity::join`]).
//! Here it takes a sample, chosen by the hash alone, so that two documents sample the same of what they share:
//!
//! 1. **Sample.** While a document is read, the shingles whose hash is below a bound are kept, four bytes each
//!    ([`Sampler`], [`Samples`]).
//! 2. **Look up.** Of the *m* samples of a document contained in another, at least *k(m)* are in the other. So one of
//!    its *m - k + 1* rarest is: only these are looked up, and the documents found are counted against *k*
//!    ([`candidates`](candidates())). A shingle sampled in more than so many documents is not looked up; the documents that
//!    have it are listed.
//! 3. **Decide.** Candidates are compared by their full shingle sets, so what is returned is exact: all pairs ([`verify`](verify())), or only
//!    what has to go if no kept document is to contain another ([`excerpts`](excerpts())). The latter looks the listed
//!    documents up by all their shingles among those that stay, so that nothing is left out.
//!
//! Documents shorter than that are not sampled. They become candidates where a paragraph of theirs is one of a larger
//! document ([`candidates_by_paragraphs`]), and are decided about in the same way.
//!
//! # Recall
//!
//! Let *c* be the containment, *R* the recall, and *n* the least number of distinct shingles in a document that is
//! judged, `least_units - width + 1`. A share *r* of all hashes is below the bound. A contained pair shares at
//! least *c n* shingles, and is missed
//!
//! * if none of them is sampled, with probability at most (1 - r)^(c n): the rate is chosen to make this
//!   ¾ (1 - R);
//! * if fewer than *k(m)* of the *m* samples are among those shared. They are drawn without replacement from a set of
//!   which at least the share *c* is shared; *k(m)* is the largest number such that of *m* independent draws fewer
//!   than *k* succeed with a probability of at most *δ* = ¼ (1 - R). (Drawing without replacement, this is rarer.
//!   From 512 samples, k(m) is by Hoeffding's inequality ⌊c m - √(m ln(1/δ) / 2)⌋ + 1.)
//!
//! Together at most 1 - R, for the smallest document at exactly *c*; larger documents and larger containments are
//! missed far more rarely. With `word:5`, 50 words, c = 0.6 and R = 0.99 the rate is 16 %. A recall of 1 samples
//! everything. With [`verify`](verify()), what the limit on frequent shingles leaves out comes on top: it bites where
//! all of the rarest shingles of a document are in hundreds of others, so give the search one document of each cluster
//! of near-duplicates.
//!
//! Source of the bound: W. Hoeffding, "Probability inequalities for sums of bounded random variables", 1963, sections
//! 2 and 6 (sampling without replacement). Sampling by hash: Manber, "Finding similar files in a large file system",
//! 1994; Broder, "On the resemblance and containment of documents", 1997.
//!
//! # Cost
//!
//! Sampling looks at each shingle hash once more. Memory: 4 bytes a sample and 8 bytes a document while reading, 12
//! bytes a sample more while candidates are found; at 16 % that is 1.3 bytes a word, then 4 bytes more; and 20 to 24 bytes
//! a shingle of listed documents that stay. Time: one sort of all samples; then at most `frequent` documents for each of
//! a document's rarest samples. Listed documents are read three times, and walk the postings of the rarest two fifths
//! of their shingles (at a containment of 0.6) among those that stay: a footer that is more than the rest of a document
//! makes excerpts of all but one, and one that is less is not among the rarest. benches/RESULTS.md has such families.

mod crowd;
mod excerpts;
mod index;
mod order;
mod paragraphs;
mod rows;
mod sampling;
mod spilled;
mod verify;

pub(crate) use excerpts::excerpts_within;
pub use excerpts::{Excerpt, excerpts};
pub use index::{ContainmentCandidates, candidates};
pub use order::ExcerptOrder;
pub(crate) use order::{Preference, SizeOrder};
pub(crate) use paragraphs::LEAST_PARAGRAPH_BYTES;
pub use paragraphs::{LEAST_UNITS as LEAST_PARAGRAPH_UNITS, Paragraphs, candidates_by_paragraphs};
pub(crate) use rows::SpilledRows;
pub use sampling::{ContainmentSearch, Sampler, Samples};
pub(in crate::reuse) use spilled::{KeyHolders, SampleCandidates};
pub(crate) use spilled::{SpillFiles, SpilledCandidates, SpilledKeys};
pub use verify::{ContainedPair, verify};

//! Exact similarity of shingle sets: of one pair, and of every pair in a corpus.
//!
//! # Two measures
//!
//! For two sets of shingles *A* and *B*,
//!
//! * their **Jaccard similarity** is |A ∩ B| / |A ∪ B|: how near they are to being the same;
//! * their **containment** is |A ∩ B| / min(|A|, |B|): how much of the smaller is in the larger. It is the larger
//!   of the two directions |A ∩ B| / |A| and |A ∩ B| / |B|.
//!
//! Both follow from the overlap |A ∩ B| and the two sizes. [`jaccard`] and [`containment`] compute them everywhere, and
//! only [`share`] divides, so that a pair exactly at a threshold is on the same side of it everywhere. An empty set is
//! similar to nothing, not even to another empty set.
//!
//! # One pair
//!
//! [`SetTable`] holds the shingles of one text and counts overlaps. It is made for verifying candidates: texts are
//! shingled again when needed, compared with one or a few others, and forgotten. [`count_in_passes`] counts the same for
//! texts whose sets would take too much memory, a range of hashes at a time.
//!
//! # Every pair
//!
//! [`join`] finds all pairs at or above a threshold and misses none, which makes it the measure of everything that
//! works with candidates. Comparing all pairs of 17,000 documents would be 150 million overlaps; the join avoids
//! nearly all of them:
//!
//! 1. **Copies are folded.** Documents with equal sets are joined as one and expanded at the end.
//! 2. **Rare first.** All sets are put in one order, by ascending number of sets that hold a shingle. A shingle held
//!    by a single set can never be shared; most are of this kind, and they come first.
//! 3. **Prefix filter.** Of two similar sets, the short prefix of the smaller meets the long prefix of the larger
//!    (`prefix.rs`). So only these, which hold the rarest shingles, are indexed and looked up. A set whose prefix is all
//!    its own is done at once.
//! 4. **Length filter.** For a Jaccard similarity of *t* the smaller set has at least t times the size of the larger.
//! 5. **Positional filter.** Where a shared shingle stands bounds what may follow: the overlap is at most what was
//!    seen so far plus the shorter of the two rests.
//! 6. **Verification.** What remains is counted against a bitmap of one set's shingles, and given up once the rest
//!    cannot suffice.
//!
//! For containment the larger set may be of any size: its long prefix is all of it, and there is no length filter.
//!
//! Filters are computed with slack and only rule out what cannot reach the threshold; the division decides.
//!
//! Sources: Bayardo, Ma, Srikant, "Scaling Up All Pairs Similarity Search", WWW 2007 (prefixes in order of
//! frequency, indexing by size); Xiao, Wang, Lin, Yu, "Efficient Similarity Joins for Near Duplicate Detection",
//! WWW 2008 (positional filter, shorter prefixes for the index).

mod collection;
mod dense;
mod join;
mod measure;
mod pairs;
mod passes;
mod prefix;
mod sets;

pub use collection::SetCollection;
pub use join::join;
pub(crate) use join::join_in_batches;
pub use measure::{Measure, containment, jaccard, share};
pub use pairs::{JoinPair, SimilarPairs};
pub(crate) use passes::shared_of_ascending;
pub use passes::{CountedSet, SetCounts, count_in_passes};
pub use sets::SetTable;

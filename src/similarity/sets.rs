//! A set of shingle hashes that is quick to make and quick to compare.
#![allow(
    clippy::cast_possible_truncation,
    reason = "sets are numbered in 32 bits, which the collection checks; counts are far below 2^53"
)]

use super::passes::SetCounts;
use crate::hash;

/// Hashes that share a place in the table, in order of arrival; zero marks a free place.
///
/// Comparing all four takes no branch, and few buckets are ever full, so hardly any branch is mispredicted whether a
/// hash is there or not. With single slots, probed one after the other, that is what most of the time goes to.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Bucket([u64; 4]);

impl Bucket {
    #[inline]
    #[expect(clippy::needless_bitwise_bool, reason = "the point is to have no branch")]
    fn holds(self, hash: u64) -> bool {
        let [a, b, c, d] = self.0;
        (a == hash) | (b == hash) | (c == hash) | (d == hash)
    }

    /// Number of places taken.
    #[inline]
    fn taken(self) -> usize {
        let [a, b, c, d] = self.0.map(|place| usize::from(place != 0));
        a + b + c + d
    }

    #[inline]
    fn is_full(self) -> bool {
        self.0[3] != 0
    }
}

/// Tables of up to this many buckets (1 MiB) keep their memory whatever comes next.
const KEPT_BUCKETS: usize = 1 << 15;

/// Sets of up to this many hashes have a bucket for each; larger ones, where fetching memory is what takes time, a
/// bucket for every two.
const ROOMY_HASHES: usize = 1 << 12;

/// The distinct shingle hashes of one text, for exact overlaps.
///
/// A verified pair is compared once or a few times, so making the set costs more than using it. This is an open
/// addressing table of small buckets, found by the top bits of the hash: O(n) without sorting. At 500 hashes making
/// it takes 3 ns a hash, where sorting takes 8, and an overlap 2 ns. A list of the distinct hashes beside it lets
/// [`overlap`] walk one set in order and probe the other. 40 to 72 bytes a shingle, 24 to 40 in sets of thousands.
///
/// Memory is kept from one [`build`] to the next, save after a set far larger than those that follow.
///
/// ```
/// use twicetold::similarity::{SetTable, jaccard};
///
/// let (mut a, mut b) = (SetTable::default(), SetTable::default());
/// a.build(&[7, 0, 9, 7]);
/// b.build(&[9, 0, 1]);
/// assert_eq!((a.len(), a.overlap(&b)), (3, 2));
/// assert_eq!(jaccard(a.overlap(&b), a.len(), b.len()), 0.5);
/// ```
///
/// [`build`]: SetTable::build
/// [`overlap`]: SetTable::overlap
#[derive(Default)]
pub struct SetTable {
    /// A power of two of buckets, at least two, or none before the first build. A hash is in its own bucket or, if
    /// that is full, in the first behind it with a free place.
    buckets: Vec<Bucket>,
    /// 64 less the binary logarithm of the number of buckets.
    shift: u32,
    /// The distinct hashes other than zero, in order of first appearance.
    distinct: Vec<u64>,
    /// Whether zero, which the buckets cannot hold, is in the set.
    zero: bool,
}

impl SetTable {
    /// Replaces the content by `hashes`, in any order; repeats count once. O(n).
    pub fn build(&mut self, hashes: &[u64]) {
        self.clear_for(hashes.len());
        let Self { buckets, shift, distinct, zero } = self;
        let last = buckets.len() - 1;
        // Ends: at most half of all places are ever taken.
        for &hash in hashes {
            if hash == 0 {
                *zero = true;
                continue;
            }
            let mut place = (hash::spread(hash) >> *shift) as usize & last;
            while buckets[place].is_full() && !buckets[place].holds(hash) {
                place = (place + 1) & last;
            }
            let bucket = &mut buckets[place];
            if !bucket.holds(hash) {
                bucket.0[bucket.taken()] = hash;
                distinct.push(hash);
            }
        }
    }

    /// Empties the set and makes room for `count` hashes, at most one or two a bucket of four.
    fn clear_for(&mut self, count: usize) {
        let wanted = if count <= ROOMY_HASHES { count } else { count.div_ceil(2) };
        let wanted = wanted.next_power_of_two().max(2);
        if self.buckets.capacity() > KEPT_BUCKETS.max(wanted * 8) {
            *self = Self::default();
        }
        self.buckets.clear();
        self.buckets.resize(wanted, Bucket::default());
        self.shift = 64 - wanted.trailing_zeros();
        self.distinct.clear();
        self.distinct.reserve(count);
        self.zero = false;
    }

    /// Number of distinct hashes.
    #[inline]
    pub fn len(&self) -> usize {
        self.distinct.len() + usize::from(self.zero)
    }

    /// Whether the set has no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of hashes that are in both sets. O(size of the smaller set).
    pub fn overlap(&self, other: &Self) -> usize {
        let (walked, probed) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        if probed.buckets.is_empty() {
            return 0;
        }
        let common: usize = walked.distinct.iter().map(|&hash| usize::from(probed.holds(hash))).sum();
        common + usize::from(walked.zero && probed.zero)
    }

    /// Sizes and overlap of this set, the first, and another. O(size of the smaller set).
    pub fn counts(&self, other: &Self) -> SetCounts {
        SetCounts { first: self.len(), second: other.len(), shared: self.overlap(other) }
    }

    /// Whether a hash other than zero is in a table that has buckets.
    #[inline]
    fn holds(&self, hash: u64) -> bool {
        let buckets = &self.buckets[..];
        let last = buckets.len() - 1;
        let mut place = (hash::spread(hash) >> self.shift) as usize & last;
        loop {
            let held = buckets[place].holds(hash);
            if held | !buckets[place].is_full() {
                return held;
            }
            place = (place + 1) & last;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Sets of every kind met: well mixed hashes, small numbers, and numbers that differ in high bits only.
    fn hashes() -> impl Strategy<Value = Vec<u64>> {
        let element = prop_oneof![
            (0u64..200).prop_map(hash::mix),
            0u64..200,
            (0u64..200).prop_map(|n| n << 56),
            prop_oneof![Just(0), Just(u64::MAX)],
        ];
        proptest::collection::vec(element, 0..300)
    }

    proptest! {
        #[test]
        fn sizes_and_overlaps_equal_those_of_tree_sets(lists in proptest::collection::vec(hashes(), 2..6)) {
            // One pair of tables for all of them, so that nothing of an earlier set may remain.
            let (mut a, mut b) = (SetTable::default(), SetTable::default());
            for pair in lists.windows(2) {
                a.build(&pair[0]);
                b.build(&pair[1]);
                let trees: Vec<BTreeSet<u64>> = pair.iter().map(|list| list.iter().copied().collect()).collect();
                prop_assert_eq!((a.len(), b.len()), (trees[0].len(), trees[1].len()));
                prop_assert_eq!(a.is_empty(), trees[0].is_empty());
                let common = trees[0].intersection(&trees[1]).count();
                prop_assert_eq!((a.overlap(&b), b.overlap(&a)), (common, common));
            }
        }
    }

    #[test]
    fn a_table_that_was_never_built_is_an_empty_set() {
        let (fresh, mut built) = (SetTable::default(), SetTable::default());
        assert!(fresh.is_empty());
        assert_eq!(fresh.overlap(&fresh), 0);
        built.build(&[0, 1]);
        assert_eq!((fresh.overlap(&built), built.overlap(&fresh)), (0, 0));
    }

    #[test]
    fn a_small_set_after_a_huge_one_gives_its_memory_back() {
        let mut table = SetTable::default();
        let huge: Vec<u64> = (0..1_000_000).map(hash::mix).collect();
        table.build(&huge);
        assert_eq!(table.len(), huge.len());
        table.build(&huge[..500]);
        assert!(table.buckets.capacity() <= KEPT_BUCKETS && table.distinct.capacity() <= KEPT_BUCKETS);
        assert_eq!(table.len(), 500);
    }
}

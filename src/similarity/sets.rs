//! A set of shingle hashes that is quick to make and quick to compare.

/// Odd, from the fractional part of the golden ratio: spreads keys that differ in their low bits only.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Fewest slots of a table.
const LEAST_SLOTS: usize = 8;

/// Tables of up to this many slots (1 MiB) keep their memory whatever comes next.
const KEPT_SLOTS: usize = 1 << 17;

/// The distinct shingle hashes of one text, for exact overlaps.
///
/// A verified pair is compared once or a few times, so making the set costs more than using it. This is an open
/// addressing table at most half full, probed linearly from the top bits of the hash: O(n) without sorting, about a
/// tenth of the time that sorting takes at 500 shingles. A list of the distinct hashes beside it lets [`overlap`]
/// walk one set in order and probe the other. 24 to 40 bytes a shingle.
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
    /// A power of two of slots, or none before the first build. Zero marks a free slot.
    slots: Vec<u64>,
    /// 64 less the binary logarithm of the number of slots.
    shift: u32,
    /// The distinct hashes other than zero, in order of first appearance.
    distinct: Vec<u64>,
    /// Whether zero, which the slots cannot hold, is in the set.
    zero: bool,
}

impl SetTable {
    /// Replaces the content by `hashes`, in any order; repeats count once. O(n).
    pub fn build(&mut self, hashes: &[u64]) {
        self.clear_for(hashes.len());
        let Self { slots, shift, distinct, zero } = self;
        let last = slots.len() - 1;
        for &hash in hashes {
            if hash == 0 {
                *zero = true;
                continue;
            }
            let mut slot = (hash.wrapping_mul(SPREAD) >> *shift) as usize & last;
            loop {
                let found = slots[slot];
                if found == 0 {
                    slots[slot] = hash;
                    distinct.push(hash);
                    break;
                }
                if found == hash {
                    break;
                }
                slot = (slot + 1) & last;
            }
        }
    }

    /// Empties the set and makes room for `count` hashes at a load of at most one half.
    fn clear_for(&mut self, count: usize) {
        let wanted = (count * 2).next_power_of_two().max(LEAST_SLOTS);
        if self.slots.capacity() > KEPT_SLOTS.max(wanted * 8) {
            *self = Self::default();
        }
        self.slots.clear();
        self.slots.resize(wanted, 0);
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
        if probed.slots.is_empty() {
            return 0;
        }
        let common = walked.distinct.iter().filter(|&&hash| probed.holds(hash)).count();
        common + usize::from(walked.zero && probed.zero)
    }

    /// Whether a hash other than zero is in a table that has slots.
    #[inline]
    fn holds(&self, hash: u64) -> bool {
        let slots = &self.slots[..];
        let last = slots.len() - 1;
        let mut slot = (hash.wrapping_mul(SPREAD) >> self.shift) as usize & last;
        loop {
            let found = slots[slot];
            if found == hash {
                return true;
            }
            if found == 0 {
                return false;
            }
            slot = (slot + 1) & last;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::hash;

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
        assert!(table.slots.capacity() <= KEPT_SLOTS && table.distinct.capacity() <= KEPT_SLOTS);
        assert_eq!(table.len(), 500);
    }
}

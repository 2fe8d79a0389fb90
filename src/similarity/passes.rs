//! Sizes and overlap of two sets, neither of which is held as a whole.

use super::measure::jaccard;

/// How many elements two sets have, and how many of them both have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetCounts {
    /// Distinct elements of the first set.
    pub first: usize,
    /// Distinct elements of the second.
    pub second: usize,
    /// Elements that are in both.
    pub shared: usize,
}

impl SetCounts {
    /// The Jaccard similarity, in `[0, 1]`.
    pub fn jaccard(self) -> f64 {
        jaccard(self.shared, self.first, self.second)
    }
}

/// One of the two sets that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CountedSet {
    /// The first.
    First,
    /// The second.
    Second,
}

/// Counts two sets of hashes exactly, holding at most `most` hashes of each at a time, and two at least.
///
/// `pass` hands all hashes of a set to its argument, some at a time, in any order, repeats allowed. It is called for
/// both sets as often as it takes: each time the hashes of one range are looked at, which is cut in half whenever it
/// holds too many. The set that was passed last comes first in the next range, since it may still be at hand. Time:
/// O(n log n) for n hashes, and about (distinct hashes) / `most` passes.
///
/// # Errors
/// What `pass` fails with.
pub fn count_in_passes<E>(
    most: usize,
    mut pass: impl FnMut(CountedSet, &mut dyn FnMut(&[u64])) -> Result<(), E>,
) -> Result<SetCounts, E> {
    let most = most.max(2);
    let mut counts = SetCounts::default();
    let mut order = [CountedSet::First, CountedSet::Second];
    let mut lowest = 0;
    loop {
        let mut before = HashRange::new(lowest, u64::MAX, most);
        pass(order[0], &mut |hashes| before.take(hashes))?;
        let mut behind = HashRange::new(lowest, before.highest, most);
        pass(order[1], &mut |hashes| behind.take(hashes))?;
        let highest = behind.highest;
        before.end_at(highest);
        behind.end_at(highest);
        let (held, others) = (before.hashes.len(), behind.hashes.len());
        let (first, second) = if order[0] == CountedSet::First { (held, others) } else { (others, held) };
        counts.first += first;
        counts.second += second;
        counts.shared += shared_of_ascending(&before.hashes, &behind.hashes);
        if highest == u64::MAX {
            return Ok(counts);
        }
        lowest = highest + 1;
        order.swap(0, 1);
    }
}

/// The distinct hashes of one set from the lowest to the highest of a range.
struct HashRange {
    lowest: u64,
    highest: u64,
    most: usize,
    hashes: Vec<u64>,
}

impl HashRange {
    fn new(lowest: u64, highest: u64, most: usize) -> Self {
        Self { lowest, highest, most, hashes: Vec::new() }
    }

    fn take(&mut self, hashes: &[u64]) {
        for &hash in hashes {
            if (self.lowest..=self.highest).contains(&hash) {
                if self.hashes.len() == self.most {
                    self.shrink();
                    if hash > self.highest {
                        continue;
                    }
                }
                self.make_room();
                self.hashes.push(hash);
            }
        }
    }

    /// Grows as a vector does, but not beyond the most that it may hold.
    fn make_room(&mut self) {
        if self.hashes.len() == self.hashes.capacity() {
            let wanted = (self.hashes.capacity() * 2).clamp(64, self.most.max(64));
            self.hashes.reserve_exact(wanted - self.hashes.len());
        }
    }

    /// Rids itself of repeats and, while that leaves it more than three quarters full, of half its range.
    fn shrink(&mut self) {
        self.end_at(self.highest);
        while self.hashes.len() > self.most * 3 / 4 && self.lowest < self.highest {
            self.end_at(self.lowest + (self.highest - self.lowest) / 2);
        }
    }

    /// Leaves the distinct hashes up to this one, sorted.
    fn end_at(&mut self, highest: u64) {
        self.highest = highest;
        self.hashes.retain(|&hash| hash <= highest);
        self.hashes.sort_unstable();
        self.hashes.dedup();
    }
}

/// Number of elements that two ascending lists have in common.
pub(crate) fn shared_of_ascending<T: Ord>(a: &[T], b: &[T]) -> usize {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut shared = 0;
    while let (Some(&first), Some(&second)) = (a.peek(), b.peek()) {
        shared += usize::from(first == second);
        if first <= second {
            a.next();
        }
        if second <= first {
            b.next();
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::hash;

    /// Mixed hashes, neighbours, both ends, and many repeats of few.
    fn hashes() -> impl Strategy<Value = Vec<u64>> {
        let element = prop_oneof![
            (0u64..300).prop_map(hash::mix),
            0u64..40,
            prop_oneof![Just(0), Just(u64::MAX), Just(u64::MAX - 1), Just(1 << 63)],
        ];
        proptest::collection::vec(element, 0..400)
    }

    proptest! {
        #[test]
        fn counts_are_those_of_tree_sets_however_little_is_held(
            a in hashes(), b in hashes(), most in 0usize..500, piece in 1usize..50,
        ) {
            let mut passes = 0;
            let Ok(counts) = count_in_passes(most, |set, take| {
                passes += 1;
                let hashes = if set == CountedSet::First { &a } else { &b };
                hashes.chunks(piece).for_each(take);
                Ok::<_, Infallible>(())
            });
            let trees = [&a, &b].map(|list| list.iter().copied().collect::<BTreeSet<u64>>());
            let shared = trees[0].intersection(&trees[1]).count();
            prop_assert_eq!(counts, SetCounts { first: trees[0].len(), second: trees[1].len(), shared });
            prop_assert!(passes == 2 || a.len().max(b.len()) > most);
        }
    }

    #[test]
    fn no_more_is_held_than_stated_and_passes_follow_from_it() {
        let hashes: Vec<u64> = (0..100_000).map(hash::mix).collect();
        let mut range = HashRange::new(0, u64::MAX, 1000);
        for piece in hashes.chunks(100) {
            range.take(piece);
            assert!(range.hashes.capacity() <= 1000);
        }
        let mut passes = 0;
        let Ok(counts) = count_in_passes(10_000, |_, take| {
            passes += 1;
            take(&hashes);
            Ok::<_, Infallible>(())
        });
        assert_eq!((counts.first, counts.second, counts.shared), (100_000, 100_000, 100_000));
        assert!((20..=44).contains(&passes), "{passes}");
    }
}

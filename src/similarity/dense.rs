//! From hashes to small numbers in order of frequency, with identical sets folded.
#![allow(
    clippy::cast_possible_truncation,
    reason = "sets are numbered in 32 bits, which the collection checks; counts are far below 2^53"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::collection::SetCollection;
use crate::hash;

/// Documents with one and the same set, which is not empty.
pub(super) struct Class {
    /// Size of the set.
    pub(super) size: u32,
    /// Where its documents are in [`DenseSets::members`].
    members: Range<usize>,
}

/// The distinct sets of a collection, smallest first, as ascending ranks of their shared shingles.
pub(super) struct DenseSets {
    /// By size, then by first document.
    pub(super) classes: Vec<Class>,
    /// Documents class by class, ascending within each.
    members: Vec<u32>,
    /// Ranks of the shingles that at least two distinct sets hold, ascending within each class. A rank is a place in
    /// the order by (number of sets that hold the shingle, hash).
    ranks: Vec<u32>,
    /// Where the ranks of each class end.
    ends: Vec<usize>,
    /// Number of ranks.
    pub(super) vocabulary: usize,
}

impl DenseSets {
    /// Folds and ranks. O(total) memory, the most of it a copy of the hashes that is gone when this returns.
    ///
    /// There must be fewer than 2^32 sets, and fewer than 2^32 hashes in all.
    pub(super) fn new(sets: &SetCollection) -> Self {
        let (classes, members) = fold(sets);
        let set = |class: &Class| sets.get(members[class.members.start] as usize);
        let shared = SharedHashes::new(&classes.iter().map(set).collect::<Vec<_>>());
        let lists: Vec<Vec<u32>> = classes
            .par_iter()
            .map(|class| {
                let mut ranks: Vec<u32> = set(class).iter().filter_map(|&hash| shared.rank(hash)).collect();
                ranks.sort_unstable();
                ranks
            })
            .collect();
        let mut ends = Vec::with_capacity(lists.len());
        let mut ranks = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        for list in lists {
            ranks.extend_from_slice(&list);
            ends.push(ranks.len());
        }
        Self { classes, members, ranks, ends, vocabulary: shared.hashes.len() }
    }

    /// The documents of a class, ascending.
    pub(super) fn documents(&self, class: usize) -> &[u32] {
        &self.members[self.classes[class].members.clone()]
    }

    /// Size of the set of a class.
    #[inline]
    pub(super) fn size(&self, class: usize) -> usize {
        self.classes[class].size as usize
    }

    /// Ranks of the shared shingles of a class, ascending. In the order by frequency, the shingles that are this
    /// set's own stand before them.
    #[inline]
    pub(super) fn ranks(&self, class: usize) -> &[u32] {
        let start = if class == 0 { 0 } else { self.ends[class - 1] };
        &self.ranks[start..self.ends[class]]
    }

    /// How many of a class's first `prefix` shingles, rarest first, are shared ones.
    #[inline]
    pub(super) fn shared_in_prefix(&self, class: usize, prefix: usize) -> usize {
        prefix.saturating_sub(self.own(class))
    }

    /// How many of a class's shingles no other set holds.
    #[inline]
    pub(super) fn own(&self, class: usize) -> usize {
        self.size(class) - self.ranks(class).len()
    }
}

/// Groups the documents by equal sets, leaving out empty ones. Fingerprints bring likely equals together, and the
/// sets themselves decide.
fn fold(sets: &SetCollection) -> (Vec<Class>, Vec<u32>) {
    let mut order: Vec<(u32, u64, u32)> = (0..sets.len() as u32)
        .into_par_iter()
        .filter_map(|document| {
            let set = sets.get(document as usize);
            let fingerprint = set.iter().fold(0, |state, &hash| hash::chain(state, hash));
            (!set.is_empty()).then_some((set.len() as u32, fingerprint, document))
        })
        .collect();
    order.par_sort_unstable();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for run in order.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let first = groups.len();
        for &(_, _, document) in run {
            let set = sets.get(document as usize);
            match groups[first..].iter_mut().find(|group| sets.get(group[0] as usize) == set) {
                Some(group) => group.push(document),
                None => groups.push(vec![document]),
            }
        }
    }
    groups.sort_unstable_by_key(|group| (sets.get(group[0] as usize).len(), group[0]));
    let mut members = Vec::with_capacity(order.len());
    let classes = groups
        .into_iter()
        .map(|group| {
            let start = members.len();
            members.extend_from_slice(&group);
            Class { size: sets.get(group[0] as usize).len() as u32, members: start..members.len() }
        })
        .collect();
    (classes, members)
}

/// The hashes that at least two sets hold, with their ranks.
struct SharedHashes {
    /// Ascending.
    hashes: Vec<u64>,
    /// The rank of each.
    ranks: Vec<u32>,
    /// Where the hashes with each value of the top bits end; a value's hashes start where the value before it ends.
    ends: Vec<u32>,
    /// How far to shift a hash to get its top bits.
    shift: u32,
}

impl SharedHashes {
    fn new(sets: &[&[u64]]) -> Self {
        let mut all: Vec<u64> = sets.concat();
        all.par_sort_unstable();
        let (hashes, frequencies): (Vec<u64>, Vec<u32>) = all
            .chunk_by(|a, b| a == b)
            .filter(|run| run.len() > 1)
            .map(|run| (run[0], run.len() as u32))
            .unzip();
        drop(all);
        let mut order: Vec<(u32, u32)> = frequencies.into_iter().zip(0..).collect();
        order.par_sort_unstable();
        let mut ranks = vec![0; hashes.len()];
        for (rank, (_, place)) in order.into_iter().enumerate() {
            ranks[place as usize] = rank as u32;
        }
        // About one hash for each value of the top bits: a lookup reads one or two lines of memory.
        let bits = hashes.len().next_power_of_two().trailing_zeros().clamp(1, 32);
        let shift = 64 - bits;
        let mut ends = vec![0u32; 1 << bits];
        for &hash in &hashes {
            ends[(hash >> shift) as usize] += 1;
        }
        let mut end = 0;
        for count in &mut ends {
            end += *count;
            *count = end;
        }
        Self { hashes, ranks, ends, shift }
    }

    /// The rank of a hash, if shared. O(1) for well mixed hashes, O(log) for any.
    #[inline]
    fn rank(&self, hash: u64) -> Option<u32> {
        let top = (hash >> self.shift) as usize;
        let start = if top == 0 { 0 } else { self.ends[top - 1] as usize };
        let place = self.hashes[start..self.ends[top] as usize].binary_search(&hash).ok()?;
        Some(self.ranks[start + place])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_are_the_shared_shingles_in_order_of_frequency(
            lists in proptest::collection::vec(proptest::collection::vec(0u64..30, 0..8), 0..20), spread: bool,
        ) {
            let mut sets = SetCollection::default();
            for list in &lists {
                sets.push(&list.iter().map(|&n| if spread { hash::mix(n) } else { n }).collect::<Vec<_>>());
            }
            let dense = DenseSets::new(&sets);
            let distinct: BTreeSet<&[u64]> = (0..sets.len()).map(|d| sets.get(d)).filter(|s| !s.is_empty()).collect();
            prop_assert_eq!(dense.classes.len(), distinct.len());
            let mut frequency: BTreeMap<u64, u32> = BTreeMap::new();
            distinct.iter().flat_map(|set| set.iter()).for_each(|&hash| *frequency.entry(hash).or_default() += 1);
            let mut order: Vec<(u32, u64)> = frequency.iter().map(|(&h, &f)| (f, h)).filter(|o| o.0 > 1).collect();
            order.sort_unstable();
            prop_assert_eq!(dense.vocabulary, order.len());
            let mut before = (0, 0);
            for class in 0..dense.classes.len() {
                let documents = dense.documents(class);
                let set = sets.get(documents[0] as usize);
                let copies: Vec<u32> = (0..sets.len() as u32).filter(|&d| sets.get(d as usize) == set).collect();
                prop_assert_eq!(documents, copies);
                prop_assert!(before < (set.len(), documents[0] + 1));
                before = (set.len(), documents[0] + 1);
                let ranks: Vec<u32> =
                    order.iter().zip(0..).filter(|(o, _)| set.contains(&o.1)).map(|(_, rank)| rank).collect();
                prop_assert_eq!(dense.ranks(class), &ranks);
                prop_assert_eq!(dense.own(class), set.len() - ranks.len());
            }
        }
    }
}

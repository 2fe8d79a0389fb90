//! Candidates to pairs: the exact containment decides.
#![allow(
    clippy::cast_possible_truncation,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use rayon::prelude::*;

use super::index::ContainmentCandidates;
use super::sampling::ContainmentSearch;
use crate::params::Threshold;
use crate::select::ShingleSource;
use crate::similarity::{Measure, SetCounts, SetTable, jaccard, share};

/// Candidates verified as one piece of work. Neighbours share their first document, whose set is made once.
const PAIRS_PER_TASK: usize = 64;

/// A document that is largely in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainedPair {
    /// The one with fewer distinct shingles; of two with as many, the higher number.
    pub smaller: u32,
    /// The other one.
    pub larger: u32,
    /// Distinct shingles of the smaller.
    pub smaller_shingles: u32,
    /// Distinct shingles of the larger.
    pub larger_shingles: u32,
    /// Distinct shingles in both.
    pub shared_shingles: u32,
}

impl ContainedPair {
    /// The share of the smaller document's shingles that the larger has, in `[0, 1]`.
    pub fn containment(&self) -> f64 {
        share(self.shared_shingles as usize, self.smaller_shingles as usize)
    }

    /// The share of the larger document's shingles that the smaller has, in `[0, 1]`.
    pub fn containment_of_larger(&self) -> f64 {
        share(self.shared_shingles as usize, self.larger_shingles as usize)
    }

    /// The share of the shingles of `node`, one of the two, that the other has, in `[0, 1]`; 0 if it has none.
    pub fn containment_of(&self, node: u32) -> f64 {
        if node == self.smaller { self.containment() } else { self.containment_of_larger() }
    }

    /// The Jaccard similarity, in `[0, 1]`.
    pub fn jaccard(&self) -> f64 {
        let [shared, smaller, larger] =
            [self.shared_shingles, self.smaller_shingles, self.larger_shingles].map(|n| n as usize);
        jaccard(shared, smaller, larger)
    }
}

/// The candidates that are contained pairs, sorted by the smaller and then the larger node; with `below`, only those
/// whose Jaccard similarity is below it: the others are near-duplicates and found as such.
///
/// Exact: the shingle sets are made again from the texts. Cost: one set a candidate pair, and one a first node.
pub fn verify<S: ShingleSource>(
    candidates: &ContainmentCandidates,
    search: &ContainmentSearch,
    below: Option<Threshold>,
    source: &S,
) -> Vec<ContainedPair> {
    let measure = Measure::Containment(search.containment);
    let admits = |pair: &ContainedPair| {
        let [shared, smaller, larger] =
            [pair.shared_shingles, pair.smaller_shingles, pair.larger_shingles].map(|n| n as usize);
        measure.admits(shared, smaller, larger)
            && below.is_none_or(|threshold| pair.jaccard() < threshold.get())
    };
    let found: Vec<Vec<ContainedPair>> = candidates
        .pairs
        .par_chunks(PAIRS_PER_TASK)
        .map_init(
            || PairComparer::new(source),
            |worker, pairs| {
                worker.first_node = None;
                pairs.iter().map(|&(first, second)| worker.compare(first, second)).filter(admits).collect()
            },
        )
        .collect();
    let mut found = found.concat();
    found.par_sort_unstable();
    found
}

/// A thread's working memory.
pub(super) struct PairComparer<'s, S: ShingleSource> {
    source: &'s S,
    scratch: S::Scratch<'s>,
    first_node: Option<u32>,
    first: SetTable,
    second: SetTable,
}

impl<'s, S: ShingleSource> PairComparer<'s, S> {
    pub(super) fn new(source: &'s S) -> Self {
        Self {
            source,
            scratch: source.scratch(),
            first_node: None,
            first: SetTable::default(),
            second: SetTable::default(),
        }
    }

    /// Lends the shingles of a node.
    pub(super) fn shingles(&mut self, node: u32) -> &[u64] {
        self.source.shingles(node, &mut self.scratch)
    }

    /// Compares two nodes. The set of the first is kept for the next call.
    pub(super) fn compare(&mut self, first: u32, second: u32) -> ContainedPair {
        let counts = self.source.counts(first, second, &mut self.scratch);
        let SetCounts { first: a, second: b, shared, .. } =
            counts.unwrap_or_else(|| self.count(first, second));
        let [a, b, shared_shingles] = [a, b, shared].map(|count| count as u32);
        let (smaller_shingles, larger_shingles) = (a.min(b), a.max(b));
        // Fewer shingles come first, and of as many the higher number.
        let first_is_smaller = (a, std::cmp::Reverse(first)) < (b, std::cmp::Reverse(second));
        let (smaller, larger) = if first_is_smaller { (first, second) } else { (second, first) };
        ContainedPair { smaller, larger, smaller_shingles, larger_shingles, shared_shingles }
    }

    fn count(&mut self, first: u32, second: u32) -> SetCounts {
        if self.first_node != Some(first) {
            self.first.build(self.source.shingles(first, &mut self.scratch));
            self.first_node = Some(first);
        }
        self.second.build(self.source.shingles(second, &mut self.scratch));
        self.first.counts(&self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct FixedShingles(Vec<Vec<u64>>);

    impl ShingleSource for FixedShingles {
        type Scratch<'s> = ();

        fn scratch(&self) {}

        fn shingles<'a, 's: 'a>(&'s self, node: u32, (): &'a mut ()) -> &'a [u64] {
            &self.0[node as usize]
        }
    }

    #[test]
    fn the_smaller_is_named_and_near_duplicates_are_left_to_others() {
        let lists = FixedShingles(vec![
            (0..100).collect(),
            (0..20).collect(),
            (0..95).collect(),
            (95..130).collect(),
            (80..100).rev().collect(),
            (80..100).collect(),
        ]);
        let pairs = vec![(0, 1), (0, 2), (0, 3), (0, 4), (4, 5)];
        let candidates = ContainmentCandidates { pairs, ..Default::default() };
        let search = ContainmentSearch::default();
        let below = Some(Threshold::default());
        let found = verify(&candidates, &search, below, &lists);
        let named: Vec<_> =
            found.iter().map(|pair| (pair.smaller, pair.larger, pair.containment())).collect();
        assert_eq!(named, [(1, 0, 1.0), (4, 0, 1.0)]);
        assert_eq!((found[0].jaccard(), found[0].containment_of_larger()), (0.2, 0.2));
        let all = verify(&candidates, &search, None, &lists);
        let named: Vec<_> = all.iter().map(|pair| (pair.smaller, pair.larger)).collect();
        assert_eq!(named, [(1, 0), (2, 0), (4, 0), (5, 4)]);
    }
}

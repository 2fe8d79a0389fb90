//! Pairs by their similarity.

use super::side::{OrderedPair, Side};

/// Counts of pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PairCounts {
    /// Pairs that the labels call duplicates.
    pub labelled: u64,
    /// Pairs that the result does.
    pub found: u64,
    /// Pairs that both do.
    pub both: u64,
    /// Labelled pairs of which both documents were kept.
    pub left: u64,
}

impl PairCounts {
    fn less(self, other: Self) -> Self {
        // A pair of a bin is a pair of all.
        Self {
            labelled: self.labelled - other.labelled,
            found: self.found - other.found,
            both: self.both - other.both,
            left: self.left - other.left,
        }
    }

    fn add(&mut self, other: Self) {
        self.labelled += other.labelled;
        self.found += other.found;
        self.both += other.both;
        self.left += other.left;
    }
}

/// A similarity of each of some pairs, ascending by pair, each once.
pub(super) fn distinct(pairs: impl IntoIterator<Item = (OrderedPair, f64)>) -> Vec<(OrderedPair, f64)> {
    let mut pairs: Vec<(OrderedPair, f64)> = pairs.into_iter().collect();
    // Of several similarities of a pair the highest counts, whatever the order in which they were given.
    pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    pairs.dedup_by_key(|(pair, _)| *pair);
    pairs
}

/// Counts pairs in bins that begin at `ends`, and, last, those whose similarity is not known or below all bins. Only pairs of known
/// similarity are looked at: all others are what is left of `all`.
pub(super) fn count_in_bins(
    similarities: &[(OrderedPair, f64)],
    ends: &[f64],
    all: PairCounts,
    count: impl Fn(OrderedPair) -> PairCounts,
) -> (Vec<PairCounts>, PairCounts) {
    let mut bins = vec![PairCounts::default(); ends.len()];
    for &(pair, similarity) in similarities {
        if let Some(bin) = ends.partition_point(|&end| end <= similarity).checked_sub(1) {
            bins[bin].add(count(pair));
        }
    }
    let rest = bins.iter().fold(all, |rest, &bin| rest.less(bin));
    (bins, rest)
}

/// How a pair counts, unless only judged pairs do.
pub(super) fn count_of(
    pair: OrderedPair,
    labels: &Side,
    found: Option<&Side>,
    is_kept: Option<&[bool]>,
) -> PairCounts {
    let is_labelled = labels.holds(pair);
    let is_found = found.is_some_and(|found| found.holds(pair));
    let is_left = |kept: &[bool]| is_labelled && kept[pair.0 as usize] && kept[pair.1 as usize];
    PairCounts {
        labelled: is_labelled.into(),
        found: is_found.into(),
        both: (is_labelled && is_found).into(),
        left: is_kept.is_some_and(is_left).into(),
    }
}

//! Counts in bins: group sizes and similarities.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places on a chart, and shares for people"
)]

/// Groups by their number of members, in bins that double: 2, 3-4, 5-8, and so on. 64 counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SizeHistogram {
    /// Bin `n` counts sizes above `2^n` and at most `2^(n + 1)`.
    bins: Vec<u64>,
}

impl SizeHistogram {
    /// Counts a group of so many members; fewer than two are no group.
    pub(crate) fn add(&mut self, members: u64) {
        if members < 2 {
            return;
        }
        let bin = (members - 1).ilog2() as usize;
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += 1;
    }

    /// The bins from the smallest to the largest that was met: first size, last size, groups.
    pub(crate) fn bins(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.bins.iter().enumerate().map(|(bin, &count)| ((1u64 << bin) + 1, 1u64 << (bin + 1), count))
    }
}

/// Repeats by similarity, in bins of one hundredth from a little below the threshold to 1. Exact copies are
/// counted apart: they would dwarf the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SimilarityHistogram {
    first: usize,
    bins: Vec<u64>,
    exact: u64,
}

impl SimilarityHistogram {
    /// Hundredths shown below the threshold.
    const MARGIN: usize = 5;

    /// No counts, for similarities from `threshold` up.
    pub(crate) fn new(threshold: f64) -> Self {
        let hundredth = (threshold.clamp(0.0, 1.0) * 100.0).floor() as usize;
        let first = hundredth.min(99).saturating_sub(Self::MARGIN) / 5 * 5;
        Self { first, bins: vec![0; 100 - first], exact: 0 }
    }

    /// Counts a repeat of this similarity, in `[0, 1]`, that is not an exact copy.
    pub(crate) fn add(&mut self, similarity: f64) {
        // Rounding must not move 0.29, which times 100 is a little less than 29, below its bin.
        let hundredth = (similarity * 100.0 + 1e-9).floor() as usize;
        let bin = hundredth.clamp(self.first, 99) - self.first;
        self.bins[bin] += 1;
    }

    /// Counts an exact copy.
    pub(crate) fn add_exact(&mut self) {
        self.exact += 1;
    }

    /// Exact copies.
    pub(crate) fn exact(&self) -> u64 {
        self.exact
    }

    /// Repeats that are not exact copies.
    pub(crate) fn near(&self) -> u64 {
        self.bins.iter().sum()
    }

    /// The hundredth at which each bin begins, and its count; the last bin includes 1.
    pub(crate) fn bins(&self) -> impl Iterator<Item = (usize, u64)> {
        (self.first..).zip(self.bins.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_bins_double() {
        let mut sizes = SizeHistogram::default();
        for size in [1, 2, 2, 3, 4, 5, 8, 9, 17] {
            sizes.add(size);
        }
        let bins: Vec<_> = sizes.bins().collect();
        assert_eq!(bins, [(2, 2, 2), (3, 4, 2), (5, 8, 2), (9, 16, 1), (17, 32, 1)]);
    }

    #[test]
    fn every_similarity_has_a_bin() {
        let mut similarities = SimilarityHistogram::new(0.82);
        for hundredths in 82..=100 {
            similarities.add(f64::from(hundredths) / 100.0);
        }
        similarities.add_exact();
        let bins: Vec<_> = similarities.bins().collect();
        assert_eq!(bins.first(), Some(&(75, 0)));
        assert_eq!(bins.last(), Some(&(99, 2)));
        assert!(bins.iter().filter(|&&(hundredth, _)| (82..99).contains(&hundredth)).all(|bin| bin.1 == 1));
        assert_eq!((similarities.near(), similarities.exact()), (19, 1));
        for threshold in [0.001, 0.5, 1.0] {
            let mut histogram = SimilarityHistogram::new(threshold);
            histogram.add(threshold);
            histogram.add(1.0);
            assert_eq!(histogram.near(), 2);
        }
    }
}

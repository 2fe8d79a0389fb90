//! The two measures of similarity, and what follows from a threshold for sizes and overlaps.

use crate::params::{Containment, Threshold};

/// Jaccard similarity from the size of the overlap and the sizes of both sets, in `[0, 1]`; 0 for two empty sets.
///
/// The quotient is rounded once, so it is the double nearest to the true value.
#[inline]
pub fn jaccard(overlap: usize, a: usize, b: usize) -> f64 {
    let union = a + b - overlap;
    if union == 0 { 0.0 } else { overlap as f64 / union as f64 }
}

/// Containment from the size of the overlap and the sizes of both sets: the share of the smaller set that is in the
/// larger, in `[0, 1]`; 0 if a set is empty.
#[inline]
pub fn containment(overlap: usize, a: usize, b: usize) -> f64 {
    let smaller = a.min(b);
    if smaller == 0 { 0.0 } else { overlap as f64 / smaller as f64 }
}

/// What makes two sets similar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// A [`jaccard`] similarity of at least this.
    Jaccard(Threshold),
    /// A [`containment`] of at least this.
    Containment(Containment),
}

/// Relative slack of every bound below. They come from at most four roundings of relative error 2^-53 each, so this
/// is a thousand times what is needed, and still less than one shingle in a set of any size that fits in memory.
const SLACK: f64 = 1e-12;

/// The least whole number that may reach `bound`, and at least one: sets that share nothing are never similar.
#[inline]
fn at_least(bound: f64) -> usize {
    ((bound * (1.0 - SLACK)).ceil() as usize).max(1)
}

impl Measure {
    /// Whether a pair is similar. This decides; all else here only rules out what cannot be.
    #[inline]
    pub fn admits(self, overlap: usize, a: usize, b: usize) -> bool {
        overlap > 0
            && match self {
                Self::Jaccard(t) => jaccard(overlap, a, b) >= t.get(),
                Self::Containment(c) => containment(overlap, a, b) >= c.get(),
            }
    }

    /// The least overlap with which sets of these sizes may be similar; never too large.
    #[inline]
    pub(super) fn least_overlap(self, a: usize, b: usize) -> usize {
        at_least(match self {
            // o / (a + b - o) >= t
            Self::Jaccard(t) => t.get() / (1.0 + t.get()) * (a + b) as f64,
            Self::Containment(c) => c.get() * a.min(b) as f64,
        })
    }

    /// The least size of a set that may be similar to a larger or equal one of this size; never too large.
    #[inline]
    pub(super) fn least_size(self, larger: usize) -> usize {
        match self {
            Self::Jaccard(t) => at_least(t.get() * larger as f64),
            Self::Containment(_) => 1,
        }
    }

    /// How many of its rarest shingles a set must be indexed by to be found by every similar set that is at least
    /// as large. The overlap needed is least where the partner is no larger.
    #[inline]
    pub(super) fn indexed_prefix(self, size: usize) -> usize {
        (size + 1).saturating_sub(self.least_overlap(size, size))
    }

    /// How many of its rarest shingles a set must look up to find every similar set that is at most as large. The
    /// overlap needed is least where the partner is smallest.
    #[inline]
    pub(super) fn probed_prefix(self, size: usize) -> usize {
        (size + 1).saturating_sub(self.least_overlap(size, self.least_size(size)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measures(value: f64) -> [Measure; 2] {
        [
            Measure::Jaccard(Threshold::new(value).unwrap()),
            Measure::Containment(Containment::new(value).unwrap()),
        ]
    }

    #[test]
    fn empty_sets_are_similar_to_nothing() {
        assert_eq!((jaccard(0, 0, 0), containment(0, 0, 0), containment(0, 0, 3)), (0.0, 0.0, 0.0));
        for measure in measures(1e-300) {
            assert!(!measure.admits(0, 0, 0) && !measure.admits(0, 2, 3) && measure.admits(1, 2, 3));
        }
    }

    proptest! {
        // Thresholds that are quotients of the sizes at hand, or one step of a double away, lie where rounding bites.
        #[test]
        fn bounds_never_rule_out_a_similar_pair(
            a in 1usize..400, b in 1usize..400, share in 0.0f64..=1.0, of_jaccard: bool, step in -1i64..=1,
        ) {
            let (a, b) = (a.min(b), a.max(b));
            let overlap = ((share * a as f64) as usize).max(1);
            let quotient = if of_jaccard { jaccard(overlap, a, b) } else { containment(overlap, a, b) };
            let value = f64::from_bits(quotient.to_bits().wrapping_add_signed(step)).min(1.0);
            for measure in measures(value) {
                let least = (1..=a).find(|&o| measure.admits(o, a, b));
                if let Some(least) = least {
                    prop_assert!(measure.least_overlap(a, b) <= least);
                    prop_assert!(measure.least_size(b) <= a);
                    prop_assert!(measure.indexed_prefix(a) > a - least);
                    prop_assert!(measure.probed_prefix(b) > b - least);
                }
                // Slack costs at most one shingle.
                prop_assert!(measure.admits(measure.least_overlap(a, b) + 1, a, b) || least.is_none_or(|l| l >= a));
            }
        }
    }

    #[test]
    fn thresholds_near_zero_and_one_give_bounds_in_range() {
        for measure in measures(f64::MIN_POSITIVE) {
            assert_eq!(
                (measure.least_overlap(9, 9), measure.indexed_prefix(9), measure.probed_prefix(9)),
                (1, 9, 9)
            );
        }
        for measure in measures(1.0) {
            assert_eq!((measure.least_overlap(9, 9), measure.indexed_prefix(9)), (9, 1));
        }
        assert_eq!(measures(1.0)[0].probed_prefix(9), 1);
        assert_eq!(measures(1.0)[1].probed_prefix(9), 9);
    }
}

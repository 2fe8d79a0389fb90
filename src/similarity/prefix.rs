//! What a threshold says of sizes, overlaps and prefixes: the filters of every search for similar sets.
//!
//! All sets are put in one order of shingles, rare ones first. If two sets must share *o* shingles to be similar, then
//! they share one among the first |A| - o + 1 of *A* and the first |B| - o + 1 of *B*: otherwise at most o - 1 are left
//! to share. So only these *prefixes*, which hold the rarest shingles, need be indexed and looked up.
//!
//! How long they are depends on which of the two is the smaller, so that each set has two:
//!
//! * its **short** prefix is what it needs as the smaller of two. The larger has at least as many shingles, so that a
//!   Jaccard similarity of *t* asks for an overlap of 2t/(1+t) of the smaller at least;
//! * its **long** prefix is what it needs as the larger. The smaller has t of its size at least, and is all in it then:
//!   an overlap of t of the larger.
//!
//! The short prefix of the smaller of two similar sets meets the long prefix of the larger. Two sets of equal size may be
//! taken either way round. For a containment, the smaller's short prefix follows from its own size, but the larger may
//! be of any size: its long prefix is the whole set.
//!
//! The bounds here only rule out what cannot be similar, and may be too low by one; [`Measure::admits`] decides.
//!
//! Sources: Bayardo, Ma, Srikant, "Scaling Up All Pairs Similarity Search", WWW 2007; Xiao, Wang, Lin, Yu, "Efficient
//! Similarity Joins for Near Duplicate Detection" (PPJoin), WWW 2008.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sets are numbered in 32 bits, which the collection checks; counts are far below 2^53"
)]

use super::measure::Measure;

/// Relative slack of every bound. They come from at most four roundings of relative error 2^-53 each, so this is a
/// thousand times what is needed, and still less than one shingle in a set of any size that fits in memory.
const SLACK: f64 = 1e-12;

/// The least whole number that may reach `bound`, and at least one: sets that share nothing are never similar.
#[inline]
fn at_least(bound: f64) -> usize {
    ((bound * (1.0 - SLACK)).ceil() as usize).max(1)
}

impl Measure {
    /// The least overlap with which sets of these sizes may be similar; never too large.
    #[inline]
    pub(crate) fn least_overlap(self, a: usize, b: usize) -> usize {
        at_least(match self {
            // o / (a + b - o) >= t
            Self::Jaccard(t) => t.get() / (1.0 + t.get()) * (a + b) as f64,
            Self::Containment(c) => c.get() * a.min(b) as f64,
        })
    }

    /// The least size of a set that may be similar to a larger or equal one of this size; never too large.
    #[inline]
    pub(crate) fn least_size(self, larger: usize) -> usize {
        match self {
            Self::Jaccard(t) => at_least(t.get() * larger as f64),
            Self::Containment(_) => 1,
        }
    }

    /// Whether sets may be similar whose first shared shingle stands at these places, each given as (size, place): all
    /// that is shared stands from there on.
    #[inline]
    pub(crate) fn may_admit_from(
        self,
        (a, first_in_a): (usize, usize),
        (b, first_in_b): (usize, usize),
    ) -> bool {
        self.least_overlap(a, b) <= (a - first_in_a).min(b - first_in_b)
    }

    /// How many of the rarest shingles of a set meet the long prefix of every similar set that is no smaller. The
    /// overlap needed is least where that one is no larger.
    #[inline]
    pub(crate) fn short_prefix(self, size: usize) -> usize {
        (size + 1).saturating_sub(self.least_overlap(size, size))
    }

    /// How many of the rarest shingles of a set meet the short prefix of every similar set that is no larger. The
    /// overlap needed is least where that one is smallest.
    #[inline]
    pub(crate) fn long_prefix(self, size: usize) -> usize {
        (size + 1).saturating_sub(self.least_overlap(size, self.least_size(size)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::measure::{containment, jaccard};
    use super::*;
    use crate::params::{Containment, Threshold};

    fn measures(value: f64) -> [Measure; 2] {
        [
            Measure::Jaccard(Threshold::new(value).unwrap()),
            Measure::Containment(Containment::new(value).unwrap()),
        ]
    }

    /// A threshold as a fraction of whole numbers, and what follows from it without any rounding.
    #[derive(Clone, Copy, Debug)]
    struct Fraction {
        part: u128,
        whole: u128,
    }

    impl Fraction {
        fn value(self) -> f64 {
            self.part as f64 / self.whole as f64
        }

        /// The least overlap: the smallest o with o / (a + b - o) >= part / whole, or o / min(a, b).
        fn least_overlap(self, of_jaccard: bool, a: usize, b: usize) -> usize {
            let Self { part, whole } = self;
            let (numerator, denominator) = if of_jaccard {
                (part * (a + b) as u128, whole + part)
            } else {
                (part * a.min(b) as u128, whole)
            };
            (numerator.div_ceil(denominator) as usize).max(1)
        }

        /// The least size of a set with which an overlap of all of it suffices.
        fn least_size(self, of_jaccard: bool, larger: usize) -> usize {
            if of_jaccard { ((self.part * larger as u128).div_ceil(self.whole) as usize).max(1) } else { 1 }
        }

        fn holds(self, measure: Measure, of_jaccard: bool, sizes: usize) {
            for larger in 0..=sizes {
                let smallest = self.least_size(of_jaccard, larger);
                assert_eq!(measure.least_size(larger), smallest, "{self:?} {larger}");
                for smaller in 0..=larger {
                    let least = self.least_overlap(of_jaccard, smaller, larger);
                    let at = || format!("{measure:?} {self:?} {smaller} {larger}");
                    assert_eq!(measure.least_overlap(smaller, larger), least, "{}", at());
                    assert_eq!(measure.least_overlap(larger, smaller), least, "{}", at());
                    assert_eq!(
                        measure.may_admit_from((smaller, 0), (larger, 0)),
                        least <= smaller,
                        "{}",
                        at()
                    );
                    assert_eq!(least <= smaller, smaller >= smallest && smaller > 0, "{}", at());
                    if least <= smaller {
                        assert!(measure.admits(least, smaller, larger), "{}", at());
                        assert!(measure.short_prefix(smaller) > smaller - least, "{}", at());
                        assert!(measure.long_prefix(larger) > larger - least, "{}", at());
                    }
                    assert!(!measure.admits(least - 1, smaller, larger), "{}", at());
                }
                // No longer than the prefixes must be for some partner.
                let short = larger.saturating_sub(self.least_overlap(of_jaccard, larger, larger)) + 1;
                let long = larger.saturating_sub(self.least_overlap(of_jaccard, larger, smallest)) + 1;
                let (short, long) = (short.min(larger), long.min(larger));
                assert_eq!((measure.short_prefix(larger), measure.long_prefix(larger)), (short, long));
                assert!(short <= long, "the long prefix begins with the short one");
            }
        }
    }

    #[test]
    fn bounds_are_those_of_whole_numbers_for_all_sizes() {
        // The defaults, what users give, thirds and sevenths, which no double is equal to, and both ends.
        let hundredths =
            [1, 10, 40, 60, 70, 80, 85, 90, 95, 99, 100].map(|part| Fraction { part, whole: 100 });
        let others = [(1, 3), (2, 3), (5, 7), (13, 17), (1, 1_000_000), (999_999, 1_000_000)];
        for fraction in hundredths.into_iter().chain(others.map(|(part, whole)| Fraction { part, whole })) {
            let [of_jaccard, of_containment] = measures(fraction.value());
            fraction.holds(of_jaccard, true, 260);
            fraction.holds(of_containment, false, 260);
        }
    }

    #[test]
    fn a_long_prefix_leaves_less_than_the_share_of_the_larger() {
        for (part, whole) in [(1u128, 2u128), (3, 5), (4, 5), (9, 10), (19, 20)] {
            let measure = measures(part as f64 / whole as f64)[0];
            for size in 1..2000 {
                // The formulas of the module: |y| - ceil(t |y|) + 1, and |x| - ceil(2t/(1+t) |x|) + 1.
                let long = size - (part * size as u128).div_ceil(whole) as usize + 1;
                let short = size - (2 * part * size as u128).div_ceil(whole + part) as usize + 1;
                assert_eq!((measure.short_prefix(size), measure.long_prefix(size)), (short, long));
            }
        }
    }

    proptest! {
        #[test]
        fn bounds_are_those_of_whole_numbers(part in 1u128..2000, whole in 1u128..2000, of_jaccard: bool) {
            let fraction = Fraction { part: part.min(whole), whole };
            let measure = measures(fraction.value())[usize::from(!of_jaccard)];
            fraction.holds(measure, of_jaccard, 80);
        }

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
                    prop_assert!(measure.short_prefix(a) > a - least);
                    prop_assert!(measure.long_prefix(b) > b - least);
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
                (measure.least_overlap(9, 9), measure.short_prefix(9), measure.long_prefix(9)),
                (1, 9, 9)
            );
        }
        for measure in measures(1.0) {
            assert_eq!((measure.least_overlap(9, 9), measure.short_prefix(9)), (9, 1));
        }
        assert_eq!(measures(1.0)[0].long_prefix(9), 1);
        assert_eq!(measures(1.0)[1].long_prefix(9), 9);
    }
}

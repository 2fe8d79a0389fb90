//! The two measures of similarity, and the only divisions by which they are computed.
#![allow(
    clippy::cast_precision_loss,
    reason = "sets are numbered in 32 bits, which the collection checks; counts are far below 2^53"
)]

use crate::params::{Containment, Threshold};

/// Jaccard similarity from the size of the overlap and the sizes of both sets, in `[0, 1]`; 0 for two empty sets.
#[inline]
pub fn jaccard(overlap: usize, a: usize, b: usize) -> f64 {
    share(overlap, a + b - overlap)
}

/// Containment from the size of the overlap and the sizes of both sets: the share of the smaller set that is in the
/// larger, in `[0, 1]`; 0 if a set is empty.
#[inline]
pub fn containment(overlap: usize, a: usize, b: usize) -> f64 {
    share(overlap, a.min(b))
}

/// The share that a part is of a whole: of a set what another set has of it, of a text its words that are shared, in
/// `[0, 1]`; 0 of nothing.
///
/// The quotient is rounded once, so it is the double nearest to the true value.
#[inline]
pub fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// What makes two sets similar.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// A [`jaccard`] similarity of at least this.
    Jaccard(Threshold),
    /// A [`containment`] of at least this.
    Containment(Containment),
}

impl Measure {
    /// Whether a pair is similar. This decides; the bounds in `prefix.rs` only rule out what cannot be.
    #[inline]
    pub fn admits(self, overlap: usize, a: usize, b: usize) -> bool {
        overlap > 0
            && match self {
                Self::Jaccard(t) => jaccard(overlap, a, b) >= t.get(),
                Self::Containment(c) => containment(overlap, a, b) >= c.get(),
            }
    }
}

#[cfg(test)]
mod tests {
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
}

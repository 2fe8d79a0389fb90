//! The cheap filter before exact verification: how many slots must agree.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use crate::params::{Slots, Threshold};

/// The share of pairs at the threshold that the filter may cost: two orders below the default miss rate of 1 %.
const LOSS_AT_THRESHOLD: f64 = 1e-4;

/// The least number of equal slots with which a candidate pair is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreementFloor {
    slots: u32,
    floor: u32,
}

impl AgreementFloor {
    /// The highest floor that costs a pair at the threshold at most one chance in 10,000; about four standard
    /// errors below what such a pair is expected to reach.
    pub fn new(threshold: Threshold, slots: Slots) -> Self {
        Self::with_loss(threshold, slots, LOSS_AT_THRESHOLD)
    }

    /// The highest floor that costs a pair at the threshold at most this probability.
    pub(crate) fn with_loss(threshold: Threshold, slots: Slots, loss: f64) -> Self {
        let slots = slots.get() as u32;
        let floor = (1..=slots)
            .take_while(|&floor| lower_tail(slots, floor, threshold.get()) <= loss)
            .last()
            .unwrap_or(0);
        Self { slots, floor }
    }

    /// The least number of equal slots.
    #[inline]
    pub fn get(self) -> u32 {
        self.floor
    }

    /// Probability that a pair of this Jaccard similarity falls below the floor: the lower tail of a binomial
    /// distribution, whose variance bounds that of the sketch.
    pub fn loss(self, jaccard: f64) -> f64 {
        lower_tail(self.slots, self.floor, jaccard)
    }
}

/// Probability that fewer than `floor` of `slots` trials succeed. Summed in logarithms: with thousands of slots
/// the first terms are too small for a float.
fn lower_tail(slots: u32, floor: u32, probability: f64) -> f64 {
    if probability >= 1.0 {
        return 0.0;
    }
    let odds = probability.ln() - (1.0 - probability).ln();
    let mut term = f64::from(slots) * (1.0 - probability).ln();
    let mut sum = 0.0;
    for successes in 0..floor {
        sum += term.exp();
        term += (f64::from(slots - successes) / f64::from(successes + 1)).ln() + odds;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_the_highest_that_costs_so_little() {
        for threshold in [0.3, 0.5, 0.8, 0.9, 0.99] {
            let threshold = Threshold::new(threshold).unwrap();
            for slots in [64, 128, 256, 4096] {
                let floor = AgreementFloor::new(threshold, Slots::new(slots).unwrap());
                let loss = floor.loss(threshold.get());
                assert!(loss <= 1e-4, "{threshold:?} {slots}: {loss}");
                let higher = AgreementFloor { floor: floor.floor + 1, ..floor };
                assert!(higher.loss(threshold.get()) > 1e-4, "{threshold:?} {slots}");
            }
        }
    }

    #[test]
    fn the_loss_is_the_binomial_tail() {
        // Four slots, floor 2, J = 0.5: (C(4,0) + C(4,1)) / 16.
        let floor = AgreementFloor { slots: 4, floor: 2 };
        assert!((floor.loss(0.5) - 5.0 / 16.0).abs() < 1e-12);
    }
}

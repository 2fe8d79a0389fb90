//! Random numbers that can be drawn anew for any document, in any order, on any machine.
//!
//! A stream is a counter under a key: the key is hashed from the seed, a purpose and a number, so no document
//! needs to know what was drawn for another. Only integers, and floating-point operations that IEEE 754
//! defines to the last bit (sums, products, quotients), are used: results of the mathematics library may
//! differ between platforms.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sizes that a caller chooses, far below 2^53; parts of a random number"
)]

use crate::hash;
use crate::params::Seed;

/// From one number of the counter to the next.
const STEP: u64 = hash::GOLDEN;

/// What a stream is drawn for. Streams of different purposes are independent.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(super) enum Purpose {
    /// The invented words of the languages.
    Vocabulary = 1,
    /// Whether a document is a copy, and of what.
    ArchivePlan,
    /// The form of a text: its length, sentences and common words.
    Form,
    /// The facts of a text: names, numbers, dates.
    Facts,
    /// How a copy is edited.
    Edit,
    /// Source and date.
    Record,
}

/// A sequence of random numbers.
#[derive(Clone)]
pub(super) struct Stream {
    state: u64,
}

impl Stream {
    pub(super) fn new(seed: Seed, purpose: Purpose, number: u64) -> Self {
        let key = hash::mix(seed.0.wrapping_add(hash::spread(purpose as u64)));
        Self { state: hash::mix(key ^ hash::mix(number.wrapping_add(STEP))) }
    }

    /// A stream of its own, another one with each call.
    pub(super) fn fork(&mut self) -> Self {
        Self { state: hash::mix(self.bits()) }
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        hash::mix(self.state)
    }

    /// A number below `limit`, or 0 if that is 0. Off from uniform by at most `limit / 2^32`.
    #[inline]
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (((self.bits() >> 32) * limit as u64) >> 32) as usize
    }

    /// A number from `low` to `high`, both included.
    #[inline]
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// A number in `[0, 1)`.
    #[inline]
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// True with this probability.
    #[inline]
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A log-normal number with the given mean and a deviation of `sigma` of its logarithm.
    ///
    /// The normal number beneath is the sum of twelve uniform ones less six, within 6 of 0.
    pub(super) fn log_normal(&mut self, mean: f64, sigma: f64) -> f64 {
        let normal = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        mean * exp2((normal * sigma - sigma * sigma / 2.0) * std::f64::consts::LOG2_E)
    }

    /// A number below `limit`, where about as many draws fall on `2^k .. 2^(k+1)` for each `k`: the draw of
    /// rank r has a weight near `1 / r`, as in Zipf's law.
    pub(super) fn log_uniform(&mut self, limit: usize) -> usize {
        let levels = usize::BITS - limit.leading_zeros();
        let low = 1usize << self.below(levels as usize);
        (low + self.below(low.min(limit + 1 - low))) - 1
    }
}

/// `2^x`, from products alone.
fn exp2(x: f64) -> f64 {
    let whole = x.floor();
    let mut fraction = x - whole;
    let mut result = 1.0;
    let mut root = std::f64::consts::SQRT_2;
    for _ in 0..24 {
        fraction *= 2.0;
        if fraction >= 1.0 {
            fraction -= 1.0;
            result *= root;
        }
        root = root.sqrt();
    }
    let factor = if whole < 0.0 { 0.5 } else { 2.0 };
    (0..whole.abs().min(1024.0) as u32).fold(result, |product, _| product * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_agree_with_the_mathematics_library() {
        for x in [-7.3, -1.0, -0.001, 0.0, 0.5, 0.999, 1.0, 3.7, 20.25] {
            assert!((exp2(x) / f64::exp2(x) - 1.0).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn log_normal_numbers_have_the_mean_that_was_asked_for() {
        let mut stream = Stream::new(Seed(3), Purpose::Form, 0);
        let mean = (0..50_000).map(|_| stream.log_normal(400.0, 0.6)).sum::<f64>() / 50_000.0;
        assert!((mean - 400.0).abs() < 8.0, "{mean}");
    }

    #[test]
    fn log_uniform_numbers_reach_every_rank_and_favour_the_first() {
        let mut stream = Stream::new(Seed(3), Purpose::ArchivePlan, 0);
        let mut counts = [0; 21];
        (0..20_000).for_each(|_| counts[stream.log_uniform(21)] += 1);
        assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
        assert!(counts[0] > 5 * counts[20]);
        assert_eq!(stream.log_uniform(1), 0);
    }

    #[test]
    fn streams_of_neighbours_and_of_other_purposes_differ() {
        let first = |purpose, number| Stream::new(Seed(1), purpose, number).bits();
        assert_ne!(first(Purpose::Form, 0), first(Purpose::Form, 1));
        assert_ne!(first(Purpose::Form, 0), first(Purpose::Facts, 0));
    }
}

//! Intervals: what a metric would be on other corpora of the kind, by drawing labelled clusters anew.
//!
//! Clusters are drawn, not documents or pairs, since documents of a cluster are alike: a tool that misses one pair of a family is
//! likely to miss others, so to draw pairs would make intervals far too narrow, and to draw documents would make pairs of a
//! document and itself. Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap"; Snijders and Borgatti 1999,
//! "Non-parametric standard errors and tests for network statistics", for pairs between two drawn units.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers of draws and of clusters, far below 2^53"
)]

use std::collections::HashMap;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::metric::{Metric, Sums};
use super::units::Units;
use crate::error::Result;
use crate::hash::{draw, mix, spread};
use crate::interrupt::Interrupt;
use crate::params::Seed;

/// The share of draws that an interval covers.
pub(super) const LEVEL: f64 = 0.95;

/// Clusters of which nothing tells one from another but how often they are drawn.
struct Classes {
    sums: Vec<Sums>,
    /// The class of each cluster.
    of: Vec<u32>,
}

impl Classes {
    /// Puts clusters together that have the same sums and no pairs with others. Most clusters of a corpus are documents that
    /// are alone and found to be, so there are few classes, and a draw is a look into a table.
    fn new(units: &Units) -> Self {
        let mut sums: Vec<Sums> = Vec::new();
        // Only asked by key, so its order is nowhere seen.
        let mut known: HashMap<[u64; 13], u32> = HashMap::new();
        let class = |(&unit, crosses): (&Sums, bool)| {
            let mut new = || {
                sums.push(unit);
                sums.len() as u32 - 1
            };
            if crosses { new() } else { *known.entry(unit.key()).or_insert_with(new) }
        };
        let of = units.sums.iter().zip(units.cross()).map(class).collect();
        Self { sums, of }
    }
}

/// The interval of each metric, in order of [`Metric::ALL`]; none for one that is not defined in half of the draws.
///
/// Each draw has its own stream of random numbers, so the result does not depend on threads. O(clusters and pairs between
/// them) a draw.
pub(super) fn intervals(
    units: &Units,
    replicates: u32,
    seed: Seed,
    interrupt: &dyn Interrupt,
) -> Result<[Option<[f64; 2]>; Metric::ALL.len()]> {
    let classes = Classes::new(units);
    let count = units.sums.len();
    if count == 0 || replicates == 0 {
        return Ok([None; Metric::ALL.len()]);
    }
    let replicate = |number: u32| {
        interrupt.check()?;
        let stream = mix(seed.0 ^ spread(u64::from(number) + 1));
        let mut times = vec![0u32; classes.sums.len()];
        for index in 0..count as u64 {
            let drawn = (u128::from(draw(stream, index)) * count as u128) >> 64;
            times[classes.of[drawn as usize] as usize] += 1;
        }
        let mut sums = Sums::default();
        for (&class, &times) in classes.sums.iter().zip(&times) {
            sums.add(class, times.into());
        }
        sums.found += units.crossing(|unit| times[classes.of[unit as usize] as usize].into());
        Ok(Metric::ALL.map(|metric| sums.value(metric)))
    };
    let drawn: Vec<[Option<f64>; Metric::ALL.len()]> =
        (0..replicates).into_par_iter().map(replicate).collect::<Result<_>>()?;
    let mut intervals = [None; Metric::ALL.len()];
    for (place, interval) in intervals.iter_mut().enumerate() {
        let mut values: Vec<f64> = drawn.iter().filter_map(|figures| figures[place]).collect();
        values.sort_unstable_by(f64::total_cmp);
        if 2 * values.len() >= drawn.len() {
            *interval = Some(middle(&values));
        }
    }
    Ok(intervals)
}

/// The ends of the middle [`LEVEL`] of some values, ascending.
fn middle(values: &[f64]) -> [f64; 2] {
    let outside = ((1.0 - LEVEL) / 2.0 * values.len() as f64) as usize;
    [values[outside], values[values.len() - 1 - outside]]
}

//! Shingles in order from rare to frequent, and the rarest of a set.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::verify::{ShingleSource, Verifier};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::similarity::Measure;

/// Counters of shingle frequency. Shingles that share a counter only weaken the order, never the result.
const MAX_COUNTERS: usize = 1 << 22;

/// Counters for so many nodes.
fn counters(nodes: usize) -> usize {
    (nodes * 1024).clamp(1, MAX_COUNTERS).next_power_of_two()
}

/// How often each shingle occurs among the crowded nodes; the order from rare to frequent.
pub(super) struct Frequencies {
    counters: Vec<AtomicU32>,
    measure: Measure,
}

impl Frequencies {
    /// Counts the shingles of the given nodes. The sums do not depend on the order in which threads add.
    pub(super) fn count<S: ShingleSource>(
        nodes: &[u32],
        measure: Measure,
        source: &S,
        interrupt: &dyn Interrupt,
    ) -> Result<Self> {
        let size = counters(nodes.len());
        let mut counters = Vec::new();
        counters.resize_with(size, AtomicU32::default);
        nodes.par_iter().try_for_each_init(
            || Verifier::new(source),
            |verifier, &node| {
                for &shingle in verifier.shingles(node) {
                    counters[shingle as usize & (size - 1)].fetch_add(1, Ordering::Relaxed);
                }
                interrupt.check()
            },
        )?;
        Ok(Self { counters, measure })
    }

    /// Bytes that counting the shingles of so many nodes takes.
    pub(super) fn bytes(nodes: usize) -> usize {
        counters(nodes) * size_of::<AtomicU32>()
    }

    fn of(&self, shingle: u64) -> u32 {
        self.counters[shingle as usize & (self.counters.len() - 1)].load(Ordering::Relaxed)
    }

    /// The rarest shingles of a set, as many as a similar set of any size must meet.
    pub(super) fn prefix(&self, shingles: &[u64]) -> CrowdPrefix {
        let ordered = self.ordered(shingles);
        let size = ordered.len();
        let (long, short) = (self.measure.long_prefix(size), self.measure.short_prefix(size));
        let places = ordered[..long].iter().enumerate();
        // A shingle that was counted once is in no other set.
        let shared = places.filter(|&(_, &(count, _))| count > 1);
        let rarest = shared.map(|(place, &(_, shingle))| Rare { shingle, place }).collect();
        CrowdPrefix { size, short, rarest, all: Vec::new() }
    }

    /// All shingles of a set, by the low halves of their hashes.
    pub(super) fn whole(&self, shingles: &[u64]) -> CrowdPrefix {
        let ordered = self.ordered(shingles);
        let all: Vec<u32> = ordered.iter().map(|&(_, shingle)| shingle as u32).collect();
        CrowdPrefix { size: all.len(), short: 0, rarest: Vec::new(), all }
    }

    /// The distinct shingles of a set, rare ones first.
    fn ordered(&self, shingles: &[u64]) -> Vec<(u32, u64)> {
        let mut ordered: Vec<(u32, u64)> = shingles.iter().map(|&s| (self.of(s), s)).collect();
        ordered.sort_unstable();
        ordered.dedup();
        ordered
    }
}

/// What a crowd is asked with: the rarest shingles of a set, or all of them, rarest first.
pub(crate) struct CrowdPrefix {
    /// Number of distinct shingles in the whole set.
    pub(super) size: usize,
    /// How many of the rarest suffice against sets that are not smaller.
    pub(super) short: usize,
    /// The rarest, without those that no other set has.
    pub(super) rarest: Vec<Rare>,
    /// All of them, by the low halves of their hashes; empty where the rarest are looked up.
    pub(super) all: Vec<u32>,
}

/// A shingle of a prefix.
pub(super) struct Rare {
    pub shingle: u64,
    /// How many of the set's shingles are rarer.
    pub place: usize,
}

//! An exact index of kept documents, for nodes whose buckets are too large to be paired.
//!
//! A million near-identical releases share a bucket, and so do a hundred thousand forms filled in differently:
//! pairing a bucket's members, or even comparing their signatures, is quadratic. Here shingles are ordered from
//! rare to frequent. Two sets that are similar enough must share a shingle among the rarest few of each (the
//! prefix), so a kept set is indexed by its prefix only, and a query looks its own prefix up. What makes forms
//! alike is frequent and never reaches the prefix.
//!
//! Source: Xiao, Wang, Lin, Yu, "Efficient similarity joins for near-duplicate detection" (PPJoin), WWW 2008.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::verify::{ShingleSource, Verifier, least_overlap};
use crate::params::Threshold;

/// Counters of shingle frequency. Shingles that share a counter only weaken the order, never the result.
const MAX_COUNTERS: usize = 1 << 22;

/// How often each shingle occurs among the crowded nodes; the order from rare to frequent.
pub(super) struct Frequencies {
    counters: Vec<AtomicU32>,
    threshold: Threshold,
}

impl Frequencies {
    /// Counts the shingles of the given nodes. The sums do not depend on the order in which threads add.
    pub(super) fn count<S: ShingleSource>(nodes: &[u32], threshold: Threshold, source: &S) -> Self {
        let size = (nodes.len() * 1024).clamp(1, MAX_COUNTERS).next_power_of_two();
        let mut counters = Vec::new();
        counters.resize_with(size, AtomicU32::default);
        nodes.par_iter().for_each_init(Verifier::default, |verifier, &node| {
            for &shingle in verifier.shingles(source, node) {
                counters[shingle as usize & (size - 1)].fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { counters, threshold }
    }

    fn of(&self, shingle: u64) -> u32 {
        self.counters[shingle as usize & (self.counters.len() - 1)].load(Ordering::Relaxed)
    }

    /// The rarest shingles of a set, as many as a similar set of any size must meet.
    pub(super) fn prefix(&self, shingles: &[u64]) -> Prefix {
        let mut ordered: Vec<(u32, u64)> = shingles.iter().map(|&s| (self.of(s), s)).collect();
        ordered.sort_unstable();
        ordered.dedup();
        let size = ordered.len();
        let t = self.threshold.get();
        // A larger or equal set overlaps in at least 2t/(1+t) of this one, any set in at least t of it.
        let below =
            |share: f64| (size - ((share * size as f64 - 1e-6).ceil() as usize).min(size) + 1).min(size);
        let (long, short) = (below(t), below(2.0 * t / (1.0 + t)));
        Prefix { size, short, rarest: ordered[..long].iter().map(|&(_, shingle)| shingle).collect() }
    }
}

/// The rarest shingles of a set, rarest first.
pub(super) struct Prefix {
    /// Number of distinct shingles in the whole set.
    size: usize,
    /// How many of the rarest suffice against sets that are not smaller.
    short: usize,
    rarest: Vec<u64>,
}

/// Where a kept set has a shingle.
#[derive(Clone, Copy)]
struct Posting {
    node: u32,
    size: u32,
}

type Postings = HashMap<u64, Vec<Posting>, BuildHasherDefault<Mixed>>;

/// Kept sets by the shingles of their prefixes.
#[derive(Default)]
pub(super) struct Crowd {
    /// By the short prefix: what a larger or equal set must meet.
    short: Postings,
    /// By the rest of the long prefix: what only a smaller set may need.
    rest: Postings,
}

impl Crowd {
    /// Adds a kept node.
    pub(super) fn insert(&mut self, node: u32, prefix: &Prefix) {
        let posting = Posting { node, size: prefix.size as u32 };
        for (index, &shingle) in prefix.rarest.iter().enumerate() {
            let postings = if index < prefix.short { &mut self.short } else { &mut self.rest };
            postings.entry(shingle).or_default().push(posting);
        }
    }

    /// Adds to `found` every kept node that may be similar, in ascending order, each once.
    pub(super) fn similar(&self, prefix: &Prefix, threshold: Threshold, found: &mut Vec<u32>) {
        let start = found.len();
        let possible = |posting: &&Posting| {
            let other = posting.size as usize;
            least_overlap(threshold, prefix.size, other) <= prefix.size.min(other)
        };
        for (index, shingle) in prefix.rarest.iter().enumerate() {
            // Against a kept set that is not larger, our long prefix meets its short one; against one that is
            // not smaller, our short prefix meets its long one.
            let short = self.short.get(shingle).into_iter().flatten();
            found.extend(short.filter(possible).map(|posting| posting.node));
            if index < prefix.short {
                let rest = self.rest.get(shingle).into_iter().flatten();
                found.extend(rest.filter(possible).map(|posting| posting.node));
            }
        }
        found[start..].sort_unstable();
        let mut unique = start;
        for index in start..found.len() {
            if index == start || found[index] != found[unique - 1] {
                found[unique] = found[index];
                unique += 1;
            }
        }
        found.truncate(unique);
    }
}

/// Passes keys through: shingle hashes are mixed already. The map is never iterated, so its order is nowhere seen.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("keys are u64");
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

//! An exact index of kept documents, for nodes whose buckets are too large to be paired.
//!
//! A million near-identical releases share a bucket, and so do a hundred thousand forms filled in differently:
//! pairing a bucket's members, or even comparing their signatures, is quadratic. Here shingles are ordered from
//! rare to frequent. Two sets that are similar enough must share a shingle among the rarest few of each (the
//! prefix, see `similarity/prefix.rs`), so a kept set is indexed by its prefix only, and a query looks its own prefix up.
//! What makes forms alike is frequent and never reaches the prefix.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::verify::{ShingleSource, Verifier};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lsh::Scope;
use crate::similarity::Measure;

/// Counters of shingle frequency. Shingles that share a counter only weaken the order, never the result.
const MAX_COUNTERS: usize = 1 << 22;

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
        let size = (nodes.len() * 1024).clamp(1, MAX_COUNTERS).next_power_of_two();
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

    fn of(&self, shingle: u64) -> u32 {
        self.counters[shingle as usize & (self.counters.len() - 1)].load(Ordering::Relaxed)
    }

    /// The rarest shingles of a set, as many as a similar set of any size must meet.
    pub(super) fn prefix(&self, shingles: &[u64]) -> Prefix {
        let mut ordered: Vec<(u32, u64)> = shingles.iter().map(|&s| (self.of(s), s)).collect();
        ordered.sort_unstable();
        ordered.dedup();
        let size = ordered.len();
        let (long, short) = (self.measure.long_prefix(size), self.measure.short_prefix(size));
        let places = ordered[..long].iter().enumerate();
        // A shingle that was counted once is in no other set.
        let shared = places.filter(|&(_, &(count, _))| count > 1);
        Prefix { size, short, rarest: shared.map(|(place, &(_, shingle))| Rare { shingle, place }).collect() }
    }
}

/// The rarest shingles of a set, rarest first.
pub(super) struct Prefix {
    /// Number of distinct shingles in the whole set.
    size: usize,
    /// How many of the rarest suffice against sets that are not smaller.
    short: usize,
    /// Without those that no other set has.
    rarest: Vec<Rare>,
}

struct Rare {
    shingle: u64,
    /// How many of the set's shingles are rarer.
    place: usize,
}

/// Kept sets by the shingles of their prefixes.
///
/// Millions of shingles have one set each, so everything is flat: the sets of all shingles of a bucket are chained
/// through one list. 20 to 24 bytes a shingle of a prefix.
#[derive(Default)]
pub(super) struct Crowd {
    /// Where each bucket's chain begins; a power of two of them, at least as many as there are postings.
    heads: Vec<u32>,
    postings: Vec<KeptPosting>,
    /// For each posting, the first one further down its chain that is of another source; empty where sources do not
    /// matter. A source may keep any number of sets that are alike, and a query of that source passes over them all.
    skips: Vec<u32>,
    sets: Vec<KeptSet>,
}

struct KeptSet {
    node: u32,
    /// Number of distinct shingles.
    size: u32,
}

/// That a kept set has a shingle in its prefix.
struct KeptPosting {
    shingle: u64,
    /// Index of the set, and [`IN_SHORT_PREFIX`].
    set: u32,
    /// The next posting of the bucket.
    next: u32,
}

/// How far a look at a crowd came: where kept sets may be alike, there may be any number of them, and the first few
/// mostly decide.
pub(super) struct CrowdLookup {
    /// The place in the prefix.
    rare: usize,
    /// The next posting of its chain, if that was begun.
    posting: Option<u32>,
    /// How many postings to take notice of at a time.
    most: usize,
    /// What was found before; empty while everything is found at once.
    before: BTreeSet<u32>,
}

impl CrowdLookup {
    /// Looks at so many postings at a time.
    pub(super) fn new(most: usize) -> Self {
        Self { rare: 0, posting: None, most, before: BTreeSet::new() }
    }

    /// Sorts what was found from `start` on, and leaves each node there once.
    fn tell_apart(&mut self, found: &mut Vec<u32>, start: usize) {
        found[start..].sort_unstable();
        let mut unique = start;
        for index in start..found.len() {
            let node = found[index];
            let is_new = index == start || node != found[index - 1];
            if is_new && (self.most == usize::MAX || self.before.insert(node)) {
                found[unique] = node;
                unique += 1;
            }
        }
        found.truncate(unique);
    }
}

/// Marks shingles of the short prefix: what a larger or equal set must meet. The rest only a smaller one may need.
const IN_SHORT_PREFIX: u32 = 1 << 31;

/// The end of a chain.
const NO_POSTING: u32 = u32::MAX;

/// Buckets to begin with.
const FIRST_BUCKETS: usize = 1 << 8;

impl Crowd {
    /// Adds a kept node.
    pub(super) fn insert(&mut self, node: u32, prefix: &Prefix, scope: &Scope) {
        let set = self.sets.len() as u32;
        self.sets.push(KeptSet { node, size: prefix.size as u32 });
        let source = scope.source(node);
        for &Rare { shingle, place } in &prefix.rarest {
            if self.postings.len() == self.heads.len() {
                self.grow(scope);
            }
            let flag = if place < prefix.short { IN_SHORT_PREFIX } else { 0 };
            let bucket = self.bucket(shingle);
            let next = std::mem::replace(&mut self.heads[bucket], self.postings.len() as u32);
            self.postings.push(KeptPosting { shingle, set: set | flag, next });
            if source.is_some() {
                self.skips.push(self.skip(source, next, scope));
            }
        }
    }

    fn set(&self, posting: &KeptPosting) -> &KeptSet {
        &self.sets[(posting.set & !IN_SHORT_PREFIX) as usize]
    }

    /// Where a chain goes on behind a posting of `source`, passing over others of it; `next` is the posting after it.
    fn skip(&self, source: Option<u32>, next: u32, scope: &Scope) -> u32 {
        match self.postings.get(next as usize) {
            Some(posting) if scope.source(self.set(posting).node) == source => self.skips[next as usize],
            _ => next,
        }
    }

    /// Whether nothing was added.
    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Adds to `found` kept nodes that may be similar, in ascending order, each once; goes on where `lookup` stopped.
    /// Leaves out those of `source`, within which nothing is compared. Returns whether these were the last.
    pub(super) fn similar(
        &self,
        prefix: &Prefix,
        measure: Measure,
        (scope, source): (&Scope, Option<u32>),
        lookup: &mut CrowdLookup,
        found: &mut Vec<u32>,
    ) -> bool {
        let start = found.len();
        if self.heads.is_empty() {
            return true;
        }
        while let Some(&Rare { shingle, place }) = prefix.rarest.get(lookup.rare) {
            let mut next = lookup.posting.take().unwrap_or_else(|| self.heads[self.bucket(shingle)]);
            while let Some(posting) = self.postings.get(next as usize) {
                if found.len() - start >= lookup.most {
                    lookup.posting = Some(next);
                    lookup.tell_apart(found, start);
                    return false;
                }
                if source.is_some() && scope.source(self.set(posting).node) == source {
                    next = self.skips[next as usize];
                    continue;
                }
                next = posting.next;
                // Against a kept set that is not larger, our long prefix meets its short one; against one that is
                // not smaller, our short prefix meets its long one.
                let meets = posting.set & IN_SHORT_PREFIX != 0 || place < prefix.short;
                if posting.shingle == shingle && meets {
                    let &KeptSet { node, size } = self.set(posting);
                    let size = size as usize;
                    if measure.may_admit(prefix.size, size) {
                        found.push(node);
                    }
                }
            }
            lookup.rare += 1;
        }
        lookup.tell_apart(found, start);
        true
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.heads)
            + size_of_val(&*self.postings)
            + size_of_val(&*self.skips)
            + size_of_val(&*self.sets)
    }

    /// Shingle hashes are mixed already, so their low bits will do.
    fn bucket(&self, shingle: u64) -> usize {
        shingle as usize & (self.heads.len() - 1)
    }

    fn grow(&mut self, scope: &Scope) {
        let buckets = (self.heads.len() * 2).max(FIRST_BUCKETS);
        self.heads.clear();
        self.heads.resize(buckets, NO_POSTING);
        for index in 0..self.postings.len() {
            let bucket = self.bucket(self.postings[index].shingle);
            let next = std::mem::replace(&mut self.heads[bucket], index as u32);
            self.postings[index].next = next;
            if !self.skips.is_empty() {
                let source = scope.source(self.set(&self.postings[index]).node);
                self.skips[index] = self.skip(source, next, scope);
            }
        }
    }
}

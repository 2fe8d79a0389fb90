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
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::lsh::Scope;
use crate::similarity::Measure;

/// Counters of shingle frequency. Shingles that share a counter only weaken the order, never the result.
const MAX_COUNTERS: usize = 1 << 22;

/// How often each shingle occurs among the crowded nodes; the order from rare to frequent.
pub(crate) struct Frequencies {
    counters: Vec<AtomicU32>,
    measure: Measure,
}

impl Frequencies {
    /// Counts the shingles of the given nodes. The sums do not depend on the order in which threads add.
    pub(crate) fn count<S: ShingleSource>(
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
    pub(crate) fn prefix(&self, shingles: &[u64]) -> CrowdPrefix {
        let mut ordered: Vec<(u32, u64)> = shingles.iter().map(|&s| (self.of(s), s)).collect();
        ordered.sort_unstable();
        ordered.dedup();
        let size = ordered.len();
        let (long, short) = (self.measure.long_prefix(size), self.measure.short_prefix(size));
        let places = ordered[..long].iter().enumerate();
        // A shingle that was counted once is in no other set.
        let shared = places.filter(|&(_, &(count, _))| count > 1);
        CrowdPrefix {
            size,
            short,
            rarest: shared.map(|(place, &(_, shingle))| Rare { shingle, place }).collect(),
        }
    }
}

/// The rarest shingles of a set, rarest first.
pub(crate) struct CrowdPrefix {
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
/// There are two indexes, since of two sets the smaller needs its short prefix only: forms filled in differently have
/// shingles of their own there, and share none before the long prefix. Two long prefixes never meet.
#[derive(Default)]
pub(crate) struct Crowd {
    sets: Vec<KeptSet>,
    /// By the shingles of the short prefix.
    short: PrefixPostings,
    /// By those that only the long prefix has.
    beyond: PrefixPostings,
}

struct KeptSet {
    node: u32,
    /// Number of distinct shingles.
    size: u32,
}

/// How far a look at a crowd came.
///
/// Short prefixes come first: nearly all repeats are found by them. And where kept sets may be alike, there may be any
/// number of them, and the first few mostly decide.
pub(crate) struct CrowdLookup {
    beyond: bool,
    /// The place in the prefix.
    rare: usize,
    /// The next posting of its chain, if that was begun.
    posting: Option<u32>,
    /// How many postings to take notice of at a time.
    most: usize,
    /// What was found before.
    before: BTreeSet<u32>,
}

impl CrowdLookup {
    /// Looks at so many postings at a time.
    pub(crate) fn new(most: usize) -> Self {
        Self { beyond: false, rare: 0, posting: None, most, before: BTreeSet::new() }
    }

    /// Sorts what was found from `start` on, and leaves each node there once.
    fn tell_apart(&mut self, found: &mut Vec<u32>, start: usize) {
        found[start..].sort_unstable();
        let mut unique = start;
        for index in start..found.len() {
            let node = found[index];
            let is_new = index == start || node != found[index - 1];
            if is_new && self.before.insert(node) {
                found[unique] = node;
                unique += 1;
            }
        }
        found.truncate(unique);
    }
}

impl Crowd {
    /// Adds a kept node.
    ///
    /// # Errors
    /// [`Error::TooManyShingles`] if the prefixes of all kept nodes have 2^32 shingles or more.
    pub(crate) fn insert(&mut self, node: u32, prefix: &CrowdPrefix, scope: &Scope) -> Result<()> {
        let set = self.sets.len() as u32;
        self.sets.push(KeptSet { node, size: prefix.size as u32 });
        for rare in &prefix.rarest {
            let postings = if rare.place < prefix.short { &mut self.short } else { &mut self.beyond };
            postings
                .insert(rare, set, scope.source(node), |set| scope.source(self.sets[set as usize].node))?;
        }
        Ok(())
    }

    /// Whether nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Adds to `found` kept nodes that may be similar, in ascending order, each once; goes on where `lookup` stopped.
    /// Leaves out those of `source`, within which nothing is compared. Returns whether these were the last.
    pub(crate) fn similar(
        &self,
        prefix: &CrowdPrefix,
        measure: Measure,
        (scope, source): (&Scope, Option<u32>),
        lookup: &mut CrowdLookup,
        found: &mut Vec<u32>,
    ) -> bool {
        let start = found.len();
        // Against a kept set that is not larger, our long prefix meets its short one; against one that is not
        // smaller, our short prefix meets its long one.
        let (postings, looked_up) = if lookup.beyond {
            (&self.beyond, prefix.rarest.partition_point(|rare| rare.place < prefix.short))
        } else {
            (&self.short, prefix.rarest.len())
        };
        let is_same_source =
            |set: u32| source.is_some() && scope.source(self.sets[set as usize].node) == source;
        while lookup.rare < looked_up {
            let rare = &prefix.rarest[lookup.rare];
            let tag = tag(rare.shingle);
            let mut next = lookup.posting.take().unwrap_or_else(|| postings.first(rare.shingle));
            while let Some(posting) = postings.postings.get(next as usize) {
                if found.len() - start >= lookup.most {
                    lookup.posting = Some(next);
                    lookup.tell_apart(found, start);
                    return false;
                }
                if is_same_source(posting.set) {
                    next = postings.skips[next as usize];
                    continue;
                }
                next = posting.next;
                if posting.tag() != tag {
                    continue;
                }
                let KeptSet { node, size } = self.sets[posting.set as usize];
                // Where this is the first shingle that both have, no more is left to share than comes after it;
                // where it is not, the first has found the set.
                if measure.may_admit_from((prefix.size, rare.place), (size as usize, posting.place())) {
                    found.push(node);
                }
            }
            lookup.rare += 1;
        }
        lookup.tell_apart(found, start);
        let is_last = lookup.beyond;
        (lookup.beyond, lookup.rare) = (true, if is_last { lookup.rare } else { 0 });
        is_last
    }

    /// Bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.sets) + self.short.bytes() + self.beyond.bytes()
    }
}

/// Sets by shingles.
///
/// Millions of shingles have one set each, so everything is flat: the sets of all shingles of a bucket are chained
/// through one list. 20 to 28 bytes a posting.
#[derive(Default)]
struct PrefixPostings {
    /// Where each bucket's chain begins; a power of two of them, at least as many as there are postings.
    heads: Vec<u32>,
    postings: Vec<KeptPosting>,
    /// For each posting, the first one further down its chain that is of another source; empty where sources do not
    /// matter. A source may keep any number of sets that are alike, and a query of that source passes over them all.
    skips: Vec<u32>,
}

/// That a kept set has a shingle in its prefix.
struct KeptPosting {
    /// The [`tag`] of the shingle, and below it the number of the set's shingles that are rarer, [`MOST_PLACES`] if
    /// there are more.
    tagged: u64,
    /// Index of the set.
    set: u32,
    /// The next posting of the bucket.
    next: u32,
}

/// Bits of a posting that hold a place.
const PLACE_BITS: u32 = 16;

/// The largest place that is told from larger ones. A place only rules sets out, so one too small loses nothing.
const MOST_PLACES: u64 = (1 << PLACE_BITS) - 1;

/// What a posting holds of a shingle. Two shingles of one tag, one pair in 2^48, may only make sets candidates.
fn tag(shingle: u64) -> u64 {
    shingle << PLACE_BITS >> PLACE_BITS
}

/// The end of a chain.
const NO_POSTING: u32 = u32::MAX;

/// Buckets to begin with.
const FIRST_BUCKETS: usize = 1 << 8;

impl KeptPosting {
    fn tag(&self) -> u64 {
        self.tagged >> PLACE_BITS
    }

    fn place(&self) -> usize {
        (self.tagged & MOST_PLACES) as usize
    }
}

impl PrefixPostings {
    /// Adds a posting of a set of this source; `source_of` gives the source of any set.
    fn insert(
        &mut self,
        rare: &Rare,
        set: u32,
        source: Option<u32>,
        source_of: impl Fn(u32) -> Option<u32>,
    ) -> Result<()> {
        if self.postings.len() == NO_POSTING as usize {
            return Err(Error::TooManyShingles { limit: NO_POSTING.into() });
        }
        if self.postings.len() == self.heads.len() {
            self.grow(&source_of);
        }
        let bucket = self.bucket(rare.shingle);
        let next = std::mem::replace(&mut self.heads[bucket], self.postings.len() as u32);
        let tagged = tag(rare.shingle) << PLACE_BITS | (rare.place as u64).min(MOST_PLACES);
        self.postings.push(KeptPosting { tagged, set, next });
        if source.is_some() {
            self.skips.push(self.skip(source, next, &source_of));
        }
        Ok(())
    }

    /// Where the chain of a shingle begins.
    fn first(&self, shingle: u64) -> u32 {
        if self.heads.is_empty() { NO_POSTING } else { self.heads[self.bucket(shingle)] }
    }

    /// Where a chain goes on behind a posting of `source`, passing over others of it; `next` is the posting after it.
    fn skip(&self, source: Option<u32>, next: u32, source_of: &impl Fn(u32) -> Option<u32>) -> u32 {
        match self.postings.get(next as usize) {
            Some(posting) if source_of(posting.set) == source => self.skips[next as usize],
            _ => next,
        }
    }

    /// Shingle hashes are mixed already, so their low bits will do.
    fn bucket(&self, shingle: u64) -> usize {
        shingle as usize & (self.heads.len() - 1)
    }

    fn grow(&mut self, source_of: &impl Fn(u32) -> Option<u32>) {
        let buckets = (self.heads.len() * 2).max(FIRST_BUCKETS);
        self.heads.clear();
        self.heads.resize(buckets, NO_POSTING);
        for index in 0..self.postings.len() {
            let bucket = self.bucket(self.postings[index].tag());
            let next = std::mem::replace(&mut self.heads[bucket], index as u32);
            self.postings[index].next = next;
            if !self.skips.is_empty() {
                let source = source_of(self.postings[index].set);
                self.skips[index] = self.skip(source, next, source_of);
            }
        }
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.heads) + size_of_val(&*self.postings) + size_of_val(&*self.skips)
    }
}

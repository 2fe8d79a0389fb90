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

use super::frequencies::{CrowdPrefix, Rare};
use super::postings::{PrefixPostings, tag};
use crate::error::Result;
use crate::lsh::Scope;
use crate::similarity::Measure;

/// Kept sets by the shingles of their prefixes.
///
/// There are two indexes, since of two sets the smaller needs its short prefix only: forms filled in differently have
/// shingles of their own there, and share none before the long prefix. Two long prefixes never meet.
///
/// Or all of their shingles, for sets of which most pairs would be found so: see `family.rs`.
#[derive(Default)]
pub(crate) struct Crowd {
    sets: Vec<KeptSet>,
    /// By the shingles of the short prefix.
    short: PrefixPostings,
    /// By those that only the long prefix has.
    beyond: PrefixPostings,
    /// All shingles of each set one after the other; empty where the prefixes are indexed.
    whole: WholeSets,
}

struct KeptSet {
    node: u32,
    /// Number of distinct shingles.
    size: u32,
}

/// Kept sets that are compared as wholes, one after the other.
#[derive(Default)]
struct WholeSets {
    /// Low halves of shingle hashes, rare ones first within a set.
    shingles: Vec<u32>,
    /// Where each set ends.
    ends: Vec<usize>,
}

impl WholeSets {
    fn push(&mut self, shingles: &[u32]) {
        self.shingles.extend_from_slice(shingles);
        self.ends.push(self.shingles.len());
    }

    fn get(&self, set: usize) -> &[u32] {
        let start = if set == 0 { 0 } else { self.ends[set - 1] };
        &self.shingles[start..self.ends[set]]
    }
}

/// The shingles of a set as bits, so that most of those it has not are seen to be missing.
struct ShingleBits {
    bits: Vec<u64>,
    /// A power of two less one.
    mask: u32,
}

/// Bits for each shingle of a set of up to 32,768: at most one in 32 of those that it has not looks as if it had.
const BITS_A_SHINGLE: usize = 32;

/// Bits that stay in the fastest memory, or nearly.
const MOST_BITS: usize = 1 << 20;

/// Shingles looked for between two looks at whether the rest can still suffice.
const STRIDE: usize = 64;

impl ShingleBits {
    fn new(shingles: &[u32]) -> Self {
        let bits = (shingles.len() * BITS_A_SHINGLE).next_power_of_two().clamp(64, MOST_BITS);
        let mut set = Self { bits: vec![0; bits / 64], mask: bits as u32 - 1 };
        for &shingle in shingles {
            let bit = shingle & set.mask;
            set.bits[bit as usize / 64] |= 1 << (bit % 64);
        }
        set
    }

    /// Whether the set may have so many of these shingles; never says no where it has.
    fn may_have(&self, shingles: &[u32], least: usize) -> bool {
        let (mut met, mut rest) = (0, shingles.len());
        for stride in shingles.chunks(STRIDE) {
            if met + rest < least {
                return false;
            }
            let bits = stride.iter().map(|&shingle| {
                let bit = shingle & self.mask;
                self.bits[bit as usize / 64] >> (bit % 64) & 1
            });
            met += bits.sum::<u64>() as usize;
            rest -= stride.len();
        }
        met >= least
    }
}

/// How far a look at a crowd came.
///
/// Short prefixes come first: nearly all repeats are found by them. And where kept sets may be alike, there may be any
/// number of them, and the first few mostly decide.
pub(crate) struct CrowdLookup {
    beyond: bool,
    /// The place in the prefix, or the next of the sets that are compared as wholes.
    rare: usize,
    /// The next posting of its chain, if that was begun.
    posting: Option<u32>,
    /// How many postings to take notice of at a time.
    most: usize,
    /// What was found before.
    before: BTreeSet<u32>,
}

/// Kept nodes looked at together where many may be alike: most of them would do as well as the next, and one is enough.
pub(crate) const SOME_NODES: usize = 64;

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
        self.whole.push(&prefix.all);
        for rare in &prefix.rarest {
            let postings = if rare.place < prefix.short { &mut self.short } else { &mut self.beyond };
            let source_of = |node| scope.source_not_compared(node);
            let rare = Rare { shingle: scope.key(node, rare.shingle), ..*rare };
            postings.insert(&rare, set, source_of(node), |set| source_of(self.sets[set as usize].node))?;
        }
        Ok(())
    }

    /// Whether nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Adds to `found` kept nodes that may be similar, in ascending order, each once; goes on where `lookup` stopped.
    /// Leaves out those that `node`, if it is named, is not compared with on account of its source. Returns whether these were
    /// the last.
    pub(crate) fn similar(
        &self,
        prefix: &CrowdPrefix,
        measure: Measure,
        (scope, node): (&Scope, Option<u32>),
        lookup: &mut CrowdLookup,
        found: &mut Vec<u32>,
    ) -> bool {
        if !prefix.all.is_empty() {
            return self.similar_as_wholes(prefix, measure, (scope, node), lookup, found);
        }
        let source = node.and_then(|node| scope.source_not_compared(node));
        // Those that stay whatever they are like are an index of their own, and have no source.
        let is_pinned = self.sets.first().is_some_and(|set| set.node < scope.first_free());
        let key = |shingle| match node {
            Some(node) if !is_pinned => scope.key(node, shingle),
            _ => shingle,
        };
        let start = found.len();
        // Against a kept set that is not larger, our long prefix meets its short one; against one that is not
        // smaller, our short prefix meets its long one.
        let (postings, looked_up) = if lookup.beyond {
            (&self.beyond, prefix.rarest.partition_point(|rare| rare.place < prefix.short))
        } else {
            (&self.short, prefix.rarest.len())
        };
        let is_same_source =
            |set: u32| source.is_some() && scope.source_not_compared(self.sets[set as usize].node) == source;
        while lookup.rare < looked_up {
            let rare = &prefix.rarest[lookup.rare];
            let shingle = key(rare.shingle);
            let tag = tag(shingle);
            let mut next = lookup.posting.take().unwrap_or_else(|| postings.first(shingle));
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

    /// All kept nodes that may be similar, of any source, in ascending order.
    pub(crate) fn all_similar(&self, prefix: &CrowdPrefix, measure: Measure, scope: &Scope) -> Vec<u32> {
        let (mut found, mut lookup) = (Vec::new(), CrowdLookup::new(usize::MAX));
        while !self.similar(prefix, measure, (scope, None), &mut lookup, &mut found) {}
        found.sort_unstable();
        found
    }

    /// As [`similar`](Self::similar), by all shingles of each set.
    fn similar_as_wholes(
        &self,
        query: &CrowdPrefix,
        measure: Measure,
        (scope, asking): (&Scope, Option<u32>),
        lookup: &mut CrowdLookup,
        found: &mut Vec<u32>,
    ) -> bool {
        let start = found.len();
        let bits = ShingleBits::new(&query.all);
        while lookup.rare < self.sets.len() && found.len() - start < lookup.most.min(SOME_NODES) {
            let KeptSet { node, size } = self.sets[lookup.rare];
            let least = measure.least_overlap(query.size, size as usize);
            let is_compared = asking.is_none_or(|later| scope.compares(later, node));
            // Low halves may be equal where the hashes are not, which makes candidates only.
            if is_compared
                && least <= query.size.min(size as usize)
                && bits.may_have(self.whole.get(lookup.rare), least)
            {
                found.push(node);
            }
            lookup.rare += 1;
        }
        found[start..].sort_unstable();
        lookup.rare == self.sets.len()
    }

    /// Bytes that it would take, at most, with sets of these prefixes, too.
    pub(crate) fn bytes_with<'p>(&self, prefixes: impl Iterator<Item = &'p CrowdPrefix>) -> usize {
        let added = prefixes.map(|prefix| {
            let wholes = size_of_val(&*prefix.all) + size_of::<usize>();
            size_of::<KeptSet>() + wholes + prefix.rarest.len() * PrefixPostings::MOST_BYTES
        });
        self.bytes() + added.sum::<usize>()
    }

    /// Bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let whole = size_of_val(&*self.whole.shingles) + size_of_val(&*self.whole.ends);
        size_of_val(&*self.sets) + self.short.bytes() + self.beyond.bytes() + whole
    }
}

//! The inverted index over sampled shingles, and the candidate pairs it gives.
#![allow(
    clippy::cast_possible_truncation,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::sampling::{Sampler, Samples};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::partition::buckets;

/// What the samples found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainmentCandidates {
    /// Pairs of nodes, each once, in order: first the one with more samples, the lower number where they have as many.
    pub pairs: Vec<(u32, u32)>,
    /// Sampled shingles that more than [`frequent`](super::ContainmentSearch::frequent) nodes hold.
    pub frequent_shingles: u64,
    /// Nodes that would have looked up such a shingle, and did not: pairs of these may be missing.
    pub affected: u64,
    /// The nodes that hold a shingle which was not looked up, in order: both of each pair that is missing for it.
    pub crowded: Vec<u32>,
}

/// Finds candidates among nodes, where node `n` has the samples at row `rows[n]`.
///
/// A near-duplicate of another node repeats all of its pairs, so give one node a cluster. The result does not depend
/// on the number of threads. Cost: see the [module](super).
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted) if `interrupt` says so.
///
/// # Panics
/// If a row is not in `samples`.
pub fn candidates(
    samples: &Samples,
    rows: &[u32],
    sampler: &Sampler,
    interrupt: &dyn Interrupt,
) -> Result<ContainmentCandidates> {
    let index = SampleIndex::new(samples, rows);
    let mut pairs = Vec::new();
    let found = look_up_all(&index, rows.len(), sampler, interrupt, &mut |found| {
        pairs.extend_from_slice(found);
        Ok(())
    })?;
    pairs.par_sort_unstable();
    pairs.dedup();
    let frequent = sampler.search().frequent as usize;
    let frequent_shingles = index.lists.iter().filter(|list| list.len() > frequent).count() as u64;
    let FoundSamples { affected, crowded } = found;
    Ok(ContainmentCandidates { pairs, frequent_shingles, affected, crowded })
}

/// Samples that at least two nodes hold, as lists of their nodes, in memory or in work files. Lists are numbered in the
/// order of samples.
pub(super) trait SampleLists: Sync {
    /// Memory for what is read.
    type Scratch: Default + Send;

    /// Number of distinct samples of a node, shared or not.
    fn count(&self, node: u32, scratch: &mut Self::Scratch) -> Result<usize>;

    /// The lists that a node is in, ascending. `memory` may be overwritten.
    fn shared<'a>(
        &'a self,
        node: u32,
        scratch: &mut Self::Scratch,
        memory: &'a mut Vec<u32>,
    ) -> Result<&'a [u32]>;

    /// The length of each of these lists, which are those of a node, in the high half, and the list in the low.
    fn lengths(
        &self,
        node: u32,
        lists: &[u32],
        scratch: &mut Self::Scratch,
        lengths: &mut Vec<u64>,
    ) -> Result<()>;

    /// Puts the nodes of a list behind those of `nodes`.
    fn holders(&self, list: u32, scratch: &mut Self::Scratch, nodes: &mut Vec<u32>) -> Result<()>;
}

/// Nodes that are looked up together: each may have found a thousand pairs.
const BLOCK_NODES: usize = 1 << 10;

/// Nodes found, some more than once, until they are compared: a long document meets very many.
const MOST_FOUND: usize = 1 << 16;

/// What looking up all nodes found, beside pairs.
pub(super) struct FoundSamples {
    /// Nodes that would have looked up a frequent sample.
    pub affected: u64,
    /// The nodes that hold such a sample, in order.
    pub crowded: Vec<u32>,
}

/// Takes pairs that were found.
type TakePairs<'t> = dyn FnMut(&[(u32, u32)]) -> Result<()> + 't;

/// Looks up all of so many nodes. `take` gets the pairs, some of them more than once.
pub(super) fn look_up_all<L: SampleLists>(
    index: &L,
    nodes: usize,
    sampler: &Sampler,
    interrupt: &dyn Interrupt,
    take: &mut TakePairs<'_>,
) -> Result<FoundSamples> {
    let (mut affected, mut skipped) = (0, Vec::new());
    for start in (0..nodes).step_by(BLOCK_NODES) {
        let block = start as u32..(start + BLOCK_NODES).min(nodes) as u32;
        let found: Vec<SampleLookup> = block
            .into_par_iter()
            .map_init(LookupMemory::default, |memory: &mut LookupMemory<L::Scratch>, node| {
                interrupt.check()?;
                look_up(index, node, sampler, memory)
            })
            .collect::<Result<_>>()?;
        for lookup in found {
            affected += u64::from(!lookup.skipped.is_empty());
            skipped.extend(lookup.skipped);
            take(&lookup.pairs)?;
        }
        skipped.sort_unstable();
        skipped.dedup();
    }
    let mut is_crowded = vec![false; nodes];
    let (mut scratch, mut holders) = (L::Scratch::default(), Vec::new());
    for list in skipped {
        interrupt.check()?;
        holders.clear();
        index.holders(list, &mut scratch, &mut holders)?;
        for &node in &holders {
            is_crowded[node as usize] = true;
        }
    }
    let crowded = (0..nodes as u32).filter(|&node| is_crowded[node as usize]).collect();
    Ok(FoundSamples { affected, crowded })
}

/// Memory of a thread.
#[derive(Default)]
struct LookupMemory<S> {
    scratch: S,
    rarest: Vec<u64>,
    found: Vec<u32>,
    own: Vec<u32>,
    other: Vec<u32>,
}

/// Finds the nodes that hold enough of this node's samples to contain it.
fn look_up<L: SampleLists>(
    index: &L,
    node: u32,
    sampler: &Sampler,
    memory: &mut LookupMemory<L::Scratch>,
) -> Result<SampleLookup> {
    let LookupMemory { scratch, rarest, found, own, other } = memory;
    let mut lookup = SampleLookup { pairs: Vec::new(), skipped: Vec::new() };
    let all = index.count(node, scratch)?;
    let shared = index.shared(node, scratch, own)?;
    let least = sampler.least_shared(all);
    // Samples that no other node holds come first in order of rarity, and find nothing.
    let prefix = (all + 1).saturating_sub(least);
    let lookups = prefix.saturating_sub(all - shared.len());
    if shared.len() < least {
        return Ok(lookup);
    }
    rarest.clear();
    index.lengths(node, shared, scratch, rarest)?;
    if lookups < rarest.len() {
        rarest.select_nth_unstable(lookups);
        rarest.truncate(lookups);
    }
    let mut compare = |found: &mut Vec<u32>, scratch: &mut L::Scratch| {
        found.sort_unstable();
        found.dedup();
        for partner in found.drain(..).filter(|&partner| partner != node) {
            if share_at_least(shared, index.shared(partner, scratch, other)?, least) {
                let size = |samples: usize, node: u32| (std::cmp::Reverse(samples), node);
                let first = size(all, node) < size(index.count(partner, scratch)?, partner);
                lookup.pairs.push(if first { (node, partner) } else { (partner, node) });
            }
        }
        Ok(())
    };
    for &rare in &*rarest {
        if rare >> 32 > u64::from(sampler.search().frequent) {
            lookup.skipped.push(rare as u32);
            continue;
        }
        index.holders(rare as u32, scratch, found)?;
        if found.len() >= MOST_FOUND {
            compare(found, scratch)?;
        }
    }
    compare(found, scratch)?;
    Ok(lookup)
}

/// For each sample that at least two nodes hold, its nodes, and for each node, its shared samples.
struct SampleIndex {
    /// Sample in the high half, node in the low; ascending. Those of samples that no other node holds are left out.
    entries: Vec<u64>,
    /// The entries of each shared sample.
    lists: Vec<Range<usize>>,
    /// Number of distinct samples of each node, shared or not.
    counts: Vec<u32>,
    /// Node by node, the places of its shared samples in `lists`, ascending.
    shared: Vec<u32>,
    /// Where each node's part of `shared` ends.
    ends: Vec<usize>,
}

/// What one partition of the samples gives.
#[derive(Default)]
struct SampleRange {
    entries: Vec<u64>,
    lengths: Vec<usize>,
    /// The nodes that hold a sample once more than once, each as often.
    repeats: Vec<u32>,
}

impl SampleRange {
    fn of(sorted: &[u64]) -> Self {
        let mut part = Self::default();
        for bucket in buckets(sorted) {
            let start = part.entries.len();
            for &entry in bucket {
                if part.entries.len() > start && part.entries.last() == Some(&entry) {
                    part.repeats.push(entry as u32);
                } else {
                    part.entries.push(entry);
                }
            }
            match part.entries.len() - start {
                1 => part.entries.truncate(start),
                length => part.lengths.push(length),
            }
        }
        part
    }
}

impl SampleIndex {
    fn new(samples: &Samples, rows: &[u32]) -> Self {
        let mut counts: Vec<u32> = rows.iter().map(|&row| samples.row(row).len() as u32).collect();
        let parts = samples.by_key(rows, SampleRange::of);
        let mut entries = Vec::with_capacity(parts.iter().map(|part| part.entries.len()).sum());
        let mut lists = Vec::with_capacity(parts.iter().map(|part| part.lengths.len()).sum());
        let mut ends = vec![0usize; rows.len()];
        for part in parts {
            let mut start = entries.len();
            for length in part.lengths {
                lists.push(start..start + length);
                start += length;
            }
            for &entry in &part.entries {
                ends[entry as u32 as usize] += 1;
            }
            for node in part.repeats {
                counts[node as usize] -= 1;
            }
            entries.extend(part.entries);
        }
        let mut next = 0;
        for end in &mut ends {
            // Where the node's part starts for now; filling it moves it to the end.
            (*end, next) = (next, next + *end);
        }
        let mut shared = vec![0; next];
        for (list, range) in (0..).zip(&lists) {
            for &entry in &entries[range.clone()] {
                let end = &mut ends[entry as u32 as usize];
                shared[*end] = list;
                *end += 1;
            }
        }
        Self { entries, lists, counts, shared, ends }
    }
}

impl SampleLists for SampleIndex {
    type Scratch = ();

    fn count(&self, node: u32, (): &mut ()) -> Result<usize> {
        Ok(self.counts[node as usize] as usize)
    }

    fn shared<'a>(&'a self, node: u32, (): &mut (), _: &'a mut Vec<u32>) -> Result<&'a [u32]> {
        let node = node as usize;
        let start = if node == 0 { 0 } else { self.ends[node - 1] };
        Ok(&self.shared[start..self.ends[node]])
    }

    fn lengths(&self, _: u32, lists: &[u32], (): &mut (), lengths: &mut Vec<u64>) -> Result<()> {
        let length = |&list: &u32| (self.lists[list as usize].len() as u64) << 32 | u64::from(list);
        lengths.extend(lists.iter().map(length));
        Ok(())
    }

    fn holders(&self, list: u32, (): &mut (), nodes: &mut Vec<u32>) -> Result<()> {
        let entries = &self.entries[self.lists[list as usize].clone()];
        nodes.extend(entries.iter().map(|&entry| entry as u32));
        Ok(())
    }
}

/// What a node finds.
struct SampleLookup {
    pairs: Vec<(u32, u32)>,
    /// The lists of frequent samples, which were not looked up.
    skipped: Vec<u32>,
}

/// Whether two ascending lists have at least so many elements in common.
fn share_at_least(a: &[u32], b: &[u32], least: usize) -> bool {
    let (mut a, mut b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut missing = least;
    // Where one list is far longer, searching it takes fewer steps than walking it.
    let search = b.len() / 16 > a.len();
    while missing > 0 && missing <= a.len() && missing <= b.len() {
        let (first, second) = (a[0], b[0]);
        if first == second {
            missing -= 1;
            (a, b) = (&a[1..], &b[1..]);
        } else if first < second {
            a = &a[1..];
        } else if search {
            b = &b[b.partition_point(|&other| other < first)..];
        } else {
            b = &b[1..];
        }
    }
    missing == 0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::sampling::ContainmentSearch;
    use super::*;
    use crate::params::{Recall, Shingling};

    fn sampler(frequent: u32) -> Sampler {
        let recall = Recall::new(1.0).unwrap();
        let search = ContainmentSearch { recall, least_units: 1, frequent, ..Default::default() };
        Sampler::new(search, Shingling::Word(1)).unwrap()
    }

    proptest! {
        #[test]
        fn with_every_shingle_sampled_the_candidates_are_those_of_the_double_loop(
            sets in proptest::collection::vec(proptest::collection::vec(0u64..40, 0..30), 0..30),
        ) {
            let sampler = sampler(1000);
            let mut samples = Samples::default();
            for set in &sets {
                samples.push(&sampler, set, 50);
            }
            let rows: Vec<u32> = (0..sets.len() as u32).rev().collect();
            let found = candidates(&samples, &rows, &sampler, &()).unwrap();
            let distinct: Vec<BTreeSet<u64>> =
                rows.iter().map(|&row| sets[row as usize].iter().copied().collect()).collect();
            let mut expected = BTreeSet::new();
            for a in 0..distinct.len() {
                for b in 0..a {
                    let shared = distinct[a].intersection(&distinct[b]).count();
                    let smaller = distinct[a].len().min(distinct[b].len());
                    if shared > 0 && shared * 10 >= smaller * 6 {
                        let a_first = distinct[a].len() > distinct[b].len();
                        expected.insert(if a_first { (a as u32, b as u32) } else { (b as u32, a as u32) });
                    }
                }
            }
            prop_assert_eq!(found.pairs, expected.into_iter().collect::<Vec<_>>());
            prop_assert_eq!((found.frequent_shingles, found.affected), (0, 0));
        }

        #[test]
        fn sharing_is_counted_as_by_sets(
            a in proptest::collection::btree_set(0u32..60, 0..20), b in proptest::collection::btree_set(0u32..600, 0..400),
            least in 1usize..8,
        ) {
            let (first, second): (Vec<u32>, Vec<u32>) = (a.iter().copied().collect(), b.iter().copied().collect());
            let expected = a.intersection(&b).count() >= least;
            prop_assert_eq!(share_at_least(&first, &second, least), expected);
            prop_assert_eq!(share_at_least(&second, &first, least), expected);
        }
    }

    #[test]
    fn frequent_shingles_are_left_out_and_counted() {
        let sampler = sampler(3);
        let mut samples = Samples::default();
        for document in 0..4u64 {
            samples.push(&sampler, &[1, 2, 10 + document / 2], 50);
        }
        let found = candidates(&samples, &[0, 1, 2, 3], &sampler, &()).unwrap();
        // 1 and 2 are in four documents; 10 and 11 in two each, and these find their pairs.
        assert_eq!(found.pairs, [(0, 1), (2, 3)]);
        assert_eq!((found.frequent_shingles, found.affected), (2, 4));
        assert_eq!(found.crowded, [0, 1, 2, 3]);
    }
}

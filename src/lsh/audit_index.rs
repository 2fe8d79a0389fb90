//! Pairs of a few sampled nodes with any others, for measuring what an index misses.
//!
//! The sampled nodes get an index of their own, with bands that miss next to nothing at the threshold, and every node is
//! looked up in it. That is affordable since the index holds a few hundred nodes, whatever the number of all; and where
//! most nodes meet most of these, since only as many pairs are looked at as are drawn. The pairs of a node are drawn in the order
//! of the sampled nodes' ranks, from a rank on that is its own: so those that may still be drawn are a range of a bucket.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::agreement::AgreementFloor;
use super::banding::Banding;
use super::buckets::band_key;
use super::pairs::CandidatePair;
use super::scope::Scope;
use crate::error::Result;
use crate::hash;
use crate::interrupt::Interrupt;
use crate::least::leave_least;
use crate::params::{Bands, Rows, Slots, Threshold};
use crate::sketch::{RowBuffer, Signatures, Slot, agreement};

/// The share of pairs at the threshold that the bands may miss, and as much again that the floor may: a small part of what
/// a run's index misses.
const MISSES: f64 = 1e-4;

/// Rows of a band, at most: those that are hashed in one step.
const MOST_ROWS: u32 = 4;

/// Nodes that a task looks up at a time.
const CHUNK_NODES: usize = 1 << 12;

/// Nodes that are looked up before it is known how far pairs are drawn: few, then more and more, at most so many.
const FIRST_WAVE: usize = 64;
const MOST_WAVE: usize = 64 * CHUNK_NODES;

/// Bits of a filter for each sampled node: one look-up in eight that finds nothing gets beyond the filter.
const FILTER_BITS: usize = 8;

/// How pairs of sampled nodes are found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuditIndex {
    banding: Banding,
    floor: AgreementFloor,
}

/// Where a pair comes when pairs are drawn: by the rank of its sampled node, counted from the other node's own, then by
/// chance.
type DrawNumber = (u32, u64);

type DrawnPair = (DrawNumber, CandidatePair);

impl AuditIndex {
    /// Bands and a floor that miss next to nothing at the threshold, as far as so many slots allow.
    pub(crate) fn new(threshold: Threshold, slots: Slots) -> Result<Self> {
        let all = slots.get() as u32;
        // Every node is looked up in every band, so there are no more than are needed.
        let shapes = (1..=MOST_ROWS).rev().flat_map(|rows| {
            (1..=all / rows).map(move |bands| Banding::new(Bands(bands), Rows(rows), slots))
        });
        let enough = shapes.flatten().find(|banding| 1.0 - banding.recall(threshold.get()) <= MISSES);
        let banding = enough.map_or_else(|| Banding::new(Bands(all), Rows(1), slots), Ok)?;
        Ok(Self { banding, floor: AgreementFloor::with_loss(threshold, slots, MISSES) })
    }

    /// Probability that a pair of this Jaccard similarity is found, in `[0, 1]`.
    pub(crate) fn recall(&self, jaccard: f64) -> f64 {
        (self.banding.recall(jaccard) - self.floor.loss(jaccard)).max(0.0)
    }

    /// The pairs of `sampled` nodes, which are ascending, with any that they are compared with within `scope`, sorted, each
    /// once; where there are more than `most`, so many of them drawn at random. Node `n` has the signature at row
    /// `rows[n]`.
    ///
    /// O(bands · nodes), and a look at two signatures for each pair that shares a band and may still be drawn.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if signatures are in a file that cannot be read, [`crate::Error::Interrupted`] if
    /// `interrupt` says so.
    pub(crate) fn pairs(
        self,
        sampled: &[u32],
        signatures: &Signatures,
        rows: &[u32],
        scope: &Scope,
        most: usize,
        interrupt: &dyn Interrupt,
    ) -> Result<Vec<CandidatePair>> {
        let index = DrawnNodes::new(sampled, signatures, rows, self.banding)?;
        let mut drawn: Vec<DrawnPair> = Vec::new();
        let (mut start, mut wave) = (0, FIRST_WAVE);
        while start < rows.len() {
            let end = rows.len().min(start + wave);
            // A pair that comes behind all that were drawn already is not looked at.
            let gate = if drawn.len() < most { None } else { drawn.iter().map(|pair| pair.0).max() };
            let lookup = Lookup { index: &index, signatures, rows, scope, floor: self.floor, gate, most };
            let starts: Vec<usize> = (start..end).step_by(CHUNK_NODES).collect();
            let parts = starts
                .into_par_iter()
                .map(|start| {
                    interrupt.check()?;
                    lookup.pairs(start as u32..end.min(start + CHUNK_NODES) as u32)
                })
                .collect::<Result<Vec<_>>>()?;
            drawn.extend(parts.into_iter().flatten());
            leave_least(&mut drawn, most, Ord::cmp);
            (start, wave) = (end, (4 * wave).min(MOST_WAVE));
        }
        let mut pairs: Vec<CandidatePair> = drawn.into_iter().map(|(_, pair)| pair).collect();
        pairs.sort_unstable();
        Ok(pairs)
    }
}

/// The sampled nodes by the keys of their bands.
struct DrawnNodes<'a> {
    /// Ascending.
    sampled: &'a [u32],
    /// The same, by rank.
    ranked: Vec<u32>,
    /// Their signatures, by rank.
    signatures: Vec<Slot>,
    banding: Banding,
    bands: Vec<BandIndex>,
}

/// The keys of one band, ascending, with the ranks of the nodes that have them.
struct BandIndex {
    keys: Vec<(u32, u32)>,
    /// A bit for every value of a key's high bits that some key has.
    filter: Vec<u64>,
    shift: u32,
}

/// Ranks of sampled nodes, each once.
struct MetRanks {
    ranks: Vec<u32>,
    /// A bit a rank.
    is_met: Vec<u64>,
}

impl MetRanks {
    fn of(nodes: usize) -> Self {
        Self { ranks: Vec::new(), is_met: vec![0; nodes.div_ceil(64)] }
    }

    fn clear(&mut self) {
        for rank in self.ranks.drain(..) {
            self.is_met[rank as usize / 64] = 0;
        }
    }

    fn add(&mut self, rank: u32) {
        let (word, bit) = (&mut self.is_met[rank as usize / 64], 1u64 << (rank % 64));
        if *word & bit == 0 {
            *word |= bit;
            self.ranks.push(rank);
        }
    }
}

impl<'a> DrawnNodes<'a> {
    fn new(sampled: &'a [u32], all: &Signatures, rows: &[u32], banding: Banding) -> Result<Self> {
        let mut ranked = sampled.to_vec();
        ranked.sort_by_key(|&node| hash::mix(u64::from(node) ^ hash::GOLDEN));
        let (mut signatures, mut buffer) = (Vec::new(), RowBuffer::default());
        for &node in &ranked {
            signatures.extend_from_slice(all.row(rows[node as usize] as usize, &mut buffer)?);
        }
        let width = all.slots().get();
        let band = |band| {
            let slots = banding.slots_of(band);
            let keys = signatures.chunks_exact(width).map(|row| band_key(&row[slots.clone()]));
            BandIndex::new(keys.zip(0u32..).collect())
        };
        let bands = (0..banding.bands().0).map(band).collect();
        Ok(Self { sampled, ranked, signatures, banding, bands })
    }

    fn signature(&self, rank: u32, width: usize) -> &[Slot] {
        &self.signatures[rank as usize * width..][..width]
    }

    /// The rank from which on the pairs of a node are drawn.
    fn first_rank(&self, node: u32) -> u32 {
        (hash::mix(node.into()) % self.ranked.len() as u64) as u32
    }

    /// The ranks of nodes that share a band with this signature, of so many from `first` on; behind the last comes rank 0.
    fn sharing(&self, row: &[Slot], first: u32, most: u32, met: &mut MetRanks) {
        met.clear();
        let all = self.ranked.len() as u32;
        let end = u64::from(first) + u64::from(most);
        let ranges =
            [first..end.min(all.into()) as u32, 0..end.saturating_sub(all.into()).min(first.into()) as u32];
        for (band, index) in (0u32..).zip(&self.bands) {
            let bucket = index.bucket(band_key(&row[self.banding.slots_of(band)]));
            if bucket.is_empty() {
                continue;
            }
            for range in &ranges {
                let start = bucket.partition_point(|&(_, rank)| rank < range.start);
                let within = bucket[start..].iter().take_while(|&&(_, rank)| rank < range.end);
                within.for_each(|&(_, rank)| met.add(rank));
            }
        }
    }
}

impl BandIndex {
    fn new(mut keys: Vec<(u32, u32)>) -> Self {
        keys.sort_unstable();
        let bits = (keys.len() * FILTER_BITS).next_power_of_two().clamp(64, 1 << 20);
        let shift = u32::BITS - bits.ilog2();
        let mut filter = vec![0; bits / 64];
        for &(key, _) in &keys {
            let value = key >> shift;
            filter[value as usize / 64] |= 1u64 << (value % 64);
        }
        Self { keys, filter, shift }
    }

    /// The entries of a key, by rank.
    #[inline]
    fn bucket(&self, key: u32) -> &[(u32, u32)] {
        let value = key >> self.shift;
        if self.filter[value as usize / 64] >> (value % 64) & 1 == 0 {
            return &[];
        }
        let behind = &self.keys[self.keys.partition_point(|&(other, _)| other < key)..];
        &behind[..behind.partition_point(|&(other, _)| other == key)]
    }
}

/// Looks nodes up among the sampled.
struct Lookup<'a> {
    index: &'a DrawnNodes<'a>,
    signatures: &'a Signatures,
    rows: &'a [u32],
    scope: &'a Scope,
    floor: AgreementFloor,
    /// The last pair that may still be drawn; none if any may.
    gate: Option<DrawNumber>,
    most: usize,
}

impl Lookup<'_> {
    fn pairs(&self, nodes: Range<u32>) -> Result<Vec<DrawnPair>> {
        let (index, width) = (self.index, self.signatures.slots().get());
        let all = index.ranked.len() as u32;
        let most_ranks = self.gate.map_or(all, |(rank, _)| (rank + 1).min(all));
        let (mut drawn, mut buffer) = (Vec::new(), RowBuffer::default());
        let mut met = MetRanks::of(index.ranked.len());
        for node in nodes {
            let row = self.signatures.row(self.rows[node as usize] as usize, &mut buffer)?;
            let first = index.first_rank(node);
            index.sharing(row, first, most_ranks, &mut met);
            for &rank in &met.ranks {
                let sampled = index.ranked[rank as usize];
                let pair = CandidatePair { later: node.max(sampled), earlier: node.min(sampled) };
                // Two sampled nodes meet twice.
                let is_met_again = node < sampled && index.sampled.binary_search(&node).is_ok();
                if node == sampled || is_met_again || !self.scope.compares(pair.later, pair.earlier) {
                    continue;
                }
                let from_first = if rank >= first { rank - first } else { rank + all - first };
                let number = (from_first, hash::mix(pair.packed() ^ hash::GOLDEN));
                if self.gate.is_none_or(|gate| number <= gate)
                    && agreement(row, index.signature(rank, width)) >= self.floor.get()
                {
                    drawn.push((number, pair));
                }
            }
            if drawn.len() > 2 * self.most {
                leave_least(&mut drawn, self.most, Ord::cmp);
            }
        }
        Ok(drawn)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Rows in families that agree in most slots.
    fn families(count: u64) -> Signatures {
        let mut signatures = Signatures::new(Slots::new(32).unwrap());
        for node in 0..count {
            let other = hash::mix(node) % 12;
            for (slot, value) in (0u64..).zip(signatures.push()) {
                let own = slot < other;
                let seed = if own { node * 1000 } else { node % 9 * 77_777 };
                *value = hash::mix(seed + slot) as Slot;
            }
        }
        signatures
    }

    #[test]
    fn the_pairs_are_those_of_the_obvious_double_loop_or_some_of_them() {
        let signatures = families(200);
        let rows: Vec<u32> = (0..200).rev().collect();
        let sampled = [3, 20, 21, 90, 180];
        let sources: Vec<u32> = (0..200).map(|node| node % 3).collect();
        for scope in [Scope::default(), Scope::pinned(21).across(sources)] {
            let threshold = Threshold::new(0.7).unwrap();
            let index = AuditIndex::new(threshold, signatures.slots()).unwrap();
            assert!(index.recall(0.7) > 0.999, "{}", index.recall(0.7));
            let row = |node: u32| {
                signatures.row(rows[node as usize] as usize, &mut RowBuffer::default()).unwrap().to_vec()
            };
            let mut expected = BTreeSet::new();
            for &one in &sampled {
                for other in (0..200).filter(|&other| other != one) {
                    let pair = CandidatePair { later: one.max(other), earlier: one.min(other) };
                    let agreed = row(one).iter().zip(row(other)).filter(|(a, b)| **a == *b).count();
                    if scope.compares(pair.later, pair.earlier) && agreed >= index.floor.get() as usize {
                        expected.insert(pair);
                    }
                }
            }
            let pairs = |most| index.pairs(&sampled, &signatures, &rows, &scope, most, &()).unwrap();
            assert!(expected.len() > 30, "{}", expected.len());
            assert_eq!(pairs(1000), expected.iter().copied().collect::<Vec<_>>());
            let some = pairs(10);
            assert!(some.len() == 10 && some.iter().all(|pair| expected.contains(pair)));
        }
    }
}

//! Pairs of a few sampled nodes with any others, for measuring what an index misses.
//!
//! The sampled nodes get an index of their own, with bands that miss next to nothing at the threshold, and every node is
//! looked up in it. That is affordable since the index holds a few hundred nodes, whatever the number of all.
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
use crate::params::{Bands, Recall, Rows, Slots, Threshold};
use crate::sketch::{RowBuffer, Signatures, Slot, agreement};

/// The share of pairs at the threshold that the bands may miss, and as much again that the floor may. A pair missed here
/// is missed by chance in one of some thousand audits.
const MISSES: f64 = 1e-6;

/// Nodes that a task looks up at a time, and tasks that are done before what they found is merged.
const CHUNK_NODES: usize = 1 << 12;
const WAVE_CHUNKS: usize = 64;

/// Bits of a filter for each sampled node: one look-up in sixteen that finds nothing gets beyond the filter.
const FILTER_BITS: usize = 16;

/// How pairs of sampled nodes are found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuditIndex {
    banding: Banding,
    floor: AgreementFloor,
}

/// A pair, and the number by which it is drawn from all.
type DrawnPair = (u64, CandidatePair);

impl AuditIndex {
    /// Bands and a floor that miss next to nothing at the threshold, as far as so many slots allow.
    pub(crate) fn new(threshold: Threshold, slots: Slots) -> Result<Self> {
        let recall = Recall::new(1.0 - MISSES)?;
        let most = Banding::choose(threshold, slots, recall)
            .or_else(|_| Banding::new(Bands(slots.get() as u32), Rows(1), slots))?;
        // Every node is looked up in every band, so there are no more than are needed.
        let fewer = (1..most.bands().0).map(|bands| Banding::new(Bands(bands), most.rows(), slots));
        let enough = fewer.flatten().find(|banding| banding.recall(threshold.get()) >= recall.get());
        let banding = enough.unwrap_or(most);
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
    /// O(bands · nodes), and a look at two signatures for each pair that shares a band.
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
        let wave = CHUNK_NODES * WAVE_CHUNKS;
        for start in (0..rows.len()).step_by(wave) {
            // A pair that comes behind all that were drawn already is not looked at.
            let gate = if drawn.len() < most {
                u64::MAX
            } else {
                drawn.iter().map(|pair| pair.0).max().unwrap_or(0)
            };
            let parts = (start..rows.len().min(start + wave))
                .into_par_iter()
                .step_by(CHUNK_NODES)
                .map(|start| {
                    interrupt.check()?;
                    let nodes = start as u32..rows.len().min(start + CHUNK_NODES) as u32;
                    let lookup =
                        Lookup { index: &index, signatures, rows, scope, floor: self.floor, gate, most };
                    lookup.pairs(nodes)
                })
                .collect::<Result<Vec<_>>>()?;
            drawn.extend(parts.into_iter().flatten());
            draw(&mut drawn, most);
        }
        let mut pairs: Vec<CandidatePair> = drawn.into_iter().map(|(_, pair)| pair).collect();
        pairs.sort_unstable();
        Ok(pairs)
    }
}

/// Leaves the `most` that are drawn first.
fn draw(drawn: &mut Vec<DrawnPair>, most: usize) {
    if drawn.len() > most {
        drawn.select_nth_unstable(most);
        drawn.truncate(most);
    }
}

/// The sampled nodes by the keys of their bands.
struct DrawnNodes<'a> {
    sampled: &'a [u32],
    /// Their signatures.
    signatures: Vec<Slot>,
    banding: Banding,
    bands: Vec<BandIndex>,
}

/// The keys of one band, ascending, with the places of the nodes that have them.
struct BandIndex {
    keys: Vec<(u32, u32)>,
    /// A bit for every value of a key's high bits that some key has.
    filter: Vec<u64>,
    shift: u32,
}

impl<'a> DrawnNodes<'a> {
    fn new(sampled: &'a [u32], all: &Signatures, rows: &[u32], banding: Banding) -> Result<Self> {
        let (mut signatures, mut buffer) = (Vec::new(), RowBuffer::default());
        for &node in sampled {
            signatures.extend_from_slice(all.row(rows[node as usize] as usize, &mut buffer)?);
        }
        let width = all.slots().get();
        let band = |band| {
            let slots = banding.slots_of(band);
            let keys = signatures.chunks_exact(width).map(|row| band_key(&row[slots.clone()]));
            BandIndex::new(keys.zip(0u32..).collect())
        };
        let bands = (0..banding.bands().0).map(band).collect();
        Ok(Self { sampled, signatures, banding, bands })
    }

    fn signature(&self, place: u32, width: usize) -> &[Slot] {
        &self.signatures[place as usize * width..][..width]
    }

    /// The places of nodes that share a band with this signature, each once.
    fn sharing(&self, row: &[Slot], places: &mut Vec<u32>) {
        places.clear();
        for (band, index) in (0u32..).zip(&self.bands) {
            index.look_up(band_key(&row[self.banding.slots_of(band)]), places);
        }
        if places.len() > 1 {
            places.sort_unstable();
            places.dedup();
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

    #[inline]
    fn look_up(&self, key: u32, places: &mut Vec<u32>) {
        let value = key >> self.shift;
        if self.filter[value as usize / 64] >> (value % 64) & 1 == 0 {
            return;
        }
        let start = self.keys.partition_point(|&(other, _)| other < key);
        let equal = self.keys[start..].iter().take_while(|&&(other, _)| other == key);
        places.extend(equal.map(|&(_, place)| place));
    }
}

/// Looks nodes up among the sampled.
struct Lookup<'a> {
    index: &'a DrawnNodes<'a>,
    signatures: &'a Signatures,
    rows: &'a [u32],
    scope: &'a Scope,
    floor: AgreementFloor,
    /// Pairs with a greater number are not drawn.
    gate: u64,
    most: usize,
}

impl Lookup<'_> {
    fn pairs(&self, nodes: Range<u32>) -> Result<Vec<DrawnPair>> {
        let width = self.signatures.slots().get();
        let (mut drawn, mut places, mut buffer) = (Vec::new(), Vec::new(), RowBuffer::default());
        for node in nodes {
            let row = self.signatures.row(self.rows[node as usize] as usize, &mut buffer)?;
            self.index.sharing(row, &mut places);
            for &place in &places {
                let sampled = self.index.sampled[place as usize];
                let pair = CandidatePair { later: node.max(sampled), earlier: node.min(sampled) };
                // Two sampled nodes meet twice.
                let is_met_again = node < sampled && self.index.sampled.binary_search(&node).is_ok();
                if node == sampled || is_met_again || !self.scope.compares(pair.later, pair.earlier) {
                    continue;
                }
                let number = hash::mix(pair.packed() ^ hash::GOLDEN);
                if number <= self.gate
                    && agreement(row, self.index.signature(place, width)) >= self.floor.get()
                {
                    drawn.push((number, pair));
                }
            }
            if drawn.len() > 2 * self.most {
                draw(&mut drawn, self.most);
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
            assert!(index.recall(0.7) > 0.9999, "{}", index.recall(0.7));
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

//! Band by band: bucket the signatures and pair what shares a bucket.
//!
//! A pair is emitted in the first band in which it collides and in no other, so no pair comes twice. A bucket
//! of more members than the [`BucketLimit`](crate::BucketLimit) is not paired: that would be quadratic. Its members are marked as crowded,
//! and selection finds all similar pairs among the crowded by an exact index instead, at a recall of 1.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use super::agreement::AgreementFloor;
use super::banding::Banding;
use super::buckets::{MetBuckets, band_key, band_partitions, first_shared, pair_buckets};
use super::pairs::{CandidatePair, Pairs};
use super::scope::Scope;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::partition::partition_bits;
use crate::sketch::{RowBuffer, Signatures, agreement};

/// What the bands found.
#[derive(Debug)]
pub struct Candidates {
    /// Pairs from buckets of ordinary size, sorted, each once.
    pub pairs: Pairs,
    /// Whether the node was in a bucket of more members than the [`BucketLimit`](crate::BucketLimit).
    pub crowded: Vec<bool>,
    /// Members of the largest bucket, 0 if no two nodes share one.
    pub largest_bucket: usize,
    /// Which pairs counted.
    pub scope: Scope,
}

impl Candidates {
    /// Nothing found among so many nodes.
    pub fn none(nodes: usize) -> Self {
        Self {
            crowded: vec![false; nodes],
            pairs: Pairs::default(),
            largest_bucket: 0,
            scope: Scope::default(),
        }
    }

    /// So many nodes, all of them for the exact index.
    pub fn all_crowded(nodes: usize) -> Self {
        Self { crowded: vec![true; nodes], ..Self::none(0) }
    }
}

/// Finds the candidate pairs among nodes, where node `n` has the signature at row `rows[n]`.
///
/// O(bands · nodes · log) time; 8 bytes a node beside the signatures and the pairs.
///
/// # Errors
/// [`crate::Error::Io`] if signatures are in a file that cannot be read, [`crate::Error::Interrupted`] if `interrupt`
/// says so.
pub fn candidates(
    signatures: &Signatures,
    rows: &[u32],
    banding: Banding,
    floor: AgreementFloor,
    interrupt: &dyn Interrupt,
) -> Result<Candidates> {
    candidates_within(Scope::default(), signatures, rows, banding, floor, interrupt)
}

/// As [`candidates`], but only pairs that count within `scope`.
///
/// # Errors
/// As [`candidates`].
pub fn candidates_within(
    scope: Scope,
    signatures: &Signatures,
    rows: &[u32],
    banding: Banding,
    floor: AgreementFloor,
    interrupt: &dyn Interrupt,
) -> Result<Candidates> {
    let mut found = Candidates { scope, ..Candidates::none(rows.len()) };
    if rows.len() < 2 {
        return Ok(found);
    }
    let mut pairs = Vec::new();
    let bits = partition_bits(rows.len());
    let all = 0..1usize << bits;
    for band in 0..banding.bands().0 {
        let slots = banding.slots_of(band);
        let partitions = band_partitions(rows, bits, all.clone(), interrupt, |row, buffer| {
            Ok(band_key(&signatures.row(row as usize, buffer)?[slots.clone()]))
        })?;
        let pairing = Pairing { scope: &found.scope, signatures, rows, banding, band, floor, interrupt };
        let parts = partitions.read(all.clone(), |entries| pairing.pairs(entries))?;
        for (part, met) in parts {
            pairs.extend_from_slice(&part);
            found.largest_bucket = found.largest_bucket.max(met.largest);
            for node in met.crowded {
                found.crowded[node as usize] = true;
            }
        }
    }
    found.pairs = Pairs::new(pairs);
    Ok(found)
}

struct Pairing<'a> {
    scope: &'a Scope,
    signatures: &'a Signatures,
    rows: &'a [u32],
    banding: Banding,
    band: u32,
    floor: AgreementFloor,
    interrupt: &'a dyn Interrupt,
}

impl Pairing<'_> {
    /// The candidate pairs of one partition.
    fn pairs(&self, entries: &[u64]) -> Result<(Vec<CandidatePair>, MetBuckets)> {
        let mut pairs = Vec::new();
        let (mut own, mut other) = (RowBuffer::default(), RowBuffer::default());
        let limit = self.banding.bucket_limit();
        let met = pair_buckets(entries, (self.scope, limit), self.interrupt, |later, earlier| {
            let row = self.signatures.row(self.rows[later as usize] as usize, &mut own)?;
            let other = self.signatures.row(self.rows[earlier as usize] as usize, &mut other)?;
            if agreement(row, other) >= self.floor.get()
                && first_shared(row, other, self.banding) == self.band
            {
                pairs.push(CandidatePair { later, earlier });
            }
            Ok(())
        })?;
        Ok((pairs, met))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::bands_shared;
    use super::*;
    use crate::hash;
    use crate::params::{Bands, Rows, Slots, Threshold};
    use crate::sketch::Slot;

    /// Rows of small values, so that bands collide often.
    fn random_signatures(count: usize, values: u64) -> Signatures {
        let slots = Slots::new(12).unwrap();
        let mut signatures = Signatures::new(slots);
        for node in 0..count {
            for (slot, value) in signatures.push().iter_mut().enumerate() {
                *value = (hash::mix((node * 100 + slot) as u64) % values) as Slot;
            }
        }
        signatures
    }

    #[test]
    fn the_pairs_are_those_of_the_obvious_double_loop() {
        let signatures = random_signatures(300, 7);
        let rows: Vec<u32> = (0..300).rev().collect();
        let slots = signatures.slots();
        let banding = Banding::new(Bands(4), Rows(3), slots).unwrap();
        let floor = AgreementFloor::new(Threshold::new(0.6).unwrap(), slots);
        let found = candidates(&signatures, &rows, banding, floor, &()).unwrap();
        let mut expected = BTreeSet::new();
        for later in 0..300u32 {
            for earlier in 0..later {
                let (mut own, mut other) = (RowBuffer::default(), RowBuffer::default());
                let a = signatures.row(rows[later as usize] as usize, &mut own).unwrap();
                let b = signatures.row(rows[earlier as usize] as usize, &mut other).unwrap();
                if agreement(a, b) >= floor.get() && bands_shared(a, b, banding) > 0 {
                    expected.insert(CandidatePair { later, earlier });
                }
            }
        }
        assert!(expected.len() > 20, "the case must have pairs to find: {}", expected.len());
        assert_eq!(found.pairs.to_vec().unwrap(), expected.into_iter().collect::<Vec<_>>());
        assert!(!found.crowded.contains(&true));
    }

    #[test]
    fn a_crowded_bucket_is_marked_and_not_paired() {
        let slots = Slots::new(8).unwrap();
        let mut signatures = Signatures::new(slots);
        for node in 0..100u16 {
            let row = signatures.push();
            row.fill(if node < 60 { 5 } else { 1000 + node });
        }
        let rows: Vec<u32> = (0..100).collect();
        let banding = Banding::new(Bands(2), Rows(4), slots).unwrap();
        let floor = AgreementFloor::new(Threshold::default(), slots);
        let found = candidates(&signatures, &rows, banding, floor, &()).unwrap();
        assert_eq!(found.pairs.len(), 0);
        assert_eq!(found.crowded.iter().filter(|&&c| c).count(), 60);
        assert_eq!(found.largest_bucket, 60);
    }
}

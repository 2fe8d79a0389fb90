//! Band by band: bucket the signatures and pair what shares a bucket.
//!
//! Each band is partitioned by the high bits of its keys; a partition is sorted by itself, its buckets are
//! read off as runs, and its pairs are emitted. A partition needs nothing outside itself, so partitions run in
//! parallel, and could as well come from a file each.
//!
//! A pair is emitted in the first band in which it collides and in no other, so no pair comes twice. A bucket
//! of more than [`CROWD`] members is not paired: that would be quadratic. Its members are marked as crowded,
//! and selection finds all similar pairs among the crowded by an exact index instead, at a recall of 1.

use rayon::prelude::*;

use super::{AgreementFloor, Banding};
use crate::hash;
use crate::sketch::{Signatures, Slot, agreement};

/// The largest bucket that is paired member by member.
pub const CROWD: usize = 32;

/// Nodes that a task sketches the keys of at a time.
const CHUNK_NODES: usize = 1 << 15;

/// Entries that a partition should hold, so that sorting it stays in the cache.
const PARTITION_ENTRIES: usize = 1 << 13;

/// Two nodes that share a bucket and agree in enough slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CandidatePair {
    /// The node that comes later in priority order.
    pub later: u32,
    /// The node that comes earlier.
    pub earlier: u32,
}

/// What the bands found.
#[derive(Debug)]
pub struct Candidates {
    /// Pairs from buckets of ordinary size, sorted, each once.
    pub pairs: Vec<CandidatePair>,
    /// Whether the node was in a bucket of more than [`CROWD`] members.
    pub crowded: Vec<bool>,
    /// Members of the largest bucket, 0 if no two nodes share one.
    pub largest_bucket: usize,
}

/// Finds the candidate pairs among nodes, where node `n` has the signature at row `rows[n]`.
///
/// O(bands · nodes · log) time; 8 bytes a node beside the signatures and the pairs.
pub fn candidates(
    signatures: &Signatures,
    rows: &[u32],
    banding: Banding,
    floor: AgreementFloor,
) -> Candidates {
    let mut found = Candidates { pairs: Vec::new(), crowded: vec![false; rows.len()], largest_bucket: 0 };
    if rows.len() < 2 {
        return found;
    }
    let partition_bits = (rows.len() / PARTITION_ENTRIES).max(1).ilog2().min(12);
    for band in 0..banding.bands().0 {
        let chunks: Vec<Partitioned> = rows
            .par_chunks(CHUNK_NODES)
            .enumerate()
            .map(|(index, chunk)| {
                let slots = banding.slots_of(band);
                Partitioned::new(partition_bits, (index * CHUNK_NODES) as u32, chunk, |row| {
                    band_key(&signatures.row(row as usize)[slots.clone()])
                })
            })
            .collect();
        let partitions: Vec<Buckets> = (0..1usize << partition_bits)
            .into_par_iter()
            .map_init(Vec::new, |entries, partition| {
                entries.clear();
                for chunk in &chunks {
                    entries.extend_from_slice(chunk.partition(partition));
                }
                entries.sort_unstable();
                Buckets::read(entries, signatures, rows, banding, band, floor)
            })
            .collect();
        for buckets in partitions {
            found.pairs.extend_from_slice(&buckets.pairs);
            found.largest_bucket = found.largest_bucket.max(buckets.largest);
            for node in buckets.crowded {
                found.crowded[node as usize] = true;
            }
        }
    }
    found.pairs.par_sort_unstable();
    found
}

/// Hash of the rows of one band. 32 bits: accidental collisions cost a look at two signatures, no more.
#[inline]
fn band_key(rows: &[Slot]) -> u32 {
    let mut key = 0u64;
    for four in rows.chunks(4) {
        let packed = four.iter().fold(0u64, |packed, &slot| packed << 16 | u64::from(slot));
        key = hash::mix(key ^ packed).wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
    (key >> 32) as u32
}

/// Number of bands in which two signatures share a bucket.
pub fn bands_shared(a: &[Slot], b: &[Slot], banding: Banding) -> u32 {
    (0..banding.bands().0)
        .filter(|&band| {
            let slots = banding.slots_of(band);
            a[slots.clone()] == b[slots]
        })
        .count() as u32
}

/// A chunk's entries (key in the high half, node in the low), grouped by the high bits of the key.
struct Partitioned {
    entries: Vec<u64>,
    starts: Vec<u32>,
}

impl Partitioned {
    fn new(bits: u32, first_node: u32, rows: &[u32], key: impl Fn(u32) -> u32) -> Self {
        let partition = |entry: u64| (entry >> 32 >> (32 - bits)) as usize;
        let unsorted: Vec<u64> = rows
            .iter()
            .zip(first_node..)
            .map(|(&row, node)| u64::from(key(row)) << 32 | u64::from(node))
            .collect();
        let mut starts = vec![0u32; (1 << bits) + 1];
        for &entry in &unsorted {
            starts[partition(entry) + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut entries = vec![0; unsorted.len()];
        for entry in unsorted {
            let place = &mut next[partition(entry)];
            entries[*place as usize] = entry;
            *place += 1;
        }
        Self { entries, starts }
    }

    fn partition(&self, index: usize) -> &[u64] {
        &self.entries[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

/// What one partition of one band gives.
struct Buckets {
    pairs: Vec<CandidatePair>,
    crowded: Vec<u32>,
    largest: usize,
}

impl Buckets {
    fn read(
        entries: &[u64],
        signatures: &Signatures,
        rows: &[u32],
        banding: Banding,
        band: u32,
        floor: AgreementFloor,
    ) -> Self {
        let mut found = Self { pairs: Vec::new(), crowded: Vec::new(), largest: 0 };
        for bucket in entries.chunk_by(|a, b| a >> 32 == b >> 32) {
            if bucket.len() < 2 {
                continue;
            }
            found.largest = found.largest.max(bucket.len());
            if bucket.len() > CROWD {
                found.crowded.extend(bucket.iter().map(|&entry| entry as u32));
                continue;
            }
            for (index, &later) in bucket.iter().enumerate() {
                let later = later as u32;
                let row = signatures.row(rows[later as usize] as usize);
                for &earlier in &bucket[..index] {
                    let earlier = earlier as u32;
                    let other = signatures.row(rows[earlier as usize] as usize);
                    if agreement(row, other) >= floor.get() && first_shared(row, other, banding) == band {
                        found.pairs.push(CandidatePair { later, earlier });
                    }
                }
            }
        }
        found
    }
}

/// The first band in which two signatures share a bucket.
///
/// Compares keys, not rows: two bands may also collide by an accident of the hash.
fn first_shared(a: &[Slot], b: &[Slot], banding: Banding) -> u32 {
    (0..banding.bands().0)
        .find(|&band| {
            let slots = banding.slots_of(band);
            a[slots.clone()] == b[slots.clone()] || band_key(&a[slots.clone()]) == band_key(&b[slots])
        })
        .unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::params::{Bands, Rows, Slots, Threshold};

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
        let found = candidates(&signatures, &rows, banding, floor);
        let mut expected = BTreeSet::new();
        for later in 0..300u32 {
            for earlier in 0..later {
                let a = signatures.row(rows[later as usize] as usize);
                let b = signatures.row(rows[earlier as usize] as usize);
                if agreement(a, b) >= floor.get() && bands_shared(a, b, banding) > 0 {
                    expected.insert(CandidatePair { later, earlier });
                }
            }
        }
        assert!(expected.len() > 20, "the case must have pairs to find: {}", expected.len());
        assert_eq!(found.pairs, expected.into_iter().collect::<Vec<_>>());
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
        let found = candidates(&signatures, &rows, banding, floor);
        assert!(found.pairs.is_empty());
        assert_eq!(found.crowded.iter().filter(|&&c| c).count(), 60);
        assert_eq!(found.largest_bucket, 60);
    }
}

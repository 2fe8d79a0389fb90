//! The keys of bands, and the buckets that nodes of equal keys make.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::ops::Range;

use super::banding::Banding;
use super::scope::Scope;
use crate::error::Result;
use crate::hash;
use crate::interrupt::Interrupt;
use crate::params::BucketLimit;
use crate::partition::{Partitions, buckets, entry};
use crate::sketch::{RowBuffer, Slot};

/// Nodes that a task looks the keys of up at a time.
const CHUNK_NODES: usize = 1 << 15;

/// Buckets that were gone through.
#[derive(Default)]
pub(super) struct MetBuckets {
    /// Nodes in buckets too large to be paired.
    pub crowded: Vec<u32>,
    /// Members of the largest bucket.
    pub largest: usize,
}

/// Hands over the pairs of all buckets of a partition that count within `scope`, the later node first. A bucket of more
/// than `limit` nodes is not paired.
pub(super) fn pair_buckets(
    entries: &[u64],
    (scope, limit): (&Scope, BucketLimit),
    interrupt: &dyn Interrupt,
    mut pair: impl FnMut(u32, u32) -> Result<()>,
) -> Result<MetBuckets> {
    let mut met = MetBuckets::default();
    let mut nodes = Vec::new();
    for bucket in buckets(entries) {
        interrupt.check()?;
        met.largest = met.largest.max(bucket.len());
        nodes.clear();
        nodes.extend(bucket.iter().map(|&entry| entry as u32));
        scope.parts(&nodes, limit.get(), |nodes| {
            if nodes.len() > limit.get() {
                met.crowded.extend(nodes);
                return Ok(());
            }
            for (index, &later) in nodes.iter().enumerate() {
                for &earlier in nodes[..index].iter().filter(|&&earlier| scope.compares(later, earlier)) {
                    pair(later, earlier)?;
                }
            }
            Ok(())
        })?;
    }
    Ok(met)
}

/// Hash of the rows of one band. 32 bits: accidental collisions cost a look at two signatures, no more.
#[inline]
pub(super) fn band_key(rows: &[Slot]) -> u32 {
    let mut key = 0u64;
    for four in rows.chunks(4) {
        let packed = four.iter().fold(0u64, |packed, &slot| packed << 16 | u64::from(slot));
        key = hash::chain(key, packed).wrapping_add(hash::GOLDEN);
    }
    (key >> 32) as u32
}

/// The keys of a signature, one a band.
pub(crate) fn band_keys(signature: &[Slot], banding: Banding) -> impl Iterator<Item = u32> {
    (0..banding.bands().0).map(move |band| band_key(&signature[banding.slots_of(band)]))
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

/// The first band in which two signatures share a bucket.
///
/// Compares keys, not rows: two bands may also collide by an accident of the hash.
pub(super) fn first_shared(a: &[Slot], b: &[Slot], banding: Banding) -> u32 {
    (0..banding.bands().0)
        .find(|&band| {
            let slots = banding.slots_of(band);
            a[slots.clone()] == b[slots.clone()] || band_key(&a[slots.clone()]) == band_key(&b[slots])
        })
        .unwrap_or(u32::MAX)
}

/// The nodes of one band, by their keys: entries are key and node. Only the partitions in `range`; `key` gives the key
/// of a row. 8 bytes a node.
pub(super) fn band_partitions(
    rows: &[u32],
    bits: u32,
    range: Range<usize>,
    interrupt: &dyn Interrupt,
    key: impl Fn(u32, &mut RowBuffer) -> Result<u32> + Sync,
) -> Result<Partitions> {
    Partitions::new(rows, CHUNK_NODES, bits, range, |first_node, rows, entries| {
        interrupt.check()?;
        let mut buffer = RowBuffer::default();
        for (node, &row) in (first_node..).zip(rows) {
            entries.push(entry(key(row, &mut buffer)?, node));
        }
        Ok(())
    })
}

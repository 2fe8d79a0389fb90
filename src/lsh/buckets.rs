//! One band: its keys, and the buckets that nodes of equal keys make.
//!
//! The nodes are partitioned by the high bits of their keys; a partition is sorted by itself, and its buckets are
//! read off as runs. A partition needs nothing outside itself, so partitions are read in parallel, and only as many
//! at a time as memory allows.

use std::ops::Range;

use rayon::prelude::*;

use super::Banding;
use crate::error::Result;
use crate::hash;
use crate::sketch::{RowBuffer, Slot};

/// The largest bucket that is paired member by member.
pub const CROWD: usize = 32;

/// Nodes that a task looks the keys of up at a time.
const CHUNK_NODES: usize = 1 << 15;

/// Entries that a partition should hold, so that sorting it stays in the cache.
const PARTITION_ENTRIES: usize = 1 << 13;

/// Most partitions of a band, as a power of two.
const MAX_PARTITION_BITS: u32 = 12;

/// Hash of the rows of one band. 32 bits: accidental collisions cost a look at two signatures, no more.
#[inline]
pub(super) fn band_key(rows: &[Slot]) -> u32 {
    let mut key = 0u64;
    for four in rows.chunks(4) {
        let packed = four.iter().fold(0u64, |packed, &slot| packed << 16 | u64::from(slot));
        key = hash::mix(key ^ packed).wrapping_add(0x9e37_79b9_7f4a_7c15);
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

/// How many partitions a band of so many nodes is split into, as a power of two.
pub(super) fn partition_bits(nodes: usize) -> u32 {
    (nodes / PARTITION_ENTRIES).max(1).ilog2().min(MAX_PARTITION_BITS)
}

/// The nodes of one band (key in the high half of an entry, node in the low), grouped by the high bits of the key.
pub(super) struct Partitions {
    chunks: Vec<Chunk>,
    range: Range<usize>,
}

impl Partitions {
    /// Groups those nodes whose partition is in `range`; `key` gives the key of a row. 8 bytes a node.
    pub(super) fn new(
        rows: &[u32],
        bits: u32,
        range: Range<usize>,
        key: impl Fn(u32, &mut RowBuffer) -> Result<u32> + Sync,
    ) -> Result<Self> {
        let chunks = rows
            .par_chunks(CHUNK_NODES)
            .enumerate()
            .map_init(RowBuffer::default, |buffer, (index, rows)| {
                let first_node = (index * CHUNK_NODES) as u32;
                Chunk::new(bits, &range, first_node, rows, |row| key(row, buffer))
            })
            .collect::<Result<_>>()?;
        Ok(Self { chunks, range })
    }

    /// Hands each partition's entries, sorted, to `read`; what that returns is in order of the partitions, which
    /// are those of `range`.
    pub(super) fn read<T: Send>(
        &self,
        range: Range<usize>,
        read: impl Fn(&[u64]) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let partition = |entries: &mut Vec<u64>, partition: usize| {
            entries.clear();
            for chunk in &self.chunks {
                entries.extend_from_slice(chunk.partition(partition - self.range.start));
            }
            entries.sort_unstable();
            read(entries)
        };
        range.into_par_iter().map_init(Vec::new, partition).collect()
    }
}

/// The buckets of two or more members among sorted entries.
pub(super) fn buckets(entries: &[u64]) -> impl Iterator<Item = &[u64]> {
    entries.chunk_by(|a, b| a >> 32 == b >> 32).filter(|bucket| bucket.len() > 1)
}

/// Some nodes' entries, grouped.
struct Chunk {
    entries: Vec<u64>,
    starts: Vec<u32>,
}

impl Chunk {
    fn new(
        bits: u32,
        range: &Range<usize>,
        first_node: u32,
        rows: &[u32],
        mut key: impl FnMut(u32) -> Result<u32>,
    ) -> Result<Self> {
        let partition = |entry: u64| (entry >> 32 >> (32 - bits)) as usize;
        let mut unsorted: Vec<u64> = Vec::with_capacity(rows.len());
        for (&row, node) in rows.iter().zip(first_node..) {
            let entry = u64::from(key(row)?) << 32 | u64::from(node);
            if range.contains(&partition(entry)) {
                unsorted.push(entry);
            }
        }
        let mut starts = vec![0u32; range.len() + 1];
        for &entry in &unsorted {
            starts[partition(entry) - range.start + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut entries = vec![0; unsorted.len()];
        for entry in unsorted {
            let place = &mut next[partition(entry) - range.start];
            entries[*place as usize] = entry;
            *place += 1;
        }
        Ok(Self { entries, starts })
    }

    fn partition(&self, index: usize) -> &[u64] {
        &self.entries[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

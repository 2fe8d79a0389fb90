//! Lists of keys, one a document, in one piece of memory.

#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits, and reading refuses more"
)]

use std::convert::Infallible;

use crate::error::Result;
use crate::partition::{Partitions, entry, partition_bits};
use crate::work::{Column, Sorter, WorkFile};

/// Nodes whose keys are grouped as one piece of work.
const CHUNK_NODES: usize = 1 << 10;

/// One list a row. 4 bytes a key and 8 a row.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyRows {
    keys: Vec<u32>,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl KeyRows {
    /// Adds a row.
    pub(super) fn push(&mut self, keys: impl Iterator<Item = u32>) {
        self.push_with(|all| all.extend(keys));
    }

    /// Adds a row; `fill` puts its keys behind the others.
    pub(super) fn push_with(&mut self, fill: impl FnOnce(&mut Vec<u32>)) {
        fill(&mut self.keys);
        self.ends.push(self.keys.len());
    }

    /// Adds the rows of another behind these.
    pub(super) fn append(&mut self, other: &Self) {
        let start = self.keys.len();
        self.keys.extend_from_slice(&other.keys);
        self.ends.extend(other.ends.iter().map(|end| start + end));
    }

    /// Leaves only keys that `is_kept`, given the place of each among all keys and the key.
    pub(super) fn retain(&mut self, is_kept: impl Fn(usize, u32) -> bool) {
        let (mut kept, mut start) = (0, 0);
        for end in &mut self.ends {
            for place in start..*end {
                let key = self.keys[place];
                self.keys[kept] = key;
                kept += usize::from(is_kept(place, key));
            }
            (start, *end) = (*end, kept);
        }
        self.keys.truncate(kept);
        self.keys.shrink_to_fit();
    }

    /// The keys of all rows, one row after the other.
    pub(super) fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// Adds the rows to those in work files.
    pub(super) fn spill(&self, rows: &mut SpilledRows) -> Result<()> {
        let counts = (0..self.len() as u32).map(|row| self.row(row).len() as u32);
        rows.counts.extend(&counts.collect::<Vec<_>>())?;
        rows.keys.extend(&self.keys)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn row(&self, row: u32) -> &[u32] {
        let row = row as usize;
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.keys[start..self.ends[row]]
    }

    /// The keys of nodes, where node `n` has those of row `rows[n]`, brought together, and what `read` makes of the
    /// entries of each partition, as in [`Partitions::read`].
    pub(super) fn by_key<T: Send>(&self, rows: &[u32], read: impl Fn(&[u64]) -> T + Sync) -> Vec<T> {
        let bits = partition_bits(rows.iter().map(|&row| self.row(row).len()).sum());
        let all = 0..1usize << bits;
        let Ok(partitions) =
            Partitions::new(rows, CHUNK_NODES, bits, all.clone(), |first_node, rows, entries| {
                for (node, &row) in (first_node..).zip(rows) {
                    entries.extend(self.row(row).iter().map(|&key| entry(key, node)));
                }
                Ok::<_, Infallible>(())
            });
        let Ok(found) = partitions.read(all, |entries| Ok::<_, Infallible>(read(entries)));
        found
    }
}

/// Lists of keys in work files.
pub(crate) struct SpilledRows {
    /// All keys, one row after the other.
    keys: Column<u32>,
    /// Number of keys of each row.
    counts: Column<u32>,
}

/// That a row has no node.
pub(super) const NO_NODE: u32 = u32::MAX;

impl SpilledRows {
    /// The rows of these files.
    pub(crate) fn new(keys: Column<u32>, counts: Column<u32>) -> Self {
        Self { keys, counts }
    }

    /// The files, to be committed.
    pub(crate) fn files(&mut self) -> [&mut WorkFile; 2] {
        [self.keys.file(), self.counts.file()]
    }

    /// Adds an entry for each key of a row that has a node.
    pub(in crate::reuse) fn sort_by_key(&self, nodes: &[u32], sorter: &mut Sorter<u64>) -> Result<()> {
        let (mut keys, mut counts) = (self.keys.reader(0), self.counts.reader(0));
        let mut row = 0;
        while let Some(count) = counts.next()? {
            let node = nodes.get(row).copied().unwrap_or(NO_NODE);
            for _ in 0..count {
                let key = keys.next()?.ok_or_else(|| self.keys.damaged())?;
                if node != NO_NODE {
                    sorter.push(entry(key, node))?;
                }
            }
            row += 1;
        }
        Ok(())
    }
}

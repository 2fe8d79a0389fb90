//! One of the two sides that are compared, over documents numbered from 0: which ones are duplicates.
#![allow(clippy::cast_possible_truncation, reason = "documents are numbered in 32 bits")]

use crate::components::Components;

/// Pairs of a set of `n`.
pub(super) fn pairs_of(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

/// Two documents, the lower first.
pub(super) type OrderedPair = (u32, u32);

/// Which documents are duplicates of one another.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// The group of each document, numbered from 0 in order of their first documents.
    pub groups: Vec<u32>,
    /// Documents of each group.
    pub sizes: Vec<u32>,
    /// The pairs, ascending, if they were given as such; else all pairs within groups are meant. The groups are then their
    /// components.
    pub pairs: Option<Vec<OrderedPair>>,
}

impl Side {
    /// A side that gives each of so many documents a cluster, or none to those that are alone.
    pub(super) fn of_clusters(documents: usize, members: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut members: Vec<(u32, u32)> =
            members.into_iter().map(|(document, cluster)| (cluster, document)).collect();
        members.sort_unstable();
        // The first of a cluster stands for it.
        let mut first: Vec<u32> = (0..documents as u32).collect();
        for cluster in members.chunk_by(|a, b| a.0 == b.0) {
            for &(_, document) in cluster {
                first[document as usize] = cluster[0].1;
            }
        }
        let (groups, sizes) = numbered(&first);
        Self { groups, sizes, pairs: None }
    }

    /// A side that names pairs, in any order and any number of times.
    pub(super) fn of_pairs(documents: usize, pairs: impl IntoIterator<Item = OrderedPair>) -> Self {
        let mut pairs: Vec<OrderedPair> = pairs.into_iter().collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut components = Components::new(documents);
        for &(a, b) in &pairs {
            components.join(a, b);
        }
        let first: Vec<u32> = (0..documents as u32).map(|document| components.root(document)).collect();
        let (groups, sizes) = numbered(&first);
        Self { groups, sizes, pairs: Some(pairs) }
    }

    /// Whether two documents are duplicates.
    pub(super) fn holds(&self, (a, b): OrderedPair) -> bool {
        match &self.pairs {
            _ if self.groups[a as usize] != self.groups[b as usize] => false,
            None => true,
            Some(pairs) => pairs.binary_search(&(a, b)).is_ok(),
        }
    }

    /// How many pairs are duplicates.
    pub(super) fn count(&self) -> u64 {
        match &self.pairs {
            Some(pairs) => pairs.len() as u64,
            None => self.pairs_within_groups(),
        }
    }

    /// Pairs of which both documents are of one group.
    pub(super) fn pairs_within_groups(&self) -> u64 {
        self.sizes.iter().map(|&size| pairs_of(size.into())).sum()
    }
}

/// Numbers groups in order of their first documents, by which they are given.
fn numbered(first: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut groups, mut sizes): (Vec<u32>, Vec<u32>) = (Vec::with_capacity(first.len()), Vec::new());
    for (document, &first) in (0u32..).zip(first) {
        let group = if first == document { sizes.len() as u32 } else { groups[first as usize] };
        if first == document {
            sizes.push(0);
        }
        sizes[group as usize] += 1;
        groups.push(group);
    }
    (groups, sizes)
}

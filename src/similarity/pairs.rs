//! What a join finds: pairs of distinct sets, given back as pairs of documents.
#![allow(
    clippy::cast_possible_truncation,
    reason = "sets are numbered in 32 bits, which the collection checks; counts are far below 2^53"
)]

use super::dense::DenseSets;
use super::measure::{containment, jaccard};

/// Two documents whose shingle sets are similar.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct JoinPair {
    /// The document earlier in corpus order.
    pub a: u32,
    /// The later one.
    pub b: u32,
    /// Number of shingles that both have.
    pub overlap: u32,
    /// See [`jaccard`].
    pub jaccard: f64,
    /// See [`containment`].
    pub containment: f64,
}

/// Two distinct sets that are similar, by their places in [`DenseSets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClassPair {
    /// The set that was looked up.
    pub(super) probed: u32,
    /// The set that was found, no larger.
    pub(super) found: u32,
    /// Number of shingles that both have.
    pub(super) overlap: u32,
}

/// Every similar pair of a corpus.
///
/// Documents with equal sets are kept together, so this takes 16 bytes a pair of *distinct* sets and a few dozen
/// bytes a document, while a thousand copies of one text are half a million pairs.
pub struct SimilarPairs {
    /// Documents class by class.
    members: Vec<u32>,
    /// Where each class ends in `members`.
    ends: Vec<usize>,
    /// Size of each class's set.
    sizes: Vec<u32>,
    /// The class of each document; `NO_CLASS` for an empty set.
    classes: Vec<u32>,
    /// Similar classes of each class, both ways, with the overlap.
    neighbours: Vec<(u32, u32)>,
    /// Where the neighbours of each class end.
    neighbour_ends: Vec<usize>,
}

/// Marks a document without a shingle.
const NO_CLASS: u32 = u32::MAX;

impl SimilarPairs {
    pub(super) fn new(documents: usize, dense: &DenseSets, pairs: &[ClassPair]) -> Self {
        let count = dense.classes.len();
        let mut classes = vec![NO_CLASS; documents];
        let mut members = Vec::with_capacity(documents);
        let mut ends = Vec::with_capacity(count);
        for class in 0..count {
            for &document in dense.documents(class) {
                classes[document as usize] = class as u32;
                members.push(document);
            }
            ends.push(members.len());
        }
        let mut neighbour_ends = vec![0usize; count];
        for pair in pairs {
            neighbour_ends[pair.probed as usize] += 1;
            neighbour_ends[pair.found as usize] += 1;
        }
        let mut start = 0;
        for end in &mut neighbour_ends {
            // Where the class starts for now; placing its neighbours moves it to the end.
            (*end, start) = (start, start + *end);
        }
        let mut neighbours = vec![(0, 0); start];
        for pair in pairs {
            for (class, other) in [(pair.probed, pair.found), (pair.found, pair.probed)] {
                let place = &mut neighbour_ends[class as usize];
                neighbours[*place] = (other, pair.overlap);
                *place += 1;
            }
        }
        let sizes = dense.classes.iter().map(|class| class.size).collect();
        Self { members, ends, sizes, classes, neighbours, neighbour_ends }
    }

    /// Number of pairs of documents. O(pairs of distinct sets).
    pub fn count(&self) -> u64 {
        let copies = |class: usize| range(&self.ends, class).len() as u64;
        (0..self.ends.len())
            .map(|class| {
                let others = &self.neighbours[range(&self.neighbour_ends, class)];
                let unlike: u64 = others.iter().map(|&(other, _)| copies(other as usize)).sum();
                // A pair of different sets is met from both sides, a pair of copies from one.
                copies(class) * (copies(class) - 1 + unlike)
            })
            .sum::<u64>()
            / 2
    }

    /// The pairs, by `a`, then by `b`. They are made as they are asked for: memory is bounded by the number of
    /// pairs that one document is in.
    pub fn pairs(&self) -> impl Iterator<Item = JoinPair> + '_ {
        (0..self.classes.len() as u32).flat_map(|document| self.later_partners(document))
    }

    /// The pairs of a document with later ones, by the later one.
    fn later_partners(&self, a: u32) -> Vec<JoinPair> {
        let class = self.classes[a as usize];
        if class == NO_CLASS {
            return Vec::new();
        }
        let size = self.sizes[class as usize];
        let others = &self.neighbours[range(&self.neighbour_ends, class as usize)];
        let mut partners = Vec::new();
        for &(other, overlap) in [(class, size)].iter().chain(others) {
            let members = &self.members[range(&self.ends, other as usize)];
            let (own, others) = (size as usize, self.sizes[other as usize] as usize);
            let later = members.partition_point(|&document| document <= a);
            partners.extend(members[later..].iter().map(|&b| JoinPair {
                a,
                b,
                overlap,
                jaccard: jaccard(overlap as usize, own, others),
                containment: containment(overlap as usize, own, others),
            }));
        }
        partners.sort_unstable_by_key(|pair| pair.b);
        partners
    }
}

/// The range of an item in a list of which `ends` says where each item's part ends.
#[inline]
fn range(ends: &[usize], item: usize) -> std::ops::Range<usize> {
    let start = if item == 0 { 0 } else { ends[item - 1] };
    start..ends[item]
}

//! The order in which documents are decided about: the largest first, unless some are preferred.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::partition::entry;
use crate::relation::Relation;

/// Documents that stay rather than larger ones that contain them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preference {
    /// Where each group of nodes but the last ends, the most preferred first; nodes of one group are neighbours.
    ends: Vec<u32>,
    /// Nodes from here on stay whatever they are like, and nothing larger goes on their account.
    pinned: u32,
}

impl Preference {
    /// Groups of neighbouring nodes end at `ends`; behind the last of them are others up to `pinned`.
    pub(crate) fn new(ends: Vec<u32>, pinned: u32) -> Self {
        Self { ends, pinned }
    }

    fn rank(&self, node: u32) -> usize {
        match self.ends.len() {
            0 => 0,
            _ if node >= self.pinned => 0,
            _ => 1 + self.ends.partition_point(|&end| end <= node),
        }
    }
}

/// How large each node is, and which are preferred.
#[derive(Clone, Copy, Debug)]
pub struct ExcerptOrder<'a> {
    units: &'a [u32],
    preference: Option<&'a Preference>,
}

/// The key by which nodes are decided about.
pub(super) type DecisionKey = (usize, Reverse<u32>, u32);

impl<'a> ExcerptOrder<'a> {
    /// From the largest down; `units` has the number of words of each node.
    pub fn by_size(units: &'a [u32]) -> Self {
        Self { units, preference: None }
    }

    /// Preferred ones first, and from the largest down among equals.
    pub(crate) fn preferring(self, preference: &'a Preference) -> Self {
        Self { preference: Some(preference), ..self }
    }

    /// The same, of the first so many nodes.
    pub(super) fn of_first(self, nodes: usize) -> Self {
        Self { units: &self.units[..nodes], ..self }
    }

    /// Number of nodes.
    pub(super) fn len(self) -> usize {
        self.units.len()
    }

    pub(super) fn key(self, node: u32) -> DecisionKey {
        let rank = self.preference.map_or(0, |preference| preference.rank(node));
        (rank, Reverse(self.units[node as usize]), node)
    }

    /// Whether nothing larger may go on account of a node that it contains, or there is no larger one, since none is preferred.
    fn holds_smaller_only(self, node: u32) -> bool {
        self.preference.is_none_or(|preference| preference.ends.is_empty() || node >= preference.pinned)
    }

    /// What `node` is to one that is decided about before it, if one of the two contains the other: an excerpt, or, if it is
    /// the larger, an expansion. None if it may not go for that one.
    pub(crate) fn relation(self, node: u32, by: u32) -> Option<Relation> {
        let [own, other] = [node, by].map(|node| self.units[node as usize]);
        if own <= other {
            return Some(Relation::Excerpt);
        }
        (!self.holds_smaller_only(by)).then_some(Relation::Expansion)
    }
}

/// Nodes in that order. 8 bytes a node.
pub(crate) struct SizeOrder {
    by_size: Vec<u32>,
    /// The place of each node in the other one.
    places: Vec<u32>,
}

impl SizeOrder {
    pub(crate) fn new(order: ExcerptOrder<'_>) -> Self {
        let mut by_size: Vec<u32> = (0..order.len() as u32).collect();
        by_size.par_sort_unstable_by_key(|&node| order.key(node));
        let mut places = vec![0; order.len()];
        for (place, &node) in (0..).zip(&by_size) {
            places[node as usize] = place;
        }
        Self { by_size, places }
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.by_size.len()
    }

    /// A pair as a number: such numbers are in the order of the later node, then of the earlier.
    pub(crate) fn pair(&self, a: u32, b: u32) -> u64 {
        let [a, b] = [a, b].map(|node| self.places[node as usize]);
        entry(a.max(b), a.min(b))
    }

    pub(super) fn node(&self, place: u32) -> u32 {
        self.by_size[place as usize]
    }

    /// The place of a node.
    pub(super) fn place(&self, node: u32) -> u32 {
        self.places[node as usize]
    }

    /// Nodes in order.
    pub(super) fn sorted(&self, nodes: &[u32]) -> Vec<u32> {
        let mut nodes = nodes.to_vec();
        nodes.par_sort_unstable_by_key(|&node| self.places[node as usize]);
        nodes
    }
}

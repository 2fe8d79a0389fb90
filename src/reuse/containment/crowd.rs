//! Containers of documents that share shingles with very many others.
//!
//! A footer that a hundred thousand documents end with makes candidates of all pairs of them, and often all pairs are
//! contained ones. But of those that go, each needs one container that stays. So such documents are taken from the
//! largest down, and looked up among those that stayed so far, by their full shingle sets: see `select/crowd.rs`. Nothing
//! is sampled here, and nothing is left out.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use rayon::prelude::*;

use super::sampling::ContainmentSearch;
use super::verify::PairComparer;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lsh::Scope;
use crate::select::{ChargeIndex, Crowd, CrowdFamily, CrowdLookup, CrowdPrefix, SOME_NODES, ShingleSource};
use crate::similarity::Measure;

/// Documents of large families that stayed so far, the largest first.
pub(super) struct ContainerCrowd<'a, S> {
    source: &'a S,
    measure: Measure,
    family: CrowdFamily,
    kept: Crowd,
    scope: Scope,
}

/// A document of a large family that is to be decided about.
pub(super) struct CrowdedNode {
    pub node: u32,
    prefix: CrowdPrefix,
}

impl<'a, S: ShingleSource> ContainerCrowd<'a, S> {
    /// Takes notice of all documents of large families; none of them has stayed yet.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`] if `interrupt` says so.
    pub(super) fn new(
        crowded: &[u32],
        search: &ContainmentSearch,
        source: &'a S,
        charge: &ChargeIndex<'_>,
        interrupt: &dyn Interrupt,
    ) -> Result<Self> {
        let measure = Measure::Containment(search.containment);
        let family = CrowdFamily::new(crowded, measure, source, charge, interrupt)?;
        Ok(Self { source, measure, family, kept: Crowd::default(), scope: Scope::default() })
    }

    /// Bytes that the index of those that stayed would take with these.
    pub(super) fn bytes_with(&self, nodes: &[CrowdedNode]) -> usize {
        self.family.bytes() + self.kept.bytes_with(nodes.iter().map(|node| &node.prefix))
    }

    /// Reads documents of the family.
    pub(super) fn read(&self, nodes: &[u32]) -> Vec<CrowdedNode> {
        let read = |comparer: &mut PairComparer<'_, S>, &node: &u32| CrowdedNode {
            node,
            prefix: self.family.prefix(comparer.shingles(node)),
        };
        nodes.par_iter().map_init(|| PairComparer::new(self.source), read).collect()
    }

    /// The first answer that `ask` has about a document that stayed and may contain this one, some at a time.
    pub(super) fn find_container<T>(
        &self,
        node: &CrowdedNode,
        mut ask: impl FnMut(&mut [u32]) -> Option<T>,
    ) -> Option<T> {
        let mut lookup = CrowdLookup::new(SOME_NODES);
        let mut found = Vec::new();
        loop {
            found.clear();
            let is_last =
                self.kept.similar(&node.prefix, self.measure, (&self.scope, None), &mut lookup, &mut found);
            let answer = ask(&mut found);
            if answer.is_some() || is_last {
                return answer;
            }
        }
    }

    /// Pairs among documents, each before those that it may contain: the later one first.
    ///
    /// # Errors
    /// As [`stays`](Self::stays).
    pub(super) fn pairs_among<'n>(
        &self,
        nodes: impl Iterator<Item = &'n CrowdedNode>,
    ) -> Result<Vec<(u32, u32)>> {
        let mut earlier = Crowd::default();
        let mut pairs = Vec::new();
        for node in nodes {
            let larger = earlier.all_similar(&node.prefix, self.measure, &self.scope);
            pairs.extend(larger.into_iter().map(|larger| (node.node, larger)));
            earlier.insert(node.node, &node.prefix, &self.scope)?;
        }
        Ok(pairs)
    }

    /// Takes notice that a document stays.
    ///
    /// # Errors
    /// [`crate::Error::TooManyShingles`] if those that stay have 2^32 shingles or more.
    pub(super) fn stays(&mut self, node: &CrowdedNode) -> Result<()> {
        self.kept.insert(node.node, &node.prefix, &self.scope)
    }
}

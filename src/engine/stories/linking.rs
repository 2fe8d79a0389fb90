//! Candidate pairs to components: which nodes tell the same story.
//!
//! Stories are the components of all links, and for these it takes no more than a spanning forest. Pairs are taken from
//! the likeliest down, in rounds: each round compares, in parallel, a set of pairs that would make a forest if all of
//! them linked; then those whose nodes are in one component by now are dropped. So a story of m nodes costs m - 1
//! links, however many pairs are alike in it.
//!
//! What does not link has no such bound: among ten thousand forms filled in differently, every pair is alike. A node is
//! compared until so many partners have failed; a pair is passed over once both of its nodes have come that far. As the
//! likeliest come first, what is passed over are the less likely ones. How many were is counted.

use rayon::prelude::*;

use super::judge::{Judge, JudgeScratch, Verdict};
use super::nodes::Nodes;
use super::window::Window;
use crate::engine::observer::Progress;
use crate::error::Result;
use crate::reuse::story::{Link, Provenance};

/// Failed comparisons after which a node looks for no more partners.
pub(super) const PATIENCE: u8 = 32;

/// Two nodes that may be linked, `a` before `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    /// The lower, the likelier.
    pub rank: u16,
    pub a: u32,
    pub b: u32,
}

/// A pair that is linked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub a: u32,
    pub b: u32,
    pub link: Link,
}

/// What became of the candidates.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Pairs whose texts were compared.
    pub compared: u64,
    /// Of these, forms filled in differently.
    pub templates: u64,
    /// Pairs too far apart in time.
    pub outside_window: u64,
    /// Pairs not compared, as both nodes had failed with enough others.
    pub passed_over: u64,
}

/// The components so far.
pub(super) struct Linking<'a> {
    nodes: &'a Nodes,
    provenance: &'a Provenance,
    window: Option<Window>,
    components: Components,
    pub edges: Vec<Edge>,
    /// Pairs that were compared and do not link, sorted.
    failed: Vec<(u32, u32)>,
    pub tally: Tally,
}

impl<'a> Linking<'a> {
    pub(super) fn new(nodes: &'a Nodes, provenance: &'a Provenance, window: Option<Window>) -> Self {
        let components = Components::new(nodes.len());
        let (edges, failed, tally) = Default::default();
        Self { nodes, provenance, window, components, edges, failed, tally }
    }

    /// The component of a node, as the number of its first node.
    pub(super) fn component(&mut self, node: u32) -> u32 {
        self.components.root(node)
    }

    /// Whether two nodes, `a` before `b`, were compared and do not link.
    pub(super) fn have_failed(&self, a: u32, b: u32) -> bool {
        self.failed.binary_search(&(a, b)).is_ok()
    }

    /// Compares candidate pairs as far as components depend on them.
    pub(super) fn link(
        &mut self,
        mut pairs: Vec<Pair>,
        judge: &Judge<'_>,
        progress: &Progress<'_>,
    ) -> Result<()> {
        pairs.retain(|pair| !self.components.are_joined(pair.a, pair.b));
        pairs.retain(|pair| !self.have_failed(pair.a, pair.b));
        let before = pairs.len();
        pairs.retain(|pair| self.nodes.are_close(pair.a, pair.b, self.provenance, self.window));
        self.tally.outside_window += (before - pairs.len()) as u64;
        pairs.par_sort_unstable();
        let mut failures = vec![0u8; self.nodes.len()];
        while !pairs.is_empty() {
            let (round, rest) = self.next_round(pairs, &failures);
            let verdicts: Vec<Verdict> = round
                .par_iter()
                .map_init(JudgeScratch::default, |scratch, pair| {
                    let verdict = judge.judge(pair.a, pair.b, scratch)?;
                    progress.advance(1)?;
                    Ok(verdict)
                })
                .collect::<Result<_>>()?;
            self.tally.compared += round.len() as u64;
            for (&Pair { a, b, .. }, verdict) in round.iter().zip(verdicts) {
                if let Verdict::Linked(link) = verdict {
                    self.components.join(a, b);
                    self.edges.push(Edge { a, b, link });
                    continue;
                }
                self.tally.templates += u64::from(verdict == Verdict::Template);
                self.failed.push((a, b));
                for node in [a, b] {
                    let failures = &mut failures[node as usize];
                    *failures = failures.saturating_add(1);
                }
            }
            pairs = rest;
        }
        self.failed.par_sort_unstable();
        Ok(())
    }

    /// Takes from sorted pairs those that would make a forest, and returns the others that still matter.
    fn next_round(&mut self, pairs: Vec<Pair>, failures: &[u8]) -> (Vec<Pair>, Vec<Pair>) {
        let mut forest = self.components.clone();
        let (mut round, mut rest) = (Vec::new(), Vec::new());
        for pair in pairs {
            if self.components.are_joined(pair.a, pair.b) {
                continue;
            }
            if [pair.a, pair.b].iter().all(|&node| failures[node as usize] >= PATIENCE) {
                self.tally.passed_over += 1;
            } else if forest.join(pair.a, pair.b) {
                round.push(pair);
            } else {
                rest.push(pair);
            }
        }
        (round, rest)
    }
}

/// Disjoint sets of nodes, by a forest with path halving. The root is the lowest node, so that it does not depend on the
/// order in which sets were joined.
#[derive(Clone, Debug)]
struct Components(Vec<u32>);

impl Components {
    fn new(nodes: usize) -> Self {
        Self((0..nodes as u32).collect())
    }

    fn root(&mut self, mut node: u32) -> u32 {
        let parents = &mut self.0;
        while parents[node as usize] != node {
            let grandparent = parents[parents[node as usize] as usize];
            parents[node as usize] = grandparent;
            node = grandparent;
        }
        node
    }

    fn are_joined(&mut self, a: u32, b: u32) -> bool {
        self.root(a) == self.root(b)
    }

    /// Joins the sets of two nodes; whether they were apart.
    fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
        a != b
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn components_are_those_of_a_search_through_the_graph(
            nodes in 1usize..30, edges in proptest::collection::vec((0u32..30, 0u32..30), 0..40),
        ) {
            let edges: Vec<(u32, u32)> =
                edges.into_iter().map(|(a, b)| (a % nodes as u32, b % nodes as u32)).collect();
            let mut components = Components::new(nodes);
            for &(a, b) in &edges {
                let apart = !components.are_joined(a, b);
                prop_assert_eq!(components.join(a, b), apart);
            }
            for start in 0..nodes as u32 {
                let mut reached = vec![start];
                let mut next = 0;
                while let Some(&node) = reached.get(next) {
                    for &(a, b) in &edges {
                        for (from, to) in [(a, b), (b, a)] {
                            if from == node && !reached.contains(&to) {
                                reached.push(to);
                            }
                        }
                    }
                    next += 1;
                }
                prop_assert_eq!(components.root(start), *reached.iter().min().unwrap());
            }
        }
    }
}

//! Disjoint sets of nodes.
#![allow(clippy::cast_possible_truncation, reason = "nodes are numbered in 32 bits")]

/// Disjoint sets of nodes, by a forest with path halving. The root is the lowest node, so that it does not depend on the
/// order in which sets were joined.
#[derive(Clone, Debug, Default)]
pub(crate) struct Components(Vec<u32>);

impl Components {
    pub(crate) fn new(nodes: usize) -> Self {
        Self((0..nodes as u32).collect())
    }

    pub(crate) fn root(&mut self, mut node: u32) -> u32 {
        let parents = &mut self.0;
        while parents[node as usize] != node {
            let grandparent = parents[parents[node as usize] as usize];
            parents[node as usize] = grandparent;
            node = grandparent;
        }
        node
    }

    pub(crate) fn are_joined(&mut self, a: u32, b: u32) -> bool {
        self.root(a) == self.root(b)
    }

    /// Joins the sets of two nodes; whether they were apart.
    pub(crate) fn join(&mut self, a: u32, b: u32) -> bool {
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

//! Evidence against links: forms of one family that the rule for a pair does not see through.
//!
//! One in fifty pairs of forms that passes for the same story would chain hundreds of forms into one. So what is known
//! of other pairs counts too:
//!
//! * A node that is a template of another is a *form*. It links only where at most one fact was exchanged: what differs
//!   more from a form than by a correction is the form filled in for something else.
//! * Two components are not joined if a node of one is a template of a node of the other. Before two of which one has
//!   templates are joined, each end of the link is compared with the earliest few nodes of the other's component.

use std::collections::BTreeMap;

use crate::components::Components;

/// Facts that a document and a form which tell the same story may have exchanged: what a correction changes.
pub(super) const MOST_EXCHANGED: usize = 1;

/// Nodes of a component that are asked before it is joined with another.
const WITNESSES: usize = 4;

/// The templates among the nodes, and among components.
#[derive(Debug)]
pub(super) struct Forms {
    /// Whether each node is one.
    is_form: Vec<bool>,
    /// By root of a component: the nodes that are templates of one in it.
    apart: BTreeMap<u32, Vec<u32>>,
    /// By root, if there are several nodes in the component: the earliest few.
    witnesses: BTreeMap<u32, Vec<u32>>,
}

impl Forms {
    pub(super) fn new(nodes: usize) -> Self {
        Self { is_form: vec![false; nodes], apart: BTreeMap::new(), witnesses: BTreeMap::new() }
    }

    /// Takes note that two nodes are the same form, filled in differently.
    pub(super) fn add(&mut self, a: u32, b: u32, components: &mut Components) {
        for (node, other) in [(a, b), (b, a)] {
            self.is_form[node as usize] = true;
            self.apart.entry(components.root(node)).or_default().push(other);
        }
    }

    /// Whether one of two nodes is a form.
    pub(super) fn has_one(&self, a: u32, b: u32) -> bool {
        self.is_form[a as usize] || self.is_form[b as usize]
    }

    /// Whether a node of the component with this root has templates.
    pub(super) fn has_form(&self, root: u32) -> bool {
        self.apart.contains_key(&root)
    }

    /// Whether a node of the one's component is a template of a node of the other's.
    pub(super) fn are_apart(&self, a: u32, b: u32, components: &mut Components) -> bool {
        let [a, b] = [a, b].map(|node| components.root(node));
        let (Some(of_a), Some(of_b)) = (self.apart.get(&a), self.apart.get(&b)) else { return false };
        let (templates, other) = if of_a.len() <= of_b.len() { (of_a, b) } else { (of_b, a) };
        templates.iter().any(|&node| components.root(node) == other)
    }

    /// Adds the pairs to be compared, lower node first, before the components of `a` and `b` are joined.
    pub(super) fn checks(&self, a: u32, b: u32, components: &mut Components, checks: &mut Vec<(u32, u32)>) {
        let roots = [a, b].map(|node| components.root(node));
        if !roots.iter().any(|&root| self.has_form(root)) {
            return;
        }
        for (end, root) in [(a, roots[1]), (b, roots[0])] {
            let witnesses = self.witnesses.get(&root).into_iter().flatten();
            let others = witnesses.filter(|&&witness| witness != a && witness != b);
            checks.extend(others.map(|&witness| (end.min(witness), end.max(witness))));
        }
    }

    /// Takes note that the components of two nodes are about to be joined.
    pub(super) fn join(&mut self, a: u32, b: u32, components: &mut Components) {
        let [a, b] = [a, b].map(|node| components.root(node));
        let (root, other) = (a.min(b), a.max(b));
        let mut witnesses = self.witnesses.remove(&other).unwrap_or_else(|| vec![other]);
        witnesses.extend(self.witnesses.remove(&root).unwrap_or_else(|| vec![root]));
        witnesses.sort_unstable();
        witnesses.truncate(WITNESSES);
        self.witnesses.insert(root, witnesses);
        if let Some(mut fewer) = self.apart.remove(&other) {
            let templates = self.apart.entry(root).or_default();
            if fewer.len() > templates.len() {
                std::mem::swap(&mut fewer, templates);
            }
            templates.append(&mut fewer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn components_are_apart_if_any_of_their_nodes_are_templates(
            steps in proptest::collection::vec((0u32..12, 0u32..12, any::<bool>()), 0..40),
        ) {
            let mut components = Components::new(12);
            let mut forms = Forms::new(12);
            let mut templates = BTreeSet::new();
            for (a, b, is_template) in steps {
                if components.are_joined(a, b) {
                    continue;
                }
                if is_template {
                    forms.add(a, b, &mut components);
                    templates.insert((a.min(b), a.max(b)));
                } else if !forms.are_apart(a, b, &mut components) {
                    forms.join(a, b, &mut components);
                    components.join(a, b);
                }
                let roots: Vec<u32> = (0..12).map(|node| components.root(node)).collect();
                let members = |root: u32| (0..12u32).filter(|&n| roots[n as usize] == root).collect::<Vec<_>>();
                for a in 0..12 {
                    for b in (0..a).filter(|&b| roots[a as usize] != roots[b as usize]) {
                        let [of_a, of_b] = [a, b].map(|node| members(roots[node as usize]));
                        let expected = of_a.iter().any(|&x| {
                            of_b.iter().any(|&y| templates.contains(&(x.min(y), x.max(y))))
                        });
                        prop_assert_eq!(forms.are_apart(a, b, &mut components), expected);
                        let mut checks = Vec::new();
                        forms.checks(a, b, &mut components, &mut checks);
                        let has_form = |node: u32| forms.has_form(roots[node as usize]);
                        let mut wanted = Vec::new();
                        if has_form(a) || has_form(b) {
                            for (end, others, own) in [(a, &of_b, b), (b, &of_a, a)] {
                                let earliest = others.iter().take(WITNESSES).filter(|&&other| other != own);
                                wanted.extend(earliest.map(|&other| (end.min(other), end.max(other))));
                            }
                        }
                        prop_assert_eq!(checks, wanted);
                    }
                }
            }
        }
    }
}

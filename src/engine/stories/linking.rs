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
//!
//! What links is not joined at once where forms are about, see [`super::forms`].

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::forms::{Forms, MOST_EXCHANGED};
use super::judge::{Judge, Verdict};
use super::nodes::Nodes;
use super::window::Window;
use crate::components::Components;
use crate::engine::observer::Progress;
use crate::error::Result;
use crate::reuse::story::{Link, Provenance};

/// Failed comparisons after which a node looks for no more partners.
pub(super) const PATIENCE: u8 = 32;

/// Pairs of this rank or a likelier one are compared though they lie far apart in time: they may be near-exact.
const FARTHEST_RANK: u16 = 150;

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
pub(super) struct LinkTally {
    /// Pairs whose texts were compared.
    pub compared: u64,
    /// Of these, forms filled in differently.
    pub templates: u64,
    /// Of these, alike only in what is form material.
    pub forms: u64,
    /// Of these, alike, but not joined on account of forms filled in differently.
    pub kept_apart: u64,
    /// Pairs too far apart in time.
    pub outside_window: u64,
    /// Pairs not compared, as both nodes had failed with enough others, or one was kept apart from as many.
    pub passed_over: u64,
}

/// The components so far.
pub(super) struct Linking<'a> {
    nodes: &'a Nodes,
    provenance: &'a Provenance,
    window: Option<Window>,
    components: Components,
    forms: Forms,
    pub edges: Vec<Edge>,
    /// Pairs that were compared and do not link, sorted.
    failed: Vec<(u32, u32)>,
    pub tally: LinkTally,
}

impl<'a> Linking<'a> {
    pub(super) fn new(nodes: &'a Nodes, provenance: &'a Provenance, window: Option<Window>) -> Self {
        let components = Components::new(nodes.len());
        let forms = Forms::new(nodes.len());
        let (edges, failed, tally) = Default::default();
        Self { nodes, provenance, window, components, forms, edges, failed, tally }
    }

    /// The component of a node, as the number of its first node.
    pub(super) fn component(&mut self, node: u32) -> u32 {
        self.components.root(node)
    }

    /// Takes links away, given by their places among the edges, and what they joined apart.
    pub(super) fn cut(&mut self, is_cut: &[bool]) {
        let mut places = is_cut.iter();
        self.edges.retain(|_| !places.next().copied().unwrap_or_default());
        self.components = Components::new(self.nodes.len());
        for edge in &self.edges {
            self.components.join(edge.a, edge.b);
        }
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
        pairs.retain(|pair| {
            pair.rank <= FARTHEST_RANK || self.nodes.are_close(pair.a, pair.b, self.provenance, self.window)
        });
        self.tally.outside_window += (before - pairs.len()) as u64;
        let mut failures = Failures::new(self.nodes.len());
        while !pairs.is_empty() {
            pairs.par_sort_unstable();
            let mut open = Open { pairs, tentative: self.components.clone(), ..Open::default() };
            self.compare(&mut open, judge, progress, &mut failures)?;
            // By now, it is known which nodes are forms.
            open.doubtful.sort_unstable_by_key(|&(pair, _)| pair);
            for (pair, link) in open.doubtful {
                if self.components.are_joined(pair.a, pair.b) {
                    continue;
                }
                if self.forms.has_one(pair.a, pair.b) {
                    self.keep_apart(pair, &mut failures);
                } else {
                    self.join_all(vec![(pair, link)], judge, progress, &mut failures)?;
                }
            }
            pairs = open.held;
            pairs.retain(|pair| !self.components.are_joined(pair.a, pair.b));
        }
        self.failed.par_sort_unstable();
        Ok(())
    }

    /// Compares open pairs until only those are left that what was found makes needless.
    fn compare(
        &mut self,
        open: &mut Open,
        judge: &Judge<'_>,
        progress: &Progress<'_>,
        failures: &mut Failures,
    ) -> Result<()> {
        while !open.pairs.is_empty() {
            let round = self.next_round(open, failures);
            let verdicts = judge_all(&round, judge, progress)?;
            self.tally.compared += round.len() as u64;
            let mut links = Vec::new();
            for (pair, verdict) in round.into_iter().zip(verdicts) {
                match verdict {
                    Verdict::Linked { link, exchanged } if exchanged <= MOST_EXCHANGED => {
                        links.push((pair, link));
                        open.tentative.join(pair.a, pair.b);
                    }
                    Verdict::Linked { .. } if self.forms.has_one(pair.a, pair.b) => {
                        self.keep_apart(pair, failures);
                    }
                    Verdict::Linked { link, .. } => {
                        open.doubtful.push((pair, link));
                        open.tentative.join(pair.a, pair.b);
                    }
                    Verdict::Template => {
                        self.template(pair.a, pair.b);
                        failures.count(pair);
                    }
                    Verdict::Form | Verdict::Far | Verdict::Unlike => {
                        self.tally.outside_window += u64::from(verdict == Verdict::Far);
                        self.tally.forms += u64::from(verdict == Verdict::Form);
                        self.failed.push((pair.a, pair.b));
                        failures.count(pair);
                    }
                }
            }
            self.join_all(links, judge, progress, failures)?;
        }
        Ok(())
    }

    /// Joins what is linked, unless something on one side is a template of something on the other.
    fn join_all(
        &mut self,
        links: Vec<(Pair, Link)>,
        judge: &Judge<'_>,
        progress: &Progress<'_>,
        failures: &mut Failures,
    ) -> Result<()> {
        let mut checks = Vec::new();
        for (pair, _) in &links {
            if !self.forms.are_apart(pair.a, pair.b, &mut self.components) {
                self.forms.checks(pair.a, pair.b, &mut self.components, &mut checks);
            }
        }
        let checks: Vec<Pair> = checks.into_iter().map(|(a, b)| Pair { rank: 0, a, b }).collect();
        for (check, verdict) in checks.iter().zip(judge_all(&checks, judge, progress)?) {
            if verdict == Verdict::Template {
                self.template(check.a, check.b);
            }
        }
        self.tally.compared += checks.len() as u64;
        for (pair @ Pair { a, b, .. }, link) in links {
            if self.forms.are_apart(a, b, &mut self.components) {
                self.keep_apart(pair, failures);
            } else {
                self.forms.join(a, b, &mut self.components);
                self.components.join(a, b);
                self.edges.push(Edge { a, b, link });
            }
        }
        Ok(())
    }

    /// Takes note of a pair that is alike and not joined.
    fn keep_apart(&mut self, pair: Pair, failures: &mut Failures) {
        self.tally.kept_apart += 1;
        self.failed.push((pair.a, pair.b));
        failures.count_kept_apart(pair);
    }

    fn template(&mut self, a: u32, b: u32) {
        self.tally.templates += 1;
        self.failed.push((a, b));
        self.forms.add(a, b, &mut self.components);
    }

    /// Takes from the open pairs those that would make a forest, and leaves the others that still matter. A component
    /// in which a form is joined with one other a round, so that what it is joined with then counts.
    fn next_round(&mut self, open: &mut Open, failures: &Failures) -> Vec<Pair> {
        let mut forest = open.tentative.clone();
        let mut taken = BTreeSet::new();
        let (mut round, mut rest) = (Vec::new(), Vec::new());
        for pair in std::mem::take(&mut open.pairs) {
            let roots = [pair.a, pair.b].map(|node| self.components.root(node));
            if roots[0] == roots[1] {
                continue;
            }
            if open.tentative.are_joined(pair.a, pair.b) {
                open.held.push(pair);
            } else if failures.are_enough(pair) {
                self.tally.passed_over += 1;
            } else if self.forms.are_apart(pair.a, pair.b, &mut self.components) {
                self.tally.kept_apart += 1;
            } else if !roots.iter().any(|&root| self.forms.has_form(root)) {
                let next = if forest.join(pair.a, pair.b) { &mut round } else { &mut rest };
                next.push(pair);
            } else if roots.iter().any(|root| taken.contains(root)) {
                rest.push(pair);
            } else {
                taken.extend(roots);
                round.push(pair);
            }
        }
        open.pairs = rest;
        round
    }
}

/// Pairs on their way to a decision.
#[derive(Default)]
struct Open {
    /// Those to be compared, sorted.
    pairs: Vec<Pair>,
    /// Those that link, though facts were exchanged: joined if it turns out that neither is a form.
    doubtful: Vec<(Pair, Link)>,
    /// The components if all that links is joined.
    tentative: Components,
    /// Pairs that need no comparison then.
    held: Vec<Pair>,
}

/// How often each node was compared in vain.
struct Failures {
    compared: Vec<u8>,
    kept_apart: Vec<u8>,
}

impl Failures {
    fn new(nodes: usize) -> Self {
        Self { compared: vec![0; nodes], kept_apart: vec![0; nodes] }
    }

    fn count(&mut self, pair: Pair) {
        count(&mut self.compared, pair);
    }

    /// Counts a pair that was linked and not joined. A node that is alike to many forms would try each of them.
    fn count_kept_apart(&mut self, pair: Pair) {
        count(&mut self.kept_apart, pair);
    }

    fn are_enough(&self, pair: Pair) -> bool {
        let has_enough = |failures: &[u8], node: u32| failures[node as usize] >= PATIENCE;
        let nodes = [pair.a, pair.b];
        nodes.iter().all(|&node| has_enough(&self.compared, node))
            || nodes.iter().any(|&node| has_enough(&self.kept_apart, node))
    }
}

fn count(failures: &mut [u8], pair: Pair) {
    for node in [pair.a, pair.b] {
        let failures = &mut failures[node as usize];
        *failures = failures.saturating_add(1);
    }
}

fn judge_all(pairs: &[Pair], judge: &Judge<'_>, progress: &Progress<'_>) -> Result<Vec<Verdict>> {
    let judged = pairs.par_iter().map_init(
        || judge.scratch(),
        |scratch, pair| {
            let verdict = judge.judge(pair.a, pair.b, scratch)?;
            progress.advance(1)?;
            Ok(verdict)
        },
    );
    judged.collect()
}

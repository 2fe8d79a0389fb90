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
//!
//! Pairs and links are in [`ListStorage`], so that within a memory limit they are in work files: a round holds 12 bytes of each of
//! its pairs, which are no more than nodes.

#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more"
)]

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::forms::{Forms, MOST_EXCHANGED};
use super::judge::{Judge, Verdict};
use super::nodes::Nodes;
use super::window::Window;
use crate::components::Components;
use crate::engine::observer::Progress;
use crate::error::Result;
use crate::partition::entry;
use crate::reuse::story::{Link, Provenance};
use crate::work::{Fixed, List, ListEntries, ListSorter, ListStorage, SortedList, take};

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

impl Fixed for Pair {
    const BYTES: usize = 10;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.rank.write(bytes);
        self.a.write(bytes);
        self.b.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { rank: take(bytes), a: take(bytes), b: take(bytes) }
    }
}

/// A pair that is linked. Sorted by the pair, of which there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub pair: Pair,
    pub link: Link,
}

impl PartialEq for Edge {
    fn eq(&self, other: &Self) -> bool {
        self.pair == other.pair
    }
}

impl Eq for Edge {}

impl PartialOrd for Edge {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Edge {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.pair.cmp(&other.pair)
    }
}

impl Fixed for Edge {
    const BYTES: usize = Pair::BYTES + Link::BYTES;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.pair.write(bytes);
        self.link.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        Self { pair: take(&mut bytes), link: take(&mut bytes) }
    }
}

/// Pairs whose verdicts are in memory at a time.
const JUDGED_PAIRS: usize = 1 << 14;

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
    lists: ListStorage<'a>,
    components: Components,
    forms: Forms,
    pub edges: List<'a, Edge>,
    /// Pairs that were compared and do not link, the earlier node in the high half: those of each call that linked, and of
    /// the one at hand.
    failed: Vec<SortedList<u64>>,
    failing: ListSorter<u64>,
    /// Of these, the ones that matter once links are made, sorted.
    failed_with_first: Vec<(u32, u32)>,
    pub tally: LinkTally,
}

impl<'a> Linking<'a> {
    pub(super) fn new(
        nodes: &'a Nodes,
        provenance: &'a Provenance,
        window: Option<Window>,
        lists: ListStorage<'a>,
    ) -> Result<Self> {
        Ok(Self {
            nodes,
            provenance,
            window,
            lists,
            components: Components::new(nodes.len()),
            forms: Forms::new(nodes.len()),
            edges: lists.list(),
            failed: Vec::new(),
            failing: lists.sorter()?,
            failed_with_first: Vec::new(),
            tally: LinkTally::default(),
        })
    }

    /// The component of a node, as the number of its first node.
    pub(super) fn component(&mut self, node: u32) -> u32 {
        self.components.root(node)
    }

    /// Takes links away, given by their places among the edges, and what they joined apart.
    pub(super) fn cut(&mut self, is_cut: &[bool]) -> Result<()> {
        let mut left = self.lists.list();
        self.components = Components::new(self.nodes.len());
        let mut places = is_cut.iter();
        let mut edges = self.edges.entries()?;
        while let Some(edge) = edges.next()? {
            if !places.next().copied().unwrap_or_default() {
                self.components.join(edge.pair.a, edge.pair.b);
                left.push(edge)?;
            }
        }
        drop(edges);
        self.edges = left;
        Ok(())
    }

    /// All links were looked for: of the pairs that do not link, those are kept that [`have_failed`](Self::have_failed)
    /// may be asked for.
    pub(super) fn end(&mut self) -> Result<()> {
        for failed in std::mem::take(&mut self.failed) {
            let mut failed = failed.entries()?;
            while let Some(pair) = failed.next()? {
                let (a, b) = ((pair >> 32) as u32, pair as u32);
                if self.components.root(b) == a {
                    self.failed_with_first.push((a, b));
                }
            }
        }
        self.failed_with_first.par_sort_unstable();
        Ok(())
    }

    /// Whether a node and `first`, the first one of its component, were compared and do not link.
    pub(super) fn have_failed(&self, first: u32, node: u32) -> bool {
        self.failed_with_first.binary_search(&(first, node)).is_ok()
    }

    /// Which of some pairs were not compared in vain yet. `nodes` gives the nodes of each, the earlier in the high half, in
    /// the order of pairs.
    pub(super) fn not_failed(
        &self,
        pairs: &SortedList<u64>,
        nodes: &mut dyn FnMut(u64) -> u64,
    ) -> Result<List<'a, u64>> {
        let mut left = self.lists.list();
        let mut failed = self.failed.iter().map(SortedList::entries).collect::<Result<Vec<_>>>()?;
        let mut next = failed.iter_mut().map(ListEntries::next).collect::<Result<Vec<_>>>()?;
        let mut pairs = pairs.entries()?;
        while let Some(pair) = pairs.next()?.map(&mut *nodes) {
            let mut has_failed = false;
            for (entries, next) in failed.iter_mut().zip(&mut next) {
                while next.is_some_and(|failed| failed < pair) {
                    *next = entries.next()?;
                }
                has_failed |= *next == Some(pair);
            }
            if !has_failed {
                left.push(pair)?;
            }
        }
        Ok(left)
    }

    /// Compares candidate pairs, none of which was compared before, as far as components depend on them.
    pub(super) fn link(
        &mut self,
        candidates: SortedList<Pair>,
        judge: &Judge<'_>,
        progress: &Progress<'_>,
    ) -> Result<()> {
        let mut pairs = self.lists.list();
        let mut entries = candidates.entries()?;
        while let Some(pair) = entries.next()? {
            if self.components.are_joined(pair.a, pair.b) {
                continue;
            }
            let is_near = pair.rank <= FARTHEST_RANK
                || self.nodes.are_close(pair.a, pair.b, self.provenance, self.window);
            if is_near {
                pairs.push(pair)?;
            } else {
                self.tally.outside_window += 1;
            }
        }
        drop(entries);
        drop(candidates);
        let mut failures = Failures::new(self.nodes.len());
        while !pairs.is_empty() {
            let mut open = Open {
                pairs,
                doubtful: self.lists.sorter()?,
                tentative: self.components.clone(),
                held: self.lists.sorter()?,
            };
            self.compare(&mut open, judge, progress, &mut failures)?;
            // By now, it is known which nodes are forms.
            let doubtful = open.doubtful.finish()?;
            let mut doubtful = doubtful.entries()?;
            while let Some(edge @ Edge { pair, .. }) = doubtful.next()? {
                if self.components.are_joined(pair.a, pair.b) {
                    continue;
                }
                if self.forms.has_one(pair.a, pair.b) {
                    self.keep_apart(pair, &mut failures)?;
                } else {
                    let mut links = self.lists.list();
                    links.push(edge)?;
                    self.join_all(links, judge, progress, &mut failures)?;
                }
            }
            drop(doubtful);
            pairs = self.lists.list();
            let held = open.held.finish()?;
            let mut held = held.entries()?;
            while let Some(pair) = held.next()? {
                if !self.components.are_joined(pair.a, pair.b) {
                    pairs.push(pair)?;
                }
            }
        }
        let failing = std::mem::replace(&mut self.failing, self.lists.sorter()?);
        self.failed.push(failing.finish()?);
        Ok(())
    }

    /// Compares open pairs until only those are left that what was found makes needless.
    fn compare(
        &mut self,
        open: &mut Open<'a>,
        judge: &Judge<'_>,
        progress: &Progress<'_>,
        failures: &mut Failures,
    ) -> Result<()> {
        while !open.pairs.is_empty() {
            let round = self.next_round(open, failures)?;
            self.tally.compared += round.len() as u64;
            let mut links = self.lists.list();
            for pairs in round.chunks(JUDGED_PAIRS) {
                let verdicts = judge_all(pairs, judge, progress)?;
                for (&pair, verdict) in pairs.iter().zip(verdicts) {
                    match verdict {
                        Verdict::Linked { link, exchanged } if exchanged <= MOST_EXCHANGED => {
                            links.push(Edge { pair, link })?;
                            open.tentative.join(pair.a, pair.b);
                        }
                        Verdict::Linked { .. } if self.forms.has_one(pair.a, pair.b) => {
                            self.keep_apart(pair, failures)?;
                        }
                        Verdict::Linked { link, .. } => {
                            open.doubtful.push(Edge { pair, link })?;
                            open.tentative.join(pair.a, pair.b);
                        }
                        Verdict::Template => {
                            self.template(pair.a, pair.b)?;
                            failures.count(pair);
                        }
                        Verdict::Form | Verdict::Far | Verdict::Unlike => {
                            self.tally.outside_window += u64::from(verdict == Verdict::Far);
                            self.tally.forms += u64::from(verdict == Verdict::Form);
                            self.failing.push(entry(pair.a, pair.b))?;
                            failures.count(pair);
                        }
                    }
                }
            }
            drop(round);
            self.join_all(links, judge, progress, failures)?;
        }
        Ok(())
    }

    /// Joins what is linked, unless something on one side is a template of something on the other.
    fn join_all(
        &mut self,
        mut links: List<'a, Edge>,
        judge: &Judge<'_>,
        progress: &Progress<'_>,
        failures: &mut Failures,
    ) -> Result<()> {
        let mut checks = self.lists.list();
        let mut found = Vec::new();
        let mut entries = links.entries()?;
        while let Some(Edge { pair, .. }) = entries.next()? {
            if !self.forms.are_apart(pair.a, pair.b, &mut self.components) {
                self.forms.checks(pair.a, pair.b, &mut self.components, &mut found);
                for (a, b) in found.drain(..) {
                    checks.push(Pair { rank: 0, a, b })?;
                }
            }
        }
        self.tally.compared += checks.len();
        let (mut entries, mut pairs) = (checks.entries()?, Vec::new());
        while entries.next_batch(JUDGED_PAIRS, &mut pairs)? {
            for (check, verdict) in pairs.iter().zip(judge_all(&pairs, judge, progress)?) {
                if verdict == Verdict::Template {
                    self.template(check.a, check.b)?;
                }
            }
        }
        let mut entries = links.entries()?;
        while let Some(edge @ Edge { pair, .. }) = entries.next()? {
            let Pair { a, b, .. } = pair;
            if self.forms.are_apart(a, b, &mut self.components) {
                self.keep_apart(pair, failures)?;
            } else {
                self.forms.join(a, b, &mut self.components);
                self.components.join(a, b);
                self.edges.push(edge)?;
            }
        }
        Ok(())
    }

    /// Takes note of a pair that is alike and not joined.
    fn keep_apart(&mut self, pair: Pair, failures: &mut Failures) -> Result<()> {
        self.tally.kept_apart += 1;
        failures.count_kept_apart(pair);
        self.failing.push(entry(pair.a, pair.b))
    }

    fn template(&mut self, a: u32, b: u32) -> Result<()> {
        self.tally.templates += 1;
        self.forms.add(a, b, &mut self.components);
        self.failing.push(entry(a, b))
    }

    /// Takes from the open pairs those that would make a forest, and leaves the others that still matter. A component
    /// in which a form is joined with one other a round, so that what it is joined with then counts.
    fn next_round(&mut self, open: &mut Open<'a>, failures: &Failures) -> Result<Vec<Pair>> {
        let mut forest = open.tentative.clone();
        let mut taken = BTreeSet::new();
        let (mut round, mut rest) = (Vec::new(), self.lists.list());
        let mut pairs = open.pairs.entries()?;
        while let Some(pair) = pairs.next()? {
            let roots = [pair.a, pair.b].map(|node| self.components.root(node));
            if roots[0] == roots[1] {
                continue;
            }
            if open.tentative.are_joined(pair.a, pair.b) {
                open.held.push(pair)?;
            } else if failures.are_enough(pair) {
                self.tally.passed_over += 1;
            } else if self.forms.are_apart(pair.a, pair.b, &mut self.components) {
                self.tally.kept_apart += 1;
            } else if !roots.iter().any(|&root| self.forms.has_form(root)) {
                if forest.join(pair.a, pair.b) {
                    round.push(pair);
                } else {
                    rest.push(pair)?;
                }
            } else if roots.iter().any(|root| taken.contains(root)) {
                rest.push(pair)?;
            } else {
                taken.extend(roots);
                round.push(pair);
            }
        }
        drop(pairs);
        open.pairs = rest;
        Ok(round)
    }
}

/// Pairs on their way to a decision.
struct Open<'a> {
    /// Those to be compared, in order.
    pairs: List<'a, Pair>,
    /// Those that link, though facts were exchanged: joined if it turns out that neither is a form.
    doubtful: ListSorter<Edge>,
    /// The components if all that links is joined.
    tentative: Components,
    /// Pairs that need no comparison then.
    held: ListSorter<Pair>,
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

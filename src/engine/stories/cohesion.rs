//! Components to stories that hold together: one that falls apart without one of its documents was two.
//!
//! A weekly that sums up three events is linked with the tellings of each, and would make one story of them. So every node is
//! looked at with the nodes that it is linked with. Of these, any two are *kin* if a tenth of what the smaller has beside
//! form material is in the other; kin of kin are one group. Where all are one group the story holds together without the
//! node. Else
//!
//! * it is a *round-up* if it contains two groups or more, each told before it: it belongs to no story, and reports them;
//! * it is their source if it was told before all of them: they retell parts of it, and stay with it;
//! * otherwise it stays with the group that it has most in common with, and with single later nodes that are linked with
//!   nothing else: these retell it. The others are stories of their own.
//!
//! Two documents of one day, or without a date, stand in no order. There, a group is taken for something told before only if
//! it has two nodes or more: a long text and two of its parts look like a round-up, too.
//!
//! Everything is told by samples, so no text is read again. O(links), with at most so many comparisons of samples a link.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more"
)]

use super::linking::{Edge, Linking, Pair};
use super::nodes::Nodes;
use crate::error::Result;
use crate::reuse::own::LEAST_OWN;
use crate::reuse::own_samples::OwnSamples;
use crate::reuse::story::Provenance;
use crate::similarity::shared_of_ascending;

/// A tenth of the smaller text in common makes kin: a quotation of one sentence does not, half a paragraph does.
const KIN_SHARE: usize = 10;

/// Groups, and nodes of each, that a node is compared with.
const COMPARED_GROUPS: usize = 8;
const COMPARED_NODES: usize = 4;

/// A document that covers several stories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RoundUpNode {
    pub node: u32,
    /// A node of each story that it covers.
    pub reports: Vec<u32>,
}

/// Takes links apart that hold no story together.
pub(super) struct Cohesion<'a> {
    pub nodes: &'a Nodes,
    pub provenance: &'a Provenance,
    /// Of each document, without what recurs over days.
    pub samples: &'a OwnSamples<'a>,
}

/// Nodes linked with one node, that are kin without it.
struct KinGroup {
    /// In order of time, each with the place of its link.
    nodes: Vec<(u32, u32)>,
    /// Samples that the one most alike has in common with the node.
    shared: usize,
    /// Whether that one is largely in the node.
    is_contained: bool,
}

impl KinGroup {
    fn first(&self) -> u32 {
        self.nodes[0].0
    }
}

impl Cohesion<'_> {
    /// Cuts the links of nodes without which their stories fall apart, and returns those that are round-ups.
    pub(super) fn separate(&self, linking: &mut Linking<'_>) -> Result<Vec<RoundUpNode>> {
        let mut links: Vec<(u32, u32, u32)> = Vec::with_capacity(2 * linking.edges.len() as usize);
        let mut edges = linking.edges.entries()?;
        while let Some(Edge { pair: Pair { a, b, .. }, .. }) = edges.next()? {
            let place = links.len() as u32 / 2;
            links.extend([(a, b, place), (b, a, place)]);
        }
        drop(edges);
        links.sort_unstable();
        let mut is_cut = vec![false; links.len() / 2];
        let degree = |node: u32, is_cut: &[bool]| {
            let start = links.partition_point(|link| link.0 < node);
            let of_node = links[start..].iter().take_while(|link| link.0 == node);
            of_node.filter(|link| !is_cut[link.2 as usize]).count()
        };
        let mut round_ups = Vec::new();
        for of_node in links.chunk_by(|a, b| a.0 == b.0) {
            let node = of_node[0].0;
            let groups = self.groups(node, of_node.iter().filter(|link| !is_cut[link.2 as usize]))?;
            if groups.len() < 2 {
                continue;
            }
            let reported = |group: &&KinGroup| group.is_contained && self.is_before(group, node);
            let reports: Vec<u32> = groups.iter().filter(reported).map(KinGroup::first).collect();
            let is_round_up = reports.len() > 1;
            if !is_round_up && groups.iter().all(|group| self.is_after(group, node)) {
                continue;
            }
            let closest =
                (0..groups.len()).max_by_key(|&place| (groups[place].shared, std::cmp::Reverse(place)));
            for (place, group) in groups.iter().enumerate() {
                let retells =
                    || group.nodes.len() == 1 && group.first() > node && degree(group.first(), &is_cut) == 1;
                if is_round_up || closest != Some(place) && !retells() {
                    for &(_, edge) in &group.nodes {
                        is_cut[edge as usize] = true;
                    }
                }
            }
            if is_round_up {
                round_ups.push(RoundUpNode { node, reports });
            }
        }
        drop(links);
        linking.cut(&is_cut)?;
        Ok(round_ups)
    }

    /// The nodes linked with one, in groups of kin; the first of each ascend.
    fn groups<'l>(
        &self,
        node: u32,
        links: impl Iterator<Item = &'l (u32, u32, u32)>,
    ) -> Result<Vec<KinGroup>> {
        let own = self.samples.without_forms(self.nodes.first(node))?;
        let mut known: Vec<Vec<u32>> = Vec::new();
        let mut groups: Vec<KinGroup> = Vec::new();
        let mut of_group: Vec<Vec<usize>> = Vec::new();
        for (number, &(_, other, edge)) in links.enumerate() {
            let samples = self.samples.without_forms(self.nodes.first(other))?;
            let kin = of_group.iter().take(COMPARED_GROUPS).position(|group: &Vec<usize>| {
                group.iter().take(COMPARED_NODES).any(|&member| are_kin(&known[member], &samples))
            });
            let place = kin.unwrap_or_else(|| {
                groups.push(KinGroup { nodes: Vec::new(), shared: 0, is_contained: false });
                of_group.push(Vec::new());
                groups.len() - 1
            });
            let shared = shared_of_ascending(&own, &samples);
            let group = &mut groups[place];
            if group.nodes.is_empty() || shared > group.shared {
                group.shared = shared;
                group.is_contained = samples.len() <= own.len() && 2 * shared >= samples.len();
            }
            group.nodes.push((other, edge));
            of_group[place].push(number);
            known.push(samples);
        }
        Ok(groups)
    }

    /// Whether a group was told before a node, or may have been and is told by several.
    fn is_before(&self, group: &KinGroup, node: u32) -> bool {
        match self.dates(group, node) {
            [Some(first), Some(date)] if first != date => first < date,
            _ => group.nodes.len() > 1,
        }
    }

    /// Whether all of a group was told after a node, or may have been.
    fn is_after(&self, group: &KinGroup, node: u32) -> bool {
        match self.dates(group, node) {
            [Some(first), Some(date)] => first >= date,
            _ => true,
        }
    }

    fn dates(&self, group: &KinGroup, node: u32) -> [Option<i64>; 2] {
        [group.first(), node].map(|node| self.provenance.date(self.nodes.first(node)))
    }
}

/// Whether two texts have so much in common that both tell of one event; also if one is too short to tell.
fn are_kin(a: &[u32], b: &[u32]) -> bool {
    let least = a.len().min(b.len());
    if least < LEAST_OWN {
        return true;
    }
    let shared = shared_of_ascending(a, b);
    shared >= LEAST_OWN && shared * KIN_SHARE >= least
}

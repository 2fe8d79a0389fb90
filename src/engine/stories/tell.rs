//! Components to stories: an origin, and what every other document is to it.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use rayon::prelude::*;

use super::cohesion::RoundUpNode;
use super::judge::{Judge, Verdict};
use super::linking::Linking;
use super::nodes::Nodes;
use crate::document::DocumentId;
use crate::engine::observer::Progress;
use crate::error::Result;
use crate::reuse::containment::Samples;
use crate::reuse::own::{LEAST_OWN, LEAST_WORDS};
use crate::reuse::story::{Link, Provenance, Retelling, RoundUp, Story};

/// What the stories are made from.
pub(super) struct Telling<'a> {
    pub nodes: &'a Nodes,
    pub provenance: &'a Provenance,
    pub judge: &'a Judge<'a>,
    /// Of each document, without what recurs over days.
    pub samples: &'a Samples,
}

/// What is known of each node.
struct Ties {
    /// The link with the first node of its story, if there is one.
    to_origin: Vec<Option<Link>>,
    /// A node on the way to the first one, and the link with it.
    to_parent: Vec<Option<(u32, Link)>>,
}

impl Telling<'_> {
    /// The stories of two or more documents, and the round-ups, both in order of time.
    pub(super) fn stories(
        &self,
        mut linking: Linking<'_>,
        round_ups: Vec<RoundUpNode>,
        progress: &Progress<'_>,
    ) -> Result<(Vec<Story>, Vec<RoundUp>)> {
        let all = 0..self.nodes.len() as u32;
        let mut grouped: Vec<(u32, u32)> = all.map(|node| (linking.component(node), node)).collect();
        grouped.sort_unstable();
        let ties = self.ties(&linking, &grouped, progress)?;
        let stories =
            grouped.par_chunk_by(|a, b| a.0 == b.0).filter_map(|group| self.story(group, &ties)).collect();
        let mut round_up = |RoundUpNode { node, reports }| {
            let mut origins: Vec<u32> = reports.into_iter().map(|node| linking.component(node)).collect();
            origins.sort_unstable();
            origins.dedup();
            let reports = origins.into_iter().map(|origin| self.nodes.first(origin)).collect();
            RoundUp { document: self.nodes.first(node), reports }
        };
        Ok((stories, round_ups.into_iter().map(&mut round_up).collect()))
    }

    /// Finds a way from every node to the first of its story, and compares each with it.
    fn ties(&self, linking: &Linking<'_>, grouped: &[(u32, u32)], progress: &Progress<'_>) -> Result<Ties> {
        let mut to_origin = vec![None; self.nodes.len()];
        let mut to_parent = vec![None; self.nodes.len()];
        // Both ways, by the node they start from.
        let edges = linking.edges.iter();
        let mut ways: Vec<(u32, u32, Link)> = edges
            .flat_map(|edge| [(edge.a, edge.b, edge.link.reversed()), (edge.b, edge.a, edge.link)])
            .collect();
        ways.par_sort_unstable_by_key(|&(from, to, _)| (from, to));
        let mut reached = Vec::new();
        for &(origin, _) in grouped.iter().filter(|(origin, node)| origin == node) {
            reached.clear();
            reached.push(origin);
            let mut next = 0;
            while let Some(&from) = reached.get(next) {
                next += 1;
                let start = ways.partition_point(|way| way.0 < from);
                for &(_, to, link) in ways[start..].iter().take_while(|way| way.0 == from) {
                    if to == origin || to_parent[to as usize].is_some() {
                        continue;
                    }
                    to_parent[to as usize] = Some((from, link));
                    if from == origin {
                        to_origin[to as usize] = Some(link);
                    }
                    reached.push(to);
                }
            }
        }
        let untold: Vec<(u32, u32)> = grouped
            .iter()
            .copied()
            .filter(|&(origin, node)| {
                node != origin && to_origin[node as usize].is_none() && !linking.have_failed(origin, node)
            })
            .collect();
        let links: Vec<Option<Link>> = untold
            .par_iter()
            .map_init(
                || self.judge.scratch(),
                |scratch, &(origin, node)| {
                    progress.advance(1)?;
                    Ok(match self.judge.judge(node, origin, scratch)? {
                        Verdict::Linked { link, .. } => Some(link),
                        Verdict::Unlike | Verdict::Form | Verdict::Far | Verdict::Template => None,
                    })
                },
            )
            .collect::<Result<_>>()?;
        for ((_, node), link) in untold.into_iter().zip(links) {
            to_origin[node as usize] = link;
        }
        Ok(Ties { to_origin, to_parent })
    }

    fn story(&self, group: &[(u32, u32)], ties: &Ties) -> Option<Story> {
        let origin_node = group[0].0;
        if group.len() == 1 && self.is_form(origin_node) {
            return None;
        }
        let origin = self.nodes.first(origin_node);
        let mut members = Vec::new();
        for &(_, node) in group {
            let documents = self.nodes.documents(node);
            let others =
                documents.iter().map(|&document| DocumentId(document)).filter(|&document| document != origin);
            members
                .extend(others.map(|document| self.retelling(document, node, (origin_node, origin), ties)));
        }
        members.sort_unstable_by_key(|member| {
            let date = self.provenance.date(member.document);
            (date.is_none(), date, member.document)
        });
        let (date, source) = (self.provenance.date(origin), self.provenance.source(origin));
        let is_tied = |member: &&Retelling| {
            let other = self.provenance.source(member.document);
            date.is_some()
                && self.provenance.date(member.document) == date
                && other.is_some()
                && source.is_some()
                && other != source
        };
        let ties = members.iter().filter(is_tied).count() as u32;
        (!members.is_empty()).then_some(Story { origin, ties, members })
    }

    /// Whether a text is form material throughout: its copies are no story, but a form that nobody filled in.
    fn is_form(&self, node: u32) -> bool {
        let document = self.nodes.first(node);
        self.judge.units[document.index()] >= LEAST_WORDS && self.samples.distinct(document).len() < LEAST_OWN
    }

    /// What a document is to the origin, else to the one it is linked with on the way there.
    fn retelling(
        &self,
        document: DocumentId,
        node: u32,
        (origin_node, origin): (u32, DocumentId),
        ties: &Ties,
    ) -> Retelling {
        let to_origin = if node == origin_node { Some(Link::EXACT) } else { ties.to_origin[node as usize] };
        if let Some(link) = to_origin {
            return Retelling { document, with: origin, link };
        }
        let (parent, link) = ties.to_parent[node as usize].expect("there is a way to every node of a story");
        Retelling { document, with: self.nodes.first(parent), link }
    }
}

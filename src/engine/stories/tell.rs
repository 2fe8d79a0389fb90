//! Components to stories: an origin, and what every other document is to it.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::cmp::Ordering;

use rayon::prelude::*;

use super::cohesion::RoundUpNode;
use super::judge::{Judge, Verdict};
use super::linking::{Edge, Linking, Pair};
use super::nodes::Nodes;
use crate::document::DocumentId;
use crate::engine::observer::Progress;
use crate::error::Result;
use crate::reuse::own::{LEAST_OWN, LEAST_WORDS};
use crate::reuse::own_samples::OwnSamples;
use crate::reuse::story::{Link, Provenance, Retelling, RoundUp, Story};
use crate::work::{Fixed, ListStorage, SortedList, take};

/// What the stories are made from.
pub(super) struct Telling<'a> {
    pub nodes: &'a Nodes,
    pub provenance: &'a Provenance,
    pub judge: &'a Judge<'a>,
    /// Of each document, without what recurs over days.
    pub samples: &'a OwnSamples<'a>,
    /// Nodes of stories that are told at a time, if they are of several.
    pub most_nodes: usize,
}

/// What is known of the nodes of some stories, each at its place among these.
struct Ties {
    /// The link with the first node of its story, if there is one.
    to_origin: Vec<Option<Link>>,
    /// A node on the way to the first one, and the link with it.
    to_parent: Vec<Option<(u32, Link)>>,
}

/// A link as it is seen from one of its nodes, with the first node of its story.
#[derive(Clone, Copy)]
struct Way {
    origin: u32,
    from: u32,
    to: u32,
    link: Link,
}

impl Way {
    fn nodes(&self) -> (u32, u32, u32) {
        (self.origin, self.from, self.to)
    }
}

impl PartialEq for Way {
    fn eq(&self, other: &Self) -> bool {
        self.nodes() == other.nodes()
    }
}

impl Eq for Way {}

impl PartialOrd for Way {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Way {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nodes().cmp(&other.nodes())
    }
}

impl Fixed for Way {
    const BYTES: usize = 12 + Link::BYTES;

    fn write(&self, bytes: &mut Vec<u8>) {
        for node in [self.origin, self.from, self.to] {
            node.write(bytes);
        }
        self.link.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { origin: take(bytes), from: take(bytes), to: take(bytes), link: take(bytes) }
    }
}

impl Telling<'_> {
    /// The stories of two or more documents, and the round-ups, both in order of time.
    pub(super) fn stories<'l>(
        &self,
        mut linking: Linking<'l>,
        round_ups: Vec<RoundUpNode>,
        lists: ListStorage<'l>,
        progress: &Progress<'_>,
    ) -> Result<(Vec<Story>, Vec<RoundUp>)> {
        let all = 0..self.nodes.len() as u32;
        let mut grouped: Vec<(u32, u32)> = all.map(|node| (linking.component(node), node)).collect();
        grouped.sort_unstable();
        let ways = ways(&mut linking, lists)?;
        let mut ways = ways.entries()?;
        let mut next = ways.next()?;
        let mut of_stories: Vec<Way> = Vec::new();
        let mut stories = Vec::new();
        let mut start = 0;
        while start < grouped.len() {
            // Whole stories, and as many as there is memory for.
            let last = start.saturating_add(self.most_nodes).min(grouped.len()) - 1;
            let end = match grouped[start..].partition_point(|node| node.0 < grouped[last].0) {
                0 => grouped.partition_point(|node| node.0 <= grouped[last].0),
                _ if last + 1 == grouped.len() => grouped.len(),
                whole => start + whole,
            };
            let group = &grouped[start..end];
            of_stories.clear();
            while let Some(way) = next.filter(|way| way.origin <= group[group.len() - 1].0) {
                of_stories.push(way);
                next = ways.next()?;
            }
            let ties = self.ties(&linking, group, &of_stories, progress)?;
            let told = group.par_chunk_by(|a, b| a.0 == b.0).map(|story| self.story(story, group, &ties));
            stories.extend(told.collect::<Result<Vec<_>>>()?.into_iter().flatten());
            start = end;
        }
        let mut round_up = |RoundUpNode { node, reports }| {
            let mut origins: Vec<u32> = reports.into_iter().map(|node| linking.component(node)).collect();
            origins.sort_unstable();
            origins.dedup();
            let reports = origins.into_iter().map(|origin| self.nodes.first(origin)).collect();
            RoundUp { document: self.nodes.first(node), reports }
        };
        Ok((stories, round_ups.into_iter().map(&mut round_up).collect()))
    }

    /// Finds a way from every node to the first of its story, and compares each with it. `ways` are those of these nodes.
    fn ties(
        &self,
        linking: &Linking<'_>,
        grouped: &[(u32, u32)],
        ways: &[Way],
        progress: &Progress<'_>,
    ) -> Result<Ties> {
        let mut to_origin = vec![None; grouped.len()];
        let mut to_parent = vec![None; grouped.len()];
        let mut reached = Vec::new();
        for &(origin, _) in grouped.iter().filter(|(origin, node)| origin == node) {
            reached.clear();
            reached.push(origin);
            let mut next = 0;
            while let Some(&from) = reached.get(next) {
                next += 1;
                let start = ways.partition_point(|way| (way.origin, way.from) < (origin, from));
                let of_node = ways[start..].iter().take_while(|way| (way.origin, way.from) == (origin, from));
                for &Way { to, link, .. } in of_node {
                    let place = place(grouped, (origin, to));
                    if to == origin || to_parent[place].is_some() {
                        continue;
                    }
                    to_parent[place] = Some((from, link));
                    if from == origin {
                        to_origin[place] = Some(link);
                    }
                    reached.push(to);
                }
            }
        }
        let untold: Vec<usize> = (0..grouped.len())
            .filter(|&place| {
                let (origin, node) = grouped[place];
                node != origin && to_origin[place].is_none() && !linking.have_failed(origin, node)
            })
            .collect();
        let links: Vec<Option<Link>> = untold
            .par_iter()
            .map_init(
                || self.judge.scratch(),
                |scratch, &place| {
                    progress.advance(1)?;
                    let (origin, node) = grouped[place];
                    Ok(match self.judge.judge(node, origin, scratch)? {
                        Verdict::Linked { link, .. } => Some(link),
                        Verdict::Unlike | Verdict::Form | Verdict::Far | Verdict::Template => None,
                    })
                },
            )
            .collect::<Result<_>>()?;
        for (place, link) in untold.into_iter().zip(links) {
            to_origin[place] = link;
        }
        Ok(Ties { to_origin, to_parent })
    }

    /// The story of these nodes, which are some of those that the ties are of; none if it is told once.
    fn story(&self, group: &[(u32, u32)], tied: &[(u32, u32)], ties: &Ties) -> Result<Option<Story>> {
        let origin_node = group[0].0;
        if group.len() == 1 && (self.nodes.documents(origin_node).len() == 1 || self.is_form(origin_node)?) {
            return Ok(None);
        }
        let origin = self.nodes.first(origin_node);
        let mut members = Vec::new();
        for &(_, node) in group {
            let place = place(tied, (origin_node, node));
            let documents = self.nodes.documents(node);
            let others =
                documents.iter().map(|&document| DocumentId(document)).filter(|&document| document != origin);
            members.extend(
                others.map(|document| self.retelling(document, place, (node == origin_node, origin), ties)),
            );
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
        Ok((!members.is_empty()).then_some(Story { origin, ties, members }))
    }

    /// Whether a text is form material throughout: its copies are no story, but a form that nobody filled in.
    fn is_form(&self, node: u32) -> Result<bool> {
        let document = self.nodes.first(node);
        let is_judged = self.judge.units[document.index()] >= LEAST_WORDS;
        Ok(is_judged && self.samples.without_forms(document)?.len() < LEAST_OWN)
    }

    /// What a document is to the origin, else to the one it is linked with on the way there.
    fn retelling(
        &self,
        document: DocumentId,
        place: usize,
        (is_origin, origin): (bool, DocumentId),
        ties: &Ties,
    ) -> Retelling {
        let to_origin = if is_origin { Some(Link::EXACT) } else { ties.to_origin[place] };
        if let Some(link) = to_origin {
            return Retelling { document, with: origin, link };
        }
        let (parent, link) = ties.to_parent[place].expect("there is a way to every node of a story");
        Retelling { document, with: self.nodes.first(parent), link }
    }
}

/// Where a node stands among the nodes of some stories.
fn place(grouped: &[(u32, u32)], node: (u32, u32)) -> usize {
    grouped.partition_point(|&other| other < node)
}

/// All links both ways, story by story, by the nodes that they start from.
fn ways<'a>(linking: &mut Linking<'a>, lists: ListStorage<'a>) -> Result<SortedList<Way>> {
    let mut ways = lists.sorter()?;
    let mut edges = std::mem::replace(&mut linking.edges, lists.list());
    let mut entries = edges.entries()?;
    while let Some(Edge { pair: Pair { a, b, .. }, link }) = entries.next()? {
        let origin = linking.component(a);
        ways.push(Way { origin, from: a, to: b, link: link.reversed() })?;
        ways.push(Way { origin, from: b, to: a, link })?;
    }
    ways.finish()
}

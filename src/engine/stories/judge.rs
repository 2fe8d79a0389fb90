//! What two nodes are to one another, from their texts.

use super::nodes::Nodes;
use super::texts::{StoryReader, StoryTexts};
use crate::error::Result;
use crate::params::{Containment, Threshold};
use crate::reuse::relation::{RelateScratch, Relater, Relation};
use crate::reuse::story::Link;
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::{SetTable, containment, jaccard};

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Neither similar nor contained.
    Unlike,
    /// The same form, other facts.
    Template,
    /// The same story, with so many facts exchanged for others.
    Linked { link: Link, exchanged: usize },
}

/// Compares the texts of two nodes.
pub(super) struct Judge<'a> {
    pub texts: StoryTexts<'a>,
    pub nodes: &'a Nodes,
    pub shingler: &'a Shingler,
    pub relater: &'a Relater,
    /// Number of units of each document.
    pub units: &'a [u32],
    pub threshold: Threshold,
    pub containment: Containment,
    /// The fewest units of a document that may be linked by containment alone.
    pub least_units: u32,
}

/// Memory of a thread.
pub(super) struct JudgeScratch<'a> {
    readers: [StoryReader<'a>; 2],
    shingles: ShingleScratch,
    sets: [SetTable; 2],
    relate: RelateScratch,
}

impl<'a> Judge<'a> {
    /// Memory for one thread.
    pub(super) fn scratch(&self) -> JudgeScratch<'a> {
        JudgeScratch {
            readers: [self.texts.reader(), self.texts.reader()],
            shingles: ShingleScratch::default(),
            sets: Default::default(),
            relate: RelateScratch::default(),
        }
    }

    /// What node `a` is to node `b`.
    pub(super) fn judge(&self, a: u32, b: u32, scratch: &mut JudgeScratch<'_>) -> Result<Verdict> {
        let JudgeScratch { readers: [first, second], shingles, sets, relate } = scratch;
        let documents = [a, b].map(|node| self.nodes.first(node));
        let first = first.text(documents[0])?;
        let second = second.text(documents[1])?;
        // Most candidates fail here, at a tenth of what aligning them takes.
        for (set, text) in sets.iter_mut().zip([&first, &second]) {
            set.build(self.shingler.shingles(text, shingles).hashes);
        }
        let (shared, sizes) = (sets[0].overlap(&sets[1]), [sets[0].len(), sets[1].len()]);
        let is_near = jaccard(shared, sizes[0], sizes[1]) >= self.threshold.get();
        let is_judged = documents.iter().all(|document| self.units[document.index()] >= self.least_units);
        let is_contained = is_judged && containment(shared, sizes[0], sizes[1]) >= self.containment.get();
        if !is_near && !is_contained {
            return Ok(Verdict::Unlike);
        }
        let related = self.relater.relate(&first, &second, relate);
        Ok(match related.relation {
            Some(relation) if relation.links() => {
                let link = Link {
                    relation,
                    jaccard: related.jaccard,
                    contained: related.contained,
                    own: related.own(),
                };
                Verdict::Linked { link, exchanged: related.exchanged }
            }
            Some(Relation::Template) => Verdict::Template,
            _ => Verdict::Unlike,
        })
    }
}

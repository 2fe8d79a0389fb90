//! What two nodes are to one another, from their texts.

use super::nodes::Nodes;
use super::texts::{StoryReader, StoryTexts};
use super::window::Window;
use crate::error::Result;
use crate::params::{Containment, Threshold};
use crate::reuse::containment::Sampler;
use crate::reuse::known_shingles::KnownShingles;
use crate::reuse::own::OwnParts;
use crate::reuse::relation::{RelateScratch, Relater, Relation};
use crate::reuse::story::{Link, Provenance};
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::{SetTable, containment, jaccard};

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Neither similar nor contained.
    Unlike,
    /// Alike, but too far apart in time, and not near-exact.
    Far,
    /// Alike in what is form material, and not in what is their own.
    Form,
    /// The same form, other facts.
    Template,
    /// The same story, with so many facts exchanged for others.
    Linked { link: Link, exchanged: usize },
}

/// From this similarity on, texts are linked whatever time lies between them: a reprint of months later is the same text.
const NEAR_EXACT: f64 = 0.95;

/// What two documents of a corpus are as stories see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoryVerdict {
    /// Whether they are linked.
    pub is_linked: bool,
    /// Why, or why not.
    pub reason: String,
}

/// Compares the texts of two nodes.
pub(super) struct Judge<'a> {
    pub texts: StoryTexts<'a>,
    pub nodes: &'a Nodes,
    pub shingler: &'a Shingler,
    pub relater: &'a Relater,
    pub provenance: &'a Provenance,
    /// How close in time linked documents must lie that are not near-exact.
    pub window: Option<Window>,
    pub recurrence: &'a KnownShingles,
    pub sampler: &'a Sampler,
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
    own: OwnParts,
    relate: RelateScratch,
    /// Why the last pair is a template, if it is one.
    reason: String,
}

impl<'a> Judge<'a> {
    /// Memory for one thread.
    pub(super) fn scratch(&self) -> JudgeScratch<'a> {
        JudgeScratch {
            readers: [self.texts.reader(), self.texts.reader()],
            shingles: ShingleScratch::default(),
            sets: Default::default(),
            own: OwnParts::default(),
            relate: RelateScratch::default(),
            reason: String::new(),
        }
    }

    /// Whether two nodes are linked, and why.
    pub(super) fn verdict(&self, a: u32, b: u32) -> Result<StoryVerdict> {
        let is_same = a == b;
        let mut scratch = self.scratch();
        let verdict = self.judge(a, b, &mut scratch)?;
        let figures = scratch.own.figures();
        let reason = match verdict {
            Verdict::Unlike => format!("not alike: {figures}"),
            Verdict::Far => "alike, but too far apart in time".to_owned(),
            Verdict::Form => format!("a form: {figures}"),
            Verdict::Template => scratch.reason,
            Verdict::Linked { .. } if is_same => "the same words".to_owned(),
            Verdict::Linked { .. } => figures,
        };
        Ok(StoryVerdict { is_linked: matches!(verdict, Verdict::Linked { .. }), reason })
    }

    /// What node `a` is to node `b`.
    pub(super) fn judge(&self, a: u32, b: u32, scratch: &mut JudgeScratch<'_>) -> Result<Verdict> {
        let JudgeScratch { readers: [first, second], shingles, sets, own, relate, reason } = scratch;
        let documents = [a, b].map(|node| self.nodes.first(node));
        let first = first.text(documents[0])?;
        let second = second.text(documents[1])?;
        // Most candidates fail here, at a tenth of what aligning them takes.
        let mut known = Vec::with_capacity(2);
        for (side, text) in [&first, &second].into_iter().enumerate() {
            let hashes = self.shingler.shingles(text, shingles).hashes;
            sets[side].build(hashes);
            let samples = self.recurrence.of(hashes, self.sampler)?;
            own.set(side, self.sampler, hashes, |sample| samples.of(sample).how);
            known.push(samples);
        }
        let (shared, sizes) = (sets[0].overlap(&sets[1]), [sets[0].len(), sets[1].len()]);
        let similarity = jaccard(shared, sizes[0], sizes[1]);
        let is_near = similarity >= self.threshold.get();
        let is_judged = documents.iter().all(|document| self.units[document.index()] >= self.least_units);
        let is_contained = is_judged && containment(shared, sizes[0], sizes[1]) >= self.containment.get();
        let is_own = own.agree();
        let is_alike = is_near || is_contained || is_judged && is_own;
        if !is_alike {
            return Ok(Verdict::Unlike);
        }
        if similarity < NEAR_EXACT && !self.nodes.are_close(a, b, self.provenance, self.window) {
            return Ok(Verdict::Far);
        }
        // Versions of one page, saved in a row, have nothing of their own either.
        let is_version = is_near && own.agree_as_versions();
        // A text that is too short for samples has nothing of which it is known that it recurs.
        let is_known = own.is_known();
        if is_known && !is_own && !is_version {
            return Ok(Verdict::Form);
        }
        let [of_a, of_b] =
            [&known[0], &known[1]].map(|known| move |hash: u64| known.count(self.sampler, hash));
        let related = self.relater.relate_within(&first, &second, Some([&of_a, &of_b]), relate);
        if is_known && !is_own && related.exchanged > 0 {
            return Ok(Verdict::Form);
        }
        let relation = match related.relation {
            Some(relation) if relation.links() => relation,
            Some(Relation::Template) => {
                *reason = related.reason;
                return Ok(Verdict::Template);
            }
            _ if !is_own => return Ok(Verdict::Unlike),
            _ => match own.own() {
                [a, b] if a <= b => Relation::Excerpt,
                _ => Relation::Expansion,
            },
        };
        let (jaccard, contained) = (related.jaccard, related.contained);
        let link = Link { relation, jaccard, contained, own: related.own() };
        Ok(Verdict::Linked { link, exchanged: related.exchanged })
    }
}

//! Forms filled in with other facts, which `--keep-templates` does not take for repeats.

use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};

use super::recurring::{MOST_FORM_BYTES, RecurringShingles};
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::bounded::TemplateCount;
use crate::engine::plan::Plan;
use crate::error::Result;
use crate::output::TemplateFigures;
use crate::params::Containment;
use crate::reuse::align::Aligner;
use crate::reuse::credits::Credits;
use crate::reuse::own::OwnParts;
use crate::reuse::recurrence::Recurring;
use crate::reuse::relation::{RelateScratch, Relater, Relation};
use crate::select::Judgement;
use crate::shingle::{ShingleScratch, Shingler};

/// Kept documents of which a document is a template, after which no more are asked for it. In a family of forms each
/// is kept, and would otherwise be compared with every other.
const MOST_TEMPLATES: u8 = 32;

/// Facts that two forms of a burst have exchanged, at least. Versions of one page recur in a burst, too, and one of
/// them may correct a fact of another.
const LEAST_EXCHANGED_IN_BURST: usize = 2;

/// Tells templates from repeats.
///
/// A pair is a template by the rule for pairs and for families ([`Relater`]), or, as in stories, since what is no form
/// material of the one is mostly not that of the other.
pub(in crate::engine) struct Templates<'a> {
    documents: Documents<'a>,
    shingler: &'a Shingler,
    relater: Relater,
    recurring: &'a RecurringShingles,
    /// For each node, of how many kept ones it is a template.
    found: Vec<AtomicU8>,
}

impl<'a> Templates<'a> {
    /// For so many nodes, none judged yet.
    pub(in crate::engine) fn new(
        documents: Documents<'a>,
        plan: &'a Plan<'_>,
        recurring: &'a RecurringShingles,
        nodes: usize,
    ) -> Self {
        let matching = &plan.matching;
        let relater = Relater::new(
            &matching.text,
            matching.threshold,
            Containment::default(),
            Aligner::default(),
            Credits::default(),
        );
        let mut found = Vec::new();
        found.resize_with(nodes, AtomicU8::default);
        Self { documents, shingler: &plan.shingler, relater, recurring, found }
    }

    /// Whether two documents are the same form with other facts.
    pub(super) fn are_template(&self, a: DocumentId, b: DocumentId) -> Result<bool> {
        Ok(self.reason(a, b)?.is_some())
    }

    /// Why two documents are the same form with other facts, if they are. O(n log n) for n words in both.
    pub(in crate::engine) fn reason(&self, a: DocumentId, b: DocumentId) -> Result<Option<String>> {
        let (mut first, mut second) = (self.documents.reader(), self.documents.reader());
        let a = first.text(a)?;
        if a.len() > MOST_FORM_BYTES {
            return Ok(None);
        }
        let b = second.text(b)?;
        if b.len() > MOST_FORM_BYTES {
            return Ok(None);
        }
        // How two texts are aligned may depend on which comes first; what they are to one another must not.
        let (a, b) = if (a.len(), a) < (b.len(), b) { (b, a) } else { (a, b) };
        let mut shingles = [ShingleScratch::default(), ShingleScratch::default()];
        let [first, second] = &mut shingles;
        let made = [self.shingler.shingles(a, first), self.shingler.shingles(b, second)];
        let sampler = &self.recurring.sampler(made.each_ref().map(|made| made.identity.units));
        let known =
            [self.recurring.of(made[0].hashes, sampler)?, self.recurring.of(made[1].hashes, sampler)?];
        let mut own = OwnParts::default();
        for (side, made) in made.iter().enumerate() {
            own.set(side, sampler, made.hashes, |sample| match known[side].of(sample).how {
                // A text told often is untraced, too: there only the places at which copies differ tell.
                Recurring::Untraced => Recurring::Not,
                how => how,
            });
        }
        let [of_a, of_b] = known.each_ref().map(|known| move |hash: u64| known.count(sampler, hash));
        let related = self.relater.relate_within(a, b, Some([&of_a, &of_b]), &mut RelateScratch::default());
        if related.relation == Some(Relation::Template) {
            return Ok(Some(related.reason));
        }
        // Copies that are cut or put together otherwise have nothing of their own but the seams, and exchange nothing.
        let least_exchanged = if own.agree_as_versions() { LEAST_EXCHANGED_IN_BURST } else { 1 };
        let is_form = own.is_known() && own.disagree() && related.exchanged >= least_exchanged;
        Ok(is_form.then(|| format!("a form: {}", own.figures())))
    }

    /// What to make of a node that is similar to a kept one. Only one thread at a time may ask for a node.
    pub(super) fn judge(&self, node: u32, document: DocumentId, kept: DocumentId) -> Result<Judgement> {
        let found = &self.found[node as usize];
        if found.load(Ordering::Relaxed) >= MOST_TEMPLATES {
            return Ok(Judgement::Enough);
        }
        if !self.are_template(kept, document)? {
            return Ok(Judgement::Repeat);
        }
        found.fetch_add(1, Ordering::Relaxed);
        Ok(Judgement::Apart)
    }

    /// Of how many kept nodes each of some nodes was found to be a template, those of none left out.
    pub(super) fn found(&self, nodes: Range<u32>) -> impl Iterator<Item = TemplateCount> {
        let found = nodes.map(|node| (node, self.found[node as usize].load(Ordering::Relaxed)));
        found.filter(|&(_, kept)| kept > 0).map(|(node, kept)| TemplateCount { node, kept: kept.into() })
    }

    /// Goes on where an earlier run stopped.
    pub(super) fn restore(&self, found: &[TemplateCount]) {
        for &TemplateCount { node, kept } in found {
            let kept = u8::try_from(kept).unwrap_or(MOST_TEMPLATES);
            self.found[node as usize].store(kept, Ordering::Relaxed);
        }
    }

    /// The figures, once all nodes are decided.
    pub(super) fn figures(&self, is_kept: impl Fn(u32) -> bool) -> TemplateFigures {
        let kept = (0u32..).zip(&self.found).filter(|&(node, _)| is_kept(node));
        let found: Vec<u8> = kept.map(|(_, found)| found.load(Ordering::Relaxed)).collect();
        let count = |least: u8| found.iter().filter(|&&found| found >= least).count() as u64;
        TemplateFigures {
            kept_apart: count(1),
            most_compared: MOST_TEMPLATES.into(),
            bounded: count(MOST_TEMPLATES),
        }
    }
}

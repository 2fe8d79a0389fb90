//! Forms filled in with other facts, which `--keep-templates` does not take for repeats.

use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::bounded::TemplateCount;
use crate::engine::plan::Matching;
use crate::error::Result;
use crate::output::TemplateFigures;
use crate::params::Containment;
use crate::reuse::align::Aligner;
use crate::reuse::credits::Credits;
use crate::reuse::relation::{RelateScratch, Relater, Relation};
use crate::select::Judgement;

/// Kept documents of which a document is a template, after which no more are asked for it. In a family of forms each
/// is kept, and would otherwise be compared with every other.
const MOST_TEMPLATES: u8 = 32;

/// Longer texts are no forms, and not aligned, which takes some hundred bytes a word.
pub(in crate::engine) const MOST_FORM_BYTES: usize = 256 << 10;

/// Tells templates from repeats.
pub(super) struct Templates<'a> {
    documents: Documents<'a>,
    relater: Relater,
    /// For each node, of how many kept ones it is a template.
    found: Vec<AtomicU8>,
}

impl<'a> Templates<'a> {
    /// For so many nodes, none judged yet.
    pub(super) fn new(documents: Documents<'a>, matching: &Matching, nodes: usize) -> Self {
        let relater = Relater::new(
            &matching.text,
            matching.threshold,
            Containment::default(),
            Aligner::default(),
            Credits::default(),
        );
        let mut found = Vec::new();
        found.resize_with(nodes, AtomicU8::default);
        Self { documents, relater, found }
    }

    /// Whether two documents are the same form with other facts. O(n log n) for n words in both.
    pub(super) fn are_template(&self, a: DocumentId, b: DocumentId) -> Result<bool> {
        let (mut first, mut second) = (self.documents.reader(), self.documents.reader());
        let a = first.text(a)?;
        if a.len() > MOST_FORM_BYTES {
            return Ok(false);
        }
        let b = second.text(b)?;
        if b.len() > MOST_FORM_BYTES {
            return Ok(false);
        }
        let related = self.relater.relate(a, b, &mut RelateScratch::default());
        Ok(related.relation == Some(Relation::Template))
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

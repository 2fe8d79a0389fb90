//! Sketches to decisions: fold, bucket, verify, choose.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use super::fold::Folded;
use super::node_shingles::NodeShingles;
use super::order::Order;
use super::recurring::RecurringShingles;
use super::templates::Templates;
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::bounded::{DecisionJournal, EarlierDecisions, Storage};
use crate::engine::ingest::Sketches;
use crate::engine::observer::{Progress, Stage};
use crate::engine::plan::{Comparing, Plan, TemplateRule};
use crate::error::Result;
use crate::lsh::{Candidates, Scope};
use crate::output::TemplateFigures;
use crate::select::{Relation, Removal, Removed, Selector};
use crate::sketch::Signatures;

/// The removals, and counts of how they were found.
pub(in crate::engine) struct Decisions {
    /// The removals, in corpus order.
    pub removals: Vec<Removal>,
    /// Members of the largest bucket.
    pub largest_bucket: u64,
    /// Pairs that shared a bucket and agreed in enough slots.
    pub candidate_pairs: u64,
    /// Distinct documents in buckets too large to be paired, which the exact index took over.
    pub crowded: u64,
    /// Whether each of these was compared with all that stayed, not only with those that share a rare shingle.
    pub compared_as_wholes: bool,
    /// Templates kept apart, if templates are kept.
    pub templates: Option<TemplateFigures>,
}

/// Decided nodes, with all that they were decided by.
pub(in crate::engine) struct Decided<'a> {
    pub(super) documents: Documents<'a>,
    pub(super) plan: &'a Plan<'a>,
    pub(super) folded: Folded,
    pub(super) signatures: Signatures,
    pub(super) found: Candidates,
    /// The nodes that are removed, ascending.
    pub(super) removed: Vec<Removed>,
    inputs: usize,
    compared_as_wholes: bool,
    templates: Option<TemplateFigures>,
    recurring: Option<RecurringShingles>,
}

/// Decides all documents of the inputs. What an earlier run decided, as far as `storage` knows of it, is not decided
/// again.
pub(in crate::engine) fn decide<'a>(
    documents: Documents<'a>,
    sketches: Sketches,
    order: &Order,
    plan: &'a Plan<'a>,
    storage: &mut Storage,
) -> Result<Decided<'a>> {
    let count = order.documents().len();
    let parts = storage.fold_parts(count);
    let sources = order.sources().filter(|_| plan.comparing.needs_sources());
    let (folded, signatures) = Folded::new(sketches, order.documents(), sources, parts)?;
    let nodes = &folded.documents;
    // Decided first, a reference stands for its node whatever equals it.
    let references = nodes.partition_point(|&document| document as usize >= order.inputs());
    let mut scope = Scope::pinned(references as u32);
    if let Some(sources) = sources {
        let of_nodes = nodes.iter().map(|&document| sources[document as usize]).collect();
        scope = match plan.comparing {
            Comparing::WithinSources => scope.within(of_nodes),
            _ => scope.across(of_nodes),
        };
    }
    if let Some(equals) = folded.equals() {
        scope = scope.with_equals(equals.to_vec());
    }
    let found = storage.candidates(scope, &signatures, nodes, count, plan)?;
    let recurring = match plan.matching.templates {
        TemplateRule::Keep => Some(RecurringShingles::new(documents, plan, storage)?),
        TemplateRule::Remove => None,
    };
    let templates =
        recurring.as_ref().map(|recurring| Templates::new(documents, plan, recurring, nodes.len()));
    let source = NodeShingles::new(documents, &plan.shingler, nodes, storage.sets(count))
        .with_templates(templates.as_ref());
    let progress = Progress::begin(plan.observer, Stage::Select, nodes.len() as u64);
    let limit = storage.index_limit(count);
    let charge = |bytes| limit.check(bytes);
    let selection = plan.matching.selection();
    let selector = Selector::new(&found, &signatures, nodes, selection, &source, &charge, &progress)?;
    let compared_as_wholes = selector.compares_wholes();
    let removed = decide_all(selector, nodes.len(), &source, &progress, storage.journal()?)?;
    let templates = templates.as_ref().map(|templates| {
        templates.figures(|node| removed.binary_search_by_key(&node, |repeat| repeat.node).is_err())
    });
    let inputs = order.inputs();
    Ok(Decided {
        documents,
        plan,
        folded,
        signatures,
        found,
        removed,
        inputs,
        compared_as_wholes,
        templates,
        recurring,
    })
}

impl Decided<'_> {
    /// The decisions about documents.
    pub(in crate::engine) fn decisions(&self) -> Decisions {
        let Self { folded, found, removed, compared_as_wholes, templates, .. } = self;
        Decisions {
            removals: removals(folded, removed, self.plan.comparing, self.inputs as u32),
            largest_bucket: found.largest_bucket as u64,
            candidate_pairs: found.pairs.len(),
            crowded: found.crowded.iter().filter(|&&crowded| crowded).count() as u64,
            compared_as_wholes: *compared_as_wholes,
            templates: *templates,
        }
    }

    /// What recurs among the documents, if templates are kept; all else is let go.
    pub(in crate::engine) fn into_recurring(self) -> Option<RecurringShingles> {
        self.recurring
    }
}

/// Runs the selection, block by block, from where an earlier run stopped.
fn decide_all(
    mut selector: Selector<'_, NodeShingles<'_>>,
    nodes: usize,
    source: &NodeShingles<'_>,
    progress: &Progress<'_>,
    mut journal: DecisionJournal<'_>,
) -> Result<Vec<Removed>> {
    let mut removed = Vec::new();
    if let Some(EarlierDecisions { state, removed: earlier, templates }) = journal.earlier()? {
        removed = earlier;
        selector.restore(state, &removed)?;
        source.templates().inspect(|found| found.restore(&templates));
    }
    let mut decided = 0;
    loop {
        progress.advance(selector.decided() - decided)?;
        decided = selector.decided();
        let start = removed.len();
        let is_done = !selector.decide_block(&mut removed)?;
        source.check()?;
        let of_block = decided as u32..selector.decided() as u32;
        let found: Vec<_> =
            source.templates().into_iter().flat_map(|all| all.found(of_block.clone())).collect();
        journal.add(&removed[start..], &found, selector.state(), is_done)?;
        if is_done {
            progress.advance(nodes as u64 - decided)?;
            return Ok(removed);
        }
    }
}

/// Carries the decisions about nodes over to the first so many documents.
fn removals(folded: &Folded, removed: &[Removed], comparing: Comparing, documents: u32) -> Vec<Removal> {
    let mut is_kept = vec![true; folded.documents.len()];
    for repeat in removed {
        is_kept[repeat.node as usize] = false;
    }
    let decide = |document: DocumentId| {
        let node = folded.node_of(document)?;
        if is_kept[node as usize] {
            if comparing == Comparing::AcrossSources {
                // A node stands for documents of one source. A copy from another one is a node of its own.
                return None;
            }
            let by = folded.document_of(node);
            let exact =
                Removal { document, by, similarity: 1.0, relation: Relation::Exact, containment: None };
            return (by != document).then_some(exact);
        }
        let place = removed.binary_search_by_key(&node, |repeat| repeat.node).ok()?;
        let Removed { by, similarity, .. } = removed[place];
        let relation = if folded.are_equal(node, by) { Relation::Exact } else { Relation::Near };
        Some(Removal { document, by: folded.document_of(by), similarity, relation, containment: None })
    };
    (0..documents).filter_map(|document| decide(DocumentId(document))).collect()
}

//! Excerpts: kept documents that a larger kept one contains.
//!
//! From the largest down, a kept document A is removed if a larger document B that stays contains it to at least the
//! containment asked for, and contains every document that was removed because of A as well; otherwise A stays. So a
//! cluster goes as a whole or stays as a whole, and every removal names a kept document that has so much of it.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::node_shingles::NodeShingles;
use super::templates::Templates;
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::bounded::SetAllowance;
use crate::engine::observer::{Progress, Stage};
use crate::engine::plan::{Plan, TemplateRule};
use crate::error::Result;
use crate::output::ExcerptFigures;
use crate::params::{Containment, Recall, Shingling};
use crate::reuse::containment::{
    ContainedPair, ContainmentSearch, Excerpt, LEAST_PARAGRAPH_UNITS, Paragraphs, Sampler, Samples,
    candidates, candidates_by_paragraphs, excerpts,
};
use crate::select::{Relation, Removal};

/// A sampler for excerpts of at least this containment.
pub(in crate::engine) fn sampler(
    containment: Containment,
    recall: Recall,
    shingling: Shingling,
) -> Result<Sampler> {
    let search = ContainmentSearch { containment, recall, ..Default::default() };
    // Shorter documents have no shingle of full width.
    let least_units = search.least_units.max(shingling.width() as u32);
    Sampler::new(ContainmentSearch { least_units, ..search }, shingling)
}

/// What the excerpt stage knows of every document.
pub(in crate::engine) struct Sampled<'a> {
    pub sampler: &'a Sampler,
    /// Sampled shingles of each.
    pub samples: Samples,
    /// Hashes of the lines of each.
    pub paragraphs: Paragraphs,
    /// Number of words of each.
    pub units: Vec<u32>,
}

impl Sampled<'_> {
    /// Removes excerpts: `kept` lists the documents kept so far in priority order, behind them those of references, which
    /// stay; `removals` the removals in corpus order. Returns all removals, in corpus order, each naming a document that stays.
    pub(in crate::engine) fn remove(
        &self,
        texts: Documents<'_>,
        plan: &Plan<'_>,
        sets: SetAllowance,
        kept: &[DocumentId],
        removals: &[Removal],
    ) -> Result<(Vec<Removal>, ExcerptFigures)> {
        let progress = Progress::begin(plan.observer, Stage::Excerpts, kept.len() as u64);
        let search = self.sampler.search();
        let mut documents: Vec<u32> = kept.iter().map(|document| document.0).collect();
        let mut found = candidates(&self.samples, &documents, self.sampler, &progress)?;
        progress.advance(0)?;
        let units_of = |&document: &u32| self.units[document as usize];
        let mut units: Vec<u32> = documents.iter().map(units_of).collect();
        let mut by_paragraphs = candidates_by_paragraphs(&self.paragraphs, &documents, &units, search);
        let is_reference = |node: u32| kept[node as usize].index() >= texts.inputs();
        leave_out_references([&mut found.pairs, &mut by_paragraphs], is_reference);
        let paragraph_pairs = by_paragraphs.len() as u64;
        found.pairs.extend(by_paragraphs);
        progress.advance(0)?;
        let members = NearMembers::new(removals, kept.len());
        let near = members.near.iter().map(|removal| removal.document.0);
        documents.extend(near);
        units.extend(documents[kept.len()..].iter().map(units_of));
        let source = NodeShingles::new(texts, &plan.shingler, &documents, sets);
        let refused = Mutex::new(Vec::new());
        let templates =
            (plan.matching.templates == TemplateRule::Keep).then(|| Templates::new(texts, &plan.matching, 0));
        let failure = Mutex::new(None);
        let is_template = |node: u32, by: u32| {
            let Some(templates) = &templates else { return false };
            let [document, by] = [node, by].map(|node| DocumentId(documents[node as usize]));
            templates.are_template(by, document).unwrap_or_else(|error| {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                true
            })
        };
        let compared = Mutex::new(BTreeMap::new());
        let admits = |node: u32, by: u32, compare: &mut dyn FnMut(u32) -> ContainedPair| {
            if is_reference(node) {
                return false;
            }
            let all = !is_template(node, by)
                && members.of(kept[node as usize]).all(|member| {
                    if units[member as usize] > units[by as usize] {
                        return false;
                    }
                    let pair = compare(member);
                    let contained = (pair.containment_of(member), pair.jaccard());
                    compared.lock().unwrap_or_else(PoisonError::into_inner).insert((member, by), contained);
                    contained.0 >= search.containment.get() && !is_template(member, by)
                });
            if !all {
                refused.lock().unwrap_or_else(PoisonError::into_inner).push((node, by));
            }
            all
        };
        let excerpts = excerpts(&found, search, &units, &source, &admits, &progress)?;
        source.check()?;
        failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)?;
        let went: BTreeMap<DocumentId, Excerpt> =
            excerpts.iter().map(|excerpt| (kept[excerpt.node as usize], *excerpt)).collect();
        let compared = compared.into_inner().unwrap_or_else(PoisonError::into_inner);
        let renamed = |removal: &Removal| {
            let Some(&Excerpt { by, mut containment, jaccard: mut similarity, .. }) = went.get(&removal.by)
            else {
                return *removal;
            };
            // An exact copy is contained as what it copies is.
            if removal.relation != Relation::Exact {
                (containment, similarity) = compared[&(members.node(removal), by)];
            }
            let (by, relation) = (kept[by as usize], Relation::Excerpt);
            Removal { by, similarity, relation, containment: Some(containment), ..*removal }
        };
        let mut all: Vec<Removal> = removals.par_iter().map(renamed).collect();
        all.extend(excerpts.iter().map(|&Excerpt { node, by, containment, jaccard }| Removal {
            document: kept[node as usize],
            by: kept[by as usize],
            similarity: jaccard,
            relation: Relation::Excerpt,
            containment: Some(containment),
        }));
        all.par_sort_unstable_by_key(|removal| removal.document);
        // A refusal counts if both stayed.
        let went = |node: u32| went.contains_key(&kept[node as usize]);
        let mut held_back: Vec<u32> = refused
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .into_iter()
            .filter(|&(node, by)| !went(node) && !went(by))
            .map(|(node, _)| node)
            .collect();
        held_back.sort_unstable();
        held_back.dedup();
        let figures = ExcerptFigures {
            containment: search.containment.get(),
            least_words: search.least_units,
            least_words_by_paragraph: LEAST_PARAGRAPH_UNITS,
            predicted_recall: search.recall.get(),
            sampled_share: self.sampler.rate(),
            candidate_pairs: found.pairs.len() as u64 - paragraph_pairs,
            paragraph_pairs,
            frequent_shingles: found.frequent_shingles,
            exact_lookups: found.crowded.len() as u64,
            held_back: held_back.len() as u64,
        };
        progress.advance(kept.len() as u64)?;
        Ok((all, figures))
    }
}

/// Leaves pairs of which one at least is of the inputs: references are never compared with each other.
fn leave_out_references(lists: [&mut Vec<(u32, u32)>; 2], is_reference: impl Fn(u32) -> bool) {
    for pairs in lists {
        pairs.retain(|&(a, b)| !is_reference(a) || !is_reference(b));
    }
}

/// The near-duplicates removed because of each kept document. They are nodes behind those of the kept documents.
struct NearMembers<'a> {
    /// By the document that they were removed for, then in corpus order.
    near: Vec<&'a Removal>,
    first_node: usize,
}

impl<'a> NearMembers<'a> {
    fn new(removals: &'a [Removal], first_node: usize) -> Self {
        // An exact copy is contained where the document that it copies is.
        let mut near: Vec<&Removal> = removals.iter().filter(|r| r.relation != Relation::Exact).collect();
        near.par_sort_unstable_by_key(|removal| (removal.by, removal.document));
        Self { near, first_node }
    }

    /// The nodes removed because of a document.
    fn of(&self, document: DocumentId) -> impl Iterator<Item = u32> {
        let start = self.near.partition_point(|removal| removal.by < document);
        let count = self.near[start..].iter().take_while(|removal| removal.by == document).count();
        (start..start + count).map(|place| (self.first_node + place) as u32)
    }

    /// The node of a near-duplicate that was removed.
    fn node(&self, removal: &Removal) -> u32 {
        let key = (removal.by, removal.document);
        (self.first_node + self.near.partition_point(|other| (other.by, other.document) < key)) as u32
    }
}

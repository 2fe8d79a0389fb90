//! Excerpts: kept documents that a larger kept one contains; or the larger, where the smaller is of a preferred source.
//!
//! From the largest down, a kept document A is removed if a larger document B that stays contains it to at least the
//! containment asked for, and contains every document that was removed because of A as well; otherwise A stays. So a
//! cluster goes as a whole or stays as a whole, and every removal names a kept document that has so much of it. Where sources
//! are preferred before all else, documents of a more preferred one come first, and a larger document goes as an expansion of
//! such a one that it contains.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::node_shingles::NodeShingles;
use super::recurring::RecurringShingles;
use super::templates::Templates;
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::bounded::Storage;
use crate::engine::observer::{Progress, Stage};
use crate::engine::plan::Plan;
use crate::error::Result;
use crate::output::ExcerptFigures;
use crate::params::{Containment, Recall, Shingling};
use crate::reuse::containment::{
    ContainedPair, ContainmentCandidates, ContainmentSearch, Excerpt, ExcerptOrder, LEAST_PARAGRAPH_UNITS,
    Paragraphs, Preference, Sampler, Samples, SizeOrder, SpilledCandidates, SpilledKeys, candidates,
    candidates_by_paragraphs, excerpts, excerpts_within,
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

/// What candidates are found by.
pub(in crate::engine) enum ExcerptKeys {
    Memory {
        /// Sampled shingles of each document.
        samples: Samples,
        /// Hashes of the lines of each.
        lines: Paragraphs,
    },
    Files(Box<SpilledKeys>),
}

/// What the excerpt stage knows of every document.
pub(in crate::engine) struct Sampled<'a> {
    pub sampler: &'a Sampler,
    pub keys: ExcerptKeys,
    /// Number of words of each.
    pub units: Vec<u32>,
}

/// Candidates in memory, or in work files.
enum FoundCandidates {
    Memory { found: ContainmentCandidates, line_pairs: u64 },
    Files { found: Box<SpilledCandidates>, order: SizeOrder },
}

impl FoundCandidates {
    /// Pairs by samples, and by paragraphs.
    fn pairs(&self) -> (u64, u64) {
        match self {
            Self::Memory { found, line_pairs } => (found.pairs.len() as u64 - line_pairs, *line_pairs),
            Self::Files { found, .. } => (found.sample_pairs, found.line_pairs),
        }
    }

    /// Shingles that were not looked up, and the documents that have one.
    fn frequent(&self) -> (u64, usize) {
        match self {
            Self::Memory { found, .. } => (found.frequent_shingles, found.crowded.len()),
            Self::Files { found, .. } => (found.frequent_shingles, found.crowded.len()),
        }
    }
}

impl Sampled<'_> {
    /// The candidates among documents of so many words each, decided about in this order.
    fn candidates(
        &self,
        documents: &[u32],
        (units, order): (&[u32], ExcerptOrder<'_>),
        storage: &Storage,
        progress: &Progress<'_>,
    ) -> Result<FoundCandidates> {
        let search = self.sampler.search();
        let all = self.units.len();
        match &self.keys {
            ExcerptKeys::Files(keys) => {
                let files =
                    storage.excerpt_files(all).expect("keys are in work files where the run has a limit");
                let order = SizeOrder::new(order);
                let (nodes, sizes) = ((documents, all), (&order, units));
                let found = SpilledCandidates::new(keys, nodes, sizes, self.sampler, files, progress)?;
                Ok(FoundCandidates::Files { found: Box::new(found), order })
            }
            ExcerptKeys::Memory { samples, lines } => {
                let mut found = candidates(samples, documents, self.sampler, progress)?;
                progress.advance(0)?;
                let by_lines = candidates_by_paragraphs(lines, documents, units, search);
                let line_pairs = by_lines.len() as u64;
                found.pairs.extend(by_lines);
                Ok(FoundCandidates::Memory { found, line_pairs })
            }
        }
    }

    /// How excerpts were looked for.
    fn figures(&self, found: &FoundCandidates, held_back: u64) -> ExcerptFigures {
        let ((candidate_pairs, paragraph_pairs), (frequent_shingles, exact_lookups)) =
            (found.pairs(), found.frequent());
        let search = self.sampler.search();
        ExcerptFigures {
            containment: search.containment.get(),
            least_words: search.least_units,
            least_words_by_paragraph: LEAST_PARAGRAPH_UNITS,
            predicted_recall: search.recall.get(),
            sampled_share: self.sampler.rate(),
            candidate_pairs,
            paragraph_pairs,
            frequent_shingles,
            exact_lookups: exact_lookups as u64,
            held_back,
        }
    }

    /// Which of the candidates go.
    fn decided(
        &self,
        found: &FoundCandidates,
        storage: &Storage,
        in_order: ExcerptOrder<'_>,
        source: &NodeShingles<'_>,
        admits: &(impl Fn(u32, u32, &mut dyn FnMut(u32) -> ContainedPair) -> bool + Sync),
        progress: &Progress<'_>,
    ) -> Result<Vec<Excerpt>> {
        let search = self.sampler.search();
        match found {
            FoundCandidates::Memory { found, .. } => {
                excerpts(found, search, in_order, source, admits, progress)
            }
            FoundCandidates::Files { found, order } => {
                let limit = storage.excerpt_index_limit(self.units.len());
                let charge = |bytes| limit.check(bytes);
                let (crowded, pairs) = (&found.crowded, found.pairs()?);
                excerpts_within(order, crowded, pairs, &charge, search, in_order, source, admits, progress)
            }
        }
    }

    /// Removes excerpts: `kept` lists the documents kept so far in priority order, behind them those of references, which
    /// stay; `preference` says which of them stay rather than larger ones; `removals` the removals in corpus order. Returns all
    /// removals, in corpus order, each naming a document that stays.
    pub(in crate::engine) fn remove(
        &self,
        texts: Documents<'_>,
        plan: &Plan<'_>,
        storage: &Storage,
        recurring: Option<&RecurringShingles>,
        (kept, preference): (&[DocumentId], &Preference),
        mut removals: Vec<Removal>,
    ) -> Result<(Vec<Removal>, ExcerptFigures)> {
        let progress = Progress::begin(plan.observer, Stage::Excerpts, kept.len() as u64);
        let search = self.sampler.search();
        let mut documents: Vec<u32> = kept.iter().map(|document| document.0).collect();
        let units_of = |&document: &u32| self.units[document as usize];
        let mut units: Vec<u32> = documents.iter().map(units_of).collect();
        let order = ExcerptOrder::by_size(&units).preferring(preference);
        let found = self.candidates(&documents, (&units, order), storage, &progress)?;
        let is_reference = |node: u32| kept[node as usize].index() >= texts.inputs();
        progress.advance(0)?;
        let members = NearMembers::new(&removals, kept.len());
        documents.extend(members.near.iter().map(|&place| removals[place as usize].document.0));
        units.extend(documents[kept.len()..].iter().map(units_of));
        let order = ExcerptOrder::by_size(&units).preferring(preference);
        let source = NodeShingles::new(texts, &plan.shingler, &documents, storage.sets(self.units.len()));
        let refused = Mutex::new(Vec::new());
        let templates = recurring.map(|recurring| Templates::new(texts, plan, recurring, 0));
        let failure = Mutex::new(None);
        let is_template = |node: u32, by: u32| {
            let Some(templates) = &templates else { return false };
            let [document, by] = [node, by].map(|node| DocumentId(documents[node as usize]));
            templates.are_template(by, document).unwrap_or_else(|error| {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                true
            })
        };
        let compared = Mutex::new(Vec::new());
        let admits = |node: u32, by: u32, compare: &mut dyn FnMut(u32) -> ContainedPair| {
            if is_reference(node) {
                return false;
            }
            // No member is of a more preferred source than the kept one: where that may go for a smaller one, they may.
            let goes_for_smaller = order.relation(node, by) == Some(Relation::Expansion);
            let mut of_members = Vec::new();
            let all = !is_template(node, by)
                && members.of(&removals, kept[node as usize]).all(|member| {
                    let relation = match order.relation(member, by) {
                        Some(relation) if goes_for_smaller || relation == Relation::Excerpt => relation,
                        _ => return false,
                    };
                    let pair = compare(member);
                    let contained = if relation == Relation::Excerpt { member } else { by };
                    let (containment, jaccard) = (pair.containment_of(contained), pair.jaccard());
                    of_members.push(ComparedMember { member, by, relation, containment, jaccard });
                    containment >= search.containment.get() && !is_template(member, by)
                });
            if all {
                compared.lock().unwrap_or_else(PoisonError::into_inner).extend(of_members);
            } else {
                refused.lock().unwrap_or_else(PoisonError::into_inner).push((node, by));
            }
            all
        };
        let excerpts = self.decided(&found, storage, order, &source, &admits, &progress)?;
        source.check()?;
        failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)?;
        // What goes, by document, and its place in `excerpts`.
        let mut went: Vec<(DocumentId, u32)> =
            (0..).zip(&excerpts).map(|(place, excerpt)| (kept[excerpt.node as usize], place)).collect();
        went.par_sort_unstable();
        let gone_for = |document: DocumentId| {
            let place = went.binary_search_by_key(&document, |&(document, _)| document).ok()?;
            Some(&excerpts[went[place].1 as usize])
        };
        let compared = compared.into_inner().unwrap_or_else(PoisonError::into_inner);
        let changes = renamed(&removals, &members, compared, kept, gone_for);
        drop(members);
        for (place, removal) in changes {
            removals[place as usize] = removal;
        }
        removals.reserve_exact(excerpts.len());
        removals.extend(excerpts.iter().map(|&Excerpt { node, by, relation, containment, jaccard }| {
            Removal {
                document: kept[node as usize],
                by: kept[by as usize],
                similarity: jaccard,
                relation,
                containment: Some(containment),
            }
        }));
        removals.par_sort_unstable_by_key(|removal| removal.document);
        // A refusal counts if both stayed.
        let went = |node: u32| gone_for(kept[node as usize]).is_some();
        let mut held_back: Vec<u32> = refused
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .into_iter()
            .filter(|&(node, by)| !went(node) && !went(by))
            .map(|(node, _)| node)
            .collect();
        held_back.sort_unstable();
        held_back.dedup();
        let figures = self.figures(&found, held_back.len() as u64);
        progress.advance(kept.len() as u64)?;
        Ok((removals, figures))
    }
}

/// The removals, by place, whose kept document went as an excerpt: they name the one that it went for. `gone_for` finds
/// the excerpt that a document is.
fn renamed<'e>(
    removals: &[Removal],
    members: &NearMembers,
    mut compared: Vec<ComparedMember>,
    kept: &[DocumentId],
    gone_for: impl Fn(DocumentId) -> Option<&'e Excerpt> + Sync,
) -> Vec<(u32, Removal)> {
    compared.par_sort_unstable_by_key(|one| (one.member, one.by));
    let change = |place: u32| {
        let removal = &removals[place as usize];
        let &Excerpt { by, mut relation, mut containment, jaccard: mut similarity, .. } =
            gone_for(removal.by)?;
        // An exact copy is contained as what it copies is.
        if removal.relation != Relation::Exact {
            let key = (members.node(removals, removal), by);
            let place = compared.binary_search_by_key(&key, |one| (one.member, one.by)).ok();
            let one = place.map(|place| compared[place]).expect("a member that goes was compared");
            (relation, containment, similarity) = (one.relation, one.containment, one.jaccard);
        }
        let by = kept[by as usize];
        Some((place, Removal { by, similarity, relation, containment: Some(containment), ..*removal }))
    };
    (0..removals.len() as u32).into_par_iter().filter_map(change).collect()
}

/// A near-duplicate, compared with a document that may take it along.
#[derive(Clone, Copy)]
struct ComparedMember {
    member: u32,
    by: u32,
    relation: Relation,
    containment: f64,
    jaccard: f64,
}

/// The near-duplicates removed because of each kept document. They are nodes behind those of the kept documents.
struct NearMembers {
    /// Their places among the removals: by the document that they were removed for, then in corpus order.
    near: Vec<u32>,
    first_node: usize,
}

impl NearMembers {
    fn new(removals: &[Removal], first_node: usize) -> Self {
        // An exact copy is contained where the document that it copies is.
        let is_near = |&place: &u32| removals[place as usize].relation != Relation::Exact;
        let mut near: Vec<u32> = (0..removals.len() as u32).filter(is_near).collect();
        near.par_sort_unstable_by_key(|&place| Self::key(removals, place));
        Self { near, first_node }
    }

    fn key(removals: &[Removal], place: u32) -> (DocumentId, DocumentId) {
        let removal = &removals[place as usize];
        (removal.by, removal.document)
    }

    /// The nodes removed because of a document.
    fn of(&self, removals: &[Removal], document: DocumentId) -> impl Iterator<Item = u32> {
        let by = |place: u32| removals[place as usize].by;
        let start = self.near.partition_point(|&place| by(place) < document);
        let count = self.near[start..].iter().take_while(|&&place| by(place) == document).count();
        (start..start + count).map(|place| (self.first_node + place) as u32)
    }

    /// The node of a near-duplicate that was removed.
    fn node(&self, removals: &[Removal], removal: &Removal) -> u32 {
        let key = (removal.by, removal.document);
        (self.first_node + self.near.partition_point(|&place| Self::key(removals, place) < key)) as u32
    }
}

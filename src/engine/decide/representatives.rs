//! How many documents of a cluster stay: one, some of each source, or none.
//!
//! Clusters are decided before, as if one document of each stayed. So whoever asks for more loses nothing else for it:
//! the documents that stay are those that would have, and some more.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use rayon::prelude::*;

use super::order::Order;
use crate::document::DocumentId;
use crate::engine::plan::Representatives;
use crate::select::{Removal, Removals};

impl Representatives {
    /// What becomes of documents that repeat another; `removals`, in corpus order, leave one of each cluster. O(n log n).
    pub(in crate::engine) fn of(self, removals: Vec<Removal>, order: &Order) -> Removals {
        match self {
            Self::One => Removals::of(removals),
            Self::PerSource(most) => per_source(removals, order, most.get()),
            Self::Nobody => nobody(removals, order.inputs() as u32),
        }
    }
}

/// A document that repeats an input document. Sorted, those of one cluster and source stand together, in priority order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SourceMember {
    by: DocumentId,
    source: u32,
    /// Its place in the order of decisions.
    priority: u32,
}

fn per_source(removals: Vec<Removal>, order: &Order, most: u32) -> Removals {
    let sources = order.sources().expect("sources are kept of documents where they matter");
    let source = |document: DocumentId| sources[document.index()];
    let place_of = |priority: u32| {
        let document = DocumentId(order.documents()[priority as usize]);
        removals.binary_search_by_key(&document, |removal| removal.document).ok()
    };
    let member = |priority: u32| {
        let &Removal { document, by, .. } = &removals[place_of(priority)?];
        // What repeats a reference goes whatever its source.
        (by.index() < order.inputs()).then(|| SourceMember { by, source: source(document), priority })
    };
    let mut members: Vec<SourceMember> =
        (0..order.documents().len() as u32).into_par_iter().filter_map(member).collect();
    members.par_sort_unstable();
    let mut stays = vec![false; removals.len()];
    for group in members.chunk_by(|a, b| (a.by, a.source) == (b.by, b.source)) {
        let SourceMember { by, source: of_group, .. } = group[0];
        let more = most - u32::from(source(by) == of_group);
        for place in group.iter().take(more as usize).filter_map(|member| place_of(member.priority)) {
            stays[place] = true;
        }
    }
    drop(members);
    let spared =
        removals.iter().zip(&stays).filter(|&(_, &stays)| stays).map(|(removal, _)| *removal).collect();
    let mut stays = stays.into_iter();
    let mut removed = removals;
    removed.retain(|_| stays.next() == Some(false));
    Removals { spared, ..Removals::of(removed) }
}

/// References stay, whatever repeats them; of other clusters nothing does.
fn nobody(removals: Vec<Removal>, inputs: u32) -> Removals {
    let mut decided = Removals::of(removals);
    let mut closest: Vec<Removal> = Vec::new();
    for cluster in decided.clusters() {
        if cluster.representative.0 >= inputs {
            continue;
        }
        // Of several that are as like it, the first.
        let likest = cluster.removals.iter().rev().max_by(|a, b| a.similarity.total_cmp(&b.similarity));
        closest.extend(likest.map(|&&removal| Removal {
            document: removal.by,
            by: removal.document,
            relation: removal.relation.reversed(),
            ..removal
        }));
    }
    decided.representatives = closest.iter().map(|removal| removal.document).collect();
    decided.removed.extend(closest);
    decided.removed.par_sort_unstable_by_key(|removal| removal.document);
    decided
}

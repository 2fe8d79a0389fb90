//! What is wrong with a set of kept documents: copies that are left, originals that are lost.

use super::side::{OrderedPair, Side, pairs_of};
use crate::components::Components;

/// Counts of a labelled cluster, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KeptCounts {
    /// Documents.
    pub documents: u64,
    /// Those that were removed.
    pub removed: u64,
    /// Kept documents that could have gone: all but one of those that hang together by labelled pairs.
    pub copies_left: u64,
    /// Labelled pairs of which both were kept.
    pub pairs_left: u64,
    /// Removed documents that are a duplicate of no kept one.
    pub unjustified: u64,
    /// Of these, one of those that hang together: so many documents should have stayed.
    pub originals_lost: u64,
}

/// The counts of each labelled cluster; where only pairs are labelled, of each of their components. `is_kept` says it of
/// each document.
///
/// In a cluster all are duplicates of one another, so it should keep one: all that it keeps beyond that are copies left,
/// and one original is lost if it keeps none. Pairs need not be transitive: a removed document is justified by a kept one
/// that it is a duplicate of itself.
pub(super) fn kept_counts(labels: &Side, is_kept: &[bool]) -> Vec<KeptCounts> {
    let mut counts = vec![KeptCounts::default(); labels.sizes.len()];
    for (&group, &is_kept) in labels.groups.iter().zip(is_kept) {
        let counts = &mut counts[group as usize];
        counts.documents += 1;
        counts.removed += u64::from(!is_kept);
    }
    match &labels.pairs {
        None => counts.iter_mut().for_each(of_cluster),
        Some(pairs) => of_pairs(pairs, labels, is_kept, &mut counts),
    }
    counts
}

fn of_cluster(counts: &mut KeptCounts) {
    let kept = counts.documents - counts.removed;
    counts.copies_left = kept.saturating_sub(1);
    counts.pairs_left = pairs_of(kept);
    if kept == 0 {
        counts.unjustified = counts.removed;
        counts.originals_lost = 1;
    }
}

fn of_pairs(pairs: &[OrderedPair], labels: &Side, is_kept: &[bool], counts: &mut [KeptCounts]) {
    let kept = |document: u32| is_kept[document as usize];
    let group = |document: u32| labels.groups[document as usize] as usize;
    let mut is_justified = is_kept.to_vec();
    for &(a, b) in pairs {
        is_justified[a as usize] |= kept(b);
        is_justified[b as usize] |= kept(a);
    }
    for (document, &is_justified) in (0u32..).zip(&is_justified) {
        counts[group(document)].unjustified += u64::from(!is_justified);
        counts[group(document)].originals_lost += u64::from(!is_justified);
    }
    let mut components = Components::new(is_kept.len());
    for &(a, b) in pairs {
        if kept(a) && kept(b) {
            counts[group(a)].pairs_left += 1;
            counts[group(a)].copies_left += u64::from(components.join(a, b));
        } else if !is_justified[a as usize] && !is_justified[b as usize] {
            counts[group(a)].originals_lost -= u64::from(components.join(a, b));
        }
    }
}

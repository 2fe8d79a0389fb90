//! Repeats across documents and within them, exact and near: the machinery of documents, over paragraphs.

use std::sync::OnceLock;

use super::Layouts;
use super::survey::{Occurrence, Survey, shingles_of};
use crate::corpus::TextScratch;
use crate::engine::decide::removals;
use crate::engine::fold::Folded;
use crate::engine::matching::{Index, Matching};
use crate::error::{Error, Result};
use crate::lsh::{Candidates, candidates};
use crate::params::Slots;
use crate::select::{Removal, Selection, ShingleSource, Verification, select};
use crate::shingle::ShingleScratch;

/// Fewer rows in a band would make unrelated paragraphs share buckets by the thousand.
const LEAST_ROWS: u32 = 3;

/// Signatures grow by this many slots, which fill a vector register or two.
const SLOT_STEP: usize = 16;

/// The slots and the index for paragraphs: the fewest slots whose bands keep the recall with [`LEAST_ROWS`] rows,
/// since filling 128 slots from a paragraph's sixty words would cost more than all the rest. Where that takes more
/// slots than documents have, paragraphs have what documents have.
///
/// # Errors
/// [`Error::Parameter`] if the index for documents is impossible as well.
pub(super) fn index(matching: &Matching) -> Result<(Slots, Index)> {
    for slots in (SLOT_STEP..matching.slots.get()).step_by(SLOT_STEP) {
        let slots = Slots::new(slots as u16)?;
        match (Matching { slots, bands: None, rows: None, ..*matching }).index() {
            Ok(Index::Bands { banding, .. }) if banding.rows().0 < LEAST_ROWS => {}
            Ok(index) => return Ok((slots, index)),
            Err(_) => {}
        }
    }
    Ok((matching.slots, matching.index()?))
}

/// Finds which occurrences repeat an earlier one. In the result, documents stand for occurrences.
///
/// The result is the greedy one: each repeat is at least the threshold similar to one that is no repeat, by the
/// exact Jaccard similarity whatever `matching` says of verification, as few slots estimate badly.
pub(super) fn repeats(
    layouts: &Layouts<'_>,
    survey: &Survey,
    matching: &Matching,
    index: Index,
) -> Result<Vec<Removal>> {
    let count = survey.occurrences.len() as u32;
    let order: Vec<u32> = (0..count).collect();
    let folded = Folded::new(&survey.sketches, &order);
    drop(order);
    let nodes = &folded.documents;
    let found = match index {
        Index::Bands { banding, floor } => candidates(&survey.sketches.signatures, nodes, banding, floor),
        Index::Exact => Candidates { pairs: Vec::new(), crowded: vec![true; nodes.len()], largest_bucket: 0 },
    };
    let selection = Selection { threshold: matching.threshold, verification: Verification::Exact };
    let source =
        ParagraphTexts { layouts, occurrences: &survey.occurrences, nodes, failure: OnceLock::new() };
    let chosen = select(&found, &survey.sketches.signatures, nodes, selection, &source);
    match source.failure.into_inner() {
        Some(error) => Err(error),
        None => Ok(removals(&folded, &chosen, count)),
    }
}

/// Gives selection the shingles of a paragraph, made again from its document.
struct ParagraphTexts<'a> {
    layouts: &'a Layouts<'a>,
    occurrences: &'a [Occurrence],
    nodes: &'a [u32],
    failure: OnceLock<Error>,
}

impl ShingleSource for ParagraphTexts<'_> {
    type Scratch = (TextScratch, ShingleScratch);

    fn shingles<'s>(&'s self, node: u32, (text, shingles): &'s mut Self::Scratch) -> &'s [u64] {
        let occurrence = &self.occurrences[self.nodes[node as usize] as usize];
        match self.layouts.texts.read_range(occurrence.document, occurrence.range(), text) {
            Ok(paragraph) => shingles_of(self.layouts.texts.shingler, paragraph, shingles).0,
            Err(error) => {
                // Only the first failure is told; the others follow from it.
                drop(self.failure.set(error));
                &[]
            }
        }
    }
}

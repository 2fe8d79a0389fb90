//! Repeats across documents and within them, exact and near: the machinery of documents, over paragraphs.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::sync::OnceLock;

use super::layouts::Layouts;
use super::survey::{Occurrence, Survey, shingles_of};
use crate::documents::DocumentReader;
use crate::engine::decide::{Folded, removals};
use crate::engine::plan::{Index, Matching};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::lsh::{Candidates, candidates};
use crate::params::Slots;
use crate::select::{Removal, Selection, ShingleSource, Verification, select};
use crate::shingle::ShingleScratch;

/// Rows in a band of a paragraph's signature. With fewer, pairs far below the threshold share buckets and have to be
/// verified. On 474,000 paragraphs of press releases in four altered copies, four rows (40 slots) verified a third
/// fewer pairs than three (24 slots) in about the same time, and more slots gained nothing.
const LEAST_ROWS: u32 = 4;

/// Signatures grow by this many slots, which fill a vector register.
const SLOT_STEP: usize = 8;

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
/// exact Jaccard similarity whatever `matching` says of verification, as few slots estimate badly. Takes the sketches
/// out of the survey.
pub(super) fn repeats(
    layouts: &Layouts<'_>,
    survey: &mut Survey,
    matching: &Matching,
    index: Index,
    interrupt: &dyn Interrupt,
) -> Result<Vec<Removal>> {
    let count = survey.occurrences.len() as u32;
    let order: Vec<u32> = (0..count).collect();
    let (folded, signatures) = Folded::new(survey.gathered.sketches.take(), &order, None, 1)?;
    drop(order);
    let nodes = &folded.documents;
    let found = match index {
        Index::Bands { banding, floor } => candidates(&signatures, nodes, banding, floor, interrupt)?,
        Index::Exact => Candidates::all_crowded(nodes.len()),
    };
    let selection = Selection { threshold: matching.threshold, verification: Verification::Exact };
    let source =
        ParagraphShingles { layouts, occurrences: &survey.occurrences, nodes, failure: OnceLock::new() };
    let chosen = select(&found, &signatures, nodes, selection, &source, interrupt)?;
    match source.failure.into_inner() {
        Some(error) => Err(error),
        None => Ok(removals(&folded, &chosen, count)),
    }
}

/// Gives selection the shingles of a paragraph, made again from its document.
struct ParagraphShingles<'a> {
    layouts: &'a Layouts<'a>,
    occurrences: &'a [Occurrence],
    nodes: &'a [u32],
    failure: OnceLock<Error>,
}

impl ParagraphShingles<'_> {
    fn read<'a>(
        &self,
        occurrence: Occurrence,
        (reader, scratch): &'a mut (DocumentReader<'_>, ShingleScratch),
    ) -> Result<&'a [u64]> {
        let paragraph = reader.part(occurrence.document, occurrence.range())?;
        Ok(shingles_of(self.layouts.shingler, paragraph, scratch).hashes)
    }
}

impl ShingleSource for ParagraphShingles<'_> {
    type Scratch<'s>
        = (DocumentReader<'s>, ShingleScratch)
    where
        Self: 's;

    fn scratch(&self) -> Self::Scratch<'_> {
        (self.layouts.documents.reader(), ShingleScratch::default())
    }

    fn shingles<'a, 's: 'a>(&'s self, node: u32, scratch: &'a mut Self::Scratch<'s>) -> &'a [u64] {
        let occurrence = self.occurrences[self.nodes[node as usize] as usize];
        self.read(occurrence, scratch).unwrap_or_else(|error| {
            // Only the first failure is reported; the others follow from it.
            drop(self.failure.set(error));
            &[]
        })
    }
}

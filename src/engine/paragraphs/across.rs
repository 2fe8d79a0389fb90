//! Repeats across documents and within them, exact and near: the machinery of documents, over paragraphs.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::sync::OnceLock;

use super::layouts::Layouts;
use super::owners::in_order_of_claims;
use super::survey::{Occurrence, Occurrences, Survey, shingles_of};
use crate::document::DocumentId;
use crate::documents::DocumentReader;
use crate::engine::bounded::{FoldedParts, PartSketches, SetAllowance, Storage};
use crate::engine::decide::Folded;
use crate::engine::ingest::Sketches;
use crate::engine::observer::Progress;
use crate::engine::plan::{Index, Matching};
use crate::error::{Error, Result};
use crate::params::Slots;
use crate::select::{Removed, Selection, Selector, ShingleSource, Verification};
use crate::shingle::ShingleScratch;
use crate::similarity::SetCounts;

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

/// Which occurrences repeat one that stays.
pub(super) struct RepeatedOccurrences {
    folded: Folded,
    removed: Vec<Removed>,
}

impl RepeatedOccurrences {
    /// The occurrence that stays for this one, and their similarity; none if it repeats none. O(log n).
    pub(super) fn of(&self, occurrence: u32) -> Option<(u32, f64)> {
        let node = self.folded.node_of(DocumentId(occurrence))?;
        let (stays, similarity) = match self.removed.binary_search_by_key(&node, |repeat| repeat.node) {
            Ok(place) => (self.removed[place].by, self.removed[place].similarity),
            Err(_) => (node, 1.0),
        };
        let first = self.folded.document_of(stays).0;
        (first != occurrence).then_some((first, similarity))
    }
}

/// Finds which occurrences repeat one that comes before them in the order of claims.
///
/// The result is the greedy one: each repeat is at least the threshold similar to one that is no repeat, by the
/// exact Jaccard similarity whatever `matching` says of verification, as few slots estimate badly. Takes the sketches
/// out of the survey.
pub(super) fn repeats(
    layouts: &Layouts<'_>,
    survey: &mut Survey,
    matching: &Matching,
    (slots, index): (Slots, Index),
    storage: &mut Storage,
    progress: &Progress<'_>,
) -> Result<RepeatedOccurrences> {
    let counts = (layouts.documents.count(), survey.occurrences.len());
    let sketches = std::mem::replace(&mut survey.sketches, PartSketches::Memory(Sketches::new(slots)));
    let (folded, signatures) = match sketches {
        PartSketches::Memory(sketches) => {
            let order: Vec<u32> = (0..counts.1 as u32).collect();
            Folded::new(sketches, &order, None, 1)?
        }
        PartSketches::Files(files) => {
            let FoldedParts { firsts, node_of, signatures } = files.fold(slots, counts.0, storage)?;
            (Folded::of(firsts, node_of), signatures)
        }
    };
    let folded = in_order_of_claims(layouts, survey, folded, progress)?;
    let nodes = &folded.documents;
    let found = storage.part_candidates(&signatures, nodes, counts, index, progress)?;
    let selection = Selection { threshold: matching.threshold, verification: Verification::Exact };
    let source = ParagraphShingles {
        layouts,
        occurrences: &survey.occurrences,
        nodes,
        sets: storage.part_sets(counts),
        failure: OnceLock::new(),
    };
    let limit = storage.part_index_limit(counts);
    let charge = |bytes| limit.check(bytes);
    let mut selector = Selector::new(&found, &signatures, nodes, selection, &source, &charge, progress)?;
    let mut removed = Vec::new();
    while selector.decide_block(&mut removed)? {}
    drop(selector);
    match source.failure.into_inner() {
        Some(error) => Err(error),
        None => Ok(RepeatedOccurrences { folded, removed }),
    }
}

/// Gives selection the shingles of a paragraph, made again from its document.
struct ParagraphShingles<'a> {
    layouts: &'a Layouts<'a>,
    occurrences: &'a Occurrences,
    nodes: &'a [u32],
    sets: SetAllowance,
    failure: OnceLock<Error>,
}

impl ParagraphShingles<'_> {
    fn occurrence(&self, node: u32) -> Result<Occurrence> {
        self.occurrences.get(self.nodes[node as usize] as usize)
    }

    fn read<'a>(
        &self,
        node: u32,
        (reader, scratch): &'a mut (DocumentReader<'_>, ShingleScratch),
    ) -> Result<&'a [u64]> {
        let occurrence = self.occurrence(node)?;
        let paragraph = reader.part(occurrence.document, occurrence.range())?;
        Ok(shingles_of(self.layouts.shingler, paragraph, scratch).hashes)
    }

    fn count(
        &self,
        pair: [u32; 2],
        (reader, scratch): &mut (DocumentReader<'_>, ShingleScratch),
    ) -> Result<Option<SetCounts>> {
        if !self.sets.is_bounded() {
            return Ok(None);
        }
        let shingler = self.layouts.shingler;
        let pair = [self.occurrence(pair[0])?, self.occurrence(pair[1])?];
        if !pair.iter().any(|occurrence| self.sets.is_exceeded(occurrence.range().len(), shingler)) {
            return Ok(None);
        }
        let counted = self.sets.count(shingler, scratch, |number, take| {
            take(reader.part(pair[number].document, pair[number].range())?.trim());
            Ok(())
        });
        counted.map(Some)
    }

    /// Only the first failure is reported; the others follow from it.
    fn fail(&self, error: Error) {
        drop(self.failure.set(error));
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
        self.read(node, scratch).unwrap_or_else(|error| {
            self.fail(error);
            &[]
        })
    }

    fn counts<'s>(&'s self, a: u32, b: u32, scratch: &mut Self::Scratch<'s>) -> Option<SetCounts> {
        self.count([a, b], scratch).unwrap_or_else(|error| {
            self.fail(error);
            Some(SetCounts::default())
        })
    }
}

//! Repeats across documents and within them, exact and near: the machinery of documents, over paragraphs.

use std::sync::OnceLock;

use super::Layouts;
use super::survey::{Occurrence, Survey, shingles_of};
use crate::corpus::TextScratch;
use crate::document::DocumentId;
use crate::engine::decide::{Texts, removals};
use crate::engine::fold::Folded;
use crate::engine::matching::{Index, Matching};
use crate::error::{Error, Result};
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
) -> Result<Vec<Removal>> {
    let count = survey.occurrences.len() as u32;
    let order: Vec<u32> = (0..count).collect();
    let (folded, signatures) = Folded::new(survey.sketches.take(), &order, None, 1)?;
    drop(order);
    let nodes = &folded.documents;
    let found = match index {
        Index::Bands { banding, floor } => candidates(&signatures, nodes, banding, floor)?,
        Index::Exact => Candidates::all_crowded(nodes.len()),
    };
    let selection = Selection { threshold: matching.threshold, verification: Verification::Exact };
    let source =
        ParagraphTexts { layouts, occurrences: &survey.occurrences, nodes, failure: OnceLock::new() };
    let chosen = select(&found, &signatures, nodes, selection, &source)?;
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
    type Scratch = Reader;

    fn shingles<'s>(&'s self, node: u32, reader: &'s mut Reader) -> &'s [u64] {
        let occurrence = self.occurrences[self.nodes[node as usize] as usize];
        match reader.shingles(self.layouts.texts, occurrence) {
            Ok(shingles) => shingles,
            Err(error) => {
                // Only the first failure is told; the others follow from it.
                drop(self.failure.set(error));
                &[]
            }
        }
    }
}

/// Documents whose texts a thread keeps at hand.
const RECENT_TEXTS: usize = 8;

/// Longer texts are not kept: they would be too much memory for a thread.
const LONGEST_RECENT_BYTES: usize = 64 << 10;

/// Memory for reading paragraphs; one a thread. The next paragraph that is asked for mostly stands in the same
/// document, and so does what it is compared with, so that the last few texts spare most of the reading.
#[derive(Default)]
struct Reader {
    text: TextScratch,
    recent: [(Option<DocumentId>, String); RECENT_TEXTS],
    next: usize,
    shingles: ShingleScratch,
}

impl Reader {
    fn shingles(&mut self, texts: &Texts<'_>, occurrence: Occurrence) -> Result<&[u64]> {
        let Self { text, recent, next, shingles } = self;
        let known = recent.iter().position(|(document, _)| *document == Some(occurrence.document));
        let whole = if let Some(place) = known {
            recent[place].1.as_str()
        } else {
            let whole = texts.read(occurrence.document, text)?;
            if whole.len() <= LONGEST_RECENT_BYTES {
                let (document, kept) = &mut recent[*next];
                *next = (*next + 1) % RECENT_TEXTS;
                *document = Some(occurrence.document);
                kept.clear();
                kept.push_str(whole);
            }
            whole
        };
        let paragraph = whole.get(occurrence.range()).ok_or_else(|| texts.changed(occurrence.document))?;
        Ok(shingles_of(texts.shingler, paragraph, shingles).0)
    }
}

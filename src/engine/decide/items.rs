//! Documents that hold a record of the reference, or are inside one: they go before anything else is decided, since a
//! reference always stays.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use rayon::prelude::*;

use crate::document::DocumentId;
use crate::documents::{DocumentReader, Documents};
use crate::engine::bounded::SetAllowance;
use crate::engine::ingest::Sketches;
use crate::engine::observer::{Progress, Stage};
use crate::engine::plan::Plan;
use crate::error::Result;
use crate::output::{HeldItem, ItemFigures, UnsearchedItem};
use crate::reuse::items::{
    ItemMeeting, ItemScratch, ItemShingler, ItemShingles, ItemTable, LEAST_WORDS, MOST_ITEMS,
};
use crate::select::{Relation, Removal};
use crate::shingle::ShingleScratch;
use crate::sketch::RowBuffer;

/// Documents that are looked at between two looks at whether the run goes on.
const DOCUMENTS_PER_WAVE: usize = 1 << 12;

/// Texts of a store that are made shingles of together.
const DOCUMENTS_PER_TASK: usize = 64;

/// The records of the reference that are searched for, and the documents that are to be looked at again.
pub(in crate::engine) struct SearchedItems<'a> {
    pub table: &'a ItemTable,
    /// Documents of the inputs, ascending: all that hold an item, or are inside one, and perhaps others.
    pub met: Vec<DocumentId>,
}

/// What the search comes to.
pub(in crate::engine) struct FoundItems {
    /// One for each document that holds an item, in corpus order.
    pub removals: Vec<Removal>,
    /// By document, the item that it is removed for first.
    pub held: Vec<HeldItem>,
    pub unsearched: Vec<UnsearchedItem>,
    pub figures: ItemFigures,
}

/// A table of the references among documents that are in a store already.
///
/// # Errors
/// What the store returns.
pub(in crate::engine) fn table_of(documents: Documents<'_>, shingler: ItemShingler) -> Result<ItemTable> {
    let references: Vec<u32> = (documents.inputs() as u32..documents.count() as u32).collect();
    let parts = references.par_chunks(DOCUMENTS_PER_TASK).map_init(
        || (documents.reader(), ShingleScratch::default()),
        |(reader, scratch), references| {
            let mut part = ItemShingles::default();
            for &document in references {
                shingler.add(&mut part, reader.text(DocumentId(document))?, scratch);
            }
            Ok(part)
        },
    );
    let mut items = ItemShingles::default();
    for part in parts.collect::<Result<Vec<_>>>()? {
        items.append(&part);
    }
    ItemTable::new(shingler, items)
}

/// The documents that are to be looked at again, of a store whose documents were read before the table was there.
///
/// # Errors
/// What the store returns, or if the observer ends the run.
pub(in crate::engine) fn met_in(
    documents: Documents<'_>,
    table: &ItemTable,
    plan: &Plan<'_>,
) -> Result<Vec<DocumentId>> {
    let shingler = &plan.shingler;
    let progress = Progress::begin(plan.observer, Stage::References, documents.inputs() as u64);
    let inputs: Vec<DocumentId> = (0..documents.inputs() as u32).map(DocumentId).collect();
    let mut met = Vec::new();
    for wave in inputs.chunks(DOCUMENTS_PER_WAVE) {
        let parts = wave.par_chunks(DOCUMENTS_PER_TASK).map_init(
            || (documents.reader(), ShingleScratch::default(), ItemScratch::default()),
            |(reader, shingles, scratch), inputs| {
                let mut met = Vec::new();
                for &document in inputs {
                    let text = reader.text(document)?;
                    shingler.shingles(text, shingles);
                    if table.is_met(text, shingler.shingling(), shingles, scratch) {
                        met.push(document);
                    }
                }
                Ok(met)
            },
        );
        met.extend(parts.collect::<Result<Vec<_>>>()?.concat());
        progress.advance(wave.len() as u64)?;
    }
    Ok(met)
}

impl SearchedItems<'_> {
    /// Looks at the documents again: finds out what they hold, and takes those that hold something out of `sketches`.
    ///
    /// # Errors
    /// If a text cannot be read again, or the observer ends the run.
    pub(in crate::engine) fn remove(
        &self,
        documents: Documents<'_>,
        sketches: &mut Sketches,
        plan: &Plan<'_>,
        sets: SetAllowance,
    ) -> Result<FoundItems> {
        let progress = Progress::begin(plan.observer, Stage::Items, self.met.len() as u64);
        let (mut removals, mut held) = (Vec::new(), Vec::new());
        let mut listed_in_part = 0;
        for wave in self.met.chunks(DOCUMENTS_PER_WAVE) {
            let look =
                |looker: &mut ItemLooker<'_, '_>, &document: &DocumentId| looker.look(document, sketches);
            let begin = || ItemLooker::new(documents, self.table, plan, sets);
            let found: Vec<Option<Met>> = wave.par_iter().map_init(begin, look).collect::<Result<_>>()?;
            for Met { removal, held: of_document, is_in_part } in found.into_iter().flatten() {
                removals.push(removal);
                held.extend(of_document);
                listed_in_part += u64::from(is_in_part);
            }
            progress.advance(wave.len() as u64)?;
        }
        for removal in &removals {
            sketches.set_aside(removal.document);
        }
        let inputs = documents.inputs() as u32;
        let unsearched: Vec<UnsearchedItem> =
            self.table.too_short().iter().map(|record| UnsearchedItem(DocumentId(inputs + record))).collect();
        let mut items: Vec<DocumentId> = held.iter().map(|held: &HeldItem| held.item).collect();
        items.par_sort_unstable();
        items.dedup();
        let figures = ItemFigures {
            containment: self.table.containment().get(),
            shingle: self.table.shingling().to_string(),
            searched: self.table.items() as u64,
            least_words: LEAST_WORDS as u64,
            too_short: unsearched.len() as u64,
            found: items.len() as u64,
            documents: removals.len() as u64,
            pairs: held.len() as u64,
            listed_in_part,
        };
        Ok(FoundItems { removals, held, unsearched, figures })
    }
}

/// A document that holds an item.
struct Met {
    removal: Removal,
    held: Vec<HeldItem>,
    is_in_part: bool,
}

/// Looks at documents again. One a thread.
struct ItemLooker<'a, 'p> {
    table: &'a ItemTable,
    plan: &'a Plan<'p>,
    sets: SetAllowance,
    inputs: u32,
    /// Of the document, and of the item.
    readers: [DocumentReader<'a>; 2],
    shingles: ShingleScratch,
    scratch: ItemScratch,
    rows: (RowBuffer, RowBuffer),
}

impl<'a, 'p> ItemLooker<'a, 'p> {
    fn new(documents: Documents<'a>, table: &'a ItemTable, plan: &'a Plan<'p>, sets: SetAllowance) -> Self {
        let inputs = documents.inputs() as u32;
        let readers = [documents.reader(), documents.reader()];
        let (shingles, scratch, rows) = Default::default();
        Self { table, plan, sets, inputs, readers, shingles, scratch, rows }
    }

    fn look(&mut self, document: DocumentId, sketches: &Sketches) -> Result<Option<Met>> {
        let Self { table, sets, inputs, readers, shingles, scratch, .. } = self;
        let text = readers[0].text(document)?;
        let mut tokens = std::mem::take(&mut shingles.tokens);
        // One text, and none to compare it with.
        let count = || {
            let shingler = table.shingler().shingler();
            let counts = sets.count(shingler, shingles, |number, take| {
                if number == 0 {
                    take(text);
                }
                Ok(())
            })?;
            Ok(counts.first)
        };
        let meetings = table.meetings(text, &mut tokens, scratch, count);
        shingles.tokens = tokens;
        let meetings = meetings?;
        let Some(first) = meetings.first() else { return Ok(None) };
        let item_of = |meeting: &ItemMeeting| DocumentId(*inputs + meeting.record);
        let held = meetings.iter().map(|meeting| HeldItem {
            document,
            item: item_of(meeting),
            place: meeting.place.clone(),
            shared: meeting.shared as u64,
            item_shingles: meeting.item_shingles as u64,
            containment: meeting.of_item(),
            inside: Some(meeting.of_document()).filter(|&share| share >= table.containment().get()),
        });
        let held: Vec<HeldItem> = held.collect();
        let by = item_of(first);
        let counts = self.sets.count(&self.plan.shingler, &mut self.shingles, |number, take| {
            take(self.readers[number].text([document, by][number])?);
            Ok(())
        })?;
        let similarity = counts.jaccard();
        let is_inside = first.of_document() > first.of_item();
        let relation = if self.is_copy(document, by, sketches)? {
            Relation::Exact
        } else if similarity >= self.plan.matching.threshold.get() {
            Relation::Near
        } else if is_inside {
            Relation::Excerpt
        } else {
            Relation::Expansion
        };
        let containment = if is_inside { first.of_document() } else { first.of_item() };
        let removal = Removal { document, by, similarity, relation, containment: Some(containment) };
        Ok(Some(Met { removal, is_in_part: held.len() >= MOST_ITEMS, held }))
    }

    fn is_copy(&mut self, document: DocumentId, item: DocumentId, sketches: &Sketches) -> Result<bool> {
        let (own, other) = &mut self.rows;
        let [document, item] = [document, item].map(DocumentId::index);
        Ok(sketches.identity(document).is_equal(sketches.identity(item))
            && sketches.signatures.row(document, own)? == sketches.signatures.row(item, other)?)
    }
}

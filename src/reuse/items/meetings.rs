//! A document looked at again: all items that it holds or is inside of, how much, and where.

use std::cmp::Reverse;
use std::ops::Range;

use super::options::{LEAST_WORDS, MOST_ITEMS};
use super::places::{HitFinder, PlacedHit, stretch};
use super::search::ItemScratch;
use super::table::{ItemTable, least};
use crate::error::Result;
use crate::similarity::share;
use crate::text::TokenScratch;

/// A document and an item of which one holds the other.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ItemMeeting {
    /// The number of the item's record in the reference.
    pub record: u32,
    /// Distinct shingles that both have.
    pub shared: usize,
    /// Distinct shingles of the item.
    pub item_shingles: usize,
    /// Distinct shingles of the document, where it has so few that it may be inside an item.
    pub document_shingles: Option<usize>,
    /// The bytes of the document's text from the first to the last of these shingles: those that stand together, if they
    /// are enough.
    pub place: Range<usize>,
}

impl ItemMeeting {
    /// The share of the item's shingles that the document has, in `[0, 1]`.
    pub fn of_item(&self) -> f64 {
        share(self.shared, self.item_shingles)
    }

    /// The share of the document's shingles that the item has, in `[0, 1]`; 0 where the document is too large for it to
    /// matter.
    pub fn of_document(&self) -> f64 {
        self.document_shingles.map_or(0.0, |shingles| share(self.shared, shingles))
    }
}

impl ItemTable {
    /// The items that a document holds or is inside of, the one first of which the larger share is shared; at most
    /// [`MOST_ITEMS`] held and as many that hold it. `document_shingles` counts the distinct shingles of the document; it is asked only if
    /// the document may be inside an item. O(n log n) for n shingles that items have.
    ///
    /// # Errors
    /// What `document_shingles` returns.
    pub fn meetings(
        &self,
        text: &str,
        tokens: &mut TokenScratch,
        scratch: &mut ItemScratch,
        document_shingles: impl FnOnce() -> Result<usize>,
    ) -> Result<Vec<ItemMeeting>> {
        let mut finder = HitFinder::new(self);
        self.shingler.whole.tokenizer().tokenize(text, tokens, &mut finder);
        let HitFinder { mut hits, mut sampled, words, units, .. } = finder;
        hits.sort_unstable();
        scratch.places.clear();
        scratch.places.extend(hits.iter().map(|hit| hit.place));
        scratch.places.dedup();
        let containment = self.shingler.containment.get();
        let mut found: Vec<(u32, usize)> = Vec::new();
        self.held(scratch, |item, shared| {
            found.push((item, shared));
            found.len() < MOST_ITEMS
        });
        let mut distinct = None;
        sampled.sort_unstable();
        sampled.dedup();
        let may_be_inside = words >= LEAST_WORDS
            && units as usize >= self.shingling().width()
            && share(scratch.places.len(), sampled.len().max(1)) >= containment;
        if may_be_inside {
            let count = document_shingles()?;
            let needed = least(count, containment);
            if needed <= scratch.places.len() {
                distinct = Some(count);
                let held = found.len();
                self.holders(scratch, needed, |item, shared| {
                    found.push((item, shared));
                    found.len() - held < MOST_ITEMS
                });
                found.sort_unstable();
                found.dedup();
            }
        }
        let meeting = |(item, shared): (u32, usize)| {
            let place = self.stretch_of(item, &hits)?;
            Some(ItemMeeting {
                record: self.record(item),
                shared,
                item_shingles: self.places_of.of(item).len(),
                // Those of a short item are others.
                document_shingles: distinct.filter(|_| !self.is_short(item)),
                place,
            })
        };
        let mut meetings: Vec<ItemMeeting> = found.into_iter().filter_map(meeting).collect();
        let share = |meeting: &ItemMeeting| meeting.of_item().max(meeting.of_document());
        meetings.sort_by(|a, b| {
            share(b)
                .total_cmp(&share(a))
                .then((Reverse(a.shared), a.record).cmp(&(Reverse(b.shared), b.record)))
        });
        Ok(meetings)
    }

    /// Where the shingles of an item stand among sorted hits: as many as suffice in a stretch of twice the item's length,
    /// or else all of them.
    fn stretch_of(&self, item: u32, hits: &[PlacedHit]) -> Option<Range<usize>> {
        let mut of_item: Vec<PlacedHit> = Vec::new();
        let mut rest = hits;
        for &place in self.places_of.of(item) {
            rest = &rest[rest.partition_point(|hit| hit.place < place)..];
            of_item.extend(rest.iter().take_while(|hit| hit.place == place));
        }
        of_item.sort_unstable_by_key(|hit| hit.first_unit);
        let near = stretch(&of_item, self.units[item as usize].saturating_mul(2))?;
        let needed = self.needed[item as usize] as usize;
        let found = if near.distinct >= needed { near } else { stretch(&of_item, u32::MAX)? };
        Some(found.start..found.end)
    }
}

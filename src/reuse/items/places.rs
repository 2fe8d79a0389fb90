//! Where the shingles of items stand in a document.

use std::collections::VecDeque;

use super::search::SAMPLED;
use super::table::ItemTable;
use crate::hash::{self, RollingWindow};
use crate::params::{Seed, Shingling};
use crate::text::TokenSink;

/// A shingle of a document that items have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlacedHit {
    /// Its place in the table.
    pub place: u32,
    /// Its first unit, counted from 0, and one past its last.
    pub first_unit: u32,
    pub end_unit: u32,
    /// Its first byte, and one past its last.
    pub start: usize,
    pub end: usize,
}

/// Slides shingles over a text, of which only one shingle is in memory, and keeps those that items have.
pub(super) struct HitFinder<'t> {
    table: &'t ItemTable,
    seed: Seed,
    windows: Vec<PlacedWindow>,
    /// Number of units.
    pub units: u32,
    /// Number of words.
    pub words: usize,
    pub hits: Vec<PlacedHit>,
    /// One in [`SAMPLED`] of the document's shingles, hit or not.
    pub sampled: Vec<u64>,
}

/// A window over the last units, with the first byte of each.
struct PlacedWindow {
    width: usize,
    rolling: RollingWindow,
    sum: u64,
    units: VecDeque<(u64, usize)>,
}

impl PlacedWindow {
    fn new(width: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a shingle has at most 64 units")]
        let rolling = RollingWindow::new(width as u32);
        Self { width, rolling, sum: 0, units: VecDeque::with_capacity(width) }
    }

    /// Takes in a unit that begins at a byte; the shingle that ends with it, and its first byte, once it is full.
    fn push(&mut self, unit: u64, start: usize) -> Option<(u64, usize)> {
        if self.units.len() < self.width {
            self.sum = hash::append(self.sum, unit);
        } else {
            let (left, _) = self.units.pop_front()?;
            self.sum = self.rolling.slide(self.sum, left, unit);
        }
        self.units.push_back((unit, start));
        let first = self.units.front()?.1;
        (self.units.len() == self.width).then_some((hash::mix(self.sum), first))
    }
}

impl<'t> HitFinder<'t> {
    pub(super) fn new(table: &'t ItemTable) -> Self {
        let shingler = &table.shingler;
        let widths = [Some(&shingler.whole), shingler.short.as_ref()].into_iter().flatten();
        let windows = widths.map(|shingler| PlacedWindow::new(shingler.shingling().width())).collect();
        Self {
            table,
            seed: shingler.text.seed,
            windows,
            units: 0,
            words: 0,
            hits: Vec::new(),
            sampled: Vec::new(),
        }
    }

    #[inline]
    fn push(&mut self, unit: u64, start: usize, end: usize) {
        let end_unit = self.units + 1;
        for (number, window) in self.windows.iter_mut().enumerate() {
            let Some((hash, first)) = window.push(unit, start) else { continue };
            if number == 0 && hash % SAMPLED == 0 {
                self.sampled.push(hash);
            }
            if self.table.filter.may_hold(hash)
                && let Some(place) = self.table.place(hash)
            {
                #[expect(clippy::cast_possible_truncation, reason = "a shingle has at most 64 units")]
                let first_unit = end_unit - window.width as u32;
                self.hits.push(PlacedHit { place, first_unit, end_unit, start: first, end });
            }
        }
        self.units = end_unit;
    }
}

impl TokenSink for HitFinder<'_> {
    fn token(&mut self, normalised: &[u8], hash: u64, start: usize, end: usize) {
        self.words += 1;
        if let Shingling::Char(_) = self.table.shingling() {
            let seed = self.seed.0;
            if self.units > 0 {
                self.push(hash::chain(seed, ' '.into()), start, start);
            }
            let text = str::from_utf8(normalised).unwrap_or_default();
            for character in text.chars() {
                self.push(hash::chain(seed, character.into()), start, end);
            }
        } else {
            self.push(hash, start, end);
        }
    }
}

/// The stretch of a document in which the most of some shingles stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HitStretch {
    /// Distinct shingles in it.
    pub distinct: usize,
    /// Units from its first to its last.
    units: u32,
    /// Its first byte, and one past its last.
    pub start: usize,
    pub end: usize,
}

/// The stretch of at most so many units that has the most distinct shingles; of several the shortest, of these the first.
/// `hits` are in order of the text; none of none. O(n log n).
pub(super) fn stretch(hits: &[PlacedHit], most_units: u32) -> Option<HitStretch> {
    let mut places: Vec<u32> = hits.iter().map(|hit| hit.place).collect();
    places.sort_unstable();
    places.dedup();
    let mut counts = vec![0u32; places.len()];
    let number = |hit: &PlacedHit| places.partition_point(|&place| place < hit.place);
    let mut best: Option<HitStretch> = None;
    let (mut first, mut distinct) = (0, 0);
    for last in hits {
        let count = &mut counts[number(last)];
        distinct += usize::from(*count == 0);
        *count += 1;
        loop {
            let count = &mut counts[number(&hits[first])];
            let is_too_long = last.end_unit - hits[first].first_unit > most_units;
            // One that comes again later in the stretch is not needed at its beginning.
            if *count == 1 && !is_too_long || std::ptr::eq(&raw const hits[first], last) {
                break;
            }
            *count -= 1;
            distinct -= usize::from(*count == 0);
            first += 1;
        }
        let start = hits[first];
        let units = last.end_unit - start.first_unit;
        let is_better = best
            .is_none_or(|best| distinct > best.distinct || distinct == best.distinct && units < best.units);
        if is_better {
            best = Some(HitStretch { distinct, units, start: start.start, end: last.end });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hits(places: &[(u32, u32)]) -> Vec<PlacedHit> {
        let mut unit = 0;
        let hit = |&(place, gap): &(u32, u32)| {
            unit += gap + 1;
            let (start, end) = (unit as usize * 10, unit as usize * 10 + 39);
            PlacedHit { place, first_unit: unit, end_unit: unit + 4, start, end }
        };
        places.iter().map(hit).collect()
    }

    /// By trying every pair of ends.
    fn obvious(hits: &[PlacedHit], most_units: u32) -> Option<(usize, u32)> {
        let mut best = None;
        for first in 0..hits.len() {
            for last in first..hits.len() {
                let units = hits[last].end_unit - hits[first].first_unit;
                if units > most_units && first < last {
                    continue;
                }
                let mut places: Vec<u32> = hits[first..=last].iter().map(|hit| hit.place).collect();
                places.sort_unstable();
                places.dedup();
                let better = (places.len(), std::cmp::Reverse(units));
                if best.is_none_or(|best| better > best) {
                    best = Some(better);
                }
            }
        }
        best.map(|(distinct, std::cmp::Reverse(units))| (distinct, units))
    }

    proptest! {
        #[test]
        fn the_best_stretch_is_the_one_that_trying_all_gives(
            places in proptest::collection::vec((0u32..6, 0u32..5), 0..30), most in 1u32..60,
        ) {
            let hits = hits(&places);
            let found = stretch(&hits, most);
            prop_assert_eq!(found.map(|found| (found.distinct, found.units)), obvious(&hits, most));
        }
    }
}

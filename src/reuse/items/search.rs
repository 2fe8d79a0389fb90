//! Which documents are to be looked at again: those that hold an item, or may be inside one.
#![allow(clippy::cast_possible_truncation, reason = "items are numbered in 32 bits, which is checked")]

use super::options::LEAST_WORDS;
use super::table::{ItemTable, LONG_LIST};
use crate::params::Shingling;
use crate::shingle::ShingleScratch;
use crate::similarity::{SetTable, share};
use crate::text::TokenScratch;

/// Of a long document, whose shingles are not held, one in so many is kept to tell how many distinct ones there are at
/// least.
pub(super) const SAMPLED: u64 = 16;

/// Memory that a search works in; one a thread.
#[derive(Default)]
pub struct ItemScratch {
    /// Places of the document's shingles that items have.
    pub(super) places: Vec<u32>,
    /// How many of these each item has; all zero between two documents.
    counts: Vec<u32>,
    /// Items that were come to.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    windows: Vec<u64>,
    /// Shingles that the filter lets pass.
    passed: Vec<u64>,
    shingles: ShingleScratch,
    sampled: Vec<u64>,
    set: SetTable,
}

impl ItemTable {
    /// Whether a document is to be looked at again, of which the run made the shingles that `run` holds. O(n) for n
    /// shingles, and more only for those that items have.
    #[inline]
    pub fn is_met(
        &self,
        text: &str,
        of_run: Shingling,
        run: &ShingleScratch,
        scratch: &mut ItemScratch,
    ) -> bool {
        scratch.places.clear();
        let (units, hashes) = run.last();
        let own = self.shingling();
        let mut shingles = std::mem::take(&mut scratch.shingles);
        let mut windows = std::mem::take(&mut scratch.windows);
        let is_words = |shingling| matches!(shingling, Shingling::Word(_));
        // The units of the run will do if they are what the items' shingles are made of.
        let (units, hashes) = if own == of_run {
            (units, hashes)
        } else if is_words(own) && is_words(of_run) {
            self.shingler.whole.windows(units, &mut windows);
            (units, &windows[..])
        } else {
            self.shingler.whole.shingles(text, &mut shingles);
            shingles.last()
        };
        self.note(hashes, scratch);
        let hits = scratch.places.len();
        let mut is_inside = hits > 0 && self.may_be_inside(hashes, units.len(), scratch);
        if let Some(short) = &self.shingler.short {
            let mut of_short = Vec::new();
            short.windows(units, &mut of_short);
            self.note(&of_short, scratch);
        }
        is_inside |= self.holds_one(scratch);
        scratch.shingles = shingles;
        scratch.windows = windows;
        is_inside
    }

    /// Begins with a long document, which is shingled in pieces.
    pub fn begin(&self, scratch: &mut ItemScratch) {
        scratch.places.clear();
        scratch.sampled.clear();
    }

    /// Takes notice of some of the shingles of a long document, as the run makes them.
    pub fn take(&self, hashes: &[u64], scratch: &mut ItemScratch) {
        self.note(hashes, scratch);
        scratch.sampled.extend(hashes.iter().filter(|&&hash| hash % SAMPLED == 0));
    }

    /// As [`is_met`](Self::is_met), of a long document all of whose shingles were taken if they are those of items.
    pub fn is_met_in_pieces(&self, text: &str, of_run: Shingling, scratch: &mut ItemScratch) -> bool {
        let mut tokens = TokenScratch::default();
        if self.shingling() != of_run {
            self.shingler.whole.pieces(text, &mut tokens, |hashes| self.take(hashes, scratch));
        }
        let hits = scratch.places.len();
        if let Some(short) = &self.shingler.short {
            short.pieces(text, &mut tokens, |hashes| self.note(hashes, scratch));
        }
        let ItemScratch { sampled, .. } = scratch;
        sampled.sort_unstable();
        sampled.dedup();
        let is_inside = hits > 0 && share(hits, sampled.len().max(1)) >= self.shingler.containment.get();
        is_inside | self.holds_one(scratch)
    }

    /// Notes which of these shingles items have.
    #[inline]
    fn note(&self, hashes: &[u64], scratch: &mut ItemScratch) {
        let ItemScratch { places, passed, .. } = scratch;
        self.filter.pass(hashes, passed);
        places.extend(passed.iter().filter_map(|&hash| self.place(hash)));
    }

    /// Whether the shingles noted are so large a share of a document's that one item may have as many.
    fn may_be_inside(&self, hashes: &[u64], units: usize, scratch: &mut ItemScratch) -> bool {
        let containment = self.shingler.containment.get();
        if units < LEAST_WORDS {
            return false;
        }
        let hits = scratch.places.len();
        // More distinct ones than that, and they are too small a share. Mostly a few of the first show it.
        #[expect(
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a count of shingles of a text"
        )]
        let enough = (hits as f64 / containment) as usize + 2;
        let set = &mut scratch.set;
        set.build(&hashes[..hashes.len().min(2 * enough)]);
        if share(hits, set.len()) < containment {
            return false;
        }
        set.build(hashes);
        share(hits, set.len()) >= containment
    }

    /// Whether the shingles noted are enough of some item.
    fn holds_one(&self, scratch: &mut ItemScratch) -> bool {
        if scratch.places.len() < self.least_needed {
            return false;
        }
        scratch.places.sort_unstable();
        scratch.places.dedup();
        let mut is_held = false;
        self.held(scratch, |_, _| {
            is_held = true;
            false
        });
        is_held
    }

    /// Passes every item of which the sorted places of `scratch` are enough to `found`, with the number of its shingles
    /// that are among them, in order of items; until that returns false.
    pub(super) fn held(&self, scratch: &mut ItemScratch, mut found: impl FnMut(u32, usize) -> bool) {
        let ItemScratch { places, counts, touched, .. } = scratch;
        if places.len() < self.least_needed {
            return;
        }
        counts.resize(self.items(), 0);
        let mut long = 0;
        for &place in &*places {
            let items = self.items_of.of(place);
            if items.len() <= LONG_LIST {
                for &item in items {
                    let count = &mut counts[item as usize];
                    if *count == 0 {
                        touched.push(item);
                    }
                    *count += 1;
                }
            } else {
                long += 1;
            }
        }
        if long > 0 {
            // Those that share none of the other shingles with the document; ones that do are known already.
            for &place in places.iter().filter(|&&place| self.is_long(place)) {
                touched.extend(self.rare_items(place).filter(|&item| counts[item as usize] == 0));
            }
            touched.sort_unstable();
            touched.dedup();
        } else {
            touched.sort_unstable();
        }
        let mut goes_on = true;
        for item in touched.drain(..) {
            let count = std::mem::take(&mut counts[item as usize]) as usize;
            let needed = self.needed[item as usize] as usize;
            if !goes_on || count + long < needed {
                continue;
            }
            let shared = if long == 0 { count } else { shared(self.places_of.of(item), places) };
            if shared >= needed {
                goes_on = found(item, shared);
            }
        }
    }

    /// Passes every item that has at least `needed` of the sorted places to `found`, with their number, those first that
    /// have the rarest of them; until that returns false.
    pub(super) fn holders(
        &self,
        scratch: &mut ItemScratch,
        needed: usize,
        mut found: impl FnMut(u32, usize) -> bool,
    ) {
        let ItemScratch { places, is_touched, .. } = scratch;
        if places.len() < needed {
            return;
        }
        is_touched.resize(self.items(), false);
        let mut rarest = places.clone();
        rarest.sort_unstable_by_key(|&place| (self.items_of.of(place).len(), place));
        let mut goes_on = true;
        for &place in &rarest[..=places.len() - needed] {
            for &item in self.items_of.of(place) {
                if !goes_on {
                    break;
                }
                if std::mem::replace(&mut is_touched[item as usize], true) || self.is_short(item) {
                    continue;
                }
                let shared = shared(self.places_of.of(item), places);
                if shared >= needed {
                    goes_on = found(item, shared);
                }
            }
        }
        for &place in &rarest[..=places.len() - needed] {
            for &item in self.items_of.of(place) {
                is_touched[item as usize] = false;
            }
        }
    }
}

/// Number of elements of the first ascending list that the second has. O(n log m), for the first is mostly the shorter by
/// far.
fn shared(few: &[u32], many: &[u32]) -> usize {
    let mut rest = many;
    let mut shared = 0;
    for &element in few {
        rest = &rest[rest.partition_point(|&other| other < element)..];
        if rest.first() == Some(&element) {
            shared += 1;
        }
    }
    shared
}

//! The texts of a reference to the shingles that they are searched by.
#![allow(
    clippy::cast_possible_truncation,
    reason = "records are numbered in 32 bits, and reading refuses more"
)]

use super::options::{ItemSearch, LEAST_WORDS, shorter};
use crate::error::Result;
use crate::params::{Containment, Shingling, TextParams};
use crate::shingle::{ShingleScratch, Shingler};

/// Cuts texts into the shingles by which items are searched.
pub struct ItemShingler {
    pub(super) containment: Containment,
    pub(super) text: TextParams,
    pub(super) whole: Shingler,
    /// For items that are shorter than one shingle.
    pub(super) short: Option<Shingler>,
}

impl ItemShingler {
    /// For a search in a run whose texts become these shingles.
    ///
    /// # Errors
    /// As [`ItemSearch::text`].
    pub fn new(search: &ItemSearch, run: &TextParams) -> Result<Self> {
        let text = search.text(run)?;
        let short = shorter(text.shingling).map(|shingling| Shingler::new(&TextParams { shingling, ..text }));
        Ok(Self { containment: search.containment, text, whole: Shingler::new(&text), short })
    }

    /// What the shingles are made of.
    pub fn shingling(&self) -> Shingling {
        self.text.shingling
    }

    /// The shingler of documents, and of items that are not shorter than a shingle.
    pub fn shingler(&self) -> &Shingler {
        &self.whole
    }

    /// Adds the next record of the reference. O(n) for n words.
    pub fn add(&self, items: &mut ItemShingles, text: &str, scratch: &mut ShingleScratch) {
        let record = items.records;
        items.records += 1;
        let words = match self.text.shingling {
            Shingling::Word(_) => None,
            _ => Some(self.words(text, scratch)),
        };
        let mut shingles = self.whole.shingles(text, scratch);
        if words.unwrap_or(shingles.units()) < LEAST_WORDS {
            items.too_short.push(record);
            return;
        }
        if shingles.units() < self.text.shingling.width()
            && let Some(short) = &self.short
        {
            shingles = short.shingles(text, scratch);
            items.has_short = true;
        }
        items.units.push(shingles.units() as u32);
        items.hashes.extend_from_slice(shingles.hashes);
        items.item_records.push(record);
        items.counts.push(shingles.hashes.len() as u32);
    }

    /// Number of words of a text.
    fn words(&self, text: &str, scratch: &mut ShingleScratch) -> usize {
        let mut tokens: Vec<u64> = Vec::new();
        self.whole.tokenizer().tokenize(text, &mut scratch.tokens, &mut tokens);
        tokens.len()
    }
}

/// Shingles of items, in order of the records.
#[derive(Default)]
pub struct ItemShingles {
    /// Those of each, repeats included.
    pub(super) hashes: Vec<u64>,
    /// How many each has.
    pub(super) counts: Vec<u32>,
    /// Number of units of each.
    pub(super) units: Vec<u32>,
    /// The record that each is.
    pub(super) item_records: Vec<u32>,
    /// Records that are too short to be searched for.
    pub(super) too_short: Vec<u32>,
    pub(super) records: u32,
    /// Whether some item is shorter than a shingle.
    pub(super) has_short: bool,
}

impl ItemShingles {
    /// Adds those of the records that follow.
    pub fn append(&mut self, part: &Self) {
        let before = self.records;
        self.hashes.extend_from_slice(&part.hashes);
        self.counts.extend_from_slice(&part.counts);
        self.units.extend_from_slice(&part.units);
        self.item_records.extend(part.item_records.iter().map(|record| record + before));
        self.too_short.extend(part.too_short.iter().map(|record| record + before));
        self.records += part.records;
        self.has_short |= part.has_short;
    }

    /// Shingles of all items, those that several have counted for each.
    pub fn count(&self) -> usize {
        self.hashes.len()
    }
}

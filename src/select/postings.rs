//! Which kept sets have a shingle among their rarest.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use super::frequencies::Rare;
use crate::error::{Error, Result};

/// Sets by shingles.
///
/// Millions of shingles have one set each, so everything is flat: the sets of all shingles of a bucket are chained
/// through one list. 20 to 28 bytes a posting.
#[derive(Default)]
pub(super) struct PrefixPostings {
    /// Where each bucket's chain begins; a power of two of them, at least as many as there are postings.
    heads: Vec<u32>,
    pub(super) postings: Vec<KeptPosting>,
    /// For each posting, the first one further down its chain that is of another source; empty where sources do not
    /// matter. A source may keep any number of sets that are alike, and a query of that source passes over them all.
    pub(super) skips: Vec<u32>,
}

/// That a kept set has a shingle in its prefix.
pub(super) struct KeptPosting {
    /// The [`tag`] of the shingle, and below it the number of the set's shingles that are rarer, [`MOST_PLACES`] if
    /// there are more.
    tagged: u64,
    /// Index of the set.
    pub(super) set: u32,
    /// The next posting of the bucket.
    pub(super) next: u32,
}

/// Bits of a posting that hold a place.
const PLACE_BITS: u32 = 16;

/// The largest place that is told from larger ones. A place only rules sets out, so one too small loses nothing.
const MOST_PLACES: u64 = (1 << PLACE_BITS) - 1;

/// What a posting holds of a shingle. Two shingles of one tag, one pair in 2^48, may only make sets candidates.
pub(super) fn tag(shingle: u64) -> u64 {
    shingle << PLACE_BITS >> PLACE_BITS
}

/// The end of a chain.
const NO_POSTING: u32 = u32::MAX;

/// Buckets to begin with.
const FIRST_BUCKETS: usize = 1 << 8;

impl KeptPosting {
    pub(super) fn tag(&self) -> u64 {
        self.tagged >> PLACE_BITS
    }

    pub(super) fn place(&self) -> usize {
        (self.tagged & MOST_PLACES) as usize
    }
}

impl PrefixPostings {
    /// Bytes of a posting at most: itself, where its chain goes on, and up to two heads of chains.
    pub(super) const MOST_BYTES: usize = size_of::<KeptPosting>() + 3 * size_of::<u32>();

    /// Adds a posting of a set of this source; `source_of` gives the source of any set.
    pub(super) fn insert(
        &mut self,
        rare: &Rare,
        set: u32,
        source: Option<u32>,
        source_of: impl Fn(u32) -> Option<u32>,
    ) -> Result<()> {
        if self.postings.len() == NO_POSTING as usize {
            return Err(Error::TooManyShingles { limit: NO_POSTING.into() });
        }
        if self.postings.len() == self.heads.len() {
            self.grow(&source_of);
        }
        let bucket = self.bucket(rare.shingle);
        let next = std::mem::replace(&mut self.heads[bucket], self.postings.len() as u32);
        let tagged = tag(rare.shingle) << PLACE_BITS | (rare.place as u64).min(MOST_PLACES);
        self.postings.push(KeptPosting { tagged, set, next });
        if source.is_some() {
            self.skips.push(self.skip(source, next, &source_of));
        }
        Ok(())
    }

    /// Where the chain of a shingle begins.
    pub(super) fn first(&self, shingle: u64) -> u32 {
        if self.heads.is_empty() { NO_POSTING } else { self.heads[self.bucket(shingle)] }
    }

    /// Where a chain goes on behind a posting of `source`, passing over others of it; `next` is the posting after it.
    fn skip(&self, source: Option<u32>, next: u32, source_of: &impl Fn(u32) -> Option<u32>) -> u32 {
        match self.postings.get(next as usize) {
            Some(posting) if source_of(posting.set) == source => self.skips[next as usize],
            _ => next,
        }
    }

    /// Shingle hashes are mixed already, so their low bits will do.
    fn bucket(&self, shingle: u64) -> usize {
        shingle as usize & (self.heads.len() - 1)
    }

    fn grow(&mut self, source_of: &impl Fn(u32) -> Option<u32>) {
        let buckets = (self.heads.len() * 2).max(FIRST_BUCKETS);
        self.heads.clear();
        self.heads.resize(buckets, NO_POSTING);
        for index in 0..self.postings.len() {
            let bucket = self.bucket(self.postings[index].tag());
            let next = std::mem::replace(&mut self.heads[bucket], index as u32);
            self.postings[index].next = next;
            if !self.skips.is_empty() {
                let source = source_of(self.postings[index].set);
                self.skips[index] = self.skip(source, next, source_of);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.heads) + size_of_val(&*self.postings) + size_of_val(&*self.skips)
    }
}

//! How much of two texts may be in memory while they are compared.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use crate::error::Result;
use crate::params::Shingling;
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::{CountedSet, SetCounts, count_in_passes};

/// Sets that a thread holds while it verifies: that of the document in question, and of the last few others.
const HELD_SETS: usize = 5;

/// Bytes that a set takes a shingle, at most, and the buffers of the text that it is made of.
const SET_BYTES: usize = 40;
const BUFFER_BYTES: usize = 32;

/// What a thread may hold of the texts that it compares.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct SetAllowance {
    /// A text that may have more shingles than this is counted in passes.
    most_shingles: usize,
    /// Hashes of either set that are held at a time then.
    most_hashes: usize,
}

impl SetAllowance {
    /// No bound.
    pub(in crate::engine) const UNBOUNDED: Self = Self { most_shingles: usize::MAX, most_hashes: usize::MAX };

    /// What a thread may hold within so many bytes.
    pub(super) fn within(bytes: usize) -> Self {
        Self {
            most_shingles: bytes / (HELD_SETS * SET_BYTES + BUFFER_BYTES),
            most_hashes: bytes / (2 * size_of::<u64>()),
        }
    }

    /// Whether there is a bound at all.
    pub(in crate::engine) fn is_bounded(self) -> bool {
        self.most_shingles < usize::MAX
    }

    /// Whether the set of a text of so many bytes may be too large to be held.
    pub(in crate::engine) fn is_exceeded(self, text_bytes: usize, shingler: &Shingler) -> bool {
        text_bytes / least_unit_bytes(shingler.shingling()) > self.most_shingles
    }

    /// Counts the shingles of two texts in passes. `read` reads the text of this number, 0 or 1, and hands it over.
    pub(in crate::engine) fn count(
        self,
        shingler: &Shingler,
        scratch: &mut ShingleScratch,
        mut read: impl FnMut(usize, &mut dyn FnMut(&str)) -> Result<()>,
    ) -> Result<SetCounts> {
        count_in_passes(self.most_hashes, |set, take| {
            let number = usize::from(set == CountedSet::Second);
            read(number, &mut |text| {
                shingler.pieces(text, &mut scratch.tokens, &mut *take);
            })
        })
    }
}

/// The fewest bytes of a text for each of its shingles, but for the last.
pub(super) fn least_unit_bytes(shingling: Shingling) -> usize {
    match shingling {
        // A letter and a space.
        Shingling::Word(_) => 2,
        Shingling::Char(_) | Shingling::Byte(_) => 1,
    }
}

//! How much of two texts may be in memory while they are compared.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use crate::document::DocumentId;
use crate::documents::{DocumentReader, Documents};
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

    fn is_too_long(self, text_bytes: usize, shingling: Shingling) -> bool {
        text_bytes / least_unit_bytes(shingling) > self.most_shingles
    }

    /// Counts the shingles of two documents in passes, if one of them is too long for its set to be held.
    pub(in crate::engine) fn counts(
        self,
        pair: [DocumentId; 2],
        documents: Documents<'_>,
        shingler: &Shingler,
        (reader, scratch): (&mut DocumentReader<'_>, &mut ShingleScratch),
    ) -> Option<Result<SetCounts>> {
        if self.most_shingles == usize::MAX
            || !pair.iter().any(|&one| self.is_too_long(documents.most_bytes(one), shingler.shingling()))
        {
            return None;
        }
        Some(count_in_passes(self.most_hashes, |set, take| {
            let text = reader.text(pair[usize::from(set == CountedSet::Second)])?;
            shingler.pieces(text, &mut scratch.tokens, take);
            Ok(())
        }))
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

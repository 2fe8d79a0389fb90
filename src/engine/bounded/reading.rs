//! Reading all records within bounded memory, for runs that keep little of them and are not gone on with.

use std::path::Path;

use super::sets::least_unit_bytes;
use super::workspace::Budget;
use crate::corpus::{ChunkExtent, Corpus, FieldPath, LONG_TEXT_BYTES, Record, Value};
use crate::engine::ingest::{FoundRecords, Pass};
use crate::engine::observer::Observer;
use crate::error::Result;
use crate::params::Shingling;

/// Bytes of a chunk; a wave is as many as memory allows.
const CHUNK_BYTES: usize = 1 << 16;

/// Most chunks of a wave.
const CHUNKS_PER_WAVE: usize = 1 << 10;

/// Bytes that reading a text takes for each of its own: decoded, in a buffer that doubles.
const DECODED_PER_BYTE: usize = 2;

/// Bytes of a rejected record, as a multiple of those of a document.
const REJECTED_DOCUMENTS: usize = 16;

/// Reads records in waves that fit the memory that is left.
#[derive(Clone, Copy)]
pub(super) struct BoundedReading<'a> {
    pub budget: Budget,
    /// Where long texts go as they are read.
    pub directory: &'a Path,
    pub shingling: Shingling,
    /// Bytes that each shingle takes until it is merged, and the longest text of which all are held at once.
    pub shingle_bytes: usize,
    pub most_text_bytes: usize,
    /// Bytes that each record takes until it is merged.
    pub record_bytes: usize,
}

impl BoundedReading<'_> {
    /// As [`read_all`](crate::engine::ingest::read_all).
    pub(super) fn read_all<W: Default, P: Send>(
        self,
        corpus: &Corpus,
        paths: &[&FieldPath],
        observer: &dyn Observer,
        begin: impl Fn() -> P + Sync,
        read: impl Fn(&mut W, &mut P, Record<'_>, &[Option<Value<'_>>]) + Sync,
        mut merge: impl FnMut(P) -> Result<()>,
    ) -> Result<FoundRecords> {
        let mut pass = Pass::new(corpus, paths, CHUNK_BYTES, observer).spilling_to(self.directory);
        loop {
            let chunks = self.chunks_of_wave(corpus, &pass)?;
            if pass.wave(chunks, &begin, &read, |part, _, _| merge(part))? == 0 {
                return Ok(pass.finish());
            }
        }
    }

    /// How many chunks fit the memory that is left.
    fn chunks_of_wave(&self, corpus: &Corpus, pass: &Pass<'_>) -> Result<usize> {
        let documents = pass.found.records.len() + pass.found.rejected.len() * REJECTED_DOCUMENTS;
        self.budget.check(documents)?;
        let share = self.budget.share(documents) / 2;
        let least = least_unit_bytes(self.shingling);
        let mut taken = 0;
        for (count, chunk) in pass.chunks_left().iter().take(CHUNKS_PER_WAVE).enumerate() {
            let ChunkExtent { longest, bytes, records } = corpus.extent(chunk);
            let shingled =
                if self.most_text_bytes == usize::MAX { bytes } else { longest.min(self.most_text_bytes) };
            let needed = shingled / least * self.shingle_bytes
                + longest.min(LONG_TEXT_BYTES) * DECODED_PER_BYTE
                + records * self.record_bytes;
            if count == 0 {
                self.budget.check_single(documents, needed, || format!("a record of {longest} bytes"))?;
            } else if taken + needed > share {
                return Ok(count);
            }
            taken += needed;
        }
        Ok(CHUNKS_PER_WAVE)
    }
}

//! One parallel pass over all records of a corpus.
//!
//! Chunks are read in waves: the chunks of a wave in parallel, each into a part of its own, and the parts are
//! handed over in corpus order. What waits to be merged is never more than a wave.

use rayon::prelude::*;

use super::observer::{Observer, Progress, Stage};
use crate::corpus::{Chunk, Corpus, FieldPath, Frame, Record, RecordTable, Rejected, TextScratch, Value};
use crate::error::{Error, Result};

/// Bytes read as one piece of work.
const CHUNK_BYTES: usize = 1 << 20;

/// Pieces of work between two merges: enough to occupy many threads, few enough that what waits to be merged
/// stays small.
const CHUNKS_PER_WAVE: usize = 64;

/// Most documents a run can number; the last number marks an absent one.
const MAX_DOCUMENTS: u64 = u32::MAX as u64;

/// What a pass finds, whatever else it is made for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Where the records stand.
    pub records: RecordTable,
    /// What could not be read, in corpus order.
    pub rejected: Vec<Rejected>,
    /// Decompressed bytes read.
    pub bytes: u64,
}

/// Reads all records of `corpus`.
///
/// Each chunk begins with a part made by `begin` and a worker's memory `W`; `read` adds a record and the values of
/// the fields in `paths` after the first, which names the text; `merge` takes the parts in corpus order.
pub(crate) fn read_all<W: Default, P: Send>(
    corpus: &Corpus,
    paths: &[&FieldPath],
    observer: &dyn Observer,
    begin: impl Fn() -> P + Sync,
    read: impl Fn(&mut W, &mut P, Record<'_>, &[Option<Value<'_>>]) + Sync,
    mut merge: impl FnMut(P),
) -> Result<Found> {
    let chunks = corpus.chunks(CHUNK_BYTES);
    let progress = Progress::begin(observer, Stage::Read, corpus.mapped_bytes());
    let mut found = Found::default();
    let mut numbering = Numbering::default();
    for wave in chunks.chunks(CHUNKS_PER_WAVE) {
        let batches: Vec<(Batch, P)> = wave
            .par_iter()
            .map_init(<(TextScratch, W)>::default, |(scratch, worker), chunk| {
                let mut part = begin();
                let batch = Batch::read(corpus, chunk, paths, scratch, |record, values| {
                    read(worker, &mut part, record, values);
                })?;
                progress.advance(batch.bytes)?;
                Ok((batch, part))
            })
            .collect::<Result<_>>()?;
        for (batch, part) in batches {
            numbering.append(batch, &mut found)?;
            merge(part);
        }
    }
    numbering.begin_sources_to(corpus.sources().len(), &mut found.records);
    Ok(found)
}

/// The records of one chunk, numbered from the chunk's start.
struct Batch {
    first_source: usize,
    places: Vec<(usize, Frame)>,
    rejected: Vec<Rejected>,
    records: u32,
    bytes: u64,
}

impl Batch {
    fn read(
        corpus: &Corpus,
        chunk: &Chunk,
        paths: &[&FieldPath],
        scratch: &mut TextScratch,
        mut read: impl FnMut(Record<'_>, &[Option<Value<'_>>]),
    ) -> Result<Self> {
        let (mut places, mut rejected) = (Vec::new(), Vec::new());
        let size = corpus.visit(chunk, paths, scratch, |source, frame, record| match record {
            Ok((record, values)) => {
                places.push((source, frame));
                read(record, values);
            }
            Err(bad) => rejected.push(bad),
        })?;
        let first_source = chunk.first_source();
        Ok(Self { first_source, places, rejected, records: size.records, bytes: size.bytes })
    }
}

/// Turns record numbers within a chunk into record numbers within a source.
#[derive(Default)]
struct Numbering {
    sources_begun: usize,
    /// Records of the source begun last that earlier chunks counted.
    records_before: u32,
}

impl Numbering {
    fn begin_sources_to(&mut self, count: usize, records: &mut RecordTable) {
        while self.sources_begun < count {
            records.begin_source();
            self.sources_begun += 1;
            self.records_before = 0;
        }
    }

    fn append(&mut self, batch: Batch, found: &mut Found) -> Result<()> {
        self.begin_sources_to(batch.first_source + 1, &mut found.records);
        if found.records.len() as u64 + batch.places.len() as u64 > MAX_DOCUMENTS {
            return Err(Error::TooManyDocuments { limit: MAX_DOCUMENTS });
        }
        let before = self.records_before;
        for (source, mut frame) in batch.places {
            self.begin_sources_to(source + 1, &mut found.records);
            frame.record += self.records_before;
            found.records.extend([frame]);
        }
        found.rejected.extend(batch.rejected.into_iter().map(|mut rejected| {
            if rejected.source == batch.first_source {
                rejected.frame.record += before;
            }
            rejected
        }));
        if self.sources_begun == batch.first_source + 1 {
            self.records_before = before + batch.records;
        }
        found.bytes += batch.bytes;
        Ok(())
    }
}

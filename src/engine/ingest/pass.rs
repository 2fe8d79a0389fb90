//! One parallel pass over all records of a corpus.
//!
//! Chunks are read in waves: the chunks of a wave in parallel, each into a part of its own, and the parts are
//! handed over in corpus order. At most one wave of results is in memory before merging.

use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::corpus::{Chunk, Corpus, FieldPath, Frame, Record, RecordTable, Rejected, TextScratch, Value};
use crate::engine::observer::{Observer, Progress, Stage};
use crate::error::{Error, Result};

/// Bytes read as one piece of work.
const CHUNK_BYTES: usize = 1 << 20;

/// Most pieces of work between two merges: enough to occupy many threads, few enough that results not yet
/// merged stay small.
const CHUNKS_PER_WAVE: usize = 64;

/// Pieces of work in the first wave, while it is not known how small the documents are.
const CHUNKS_OF_FIRST_WAVE: usize = 8;

/// Documents that a wave should hold at most: their results stay in memory until they are merged.
const DOCUMENTS_PER_WAVE: usize = 1 << 17;

/// Most documents a run can number; the last number marks an absent one.
pub(in crate::engine) const MAX_DOCUMENTS: u64 = u32::MAX as u64;

/// What a pass finds, whatever else it is made for.
#[derive(Debug, Default)]
pub(in crate::engine) struct FoundRecords {
    /// Where the records stand.
    pub records: RecordTable,
    /// What could not be read, in corpus order.
    pub rejected: Vec<Rejected>,
    /// Decompressed bytes read.
    pub bytes: u64,
}

impl FoundRecords {
    /// Refuses a corpus with records that could not be read.
    ///
    /// # Errors
    /// [`Error::Strict`], naming the first.
    pub(in crate::engine) fn check_none_rejected(&self, corpus: &Corpus) -> Result<()> {
        let Some(first) = self.rejected.first() else { return Ok(()) };
        let name = corpus.sources()[first.source].name();
        Err(Error::Strict {
            count: self.rejected.len() as u64,
            first: format!("{name}:{}: {}", first.frame.record, first.reason),
        })
    }
}

/// Reads all records of `corpus`.
///
/// Each chunk begins with a part made by `begin` and a worker's memory `W`; `read` adds a record and the values of
/// the fields in `paths` after the first, which names the text; `merge` takes the parts in corpus order.
pub(in crate::engine) fn read_all<W: Default, P: Send>(
    corpus: &Corpus,
    paths: &[&FieldPath],
    observer: &dyn Observer,
    begin: impl Fn() -> P + Sync,
    read: impl Fn(&mut W, &mut P, Record<'_>, &[Option<Value<'_>>]) + Sync,
    mut merge: impl FnMut(P),
) -> Result<FoundRecords> {
    let mut pass = Pass::new(corpus, paths, CHUNK_BYTES, observer);
    let mut chunks = CHUNKS_OF_FIRST_WAVE;
    loop {
        let before = pass.found.records.len();
        let read_chunks = pass.wave(chunks, &begin, &read, |part, _, _| {
            merge(part);
            Ok(())
        })?;
        if read_chunks == 0 {
            return Ok(pass.finish());
        }
        let per_chunk = (pass.found.records.len() - before) / read_chunks;
        let least = (2 * rayon::current_num_threads()).min(CHUNKS_PER_WAVE);
        chunks = (DOCUMENTS_PER_WAVE / per_chunk.max(1)).clamp(least, CHUNKS_PER_WAVE);
    }
}

/// A pass that goes on.
pub(in crate::engine) struct Pass<'a> {
    corpus: &'a Corpus,
    paths: &'a [&'a FieldPath],
    chunks: Vec<Chunk>,
    state: PassState,
    /// What was found so far.
    pub found: FoundRecords,
    progress: Progress<'a>,
    /// Where long texts go as they are read, if memory is bounded.
    spill: Option<PathBuf>,
}

/// How far a pass came.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(in crate::engine) struct PassState {
    /// Chunks read.
    chunks: usize,
    numbering: Numbering,
    /// Decompressed bytes read.
    bytes: u64,
}

impl PassState {
    /// Sources whose records were come to.
    pub(in crate::engine) fn sources_begun(&self) -> usize {
        self.numbering.sources_begun
    }
}

impl<'a> Pass<'a> {
    pub(in crate::engine) fn new(
        corpus: &'a Corpus,
        paths: &'a [&'a FieldPath],
        chunk_bytes: usize,
        observer: &'a dyn Observer,
    ) -> Self {
        let progress = Progress::begin(observer, Stage::Read, corpus.mapped_bytes());
        let (state, found) = (PassState::default(), FoundRecords::default());
        Self { corpus, paths, chunks: corpus.chunks(chunk_bytes), state, found, progress, spill: None }
    }

    /// A pass over the records of the references alone.
    pub(in crate::engine) fn over_references(
        corpus: &'a Corpus,
        chunk_bytes: usize,
        observer: &'a dyn Observer,
    ) -> Self {
        let bytes = corpus.references().iter().map(|source| source.lines().len() as u64).sum();
        let progress = Progress::begin(observer, Stage::References, bytes);
        let mut chunks = corpus.chunks(chunk_bytes);
        chunks.retain(|chunk| corpus.is_reference(chunk.first_source()));
        let (state, found) = (PassState::default(), FoundRecords::default());
        Self { corpus, paths: &[], chunks, state, found, progress, spill: None }
    }

    /// The same, and long texts are read by way of temporary files in `directory`.
    pub(in crate::engine) fn spilling_to(self, directory: &Path) -> Self {
        Self { spill: Some(directory.to_owned()), ..self }
    }

    /// Goes on where an earlier pass over the same chunks stopped, which had found `found`; its records are those
    /// of the sources begun until then.
    pub(in crate::engine) fn restore(&mut self, state: PassState, found: FoundRecords) -> Result<()> {
        self.state = state;
        self.found = found;
        self.found.bytes = state.bytes;
        self.progress.advance(state.bytes)
    }

    /// How far it came.
    pub(in crate::engine) fn state(&self) -> PassState {
        self.state
    }

    /// The pieces of work that were not read yet.
    pub(in crate::engine) fn chunks_left(&self) -> &[Chunk] {
        &self.chunks[self.state.chunks..]
    }

    /// Reads up to `chunks` pieces of work, as [`read_all`] does, and returns how many there were. `merge` also gets
    /// what was found so far, and the numbers of the part's documents.
    pub(in crate::engine) fn wave<W: Default, P: Send>(
        &mut self,
        chunks: usize,
        begin: impl Fn() -> P + Sync,
        read: impl Fn(&mut W, &mut P, Record<'_>, &[Option<Value<'_>>]) + Sync,
        mut merge: impl FnMut(P, &FoundRecords, Range<usize>) -> Result<()>,
    ) -> Result<usize> {
        let start = self.state.chunks;
        let end = (start + chunks).min(self.chunks.len());
        let begin_thread = || (TextScratch::spilling_to(self.spill.clone()), W::default());
        let batches: Vec<(Batch, P)> = self.chunks[start..end]
            .par_iter()
            .map_init(begin_thread, |(scratch, worker), chunk| {
                let mut part = begin();
                let sources = self.corpus.sources();
                let source = chunk.first_source();
                self.progress.file(source + 1, sources.len(), sources[source].name());
                let batch = Batch::read(self.corpus, chunk, self.paths, scratch, |record, values| {
                    read(worker, &mut part, record, values);
                })?;
                self.progress.advance(batch.bytes)?;
                Ok((batch, part))
            })
            .collect::<Result<_>>()?;
        for (batch, part) in batches {
            let before = self.found.records.len();
            self.state.numbering.append(batch, &mut self.found)?;
            merge(part, &self.found, before..self.found.records.len())?;
        }
        self.state.chunks = end;
        self.state.bytes = self.found.bytes;
        Ok(end - start)
    }

    /// What was found.
    pub(in crate::engine) fn finish(mut self) -> FoundRecords {
        self.state.numbering.begin_sources_to(self.corpus.sources().len(), &mut self.found.records);
        self.found
    }
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
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
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

    fn append(&mut self, batch: Batch, found: &mut FoundRecords) -> Result<()> {
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

//! Corpus to sketches within bounded memory: signatures and band keys go to work files as they are made.
//!
//! How far the pass came is stated every now and then, so that a later run goes on from there. For that, what stays
//! in memory is written down too, and read back by that run.

use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use super::workspace::Workspace;
use crate::corpus::{ChunkExtent, Corpus, Frame, Rejected};
use crate::document::DocumentId;
use crate::engine::ingest::{
    FigureFields, FoundRecords, GatheredColumns, Ingested, LONG_TEXT_BYTES, Maker, Pass, PassState,
    ShinglingScratch, SketchColumns,
};
use crate::engine::observer::Observer;
use crate::error::Result;
use crate::sketch::{Signatures, Slot, extend_with_slots};
use crate::work::{Kind, WorkFile};

const STAGE: &str = "read";

/// Least and most bytes read as one piece of work. Small, since a whole wave waits in memory before it is written.
const CHUNK_BYTES: RangeInclusive<usize> = 1 << 16..=1 << 20;

/// Pieces of work that a corpus is cut into, if they are then of a size between the bounds: the list of them takes
/// memory, too.
const CHUNKS: u64 = 1 << 16;

/// Most pieces of work between two merges.
const CHUNKS_PER_WAVE: usize = 1 << 10;

/// Bytes that a wave takes for each thread, if so much is left: more would not be faster, and the allocator does not
/// give all of it back.
const WAVE_BYTES_PER_THREAD: usize = 8 << 20;

/// Bytes of a document in the file of documents: its frame, source, length in tokens and fingerprint.
const DOCUMENT_BYTES: usize = 32;

/// Bytes read at a time from the work of an earlier run.
const READ_BYTES: usize = 1 << 18;

/// Bytes that reading a record takes for each of its own: the decoded text, in a buffer that doubles as it grows.
const DECODED_PER_BYTE: usize = 2;

/// Bytes that shingling takes for each of a text that is not shingled in pieces: twice eight for each token, of
/// which two bytes are at least one, in buffers that double as they grow.
const SHINGLED_PER_BYTE: usize = 16;

/// Bytes that a record takes in a wave beside its signature and band keys: its frame, twice, and its columns.
const RECORD_BYTES: usize = 96;

/// Bytes that a rejected record takes, and more with the parser's message.
const REJECTED_BYTES: usize = 256;

/// The file of the keys of a band.
pub(super) fn band_file(band: u32) -> String {
    format!("band-{band:04}")
}

pub(super) const BAND_KIND: Kind = Kind(*b"band");

/// How far the pass came.
#[derive(Serialize, Deserialize)]
struct IngestState {
    pass: PassState,
    is_done: bool,
}

/// What the pass writes.
struct Files {
    documents: WorkFile,
    ranks: WorkFile,
    rejected: WorkFile,
    signatures: WorkFile,
    bands: Vec<WorkFile>,
}

impl Files {
    fn open(workspace: &Workspace, bands: u32) -> Result<Self> {
        let file = |name: &str, kind| workspace.directory.file(name, Kind(kind));
        Ok(Self {
            documents: file("documents", *b"docs")?,
            ranks: file("ranks", *b"rank")?,
            rejected: file("rejected", *b"rjct")?,
            signatures: file("signatures", *b"sign")?,
            bands: (0..bands).map(|band| file(&band_file(band), BAND_KIND.0)).collect::<Result<_>>()?,
        })
    }

    fn append(&mut self, part: &SketchColumns, found: &FoundRecords, documents: Range<usize>) -> Result<()> {
        let SketchColumns { signatures, fingerprints, units, figures, band_keys, .. } = part;
        let mut entries = Vec::with_capacity(documents.len() * DOCUMENT_BYTES);
        for (index, document) in documents.enumerate() {
            let location = found.records.locate(DocumentId(document as u32));
            entries.extend(entry(location.frame, location.source as u32, units[index], fingerprints[index]));
            for column in figures {
                self.ranks.append(&column[index].to_le_bytes())?;
            }
        }
        self.documents.append(&entries)?;
        let mut bytes = Vec::with_capacity(size_of_val(&signatures[..]));
        extend_with_slots(&mut bytes, signatures);
        self.signatures.append(&bytes)?;
        for (file, keys) in self.bands.iter_mut().zip(band_keys) {
            let bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
            file.append(&bytes)?;
        }
        Ok(())
    }

    fn append_rejected(&mut self, rejected: &[Rejected]) -> Result<()> {
        for rejected in rejected {
            let line = serde_json::to_vec(rejected).expect("numbers and strings are always JSON");
            self.rejected.append(&line)?;
            self.rejected.append(b"\n")?;
        }
        Ok(())
    }

    fn all(&mut self) -> Vec<&mut WorkFile> {
        let Self { documents, ranks, rejected, signatures, bands } = self;
        let mut all = vec![documents, ranks, rejected, signatures];
        all.extend(bands);
        all
    }
}

/// Reads all records of `corpus`, or those that an earlier run did not come to. `banding` is none if no bands are
/// used.
///
/// # Errors
/// [`crate::Error::MemoryTooSmall`] if there are too many documents, or a record is too long, for the limit; else as
/// [`ingest`](super::ingest::ingest).
pub(super) fn ingest_to_files(
    corpus: &Corpus,
    maker: &Maker<'_>,
    observer: &dyn Observer,
    workspace: &mut Workspace,
) -> Result<Ingested> {
    let figures = &maker.keep.figures;
    let fields = FigureFields::new(corpus, figures);
    let state: Option<IngestState> = workspace.directory.stage(STAGE)?;
    // The keys are gone once they were used.
    let bands = if state.as_ref().is_some_and(|state| state.is_done) { 0 } else { maker.bands() };
    let mut files = Files::open(workspace, bands)?;
    let mut gathered = GatheredColumns::new(maker.slots(), figures);
    // The same for every run over this corpus, since state counts chunks.
    let chunk_bytes = (corpus.mapped_bytes() / CHUNKS) as usize;
    let chunk_bytes = chunk_bytes.clamp(*CHUNK_BYTES.start(), *CHUNK_BYTES.end());
    let mut pass = Pass::new(corpus, &fields.paths, chunk_bytes, observer);
    let mut is_done = false;
    if let Some(state) = state {
        let found = restore(&files, &mut gathered, state.pass.sources_begun())?;
        pass.restore(state.pass, found)?;
        is_done = state.is_done;
    }
    while !is_done {
        let chunks = chunks_of_wave(corpus, &pass, record_bytes(maker), workspace)?;
        let rejected = pass.found.rejected.len();
        let read_chunks = pass.wave(
            chunks,
            || maker.columns(),
            |scratch: &mut ShinglingScratch, columns: &mut SketchColumns, record, values| {
                maker.add(columns, record.text, scratch, |figure| fields.value(figure, values));
            },
            |columns, found, documents| {
                files.append(&columns, found, documents)?;
                gathered.append_but_signatures(columns);
                Ok(())
            },
        )?;
        files.append_rejected(&pass.found.rejected[rejected..])?;
        is_done = read_chunks == 0;
        if is_done || workspace.is_due() {
            workspace.commit(STAGE, &IngestState { pass: pass.state(), is_done }, &mut files.all())?;
        }
    }
    gathered.sketches.signatures = Signatures::in_file(maker.slots(), files.signatures);
    Ok(Ingested { found: pass.finish(), gathered })
}

/// Bytes that a record takes until it is written.
fn record_bytes(maker: &Maker<'_>) -> usize {
    let signature = maker.slots().get() * size_of::<Slot>();
    RECORD_BYTES + signature + 4 * maker.bands() as usize + 8 * maker.keep.figures.len()
}

fn entry(frame: Frame, source: u32, units: u32, fingerprint: u64) -> [u8; DOCUMENT_BYTES] {
    let mut entry = [0; DOCUMENT_BYTES];
    entry[..8].copy_from_slice(&frame.offset.to_le_bytes());
    entry[8..12].copy_from_slice(&frame.length.to_le_bytes());
    entry[12..16].copy_from_slice(&frame.record.to_le_bytes());
    entry[16..20].copy_from_slice(&source.to_le_bytes());
    entry[20..24].copy_from_slice(&units.to_le_bytes());
    entry[24..].copy_from_slice(&fingerprint.to_le_bytes());
    entry
}

/// Reads back what an earlier run had found.
fn restore(files: &Files, gathered: &mut GatheredColumns, sources: usize) -> Result<FoundRecords> {
    let GatheredColumns { sketches, figures, .. } = gathered;
    let mut found = FoundRecords::default();
    let mut reader = files.documents.reader(0..files.documents.len(), READ_BYTES);
    let mut sources_begun = 0;
    while let Some(entry) = reader.entry::<DOCUMENT_BYTES>()? {
        let number = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
        let long = |at: usize| u64::from(number(at)) | u64::from(number(at + 4)) << 32;
        while sources_begun <= number(16) {
            found.records.begin_source();
            sources_begun += 1;
        }
        found.records.extend([Frame { offset: long(0), length: number(8), record: number(12) }]);
        sketches.units.push(number(20));
        sketches.fingerprints.push(long(24));
    }
    // Behind the last document there may be sources without a readable record.
    while (sources_begun as usize) < sources {
        found.records.begin_source();
        sources_begun += 1;
    }
    if !figures.is_empty() {
        let mut reader = files.ranks.reader(0..files.ranks.len(), READ_BYTES);
        let mut column = 0;
        while let Some(rank) = reader.entry::<8>()? {
            figures[column].push(u64::from_le_bytes(rank));
            column = (column + 1) % figures.len();
        }
    }
    let mut lines = vec![0; files.rejected.len() as usize];
    files.rejected.read_at(0, &mut lines)?;
    for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let rejected: Rejected = serde_json::from_slice(line).map_err(|_| files.rejected.damaged())?;
        found.rejected.push(rejected);
    }
    Ok(found)
}

/// What reading a record of this length takes.
fn scratch_bytes(length: usize) -> usize {
    length * DECODED_PER_BYTE + length.min(LONG_TEXT_BYTES) * SHINGLED_PER_BYTE
}

/// A chunk with a record longer than this needs its memory for that record.
const CHUNK_OF_MANY: usize = *CHUNK_BYTES.start();

/// How many chunks fit the memory that is left; a record takes so many bytes until it is written.
fn chunks_of_wave(
    corpus: &Corpus,
    pass: &Pass<'_>,
    record_bytes: usize,
    workspace: &Workspace,
) -> Result<usize> {
    let rejected = pass.found.rejected.len() * REJECTED_BYTES / size_of::<Frame>();
    let documents = pass.found.records.len() + rejected;
    workspace.budget.check(documents)?;
    let most = WAVE_BYTES_PER_THREAD * rayon::current_num_threads();
    let share = (workspace.budget.share(documents) / 2).min(most);
    let mut taken = 0;
    for (count, chunk) in pass.chunks_left().iter().take(CHUNKS_PER_WAVE).enumerate() {
        let ChunkExtent { records, longest } = corpus.extent(chunk)?;
        // Vectors that grow hold up to twice of what is in them.
        let bytes = 2 * records * record_bytes + scratch_bytes(longest);
        if count == 0 {
            workspace.budget.check_single(documents, bytes, || match longest {
                0..=CHUNK_OF_MANY => "any run".to_owned(),
                _ => format!("a record of {longest} bytes"),
            })?;
        } else if taken + bytes > share {
            return Ok(count);
        }
        taken += bytes;
    }
    Ok(CHUNKS_PER_WAVE)
}

//! Corpus to sketches within bounded memory: signatures and band keys go to work files as they are made.
//!
//! How far the pass came is stated every now and then, so that a later run goes on from there. For that, what stays
//! in memory is written down too, and read back by that run.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use super::candidates::{BAND_KIND, FileNames};
use super::sets::least_unit_bytes;
use super::workspace::Workspace;
use crate::corpus::{ChunkExtent, Corpus, Frame, Location, Rejected};
use crate::document::DocumentId;
use crate::engine::ingest::{
    FigureFields, FoundRecords, GatheredColumns, Ingested, LONG_TEXT_BYTES, Maker, Pass, PassState,
    ShinglingScratch, SketchColumns,
};
use crate::engine::observer::Observer;
use crate::error::Result;
use crate::params::Shingling;
use crate::reuse::containment::{LEAST_PARAGRAPH_BYTES, SpilledKeys, SpilledRows};
use crate::sketch::{Signatures, Slot};
use crate::work::{Column, Fixed, RowColumn, WorkFile, WorkKind, take};

const STAGE: &str = "read";

/// Least and most bytes read as one piece of work. Small, since a whole wave waits in memory before it is written.
const CHUNK_BYTES: RangeInclusive<usize> = 1 << 15..=1 << 20;

/// Pieces of work that a corpus is cut into, if they are then of a size between the bounds: the list of them takes
/// memory, too.
const CHUNKS: u64 = 1 << 16;

/// Most pieces of work between two merges.
const CHUNKS_PER_WAVE: usize = 1 << 10;

/// Bytes that a wave takes for each thread, if so much is left: more would not be faster, and the allocator does not
/// give all of it back.
const WAVE_BYTES_PER_THREAD: usize = 8 << 20;

/// A document in the file of documents.
struct DocumentEntry {
    frame: Frame,
    source: u32,
    /// Its length in tokens.
    units: u32,
    fingerprint: u64,
    /// The second hash of its tokens.
    check: u64,
}

impl Fixed for DocumentEntry {
    const BYTES: usize = 40;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.frame.offset.write(bytes);
        self.frame.length.write(bytes);
        self.frame.record.write(bytes);
        self.source.write(bytes);
        self.units.write(bytes);
        self.fingerprint.write(bytes);
        self.check.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        let frame = Frame { offset: take(bytes), length: take(bytes), record: take(bytes) };
        let (source, units) = (take(bytes), take(bytes));
        Self { frame, source, units, fingerprint: take(bytes), check: take(bytes) }
    }
}

/// Bytes that reading a record takes for each of its own: the decoded text, in a buffer that doubles as it grows, and
/// of long ones in a temporary file.
const DECODED_PER_BYTE: usize = 2;

/// Bytes that shingling takes for each unit of a text that is not shingled in pieces: twice eight, in buffers that
/// double as they grow.
const SHINGLED_PER_UNIT: usize = 32;

/// Bytes that a record takes in a wave beside its signature and band keys: its frame, twice, and its columns.
const RECORD_BYTES: usize = 96;

/// Bytes that a rejected record takes, and more with the parser's message.
const REJECTED_BYTES: usize = 256;

/// How far the pass came.
#[derive(Serialize, Deserialize)]
struct IngestState {
    pass: PassState,
    is_done: bool,
}

/// The files that the pass writes.
struct Files {
    documents: Column<DocumentEntry>,
    /// The figures of a document, one after the other.
    figures: Column<u64>,
    /// Lines of JSON.
    rejected: WorkFile,
    signatures: RowColumn,
    bands: Vec<Column<u32>>,
    /// Samples and hashes of lines, if they are kept.
    spilled: Option<SpilledKeys>,
}

impl Files {
    fn open(workspace: &Workspace, maker: &Maker<'_>, bands: u32) -> Result<Self> {
        let directory = &workspace.directory;
        let slots = maker.slots();
        let rows = |name: &str| {
            let keys = directory.column(name, WorkKind(*b"keys"))?;
            Ok(SpilledRows::new(keys, directory.column(&format!("{name}-counts"), WorkKind(*b"kcnt"))?))
        };
        let spilled = match maker.keep.samples {
            Some(_) => Some(SpilledKeys { samples: rows("samples")?, lines: rows("lines")? }),
            None => None,
        };
        let band = |band| directory.column(&FileNames::DOCUMENTS.band(band), BAND_KIND);
        Ok(Self {
            documents: directory.column("documents", WorkKind(*b"docs"))?,
            figures: directory.column("ranks", WorkKind(*b"rank"))?,
            rejected: directory.file("rejected", WorkKind(*b"rjct"))?,
            signatures: directory.row_column("signatures", WorkKind(*b"sign"), slots.get())?,
            bands: (0..bands).map(band).collect::<Result<_>>()?,
            spilled,
        })
    }

    fn append(&mut self, part: &SketchColumns, found: &FoundRecords, documents: Range<usize>) -> Result<()> {
        let SketchColumns { signatures, fingerprints, checks, units, figures, band_keys, .. } = part;
        let entries: Vec<DocumentEntry> = documents
            .enumerate()
            .map(|(index, document)| {
                let Location { source, frame } = found.records.locate(DocumentId(document as u32));
                let (units, fingerprint, check) = (units[index], fingerprints[index], checks[index]);
                DocumentEntry { frame, source: source as u32, units, fingerprint, check }
            })
            .collect();
        self.documents.extend(&entries)?;
        let of_document = |index: usize| figures.iter().map(move |column| &column[index]);
        self.figures.extend((0..entries.len()).flat_map(of_document))?;
        self.signatures.extend(signatures)?;
        for (file, keys) in self.bands.iter_mut().zip(band_keys) {
            file.extend(keys)?;
        }
        if let Some(SpilledKeys { samples, lines }) = &mut self.spilled {
            part.samples.spill(samples)?;
            part.paragraphs.spill(lines)?;
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
        let Self { documents, figures, rejected, signatures, bands, spilled } = self;
        let mut all = vec![documents.file(), figures.file(), rejected, signatures.file()];
        all.extend(bands.iter_mut().map(Column::file));
        if let Some(SpilledKeys { samples, lines }) = spilled {
            all.extend(samples.files().into_iter().chain(lines.files()));
        }
        all
    }
}

/// Reads all records of `corpus`, or those that an earlier run did not come to. `banding` is none if no bands are
/// used; `prepared` changes a text before it is sketched.
///
/// # Errors
/// [`crate::Error::MemoryTooSmall`] if there are too many documents, or a record is too long, for the limit; else as
/// [`ingest`](super::ingest::ingest).
pub(super) fn ingest_to_files(
    corpus: &Corpus,
    maker: &Maker<'_>,
    prepared: impl for<'t> Fn(&'t str) -> Cow<'t, str> + Sync,
    observer: &dyn Observer,
    workspace: &mut Workspace,
) -> Result<Ingested> {
    let figures = &maker.keep.figures;
    let fields = FigureFields::new(corpus, figures);
    let state: Option<IngestState> = workspace.directory.stage(STAGE)?;
    // The keys are gone once they were used.
    let bands = if state.as_ref().is_some_and(|state| state.is_done) { 0 } else { maker.bands() };
    let mut files = Files::open(workspace, maker, bands)?;
    let mut gathered = GatheredColumns::new(maker.slots(), figures);
    // The same for every run over this corpus, since state counts chunks.
    let chunk_bytes = (corpus.mapped_bytes() / CHUNKS) as usize;
    let chunk_bytes = chunk_bytes.clamp(*CHUNK_BYTES.start(), *CHUNK_BYTES.end());
    let mut pass =
        Pass::new(corpus, &fields.paths, chunk_bytes, observer).spilling_to(workspace.directory.path());
    let mut is_done = false;
    if let Some(state) = state {
        let found = restore(&files, &mut gathered, state.pass.sources_begun())?;
        pass.restore(state.pass, found)?;
        is_done = state.is_done;
    }
    while !is_done {
        let chunks = chunks_of_wave(corpus, &pass, maker, workspace)?;
        let rejected = pass.found.rejected.len();
        let read_chunks = pass.wave(
            chunks,
            || maker.columns(),
            |scratch: &mut ShinglingScratch, columns: &mut SketchColumns, record, values| {
                let (text, value) = (prepared(record.text), |figure| fields.value(figure, values));
                if record.is_reference {
                    maker.add_reference(columns, &text, scratch, value);
                } else {
                    maker.add(columns, &text, scratch, value);
                }
            },
            |mut columns, found, documents| {
                files.append(&columns, found, documents)?;
                (columns.samples, columns.paragraphs) = Default::default();
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
    gathered.spilled = files.spilled;
    Ok(Ingested { found: pass.finish(), gathered })
}

/// Bytes that the samples and the hashes of lines of so many bytes of text take until they are written.
fn sample_bytes(maker: &Maker<'_>, text_bytes: usize) -> usize {
    let Some(sampler) = maker.keep.samples else { return 0 };
    let units = text_bytes / least_unit_bytes(maker.shingler.shingling());
    let samples = (units as f64 * sampler.rate()) as usize + text_bytes / LEAST_PARAGRAPH_BYTES;
    samples * size_of::<u32>()
}

/// Bytes that a record takes until it is written.
fn record_bytes(maker: &Maker<'_>) -> usize {
    let signature = maker.slots().get() * size_of::<Slot>();
    let ends = if maker.keep.samples.is_some() { 2 * size_of::<usize>() } else { 0 };
    RECORD_BYTES + signature + 4 * maker.bands() as usize + 8 * maker.keep.figures.len() + ends
}

/// Reads back what an earlier run had found.
fn restore(files: &Files, gathered: &mut GatheredColumns, sources: usize) -> Result<FoundRecords> {
    let GatheredColumns { sketches, figures, .. } = gathered;
    let mut found = FoundRecords::default();
    let mut reader = files.documents.reader(0);
    let mut sources_begun = 0;
    while let Some(DocumentEntry { frame, source, units, fingerprint, check }) = reader.next()? {
        while sources_begun <= source as usize {
            found.records.begin_source();
            sources_begun += 1;
        }
        found.records.extend([frame]);
        sketches.units.push(units);
        sketches.fingerprints.push(fingerprint);
        sketches.checks.push(check);
    }
    // Behind the last document there may be sources without a readable record.
    while sources_begun < sources {
        found.records.begin_source();
        sources_begun += 1;
    }
    if !figures.is_empty() {
        let mut reader = files.figures.reader(0);
        let mut column = 0;
        while let Some(figure) = reader.next()? {
            figures[column].push(figure);
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
fn scratch_bytes(length: usize, shingling: Shingling) -> usize {
    let units = length.min(LONG_TEXT_BYTES) / least_unit_bytes(shingling);
    length.min(crate::corpus::LONG_TEXT_BYTES) * DECODED_PER_BYTE + units * SHINGLED_PER_UNIT
}

/// How many chunks fit the memory that is left.
fn chunks_of_wave(
    corpus: &Corpus,
    pass: &Pass<'_>,
    maker: &Maker<'_>,
    workspace: &Workspace,
) -> Result<usize> {
    let rejected = pass.found.rejected.len() * REJECTED_BYTES / size_of::<Frame>();
    let documents = pass.found.records.len() + rejected;
    workspace.budget.check(documents)?;
    let most = WAVE_BYTES_PER_THREAD * rayon::current_num_threads();
    let share = (workspace.budget.share(documents) / 2).min(most);
    let mut taken = 0;
    for (count, chunk) in pass.chunks_left().iter().take(CHUNKS_PER_WAVE).enumerate() {
        let ChunkExtent { records, longest, bytes } = corpus.extent(chunk);
        // Vectors that grow hold up to twice of what is in them.
        let bytes = 2 * (records * record_bytes(maker) + sample_bytes(maker, bytes))
            + scratch_bytes(longest, maker.shingler.shingling());
        if count == 0 {
            workspace.budget.check_single(documents, bytes, || "any run".to_owned())?;
        } else if taken + bytes > share {
            return Ok(count);
        }
        taken += bytes;
    }
    Ok(CHUNKS_PER_WAVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_the_bytes_that_the_documentation_states() {
        let frame = Frame { offset: 1, length: 2, record: 3 };
        let mut bytes = Vec::new();
        DocumentEntry { frame, source: 4, units: 5, fingerprint: 6, check: 7 }.write(&mut bytes);
        let numbers = [1, 0, 2, 3, 4, 5, 6, 0, 7, 0].map(u32::to_le_bytes);
        assert_eq!(bytes, numbers.concat());
        let DocumentEntry { frame: read, source, units, fingerprint, check } = DocumentEntry::read(&bytes);
        assert_eq!((read, source, units, fingerprint, check), (frame, 4, 5, 6, 7));
    }
}

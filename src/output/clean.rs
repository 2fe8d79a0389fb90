//! The clean corpus: kept records with their original bytes, in files named and packed like the input; or all records,
//! annotated.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits; shares and rates are for people"
)]

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use memchr::memchr_iter;
use rayon::prelude::*;

use super::Cuts;
use super::annotations::Annotations;
use super::cuts::remaining;
use super::directory::OutputDirectory;
use super::items::HeldItem;
#[cfg(feature = "archives")]
use crate::corpus::Archive;
use crate::corpus::{Compression, Location, RecordFate, RewriteContent, Source, TextScratch};
use crate::document::DocumentId;
use crate::documents::RecordStore;
use crate::error::{Error, Result};
use crate::select::{Removal, Removals};

/// Decompressed bytes of one block of output. Blocks are put together, and compressed, in parallel; each becomes
/// a gzip member or a Zstandard frame of its own, which every reader of these formats joins.
const BLOCK_BYTES: usize = 4 << 20;

/// Bytes gathered before they are written.
const BUFFER_BYTES: usize = 1 << 18;

/// Files up to this size are written by a thread each.
const SMALL_FILE_BYTES: u64 = 1 << 18;

/// Documents of such a file between two reports of progress.
const DOCUMENTS_PER_REPORT: u64 = 1 << 10;

/// Blocks put together at a time by each thread, and most by all. More would take memory and save no time.
const BLOCKS_PER_THREAD: usize = 2;
const BLOCKS_PER_WAVE: usize = 16;

/// Where kept records go.
pub(crate) enum CleanSink<'a> {
    /// Files below `clean/`, or below `annotated/`.
    Directory(&'a OutputDirectory),
    /// One stream, packed like the input.
    Stream(&'a mut dyn Write),
}

/// What is written of the records.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Records<'a> {
    /// Those that are kept, without what these take out of their texts.
    Kept(&'a Cuts),
    /// All of them, each with a field that says what became of it.
    /// The records of the reference that they hold are given if they were searched for, by document.
    Annotated(Option<&'a [HeldItem]>),
}

impl Records<'_> {
    /// The directory that they go to.
    fn directory(self) -> &'static str {
        match self {
            Self::Kept(_) => "clean",
            Self::Annotated(_) => "annotated",
        }
    }
}

/// Writes every document of the inputs that stays; or all, annotated.
///
/// `progress` receives the number of documents done. Returns the number of records written.
///
/// # Errors
/// [`Error::Io`] if something cannot be written, [`Error::AnnotatedAlready`] and [`Error::NoFieldsToAnnotate`] if a
/// record has no place for its annotation, and what `progress` returns.
pub(crate) fn write_clean(
    store: &RecordStore<'_>,
    removals: &Removals,
    written: Records<'_>,
    sink: &mut CleanSink<'_>,
    progress: &(dyn Fn(u64) -> Result<()> + Sync),
) -> Result<u64> {
    let (cuts, annotations) = match written {
        Records::Kept(cuts) => (cuts, None),
        Records::Annotated(held) => (&Cuts::default(), Some(Annotations::new(store, removals, held))),
    };
    let removals = &removals.removed[..];
    let corpus = store.corpus();
    let writer = Writer { store, removals, cuts, annotations, progress };
    let root = written.directory();
    let mut kept = 0;
    match sink {
        CleanSink::Stream(stream) => {
            let path = Path::new("standard output");
            for (index, source) in corpus.inputs().iter().enumerate() {
                if source.archive().is_none() {
                    kept += writer.source(index, *stream, path)?;
                }
            }
            #[cfg(feature = "archives")]
            for archive in corpus.archives() {
                kept += writer.archive(archive, *stream, path)?;
            }
        }
        CleanSink::Directory(directory) => {
            let mut single = Vec::new();
            for (index, source) in corpus.inputs().iter().enumerate() {
                if source.archive().is_some() || writer.loses_all(index) {
                    continue;
                }
                if source.is_viewed() || source.stored_bytes() <= SMALL_FILE_BYTES {
                    single.push(index);
                } else {
                    kept += writer.file(index, directory, root)?;
                }
            }
            // One thread rewrites a file, or writes one of a single block, so several are written at a time.
            let counts = single.par_iter().map(|&index| writer.file(index, directory, root));
            kept += counts.collect::<Result<Vec<u64>>>()?.into_iter().sum::<u64>();
            #[cfg(feature = "archives")]
            for archive in corpus.archives() {
                let name = format!("{root}/{}", archive.0.name());
                kept += create(directory, &name, |output, path| writer.archive(archive, output, path))?;
            }
        }
    }
    Ok(kept)
}

/// Makes a file and has it written.
fn create(
    directory: &OutputDirectory,
    name: &str,
    write: impl FnOnce(&mut dyn Write, &Path) -> Result<u64>,
) -> Result<u64> {
    let (path, file) = directory.stage(name)?;
    let mut output = BufWriter::with_capacity(BUFFER_BYTES, file);
    let kept = write(&mut output, &path)?;
    output.flush().map_err(write_failure(&path))?;
    Ok(kept)
}

fn write_failure(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Io { path: path.to_path_buf(), action: "write it", source }
}

struct Writer<'a> {
    store: &'a RecordStore<'a>,
    removals: &'a [Removal],
    cuts: &'a Cuts,
    /// Of all records, if they are to be written.
    annotations: Option<Annotations<'a>>,
    progress: &'a (dyn Fn(u64) -> Result<()> + Sync),
}

impl Writer<'_> {
    /// Makes the counterpart of a source below `root`, and writes its kept records.
    fn file(&self, index: usize, directory: &OutputDirectory, root: &str) -> Result<u64> {
        let name = format!("{root}/{}", self.store.corpus().sources()[index].name());
        create(directory, &name, |output, path| self.source(index, output, path))
    }

    /// Writes the kept records of a source in its format and compression.
    fn source(&self, index: usize, output: &mut dyn Write, path: &Path) -> Result<u64> {
        let source = &self.store.corpus().sources()[index];
        if source.is_viewed() {
            return self.rewrite(index, output, path);
        }
        let compression = source.compression();
        let mut is_empty = true;
        // Short pieces are copied into the writer's buffer. To hand them to the kernel all at once took a third more time
        // of a whole run.
        let kept = self.blocks(source, self.store.of_file(index), compression, &mut |bytes| {
            is_empty = false;
            output.write_all(bytes).map_err(write_failure(path))
        })?;
        if is_empty {
            // A compressed file of nothing still has a head and an end.
            output.write_all(&compressed(source, &[], compression)?).map_err(write_failure(path))?;
        }
        Ok(kept)
    }

    /// Writes an archive with the kept records of its members.
    #[cfg(feature = "archives")]
    fn archive(
        &self,
        (archive, first): &(Archive, usize),
        output: &mut dyn Write,
        path: &Path,
    ) -> Result<u64> {
        let mut member = |source: usize, output: &mut dyn Write| {
            let source = first + source;
            if self.loses_all(source) { Ok(None) } else { self.source(source, output, path).map(Some) }
        };
        archive.rewrite(&mut member, output, path)
    }

    /// Writes the kept records of a viewed source in its own format.
    fn rewrite(&self, source: usize, output: &mut dyn Write, path: &Path) -> Result<u64> {
        let documents = self.store.of_file(source);
        let mut documents = documents.clone().zip(self.store.frames(documents)).peekable();
        let content = match &self.annotations {
            Some(annotations) => RewriteContent::Annotated(annotations.members()),
            None => RewriteContent::Kept,
        };
        let mut reported = Ok(());
        let mut unreported = 0;
        let mut annotated =
            self.annotations.as_ref().map(|annotations| annotations.of_range(self.store.of_file(source)));
        let mut decide = |record: u32| {
            while documents.next_if(|(_, frame)| frame.record < record).is_some() {}
            // A number without a document is that of a rejected record.
            let document = documents.next_if(|(_, frame)| frame.record == record);
            let Some((document, _)) = document.filter(|_| reported.is_ok()) else {
                return RecordFate::Drop;
            };
            unreported += 1;
            if unreported == DOCUMENTS_PER_REPORT {
                reported = (self.progress)(unreported);
                unreported = 0;
            }
            let document = DocumentId(document as u32);
            if let Some(annotations) = &mut annotated {
                return RecordFate::Annotate(annotations.of(document));
            }
            if self.removals.binary_search_by_key(&document, |removal| removal.document).is_ok() {
                return RecordFate::Drop;
            }
            match self.cuts.of(document) {
                [] => RecordFate::Keep,
                cuts => RecordFate::Cut(cuts),
            }
        };
        let kept = self.store.corpus().rewrite(source, content, &mut decide, output, path)?;
        reported.and_then(|()| (self.progress)(unreported))?;
        Ok(kept)
    }

    /// Whether a source is a file that is a document, and is not kept.
    fn loses_all(&self, source: usize) -> bool {
        let documents = self.store.of_file(source);
        let before = |limit: usize| self.removals.partition_point(|r| r.document.index() < limit);
        self.store.corpus().sources()[source].is_document()
            && before(documents.end) - before(documents.start) == documents.len()
    }

    /// Puts the kept records of one source together, block by block, and hands the blocks over in order.
    fn blocks(
        &self,
        source: &Source,
        documents: Range<usize>,
        compression: Compression,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64> {
        let mut kept = 0;
        let mut next = documents.start;
        while next < documents.end {
            let most = (BLOCKS_PER_THREAD * rayon::current_num_threads()).min(BLOCKS_PER_WAVE);
            let mut wave = Vec::with_capacity(most);
            while next < documents.end && wave.len() < most {
                let end = self.block_end(next, documents.end);
                wave.push(next..end);
                next = end;
            }
            let blocks: Vec<OutputBlock> = wave
                .into_par_iter()
                .map(|range| self.block(source, range, compression))
                .collect::<Result<_>>()?;
            for block in blocks {
                for piece in &block.pieces {
                    write(piece.bytes(source))?;
                }
                kept += block.kept;
            }
        }
        Ok(kept)
    }

    fn block_end(&self, start: usize, limit: usize) -> usize {
        let mut bytes = 0;
        let frames = self.store.frames(start..limit);
        let count = frames.take_while(|frame| {
            let fits = bytes < BLOCK_BYTES;
            bytes += frame.length as usize;
            fits
        });
        start + count.count().max(1)
    }

    fn block(
        &self,
        source: &Source,
        documents: Range<usize>,
        compression: Compression,
    ) -> Result<OutputBlock> {
        let mut pieces = Vec::new();
        let mut scratch = TextScratch::spilling_to(self.store.spill_directory());
        let mut removals = {
            let start = self.removals.partition_point(|removal| removal.document.index() < documents.start);
            self.removals[start..].iter().map(|removal| removal.document.index()).peekable()
        };
        let mut kept = 0;
        let total = documents.len() as u64;
        let mut annotated =
            self.annotations.as_ref().map(|annotations| annotations.of_range(documents.clone()));
        for document in documents {
            if let Some(annotations) = &mut annotated {
                kept += 1;
                let document = DocumentId(document as u32);
                let annotation = annotations.of(document);
                let location = self.store.locate(document);
                let (place, member) = self.store.corpus().annotation_of_line(location, &annotation)?;
                // A record may be long, and only the annotation is new.
                let Range { start, end } = location.frame.range();
                extend_original(&mut pieces, start..place);
                pieces.push(OutputPiece::Made(member));
                extend_original(&mut pieces, place..end);
                continue;
            }
            if removals.next_if_eq(&document).is_some() {
                continue;
            }
            kept += 1;
            let document = DocumentId(document as u32);
            let location = self.store.locate(document);
            match self.cuts.of(document) {
                [] if source.is_lines() => extend_original(&mut pieces, location.frame.range()),
                [] => {
                    let record = self.store.corpus().raw_record(location, &mut scratch)?;
                    pieces.push(OutputPiece::Made(record.to_vec()));
                }
                cuts if source.is_lines() => {
                    let record = location.frame.range();
                    let raw_cuts = self.store.corpus().raw_text_ranges(location, cuts, &mut scratch)?;
                    for range in remaining(record.len(), &raw_cuts) {
                        extend_original(&mut pieces, record.start + range.start..record.start + range.end);
                    }
                }
                cuts => pieces.push(OutputPiece::Made(self.cut(location, cuts, &mut scratch)?)),
            }
        }
        if source.is_lines() {
            // Counted in what is written, not in what was decided: the balance holds one to the other.
            kept = lines(pieces.iter().map(|piece| piece.bytes(source)));
        }
        if compression != Compression::None {
            pieces = vec![OutputPiece::Made(compressed(source, &pieces, compression)?)];
        }
        (self.progress)(total)?;
        Ok(OutputBlock { pieces, kept })
    }

    /// A record without some ranges of its text; every other byte stays as it was.
    fn cut(&self, location: Location, cuts: &[Range<usize>], scratch: &mut TextScratch) -> Result<Vec<u8>> {
        let raw_cuts = self.store.corpus().raw_text_ranges(location, cuts, scratch)?;
        let record = self.store.corpus().raw_record(location, scratch)?;
        let mut shortened = Vec::with_capacity(record.len());
        for range in remaining(record.len(), &raw_cuts) {
            shortened.extend_from_slice(&record[range]);
        }
        Ok(shortened)
    }
}

/// A run of output.
struct OutputBlock {
    pieces: Vec<OutputPiece>,
    kept: u64,
}

enum OutputPiece {
    /// A range of the source.
    Original(Range<usize>),
    Made(Vec<u8>),
}

impl OutputPiece {
    fn bytes<'a>(&'a self, source: &'a Source) -> &'a [u8] {
        match self {
            Self::Original(range) => &source.lines()[range.clone()],
            Self::Made(bytes) => bytes,
        }
    }
}

/// The lines of some bytes that stand one behind the other; the last may have no end.
fn lines<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> u64 {
    let (mut lines, mut is_open) = (0, false);
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        lines += memchr_iter(b'\n', piece).count() as u64;
        is_open = piece.last() != Some(&b'\n');
    }
    lines + u64::from(is_open)
}

/// Adds a range of the source, joined to the one before it where they touch: most runs of records are kept whole,
/// and few long writes are cheaper than many short ones.
fn extend_original(pieces: &mut Vec<OutputPiece>, range: Range<usize>) {
    match pieces.last_mut() {
        Some(OutputPiece::Original(last)) if last.end == range.start => last.end = range.end,
        _ => pieces.push(OutputPiece::Original(range)),
    }
}

fn compressed(source: &Source, pieces: &[OutputPiece], compression: Compression) -> Result<Vec<u8>> {
    let block = match pieces {
        [piece] => Cow::Borrowed(piece.bytes(source)),
        _ => Cow::Owned(pieces.iter().map(|piece| piece.bytes(source)).collect::<Vec<_>>().concat()),
    };
    let failed = |source| Error::Io { path: "memory".into(), action: "compress into it", source };
    compression.compress_block(&block).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_across_pieces() {
        let count = |pieces: &[&str]| lines(pieces.iter().map(|piece| piece.as_bytes()));
        assert_eq!(count(&[]), 0);
        assert_eq!(count(&["a\nb\n", "c\n"]), 3);
        assert_eq!(count(&["a\n", "b"]), 2);
        assert_eq!(count(&["a\n", "b", ""]), 2);
        // Two records that lost the end between them are one line.
        assert_eq!(count(&["a", "b\n"]), 1);
    }
}

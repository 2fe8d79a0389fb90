//! Walking a corpus: cut into chunks, and the records of each chunk in order.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::ops::Range;

use super::fields::FieldPath;
use super::inputs::Corpus;
use super::json::{Fault, Value};
use super::jsonl;
use super::records::{Frame, Record, RejectReason, Rejected};
use super::scratch::{LONG_TEXT_BYTES, TextScratch};
use crate::error::Result;

/// A piece of work: some records of one source, or some small sources.
#[derive(Clone, Debug)]
pub(crate) enum Chunk {
    Lines {
        source: usize,
        range: Range<usize>,
    },
    /// Whole ones.
    Sources(Range<usize>),
}

impl Chunk {
    /// The source of its first record.
    pub(crate) fn first_source(&self) -> usize {
        match self {
            Self::Lines { source, .. } => *source,
            Self::Sources(sources) => sources.start,
        }
    }
}

/// Sources that make one piece of work together.
const SOURCES_PER_CHUNK: usize = 64;

/// Sources of lines up to this size are read together with their neighbours.
const SMALL_SOURCE_BYTES: usize = 1 << 14;

/// What a chunk gave beside its records.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChunkSize {
    /// Records, or lines where records are lines.
    pub records: u32,
    /// Bytes read, decompressed.
    pub bytes: u64,
}

impl Corpus {
    /// Cuts the corpus into pieces of work of about `target` bytes, in corpus order.
    pub(crate) fn chunks(&self, target: usize) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for (index, source) in self.sources.iter().enumerate() {
            if source.is_document() || source.lines().len() <= SMALL_SOURCE_BYTES.min(target) {
                match chunks.last_mut() {
                    Some(Chunk::Sources(range))
                        if range.end == index
                            && range.len() < SOURCES_PER_CHUNK
                            && self.is_reference(range.start) == self.is_reference(index) =>
                    {
                        range.end += 1;
                    }
                    _ => chunks.push(Chunk::Sources(index..index + 1)),
                }
            } else {
                let lines = source.lines();
                let ranges = jsonl::chunks(lines, start_of_text(lines), target);
                chunks.extend(ranges.into_iter().map(|range| Chunk::Lines { source: index, range }));
            }
        }
        chunks
    }

    /// Reads the records of a chunk in order. `paths` names the fields wanted, the text's first; `visit` gets
    /// each record's source, place (numbered from 1 within the chunk) and either its text with the values of
    /// the other fields, or why it is rejected. Of a reference, only the text is read.
    pub(crate) fn visit(
        &self,
        chunk: &Chunk,
        paths: &[&FieldPath],
        scratch: &mut TextScratch,
        mut visit: impl FnMut(usize, Frame, std::result::Result<(Record<'_>, &[Option<Value<'_>>]), Rejected>),
    ) -> Result<ChunkSize> {
        let sources = match chunk {
            Chunk::Lines { source, range } => {
                let is_first = range.start <= start_of_text(self.sources[*source].lines());
                return self.visit_lines(*source, range.clone(), is_first, paths, scratch, &mut visit);
            }
            Chunk::Sources(sources) => sources.clone(),
        };
        // The records of the last source, behind which another chunk would go on; none does, as all are whole.
        let mut size = ChunkSize::default();
        for index in sources {
            let source = &self.sources[index];
            if !source.is_document() {
                let lines = source.lines();
                let range = start_of_text(lines)..lines.len();
                let ChunkSize { records, bytes } =
                    self.visit_lines(index, range, true, paths, scratch, &mut visit)?;
                size = ChunkSize { records, bytes: size.bytes + bytes };
                continue;
            }
            let bytes = self.document_bytes(index, scratch)?;
            let frame = Frame { offset: 0, length: bytes.len() as u32, record: 1 };
            size = ChunkSize { records: 1, bytes: size.bytes + bytes.len() as u64 };
            match self.document_text(bytes) {
                Ok(text) => {
                    let is_reference = self.is_reference(index);
                    visit(index, frame, Ok((Record { text, is_reference }, &[])));
                }
                Err(fault) => visit(index, frame, Err(rejected(index, frame, fault))),
            }
        }
        Ok(size)
    }

    /// As [`visit`](Self::visit), for a range of lines of one source.
    fn visit_lines(
        &self,
        source: usize,
        range: Range<usize>,
        is_first: bool,
        paths: &[&FieldPath],
        scratch: &mut TextScratch,
        visit: &mut impl FnMut(usize, Frame, std::result::Result<(Record<'_>, &[Option<Value<'_>>]), Rejected>),
    ) -> Result<ChunkSize> {
        let bytes = self.sources[source].lines();
        let view = self.sources[source].view();
        let text_of_reference = [&self.side(source).fields.text];
        let is_reference = self.is_reference(source);
        let paths = if is_reference { &text_of_reference[..] } else { paths };
        // What a view's maker could not read comes with its first lines, which count from 1.
        for (frame, byte, reason) in view.filter(|_| is_first).map_or(&[][..], |v| &v.rejected) {
            let rejected = Rejected { source, frame: *frame, byte: *byte, reason: reason.clone() };
            visit(source, *frame, Err(rejected));
        }
        let size = range.len() as u64;
        let mut frames = Vec::new();
        let records = jsonl::frames(bytes, range, &mut frames);
        let mut values = Vec::new();
        for (frame, length) in frames {
            let parsed = if view.is_none() && length > self.rules.max_record_bytes {
                Err(self.too_long())
            } else {
                jsonl::parse(&bytes[frame.range()], paths, &mut values)
            };
            match parsed {
                Ok(literal) => {
                    let text = scratch.text_of(literal)?;
                    visit(source, frame, Ok((Record { text, is_reference }, &values[1..])));
                }
                Err(fault) => visit(source, frame, Err(rejected(source, frame, fault))),
            }
        }
        Ok(ChunkSize { records, bytes: size })
    }

    /// The bytes of a file that is one document.
    fn document_bytes<'a>(&'a self, source: usize, scratch: &'a mut TextScratch) -> Result<&'a [u8]> {
        let (source, limit) = (&self.sources[source], self.rules.max_record_bytes);
        if let Some(directory) = &scratch.spill
            && source.expected_bytes() > LONG_TEXT_BYTES as u64
            && let Some(spilled) = source.spill(limit, directory)?
        {
            let bytes = scratch.spilled.insert(spilled).bytes();
            let beyond = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX);
            return Ok(&bytes[..bytes.len().min(beyond)]);
        }
        source.document(limit, &mut scratch.file)
    }

    fn too_long(&self) -> Fault {
        Fault { at: 0, reason: RejectReason::TooLong { limit: self.rules.max_record_bytes } }
    }

    /// The text of a file that is one document.
    pub(super) fn document_text<'a>(&self, bytes: &'a [u8]) -> std::result::Result<&'a str, Fault> {
        if bytes.len() as u64 > self.rules.max_record_bytes {
            return Err(self.too_long());
        }
        simdutf8::compat::from_utf8(bytes)
            .map_err(|error| Fault { at: error.valid_up_to(), reason: RejectReason::InvalidUtf8 })
    }
}

/// Behind a mark of the byte order, which is no part of the first record.
fn start_of_text(lines: &[u8]) -> usize {
    if lines.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

fn rejected(source: usize, frame: Frame, fault: Fault) -> Rejected {
    Rejected { source, frame, byte: frame.offset + fault.at as u64, reason: fault.reason }
}

//! The inputs of a run, opened: their fields and their records.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

#[cfg(feature = "archives")]
use super::archives::Archive;
use super::discover::{self, InputFile, Names};
use super::fields::{FieldPath, Fields};
use super::formats::{Annotation, Content, Decide, Output, Rules, Wanted};
use super::json::{self, Fault, Value};
use super::jsonl;
use super::literal::StringLiteral;
use super::open::{self, Opened};
use super::options::OpenOptions;
use super::records::{Frame, Location, Record, RecordTable, RejectReason, Rejected};
use super::settle::{Choices, Guesses, settle_fields};
use super::source::Source;
use crate::error::{Error, Result};

/// Memory for reading texts; keep one a thread.
#[derive(Debug, Default)]
pub struct TextScratch {
    file: Vec<u8>,
    decoded: String,
}

/// The inputs of a run.
#[derive(Debug)]
pub struct Corpus {
    sources: Vec<Source>,
    /// With the number of its first source.
    #[cfg(feature = "archives")]
    archives: Vec<(Archive, usize)>,
    input: Side,
    /// What the sources behind the inputs are compared by, if there are any.
    reference: Option<Side>,
    skipped: Vec<PathBuf>,
    earlier_outputs: Vec<PathBuf>,
    rules: Rules,
}

/// Inputs or references: some neighbouring sources, and what was settled about them.
#[derive(Debug)]
struct Side {
    sources: Range<usize>,
    fields: Fields,
    guesses: Guesses,
}

/// A piece of work: some records of one source, or some small sources.
#[derive(Clone, Debug)]
pub(crate) enum Chunk {
    Lines { source: usize, range: Range<usize> },
    Files(Range<usize>),
}

impl Chunk {
    /// The source of its first record.
    pub(crate) fn first_source(&self) -> usize {
        match self {
            Self::Lines { source, .. } => *source,
            Self::Files(sources) => sources.start,
        }
    }
}

/// What is open so far.
struct Gathered {
    sources: Vec<Source>,
    #[cfg(feature = "archives")]
    archives: Vec<(Archive, usize)>,
    skipped: Vec<PathBuf>,
    earlier_outputs: Vec<PathBuf>,
}

impl Gathered {
    /// Opens some files, behind those that are open already.
    fn side(
        &mut self,
        files: Vec<InputFile>,
        options: &OpenOptions,
        choices: &Choices,
        more_fields: &[FieldPath],
        rules: &Rules,
    ) -> Result<Side> {
        let first = self.sources.len();
        let opened = files.into_par_iter().map(|file| open::open(file, options));
        for opened in opened.collect::<Result<Vec<_>>>()? {
            self.add(opened);
        }
        let sources = &mut self.sources[first..];
        let (fields, guesses) = settle_fields(sources, choices, rules)?;
        let wanted = Wanted { fields: &fields, more: more_fields };
        sources.par_iter_mut().try_for_each(|source| source.make_view(wanted, rules, &options.temp_dir))?;
        Ok(Side { sources: first..self.sources.len(), fields, guesses })
    }

    fn add(&mut self, opened: Opened) {
        match opened {
            Opened::Source(source) => self.sources.push(source),
            #[cfg(feature = "archives")]
            Opened::Archive(opened) => {
                let archive = Some(self.archives.len());
                self.archives.push((opened.archive, self.sources.len()));
                self.sources.extend(opened.sources.into_iter().map(|source| Source { archive, ..source }));
                self.skipped.extend(opened.skipped);
            }
        }
    }
}

/// Sources that hold one record each and make one piece of work together.
const FILES_PER_CHUNK: usize = 64;

/// What a chunk gave beside its records.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChunkSize {
    /// Records, or lines where records are lines.
    pub records: u32,
    /// Bytes read, decompressed.
    pub bytes: u64,
}

impl Corpus {
    /// Finds and opens the inputs: maps plain files, unpacks compressed ones to temporary files, settles which
    /// fields to use, and makes a view of those fields for every file that is not JSON Lines.
    ///
    /// # Errors
    /// [`Error::MissingInput`], [`Error::UnknownFormat`], [`Error::FormatNotBuilt`], [`Error::NoInput`],
    /// [`Error::NoField`] if the call is wrong; [`Error::Io`], [`Error::Damaged`], [`Error::Malformed`] and
    /// [`Error::Bomb`] if a file cannot be read.
    ///
    /// [`Error::MissingInput`]: crate::Error::MissingInput
    /// [`Error::UnknownFormat`]: crate::Error::UnknownFormat
    /// [`Error::FormatNotBuilt`]: crate::Error::FormatNotBuilt
    /// [`Error::NoInput`]: crate::Error::NoInput
    /// [`Error::NoField`]: crate::Error::NoField
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::Damaged`]: crate::Error::Damaged
    /// [`Error::Malformed`]: crate::Error::Malformed
    /// [`Error::Bomb`]: crate::Error::Bomb
    pub fn open(inputs: &[PathBuf], options: &OpenOptions) -> Result<Self> {
        let names = if options.format.is_some() { Names::Any } else { Names::Known };
        let output = options.output.as_deref();
        let found = discover::discover(inputs, names, output)?;
        let references = if options.against.is_empty() {
            None
        } else {
            let references = discover::discover(&options.against, names, output)?;
            discover::check_apart(&found.files, &references.files)?;
            Some(references)
        };
        let mut gathered = Gathered {
            sources: Vec::new(),
            #[cfg(feature = "archives")]
            archives: Vec::new(),
            skipped: found.skipped,
            earlier_outputs: found.earlier_outputs,
        };
        let rules = Rules {
            split: options.split.clone(),
            header: options.header,
            // A frame's length is 32 bits wide.
            max_record_bytes: options.max_record_bytes.min(u64::from(u32::MAX)),
            max_ratio: options.max_ratio,
        };
        let (choices, more) = (options.field_choices(), &options.more_fields);
        let input = gathered.side(found.files, options, &choices, more, &rules)?;
        let reference = references.map(|found| {
            gathered.skipped.extend(found.skipped);
            gathered.earlier_outputs.extend(found.earlier_outputs);
            gathered.side(found.files, options, &options.reference_field_choices(), &[], &rules)
        });
        let reference = reference.transpose()?;
        let Gathered { sources, skipped, earlier_outputs, .. } = gathered;
        Ok(Self {
            sources,
            #[cfg(feature = "archives")]
            archives: gathered.archives,
            input,
            reference,
            skipped,
            earlier_outputs,
            rules,
        })
    }

    /// The inputs, in corpus order, and the references behind them.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The inputs alone.
    pub fn inputs(&self) -> &[Source] {
        &self.sources[self.input.sources.clone()]
    }

    /// The references alone; empty if none was asked for.
    pub fn references(&self) -> &[Source] {
        &self.sources[self.input.sources.end..]
    }

    /// Whether a source, given by its number, is a reference.
    pub fn is_reference(&self, source: usize) -> bool {
        source >= self.input.sources.end
    }

    /// How many of the documents are of the inputs; those of the references have the numbers behind them.
    pub(crate) fn input_documents(&self, records: &RecordTable) -> usize {
        records.before_source(self.input.sources.end)
    }

    fn side(&self, source: usize) -> &Side {
        self.reference.as_ref().filter(|_| self.is_reference(source)).unwrap_or(&self.input)
    }

    /// The fields in use.
    pub fn fields(&self) -> &Fields {
        &self.input.fields
    }

    /// The fields in use in the references, if there are any.
    pub fn reference_fields(&self) -> Option<&Fields> {
        self.reference.as_ref().map(|side| &side.fields)
    }

    /// The fields that were guessed: what for, and which.
    pub fn guesses(&self) -> &[(&'static str, FieldPath)] {
        &self.input.guesses
    }

    /// The fields of the references that were guessed.
    pub fn reference_guesses(&self) -> &[(&'static str, FieldPath)] {
        self.reference.as_ref().map_or(&[], |side| &side.guesses)
    }

    /// Files in the given directories that were passed over, since their names are not known; sorted.
    pub fn skipped(&self) -> &[PathBuf] {
        &self.skipped
    }

    /// Directories among the inputs to which an earlier run wrote; its files there are not read.
    pub fn earlier_outputs(&self) -> &[PathBuf] {
        &self.earlier_outputs
    }

    /// The longest record that is read, in bytes.
    pub(crate) fn max_record_bytes(&self) -> u64 {
        self.rules.max_record_bytes
    }

    /// Total size of what is read as lines, in bytes; of a file that is not JSON Lines, that of its view.
    pub fn mapped_bytes(&self) -> u64 {
        self.sources.iter().map(|source| source.lines().len() as u64).sum()
    }

    /// The archives among the inputs, each with the number of its first source, in corpus order.
    #[cfg(feature = "archives")]
    pub(crate) fn archives(&self) -> &[(Archive, usize)] {
        &self.archives[..self.archives.partition_point(|(_, first)| !self.is_reference(*first))]
    }

    /// Cuts the corpus into pieces of work of about `target` bytes, in corpus order.
    pub(crate) fn chunks(&self, target: usize) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for (index, source) in self.sources.iter().enumerate() {
            if source.is_document() {
                match chunks.last_mut() {
                    Some(Chunk::Files(range))
                        if range.end == index
                            && range.len() < FILES_PER_CHUNK
                            && self.is_reference(range.start) == self.is_reference(index) =>
                    {
                        range.end += 1;
                    }
                    _ => chunks.push(Chunk::Files(index..index + 1)),
                }
            } else {
                let lines = source.lines();
                let mark = if lines.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
                let ranges = jsonl::chunks(lines, mark, target);
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
        match chunk {
            Chunk::Lines { source, range } => {
                let bytes = self.sources[*source].lines();
                let view = self.sources[*source].view();
                let text_of_reference = [&self.side(*source).fields.text];
                let paths = if self.is_reference(*source) { &text_of_reference[..] } else { paths };
                // What a view's maker could not read comes with its first chunk, in which lines count from 1.
                for (frame, byte, reason) in
                    view.filter(|_| range.start == 0).map_or(&[][..], |v| &v.rejected)
                {
                    let rejected =
                        Rejected { source: *source, frame: *frame, byte: *byte, reason: reason.clone() };
                    visit(*source, *frame, Err(rejected));
                }
                let mut frames = Vec::new();
                let records = jsonl::frames(bytes, range.clone(), &mut frames);
                let mut values = Vec::new();
                for (frame, length) in frames {
                    let parsed = if view.is_none() && length > self.rules.max_record_bytes {
                        Err(self.too_long())
                    } else {
                        jsonl::parse(&bytes[frame.range()], paths, &mut values)
                    };
                    match parsed {
                        Ok(literal) => {
                            let text = literal.decode(&mut scratch.decoded);
                            visit(*source, frame, Ok((Record { text }, &values[1..])));
                        }
                        Err(fault) => visit(*source, frame, Err(rejected(*source, frame, fault))),
                    }
                }
                Ok(ChunkSize { records, bytes: range.len() as u64 })
            }
            Chunk::Files(sources) => {
                let mut size = ChunkSize::default();
                for source in sources.clone() {
                    let limit = self.rules.max_record_bytes;
                    let bytes = self.sources[source].document(limit, &mut scratch.file)?;
                    let frame = Frame { offset: 0, length: bytes.len() as u32, record: 1 };
                    size.bytes += bytes.len() as u64;
                    match self.document_text(bytes) {
                        Ok(text) => visit(source, frame, Ok((Record { text }, &[]))),
                        Err(fault) => visit(source, frame, Err(rejected(source, frame, fault))),
                    }
                }
                size.records = 1;
                Ok(size)
            }
        }
    }

    fn too_long(&self) -> Fault {
        Fault { at: 0, reason: RejectReason::TooLong { limit: self.rules.max_record_bytes } }
    }

    /// The text of a file that is one document.
    fn document_text<'a>(&self, bytes: &'a [u8]) -> std::result::Result<&'a str, Fault> {
        if bytes.len() as u64 > self.rules.max_record_bytes {
            return Err(self.too_long());
        }
        simdutf8::compat::from_utf8(bytes)
            .map_err(|error| Fault { at: error.valid_up_to(), reason: RejectReason::InvalidUtf8 })
    }

    /// Reads a record's text again.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Damaged`] if its file cannot be read any more.
    pub fn text<'a>(&'a self, location: Location, scratch: &'a mut TextScratch) -> Result<&'a str> {
        let source = &self.sources[location.source];
        if source.is_document() {
            let bytes = source.document(self.rules.max_record_bytes, &mut scratch.file)?;
            return self.document_text(bytes).map_err(|_| source.changed());
        }
        let literal = self.text_literal(location).ok_or_else(|| source.changed())?;
        Ok(literal.decode(&mut scratch.decoded))
    }

    /// The error for a record that is not what it was.
    pub(crate) fn changed(&self, location: Location) -> Error {
        self.sources[location.source].changed()
    }

    /// The bytes of a record as they stand in its source, decompressed: of a line or a whole file of text.
    pub(crate) fn raw_record<'a>(
        &'a self,
        location: Location,
        scratch: &'a mut TextScratch,
    ) -> Result<&'a [u8]> {
        let source = &self.sources[location.source];
        if source.is_document() {
            return source.document(self.rules.max_record_bytes, &mut scratch.file);
        }
        Ok(&source.lines()[location.frame.range()])
    }

    /// The ranges of such bytes that hold the given ranges of the record's text.
    pub(crate) fn raw_text_ranges(
        &self,
        location: Location,
        ranges: &[Range<usize>],
        scratch: &mut TextScratch,
    ) -> Result<Vec<Range<usize>>> {
        let source = &self.sources[location.source];
        if source.is_document() {
            return Ok(ranges.to_vec());
        }
        let record = self.raw_record(location, scratch)?;
        let literal = self.text_literal(location).ok_or_else(|| source.changed())?;
        // The literal is a part of the record, so the distance of their first bytes is its place.
        let start = literal.raw.as_ptr().addr() - record.as_ptr().addr();
        let raw = literal.raw_ranges(ranges);
        Ok(raw.into_iter().map(|range| start + range.start..start + range.end).collect())
    }

    /// Writes those records of a viewed source that are kept, in its format and compression; returns how many.
    pub(crate) fn rewrite(
        &self,
        source: usize,
        content: Content,
        decide: &mut Decide<'_>,
        writer: &mut dyn Write,
        path: &Path,
    ) -> Result<u64> {
        let mut output = Output { writer, path, content };
        self.sources[source].rewrite(&self.side(source).fields, &self.rules, decide, &mut output)
    }

    /// Checks that records have a place for annotations, as far as the beginnings of files tell.
    ///
    /// # Errors
    /// [`Error::NoFieldsToAnnotate`] for texts and web archives, [`Error::AnnotatedAlready`] where the names of
    /// annotations are taken.
    ///
    /// [`Error::NoFieldsToAnnotate`]: crate::Error::NoFieldsToAnnotate
    /// [`Error::AnnotatedAlready`]: crate::Error::AnnotatedAlready
    pub(crate) fn check_place_for_annotations(&self) -> Result<()> {
        self.inputs().iter().try_for_each(|source| source.check_place_for_annotations(&self.rules))
    }

    /// A record of lines with its annotation.
    pub(crate) fn annotated_line(&self, location: Location, annotation: &Annotation) -> Result<Vec<u8>> {
        let source = &self.sources[location.source];
        let line = &source.lines()[location.frame.range()];
        annotation.in_object(line).ok_or_else(|| source.annotated_already(Some(location.frame.record)))
    }

    /// The literal of a record's text, for records that are JSON.
    pub(crate) fn text_literal(&self, location: Location) -> Option<StringLiteral<'_>> {
        let line = self.sources[location.source].lines().get(location.frame.range())?;
        jsonl::parse(line, &[&self.side(location.source).fields.text], &mut Vec::new()).ok()
    }

    /// The value of a field of a record as text: a string decoded, anything else as it stands.
    pub fn field(&self, location: Location, path: &FieldPath) -> Option<String> {
        self.values(location, &[path])?[0].map(value_text)
    }

    /// The values of some fields of a record, if it can be read.
    fn values(&self, location: Location, paths: &[&FieldPath]) -> Option<Vec<Option<Value<'_>>>> {
        let line = self.sources[location.source].lines().get(location.frame.range())?;
        let mut values = Vec::new();
        json::lookup(simdutf8::basic::from_utf8(line).ok()?, paths, &mut values).ok()?;
        Some(values)
    }

    /// What a record's source field holds.
    pub fn source_field(&self, location: Location) -> Option<String> {
        self.field(location, self.side(location.source).fields.source.as_ref()?)
    }

    /// What a record's date field holds.
    pub fn date_field(&self, location: Location) -> Option<String> {
        self.field(location, self.side(location.source).fields.date.as_ref()?)
    }

    /// A record's own id, or `file:record`.
    pub fn id(&self, location: Location) -> String {
        let own = self.side(location.source).fields.id.as_ref().and_then(|path| self.field(location, path));
        own.unwrap_or_else(|| self.place(location))
    }

    /// What a record says of itself, read in one go.
    pub(crate) fn described(&self, location: Location) -> Described {
        let fields = &self.side(location.source).fields;
        let wanted = [&fields.id, &fields.source, &fields.date].map(Option::as_ref);
        let paths: Vec<&FieldPath> = wanted.into_iter().flatten().collect();
        let mut values = self.values(location, &paths).unwrap_or_default().into_iter();
        let [id, source, date] =
            wanted.map(|path| path.and_then(|_| values.next().flatten()).map(value_text));
        Described { id: id.unwrap_or_else(|| self.place(location)), source, date }
    }

    fn place(&self, location: Location) -> String {
        format!("{}:{}", self.sources[location.source].name, location.frame.record)
    }
}

/// What a record says of itself beside its text.
pub(crate) struct Described {
    /// Its own id, or `file:record`.
    pub id: String,
    /// What its source field holds.
    pub source: Option<String>,
    /// What its date field holds.
    pub date: Option<String>,
}

/// A value as text: a string decoded, anything else as it stands.
pub(crate) fn value_text(value: Value<'_>) -> String {
    match value {
        Value::String(literal) => literal.decode(&mut String::new()).to_owned(),
        Value::Object(raw) | Value::Other(raw) => raw.to_owned(),
    }
}

fn rejected(source: usize, frame: Frame, fault: Fault) -> Rejected {
    Rejected { source, frame, byte: frame.offset + fault.at as u64, reason: fault.reason }
}

//! The inputs of a run, opened: their bytes, their fields, and their records.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::bytes::Mapped;
use super::compression::Compression;
use super::discover::{self, Format, InputFile};
use super::fields::{self, FieldChoice, FieldPath, Fields};
use super::json::{self, Fault, Value};
use super::jsonl;
use super::literal::StringLiteral;
use super::records::{Frame, Location, Record, RejectReason, Rejected};
use crate::error::{Error, Result};

/// How inputs are opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Holds the text.
    pub text_field: FieldChoice,
    /// Holds the id.
    pub id_field: FieldChoice,
    /// Holds the source.
    pub source_field: FieldChoice,
    /// Holds the date.
    pub date_field: FieldChoice,
    /// Longer records are rejected.
    pub max_record_bytes: u64,
    /// Where compressed inputs are unpacked to.
    pub temp_dir: PathBuf,
}

impl OpenOptions {
    /// The default limit of a record: 256 MB.
    pub const MAX_RECORD_BYTES: u64 = 256 << 20;
}

/// One input file, or standard input.
#[derive(Debug)]
pub struct Source {
    name: String,
    path: PathBuf,
    format: Format,
    compression: Compression,
    contents: Contents,
}

#[derive(Debug)]
enum Contents {
    /// In memory from here on; the number is the length of a byte order mark.
    Mapped(Mapped, usize),
    /// Read whenever it is needed: directories of texts hold more files than can be mapped at once.
    OnDemand,
}

impl Source {
    /// Its name in the output: relative, unique within the run.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How it is compressed, and its counterpart in the output will be.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Where it is; `-` for standard input.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The decompressed bytes, if they are in memory.
    pub(crate) fn mapped(&self) -> &[u8] {
        match &self.contents {
            Contents::Mapped(bytes, _) => bytes,
            Contents::OnDemand => &[],
        }
    }

    /// Whether the bytes are in memory.
    pub(crate) fn is_mapped(&self) -> bool {
        matches!(self.contents, Contents::Mapped(..))
    }

    fn changed(&self) -> Error {
        let cause = io::Error::other("its content is not what it was");
        Error::io(&self.path, "read it again: it changed while it was read")(cause)
    }

    fn open(file: InputFile, options: &OpenOptions) -> Result<Self> {
        let contents = if file.is_stdin() {
            let spool = Compression::None.spool(
                io::stdin().lock(),
                Path::new("standard input"),
                &options.temp_dir,
            )?;
            Contents::mapped(&spool, &file.path)?
        } else if file.format == Format::Text {
            Contents::OnDemand
        } else {
            let input = File::open(&file.path).map_err(Error::io(&file.path, "open it"))?;
            match file.compression {
                Compression::None => Contents::mapped(&input, &file.path)?,
                packed => Contents::mapped(&packed.spool(input, &file.path, &options.temp_dir)?, &file.path)?,
            }
        };
        Ok(Self {
            name: file.name,
            path: file.path,
            format: file.format,
            compression: file.compression,
            contents,
        })
    }

    /// Reads the whole of a source that is not mapped, up to one byte beyond `limit`.
    pub(crate) fn read_whole(&self, limit: u64, buffer: &mut Vec<u8>) -> Result<()> {
        let file = File::open(&self.path).map_err(Error::io(&self.path, "open it"))?;
        buffer.clear();
        let reader: Box<dyn Read> = match self.compression {
            Compression::None => Box::new(file),
            Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(file)),
            Compression::Zstd => {
                Box::new(zstd::Decoder::new(file).map_err(Error::io(&self.path, "start decompressing"))?)
            }
        };
        let result = reader.take(limit.saturating_add(1)).read_to_end(buffer);
        result.map_err(|source| match self.compression {
            Compression::None => Error::io(&self.path, "read it")(source),
            _ => Error::Damaged { path: self.path.clone(), source },
        })?;
        Ok(())
    }
}

impl Contents {
    fn mapped(file: &File, path: &Path) -> Result<Self> {
        let bytes = Mapped::new(file, path)?;
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Ok(Self::Mapped(bytes, mark))
    }
}

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
    fields: Fields,
    guesses: Vec<(&'static str, FieldPath)>,
    max_record_bytes: u64,
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
    /// Finds and opens the inputs: maps plain files, unpacks compressed ones to temporary files, and settles
    /// which fields to use.
    ///
    /// # Errors
    /// [`Error::MissingInput`], [`Error::UnknownFormat`], [`Error::NoInput`], [`Error::NoField`] if the call is
    /// wrong; [`Error::Io`] and [`Error::Damaged`] if a file cannot be read.
    pub fn open(inputs: &[PathBuf], options: &OpenOptions) -> Result<Self> {
        let files = discover::discover(inputs)?;
        let sources =
            files.into_par_iter().map(|file| Source::open(file, options)).collect::<Result<Vec<_>>>()?;
        let (fields, guesses) = settle_fields(&sources, options)?;
        // A frame's length is 32 bits wide.
        let max_record_bytes = options.max_record_bytes.min(u64::from(u32::MAX));
        Ok(Self { sources, fields, guesses, max_record_bytes })
    }

    /// The inputs, in corpus order.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The fields in use.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The fields that were guessed: what for, and which.
    pub fn guesses(&self) -> &[(&'static str, FieldPath)] {
        &self.guesses
    }

    /// The longest record that is read, in bytes.
    pub(crate) fn max_record_bytes(&self) -> u64 {
        self.max_record_bytes
    }

    /// Total size of what is mapped, in bytes.
    pub fn mapped_bytes(&self) -> u64 {
        self.sources.iter().map(|source| source.mapped().len() as u64).sum()
    }

    /// Cuts the corpus into pieces of work of about `target` bytes, in corpus order.
    pub(crate) fn chunks(&self, target: usize) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for (index, source) in self.sources.iter().enumerate() {
            match &source.contents {
                Contents::Mapped(bytes, mark) => {
                    let ranges = jsonl::chunks(bytes, *mark, target);
                    chunks.extend(ranges.into_iter().map(|range| Chunk::Lines { source: index, range }));
                }
                Contents::OnDemand => match chunks.last_mut() {
                    Some(Chunk::Files(range)) if range.end == index && range.len() < FILES_PER_CHUNK => {
                        range.end += 1;
                    }
                    _ => chunks.push(Chunk::Files(index..index + 1)),
                },
            }
        }
        chunks
    }

    /// Reads the records of a chunk in order. `paths` names the fields wanted, the text's first; `visit` gets
    /// each record's source, place (numbered from 1 within the chunk) and either its text with the values of
    /// the other fields, or why it is rejected.
    pub(crate) fn visit(
        &self,
        chunk: &Chunk,
        paths: &[&FieldPath],
        scratch: &mut TextScratch,
        mut visit: impl FnMut(usize, Frame, std::result::Result<(Record<'_>, &[Option<Value<'_>>]), Rejected>),
    ) -> Result<ChunkSize> {
        match chunk {
            Chunk::Lines { source, range } => {
                let bytes = self.sources[*source].mapped();
                let mut frames = Vec::new();
                let records = jsonl::frames(bytes, range.clone(), &mut frames);
                let mut values = Vec::new();
                for (frame, length) in frames {
                    let parsed = if length > self.max_record_bytes {
                        Err(Fault { at: 0, reason: RejectReason::TooLong { limit: self.max_record_bytes } })
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
                    self.sources[source].read_whole(self.max_record_bytes, &mut scratch.file)?;
                    let frame = Frame { offset: 0, length: scratch.file.len() as u32, record: 1 };
                    size.bytes += scratch.file.len() as u64;
                    match self.whole_text(&scratch.file) {
                        Ok(text) => visit(source, frame, Ok((Record { text }, &[]))),
                        Err(fault) => visit(source, frame, Err(rejected(source, frame, fault))),
                    }
                }
                size.records = 1;
                Ok(size)
            }
        }
    }

    /// The text of a file that is one document.
    fn whole_text<'a>(&self, bytes: &'a [u8]) -> std::result::Result<&'a str, Fault> {
        if bytes.len() as u64 > self.max_record_bytes {
            return Err(Fault { at: 0, reason: RejectReason::TooLong { limit: self.max_record_bytes } });
        }
        str::from_utf8(bytes)
            .map_err(|error| Fault { at: error.valid_up_to(), reason: RejectReason::InvalidUtf8 })
    }

    /// Reads a record's text again.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Damaged`] if its file cannot be read any more.
    pub fn text<'a>(&'a self, location: Location, scratch: &'a mut TextScratch) -> Result<&'a str> {
        let source = &self.sources[location.source];
        if let Contents::OnDemand = source.contents {
            source.read_whole(self.max_record_bytes, &mut scratch.file)?;
            return self.whole_text(&scratch.file).map_err(|_| source.changed());
        }
        let literal = self.text_literal(location).ok_or_else(|| source.changed())?;
        Ok(literal.decode(&mut scratch.decoded))
    }

    /// The error for a record that is not what it was.
    pub(crate) fn changed(&self, location: Location) -> Error {
        self.sources[location.source].changed()
    }

    /// A record's bytes as they stand in its source, decompressed.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Damaged`] if its file cannot be read any more.
    pub(crate) fn raw_record<'a>(
        &'a self,
        location: Location,
        scratch: &'a mut TextScratch,
    ) -> Result<&'a [u8]> {
        let source = &self.sources[location.source];
        if source.is_mapped() {
            return Ok(&source.mapped()[location.frame.range()]);
        }
        source.read_whole(self.max_record_bytes, &mut scratch.file)?;
        Ok(&scratch.file)
    }

    /// The ranges of a record's bytes that hold the given ranges of its text.
    pub(crate) fn raw_text_ranges(
        &self,
        location: Location,
        ranges: &[Range<usize>],
        scratch: &mut TextScratch,
    ) -> Result<Vec<Range<usize>>> {
        let source = &self.sources[location.source];
        if !source.is_mapped() {
            return Ok(ranges.to_vec());
        }
        let record = self.raw_record(location, scratch)?;
        let literal = self.text_literal(location).ok_or_else(|| source.changed())?;
        // The literal is a part of the record, so the distance of their first bytes is its place.
        let start = literal.raw.as_ptr().addr() - record.as_ptr().addr();
        let raw = literal.raw_ranges(ranges);
        Ok(raw.into_iter().map(|range| start + range.start..start + range.end).collect())
    }

    /// The literal of a record's text, for records that are JSON.
    pub(crate) fn text_literal(&self, location: Location) -> Option<StringLiteral<'_>> {
        let line = self.sources[location.source].mapped().get(location.frame.range())?;
        jsonl::parse(line, &[&self.fields.text], &mut Vec::new()).ok()
    }

    /// The value of a field of a record as text: a string decoded, anything else as it stands.
    pub fn field(&self, location: Location, path: &FieldPath) -> Option<String> {
        let line = self.sources[location.source].mapped().get(location.frame.range())?;
        let mut values = Vec::new();
        json::lookup(str::from_utf8(line).ok()?, &[path], &mut values).ok()?;
        values[0].map(value_text)
    }

    /// A record's own id, or `file:record`.
    pub fn id(&self, location: Location) -> String {
        let own = self.fields.id.as_ref().and_then(|path| self.field(location, path));
        own.unwrap_or_else(|| format!("{}:{}", self.sources[location.source].name, location.frame.record))
    }
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

/// Lines looked at for one that shows the fields.
const LINES_FOR_GUESSING: usize = 1000;

type Guesses = Vec<(&'static str, FieldPath)>;

/// Settles the fields from the choices and the first readable record.
fn settle_fields(sources: &[Source], options: &OpenOptions) -> Result<(Fields, Guesses)> {
    let mut guesses = Vec::new();
    let first = sources.iter().find_map(|source| {
        let lines = source.mapped().split(|&byte| byte == b'\n').take(LINES_FOR_GUESSING);
        let names = lines
            .filter_map(|line| str::from_utf8(line).ok())
            .find_map(|line| json::field_names(line).ok())?;
        Some((source, names))
    });
    let names: &[(String, Option<usize>)] = first.as_ref().map_or(&[], |(_, names)| names);
    let mut settle = |purpose, choice: &FieldChoice, usual: &[&str], string: bool| match choice {
        FieldChoice::Named(path) => Some(path.clone()),
        FieldChoice::Guess => {
            let fits = |&&usual: &&&str| {
                names.iter().any(|(name, length)| name == usual && (length.is_some() || !string))
            };
            let path = FieldPath::new(*usual.iter().find(fits)?).ok()?;
            guesses.push((purpose, path.clone()));
            Some(path)
        }
    };
    let text = settle("text", &options.text_field, fields::TEXT_NAMES, true);
    let id = settle("id", &options.id_field, fields::ID_NAMES, false);
    let source = settle("source", &options.source_field, fields::SOURCE_NAMES, true);
    let date = settle("date", &options.date_field, fields::DATE_NAMES, false);
    let text = match (text, first) {
        (Some(text), _) => text,
        (None, Some((source, names))) => {
            let found: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
            return Err(Error::NoField {
                path: source.path.clone(),
                wanted: "\"text\" nor any other usual name of a text".to_owned(),
                found: found.join(", "),
                flag: "text-field",
            });
        }
        (None, None) => FieldPath::new(fields::TEXT_NAMES[0])?,
    };
    Ok((Fields { text, id, source, date }, guesses))
}

//! Where each record stands, and which could not be read.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::document::DocumentId;

/// A record's place in its source, before it is known to be readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// First byte, in the decompressed source.
    pub offset: u64,
    /// Length in bytes, line end included.
    pub length: u32,
    /// Number of the record within its source, from 1: the line number where records are lines.
    pub record: u32,
}

impl Frame {
    /// The bytes it covers.
    pub fn range(&self) -> Range<usize> {
        self.offset as usize..self.offset as usize + self.length as usize
    }
}

/// A record's source and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Index of the source in the corpus.
    pub source: usize,
    /// Place within it.
    pub frame: Frame,
}

/// The places of all records that could be read, in corpus order: 16 bytes a record.
#[derive(Debug, Default)]
pub struct RecordTable {
    frames: Vec<Frame>,
    /// The first record of each source.
    starts: Vec<u32>,
}

impl RecordTable {
    /// Begins the next source.
    pub(crate) fn begin_source(&mut self) {
        self.starts.push(self.frames.len() as u32);
    }

    /// Adds records to the source begun last.
    pub(crate) fn extend(&mut self, frames: impl IntoIterator<Item = Frame>) {
        self.frames.extend(frames);
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Where a document stands. O(log sources).
    pub fn locate(&self, document: DocumentId) -> Location {
        let source = self.starts.partition_point(|&start| start <= document.0) - 1;
        Location { source, frame: self.frames[document.index()] }
    }

    /// The documents of one source.
    pub fn of_source(&self, source: usize) -> Range<usize> {
        let end = self.starts.get(source + 1).map_or(self.frames.len(), |&start| start as usize);
        self.starts[source] as usize..end
    }

    /// The places of some documents.
    pub fn frames(&self, documents: Range<usize>) -> &[Frame] {
        &self.frames[documents]
    }
}

/// A record that could be read.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its text, decoded.
    pub text: &'a str,
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Index of the source in the corpus.
    pub source: usize,
    /// Place within it.
    pub frame: Frame,
    /// The byte at which reading failed, counted from the start of the decompressed source.
    pub byte: u64,
    /// Why.
    pub reason: RejectReason,
}

/// Why a record could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RejectReason {
    /// Not UTF-8.
    InvalidUtf8,
    /// Not JSON.
    InvalidJson {
        /// What the parser said.
        message: String,
    },
    /// JSON, but not an object.
    NotAnObject,
    /// The text field is missing.
    NoField {
        /// Its name.
        field: String,
    },
    /// The text field holds something else.
    NotAString {
        /// Its name.
        field: String,
    },
    /// A row with more or fewer values than the first.
    WrongWidth {
        /// Values in the first row.
        expected: usize,
        /// Values in this one.
        found: usize,
    },
    /// The file ends within a quoted value.
    OpenQuote,
    /// A value that should be there is null.
    Null {
        /// The field's name.
        field: String,
    },
    /// A record of a web archive that does not follow its form.
    InvalidWarc {
        /// What is wrong.
        message: String,
    },
    /// Longer than the limit.
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUtf8 => write!(f, "not valid UTF-8"),
            Self::InvalidJson { message } => write!(f, "not valid JSON: {message}"),
            Self::NotAnObject => write!(f, "not a JSON object"),
            Self::NoField { field } => write!(f, "no field \"{field}\""),
            Self::NotAString { field } => write!(f, "field \"{field}\" is not a string"),
            Self::WrongWidth { expected, found } => {
                write!(f, "a row of {found} values, where the first row has {expected}")
            }
            Self::OpenQuote => write!(f, "the file ends within a quoted value"),
            Self::Null { field } => write!(f, "field \"{field}\" is null"),
            Self::InvalidWarc { message } => write!(f, "not a valid WARC record: {message}"),
            Self::TooLong { limit } => write!(f, "longer than {limit} bytes; raise --max-record to read it"),
        }
    }
}

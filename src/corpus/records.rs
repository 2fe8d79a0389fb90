//! Where each record stands, and which could not be read.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::document::DocumentId;

/// A record's place in its source, before it is known to be readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// First byte, in the decompressed source.
    pub offset: u64,
    /// Length in bytes, line end included.
    pub length: u32,
    /// Number of the record within its source, from 1: the line number where records are lines.
    pub record: u32,
}

impl Frame {
    /// The bytes it covers.
    pub(crate) fn range(&self) -> Range<usize> {
        self.offset as usize..self.offset as usize + self.length as usize
    }
}

/// A record's source and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// Index of the source in the corpus.
    pub source: usize,
    /// Place within it.
    pub frame: Frame,
}

/// The places of all records that could be read, in corpus order: about three bytes a record.
///
/// Most records begin where the one before ends. So a record is written as its length, and what lies between it and
/// the one before only if there is something. Every so many records the whole place is noted, to begin reading at.
#[derive(Debug, Default)]
pub(crate) struct RecordTable {
    /// Numbers of seven bits a byte, low ones first; the high bit says that more follow.
    bytes: Vec<u8>,
    groups: Vec<Group>,
    count: usize,
    /// Where a record would stand that follows the last one without a gap.
    next: Next,
    /// The first record of each source.
    starts: Vec<u32>,
}

/// Records between two notes of a whole place. More would take less memory and more time to find a record.
const GROUP_RECORDS: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Group {
    /// Where its records begin among the bytes.
    at: u64,
    next: Next,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Next {
    offset: u64,
    record: u32,
}

/// How a record follows the one before; in the low bits of its first number.
const ADJACENT: u64 = 0;
/// Behind blank lines or records that could not be read: their bytes and number follow.
const BEHIND_GAP: u64 = 1;
/// In another source: its offset and number follow.
const ELSEWHERE: u64 = 2;

impl RecordTable {
    /// Begins the next source.
    pub(crate) fn begin_source(&mut self) {
        self.starts.push(self.count as u32);
    }

    /// Adds records to the source begun last.
    pub(crate) fn extend(&mut self, frames: impl IntoIterator<Item = Frame>) {
        for frame in frames {
            self.push(frame);
        }
    }

    fn push(&mut self, frame: Frame) {
        let Next { offset, record } = self.next;
        if self.count.is_multiple_of(GROUP_RECORDS) {
            self.groups.push(Group { at: self.bytes.len() as u64, next: self.next });
        }
        let length = u64::from(frame.length) << 2;
        if (frame.offset, frame.record) == (offset, record) {
            self.number(length | ADJACENT);
        } else if let (Some(gap), Some(records)) =
            (frame.offset.checked_sub(offset), frame.record.checked_sub(record))
        {
            self.number(length | BEHIND_GAP);
            self.number(gap);
            self.number(records.into());
        } else {
            self.number(length | ELSEWHERE);
            self.number(frame.offset);
            self.number(frame.record.into());
        }
        self.next = Next::behind(frame);
        self.count += 1;
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Number of records.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Where a document stands. O(log sources).
    ///
    /// # Panics
    /// If there are not so many records.
    pub(crate) fn locate(&self, document: DocumentId) -> Location {
        let source = self.starts.partition_point(|&start| start <= document.0) - 1;
        let mut frames = self.frames_from(document.index());
        Location { source, frame: frames.next().expect("documents are numbered by the records") }
    }

    /// The documents of one source.
    pub(crate) fn of_source(&self, source: usize) -> Range<usize> {
        let end = self.starts.get(source + 1).map_or(self.count, |&start| start as usize);
        self.starts[source] as usize..end
    }

    /// How many documents stand before those of a source.
    pub(crate) fn before_source(&self, source: usize) -> usize {
        self.starts.get(source).map_or(self.count, |&start| start as usize)
    }

    /// The places of some documents, in order.
    pub(crate) fn frames(&self, documents: Range<usize>) -> impl Iterator<Item = Frame> + '_ {
        let count = documents.len();
        let start = if count == 0 { self.count } else { documents.start };
        self.frames_from(start).take(count)
    }

    fn frames_from(&self, start: usize) -> FrameReader<'_> {
        let Some(group) = self.groups.get(start / GROUP_RECORDS) else {
            return FrameReader { bytes: &[], next: self.next };
        };
        let mut frames = FrameReader { bytes: &self.bytes[group.at as usize..], next: group.next };
        for _ in 0..start % GROUP_RECORDS {
            frames.next();
        }
        frames
    }
}

impl Next {
    fn behind(frame: Frame) -> Self {
        Self { offset: frame.offset.wrapping_add(frame.length.into()), record: frame.record.wrapping_add(1) }
    }
}

/// Reads records one after the other.
struct FrameReader<'a> {
    bytes: &'a [u8],
    next: Next,
}

impl FrameReader<'_> {
    #[inline]
    fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (&byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }
}

impl Iterator for FrameReader<'_> {
    type Item = Frame;

    #[inline]
    fn next(&mut self) -> Option<Frame> {
        let first = self.number()?;
        let Next { offset, record } = match first & 3 {
            ADJACENT => self.next,
            BEHIND_GAP => {
                let offset = self.next.offset.wrapping_add(self.number()?);
                Next { offset, record: self.next.record.wrapping_add(self.number()? as u32) }
            }
            _ => Next { offset: self.number()?, record: self.number()? as u32 },
        };
        let frame = Frame { offset, length: (first >> 2) as u32, record };
        self.next = Next::behind(frame);
        Some(frame)
    }
}

/// A record that could be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    /// Its text, decoded.
    pub text: &'a str,
    /// Whether it is of a reference.
    pub is_reference: bool,
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rejected {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_table_holds_what_a_list_would(
            sources in proptest::collection::vec(
                proptest::collection::vec((0u64..3, any::<u32>(), 0u32..3, any::<bool>()), 0..90), 1..5),
        ) {
            let mut table = RecordTable::default();
            let mut list = Vec::new();
            for (source, records) in sources.iter().enumerate() {
                table.begin_source();
                let (mut offset, mut record) = (0u64, 1u32);
                for &(gap, length, lines, is_short) in records {
                    let length = if is_short { length % 300 } else { length };
                    offset += gap * 1000;
                    record += lines;
                    let frame = Frame { offset, length, record };
                    table.extend([frame]);
                    list.push(Location { source, frame });
                    offset += u64::from(length);
                    record += 1;
                }
            }
            prop_assert_eq!(table.len(), list.len());
            for (document, &location) in list.iter().enumerate() {
                prop_assert_eq!(table.locate(DocumentId(document as u32)), location);
            }
            for source in 0..sources.len() {
                let range = table.of_source(source);
                let frames: Vec<Frame> = table.frames(range.clone()).collect();
                let expected: Vec<Frame> = list[range].iter().map(|location| location.frame).collect();
                prop_assert_eq!(frames, expected);
            }
        }
    }

    #[test]
    fn records_that_follow_each_other_take_about_three_bytes() {
        let mut table = RecordTable::default();
        table.begin_source();
        let mut offset = 0;
        for record in 1..=100_000 {
            let length = 200 + record % 900;
            table.extend([Frame { offset, length, record }]);
            offset += u64::from(length);
        }
        let bytes = table.bytes.len() + table.groups.len() * size_of::<Group>();
        assert!(bytes < 300_000, "{bytes}");
    }
}

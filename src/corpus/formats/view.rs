//! Views: the wanted fields of a file, as JSON Lines.

use std::io::Write;
use std::ops::Range;

use crate::corpus::bytes::SharedBytes;
use crate::corpus::json::Fault;
use crate::corpus::records::{Frame, RejectReason};
use crate::corpus::spool::{SpoolWriter, Spools};
use crate::error::Result;

/// The records of a file with their wanted fields.
#[derive(Debug)]
pub(in super::super) struct View {
    /// One JSON object a line; a blank line for each record that was rejected.
    pub lines: SharedBytes,
    /// Records that could not be read: their places in the original, the bytes that were to blame, and why.
    pub rejected: Vec<(Frame, u64, RejectReason)>,
}

/// Makes a view.
pub(in super::super) struct ViewWriter<'a> {
    writer: SpoolWriter<'a>,
    records: u32,
    rejected: Vec<(Frame, u64, RejectReason)>,
    line: Vec<u8>,
    max_record_bytes: u64,
}

/// A value as it goes into a view.
#[derive(Clone, Copy, Debug)]
pub(super) enum ViewCell<'a> {
    /// To be escaped.
    Text(&'a str),
    /// What stands between the quotes of a JSON string.
    Escaped(&'a str),
    /// Any other value of JSON, without line ends.
    Json(&'a str),
}

impl<'a> ViewWriter<'a> {
    /// Begins a view in a spool.
    pub(in super::super) fn new(spools: &'a Spools, max_record_bytes: u64) -> Self {
        Self { writer: spools.writer(), records: 0, rejected: Vec::new(), line: Vec::new(), max_record_bytes }
    }

    /// Adds the next record, which stands at `place` in the original.
    pub(super) fn record<'c>(
        &mut self,
        place: Range<u64>,
        cells: impl IntoIterator<Item = (&'c str, ViewCell<'c>)>,
    ) -> Result<()> {
        if place.end - place.start > self.max_record_bytes {
            return self.reject_too_long(place);
        }
        self.line.clear();
        for (name, cell) in cells {
            self.line.push(if self.line.is_empty() { b'{' } else { b',' });
            push_string(&mut self.line, name);
            self.line.push(b':');
            match cell {
                ViewCell::Text(text) => push_string(&mut self.line, text),
                ViewCell::Escaped(raw) => {
                    self.line.push(b'"');
                    self.line.extend_from_slice(raw.as_bytes());
                    self.line.push(b'"');
                }
                ViewCell::Json(json) => self.line.extend_from_slice(json.as_bytes()),
            }
        }
        self.line.extend_from_slice(b"}\n");
        // A frame's length is 32 bits wide, and escapes lengthen a text.
        if self.line.len() > u32::MAX as usize {
            return self.reject_too_long(place);
        }
        self.records += 1;
        self.writer.write_all(&self.line).map_err(|error| self.writer.failed(error))
    }

    /// Adds the next record as one that cannot be read.
    pub(super) fn reject(&mut self, place: Range<u64>, fault: Fault) -> Result<()> {
        self.records += 1;
        let length = u32::try_from(place.end - place.start).unwrap_or(u32::MAX);
        let frame = Frame { offset: place.start, length, record: self.records };
        self.rejected.push((frame, place.start + fault.at as u64, fault.reason));
        self.writer.write_all(b"\n").map_err(|error| self.writer.failed(error))
    }

    fn reject_too_long(&mut self, place: Range<u64>) -> Result<()> {
        let limit = self.max_record_bytes.min(u64::from(u32::MAX));
        self.reject(place, Fault { at: 0, reason: RejectReason::TooLong { limit } })
    }

    /// Ends the view.
    pub(in super::super) fn finish(self) -> Result<View> {
        Ok(View { lines: self.writer.finish()?, rejected: self.rejected })
    }
}

/// Appends a string literal.
fn push_string(line: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(line, text).expect("strings are JSON and memory takes everything");
}

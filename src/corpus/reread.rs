//! Reading a record again: its text, its fields, its bytes as they stand.

use std::path::Path;

use super::fields::FieldPath;
use super::inputs::Corpus;
use super::json::{self, Value};
use super::jsonl;
use super::literal::StringLiteral;
use super::records::Location;
use super::scratch::{SpilledText, TextScratch};
use super::values::{field_source, field_text};
use crate::error::{Error, Result};

impl Corpus {
    /// Reads a record's text again.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Damaged`] if its file cannot be read any more.
    pub(crate) fn text<'a>(&'a self, location: Location, scratch: &'a mut TextScratch) -> Result<&'a str> {
        let source = &self.sources[location.source];
        if source.is_document() {
            let bytes = source.document(self.rules.max_record_bytes, &mut scratch.file)?;
            return self.document_text(bytes).map_err(|_| source.changed());
        }
        let literal = self.text_literal(location).ok_or_else(|| source.changed())?;
        scratch.text_of(literal)
    }

    /// Reads a record's text again: borrowed where it stands in memory as it is; else it replaces the content of
    /// `buffer`, and none is returned.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub(crate) fn read_text<'a>(
        &'a self,
        location: Location,
        buffer: &mut String,
    ) -> Result<Option<&'a str>> {
        let source = &self.sources[location.source];
        if source.is_document() {
            let mut scratch = TextScratch::default();
            let text = self.text(location, &mut scratch)?;
            buffer.clear();
            buffer.push_str(text);
            return Ok(None);
        }
        let literal = self.text_literal(location).ok_or_else(|| source.changed())?;
        let plain = literal.plain();
        if plain.is_none() {
            literal.decode(buffer);
        }
        Ok(plain)
    }

    /// A long text that would take memory to read, in a temporary file in `directory`; none if it stands in a file as it
    /// is.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub(crate) fn spilled_text(&self, location: Location, directory: &Path) -> Result<Option<SpilledText>> {
        let source = &self.sources[location.source];
        if source.is_document() {
            return source.spill(self.rules.max_record_bytes, directory);
        }
        let literal = self.text_literal(location).ok_or_else(|| source.changed())?;
        let is_plain = literal.plain().is_some();
        (!is_plain).then(|| SpilledText::decoded(literal, directory)).transpose()
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

    /// The literal of a record's text, for records that are JSON.
    pub(crate) fn text_literal(&self, location: Location) -> Option<StringLiteral<'_>> {
        let line = self.sources[location.source].lines().get(location.frame.range())?;
        jsonl::parse(line, &[&self.side(location.source).fields.text], &mut Vec::new()).ok()
    }

    /// The values of some fields of a record, if it can be read.
    fn values(&self, location: Location, paths: &[&FieldPath]) -> Option<Vec<Option<Value<'_>>>> {
        let line = self.sources[location.source].lines().get(location.frame.range())?;
        let mut values = Vec::new();
        json::lookup(simdutf8::basic::from_utf8(line).ok()?, paths, &mut values).ok()?;
        Some(values)
    }

    /// Id, source and date of a record, read in one go.
    pub(crate) fn describe(&self, location: Location) -> Description {
        let fields = &self.side(location.source).fields;
        let wanted = [&fields.id, &fields.source, &fields.date].map(Option::as_ref);
        let paths: Vec<&FieldPath> = wanted.into_iter().flatten().collect();
        let mut values = self.values(location, &paths).unwrap_or_default().into_iter();
        let [id, source, date] = wanted.map(|path| path.and_then(|_| values.next().flatten()));
        Description {
            id: field_text(id).unwrap_or_else(|| self.place(location)),
            source: field_source(source),
            date: field_text(date),
        }
    }

    /// The source of a record, if it has one.
    pub(crate) fn source(&self, location: Location) -> Option<String> {
        let path = self.side(location.source).fields.source.as_ref()?;
        field_source(self.values(location, &[path])?.into_iter().next().flatten())
    }

    /// The title of a record, if titles are looked at and it has one.
    pub(crate) fn title(&self, location: Location) -> Option<String> {
        let path = self.side(location.source).fields.title.as_ref()?;
        field_text(self.values(location, &[path])?.into_iter().next().flatten())
    }

    fn place(&self, location: Location) -> String {
        format!("{}:{}", self.sources[location.source].name, location.frame.record)
    }
}

/// Id, source and date of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// Its own id, or `file:record`.
    pub id: String,
    /// The name of its source: the value of the source field, of an address the host.
    pub source: Option<String>,
    /// The value of its date field.
    pub date: Option<String>,
}

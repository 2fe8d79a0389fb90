//! Reading a record again: its text, its fields, its bytes as they stand.

use super::fields::FieldPath;
use super::inputs::Corpus;
use super::json::{self, Value};
use super::jsonl;
use super::literal::StringLiteral;
use super::records::Location;
use super::scratch::TextScratch;
use super::values::{field_source, field_text};
use crate::error::{Error, Result};

impl Corpus {
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

    /// The value of a field of a record as text: a string decoded, anything else as it stands. `None` if it is
    /// missing, null or an empty string.
    pub fn field(&self, location: Location, path: &FieldPath) -> Option<String> {
        field_text(self.values(location, &[path])?[0])
    }

    /// The values of some fields of a record, if it can be read.
    fn values(&self, location: Location, paths: &[&FieldPath]) -> Option<Vec<Option<Value<'_>>>> {
        let line = self.sources[location.source].lines().get(location.frame.range())?;
        let mut values = Vec::new();
        json::lookup(simdutf8::basic::from_utf8(line).ok()?, paths, &mut values).ok()?;
        Some(values)
    }

    /// What a record's source field holds, as it stands there; [`Self::source`] names the source.
    pub fn source_field(&self, location: Location) -> Option<String> {
        self.field(location, self.side(location.source).fields.source.as_ref()?)
    }

    /// The name of a record's source: what its source field holds, or the host of an address.
    pub fn source(&self, location: Location) -> Option<String> {
        let path = self.side(location.source).fields.source.as_ref()?;
        field_source(self.values(location, &[path])?[0])
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

    fn place(&self, location: Location) -> String {
        format!("{}:{}", self.sources[location.source].name, location.frame.record)
    }
}

/// Id, source and date of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Its own id, or `file:record`.
    pub id: String,
    /// The name of its source: the value of the source field, of an address the host.
    pub source: Option<String>,
    /// The value of its date field.
    pub date: Option<String>,
}

//! The formats other than JSON Lines and whole files of text.
//!
//! Each is read once into a *view*: a temporary file of JSON Lines with only the fields that were asked for, so that
//! everything after sees one kind of source. The line number in the view is the record number in the original; a
//! record that cannot be read leaves a blank line, and its rejection beside the view. Writing goes through the
//! original once more, with a decision for each record number, and copies what is kept.
//!
//! A format is thus three functions: the names of its first record's fields, `view`, and `rewrite`; the last two go
//! over the records in the same way, by the same iterator.

mod annotation;
mod csv;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod text;
mod view;
#[cfg(feature = "warc")]
pub(super) mod warc;

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use super::bytes::SharedBytes;
use super::fields::{FieldPath, Fields};
use super::options::{Header, Split};
use super::{Compression, Format};
use crate::error::{Error, Result};

pub(crate) use annotation::{Annotation, FIELD as ANNOTATION_FIELD, Members};
pub(super) use view::{View, ViewWriter};

/// What is to become of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Decision<'a> {
    /// It is left out.
    Drop,
    /// It stays as it is.
    Keep,
    /// It stays without these ranges of its text, which are ascending and apart.
    Cut(&'a [Range<usize>]),
    /// It stays, and is told what became of it.
    Annotate(Annotation),
}

/// Tells what is to become of a record, by its number. Asked in ascending order, once a record.
pub(crate) type Decide<'a> = dyn FnMut(u32) -> Decision<'a> + 'a;

/// A file in one of these formats.
#[derive(Clone, Copy)]
pub(super) struct Original<'a> {
    /// Its content, decompressed unless `packed` says otherwise.
    pub bytes: &'a SharedBytes,
    /// How `bytes` are compressed: only web archives are kept so, for the sake of their members.
    #[cfg_attr(not(feature = "warc"), expect(dead_code, reason = "only web archives look at it"))]
    pub packed: Compression,
    pub format: Format,
    /// For messages.
    pub path: &'a Path,
}

/// How records are told apart.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub split: Option<Split>,
    pub header: Header,
    pub max_record_bytes: u64,
    #[cfg_attr(not(feature = "warc"), expect(dead_code, reason = "only web archives look at it"))]
    pub max_ratio: u64,
}

/// The fields that go into a view.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub fields: &'a Fields,
    pub more: &'a [FieldPath],
}

impl<'a> Wanted<'a> {
    /// Their paths, the text's first, each once.
    pub(super) fn paths(self) -> Vec<&'a FieldPath> {
        let Fields { text, id, source, date } = self.fields;
        let mut paths: Vec<&FieldPath> = Vec::new();
        for path in [Some(text), id.as_ref(), source.as_ref(), date.as_ref()].into_iter().flatten() {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        for path in self.more {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}

/// A field's name, and its length if it holds a string.
pub(super) type FieldName = (String, Option<usize>);

impl Original<'_> {
    /// The fields of the first record that can be read.
    pub(super) fn field_names(&self, rules: &Rules) -> Result<Option<Vec<FieldName>>> {
        match self.format {
            Format::Json | Format::JsonLines => Ok(json::field_names(self.bytes)),
            Format::Csv | Format::Tsv => Ok(csv::field_names(self, rules)),
            Format::Text => Ok(None),
            #[cfg(feature = "parquet")]
            Format::Parquet => parquet::guarded(self, || parquet::field_names(self)),
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => Err(super::unpack::lacks(self.path, "parquet")),
            #[cfg(feature = "warc")]
            Format::Warc => Ok(Some(warc::field_names())),
            #[cfg(not(feature = "warc"))]
            Format::Warc => Err(super::unpack::lacks(self.path, "warc")),
        }
    }

    /// Whether one of the first records has a field.
    pub(super) fn has_field(&self, path: &FieldPath, rules: &Rules) -> Result<bool> {
        match self.format {
            Format::Json | Format::JsonLines => Ok(json::has_field(self.bytes, path)),
            Format::Csv | Format::Tsv => Ok(csv::has_field(self, path, rules)),
            // Any name will do for what is nothing but text.
            Format::Text | Format::Warc => Ok(true),
            #[cfg(feature = "parquet")]
            Format::Parquet => parquet::guarded(self, || parquet::has_field(self, path)),
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => Err(super::unpack::lacks(self.path, "parquet")),
        }
    }

    /// Reads all records into `view`.
    pub(super) fn view(&self, wanted: Wanted<'_>, rules: &Rules, view: &mut ViewWriter<'_>) -> Result<()> {
        match self.format {
            Format::Json | Format::JsonLines => json::view(self.bytes, wanted, view),
            Format::Csv | Format::Tsv => csv::view(self, wanted, rules, view),
            Format::Text => text::view(self.bytes, wanted, rules, view),
            #[cfg(feature = "parquet")]
            Format::Parquet => parquet::guarded(self, || parquet::view(self, wanted, view)),
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => Err(super::unpack::lacks(self.path, "parquet")),
            #[cfg(feature = "warc")]
            Format::Warc => warc::view(self, wanted, rules, view),
            #[cfg(not(feature = "warc"))]
            Format::Warc => Err(super::unpack::lacks(self.path, "warc")),
        }
    }

    /// Checks that records have fields, and that the first ones have none of the names of an annotation's.
    pub(super) fn check_place_for_annotations(&self, rules: &Rules) -> Result<()> {
        let names = match self.format {
            Format::Text | Format::Warc => {
                let path = self.path.to_path_buf();
                return Err(Error::NoFieldsToAnnotate { path, format: self.format.name() });
            }
            Format::Csv | Format::Tsv if rules.header == Header::Absent => return Ok(()),
            Format::Csv | Format::Tsv => &annotation::COLUMNS[..],
            Format::Json | Format::JsonLines | Format::Parquet => &[ANNOTATION_FIELD],
        };
        for &name in names {
            if self.has_field(&FieldPath::new(name)?, rules)? {
                return Err(self.annotated_already(name, None));
            }
        }
        Ok(())
    }

    fn annotated_already(&self, field: &'static str, record: Option<u32>) -> Error {
        Error::AnnotatedAlready { path: self.path.to_path_buf(), record, field }
    }

    /// Writes the records that are kept, and everything around them; returns how many they are.
    pub(super) fn rewrite(
        &self,
        fields: &Fields,
        rules: &Rules,
        #[cfg_attr(not(feature = "warc"), expect(unused_variables, reason = "only web archives look at it"))]
        compression: Compression,
        decide: &mut Decide<'_>,
        output: &mut Output<'_>,
    ) -> Result<u64> {
        if matches!(output.content, Content::Annotated(_)) {
            self.check_place_for_annotations(rules)?;
        }
        match self.format {
            Format::Json | Format::JsonLines => json::rewrite(self, fields, decide, output),
            Format::Csv | Format::Tsv => csv::rewrite(self, fields, rules, decide, output),
            Format::Text => text::rewrite(self.bytes, rules, decide, output),
            #[cfg(feature = "parquet")]
            Format::Parquet => parquet::guarded(self, || parquet::rewrite(self, fields, decide, output)),
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => Err(super::unpack::lacks(self.path, "parquet")),
            #[cfg(feature = "warc")]
            Format::Warc => warc::rewrite(self, rules, compression, decide, output),
            #[cfg(not(feature = "warc"))]
            Format::Warc => Err(super::unpack::lacks(self.path, "warc")),
        }
    }
}

/// Where a rewritten file goes.
pub(crate) struct Output<'a> {
    /// Takes the bytes.
    pub writer: &'a mut dyn Write,
    /// For messages.
    pub path: &'a Path,
    pub content: Content,
}

/// What a rewritten file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The records that are kept.
    Kept,
    /// All records, each with its annotation, of these members.
    Annotated(Members),
}

impl Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(Error::io(self.path, "write it"))
    }

    /// Writes `bytes` without some ranges.
    fn write_without(&mut self, bytes: &[u8], cuts: &[Range<usize>]) -> Result<()> {
        self.write(&without(bytes, cuts))
    }
}

/// What is left of `bytes` without some ranges, which are ascending and apart.
fn without(text: &[u8], cuts: &[Range<usize>]) -> Vec<u8> {
    let mut left = Vec::with_capacity(text.len());
    let mut from = 0;
    for cut in cuts {
        left.extend_from_slice(&text[from..cut.start]);
        from = cut.end;
    }
    left.extend_from_slice(&text[from..]);
    left
}

//! A row of the table of formats: what tells a format, and the functions that read and write it.

use super::original::Original;
use super::rewriting::{Decide, RewriteTarget};
use super::rules::{FieldName, ReadingRules, WantedFields};
use super::view::ViewWriter;
use crate::corpus::compression::Compression;
use crate::corpus::fields::{FieldPath, Fields};
use crate::corpus::format::Format;
use crate::error::Result;

/// A format.
pub(in crate::corpus) struct FormatRow {
    pub format: Format,
    /// Endings of file names, and names on the command line; the first is the name of the format.
    pub endings: &'static [&'static str],
    /// How each file begins, if all begin alike.
    pub magic: Option<&'static [u8]>,
    /// How records are reached.
    pub access: Access,
    /// The feature that builds its functions, if it can be left out.
    pub feature: Option<&'static str>,
    /// `None` if this build lacks the feature.
    pub functions: Option<&'static FormatFunctions>,
}

/// How the records of a format are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::corpus) enum Access {
    /// They are lines of JSON, and are read where they stand.
    Lines,
    /// A file is one document, unless it is to be split; then through a view.
    WholeFile,
    /// Through a view.
    View,
}

/// The functions of a format. All go over the records in the same way, so that a record has one number.
pub(in crate::corpus) struct FormatFunctions {
    /// The fields of the first record that can be read.
    pub field_names: fn(&Original<'_>, &ReadingRules) -> Result<Option<Vec<FieldName>>>,
    /// Whether one of the first records has a field.
    pub has_field: fn(&Original<'_>, &FieldPath, &ReadingRules) -> Result<bool>,
    /// Reads all records into a view.
    pub view: fn(&Original<'_>, WantedFields<'_>, &ReadingRules, &mut ViewWriter<'_>) -> Result<()>,
    /// Writes the records that are kept, and everything around them; returns how many they are.
    pub rewrite:
        fn(&Original<'_>, &Fields, &ReadingRules, &mut Decide<'_>, &mut RewriteTarget<'_>) -> Result<u64>,
    /// The fields that annotations are written to; `None` if records have no fields to add to.
    pub annotation_fields: fn(&ReadingRules) -> Option<&'static [&'static str]>,
    /// Whether a compressed file can be copied record by record without unpacking it; `None` if none of the format can.
    /// Where it is there, `rewrite` compresses each record by itself.
    pub is_packed_by_record: Option<fn(Compression, &[u8]) -> bool>,
}

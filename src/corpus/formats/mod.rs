//! The formats of files: reading their records, and writing them again.
//!
//! JSON Lines and whole files of text are read as they stand. Any other format is read once into a *view*: a temporary
//! file of JSON Lines with only the fields that were asked for, so that everything after sees one kind of source. The
//! line number in the view is the record number in the original; a record that cannot be read leaves a blank line, and
//! its rejection beside the view. Writing goes through the original once more, with a fate for each record number, and
//! copies what is kept.
//!
//! A format is thus a few functions, see [`row`], and a row of the table in [`table`].

mod annotation;
mod csv;
mod json;
mod json_lines;
mod original;
#[cfg(feature = "parquet")]
mod parquet;
mod rewriting;
mod row;
mod rules;
mod table;
mod text;
mod view;
#[cfg(feature = "warc")]
mod warc;

pub(crate) use annotation::{Annotation, AnnotationMembers, FIELD as ANNOTATION_FIELD};
pub(crate) use csv::guess_delimiter;
pub(super) use original::Original;
pub(crate) use rewriting::{Decide, RecordFate, RewriteContent, RewriteTarget};
pub(super) use row::Access;
pub(super) use rules::{FieldName, ReadingRules, WantedFields};
pub use rules::{Header, Split};
pub(super) use view::{View, ViewWriter};

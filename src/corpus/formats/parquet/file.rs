//! A Parquet file, opened, and its columns.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::ParquetError;
use parquet::file::reader::SerializedFileReader;
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::super::original::Original;
use crate::corpus::fields::FieldPath;
use crate::error::{Error, Result};

/// Records read at a time.
pub(super) const BATCH: usize = 1 << 10;

pub(super) type ParquetReader = SerializedFileReader<bytes::Bytes>;

pub(super) fn malformed(original: &Original<'_>) -> impl Fn(ParquetError) -> Error {
    let path = original.path.to_path_buf();
    move |error| Error::Malformed { path: path.clone(), format: "Parquet", source: error.into() }
}

/// Runs something that reads a file. On some damaged files the reader panics, found by changing random bytes; that is
/// a file that cannot be read, and the run ends with what was half done thrown away.
pub(super) fn guarded<T>(original: &Original<'_>, read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let contradiction =
            ParquetError::General("what it says of its pages is not what they are".to_owned());
        Err(malformed(original)(contradiction))
    })
}

pub(super) fn open(original: &Original<'_>) -> Result<ParquetReader> {
    let bytes = bytes::Bytes::from_owner(original.bytes.clone());
    SerializedFileReader::new(bytes).map_err(malformed(original))
}

/// The place of the leaf column that a path names, and whether it holds one value a record.
pub(super) fn column(schema: &SchemaDescriptor, path: &FieldPath) -> Option<(usize, ValuesPerRecord)> {
    let named = |column: &ColumnDescriptor| column.path().string() == path.as_str();
    if let Some(place) = schema.columns().iter().position(|column| named(column)) {
        let column = &schema.columns()[place];
        return Some((
            place,
            if column.max_rep_level() == 0 { ValuesPerRecord::One } else { ValuesPerRecord::Many },
        ));
    }
    // A list or a structure has leaves with longer names.
    let below = |column: &ColumnDescriptor| {
        column.path().string().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    schema.columns().iter().position(|column| below(column)).map(|place| (place, ValuesPerRecord::Many))
}

/// How many values a record has in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValuesPerRecord {
    One,
    Many,
}

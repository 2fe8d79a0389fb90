//! A Parquet file, opened, and its columns.

use std::sync::Arc;

use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{RowGroupReader, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::super::original::Original;
use super::guard::{CountedPages, UnpackedBytes, guarded};
use crate::corpus::fields::FieldPath;
use crate::error::{Error, Result};

/// Records read at a time.
pub(super) const BATCH: usize = 1 << 10;

pub(super) type ParquetReader = SerializedFileReader<bytes::Bytes>;

/// The error for a file that the crate cannot read, or that unpacks to too much.
pub(super) fn malformed(original: &Original<'_>) -> impl Fn(ParquetError) -> Error {
    let path = original.path.to_path_buf();
    let malformed = move |source| Error::Malformed { path: path.clone(), format: "Parquet", source };
    move |error| match error {
        ParquetError::External(cause) => match cause.downcast::<Error>() {
            Ok(own) => *own,
            Err(cause) => malformed(cause),
        },
        error => malformed(error.into()),
    }
}

pub(super) fn open(original: &Original<'_>) -> Result<ParquetReader> {
    let bytes = bytes::Bytes::from_owner(original.bytes.clone());
    guarded(|| SerializedFileReader::new(bytes)).map_err(malformed(original))
}

/// A reader of the values of a column in a row group.
pub(super) fn column_reader(
    rows: &dyn RowGroupReader,
    place: usize,
    unpacked: &Arc<UnpackedBytes>,
) -> ParquetResult<ColumnReader> {
    guarded(|| {
        let pages =
            CountedPages { pages: rows.get_column_page_reader(place)?, unpacked: Arc::clone(unpacked) };
        Ok(get_column_reader(rows.metadata().column(place).column_descr_ptr(), Box::new(pages)))
    })
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

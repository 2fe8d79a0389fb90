//! Apache Parquet, by its columns: only the wanted ones are read for the view, and rewriting copies values and levels
//! as they are stored, so that any schema, however nested, comes back as it was.

mod annotations;
mod arrow_schema;
mod cells;
mod rewrite;

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use self::cells::{Kind, Values};
pub(super) use self::rewrite::rewrite;
use super::super::fields::FieldPath;
use super::super::json::Fault;
use super::super::records::RejectReason;
use super::view::{Cell, ViewWriter};
use super::{FieldName, Original, Wanted};
use crate::error::{Error, Result};

/// Records read at a time.
const BATCH: usize = 1 << 10;

type Reader = SerializedFileReader<bytes::Bytes>;

fn malformed(original: &Original<'_>) -> impl Fn(ParquetError) -> Error {
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

fn open(original: &Original<'_>) -> Result<Reader> {
    let bytes = bytes::Bytes::from_owner(original.bytes.clone());
    SerializedFileReader::new(bytes).map_err(malformed(original))
}

/// The place of the leaf column that a path names, and whether it holds one value a record.
fn column(schema: &SchemaDescriptor, path: &FieldPath) -> Option<(usize, Shape)> {
    let named = |column: &ColumnDescriptor| column.path().string() == path.as_str();
    if let Some(place) = schema.columns().iter().position(|column| named(column)) {
        let column = &schema.columns()[place];
        return Some((place, if column.max_rep_level() == 0 { Shape::One } else { Shape::Many }));
    }
    // A list or a structure has leaves with longer names.
    let below = |column: &ColumnDescriptor| {
        column.path().string().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    schema.columns().iter().position(|column| below(column)).map(|place| (place, Shape::Many))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    One,
    Many,
}

pub(super) fn field_names(original: &Original<'_>) -> Result<Option<Vec<FieldName>>> {
    let reader = open(original)?;
    let columns = reader.metadata().file_metadata().schema_descr().columns();
    let names = columns.iter().map(|column| {
        let is_text = column.max_rep_level() == 0 && Kind::of(column) == Kind::Text;
        (column.path().string(), is_text.then_some(0))
    });
    Ok(Some(names.collect()))
}

pub(super) fn has_field(original: &Original<'_>, path: &FieldPath) -> Result<bool> {
    Ok(column(open(original)?.metadata().file_metadata().schema_descr(), path).is_some())
}

pub(super) fn view(original: &Original<'_>, wanted: Wanted<'_>, view: &mut ViewWriter<'_>) -> Result<()> {
    let failed = malformed(original);
    let reader = open(original)?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let paths = wanted.paths();
    let places: Vec<_> = paths.iter().map(|path| column(schema, path)).collect();
    for group in 0..reader.num_row_groups() {
        let rows = reader.get_row_group(group).map_err(&failed)?;
        let text = places[0].map_or(0, |(place, _)| rows.metadata().column(place).byte_range().0);
        let mut columns = Vec::with_capacity(paths.len());
        for place in &places {
            columns.push(match place {
                Some((place, Shape::One)) => Some(open_column(&*rows, schema, *place).map_err(&failed)?),
                _ => None,
            });
        }
        let mut left = usize::try_from(rows.metadata().num_rows()).unwrap_or(0);
        while left > 0 {
            let count = left.min(BATCH);
            let mut batch = Vec::with_capacity(columns.len());
            for column in &mut columns {
                batch.push(match column {
                    Some(column) => column.read(count).map_err(&failed)?,
                    None => Vec::new(),
                });
            }
            add_records(view, text, &paths, &batch, count, places[0])?;
            left -= count;
        }
    }
    Ok(())
}

fn open_column(
    rows: &dyn RowGroupReader,
    schema: &SchemaDescriptor,
    place: usize,
) -> parquet::errors::Result<Values> {
    let column: ColumnReader = rows.get_column_reader(place)?;
    Ok(Values::new(column, &schema.columns()[place]))
}

/// Adds a batch of records. They have no place in bytes of their own; `start`, where the texts of their row group
/// begin, stands for it.
fn add_records(
    view: &mut ViewWriter<'_>,
    start: u64,
    paths: &[&FieldPath],
    batch: &[Vec<cells::Value>],
    count: usize,
    text: Option<(usize, Shape)>,
) -> Result<()> {
    let field = || paths[0].to_string();
    for row in 0..count {
        let fault = match (text, batch[0].get(row)) {
            (None, _) => Some(RejectReason::NoField { field: field() }),
            (Some((_, Shape::Many)), _) | (_, Some(cells::Value::Other(_))) => {
                Some(RejectReason::NotAString { field: field() })
            }
            (_, None | Some(cells::Value::Null)) => Some(RejectReason::Null { field: field() }),
            (_, Some(cells::Value::NotUtf8)) => Some(RejectReason::InvalidUtf8),
            (_, Some(cells::Value::Text(_))) => None,
        };
        if let Some(reason) = fault {
            view.reject(start..start, Fault { at: 0, reason })?;
            continue;
        }
        let length = batch[0][row].as_str().map_or(0, str::len) as u64;
        let cells = paths.iter().zip(batch).filter_map(|(path, column)| {
            let value = column.get(row)?.as_str()?;
            Some((path.as_str(), Cell::Text(value)))
        });
        view.record(start..start + length, cells)?;
    }
    Ok(())
}

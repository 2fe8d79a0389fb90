//! The wanted columns of a Parquet file, as a view.

use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::schema::types::SchemaDescriptor;

use super::super::original::Original;
use super::super::rules::{FieldName, WantedFields};
use super::super::view::{ViewCell, ViewWriter};
use super::cells::{ColumnMeaning, ColumnValue, ColumnValues};
use super::file::{BATCH, ValuesPerRecord, column, malformed, open};
use crate::corpus::fields::FieldPath;
use crate::corpus::json::Fault;
use crate::corpus::records::RejectReason;
use crate::error::Result;

pub(super) fn field_names(original: &Original<'_>) -> Result<Option<Vec<FieldName>>> {
    let reader = open(original)?;
    let columns = reader.metadata().file_metadata().schema_descr().columns();
    let names = columns.iter().map(|column| {
        let is_text = column.max_rep_level() == 0 && ColumnMeaning::of(column) == ColumnMeaning::Text;
        (column.path().string(), is_text.then_some(0))
    });
    Ok(Some(names.collect()))
}

pub(super) fn has_field(original: &Original<'_>, path: &FieldPath) -> Result<bool> {
    Ok(column(open(original)?.metadata().file_metadata().schema_descr(), path).is_some())
}

pub(super) fn view(
    original: &Original<'_>,
    wanted: WantedFields<'_>,
    view: &mut ViewWriter<'_>,
) -> Result<()> {
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
                Some((place, ValuesPerRecord::One)) => {
                    Some(open_column(&*rows, schema, *place).map_err(&failed)?)
                }
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
) -> parquet::errors::Result<ColumnValues> {
    let column: ColumnReader = rows.get_column_reader(place)?;
    Ok(ColumnValues::new(column, &schema.columns()[place]))
}

/// Adds a batch of records. They have no place in bytes of their own; `start`, where the texts of their row group
/// begin, stands for it.
fn add_records(
    view: &mut ViewWriter<'_>,
    start: u64,
    paths: &[&FieldPath],
    batch: &[Vec<ColumnValue>],
    count: usize,
    text: Option<(usize, ValuesPerRecord)>,
) -> Result<()> {
    let field = || paths[0].to_string();
    for row in 0..count {
        let fault = match (text, batch[0].get(row)) {
            (None, _) => Some(RejectReason::NoField { field: field() }),
            (Some((_, ValuesPerRecord::Many)), _) | (_, Some(ColumnValue::Other(_))) => {
                Some(RejectReason::NotAString { field: field() })
            }
            (_, None | Some(ColumnValue::Null)) => Some(RejectReason::Null { field: field() }),
            (_, Some(ColumnValue::NotUtf8)) => Some(RejectReason::InvalidUtf8),
            (_, Some(ColumnValue::Text(_))) => None,
        };
        if let Some(reason) = fault {
            view.reject(start..start, Fault { at: 0, reason })?;
            continue;
        }
        let length = batch[0][row].as_str().map_or(0, str::len) as u64;
        let cells = paths.iter().zip(batch).filter_map(|(path, column)| {
            let value = column.get(row)?.as_str()?;
            Some((path.as_str(), ViewCell::Text(value)))
        });
        view.record(start..start + length, cells)?;
    }
    Ok(())
}

//! The wanted columns of a Parquet file, as a view.

use std::borrow::Cow;

use parquet::file::reader::FileReader;

use super::super::original::Original;
use super::super::rules::{FieldName, ReadingRules, WantedFields};
use super::super::view::{ViewCell, ViewWriter};
use super::cells::{ColumnMeaning, ColumnValue, ColumnValues};
use super::file::{BATCH, ValuesPerRecord, column, column_reader, malformed, open};
use super::guard::{UnpackedBytes, guarded};
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
    rules: &ReadingRules,
    view: &mut ViewWriter<'_>,
) -> Result<()> {
    let failed = malformed(original);
    let unpacked = UnpackedBytes::new(original, rules);
    let reader = open(original)?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let paths = wanted.paths();
    let places: Vec<_> = paths.iter().map(|path| column(schema, path)).collect();
    for group in 0..reader.num_row_groups() {
        let rows = guarded(|| reader.get_row_group(group)).map_err(&failed)?;
        let start =
            guarded(|| Ok(places[0].map_or(0, |(place, _)| rows.metadata().column(place).byte_range().0)))
                .map_err(&failed)?;
        let mut columns = Vec::with_capacity(paths.len());
        for place in &places {
            columns.push(match place {
                Some((place, ValuesPerRecord::One)) => {
                    let column = column_reader(&*rows, *place, &unpacked).map_err(&failed)?;
                    Some(ColumnValues::new(column, &schema.columns()[*place]))
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
            for row in 0..count {
                let values: Vec<Option<&ColumnValue>> = batch.iter().map(|column| column.get(row)).collect();
                let bytes = values.iter().flatten().map(|value| value.bytes()).sum::<usize>();
                // A record without a value still takes a line.
                unpacked.add_values(bytes + 1)?;
                add_record(view, start, &paths, &values, places[0])?;
            }
            left -= count;
        }
    }
    Ok(())
}

/// Adds a record. It has no place in bytes of its own; `start`, where the texts of its row group begin, stands for it.
fn add_record(
    view: &mut ViewWriter<'_>,
    start: u64,
    paths: &[&FieldPath],
    values: &[Option<&ColumnValue>],
    text: Option<(usize, ValuesPerRecord)>,
) -> Result<()> {
    let field = || paths[0].to_string();
    let texts: Vec<Option<Cow<'_, str>>> =
        values.iter().map(|value| value.and_then(ColumnValue::as_text)).collect();
    let fault = match (text, values[0]) {
        (None, _) => Some(RejectReason::NoField { field: field() }),
        (Some((_, ValuesPerRecord::Many)), _) | (_, Some(ColumnValue::Other(_) | ColumnValue::Bytes(_))) => {
            Some(RejectReason::NotAString { field: field() })
        }
        (_, None | Some(ColumnValue::Null)) => Some(RejectReason::Null { field: field() }),
        (_, Some(ColumnValue::Text(_))) if texts[0].is_none() => Some(RejectReason::InvalidUtf8),
        (_, Some(ColumnValue::Text(_))) => None,
    };
    if let Some(reason) = fault {
        return view.reject(start..start, Fault { at: 0, reason });
    }
    let length = texts[0].as_ref().map_or(0, |text| text.len()) as u64;
    let cells = paths
        .iter()
        .zip(&texts)
        .filter_map(|(path, text)| Some((path.as_str(), ViewCell::Text(text.as_ref()?))));
    view.record(start..start + length, cells)
}

//! JSON Lines, as far as they are looked at before they are read: their fields. Records are read where they stand.

use super::annotation::FIELD;
use super::json;
use super::row::FormatFunctions;
use super::rules::{FieldName, RECORDS_FOR_GUESSING};
use crate::corpus::fields::FieldPath;
use crate::corpus::json::{field_names as names_of_object, lookup};

/// A file of lines needs no view, and its lines are copied as they stand. As objects one after the other they could be
/// read and written like any other JSON.
pub(super) const FUNCTIONS: FormatFunctions = FormatFunctions {
    field_names: |original, _| Ok(field_names(original.bytes)),
    has_field: |original, path, _| Ok(has_field(original.bytes, path)),
    view: json::FUNCTIONS.view,
    rewrite: json::FUNCTIONS.rewrite,
    annotation_fields: |_| Some(&[FIELD]),
    is_packed_by_record: None,
};

/// The fields of the first line that can be read.
fn field_names(lines: &[u8]) -> Option<Vec<FieldName>> {
    lines
        .split(|&byte| byte == b'\n')
        .take(RECORDS_FOR_GUESSING)
        .filter_map(|line| str::from_utf8(line).ok())
        .find_map(|line| names_of_object(line).ok())
}

/// Whether one of the first lines has a field.
fn has_field(lines: &[u8], path: &FieldPath) -> bool {
    let mut values = Vec::new();
    lines.split(|&byte| byte == b'\n').take(RECORDS_FOR_GUESSING).any(|line| {
        let Ok(line) = str::from_utf8(line) else { return false };
        lookup(line, &[path], &mut values).is_ok() && values[0].is_some()
    })
}

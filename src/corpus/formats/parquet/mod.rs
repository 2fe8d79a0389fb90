//! Apache Parquet, by its columns: only the wanted ones are read for the view, and rewriting copies values and levels
//! as they are stored, so that any schema, however nested, comes back as it was.

mod annotations;
mod arrow_schema;
mod cells;
mod file;
mod guard;
mod rewrite;
mod view;

use self::rewrite::rewrite;
use self::view::{field_names, has_field, view};
use super::annotation::FIELD;
use super::row::FormatFunctions;

pub(super) const FUNCTIONS: FormatFunctions = FormatFunctions {
    field_names: |original, _| field_names(original),
    has_field: |original, path, _| has_field(original, path),
    view,
    rewrite,
    annotation_fields: |_| Some(&[FIELD]),
    is_packed_by_record: None,
};

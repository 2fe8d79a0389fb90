//! Apache Parquet, by its columns: only the wanted ones are read for the view, and rewriting copies values and levels
//! as they are stored, so that any schema, however nested, comes back as it was.

mod annotations;
mod arrow_schema;
mod cells;
mod file;
mod rewrite;
mod view;

use self::file::guarded;
use self::rewrite::rewrite;
use self::view::{field_names, has_field, view};
use super::annotation::FIELD;
use super::row::FormatFunctions;

pub(super) const FUNCTIONS: FormatFunctions = FormatFunctions {
    field_names: |original, _| guarded(original, || field_names(original)),
    has_field: |original, path, _| guarded(original, || has_field(original, path)),
    view: |original, wanted, _, writer| guarded(original, || view(original, wanted, writer)),
    rewrite: |original, fields, _, decide, target| {
        guarded(original, || rewrite(original, fields, decide, target))
    },
    annotation_fields: |_| Some(&[FIELD]),
    is_packed_by_record: None,
};

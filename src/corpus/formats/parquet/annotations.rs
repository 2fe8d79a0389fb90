//! The column of annotations: a structure, null in nothing but its members.

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::{Type, TypePtr};

use super::super::annotation::{Annotation, AnnotationMembers, FIELD};
use super::super::rewriting::RecordFate;
use super::arrow_schema;
use super::guard::guarded;

/// Where Arrow keeps its own schema of a file.
const ARROW_SCHEMA: &str = "ARROW:schema";

/// The schema with one column more.
pub(super) fn schema(root: &Type, members: AnnotationMembers) -> Result<TypePtr> {
    let member =
        |name, physical| Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    let text = |name| {
        let text = member(name, Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String));
        text.with_converted_type(ConvertedType::UTF8)
    };
    let all = [
        member("cluster", Physical::INT64).build()?,
        member("kept", Physical::BOOLEAN).build()?,
        text("kept_id").build()?,
        member("similarity", Physical::DOUBLE).build()?,
        text("relation").build()?,
        member("copies", Physical::INT64).build()?,
        member("reference", Physical::BOOLEAN).build()?,
        member("containment", Physical::DOUBLE).build()?,
        member("start", Physical::INT64).build()?,
        member("end", Physical::INT64).build()?,
    ];
    let column = Type::group_type_builder(FIELD)
        .with_repetition(Repetition::OPTIONAL)
        .with_fields(members.of(&all.map(Arc::new)).to_vec())
        .build()?;
    let mut fields = root.get_fields().to_vec();
    fields.push(Arc::new(column));
    Type::group_type_builder(root.name()).with_fields(fields).build().map(Arc::new)
}

/// What the file says of itself. Arrow's schema of it must have the new column as well, since its readers take the
/// two side by side; one that cannot be added to is left out, and readers make do with the file's own.
pub(super) fn metadata(whole: &[KeyValue], members: AnnotationMembers) -> Vec<KeyValue> {
    let change = |pair: &KeyValue| {
        if pair.key != ARROW_SCHEMA {
            return Some(pair.clone());
        }
        let value = arrow_schema::with_annotations(pair.value.as_deref()?, members)?;
        Some(KeyValue { key: pair.key.clone(), value: Some(value) })
    };
    whole.iter().filter_map(change).collect()
}

/// Writes the column of a row group, in which `decisions` annotate all rows that are written.
pub(super) fn write(
    target: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    decisions: &[RecordFate<'_>],
    members: AnnotationMembers,
) -> Result<()> {
    let annotations: Vec<&Annotation> = decisions
        .iter()
        .filter_map(|decision| match decision {
            RecordFate::Annotate(annotation) => Some(annotation),
            _ => None,
        })
        .collect();
    let each = || annotations.iter();
    member::<Int64Type>(target, each().map(|annotation| annotation.cluster.map(i64::from)))?;
    member::<BoolType>(target, each().map(|annotation| Some(annotation.kept)))?;
    member::<ByteArrayType>(
        target,
        each().map(|annotation| annotation.kept_id.as_deref().map(ByteArray::from)),
    )?;
    member::<DoubleType>(target, each().map(|annotation| annotation.similarity))?;
    member::<ByteArrayType>(target, each().map(|annotation| annotation.relation.map(ByteArray::from)))?;
    member::<Int64Type>(target, each().map(|annotation| annotation.copies.map(i64::from)))?;
    if members != AnnotationMembers::Usual {
        member::<BoolType>(target, each().map(|annotation| Some(annotation.reference)))?;
    }
    if members == AnnotationMembers::WithItem {
        let place = |place: Option<u64>| place.map(u64::cast_signed);
        member::<DoubleType>(target, each().map(|annotation| annotation.containment))?;
        member::<Int64Type>(target, each().map(|annotation| place(annotation.start)))?;
        member::<Int64Type>(target, each().map(|annotation| place(annotation.end)))?;
    }
    Ok(())
}

fn member<T: DataType>(
    target: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let (mut present, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        // The structure is always there, which makes the first level.
        levels.push(if value.is_some() { 2 } else { 1 });
        present.extend(value);
    }
    let lacking = || ParquetError::General("the schema has no column for annotations".to_owned());
    let mut column = guarded(move || target.next_column())?.ok_or_else(lacking)?;
    guarded(|| column.typed::<T>().write_batch(&present, Some(&levels), None))?;
    guarded(|| column.close())
}

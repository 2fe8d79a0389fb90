//! Values of columns as text.
#![allow(
    clippy::cast_sign_loss,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescriptor;

use super::guard::guarded;

/// A value of a record. What a dictionary repeats is not copied: it may be long, and there may be many of it.
#[derive(Debug)]
pub(super) enum ColumnValue {
    Null,
    /// Should be text.
    Text(ByteArray),
    /// Bytes that stand for something else.
    Bytes(ByteArray),
    /// Anything else, written as people write it.
    Other(String),
}

impl ColumnValue {
    /// It as text; none of a null, and of bytes that should be text and are not.
    pub(super) fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null => None,
            Self::Text(bytes) => simdutf8::basic::from_utf8(bytes.data()).ok().map(Cow::Borrowed),
            Self::Bytes(bytes) => Some(hexadecimal(bytes.data()).into()),
            Self::Other(text) => Some(text.into()),
        }
    }

    /// Bytes that writing it takes, about.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Text(bytes) => bytes.len(),
            Self::Bytes(bytes) => 2 * bytes.len(),
            Self::Other(text) => text.len(),
        }
    }
}

/// What the stored values stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnMeaning {
    Text,
    Date,
    /// So many units to a second.
    Timestamp(i64),
    Unsigned,
    /// So many digits behind the point.
    Decimal(i32),
    Plain,
}

impl ColumnMeaning {
    pub(super) fn of(column: &ColumnDescriptor) -> Self {
        if let Some(LogicalType::Timestamp(timestamp)) = column.logical_type_ref() {
            return Self::Timestamp(match timestamp.unit {
                TimeUnit::MILLIS => 1_000,
                TimeUnit::MICROS => 1_000_000,
                TimeUnit::NANOS => 1_000_000_000,
            });
        }
        match column.converted_type() {
            ConvertedType::DATE => Self::Date,
            ConvertedType::TIMESTAMP_MILLIS => Self::Timestamp(1_000),
            ConvertedType::TIMESTAMP_MICROS => Self::Timestamp(1_000_000),
            ConvertedType::DECIMAL => Self::Decimal(column.type_scale()),
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64 => Self::Unsigned,
            _ if column.physical_type() == Type::BYTE_ARRAY => Self::Text,
            _ => Self::Plain,
        }
    }

    fn integer(self, value: i64) -> String {
        match self {
            Self::Date => date(value).unwrap_or_else(|| value.to_string()),
            Self::Timestamp(units) => timestamp(value, units).unwrap_or_else(|| value.to_string()),
            Self::Decimal(scale) if scale > 0 => decimal(value, scale as usize),
            _ => value.to_string(),
        }
    }
}

fn date(days: i64) -> Option<String> {
    let span = Span::new().try_days(days).ok()?;
    Some(Date::constant(1970, 1, 1).checked_add(span).ok()?.to_string())
}

fn timestamp(value: i64, units: i64) -> Option<String> {
    let nanoseconds = i128::from(value) * i128::from(1_000_000_000 / units);
    Timestamp::from_nanosecond(nanoseconds).ok().map(|moment| moment.to_string())
}

fn decimal(value: i64, scale: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// Reads a column without repetition, a value a record.
pub(super) struct ColumnValues {
    reader: ColumnReader,
    kind: ColumnMeaning,
    max_level: i16,
}

impl ColumnValues {
    pub(super) fn new(reader: ColumnReader, column: &ColumnDescriptor) -> Self {
        Self { reader, kind: ColumnMeaning::of(column), max_level: column.max_def_level() }
    }

    /// The next `count` values.
    pub(super) fn read(&mut self, count: usize) -> Result<Vec<ColumnValue>> {
        let (kind, level) = (self.kind, self.max_level);
        let other = ColumnValue::Other;
        match &mut self.reader {
            ColumnReader::BoolColumnReader(r) => read(r, count, level, |v| other(v.to_string())),
            ColumnReader::Int32ColumnReader(r) => read(r, count, level, |v| match kind {
                ColumnMeaning::Unsigned => other(v.cast_unsigned().to_string()),
                _ => other(kind.integer((*v).into())),
            }),
            ColumnReader::Int64ColumnReader(r) => read(r, count, level, |v| match kind {
                ColumnMeaning::Unsigned => other(v.cast_unsigned().to_string()),
                _ => other(kind.integer(*v)),
            }),
            ColumnReader::Int96ColumnReader(r) => {
                read(r, count, level, |v| other(ColumnMeaning::Timestamp(1_000_000).integer(v.to_micros())))
            }
            ColumnReader::FloatColumnReader(r) => read(r, count, level, |v| other(v.to_string())),
            ColumnReader::DoubleColumnReader(r) => read(r, count, level, |v| other(v.to_string())),
            ColumnReader::ByteArrayColumnReader(r) => read(r, count, level, |v| match kind {
                ColumnMeaning::Text => ColumnValue::Text(v.clone()),
                _ => ColumnValue::Bytes(v.clone()),
            }),
            ColumnReader::FixedLenByteArrayColumnReader(r) => {
                read(r, count, level, |v| ColumnValue::Bytes(v.clone().into()))
            }
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    count: usize,
    max_level: i16,
    value: impl Fn(&T::T) -> ColumnValue,
) -> Result<Vec<ColumnValue>> {
    let (mut stored, mut levels) = (Vec::with_capacity(count), Vec::with_capacity(count));
    while if max_level == 0 { stored.len() } else { levels.len() } < count {
        let missing = count - if max_level == 0 { stored.len() } else { levels.len() };
        let (records, ..) = guarded(|| reader.read_records(missing, Some(&mut levels), None, &mut stored))?;
        if records == 0 {
            return Err(ParquetError::General("a column has fewer values than the file has rows".to_owned()));
        }
    }
    let mut stored = stored.iter();
    if max_level == 0 {
        return Ok(stored.map(value).collect());
    }
    let values = levels.iter().map(|&level| {
        let stored = if level == max_level { stored.next() } else { None };
        stored.map_or(ColumnValue::Null, &value)
    });
    Ok(values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_as_what_they_stand_for() {
        assert_eq!(ColumnMeaning::Date.integer(-1), "1969-12-31");
        assert_eq!(ColumnMeaning::Timestamp(1_000).integer(86_400_000), "1970-01-02T00:00:00Z");
        assert_eq!(ColumnMeaning::Timestamp(1_000_000_000).integer(1), "1970-01-01T00:00:00.000000001Z");
        assert_eq!(ColumnMeaning::Timestamp(1_000).integer(i64::MAX), i64::MAX.to_string());
        assert_eq!(ColumnMeaning::Decimal(2).integer(-105), "-1.05");
        assert_eq!(ColumnMeaning::Decimal(3).integer(7), "0.007");
        assert_eq!(ColumnMeaning::Plain.integer(-5), "-5");
    }
}

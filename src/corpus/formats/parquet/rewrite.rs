//! A Parquet file without some of its rows, or with a column more.

use std::ops::Range;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::column::writer::{ColumnWriter, ColumnWriterImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::ColumnDescriptor;

use super::super::original::Original;
use super::super::rewriting::{Decide, RecordFate, RewriteContent, RewriteTarget, without};
use super::super::rules::ReadingRules;
use super::annotations;
use super::file::{BATCH, column, column_reader, malformed, open};
use super::guard::{UnpackedBytes, guarded};
use crate::corpus::fields::Fields;
use crate::error::Result;

/// Writes the kept rows, a row group for each that keeps any, each column with the codec it had.
pub(super) fn rewrite(
    original: &Original<'_>,
    fields: &Fields,
    rules: &ReadingRules,
    decide: &mut Decide<'_>,
    output: &mut RewriteTarget<'_>,
) -> Result<u64> {
    let failed = malformed(original);
    let unpacked = UnpackedBytes::new(original, rules);
    let reader = open(original)?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let text = column(schema, &fields.text).map(|(place, _)| place);
    let root = match output.content {
        RewriteContent::Kept => schema.root_schema_ptr(),
        RewriteContent::Annotated(members) => {
            annotations::schema(schema.root_schema(), members).map_err(&failed)?
        }
    };
    let properties = Arc::new(properties(metadata, output.content));
    let mut writer = guarded(|| SerializedFileWriter::new(Vec::new(), root, properties)).map_err(&failed)?;
    let (mut kept, mut record) = (0, 0);
    for group in 0..reader.num_row_groups() {
        let rows = guarded(|| reader.get_row_group(group)).map_err(&failed)?;
        let decisions: Vec<RecordFate<'_>> = (0..rows.metadata().num_rows())
            .map(|_| {
                record += 1;
                decide(record)
            })
            .collect();
        let kept_here = decisions.iter().filter(|&decision| *decision != RecordFate::Drop).count();
        if kept_here == 0 {
            continue;
        }
        kept += kept_here as u64;
        let groups = &mut writer;
        let mut target = guarded(move || groups.next_row_group()).map_err(&failed)?;
        copy_group(&*rows, &mut target, &decisions, text, &unpacked).map_err(&failed)?;
        if let RewriteContent::Annotated(members) = output.content {
            annotations::write(&mut target, &decisions, members).map_err(&failed)?;
        }
        guarded(|| target.close()).map_err(&failed)?;
        guarded(|| Ok(writer.flush()?)).map_err(&failed)?;
        // The writer counts what it wrote and does not look back at it.
        output.write(&std::mem::take(writer.inner_mut()))?;
    }
    output.write(&guarded(|| writer.into_inner()).map_err(&failed)?)?;
    Ok(kept)
}

/// Codecs, sorting and metadata of the original. Levels of compression are not recorded in a file; the usual are used.
/// A column that is added has the first one's codec.
fn properties(metadata: &ParquetMetaData, content: RewriteContent) -> WriterProperties {
    let first = metadata.row_groups().first();
    let codec = first.and_then(|group| group.columns().first()).map(ColumnChunkMetaData::compression);
    let key_values = metadata.file_metadata().key_value_metadata();
    let key_values = match content {
        RewriteContent::Kept => key_values.cloned(),
        RewriteContent::Annotated(members) => key_values.map(|whole| annotations::metadata(whole, members)),
    };
    let mut properties = WriterProperties::builder()
        .set_compression(codec.unwrap_or(Compression::UNCOMPRESSED))
        .set_key_value_metadata(key_values)
        .set_sorting_columns(first.and_then(RowGroupMetaData::sorting_columns).cloned());
    for chunk in first.map_or(&[][..], RowGroupMetaData::columns) {
        properties = properties.set_column_compression(chunk.column_path().clone(), chunk.compression());
    }
    properties.build()
}

fn copy_group(
    rows: &dyn RowGroupReader,
    target: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    decisions: &[RecordFate<'_>],
    text: Option<usize>,
    unpacked: &Arc<UnpackedBytes>,
) -> ParquetResult<()> {
    for place in 0..rows.metadata().num_columns() {
        let reader = column_reader(rows, place, unpacked)?;
        let description = rows.metadata().column(place).column_descr();
        let columns = &mut *target;
        let Some(mut column) = guarded(move || columns.next_column())? else { break };
        let copy = Copy { decisions, description, unpacked };
        match (reader, column.untyped()) {
            (ColumnReader::BoolColumnReader(r), ColumnWriter::BoolColumnWriter(w)) => copy.whole(r, w),
            (ColumnReader::Int32ColumnReader(r), ColumnWriter::Int32ColumnWriter(w)) => copy.whole(r, w),
            (ColumnReader::Int64ColumnReader(r), ColumnWriter::Int64ColumnWriter(w)) => copy.whole(r, w),
            (ColumnReader::Int96ColumnReader(r), ColumnWriter::Int96ColumnWriter(w)) => copy.whole(r, w),
            (ColumnReader::FloatColumnReader(r), ColumnWriter::FloatColumnWriter(w)) => copy.whole(r, w),
            (ColumnReader::DoubleColumnReader(r), ColumnWriter::DoubleColumnWriter(w)) => copy.whole(r, w),
            (ColumnReader::ByteArrayColumnReader(r), ColumnWriter::ByteArrayColumnWriter(w)) => {
                if Some(place) == text {
                    copy.values(r, w, ByteArray::len, |value, cuts| without(value.data(), cuts).into())
                } else {
                    copy.values(r, w, ByteArray::len, |value, _| value.clone())
                }
            }
            (
                ColumnReader::FixedLenByteArrayColumnReader(r),
                ColumnWriter::FixedLenByteArrayColumnWriter(w),
            ) => copy.values(r, w, |value| value.len(), |value, _| value.clone()),
            _ => Err(ParquetError::General("a column is not of the type that the schema says".to_owned())),
        }?;
        guarded(|| column.close())?;
    }
    Ok(())
}

/// Copies a column of one row group.
#[derive(Clone, Copy)]
struct Copy<'a> {
    decisions: &'a [RecordFate<'a>],
    description: &'a ColumnDescriptor,
    unpacked: &'a UnpackedBytes,
}

impl Copy<'_> {
    /// Values as they are, all of one size.
    fn whole<T: DataType>(
        self,
        reader: ColumnReaderImpl<T>,
        writer: &mut ColumnWriterImpl<'_, T>,
    ) -> ParquetResult<()> {
        self.values(reader, writer, |_| size_of::<T::T>(), |value, _| value.clone())
    }

    /// Values as they are, or as `cut` makes them; `size` says how many bytes a value has.
    fn values<T: DataType>(
        self,
        mut reader: ColumnReaderImpl<T>,
        writer: &mut ColumnWriterImpl<'_, T>,
        size: impl Fn(&T::T) -> usize,
        cut: impl Fn(&T::T, &[Range<usize>]) -> T::T,
    ) -> ParquetResult<()> {
        let (max_definition, max_repetition) =
            (self.description.max_def_level(), self.description.max_rep_level());
        let mut decisions = self.decisions.iter();
        loop {
            let (mut definitions, mut repetitions, mut values) = (Vec::new(), Vec::new(), Vec::new());
            let (records, ..) = guarded(|| {
                reader.read_records(BATCH, Some(&mut definitions), Some(&mut repetitions), &mut values)
            })?;
            if records == 0 {
                break;
            }
            let bytes = values.iter().map(&size).sum::<usize>();
            self.unpacked.add_values(bytes).map_err(|bomb| ParquetError::External(Box::new(bomb)))?;
            let levels = if max_definition == 0 { values.len() } else { definitions.len() };
            let (mut kept_definitions, mut kept_repetitions, mut kept) = (Vec::new(), Vec::new(), Vec::new());
            let mut values = values.iter();
            let mut decision = &RecordFate::Drop;
            for level in 0..levels {
                // A record begins at repetition level 0.
                if max_repetition == 0 || repetitions[level] == 0 {
                    decision = decisions.next().ok_or_else(|| wrong_count("more"))?;
                }
                let is_present = max_definition == 0 || definitions[level] == max_definition;
                let value = if is_present { values.next() } else { None };
                match (decision, value) {
                    (RecordFate::Drop, _) => continue,
                    (RecordFate::Cut(cuts), Some(value)) => kept.push(cut(value, cuts)),
                    (_, Some(value)) => kept.push(value.clone()),
                    (_, None) => {}
                }
                kept_definitions.extend(definitions.get(level));
                kept_repetitions.extend(repetitions.get(level));
            }
            if kept.is_empty() && kept_definitions.is_empty() {
                continue;
            }
            let definitions = (max_definition > 0).then_some(kept_definitions.as_slice());
            let repetitions = (max_repetition > 0).then_some(kept_repetitions.as_slice());
            guarded(|| writer.write_batch(&kept, definitions, repetitions))?;
        }
        if decisions.next().is_some() { Err(wrong_count("fewer")) } else { Ok(()) }
    }
}

fn wrong_count(more: &str) -> ParquetError {
    ParquetError::General(format!("a column has {more} values than the file has rows"))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use parquet::file::reader::SerializedFileReader;

    use super::super::super::rules::Header;
    use super::*;
    use crate::corpus::bytes::SharedBytes;
    use crate::corpus::fields::FieldPath;
    use crate::corpus::format::Format;

    fn rows(bytes: Vec<u8>) -> Vec<String> {
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
    }

    #[test]
    fn cut_texts_lose_their_ranges_and_nothing_else_changes() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pyarrow-zstd-v2.parquet");
        let bytes = SharedBytes::map(&File::open(&path).unwrap(), &path).unwrap();
        let before = rows(bytes.to_vec());
        let original = Original::plain(&bytes, Format::Parquet, &path);
        let text = FieldPath::new("meta.text").unwrap();
        let fields = Fields { text, id: None, source: None, date: None, title: None };
        // "The harbour master" is the first text's beginning.
        let cuts = [3..11, 11..18];
        let mut decide = |record| match record {
            1 => RecordFate::Cut(&cuts),
            2 => RecordFate::Drop,
            _ => RecordFate::Keep,
        };
        let rules =
            ReadingRules { split: None, header: Header::Present, max_record_bytes: 1 << 20, max_ratio: 1 };
        let mut written = Vec::new();
        let mut output = RewriteTarget { writer: &mut written, path: &path, content: RewriteContent::Kept };
        assert_eq!(rewrite(&original, &fields, &rules, &mut decide, &mut output).unwrap(), 11);
        let mut expected = before;
        expected.remove(1);
        expected[0] = expected[0].replacen("The harbour master", "The", 1);
        assert_eq!(rows(written), expected);
    }
}

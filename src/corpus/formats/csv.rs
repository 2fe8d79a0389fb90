//! Comma-separated values and their kin. Rows that are kept keep their bytes.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::borrow::Cow;
use std::ops::Range;

use csv::{ByteRecord, ReaderBuilder};

use super::annotation::COLUMNS;
use super::original::Original;
use super::rewriting::{Decide, RecordFate, RewriteContent, RewriteTarget, without};
use super::row::FormatFunctions;
use super::rules::{FieldName, Header, ReadingRules, WantedFields};
use super::view::{ViewCell, ViewWriter};
use crate::corpus::fields::{FieldPath, Fields};
use crate::corpus::format::Format;
use crate::corpus::json::Fault;
use crate::corpus::records::RejectReason;
use crate::error::Result;

/// Of tables of commas and of tabs.
pub(super) const FUNCTIONS: FormatFunctions = FormatFunctions {
    field_names: |original, rules| Ok(field_names(original, rules)),
    has_field: |original, path, rules| Ok(has_field(original, path, rules)),
    view,
    rewrite,
    // A table without a header has no names to clash with.
    annotation_fields: |rules| match rules.header {
        Header::Present => Some(&COLUMNS),
        Header::Absent => Some(&[]),
    },
    is_packed_by_record: None,
};

/// What may stand between values, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads rows, with the place of each.
struct CsvRows<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    delimiter: u8,
    /// Length of a byte order mark.
    mark: usize,
    /// First byte of the next row.
    at: usize,
    /// Columns of the first row.
    columns: usize,
    row: ByteRecord,
}

impl<'a> CsvRows<'a> {
    fn new(original: &Original<'a>) -> Self {
        let bytes: &'a [u8] = original.bytes;
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let delimiter = if original.format == Format::Tsv { b'\t' } else { guess_delimiter(&bytes[mark..]) };
        let mut builder = ReaderBuilder::new();
        let reader =
            builder.has_headers(false).flexible(true).delimiter(delimiter).from_reader(&bytes[mark..]);
        Self { bytes, reader, delimiter, mark, at: mark, columns: 0, row: ByteRecord::new() }
    }

    /// Reads the next row into `row`; gives its place, line end included.
    fn next(&mut self) -> Option<Range<usize>> {
        // Rows of any shape are accepted, and memory does not fail to be read.
        if !self.reader.read_byte_record(&mut self.row).unwrap_or(false) {
            return None;
        }
        if self.columns == 0 {
            self.columns = self.row.len();
        }
        let mut end = self.mark + self.reader.position().byte() as usize;
        // The parser leaves the second half of a line end to the next row.
        if self.bytes[..end].ends_with(b"\r") && self.bytes.get(end) == Some(&b'\n') {
            end += 1;
        }
        let range = self.at..end;
        self.at = end;
        Some(range)
    }

    /// The names of the columns, and the range of the row that holds them.
    fn header(&mut self, header: Header) -> (Vec<String>, Range<usize>) {
        match header {
            Header::Present => {
                let range = self.next().unwrap_or(self.at..self.at);
                (self.row.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect(), range)
            }
            Header::Absent => (Vec::new(), self.at..self.at),
        }
    }

    /// Why the row read last, of these bytes, cannot be used.
    fn fault(&self, bytes: &[u8]) -> Option<Fault> {
        if self.at == self.bytes.len()
            && values(bytes, self.delimiter).last().is_some_and(|last| last.is_open)
        {
            return Some(Fault { at: 0, reason: RejectReason::OpenQuote });
        }
        let found = self.row.len();
        (found != self.columns)
            .then_some(Fault { at: 0, reason: RejectReason::WrongWidth { expected: self.columns, found } })
    }
}

/// The delimiter that the first row has most of, outside of quotes. Where a row ends depends on the delimiter, since a
/// quote opens a value only at its start; so all are asked about the shortest first row that any of them gives. That is a
/// part of the header, whichever is found: the same is found again, whatever rows stand behind the header then.
pub(crate) fn guess_delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [0usize; DELIMITERS.len()];
    let mut states = [InRow::Start; DELIMITERS.len()];
    // Blank lines are no rows.
    'row: for &byte in bytes.iter().skip_while(|byte| matches!(byte, b'\n' | b'\r')) {
        for ((&delimiter, state), count) in DELIMITERS.iter().zip(&mut states).zip(&mut counts) {
            *state = match (*state, byte) {
                (InRow::Quoted, b'"') => InRow::Closed,
                (InRow::Start | InRow::Closed, b'"') | (InRow::Quoted, _) => InRow::Quoted,
                (_, b'\n' | b'\r') => break 'row,
                _ if byte == delimiter => {
                    *count += 1;
                    InRow::Start
                }
                _ => InRow::Bare,
            };
        }
    }
    // Of equals the first.
    let most = counts.iter().copied().max().unwrap_or(0);
    let place = counts.iter().position(|&count| count == most).unwrap_or(0);
    DELIMITERS[place]
}

/// Where in a row a byte stands.
#[derive(Clone, Copy)]
enum InRow {
    /// At the start of a value.
    Start,
    /// In a value without quotes, or behind the quotes of one: a quote stands for itself.
    Bare,
    Quoted,
    /// Behind a quote that closes a value, unless another follows.
    Closed,
}

/// Which column a path names: by name, else by number from 1.
fn column(path: &FieldPath, names: &[String]) -> Option<usize> {
    names
        .iter()
        .position(|name| name == path.as_str())
        .or_else(|| path.as_str().parse::<usize>().ok()?.checked_sub(1))
}

fn field_names(original: &Original<'_>, rules: &ReadingRules) -> Option<Vec<FieldName>> {
    let mut rows = CsvRows::new(original);
    let (names, _) = rows.header(rules.header);
    let range = rows.next();
    if range.is_none() && names.is_empty() {
        return None;
    }
    let lengths: Vec<usize> = rows.row.iter().map(<[u8]>::len).collect();
    let names = match rules.header {
        Header::Present => names,
        Header::Absent => (1..=rows.row.len()).map(|number| number.to_string()).collect(),
    };
    let length = |place| Some(lengths.get(place).copied().unwrap_or(0));
    Some(names.into_iter().enumerate().map(|(place, name)| (name, length(place))).collect())
}

fn has_field(original: &Original<'_>, path: &FieldPath, rules: &ReadingRules) -> bool {
    let mut rows = CsvRows::new(original);
    let (names, _) = rows.header(rules.header);
    let width = if names.is_empty() { rows.next().map_or(0, |_| rows.columns) } else { names.len() };
    column(path, &names).is_some_and(|column| column < width)
}

fn view(
    original: &Original<'_>,
    wanted: WantedFields<'_>,
    rules: &ReadingRules,
    view: &mut ViewWriter<'_>,
) -> Result<()> {
    let mut rows = CsvRows::new(original);
    let (names, _) = rows.header(rules.header);
    let paths = wanted.paths();
    let columns: Vec<Option<usize>> = paths.iter().map(|path| column(path, &names)).collect();
    while let Some(range) = rows.next() {
        let place = range.start as u64..range.end as u64;
        let fault = rows.fault(&original.bytes[range]).or_else(|| unusable(&rows.row, columns[0], paths[0]));
        if let Some(fault) = fault {
            view.reject(place, fault)?;
            continue;
        }
        let cells = paths.iter().zip(&columns).filter_map(|(path, column)| {
            let value = str::from_utf8(rows.row.get((*column)?)?).ok()?;
            Some((path.as_str(), ViewCell::Text(value)))
        });
        view.record(place, cells)?;
    }
    Ok(())
}

/// Why a row has no text.
fn unusable(row: &ByteRecord, column: Option<usize>, path: &FieldPath) -> Option<Fault> {
    let reason = match column.and_then(|column| row.get(column)) {
        None => RejectReason::NoField { field: path.to_string() },
        Some(text) if str::from_utf8(text).is_err() => RejectReason::InvalidUtf8,
        Some(_) => return None,
    };
    Some(Fault { at: 0, reason })
}

fn rewrite(
    original: &Original<'_>,
    fields: &Fields,
    rules: &ReadingRules,
    decide: &mut Decide<'_>,
    output: &mut RewriteTarget<'_>,
) -> Result<u64> {
    let bytes: &[u8] = original.bytes;
    let mut rows = CsvRows::new(original);
    let (names, header) = rows.header(rules.header);
    match output.content {
        RewriteContent::Kept => output.write(&bytes[..header.end])?,
        // Without a header, or in a file of nothing, there is no row to be longer.
        RewriteContent::Annotated(_) if header.is_empty() => output.write(&bytes[..header.end])?,
        RewriteContent::Annotated(members) => {
            output.write_all(&longer(&bytes[..header.end], members.of(&COLUMNS), rows.delimiter))?;
        }
    }
    let text = column(&fields.text, &names);
    let (mut kept, mut record) = (0, 0);
    while let Some(range) = rows.next() {
        record += 1;
        let row = &bytes[range];
        match (decide(record), text, output.content) {
            (RecordFate::Drop, ..) => continue,
            (RecordFate::Cut(cuts), Some(text), _) => {
                let shortened = without(rows.row.get(text).unwrap_or_default(), cuts);
                let value = values(row, rows.delimiter).nth(text).map_or(0..0, |value| value.range);
                output.write(&row[..value.start])?;
                // A line of nothing would be no row.
                let is_blank = shortened.is_empty() && rows.row.len() == 1;
                let replaced: &[u8] = if is_blank { b"\"\"" } else { &row[value.clone()] };
                output.write(&quoted_like(replaced, &shortened, rows.delimiter))?;
                output.write(&row[value.end..])?;
            }
            (RecordFate::Annotate(annotation), _, RewriteContent::Annotated(members)) => {
                output.write_all(&longer(row, members.of(&annotation.cells()), rows.delimiter))?;
            }
            _ => output.write(row)?,
        }
        kept += 1;
    }
    output.write(&bytes[rows.at..])?;
    Ok(kept)
}

/// A row with more values at its end, in three pieces, since it may be long: what it has, the values, the end of its line.
fn longer<'r>(row: &'r [u8], values: &[impl AsRef<str>], delimiter: u8) -> [Cow<'r, [u8]>; 3] {
    let line = row.strip_suffix(b"\n").unwrap_or(row);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut added = Vec::new();
    for value in values {
        added.push(delimiter);
        added.extend(quoted_like(b"", value.as_ref().as_bytes(), delimiter));
    }
    [line.into(), added.into(), row[line.len()..].into()]
}

/// A value in quotes if the one it replaces has them, or if it needs them.
fn quoted_like(replaced: &[u8], value: &[u8], delimiter: u8) -> Vec<u8> {
    let needs_quotes = value.iter().any(|&byte| matches!(byte, b'"' | b'\n' | b'\r') || byte == delimiter);
    if !needs_quotes && !replaced.starts_with(b"\"") {
        return value.to_vec();
    }
    let mut quoted = vec![b'"'];
    for &byte in value {
        if byte == b'"' {
            quoted.push(b'"');
        }
        quoted.push(byte);
    }
    quoted.push(b'"');
    quoted
}

/// A value as it stands in a row.
struct RawValue {
    /// Quotes included.
    range: Range<usize>,
    /// Whether its closing quote is missing.
    is_open: bool,
}

/// The values of one row; blank lines before it and its line end belong to none.
fn values(row: &[u8], delimiter: u8) -> impl Iterator<Item = RawValue> {
    let mut at = row.iter().position(|&byte| !matches!(byte, b'\n' | b'\r')).unwrap_or(row.len());
    let mut is_done = false;
    std::iter::from_fn(move || {
        if is_done {
            return None;
        }
        let start = at;
        let mut is_open = false;
        if row.get(at) == Some(&b'"') {
            at += 1;
            is_open = true;
            while let Some(ahead) = memchr::memchr(b'"', &row[at..]) {
                at += ahead + 1;
                if row.get(at) != Some(&b'"') {
                    is_open = false;
                    break;
                }
                at += 1;
            }
            if is_open {
                at = row.len();
            }
        }
        let ends = |byte: &u8| *byte == delimiter || matches!(byte, b'\n' | b'\r');
        at += row[at..].iter().position(ends).unwrap_or(row.len() - at);
        let range = start..at;
        is_done = row.get(at) != Some(&delimiter);
        at += 1;
        Some(RawValue { range, is_open })
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::corpus::bytes::SharedBytes;

    fn shared(bytes: &[u8]) -> SharedBytes {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        SharedBytes::map(&file, Path::new("x")).unwrap()
    }

    fn rewritten(bytes: &[u8], decide: &mut Decide<'_>) -> String {
        let bytes = shared(bytes);
        let original = Original::plain(&bytes, Format::Csv, Path::new("x"));
        let fields =
            Fields { text: FieldPath::new("t").unwrap(), id: None, source: None, date: None, title: None };
        let rules =
            ReadingRules { split: None, header: Header::Present, max_record_bytes: 100, max_ratio: 9 };
        let mut written = Vec::new();
        let mut output =
            RewriteTarget { writer: &mut written, path: Path::new("x"), content: RewriteContent::Kept };
        rewrite(&original, &fields, &rules, decide, &mut output).unwrap();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn the_delimiter_is_the_one_the_first_line_has_most_of() {
        assert_eq!(guess_delimiter(b"a;b,c;d\n,,,,,"), b';');
        assert_eq!(guess_delimiter(b"\"a;;;\nb\",c\n"), b',');
        assert_eq!(guess_delimiter(b"a\tb\n"), b'\t');
        assert_eq!(guess_delimiter(b"text\n"), b',');
        assert_eq!(guess_delimiter(b"size 5\";text\n,,\",,,"), b';');
        assert_eq!(guess_delimiter(b"\"a\"\",,,\";text\n"), b';');
        assert_eq!(guess_delimiter(b"\r\na;b\r,,,\n"), b';');
        // Of commas the first row has another line, of tabs it has not.
        assert_eq!(guess_delimiter(b"a\tb\",\"t\n\"\n"), b',');
        assert_eq!(guess_delimiter(b"a\tb\",\"t\n\"\t\t\n"), b',');
    }

    #[test]
    fn a_cut_text_is_quoted_as_it_was_and_as_it_must_be() {
        let table = b"i,t,u\r\n1,\"say \"\"a\"\", b\",\"x\"\r\n2,plain text,y\r\n";
        let cuts = [3..5, 5..7];
        let mut decide = |_| RecordFate::Cut(&cuts);
        assert_eq!(rewritten(table, &mut decide), "i,t,u\r\n1,\"say, b\",\"x\"\r\n2,plaext,y\r\n");
    }

    #[test]
    fn the_only_value_of_a_row_may_be_cut_to_nothing() {
        let cuts = [0..3, 3..3];
        let mut decide = |n| if n == 1 { RecordFate::Cut(&cuts[..1]) } else { RecordFate::Keep };
        assert_eq!(rewritten(b"t\none\ntwo\n", &mut decide), "t\n\"\"\ntwo\n");
    }

    #[test]
    fn an_open_quote_at_the_end_is_seen() {
        let is_open = |row: &[u8]| values(row, b',').last().unwrap().is_open;
        assert!(is_open(b"1,\"cut sho") && is_open(b"1,\"cut \"\"sho\n") && is_open(b"\""));
        assert!(!is_open(b"1,\"whole\"\n") && !is_open(b"1,5\" disk\n") && !is_open(b"1,\"\"\n"));
    }

    proptest! {
        #[test]
        fn kept_rows_keep_their_bytes(
            rows in proptest::collection::vec(("[a,\"\n\r é]{0,6}", "[a,\"\n]{0,4}"), 0..6),
            keep in any::<[bool; 6]>(),
            always_quoted in any::<bool>(),
            windows in any::<bool>(),
        ) {
            let write = |rows: &[&(String, String)]| {
                let mut builder = csv::WriterBuilder::new();
                if always_quoted { builder.quote_style(csv::QuoteStyle::Always); }
                if windows { builder.terminator(csv::Terminator::CRLF); }
                let mut writer = builder.from_writer(Vec::new());
                writer.write_record(["t", "u"]).unwrap();
                for (t, u) in rows { writer.write_record([t, u]).unwrap(); }
                writer.into_inner().unwrap()
            };
            let all = write(&rows.iter().collect::<Vec<_>>());
            let kept: Vec<_> = rows.iter().zip(keep).filter(|(_, keep)| *keep).map(|(row, _)| row).collect();
            let mut decide = |n: u32| if keep[n as usize - 1] { RecordFate::Keep } else { RecordFate::Drop };
            prop_assert_eq!(rewritten(&all, &mut decide).into_bytes(), write(&kept));
        }

        #[test]
        fn longer_rows_hold_what_they_held_and_more(
            row in proptest::collection::vec("[a\",\n\r ]{1,5}", 1..4),
            values in proptest::collection::vec("[a\",\n\r ]{0,4}", 1..4),
            end in prop_oneof![Just(""), Just("\n"), Just("\r\n"), Just("\r")],
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&row).unwrap();
            let mut bytes = writer.into_inner().unwrap();
            bytes.pop();
            bytes.extend_from_slice(end.as_bytes());
            let longer = longer(&bytes, &values, b',').concat();
            prop_assert!(longer.ends_with(end.as_bytes()) && longer.starts_with(&bytes[..bytes.len() - end.len()]));
            let mut reader = ReaderBuilder::new().has_headers(false).from_reader(longer.as_slice());
            let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(rows.len(), 1);
            let expected: Vec<&String> = row.iter().chain(&values).collect();
            prop_assert_eq!(rows[0].iter().collect::<Vec<_>>(), expected);
        }

        #[test]
        fn values_stand_where_the_parser_finds_them(row in proptest::collection::vec("[a\",\n ]{0,5}", 1..4)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&row).unwrap();
            let bytes = writer.into_inner().unwrap();
            let found: Vec<String> = values(&bytes, b',').map(|value| {
                let raw = str::from_utf8(&bytes[value.range]).unwrap();
                match raw.strip_prefix('"') {
                    Some(rest) => rest.strip_suffix('"').unwrap().replace("\"\"", "\""),
                    None => raw.to_owned(),
                }
            }).collect();
            prop_assert_eq!(found, row);
        }
    }
}

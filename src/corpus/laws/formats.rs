//! One law of all formats that are read through a view: writing a file again writes what was kept of it.

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use serde::de::IgnoredAny;

use crate::corpus::bytes::SharedBytes;
use crate::corpus::fields::{FieldPath, Fields};
use crate::corpus::format::Format;
use crate::corpus::formats::{
    Header, Original, ReadingRules, RecordFate, RewriteContent, RewriteTarget, ViewWriter, WantedFields,
};
use crate::corpus::json::Value;
use crate::corpus::jsonl;
use crate::corpus::spool::Spools;
use crate::error::Result;

const RULES: ReadingRules =
    ReadingRules { split: None, header: Header::Present, max_record_bytes: 1 << 20, max_ratio: 1000 };

/// A record of a view.
#[derive(Clone, Debug, PartialEq)]
struct ViewRecord {
    text: String,
    line: String,
}

struct Read {
    fields: Fields,
    /// `None` for a record that was rejected.
    records: Vec<Option<ViewRecord>>,
}

pub(super) fn shared(bytes: &[u8]) -> SharedBytes {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    SharedBytes::map(&file, Path::new("law")).unwrap()
}

/// Reads a file; its first field is the text and its second the id, unless `fields` says otherwise.
fn read(format: Format, bytes: &[u8], fields: Option<&Fields>) -> Result<Read> {
    let bytes = shared(bytes);
    let original = Original::plain(&bytes, format, Path::new("law"));
    let fields = if let Some(fields) = fields {
        fields.clone()
    } else {
        let names = original.field_names(&RULES)?.unwrap_or_default();
        let path = |place: usize| names.get(place).and_then(|(name, _)| FieldPath::new(name.as_str()).ok());
        let text = path(0).unwrap_or(FieldPath::new("text")?);
        original.has_field(&text, &RULES)?;
        Fields { text, id: path(1), source: None, date: None, title: None }
    };
    let spools = Spools::new(&std::env::temp_dir());
    let mut writer = ViewWriter::new(&spools, RULES.max_record_bytes);
    original.view(WantedFields { fields: &fields, more: &[] }, &RULES, &mut writer)?;
    let view = writer.finish()?;
    let mut records = Vec::new();
    for line in str::from_utf8(&view.lines).unwrap().lines() {
        if line.is_empty() {
            records.push(None);
            continue;
        }
        assert!(serde_json::from_str::<IgnoredAny>(line).is_ok(), "{line:?} is no JSON");
        let mut values: Vec<Option<Value<'_>>> = Vec::new();
        let literal = jsonl::parse(line.as_bytes(), &[&fields.text], &mut values).unwrap();
        let text = literal.decode(&mut String::new()).to_owned();
        records.push(Some(ViewRecord { text, line: line.to_owned() }));
    }
    let rejected = records.iter().filter(|record| record.is_none()).count();
    assert_eq!(rejected, view.rejected.len());
    for (frame, _, _) in &view.rejected {
        assert_eq!(records[frame.record as usize - 1], None);
        assert!(format == Format::Parquet || frame.range().end <= bytes.len(), "{frame:?}");
    }
    Ok(Read { fields, records })
}

/// Writes a file again.
fn write<'a>(
    format: Format,
    bytes: &[u8],
    fields: &Fields,
    fate: impl Fn(usize) -> RecordFate<'a> + 'a,
) -> Result<(Vec<u8>, usize, u64)> {
    let bytes = shared(bytes);
    let original = Original::plain(&bytes, format, Path::new("law"));
    let mut written = Vec::new();
    let mut asked = 0;
    let mut decide = |number: u32| {
        asked += 1;
        assert_eq!(number as usize, asked, "records are asked for in order");
        fate(asked - 1)
    };
    let mut target =
        RewriteTarget { writer: &mut written, path: Path::new("law"), content: RewriteContent::Kept };
    let kept = original.rewrite(fields, &RULES, &mut decide, &mut target)?;
    Ok((written, asked, kept))
}

/// The part of a text that the record at a place loses.
fn cut(place: usize, text: &str) -> Range<usize> {
    let boundary = |at: usize| (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    match place % 3 {
        0 => boundary(text.len() / 3)..boundary(text.len() / 3 * 2),
        1 => 0..boundary(text.len() / 2),
        _ => 0..text.len(),
    }
}

/// Reads a file, writes it again with some records left out and some shortened, and reads that.
fn rewritten(format: Format, bytes: &[u8]) {
    let Ok(Read { fields, records }) = read(format, bytes, None) else { return };
    let is_copied = format != Format::Parquet;
    let (whole, asked, kept) = match write(format, bytes, &fields, |_| RecordFate::Keep) {
        Ok(written) => written,
        // A column whose pages are damaged may not have been among those that were read.
        Err(_) if !is_copied => return,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(asked, records.len(), "records of {format}");
    if records.iter().all(Option::is_some) {
        assert_eq!(kept as usize, records.len());
        if is_copied {
            assert!(whole.starts_with(bytes) && whole.len() <= bytes.len() + 2, "all is kept of {format}");
        }
    }
    let cuts: Vec<Vec<Range<usize>>> = records
        .iter()
        .enumerate()
        .map(|(place, record)| record.iter().map(|record| cut(place / 3, &record.text)).collect())
        .collect();
    let fate = |place: usize| match &records[place] {
        None => RecordFate::Drop,
        Some(_) if place % 3 == 1 => RecordFate::Drop,
        Some(record) if place % 3 == 2 && !record.text.is_empty() => RecordFate::Cut(&cuts[place]),
        Some(_) => RecordFate::Keep,
    };
    let Ok((written, asked, kept)) = write(format, bytes, &fields, fate) else {
        assert!(!is_copied, "{format} is not written");
        return;
    };
    let again = read(format, &written, Some(&fields)).unwrap();
    let mut expected = Vec::new();
    for (place, record) in records.iter().enumerate() {
        match (fate(place), record) {
            (RecordFate::Keep, Some(record)) => expected.push((Some(&record.line), record.text.clone())),
            (RecordFate::Cut(cuts), Some(record)) => {
                let mut text = record.text.clone();
                text.replace_range(cuts[0].clone(), "");
                expected.push((None, text));
            }
            _ => {}
        }
    }
    assert_eq!((asked, kept as usize), (records.len(), expected.len()));
    let shown = String::from_utf8_lossy(&written);
    assert_eq!(again.records.len(), expected.len(), "{format}: {shown}");
    for (record, (line, text)) in again.records.iter().zip(expected) {
        let record = record.as_ref().unwrap_or_else(|| panic!("{format}: a record is rejected of {shown}"));
        assert_eq!(record.text, text, "{format}: {shown}");
        assert!(line.is_none_or(|line| *line == record.line), "{format}: {shown}");
    }
}

/// A table written again holds the kept rows.
pub fn csv(bytes: &[u8]) {
    rewritten(Format::Csv, bytes);
    rewritten(Format::Tsv, bytes);
}

/// An array of objects written again holds the kept ones.
pub fn json_array(bytes: &[u8]) {
    rewritten(Format::Json, bytes);
}

/// A web archive written again holds the kept records.
#[cfg(feature = "warc")]
pub fn warc(bytes: &[u8]) {
    rewritten(Format::Warc, bytes);
}

/// A Parquet file written again holds the kept records.
#[cfg(feature = "parquet")]
pub fn parquet(bytes: &[u8]) {
    rewritten(Format::Parquet, bytes);
}

/// A text that is written as HTML comes back, whatever of a head stands before it.
#[cfg(feature = "warc")]
pub fn html(bytes: &[u8]) {
    // Neither stands for itself: a byte order mark at the start, and zeros, which are no text.
    let page = String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 16)]).replace(['\u{feff}', '\0'], "");
    let text = page_text(&page);
    assert!(text.len() <= 3 * page.len() + 8, "{text:?}");
    let text = text.replace(['\u{feff}', '\0'], "");
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "<br>");
    let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let expected = words(&text);
    for (head, end) in
        [("", ""), ("<title>x</title>", ""), ("<head><title>x</title><p>", ""), ("<head>", "</head><body>")]
    {
        let again = page_text(&format!("{head}{end}{escaped}"));
        assert_eq!(words(&again), expected, "{head}{end}{escaped:?}");
    }
}

/// The text of a page in an archive.
#[cfg(feature = "warc")]
fn page_text(page: &str) -> String {
    let length = page.len();
    let head = "WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/html; charset=utf-8";
    let archive = format!("{head}\r\nContent-Length: {length}\r\n\r\n{page}\r\n\r\n");
    let read = read(Format::Warc, archive.as_bytes(), None).unwrap();
    assert_eq!(read.records.len(), 1);
    read.records[0].as_ref().unwrap().text.clone()
}

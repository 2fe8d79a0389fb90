//! One record of a web archive.

use std::ops::Range;

use super::head::{self, header};
use super::http;

/// A record as it stands in a run of bytes.
#[derive(Debug)]
pub(super) struct WarcRecord<'a> {
    /// All of it, with the line ends behind it.
    pub range: Range<usize>,
    /// What it holds.
    pub block: Range<usize>,
    /// From the version to the last named field.
    head: &'a str,
    /// Whether its block begins as an HTTP response with a text.
    is_page_response: bool,
}

/// Bytes that are no record.
#[derive(Debug)]
pub(super) struct Broken {
    pub range: Range<usize>,
    pub message: &'static str,
}

/// What kind of document a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DocumentForm {
    /// Plain text made by a conversion.
    Text,
    /// HTML or text by itself.
    Page,
    /// HTML or text behind the head of an HTTP response.
    Response,
    /// No document.
    Other,
}

/// The records of a run of bytes. After bytes that are none, the next is looked for.
pub(super) fn records(bytes: &[u8]) -> impl Iterator<Item = Result<WarcRecord<'_>, Broken>> {
    let mut reader = RecordReader { bytes, line_ends: 0..0 };
    let mut at = 0;
    std::iter::from_fn(move || {
        if reader.behind_line_ends(at) == bytes.len() {
            return None;
        }
        let found = reader.read(at);
        at = match &found {
            Ok(record) => record.range.end,
            Err(broken) => broken.range.end,
        };
        Some(found)
    })
}

struct RecordReader<'a> {
    bytes: &'a [u8],
    /// The run of line ends that was seen last. Lengths of many broken records may all lead into one long run.
    line_ends: Range<usize>,
}

impl<'a> RecordReader<'a> {
    fn read(&mut self, start: usize) -> Result<WarcRecord<'a>, Broken> {
        let bytes = self.bytes;
        let broken = |message| {
            // The next line that begins as a record does.
            let next = head::find(bytes, start + 1, b"\nWARC/");
            let end = next.map_or(bytes.len(), |line_end| line_end + 1);
            Broken { range: start..end, message }
        };
        if !bytes[start..].starts_with(b"WARC/") {
            return Err(broken("it does not begin with WARC/"));
        }
        let (head, block_start) = head(bytes, start).ok_or_else(|| broken("its head does not end"))?;
        let length = header(head, "Content-Length").and_then(|value| value.parse::<usize>().ok());
        let Some(length) = length else { return Err(broken("it has no Content-Length")) };
        let block_end = block_start.checked_add(length).filter(|&end| end <= bytes.len());
        let Some(block_end) = block_end else { return Err(broken("it is shorter than its Content-Length")) };
        let end = self.behind_line_ends(block_end);
        if end < bytes.len() && (end == block_end || !bytes[end..].starts_with(b"WARC/")) {
            return Err(broken("its Content-Length does not lead to the next record"));
        }
        let block = block_start..block_end;
        let is_page_response = http::is_page(&bytes[block.clone()]);
        Ok(WarcRecord { range: start..end, block, head, is_page_response })
    }

    /// Where the line ends that begin at a place end.
    fn behind_line_ends(&mut self, start: usize) -> usize {
        let seen = self.line_ends.clone();
        if seen.contains(&start) {
            return seen.end;
        }
        let limit = if start < seen.start { seen.start } else { self.bytes.len() };
        let end = head::line_ends(&self.bytes[..limit], start);
        let end = if end == seen.start { seen.end } else { end };
        if end > start {
            self.line_ends = start..end;
        }
        end
    }
}

/// The head that begins here, and where what follows its blank line begins.
fn head(bytes: &[u8], start: usize) -> Option<(&str, usize)> {
    let gap = head::blank_line(&bytes[start..])?;
    let head = str::from_utf8(&bytes[start..start + gap.start]).ok()?;
    Some((head, start + gap.end))
}

impl<'a> WarcRecord<'a> {
    /// The value of a named field.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }

    pub(super) fn content(&self) -> DocumentForm {
        let mime = self.header("Content-Type").unwrap_or_default();
        match self.header("WARC-Type") {
            Some("conversion") if mime.is_empty() || mime.starts_with("text/plain") => DocumentForm::Text,
            Some("conversion" | "resource") if http::is_text(mime) => DocumentForm::Page,
            Some("response") if self.is_page_response => DocumentForm::Response,
            _ => DocumentForm::Other,
        }
    }

    /// This record as a conversion with another text: its digests, which were those of the old one, are left out.
    pub(super) fn with_text(&self, text: &[u8]) -> Vec<u8> {
        let mut lines = self.head.lines();
        let mut record = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            let name = line.split_once(':').map_or("", |(name, _)| name.trim());
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let changed = if is("Content-Length") {
                &text.len().to_string()
            } else if is("WARC-Type") {
                "conversion"
            } else if is("Content-Type") {
                "text/plain"
            } else if is("WARC-Block-Digest") || is("WARC-Payload-Digest") {
                continue;
            } else {
                record.extend(["\r\n", line]);
                continue;
            };
            record.extend(["\r\n", name, ": ", changed]);
        }
        record.push_str("\r\n\r\n");
        [record.as_bytes(), text, b"\r\n\r\n"].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: &str, mime: &str, block: &str) -> String {
        let length = block.len();
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\ncontent-type: {mime}\r\nWARC-Block-Digest: sha1:X\r\n\
             Content-Length: {length}\r\n\r\n{block}\r\n\r\n"
        )
    }

    fn found(bytes: &str) -> Vec<Result<(DocumentForm, &str), &'static str>> {
        let found = records(bytes.as_bytes());
        found.map(|r| r.map(|r| (r.content(), &bytes[r.block])).map_err(|broken| broken.message)).collect()
    }

    #[test]
    fn records_are_found_with_what_they_hold() {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>a";
        let file = [
            record("warcinfo", "application/warc-fields", "a: b\r\n\r\nWARC/1.0\r\n"),
            record("conversion", "text/plain", "told"),
            record("response", "application/http; msgtype=response", page),
            record("response", "application/http", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"),
            record("resource", "text/html", "<p>"),
        ];
        let expected = [
            DocumentForm::Other,
            DocumentForm::Text,
            DocumentForm::Response,
            DocumentForm::Other,
            DocumentForm::Page,
        ];
        let found = found_contents(&file.concat());
        assert_eq!(found, expected);
    }

    fn found_contents(bytes: &str) -> Vec<DocumentForm> {
        found(bytes).into_iter().map(|found| found.unwrap().0).collect()
    }

    #[test]
    fn a_broken_record_does_not_hide_the_next() {
        let (good, more) = (record("conversion", "text/plain", "told"), record("conversion", "", "twice"));
        let short = good.replace("Content-Length: 4", "Content-Length: 2");
        let long = good.replace("Content-Length: 4", "Content-Length: 9999");
        let nameless = good.replace("WARC/1.0", "VARC/1.0");
        for broken in [short, long, nameless] {
            let file = [broken.as_str(), more.as_str()].concat();
            let found = found(&file);
            assert_eq!(found.len(), 2, "{file}");
            assert!(found[0].is_err());
            assert_eq!(found[1], Ok((DocumentForm::Text, "twice")));
        }
        assert!(found(&good[..good.len() - 6])[0].is_err());
    }

    /// Bytes looked at to find all records.
    fn examined(file: &[u8]) -> usize {
        head::EXAMINED.set(0);
        records(file).for_each(drop);
        head::EXAMINED.get()
    }

    #[test]
    fn no_shape_of_file_is_searched_more_than_three_times() {
        let text = "told ".repeat(40);
        let crlf = record("conversion", "text/plain", &text);
        let lf = crlf.replace("\r\n", "\n");
        let response =
            record("response", "application/http", "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>a");
        let headless = "WARC/1.0\nWARC-Type: conversion\n";
        let short = lf.replace("Content-Length: 200", "Content-Length: 190");
        let long = lf.replace("Content-Length: 200", "Content-Length: 99999999");
        let not_text = lf.replace("conversion", "\u{fffd}").into_bytes();
        let not_text: Vec<u8> = not_text.into_iter().filter(|&byte| byte != 0xbd).collect();
        let shapes = [crlf.as_bytes(), lf.as_bytes(), response.as_bytes(), headless.as_bytes()];
        for shape in shapes.into_iter().chain([short.as_bytes(), long.as_bytes(), &not_text, b"WARC/\n"]) {
            for copies in [1, 100, 1000] {
                let file = shape.repeat(copies);
                let examined = examined(&file);
                assert!(examined <= 3 * file.len() + 8, "{examined} of {}", file.len());
            }
        }
    }

    #[test]
    fn lengths_that_lead_into_one_run_of_line_ends_count_it_once() {
        let one = "WARC/1.0\nContent-Length: 00000\n\n";
        let heads = 1000 * one.len();
        // Each further into the run than the one before, and each less far.
        let places: [fn(usize) -> usize; 2] = [|n| n, |n| 1000 - n];
        for place in places {
            let head = |n| one.replace("00000", &format!("{:05}", heads - n * one.len() + place(n)));
            let records: String = (1..=1000).map(head).collect();
            let file = [records.as_str(), &"\n".repeat(100_000), "x"].concat();
            let examined = examined(file.as_bytes());
            assert!(examined <= 3 * file.len(), "{examined} of {}", file.len());
        }
    }

    #[test]
    fn a_record_with_another_text_is_a_record() {
        let file = record("conversion", "text/plain", "told twice");
        let record = records(file.as_bytes()).next().unwrap().unwrap();
        let changed = String::from_utf8(record.with_text(b"told")).unwrap();
        assert!(!changed.contains("Digest") && changed.contains("Content-Length: 4\r\n\r\n"), "{changed}");
        assert_eq!(found(&changed), [Ok((DocumentForm::Text, "told"))]);
    }
}

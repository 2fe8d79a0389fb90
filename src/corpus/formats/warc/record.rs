//! One record of a web archive.

use std::ops::Range;

use memchr::memmem;

use super::head::header;
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
    let mut at = 0;
    std::iter::from_fn(move || {
        if bytes[at..].iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return None;
        }
        let found = read(bytes, at);
        at = match &found {
            Ok(record) => record.range.end,
            Err(broken) => broken.range.end,
        };
        Some(found)
    })
}

fn read(bytes: &[u8], start: usize) -> Result<WarcRecord<'_>, Broken> {
    let broken = |message| {
        // The next line that begins as a record does.
        let next = memmem::find(&bytes[start + 1..], b"\nWARC/");
        let end = next.map_or(bytes.len(), |ahead| start + 1 + ahead + 1);
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
    let line_ends = bytes[block_end..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let end = block_end + line_ends;
    if end < bytes.len() && (line_ends == 0 || !bytes[end..].starts_with(b"WARC/")) {
        return Err(broken("its Content-Length does not lead to the next record"));
    }
    let block = block_start..block_end;
    let is_page_response = http::is_page(&bytes[block.clone()]);
    Ok(WarcRecord { range: start..end, block, head, is_page_response })
}

/// The head that begins here, and where what follows its blank line begins.
fn head(bytes: &[u8], start: usize) -> Option<(&str, usize)> {
    let windows = memmem::find(&bytes[start..], b"\r\n\r\n").map(|at| (at, 4));
    let limit = windows.map_or(bytes.len(), |(at, _)| start + at);
    let unix = memmem::find(&bytes[start..limit], b"\n\n").map(|at| (at, 2));
    let (length, gap) = unix.or(windows)?;
    let head = str::from_utf8(&bytes[start..start + length]).ok()?;
    Some((head, start + length + gap))
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

    #[test]
    fn a_record_with_another_text_is_a_record() {
        let file = record("conversion", "text/plain", "told twice");
        let record = records(file.as_bytes()).next().unwrap().unwrap();
        let changed = String::from_utf8(record.with_text(b"told")).unwrap();
        assert!(!changed.contains("Digest") && changed.contains("Content-Length: 4\r\n\r\n"), "{changed}");
        assert_eq!(found(&changed), [Ok((DocumentForm::Text, "told"))]);
    }
}

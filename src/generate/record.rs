//! Records: id, text, source, date and address, as a line of JSON.

use std::fmt::Write;

use super::random::{Purpose, Stream};
use crate::params::Seed;

/// Invented newspapers and agencies, each with the name in its address.
const SOURCES: [(&str, &str); 20] = [
    ("Alder Bay Courier", "alderbay"),
    ("Brackwater Times", "brackwater"),
    ("Cindermoor Gazette", "cindermoor"),
    ("Dunmarrow Echo", "dunmarrow"),
    ("Eastmere Herald", "eastmere"),
    ("Fennick Post", "fennick"),
    ("Galehaven Mercury", "galehaven"),
    ("Hollowick Journal", "hollowick"),
    ("Inverlark Observer", "inverlark"),
    ("Jessop Valley News", "jessopvalley"),
    ("Kelverton Chronicle", "kelverton"),
    ("Larkstead Tribune", "larkstead"),
    ("Merrowdale Star", "merrowdale"),
    ("Northline Wire", "northline"),
    ("Oxbarrow Record", "oxbarrow"),
    ("Pellworth Sentinel", "pellworth"),
    ("Quillhaven Daily", "quillhaven"),
    ("Ravensholt Dispatch", "ravensholt"),
    ("Saltmarsh Examiner", "saltmarsh"),
    ("Tarnwick Advertiser", "tarnwick"),
];

/// Documents that share a day. Dates never go back, so no copy is older than its original.
const DOCUMENTS_PER_DAY: u64 = 2048;

/// The year of the first document.
const FIRST_YEAR: u64 = 2001;

/// Appends the id of the document with this number, counted from 0: `d` and at least seven digits, from 1.
pub(super) fn write_id(document: u64, out: &mut String) {
    write!(out, "d{:07}", document + 1).expect("memory takes all that is written to it");
}

/// What a record says of its document beside the text.
pub(super) struct RecordHeader {
    document: u64,
    source: usize,
    day: u64,
}

impl RecordHeader {
    /// Of an original, or of a copy: which never stands in its original's source.
    pub(super) fn new(seed: Seed, document: u64, original: Option<u64>) -> Self {
        let draw = |document| Stream::new(seed, Purpose::Record, document).below(SOURCES.len());
        let mut source = draw(document);
        if original.is_some_and(|original| draw(original) == source) {
            source = (source + 1) % SOURCES.len();
        }
        Self { document, source, day: document / DOCUMENTS_PER_DAY }
    }

    /// Appends the beginning of the record, up to the text's opening quotation mark.
    pub(super) fn open(&self, out: &mut Vec<u8>, line: &mut String) {
        line.clear();
        line.push_str("{\"id\":\"");
        write_id(self.document, line);
        line.push_str("\",\"text\":\"");
        out.extend_from_slice(line.as_bytes());
    }

    /// Appends what follows the text.
    pub(super) fn close(&self, out: &mut Vec<u8>, line: &mut String) {
        line.clear();
        let (name, host) = SOURCES[self.source];
        let (year, month, day) = date(self.day);
        line.push_str("\",\"source\":\"");
        line.push_str(name);
        write!(
            line,
            "\",\"date\":\"{year:04}-{month:02}-{day:02}\",\"url\":\"https://{host}.example/{year:04}/"
        )
        .expect("memory takes all that is written to it");
        write_id(self.document, line);
        line.push_str("\"}\n");
        out.extend_from_slice(line.as_bytes());
    }
}

/// Appends the text as the inside of a JSON string.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    let mut plain = 0;
    let bytes = text.as_bytes();
    // Nothing between is escaped: line ends and quotation marks are the usual ones.
    while let Some(next) =
        bytes[plain..].iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        let at = plain + next;
        out.extend_from_slice(&bytes[plain..at]);
        match bytes[at] {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            mark @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', mark]),
            control => {
                let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(control >> 4), digit(control & 15)]);
            }
        }
        plain = at + 1;
    }
    out.extend_from_slice(&bytes[plain..]);
}

/// Year, month and day, so many days after the first of January of [`FIRST_YEAR`].
fn date(mut day: u64) -> (u64, usize, u64) {
    const CYCLE_YEARS: u64 = 400;
    const CYCLE_DAYS: u64 = 146_097;
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = FIRST_YEAR + day / CYCLE_DAYS * CYCLE_YEARS;
    day %= CYCLE_DAYS;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    (year, month + 1, day + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_follow_the_calendar() {
        assert_eq!(date(0), (2001, 1, 1));
        assert_eq!(date(58), (2001, 2, 28));
        assert_eq!(date(59), (2001, 3, 1));
        assert_eq!(date(3 * 365 + 59), (2004, 2, 29));
        assert_eq!(date(146_097), (2401, 1, 1));
        assert_eq!(date(146_097 - 1), (2400, 12, 31));
    }

    #[test]
    fn a_record_is_one_line_of_json_with_its_fields() {
        let (mut out, mut line) = (Vec::new(), String::new());
        let header = RecordHeader::new(Seed(1), 41, Some(40));
        header.open(&mut out, &mut line);
        write_text("Say \"x\".\n\nEnd", &mut out);
        header.close(&mut out, &mut line);
        assert_eq!(out.iter().position(|&byte| byte == b'\n'), Some(out.len() - 1));
        let record: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(record["id"], "d0000042");
        assert_eq!(record["text"], "Say \"x\".\n\nEnd");
        assert_eq!(record["date"], "2001-01-01");
        assert!(record["url"].as_str().unwrap().ends_with(".example/2001/d0000042"));
        assert!(SOURCES.iter().any(|(name, _)| record["source"] == *name));
    }

    #[test]
    fn a_copy_stands_in_another_source() {
        for document in 1..200 {
            let source = |document, original| RecordHeader::new(Seed(2), document, original).source;
            assert_ne!(source(document, Some(document - 1)), source(document - 1, None));
        }
    }

    proptest! {
        #[test]
        fn escaped_text_is_read_back_as_it_was(text in any::<String>()) {
            let mut out = vec![b'"'];
            write_text(&text, &mut out);
            out.push(b'"');
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}

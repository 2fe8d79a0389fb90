//! What files hold.

use std::fmt;
use std::str::FromStr;

use super::Compression;
use crate::error::Error;

/// The names of files that are read, for messages.
pub const KNOWN_NAMES: &str = ".jsonl, .ndjson, .json, .csv, .tsv, .txt, .parquet, .warc or .wet, in .tar or .zip \
                               or not, each also with .gz, .zst, .bz2, .xz or .lz4; - for standard input";

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// One JSON array of objects, or objects one after the other, over as many lines as they like.
    Json,
    /// Rows of values separated by commas, or by what the first row shows: semicolons, tabs, bars.
    Csv,
    /// Rows of values separated by tabs.
    Tsv,
    /// Plain text: one document a file, unless it is to be split.
    Text,
    /// Apache Parquet.
    Parquet,
    /// Web archives (WARC, WET), ISO 28500.
    Warc,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::JsonLines, Self::Json, Self::Csv, Self::Tsv, Self::Text, Self::Parquet, Self::Warc];

    /// Its name: as on the command line, and as the usual ending of a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Text => "txt",
            Self::Parquet => "parquet",
            Self::Warc => "warc",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::parameter("format", text, "jsonl, json, csv, tsv, txt, parquet or warc");
        of_ending(text).ok_or_else(wrong)
    }
}

fn of_ending(ending: &str) -> Option<Format> {
    Some(match ending {
        "jsonl" | "ndjson" => Format::JsonLines,
        "json" => Format::Json,
        "csv" => Format::Csv,
        "tsv" | "tab" => Format::Tsv,
        "txt" | "text" => Format::Text,
        "parquet" | "pq" => Format::Parquet,
        "warc" | "wet" => Format::Warc,
        _ => return None,
    })
}

/// A file that holds files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveKind {
    Tar,
    Zip,
}

/// What a file is: records, or files in their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Records(Format),
    Archive(ArchiveKind),
}

/// What a file's name says.
pub(super) fn of_name(name: &str) -> Option<(Kind, Compression)> {
    let (compression, inner) = Compression::of_name(name);
    let (_, ending) = inner.rsplit_once('.')?;
    let archive = |kind, compression| Some((Kind::Archive(kind), compression));
    match (ending, compression) {
        ("tar", _) => archive(ArchiveKind::Tar, compression),
        ("tgz", Compression::None) => archive(ArchiveKind::Tar, Compression::Gzip),
        ("tzst", Compression::None) => archive(ArchiveKind::Tar, Compression::Zstd),
        ("zip", Compression::None) => archive(ArchiveKind::Zip, compression),
        _ => of_ending(ending).map(|format| (Kind::Records(format), compression)),
    }
}

/// What a file's first bytes say beyond doubt, decompressed.
fn of_magic(head: &[u8]) -> Option<Kind> {
    match head {
        [b'P', b'A', b'R', b'1', ..] => Some(Kind::Records(Format::Parquet)),
        // A member, or the end of an archive without any.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Kind::Archive(ArchiveKind::Zip)),
        _ if head.starts_with(b"WARC/") => Some(Kind::Records(Format::Warc)),
        _ if head.get(257..262) == Some(b"ustar") => Some(Kind::Archive(ArchiveKind::Tar)),
        _ => None,
    }
}

/// What a file is, by its name and its first bytes, decompressed; `None` if neither tells.
///
/// Magic bytes are believed before names: they cannot be mistyped. Of the formats without any, the name tells; the
/// content tells an array from lines, and has the last word where a name promises magic bytes that are not there.
pub(super) fn detect(name: &str, head: &[u8]) -> Option<Kind> {
    if let Some(kind) = of_magic(head) {
        return Some(kind);
    }
    let shape = json_shape(head);
    match of_name(name).map(|(kind, _)| kind) {
        Some(Kind::Records(Format::Json)) => Some(Kind::Records(shape.unwrap_or(Format::JsonLines))),
        Some(Kind::Records(Format::JsonLines)) if shape == Some(Format::Json) && is_array(head) => {
            Some(Kind::Records(Format::Json))
        }
        Some(Kind::Records(Format::Parquet) | Kind::Archive(ArchiveKind::Zip)) if shape.is_some() => {
            shape.map(Kind::Records)
        }
        Some(kind) => Some(kind),
        None => shape.or(is_text(head).then_some(Format::Text)).map(Kind::Records),
    }
}

/// Whether these bytes, which may end anywhere, begin a text.
pub(super) fn is_text(head: &[u8]) -> bool {
    let valid = match str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.is_empty() && !head.contains(&0)
}

fn is_array(head: &[u8]) -> bool {
    trimmed(head).starts_with(b"[")
}

/// The format of bytes that begin as JSON does.
fn json_shape(head: &[u8]) -> Option<Format> {
    let head = trimmed(head);
    match head.first()? {
        b'[' => {
            let next = head[1..].trim_ascii_start().first();
            matches!(next, None | Some(b'{' | b']')).then_some(Format::Json)
        }
        b'{' => {
            let mut lines = head.split(|&byte| byte == b'\n');
            let (first, second) = (lines.next()?, lines.next());
            let is_whole = str::from_utf8(first).is_ok_and(|line| super::json::field_names(line).is_ok());
            let next_is_record = second.is_none_or(|line| line.starts_with(b"{"));
            Some(if is_whole || next_is_record { Format::JsonLines } else { Format::Json })
        }
        _ => None,
    }
}

fn trimmed(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(name: &str, head: &str) -> Option<Format> {
        match detect(name, head.as_bytes())? {
            Kind::Records(format) => Some(format),
            Kind::Archive(_) => None,
        }
    }

    #[test]
    fn names_and_first_bytes_tell_the_format() {
        for (name, head, format) in [
            ("a.jsonl", "{\"a\":1}\n", Format::JsonLines),
            ("a.json", "{\"a\":1}\n{\"a\":2}\n", Format::JsonLines),
            ("a.json", "{\"a\": a long line that goes on", Format::JsonLines),
            ("a.json", "{\"a\":1\n{\"a\":2}\n", Format::JsonLines),
            ("a.json", "\u{feff} [\n{\"a\":1}", Format::Json),
            ("a.json", "{\n  \"a\": 1\n}", Format::Json),
            ("a.jsonl", "[{\"a\":1}", Format::Json),
            ("a.jsonl", "[1,2]\n", Format::JsonLines),
            ("a.csv", "[1],2\n", Format::Csv),
            ("a.tsv.gz", "a\tb", Format::Tsv),
            ("a.txt", "{\"a\":1}", Format::Text),
            ("a.warc.wet.gz", "WARC/1.0\r\n", Format::Warc),
            ("a.txt", "WARC/1.0\r\n", Format::Warc),
            ("a.jsonl", "PAR1..", Format::Parquet),
            ("a.parquet", "{\"a\":1}\n", Format::JsonLines),
            ("a.parquet", "PAX1..", Format::Parquet),
            ("dump", "{\"a\":1}\n", Format::JsonLines),
            ("dump", "[{\"a\":1}]", Format::Json),
            ("notes.md", "Some text", Format::Text),
        ] {
            assert_eq!(records(name, head), Some(format), "{name}: {head}");
        }
        for (name, head) in [("a.docx", ""), ("a.docx", "a\0b"), ("dump", "")] {
            assert_eq!(records(name, head), None, "{name}: {head:?}");
        }
        assert_eq!(detect("a", b"PK\x03\x04...."), Some(Kind::Archive(ArchiveKind::Zip)));
        assert_eq!(of_name("a.tgz"), Some((Kind::Archive(ArchiveKind::Tar), Compression::Gzip)));
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>().unwrap(), format);
        }
    }
}

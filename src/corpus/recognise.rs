//! What a file is, by its name and its first bytes.

use std::sync::LazyLock;

use super::compression::Compression;
use super::format::Format;
use super::json;

/// Decompressed bytes looked at to tell what a file is.
pub(super) const HEAD_BYTES: u64 = 1 << 13;

/// The names of files that are read, for messages.
pub static KNOWN_NAMES: LazyLock<String> = LazyLock::new(|| {
    let (formats, compressions) = (Format::endings(), Compression::endings());
    format!("{formats}, in .tar or .zip or not, each also with {compressions}; - for standard input")
});

/// A file that holds files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveKind {
    Tar,
    Zip,
}

/// What a file is: records, or files in their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Records(Format),
    Archive(ArchiveKind),
}

/// What a file's name says.
pub(super) fn of_name(name: &str) -> Option<(FileKind, Compression)> {
    let (compression, inner) = Compression::of_name(name);
    let (_, ending) = inner.rsplit_once('.')?;
    let archive = |kind, compression| Some((FileKind::Archive(kind), compression));
    match (ending, compression) {
        ("tar", _) => archive(ArchiveKind::Tar, compression),
        ("tgz", Compression::None) => archive(ArchiveKind::Tar, Compression::Gzip),
        ("tzst", Compression::None) => archive(ArchiveKind::Tar, Compression::Zstd),
        ("zip", Compression::None) => archive(ArchiveKind::Zip, compression),
        _ => Format::of_ending(ending).map(|format| (FileKind::Records(format), compression)),
    }
}

/// What a file's first bytes say beyond doubt, decompressed.
fn of_magic(head: &[u8]) -> Option<FileKind> {
    match head {
        // A member, or the end of an archive without any.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(FileKind::Archive(ArchiveKind::Zip)),
        _ if head.get(257..262) == Some(b"ustar") => Some(FileKind::Archive(ArchiveKind::Tar)),
        _ => Format::of_magic(head).map(FileKind::Records),
    }
}

/// What a file is, by its name and its first bytes, decompressed; `None` if neither tells.
///
/// Magic bytes are believed before names: they cannot be mistyped. Of the formats without any, the name tells; the
/// content tells an array from lines, and has the last word where a name promises magic bytes that are not there.
pub(super) fn detect(name: &str, head: &[u8]) -> Option<FileKind> {
    if let Some(kind) = of_magic(head) {
        return Some(kind);
    }
    let shape = json_shape(head);
    match of_name(name).map(|(kind, _)| kind) {
        Some(FileKind::Records(Format::Json)) => Some(FileKind::Records(shape.unwrap_or(Format::JsonLines))),
        Some(FileKind::Records(Format::JsonLines)) if shape == Some(Format::Json) && is_array(head) => {
            Some(FileKind::Records(Format::Json))
        }
        Some(FileKind::Records(format)) if format.row().magic.is_some() && shape.is_some() => {
            shape.map(FileKind::Records)
        }
        Some(FileKind::Archive(ArchiveKind::Zip)) if shape.is_some() => shape.map(FileKind::Records),
        Some(kind) => Some(kind),
        None => shape.or(is_text(head).then_some(Format::Text)).map(FileKind::Records),
    }
}

/// How a file is compressed, by its name and its first bytes: a name is not believed against readable text.
pub(super) fn compression(name: &str, head: &[u8]) -> Compression {
    let by_name = of_name(name).map_or(Compression::None, |(_, compression)| compression);
    match Compression::of_content(head) {
        Compression::None if is_text(head) => Compression::None,
        Compression::None => by_name,
        found => found,
    }
}

/// Whether these bytes, which may end anywhere, begin a text.
fn is_text(head: &[u8]) -> bool {
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
            let is_whole = str::from_utf8(first).is_ok_and(|line| json::field_names(line).is_ok());
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
            FileKind::Records(format) => Some(format),
            FileKind::Archive(_) => None,
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
        assert_eq!(detect("a", b"PK\x03\x04...."), Some(FileKind::Archive(ArchiveKind::Zip)));
        assert_eq!(of_name("a.tgz"), Some((FileKind::Archive(ArchiveKind::Tar), Compression::Gzip)));
    }

    #[test]
    fn messages_list_all_names() {
        let expected = ".jsonl, .ndjson, .json, .csv, .tsv, .tab, .txt, .text, .parquet, .pq, .warc or .wet, in .tar \
                        or .zip or not, each also with .gz, .zst, .bz2, .xz or .lz4; - for standard input";
        assert_eq!(*KNOWN_NAMES, expected);
    }
}

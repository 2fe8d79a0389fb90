//! The same documents in every format and compression: the same decisions, and what is kept comes back as it was.

use std::io::{Read, Write};
use std::process::Command;

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, story};

/// Documents made for each format.
const DOCUMENTS: usize = 500;

/// A document: its number from 1, and its text.
pub(crate) type Document = (usize, String);

/// Every third repeats an earlier one, word for word or nearly; some have quotes, commas, accents, markup.
pub(crate) fn documents() -> Vec<Document> {
    let text = |n: usize| {
        let topic = ["fish \"and\" chips, ", "café & crème; ", "a < b | c\t"][n % 3];
        format!("{topic}{}", story(&format!("t{n}w"), 30 + n % 40))
    };
    (1..=DOCUMENTS)
        .map(|n| match n % 3 {
            0 if n % 2 == 0 => (n, text(n / 3)),
            0 => (n, format!("{} changed", text(n / 3))),
            _ => (n, text(n)),
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    Lines,
    Array,
    PrettyArray,
    Csv,
    CsvWithoutHeader,
    Tsv,
    Split,
    #[cfg(feature = "warc")]
    Warc,
    #[cfg(feature = "warc")]
    Wet,
}

pub(crate) const SHAPES: &[Shape] = &[
    Shape::Lines,
    Shape::Array,
    Shape::PrettyArray,
    Shape::Csv,
    Shape::CsvWithoutHeader,
    Shape::Tsv,
    Shape::Split,
    #[cfg(feature = "warc")]
    Shape::Warc,
    #[cfg(feature = "warc")]
    Shape::Wet,
];

impl Shape {
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Lines => "docs.jsonl",
            Self::Array | Self::PrettyArray => "docs.json",
            Self::Csv | Self::CsvWithoutHeader => "docs.csv",
            Self::Tsv => "docs.tsv",
            Self::Split => "docs.txt",
            #[cfg(feature = "warc")]
            Self::Warc => "docs.warc",
            #[cfg(feature = "warc")]
            Self::Wet => "docs.warc.wet",
        }
    }

    pub(crate) fn flags(self) -> &'static [&'static str] {
        match self {
            Self::CsvWithoutHeader => &["--no-header", "--text-field", "2", "--id-field", "1"],
            Self::Split => &["--split", "blank-line"],
            _ => &[],
        }
    }

    /// A file of these documents.
    pub(crate) fn make(self, documents: &[Document]) -> Vec<u8> {
        let object = |(n, text): &Document| json!({ "id": format!("d{n}"), "n": n, "text": text });
        match self {
            Self::Lines => documents
                .iter()
                .flat_map(|document| [object(document).to_string(), "\n".to_owned()])
                .collect::<String>(),
            Self::Array => documents.iter().map(object).collect::<Value>().to_string(),
            Self::PrettyArray => {
                format!("{:#}\n", documents.iter().map(object).collect::<Value>())
            }
            Self::Csv | Self::CsvWithoutHeader | Self::Tsv => {
                let delimiter = if self == Self::Tsv { b'\t' } else { b',' };
                let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
                if self != Self::CsvWithoutHeader {
                    writer.write_record(["id", "text", "n"]).unwrap();
                }
                for (n, text) in documents {
                    writer.write_record([&format!("d{n}"), text, &n.to_string()]).unwrap();
                }
                return writer.into_inner().unwrap();
            }
            Self::Split => documents.iter().flat_map(|(_, text)| [text, "\n\n"]).collect(),
            #[cfg(feature = "warc")]
            Self::Warc => {
                let info = warc_record("warcinfo", 0, "application/warc-fields", "software: test\r\n");
                let pages = documents.iter().map(|(n, text)| {
                    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('\t', " ");
                    let page = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
                         <html><head><title>{n}</title></head><body><p>{text}</p></body></html>"
                    );
                    warc_record("response", *n, "application/http; msgtype=response", &page)
                });
                [info].into_iter().chain(pages).collect()
            }
            #[cfg(feature = "warc")]
            Self::Wet => {
                documents.iter().map(|(n, text)| warc_record("conversion", *n, "text/plain", text)).collect()
            }
        }
        .into_bytes()
    }
}

#[cfg(feature = "warc")]
fn warc_record(kind: &str, n: usize, mime: &str, block: &str) -> String {
    format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: d{n}\r\nWARC-Target-URI: http://example.org/{n}\r\n\
         WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Type: {mime}\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
}

/// What removes what: numbers of removed records with the kept ones, and their similarities.
fn removals(sandbox: &Sandbox, output: &str) -> Vec<(u64, u64, f64)> {
    let lines = sandbox.lines(&format!("{output}/removed.jsonl"));
    let number = |line: &Value, name: &str| line[name].as_u64().unwrap();
    let similarity = |line: &Value| line["similarity"].as_f64().unwrap();
    lines.iter().map(|line| (number(line, "record"), number(line, "kept_record"), similarity(line))).collect()
}

/// Runs `dedup` over one file made here; gives what was removed and what the clean file holds.
fn dedup(name: &str, content: &[u8], flags: &[&str]) -> (Vec<(u64, u64, f64)>, Vec<u8>) {
    let sandbox = Sandbox::new();
    sandbox.file(name, content);
    let arguments = [&["dedup", name, "-o", "out", "-q"], flags].concat();
    sandbox.run(&arguments).expect(0);
    assert_eq!(sandbox.json("out/summary.json")["documents"]["read"], DOCUMENTS, "{name}");
    (removals(&sandbox, "out"), std::fs::read(sandbox.path(&format!("out/clean/{name}"))).unwrap())
}

fn kept(documents: &[Document], removed: &[(u64, u64, f64)]) -> Vec<Document> {
    let is_kept = |(n, _): &&Document| removed.iter().all(|&(record, ..)| record != *n as u64);
    documents.iter().filter(is_kept).cloned().collect()
}

fn expected_removals(documents: &[Document]) -> Vec<(u64, u64, f64)> {
    let (removed, _) = dedup("docs.jsonl", &Shape::Lines.make(documents), &[]);
    assert!(removed.len() > 100, "something must be removed: {}", removed.len());
    removed
}

#[test]
fn every_format_gives_the_same_decisions_and_keeps_its_bytes() {
    let documents = documents();
    let expected = expected_removals(&documents);
    let left = kept(&documents, &expected);
    for &shape in SHAPES {
        let (removed, clean) = dedup(shape.file_name(), &shape.make(&documents), shape.flags());
        assert_eq!(removed, expected, "{shape:?}");
        assert!(clean == shape.make(&left), "{shape:?}: the clean file has other bytes");
    }
}

#[test]
fn a_directory_of_texts_gives_the_same_decisions() {
    let documents = documents();
    let expected = expected_removals(&documents);
    let sandbox = Sandbox::new();
    for (n, text) in &documents {
        sandbox.file(&format!("docs/{n:03}.txt"), text);
    }
    sandbox.run(&["dedup", "docs", "-o", "out", "-q"]).expect(0);
    let number = |line: &Value, name: &str| line[name].as_str().unwrap()[..3].parse::<u64>().unwrap();
    let lines = sandbox.lines("out/removed.jsonl");
    let removed: Vec<_> = lines
        .iter()
        .map(|line| (number(line, "file"), number(line, "kept_file"), line["similarity"].as_f64().unwrap()))
        .collect();
    assert_eq!(removed, expected);
    let left: Vec<_> = kept(&documents, &expected)
        .into_iter()
        .map(|(n, text)| (format!("{n:03}.txt"), text.into_bytes()))
        .collect();
    assert_eq!(sandbox.tree("out/clean"), left);
}

/// Packs in two streams, as appending to a compressed file does.
fn pack(ending: &str, bytes: &[u8]) -> Vec<u8> {
    let (front, back) = bytes.split_at(bytes.len() / 2);
    [front, back].iter().flat_map(|part| pack_one(ending, part)).collect()
}

pub(crate) fn pack_one(ending: &str, bytes: &[u8]) -> Vec<u8> {
    match ending {
        "gz" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "zst" => zstd::encode_all(bytes, 1).unwrap(),
        #[cfg(feature = "bzip2")]
        "bz2" => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        #[cfg(feature = "xz")]
        "xz" => {
            let options = lzma_rust2::XzOptions::with_preset(1);
            let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        #[cfg(feature = "lz4")]
        "lz4" => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        other => panic!("no way to pack .{other}"),
    }
}

pub(crate) fn unpack(ending: &str, bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    match ending {
        "gz" => flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap(),
        "zst" => zstd::Decoder::new(bytes).unwrap().read_to_end(&mut unpacked).unwrap(),
        #[cfg(feature = "bzip2")]
        "bz2" => bzip2::read::MultiBzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap(),
        #[cfg(feature = "xz")]
        "xz" => lzma_rust2::XzReader::new(bytes, true).read_to_end(&mut unpacked).unwrap(),
        #[cfg(feature = "lz4")]
        "lz4" => lz4_flex::frame::FrameDecoder::new(bytes).read_to_end(&mut unpacked).unwrap(),
        other => panic!("no way to unpack .{other}"),
    };
    unpacked
}

const ENDINGS: &[&str] = &[
    "gz",
    "zst",
    #[cfg(feature = "bzip2")]
    "bz2",
    #[cfg(feature = "xz")]
    "xz",
    #[cfg(feature = "lz4")]
    "lz4",
];

#[test]
fn every_compression_gives_the_same_decisions_and_is_kept() {
    let documents = documents();
    let expected = expected_removals(&documents);
    let left = kept(&documents, &expected);
    for &ending in ENDINGS {
        for shape in [Shape::Lines, Shape::Csv] {
            let name = format!("{}.{ending}", shape.file_name());
            let (removed, clean) = dedup(&name, &pack(ending, &shape.make(&documents)), &[]);
            assert_eq!(removed, expected, "{name}");
            assert!(unpack(ending, &clean) == shape.make(&left), "{name}: the clean file has other bytes");
        }
    }
}

#[test]
fn magic_bytes_are_believed_before_names_and_a_flag_before_both() {
    let documents = documents();
    let expected = expected_removals(&documents);
    let lines = Shape::Lines.make(&documents);
    let (removed, clean) = dedup("docs.jsonl", &pack("gz", &lines), &[]);
    assert_eq!(removed, expected);
    assert_eq!(unpack("gz", &clean), Shape::Lines.make(&kept(&documents, &expected)));
    for (name, content, flags) in [
        ("docs.jsonl.gz", lines.clone(), &[][..]),
        ("docs", lines.clone(), &[]),
        ("docs.zst", pack("gz", &lines), &[]),
        ("docs.parquet", lines.clone(), &[]),
        ("docs.jsonl", Shape::Array.make(&documents), &[]),
        ("docs.txt", lines, &["--format", "jsonl"]),
        ("docs.data", Shape::Csv.make(&documents), &["--format", "csv"]),
    ] {
        assert_eq!(dedup(name, &content, flags).0, expected, "{name}");
    }
}

/// A web archive compressed record by record.
#[cfg(feature = "warc")]
#[test]
fn compressed_records_of_a_web_archive_are_copied_without_unpacking() {
    let documents = documents();
    let expected = expected_removals(&documents);
    let packed = |documents: &[Document]| -> Vec<u8> {
        let records = documents
            .iter()
            .flat_map(|document| pack_one("gz", &Shape::Wet.make(std::slice::from_ref(document))));
        records.collect()
    };
    let (removed, clean) = dedup("docs.warc.wet.gz", &packed(&documents), &[]);
    assert_eq!(removed, expected);
    assert!(clean == packed(&kept(&documents, &expected)));
}

#[cfg(feature = "archives")]
pub(crate) mod archives {
    use std::io::Cursor;

    use super::*;

    pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in members {
            let mut header = tar::Header::new_gnu();
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(content.len() as u64);
            header.set_mode(0o640);
            header.set_mtime(1_000_000);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            let time = zip::DateTime::from_date_and_time(2001, 2, 3, 4, 5, 6).unwrap();
            let options =
                zip::write::SimpleFileOptions::default().unix_permissions(0o640).last_modified_time(time);
            writer.start_file(name.to_string(), options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// Splits the documents over members of several formats, in an order that keeps them in theirs.
    fn members(documents: &[Document]) -> Vec<(&'static str, Vec<u8>)> {
        let part = |low, high| -> Vec<Document> {
            documents.iter().filter(|(n, _)| (low..high).contains(n)).cloned().collect()
        };
        vec![
            ("notes.md", b"A file that is no part of the corpus.".to_vec()),
            ("one.jsonl", Shape::Lines.make(&part(1, 200))),
            ("dir/two.csv", Shape::Csv.make(&part(200, 300))),
            ("three.jsonl.zst", pack_one("zst", &Shape::Lines.make(&part(300, 400)))),
            ("../../four.json", Shape::Array.make(&part(400, DOCUMENTS + 1))),
        ]
    }

    fn borrowed<'a>(members: &'a [(&'static str, Vec<u8>)]) -> Vec<(&'static str, &'a [u8])> {
        members.iter().map(|(name, content)| (*name, content.as_slice())).collect()
    }

    fn first_record(file: &str) -> u64 {
        match file.rsplit('/').next().unwrap() {
            "one.jsonl" => 0,
            "two.csv" => 199,
            "three.jsonl.zst" => 299,
            _ => 399,
        }
    }

    /// Runs over an archive in a directory, and sees to it that nothing is written elsewhere.
    fn dedup_archive(name: &str, content: &[u8]) -> (Vec<(u64, u64, f64)>, Vec<u8>) {
        let sandbox = Sandbox::new();
        sandbox.file(&format!("a/b/{name}"), content);
        sandbox.run(&["dedup", &format!("a/b/{name}"), "-o", "a/b/out", "-q"]).expect(0);
        let written: Vec<_> = sandbox.tree("").into_iter().map(|(name, _)| name).collect();
        let is_expected = |path: &String| path.starts_with("a/b/out/") || *path == format!("a/b/{name}");
        assert!(written.iter().all(is_expected), "{written:?}");
        let lines = sandbox.lines("a/b/out/removed.jsonl");
        let removed = lines.iter().map(|line| {
            let number = |file: &str, record: &str| {
                first_record(line[file].as_str().unwrap()) + line[record].as_u64().unwrap()
            };
            let similarity = line["similarity"].as_f64().unwrap();
            (number("file", "record"), number("kept_file", "kept_record"), similarity)
        });
        (removed.collect(), std::fs::read(sandbox.path(&format!("a/b/out/clean/{name}"))).unwrap())
    }

    #[test]
    fn a_tar_of_many_formats_comes_back_as_one() {
        let documents = documents();
        let expected = expected_removals(&documents);
        let left = members(&kept(&documents, &expected));
        let whole = members(&documents);
        let (removed, clean) = dedup_archive("docs.tar", &tar(&borrowed(&whole)));
        assert_eq!(removed, expected);
        let read = |bytes: &[u8]| -> Vec<(Vec<u8>, Vec<u8>, u64, u32)> {
            let mut archive = tar::Archive::new(bytes);
            let entries = archive.entries().unwrap().map(|entry| {
                let mut entry = entry.unwrap();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                let name = entry.path_bytes().into_owned();
                if name.ends_with(b".zst") {
                    content = unpack("zst", &content);
                }
                (name, content, entry.header().mtime().unwrap(), entry.header().mode().unwrap())
            });
            entries.collect()
        };
        assert!(read(&clean) == read(&tar(&borrowed(&left))));
        for ending in ["gz", "zst"] {
            let packed = pack(ending, &tar(&borrowed(&whole)));
            let (removed, packed_clean) = dedup_archive(&format!("docs.tar.{ending}"), &packed);
            assert_eq!(removed, expected, "{ending}");
            assert!(unpack(ending, &packed_clean) == clean, "{ending}");
        }
    }

    #[test]
    fn a_zip_of_many_formats_comes_back_as_one() {
        let documents = documents();
        let expected = expected_removals(&documents);
        let left = members(&kept(&documents, &expected));
        let (removed, clean) = dedup_archive("docs.zip", &zip(&borrowed(&members(&documents))));
        assert_eq!(removed, expected);
        let mut archive = zip::ZipArchive::new(Cursor::new(clean)).unwrap();
        assert_eq!(archive.len(), left.len());
        for (number, (name, content)) in left.iter().enumerate() {
            let mut entry = archive.by_index(number).unwrap();
            assert_eq!(entry.name_raw(), name.as_bytes());
            assert_eq!(entry.unix_mode().map(|mode| mode & 0o777), Some(0o640), "{name}");
            assert_eq!(entry.last_modified().unwrap().year(), 2001);
            let mut found = Vec::new();
            entry.read_to_end(&mut found).unwrap();
            let unpacked =
                |bytes: &[u8]| if name.contains(".zst") { unpack("zst", bytes) } else { bytes.to_vec() };
            assert!(unpacked(&found) == unpacked(content), "{name}");
        }
    }

    #[test]
    fn texts_in_an_archive_are_documents_and_go_whole() {
        let texts = [("a.txt", story("x", 50)), ("b.txt", story("y", 50)), ("c.txt", story("x", 50))];
        let members: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let sandbox = Sandbox::new();
        sandbox.file("t.tar", tar(&members));
        sandbox.run(&["dedup", "t.tar", "-o", "out", "-q"]).expect(0);
        assert_eq!(std::fs::read(sandbox.path("out/clean/t.tar")).unwrap(), tar(&members[..2]));
        assert_eq!(sandbox.lines("out/removed.jsonl")[0]["id"], "t.tar/c.txt:1");
    }

    #[test]
    fn an_archive_that_is_a_bomb_is_refused() {
        let zeros = vec![b' '; 40 << 20];
        let sandbox = Sandbox::new();
        sandbox.file("bomb.zip", zip(&[("a.txt", &zeros)]));
        let run = sandbox.run(&["dedup", "bomb.zip", "-o", "out", "--max-ratio", "100"]).expect(1);
        assert!(run.stderr.contains("bomb.zip") && run.stderr.contains("--max-ratio"), "{}", run.stderr);
        assert!(!sandbox.path("out").exists());
    }

    #[test]
    fn damaged_archives_lose_nothing_in_silence() {
        let documents = documents();
        let members = members(&documents);
        survive_damage("docs.tar", &tar(&borrowed(&members)));
        survive_damage("docs.zip", &zip(&borrowed(&members)));
        let whole = tar(&borrowed(&members));
        // Cut where a member ends, an archive looks whole but for its end mark.
        let sandbox = Sandbox::new();
        sandbox.file("cut.tar", &whole[..whole.len() - 1024]);
        sandbox.run(&["dedup", "cut.tar", "-o", "out"]).expect(1);
    }
}

/// Cuts and flips in a file: the run fails with a clear error and writes nothing, or accounts for every record.
fn survive_damage(name: &str, whole: &[u8]) {
    let cuts = (1..8).map(|part| whole[..whole.len() * part / 8].to_vec());
    let ends = [1, 2, 9].map(|short| whole[..whole.len() - short].to_vec());
    let flips = (0..12).map(|part| {
        let mut bytes = whole.to_vec();
        bytes[(whole.len() - 1) * part / 11] ^= 0x15;
        bytes
    });
    for (number, damaged) in cuts.chain(ends).chain(flips).enumerate() {
        let sandbox = Sandbox::new();
        sandbox.file(name, damaged);
        let run = sandbox.run(&["dedup", name, "-o", "out"]);
        assert!(!run.stderr.contains("panicked"), "{name} {number}: {}", run.stderr);
        if run.status == Some(0) {
            let counts = &sandbox.json("out/summary.json")["documents"];
            let count = |name: &str| counts[name].as_u64().unwrap();
            assert_eq!(count("read"), count("kept") + count("removed") + count("rejected"));
            assert_eq!(sandbox.lines("out/rejected.jsonl").len() as u64, count("rejected"));
        } else {
            assert!(matches!(run.status, Some(1 | 2)), "{name} {number}: {:?}", run.status);
            assert!(run.stderr.contains(name), "{name} {number}: {}", run.stderr);
            assert!(!sandbox.path("out").exists(), "{name} {number}");
        }
        let written: Vec<_> = sandbox.tree("").into_iter().map(|(name, _)| name).collect();
        assert!(written.iter().all(|path| path == name || path.starts_with("out/")), "{written:?}");
    }
}

#[test]
fn damaged_files_lose_nothing_in_silence() {
    let documents: Vec<Document> = documents().into_iter().take(60).collect();
    for &shape in SHAPES.iter().filter(|shape| shape.flags().is_empty()) {
        survive_damage(shape.file_name(), &shape.make(&documents));
    }
    for &ending in ENDINGS {
        survive_damage(&format!("docs.jsonl.{ending}"), &pack(ending, &Shape::Lines.make(&documents)));
    }
}

#[test]
fn a_field_that_is_not_there_is_answered_with_those_that_are() {
    let documents: Vec<Document> = documents().into_iter().take(5).collect();
    for shape in [Shape::Lines, Shape::Array, Shape::Csv, Shape::Tsv] {
        let sandbox = Sandbox::new();
        sandbox.file(shape.file_name(), shape.make(&documents));
        let run = sandbox.run(&["dedup", shape.file_name(), "-o", "out", "--text-field", "txt"]).expect(2);
        for part in ["no field \"txt\"", "id", "did you mean \"text\"?", "--text-field"] {
            assert!(run.stderr.contains(part), "{shape:?}: {}", run.stderr);
        }
    }
}

#[test]
fn standard_input_is_recognised_and_answered_in_kind() {
    let documents = documents();
    let left = kept(&documents, &expected_removals(&documents));
    for (packed, shape, flags) in [
        (false, Shape::Array, &["--quiet"][..]),
        (false, Shape::Csv, &["--quiet", "--format", "csv"]),
        (true, Shape::Lines, &["--quiet"]),
    ] {
        let bytes = shape.make(&documents);
        let input = if packed { pack("gz", &bytes) } else { bytes };
        let sandbox = Sandbox::new();
        sandbox.file("in", &input);
        let output = Command::new(env!("CARGO_BIN_EXE_twicetold"))
            .args(["dedup", "-"])
            .args(flags)
            .stdin(std::fs::File::open(sandbox.path("in")).unwrap())
            .output()
            .unwrap();
        let clean = if packed { unpack("gz", &output.stdout) } else { output.stdout };
        assert!(clean == shape.make(&left), "{shape:?}");
    }
}

/// Runs another program in the sandbox; `false`, and a word about it, if it is not installed.
fn made_by(sandbox: &Sandbox, program: &str, arguments: &[&str]) -> bool {
    let Ok(output) = Command::new(program).args(arguments).current_dir(sandbox.path("")).output() else {
        drop(writeln!(std::io::stderr(), "skipped: {program} is not installed"));
        return false;
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn files_made_by_other_programs_are_read() {
    let documents = documents();
    let expected = expected_removals(&documents);
    for (program, arguments, made) in [
        ("gzip", &["-k", "docs.jsonl"][..], "docs.jsonl.gz"),
        ("pigz", &["-k", "-b", "128", "docs.jsonl"], "docs.jsonl.gz"),
        ("zstd", &["-q", "--long=31", "--ultra", "-22", "docs.jsonl"], "docs.jsonl.zst"),
        #[cfg(feature = "bzip2")]
        ("bzip2", &["-k", "docs.jsonl"], "docs.jsonl.bz2"),
        #[cfg(feature = "xz")]
        ("xz", &["-k", "-T2", "--block-size=20000", "docs.jsonl"], "docs.jsonl.xz"),
        #[cfg(feature = "lz4")]
        ("lz4", &["-q", "-9", "docs.jsonl", "docs.jsonl.lz4"], "docs.jsonl.lz4"),
        #[cfg(feature = "archives")]
        ("tar", &["-czf", "docs.tar.gz", "docs.jsonl"], "docs.tar.gz"),
        #[cfg(feature = "archives")]
        ("tar", &["--format=posix", "-cf", "docs.tar", "docs.jsonl"], "docs.tar"),
        #[cfg(feature = "archives")]
        ("zip", &["-q", "docs.zip", "docs.jsonl"], "docs.zip"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.file("docs.jsonl", Shape::Lines.make(&documents));
        if made_by(&sandbox, program, arguments) {
            sandbox.run(&["dedup", made, "-o", "out", "-q"]).expect(0);
            assert_eq!(removals(&sandbox, "out"), expected, "{program} {arguments:?}");
        }
    }
}

/// Files kept with the project, made by `tests/fixtures/make.py` with the programs and libraries that people use.
mod fixtures {
    #[cfg(any(feature = "parquet", feature = "warc"))]
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn path(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
    }

    /// Runs over a fixture; gives the sandbox with its output.
    fn dedup(name: &str, flags: &[&str]) -> Sandbox {
        let sandbox = Sandbox::new();
        let input = path(name);
        let arguments = [&["dedup", input.to_str().unwrap(), "-o", "out", "-q"], flags].concat();
        sandbox.run(&arguments).expect(0);
        let counts = &sandbox.json("out/summary.json")["documents"];
        assert_eq!((&counts["read"], &counts["rejected"]), (&json!(12), &json!(0)), "{name}");
        sandbox
    }

    fn check(name: &str, flags: &[&str]) -> Sandbox {
        let sandbox = dedup(name, flags);
        let lines = sandbox.lines("out/removed.jsonl");
        let pairs: Vec<_> = lines.iter().map(|line| (&line["id"], &line["kept_id"])).collect();
        let id = |n: usize| match name {
            "warcio.warc.gz" => json!(format!("<urn:uuid:{n:032}>")),
            _ => json!(format!("d{n}")),
        };
        assert_eq!(pairs, [(&id(4), &id(1)), (&id(8), &id(2)), (&id(12), &id(6))], "{name}");
        sandbox
    }

    #[test]
    fn tables_and_lines_of_others_are_read() {
        for name in ["pandas.csv", "pandas.tsv.gz", "pandas.json", "pandas.jsonl.zst", "long.jsonl.zst"] {
            check(name, &[]);
        }
        #[cfg(feature = "xz")]
        check("docs.jsonl.xz", &[]);
        #[cfg(feature = "bzip2")]
        check("docs.jsonl.bz2", &[]);
        #[cfg(feature = "lz4")]
        check("docs.jsonl.lz4", &[]);
    }

    #[cfg(feature = "warc")]
    #[test]
    fn a_web_archive_of_others_keeps_its_members() {
        let sandbox = check("warcio.warc.gz", &[]);
        let (before, after) = (
            fs::read(path("warcio.warc.gz")).unwrap(),
            fs::read(sandbox.path("out/clean/warcio.warc.gz")).unwrap(),
        );
        // The first three responses and what stands between them.
        let shared = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        assert!(shared > before.len() / 5 && after.len() < before.len(), "{shared}");
        let text = String::from_utf8(unpack("gz", &after)).unwrap();
        assert_eq!(text.matches("WARC-Type: response").count(), 9);
        assert_eq!(text.matches("WARC-Type: metadata").count(), 12);
    }

    #[cfg(feature = "archives")]
    #[test]
    fn archives_of_others_are_read_and_written() {
        for name in ["gnu.tar.gz", "posix.tar", "info-zip.zip", "traversal.zip"] {
            let sandbox = check(name, &[]);
            let names: Vec<_> = sandbox.tree("out/clean").into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, [name]);
            // What was written is read again, and holds no repeat.
            let run = sandbox.run(&["dedup", &format!("out/clean/{name}"), "-o", "again", "-q"]);
            run.expect(0);
            let counts = &sandbox.json("again/summary.json")["documents"];
            assert_eq!((&counts["read"], &counts["removed"]), (&json!(9), &json!(0)), "{name}");
        }
    }

    #[cfg(feature = "parquet")]
    mod parquet {
        use ::parquet::file::metadata::ColumnChunkMetaData;
        use ::parquet::file::reader::{FileReader, SerializedFileReader};
        use ::parquet::record::Row;

        use super::*;

        fn rows(path: &Path) -> Vec<Row> {
            let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
            reader.get_row_iter(None).unwrap().map(Result::unwrap).collect()
        }

        /// Everything that a file says about itself but where things stand in it.
        fn description(path: &Path) -> String {
            let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
            let metadata = reader.metadata();
            let file = metadata.file_metadata();
            let codecs: Vec<_> =
                metadata.row_group(0).columns().iter().map(ColumnChunkMetaData::compression).collect();
            format!("{:?} {:?} {codecs:?}", file.schema(), file.key_value_metadata())
        }

        /// Checks that a clean file holds what is left of the original, and is made like it.
        fn check_clean(original: &Path, clean: &Path, first: usize) {
            let is_kept = |row: &usize| ![4, 8, 12].contains(&(first + row));
            let whole = rows(original);
            let left: Vec<_> = (0..whole.len()).filter(is_kept).map(|row| whole[row].clone()).collect();
            assert_eq!(rows(clean), left, "{}", clean.display());
            assert_eq!(description(clean), description(original));
        }

        #[test]
        fn schema_values_codecs_and_metadata_come_back() {
            for codec in ["snappy", "gzip", "zstd", "brotli", "lz4", "none"] {
                for page in [1, 2] {
                    let name = format!("pyarrow-{codec}-v{page}.parquet");
                    let sandbox = check(&name, &["--text-field", "meta.text"]);
                    check_clean(&path(&name), &sandbox.path(&format!("out/clean/{name}")), 1);
                }
            }
            let sandbox = check("pandas.parquet", &[]);
            check_clean(&path("pandas.parquet"), &sandbox.path("out/clean/pandas.parquet"), 1);
        }

        /// Several versions of several libraries, each codec with both kinds of pages, with and without dictionaries:
        /// made by `tests/fixtures/make_versions.py`.
        #[test]
        fn files_of_many_writers_and_versions_come_back() {
            let mut names: Vec<_> = fs::read_dir(path("versions"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            assert!(names.len() > 40, "{names:?}");
            for name in names {
                let original = format!("versions/{name}");
                let sandbox = check(&original, &[]);
                check_clean(&path(&original), &sandbox.path(&format!("out/clean/{name}")), 1);
            }
        }

        #[test]
        fn a_directory_of_shards_comes_back_shard_by_shard() {
            let sandbox = check("datasets", &[]);
            for (shard, first) in [("train-00000-of-00002.parquet", 1), ("train-00001-of-00002.parquet", 7)] {
                let clean = sandbox.path(&format!("out/clean/{shard}"));
                check_clean(&path(&format!("datasets/{shard}")), &clean, first);
            }
        }

        #[test]
        fn a_missing_column_is_answered_with_the_columns() {
            let sandbox = Sandbox::new();
            let input = path("pyarrow-zstd-v1.parquet");
            let run =
                sandbox.run(&["dedup", input.to_str().unwrap(), "-o", "out", "--text-field", "meta.txt"]);
            let run = run.expect(2);
            assert!(
                run.stderr.contains("id, meta.text") && run.stderr.contains("did you mean \"meta.text\""),
                "{}",
                run.stderr
            );
        }

        #[test]
        fn damaged_files_lose_nothing_in_silence() {
            for name in ["pandas.parquet", "datasets/train-00000-of-00002.parquet"] {
                survive_damage("docs.parquet", &fs::read(path(name)).unwrap());
            }
        }
    }
}

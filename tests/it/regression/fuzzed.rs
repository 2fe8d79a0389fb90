//! Faults that fuzzers and mutations found.

use std::io::{Read, Write};

use crate::sandbox::{Sandbox, record, story};

/// A column was lost if another was named like the beginning of its name, and stood behind it.
#[test]
fn a_field_whose_name_begins_like_another_is_found() {
    let sandbox = Sandbox::new();
    let texts = [story("a", 20), story("b", 20)];
    let rows = format!("post.text,post\n{},1\n{},2\n", texts[0], texts[1]);
    sandbox.file("a.csv", &rows);
    let lines = texts.each_ref().map(|text| format!("{{\"post.text\":\"{text}\",\"post\":7}}\n")).concat();
    sandbox.file("b.jsonl", &lines);
    for (file, content) in [("a.csv", &rows), ("b.jsonl", &lines)] {
        let call =
            ["dedup", file, "--text-field", "post.text", "--id-field", "post", "-o", "out", "--overwrite"];
        sandbox.run(&call).expect(0);
        assert_eq!(sandbox.json("out/summary.json")["documents"]["rejected"], 0, "{file}");
        assert_eq!(&sandbox.read(&format!("out/clean/{file}")), content);
    }
}

/// Of commas the first row goes on behind a line end, and what stood in the rows behind it counted: a table of tabs was
/// read as one of commas, or not, as rows came and went.
#[test]
fn what_separates_values_does_not_depend_on_rows_that_go() {
    let sandbox = Sandbox::new();
    let head = "text\tid\tsize 5\",\"x\n";
    let rows = ["a", "b", "c", "d"].map(|topic| format!("{}\t{topic}\tsize 5\",\"x\n", story(topic, 20)));
    sandbox.file("a.csv", head.to_owned() + &rows.concat());
    sandbox.file("seen.csv", format!("text\n{}\n", story("b", 20)));
    let run = |file: &str, out: &str| {
        sandbox.run(&["dedup", file, "--text-field", "text", "--against", "seen.csv", "-o", out]).expect(0);
        sandbox.read(&format!("{out}/clean/a.csv"))
    };
    let clean = [head, &rows[0], &rows[2], &rows[3]].concat();
    assert_eq!(run("a.csv", "out"), clean);
    assert_eq!(run("out/clean/a.csv", "again"), clean);
}

/// A compressed file of nothing has a head and an end.
#[test]
fn a_compressed_file_of_which_nothing_stays_can_be_unpacked() {
    let sandbox = Sandbox::new();
    let lines = record("1", &story("a", 20)) + &record("2", &story("b", 20));
    sandbox.file("seen.jsonl", &lines);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    sandbox.file("in/a.jsonl.gz", gzip.finish().unwrap());
    sandbox.file("in/b.jsonl.zst", zstd::encode_all(lines.as_bytes(), 1).unwrap());
    sandbox.file("in/c.jsonl", &lines);
    sandbox.run(&["dedup", "in", "--against", "seen.jsonl", "-o", "out"]).expect(0);
    let clean = |name: &str| std::fs::read(sandbox.path(&format!("out/clean/{name}"))).unwrap();
    assert_eq!(clean("c.jsonl"), b"");
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(&*clean("a.jsonl.gz")).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, b"");
    assert!(!clean("a.jsonl.gz").is_empty() && !clean("b.jsonl.zst").is_empty());
    assert_eq!(zstd::decode_all(&*clean("b.jsonl.zst")).unwrap(), b"");
}

//! What a run makes of the corpus: every record told what became of it, or ids only.

use std::collections::HashMap;
use std::fs;

use serde_json::{Value, json};

use crate::formats::{SHAPES, Shape, documents, pack_one, unpack};
use crate::sandbox::{Sandbox, record, story};

const COLUMNS: [&str; 6] = ["cluster", "kept", "kept_id", "similarity", "relation", "copies"];

/// What a run against a reference adds behind them.
const REFERENCE: &str = "reference";

/// The formats whose records have fields.
fn shapes() -> impl Iterator<Item = Shape> {
    let has_fields =
        |shape: &Shape| matches!(shape.file_name(), "docs.jsonl" | "docs.json" | "docs.csv" | "docs.tsv");
    SHAPES.iter().copied().filter(has_fields)
}

/// Runs `dedup` over one file in one mode; gives the sandbox with its output.
fn dedup(name: &str, content: &[u8], mode: &str, flags: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file(name, content);
    let arguments = [&["dedup", name, "-o", "out", "-q", "--no-report", "--mode", mode], flags].concat();
    sandbox.run(&arguments).expect(0);
    sandbox
}

fn annotated(name: &str, content: &[u8], flags: &[&str]) -> Vec<u8> {
    let sandbox = dedup(name, content, "annotate", flags);
    assert!(!sandbox.path("out/clean").exists());
    fs::read(sandbox.path(&format!("out/annotated/{name}"))).unwrap()
}

fn delimiter(shape: Shape) -> u8 {
    if shape == Shape::Tsv { b'\t' } else { b',' }
}

fn rows(shape: Shape, table: &[u8]) -> Vec<csv::StringRecord> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter(shape)).from_reader(table);
    reader.records().map(Result::unwrap).collect()
}

/// The annotations in a file, in order, as objects.
fn annotations(shape: Shape, file: &[u8]) -> Vec<Value> {
    let own = |record: &Value| {
        let (last, annotation) = record.as_object().unwrap().iter().next_back().unwrap();
        assert_eq!(last, "twicetold");
        let names: Vec<_> = annotation.as_object().unwrap().keys().collect();
        assert_eq!(names, COLUMNS);
        annotation.clone()
    };
    match shape.file_name() {
        "docs.jsonl" => {
            let lines = str::from_utf8(file).unwrap().lines();
            lines.map(|line| own(&serde_json::from_str(line).unwrap())).collect()
        }
        "docs.json" => serde_json::from_slice::<Vec<Value>>(file).unwrap().iter().map(own).collect(),
        _ => {
            let mut rows = rows(shape, file);
            if shape != Shape::CsvWithoutHeader {
                let header = rows.remove(0);
                let added: Vec<_> = header.iter().skip(3).map(str::to_owned).collect();
                assert_eq!(added, COLUMNS.map(|name| format!("twicetold_{name}")));
            }
            rows.iter().map(row_annotation).collect()
        }
    }
}

fn row_annotation(row: &csv::StringRecord) -> Value {
    let cells = COLUMNS.iter().zip(row.iter().skip(row.len() - COLUMNS.len())).map(|(&name, cell)| {
        let value = match (name, cell) {
            (_, "") => Value::Null,
            ("kept_id" | "relation", cell) => json!(cell),
            (_, cell) => serde_json::from_str(cell).unwrap(),
        };
        (name.to_owned(), value)
    });
    Value::Object(cells.collect())
}

/// A file without its annotations; without the records that are not kept, if those are not wanted.
fn stripped(shape: Shape, file: &[u8], only_kept: bool) -> Vec<u8> {
    let is_wanted = |annotation: &Value| !only_kept || annotation["kept"] == true;
    match shape.file_name() {
        "docs.csv" | "docs.tsv" => {
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter(shape)).from_writer(Vec::new());
            for (number, row) in rows(shape, file).iter().enumerate() {
                let is_header = number == 0 && shape != Shape::CsvWithoutHeader;
                if is_header || is_wanted(&row_annotation(row)) {
                    writer.write_record(row.iter().take(row.len() - COLUMNS.len())).unwrap();
                }
            }
            writer.into_inner().unwrap()
        }
        name => {
            let text = str::from_utf8(file).unwrap();
            let pieces = if name == "docs.jsonl" { text.split_inclusive('\n').collect() } else { vec![text] };
            let field = regex::Regex::new(r#",\s*"twicetold":(\{[^}]*\})"#).unwrap();
            let kept = pieces.into_iter().filter(|piece| {
                name == "docs.json"
                    || is_wanted(&serde_json::from_str(&field.captures(piece).unwrap()[1]).unwrap())
            });
            kept.map(|piece| field.replace_all(piece, "")).collect::<String>().into_bytes()
        }
    }
}

#[test]
fn every_format_gives_the_same_annotations_and_keeps_all_other_bytes() {
    let documents = documents();
    let expected = annotations(Shape::Lines, &annotated("docs.jsonl", &Shape::Lines.make(&documents), &[]));
    assert_eq!(expected.len(), documents.len());
    for shape in shapes() {
        let file = annotated(shape.file_name(), &shape.make(&documents), shape.flags());
        assert_eq!(annotations(shape, &file), expected, "{shape:?}");
        assert!(stripped(shape, &file, false) == shape.make(&documents), "{shape:?}: other bytes differ");
    }
}

#[test]
fn what_is_annotated_as_kept_is_the_clean_corpus() {
    let documents = documents();
    for shape in [Shape::Lines, Shape::Csv, Shape::Tsv, Shape::CsvWithoutHeader] {
        let (name, content) = (shape.file_name(), shape.make(&documents));
        let clean = dedup(name, &content, "remove", shape.flags());
        let clean = fs::read(clean.path(&format!("out/clean/{name}"))).unwrap();
        assert!(stripped(shape, &annotated(name, &content, shape.flags()), true) == clean, "{shape:?}");
    }
}

#[test]
fn annotations_say_what_the_tables_say() {
    let documents = documents();
    let sandbox = dedup("docs.jsonl", &Shape::Lines.make(&documents), "annotate", &[]);
    let mut expected: HashMap<String, Value> = HashMap::new();
    for (cluster, number) in sandbox.lines("out/clusters.jsonl").iter().zip(1..) {
        let members = cluster["members"].as_array().unwrap();
        assert_eq!(cluster["copies"], members.len());
        for member in members {
            let kept = json!({ "cluster": number, "kept": true, "kept_id": cluster["representative"],
                "similarity": null, "relation": null, "copies": members.len() });
            expected.insert(member["id"].as_str().unwrap().to_owned(), kept);
        }
    }
    let removed = sandbox.lines("out/removed.jsonl");
    assert!(removed.len() > 100);
    for line in &removed {
        let annotation = expected.get_mut(line["id"].as_str().unwrap()).unwrap();
        assert_eq!(annotation["kept_id"], line["kept_id"]);
        annotation["kept"] = json!(false);
        annotation["similarity"] = line["similarity"].clone();
        annotation["relation"] = line["relation"].clone();
        annotation["copies"] = Value::Null;
    }
    let alone = json!({ "cluster": null, "kept": true, "kept_id": null, "similarity": null, "relation": null,
        "copies": 1 });
    for line in sandbox.lines("out/annotated/docs.jsonl") {
        let id = line["id"].as_str().unwrap();
        assert_eq!(line["twicetold"], *expected.get(id).unwrap_or(&alone), "{id}");
    }
}

/// A file and a reference that holds some of its documents, in another order; the run's sandbox.
fn annotated_against(shape: Shape) -> Sandbox {
    let sandbox = Sandbox::new();
    let documents = documents();
    sandbox.file(shape.file_name(), shape.make(&documents));
    let known: Vec<_> = documents.iter().step_by(7).rev().cloned().collect();
    sandbox.file("known/docs.jsonl", Shape::Lines.make(&known));
    let named = ["dedup", shape.file_name(), "-o", "out", "-q", "--no-report", "--mode", "annotate"];
    let against = match shape.flags() {
        [] => vec!["--against", "known"],
        flags => [flags, &["--against-text-field", "text", "--against", "known"]].concat(),
    };
    sandbox.run(&[&named, &against[..]].concat()).expect(0);
    sandbox
}

/// Takes the last member out of a record in JSON.
fn take_reference(record: &mut Value) -> Option<Value> {
    record["twicetold"].as_object_mut().unwrap().shift_remove(REFERENCE)
}

#[test]
fn what_repeats_a_reference_is_told_so_as_in_the_table() {
    let sandbox = annotated_against(Shape::Lines);
    let removed = sandbox.lines("out/removed.jsonl");
    let of_reference: HashMap<&str, &Value> =
        removed.iter().map(|line| (line["id"].as_str().unwrap(), &line["reference"])).collect();
    let mut told = [0, 0];
    for mut line in sandbox.lines("out/annotated/docs.jsonl") {
        let expected = of_reference.get(line["id"].as_str().unwrap()).copied().unwrap_or(&Value::Null);
        let reference = take_reference(&mut line);
        assert_eq!(reference.as_ref().unwrap_or(&Value::Null), expected, "{line}");
        told[usize::from(reference.is_some())] += 1;
    }
    assert!(told.iter().all(|&count| count > 30), "{told:?}");
}

#[test]
fn every_format_says_the_same_of_the_reference() {
    let told = |shape: Shape| -> Vec<String> {
        let file = annotated_against(shape).read(&format!("out/annotated/{}", shape.file_name()));
        let of_object = |mut record: Value| {
            let reference = take_reference(&mut record).unwrap_or(Value::Bool(false));
            format!("{}{reference}", record["twicetold"])
        };
        match shape.file_name() {
            "docs.jsonl" => file.lines().map(|line| of_object(serde_json::from_str(line).unwrap())).collect(),
            "docs.json" => {
                serde_json::from_str::<Vec<Value>>(&file).unwrap().into_iter().map(of_object).collect()
            }
            _ => {
                let mut rows = rows(shape, file.as_bytes());
                let last = rows[0].len() - 1;
                if shape != Shape::CsvWithoutHeader {
                    assert_eq!(&rows.remove(0)[last], "twicetold_reference");
                }
                let of_row = |row: &csv::StringRecord| {
                    format!("{}{}", row_annotation(&row.iter().take(last).collect()), &row[last])
                };
                rows.iter().map(of_row).collect()
            }
        }
    };
    let expected = told(Shape::Lines);
    for shape in shapes() {
        assert_eq!(told(shape), expected, "{shape:?}");
    }
    // A table that has such a column is refused, whether or not there is a reference.
    let sandbox = Sandbox::new();
    sandbox.file("a.csv", "text,twicetold_reference\nx,y\n");
    let run = sandbox.run(&["dedup", "a.csv", "-o", "out", "--mode", "annotate"]).expect(2);
    assert!(run.stderr.contains("has a field twicetold_reference already"), "{}", run.stderr);
}

#[test]
fn the_tables_are_the_same_in_every_mode_and_for_any_number_of_threads() {
    let sandbox = Sandbox::new();
    let documents = documents();
    let (front, back) = documents.split_at(200);
    sandbox.file("in/a.jsonl", Shape::Lines.make(front));
    sandbox.file("in/b/c.csv", Shape::Csv.make(back));
    for mode in ["remove", "annotate", "list"] {
        for threads in ["1", "3"] {
            let output = format!("{mode}{threads}");
            sandbox
                .run(&["dedup", "in", "-o", &output, "-q", "--mode", mode, "--threads", threads])
                .expect(0);
            fs::remove_file(sandbox.path(&format!("{output}/timing.json"))).unwrap();
        }
        assert!(sandbox.tree(&format!("{mode}1")) == sandbox.tree(&format!("{mode}3")), "{mode}");
        for table in ["removed.jsonl", "clusters.jsonl", "rejected.jsonl", "summary.json"] {
            assert_eq!(sandbox.read(&format!("{mode}1/{table}")), sandbox.read(&format!("remove1/{table}")));
        }
    }
    let names = |output: &str| sandbox.tree(output).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let has = |output: &str, name: &str| names(output).iter().any(|found| found == name);
    assert!(has("annotate1", "annotated/a.jsonl") && has("annotate1", "annotated/b/c.csv"));
    assert!(has("list1", "kept.txt") && has("list1", "removed.txt") && !has("list1", "clean/a.jsonl"));
    #[cfg(feature = "report")]
    assert!(has("list1", "report.html") && has("annotate1", "report.html"));
    // What another mode left is not left beside.
    sandbox.run(&["dedup", "in", "-o", "list1", "-q", "--overwrite"]).expect(0);
    assert!(has("list1", "clean/a.jsonl") && !has("list1", "kept.txt"));
}

#[test]
fn compressed_files_are_annotated_within_their_compression() {
    let documents = documents();
    for shape in [Shape::Lines, Shape::Csv] {
        let plain = annotated(shape.file_name(), &shape.make(&documents), &[]);
        for ending in ["gz", "zst"] {
            let name = format!("{}.{ending}", shape.file_name());
            let packed = annotated(&name, &pack_one(ending, &shape.make(&documents)), &[]);
            // A record without an id of its own is called after its file; these have one.
            assert!(unpack(ending, &packed) == plain, "{name}");
        }
    }
}

#[cfg(feature = "archives")]
#[test]
fn members_of_archives_are_annotated_and_others_are_copied() {
    use std::io::Read;

    use crate::formats::archives::{tar, zip};

    let documents = documents();
    let (front, back) = documents.split_at(250);
    let parts = [("one.jsonl", Shape::Lines.make(front)), ("two.csv", Shape::Csv.make(back))];
    let sandbox = Sandbox::new();
    for (name, content) in &parts {
        sandbox.file(&format!("in/{name}"), content);
    }
    sandbox.run(&["dedup", "in", "-o", "out", "-q", "--mode", "annotate"]).expect(0);
    let expected = sandbox.tree("out/annotated");
    let notes: &[u8] = b"No part of the corpus.";
    let members = [("notes.md", notes), (parts[0].0, &parts[0].1), (parts[1].0, &parts[1].1)];
    let of_tar = |bytes: &[u8]| -> Vec<(String, Vec<u8>)> {
        let mut archive = ::tar::Archive::new(bytes);
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.path().unwrap().to_str().unwrap().to_owned(), content)
        });
        entries.collect()
    };
    let of_zip = |bytes: &[u8]| -> Vec<(String, Vec<u8>)> {
        let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let read = |number| {
            let mut entry = archive.by_index(number).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.name().unwrap().into_owned(), content)
        };
        (0..3).map(read).collect()
    };
    let found = [
        of_tar(&annotated("docs.tar", &tar(&members), &[])),
        of_tar(&unpack("gz", &annotated("docs.tar.gz", &pack_one("gz", &tar(&members)), &[]))),
        of_zip(&annotated("docs.zip", &zip(&members), &[])),
    ];
    for archive in found {
        assert_eq!(archive[0], ("notes.md".to_owned(), notes.to_vec()));
        assert!(archive[1..] == expected);
    }
}

/// Three records; the second repeats the first.
fn three(extra: [&str; 3]) -> String {
    let texts = [story("x", 40), story("x", 40), story("y", 40)];
    let lines = texts
        .iter()
        .zip(extra)
        .zip(1..)
        .map(|((text, extra), n)| format!("{{\"id\": \"r{n}\",\t\"text\": \"{text}\"{extra} }}\n"));
    lines.collect()
}

#[test]
fn rejected_records_are_not_annotated_and_blank_lines_go() {
    let [first, second, third]: [String; 3] =
        three([""; 3]).split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    let content = format!("{first}\n{{broken\n{second}{}", third.trim_end());
    let sandbox = dedup("in.jsonl", content.as_bytes(), "annotate", &[]);
    let counts = &sandbox.json("out/summary.json")["documents"];
    assert_eq!((&counts["read"], &counts["rejected"]), (&json!(4), &json!(1)));
    let expected = concat!(
        r#"{"id": "r1",T"text": "X" ,"twicetold":{"cluster":1,"kept":true,"kept_id":"r1","similarity":null,"relation":null,"copies":2}}"#,
        "\n",
        r#"{"id": "r2",T"text": "X" ,"twicetold":{"cluster":1,"kept":false,"kept_id":"r1","similarity":1.0,"relation":"exact","copies":null}}"#,
        "\n",
        r#"{"id": "r3",T"text": "Y" ,"twicetold":{"cluster":null,"kept":true,"kept_id":null,"similarity":null,"relation":null,"copies":1}}"#,
    );
    let expected = expected.replace('T', "\t").replace(" ,\"twicetold", ",\"twicetold").replace("}}", "} }");
    let expected = expected.replace('X', &story("x", 40)).replace('Y', &story("y", 40));
    assert_eq!(sandbox.read("out/annotated/in.jsonl"), expected);
    // Rows that are rejected are not written either.
    let table = format!("id,text\na,{0}\nb\nc,{0}", story("x", 40));
    let sandbox = dedup("in.csv", table.as_bytes(), "annotate", &[]);
    let expected = format!(
        "id,text,twicetold_cluster,twicetold_kept,twicetold_kept_id,twicetold_similarity,twicetold_relation,twicetold_copies\n\
         a,{0},1,true,a,,,2\nc,{0},1,false,a,1.0,exact,",
        story("x", 40)
    );
    assert_eq!(sandbox.read("out/annotated/in.csv"), expected);
}

#[test]
fn what_has_no_place_for_annotations_is_refused_before_anything_is_read() {
    let text = story("x", 40);
    let annotation = [r#","twicetold":1"#, "", ""];
    let cases: &[(&str, String, &[&str], &str)] = &[
        (
            "a.txt",
            text.clone(),
            &[],
            "a.txt: a txt file has no fields to add to; use --mode list or --mode remove",
        ),
        ("a.txt", text.clone(), &["--split", "line"], "a.txt: a txt file has no fields to add to"),
        ("a.jsonl", three(annotation), &[], "a.jsonl: has a field twicetold already; rename or remove it"),
        (
            "a.json",
            format!("[{}]", three(annotation).trim().replace('\n', ",")),
            &[],
            "a.json: has a field twicetold",
        ),
        (
            "a.csv",
            format!("text,twicetold_kept\n{text},1\n"),
            &[],
            "a.csv: has a field twicetold_kept already",
        ),
        ("a.jsonl", three([""; 3]), &["--paragraphs", "remove"], "report or off in the modes annotate"),
    ];
    for (name, content, flags, message) in cases {
        let sandbox = Sandbox::new();
        sandbox.file(name, content);
        let run =
            sandbox.run(&[&["dedup", name, "-o", "out", "--mode", "annotate"], *flags].concat()).expect(2);
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(!sandbox.path("out").exists());
    }
}

#[cfg(feature = "warc")]
#[test]
fn a_web_archive_is_refused_but_listed() {
    let documents = documents();
    let sandbox = Sandbox::new();
    sandbox.file("docs.warc", Shape::Warc.make(&documents));
    let run = sandbox.run(&["dedup", "docs.warc", "-o", "out", "--mode", "annotate"]).expect(2);
    assert!(run.stderr.contains("docs.warc: a warc file has no fields to add to"), "{}", run.stderr);
    sandbox.run(&["dedup", "docs.warc", "-o", "out", "--mode", "list", "-q"]).expect(0);
    assert!(sandbox.read("out/kept.txt").starts_with("d1\nd2\n"));
}

#[test]
fn a_field_of_that_name_in_a_late_record_is_met_when_writing_and_nothing_is_left() {
    let many: String = (0..1000).map(|n| record(&n.to_string(), &story(&format!("t{n}w"), 20))).collect();
    let late = format!("{many}{}", three([r#","twicetold":null"#, "", ""]));
    let array = format!("[{}]", late.trim().replace('\n', ",\n"));
    for (name, content) in [("in.jsonl", late), ("in.json", array)] {
        let sandbox = Sandbox::new();
        sandbox.file(name, content);
        let run = sandbox.run(&["dedup", name, "-o", "out", "--mode", "annotate"]).expect(2);
        assert!(
            run.stderr.contains(&format!("{name}:1001: has a field twicetold already")),
            "{}",
            run.stderr
        );
        assert!(!sandbox.path("out").exists());
    }
}

#[test]
fn lists_hold_every_id_once_a_line_each() {
    let sandbox = Sandbox::new();
    let (x, y) = (story("x", 40), story("y", 40));
    let lines = record("a b", &x)
        + &record("line\nend", &y)
        + &record("\"q\"", &x)
        + &format!("{{\"text\":\"{y}\"}}\n");
    sandbox.file("in/ä.jsonl", lines);
    sandbox.run(&["dedup", "in", "-o", "out", "-q", "--mode", "list"]).expect(0);
    assert_eq!(sandbox.read("out/kept.txt"), "a b\n\"line\\nend\"\n");
    assert_eq!(sandbox.read("out/removed.txt"), "\"\\\"q\\\"\"\nä.jsonl:4\n");
}

#[test]
fn without_an_output_directory_annotated_records_or_kept_ids_go_to_standard_output() {
    let sandbox = Sandbox::new();
    let input = three([""; 3]);
    sandbox.file("in.jsonl", &input);
    sandbox.run(&["dedup", "in.jsonl", "-o", "out", "-q", "--mode", "annotate"]).expect(0);
    let run = sandbox.run_with_input(&["dedup", "-", "-q", "--mode", "annotate"], input.as_bytes()).expect(0);
    assert_eq!(run.stdout, sandbox.read("out/annotated/in.jsonl"));
    let run = sandbox.run_with_input(&["dedup", "-", "-q", "--mode", "list"], input.as_bytes()).expect(0);
    assert_eq!(run.stdout, "r1\nr3\n");
}

#[cfg(feature = "parquet")]
mod parquet {
    use std::path::{Path, PathBuf};

    use ::parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
    }

    /// Rows as lists of names and values, and what the file says about itself.
    struct Table {
        rows: Vec<Vec<(String, String)>>,
        schema: Vec<String>,
        groups: Vec<(i64, Vec<String>)>,
        metadata: Vec<(String, Option<String>)>,
    }

    fn table(path: &Path) -> Table {
        let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
        let columns = |row: ::parquet::record::Row| {
            row.get_column_iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
        };
        let metadata = reader.metadata();
        let file = metadata.file_metadata();
        let group = |group: &::parquet::file::metadata::RowGroupMetaData| {
            let codecs = group.columns().iter().map(|chunk| format!("{:?}", chunk.compression()));
            (group.num_rows(), codecs.collect())
        };
        let pairs = file.key_value_metadata().into_iter().flatten();
        Table {
            rows: reader.get_row_iter(None).unwrap().map(|row| columns(row.unwrap())).collect(),
            schema: file.schema().get_fields().iter().map(|field| format!("{field:?}")).collect(),
            groups: metadata.row_groups().iter().map(group).collect(),
            metadata: pairs.map(|pair| (pair.key.clone(), pair.value.clone())).collect(),
        }
    }

    /// Annotates a fixture, checks that nothing else changed, and gives the annotations.
    fn annotated(name: &str, flags: &[&str]) -> Vec<String> {
        let sandbox = Sandbox::new();
        let input = fixture(name);
        let file = input.file_name().unwrap().to_str().unwrap();
        let arguments = ["dedup", input.to_str().unwrap(), "-o", "out", "-q", "--mode", "annotate"];
        sandbox.run(&[&arguments, flags].concat()).expect(0);
        let (before, mut after) = (table(&input), table(&sandbox.path(&format!("out/annotated/{file}"))));
        let mut annotations = Vec::new();
        for row in &mut after.rows {
            let (column, value) = row.pop().unwrap();
            assert_eq!(column, "twicetold");
            annotations.push(value);
        }
        assert_eq!(after.rows, before.rows, "{name}");
        let added = after.schema.pop().unwrap();
        for member in COLUMNS {
            assert!(added.contains(&format!("\"{member}\"")), "{added}");
        }
        assert_eq!(after.schema, before.schema);
        assert_eq!(after.groups.len(), before.groups.len());
        for ((rows, codecs), (rows_before, codecs_before)) in after.groups.iter().zip(&before.groups) {
            assert_eq!(rows, rows_before);
            assert_eq!(codecs[..codecs_before.len()], codecs_before[..]);
            assert!(codecs[codecs_before.len()..].iter().all(|codec| *codec == codecs_before[0]));
        }
        let other = |metadata: &[(String, Option<String>)]| {
            metadata.iter().filter(|(key, _)| key != "ARROW:schema").cloned().collect::<Vec<_>>()
        };
        assert_eq!(other(&after.metadata), other(&before.metadata));
        // What it holds already is not overwritten.
        let again = sandbox.path(&format!("out/annotated/{file}"));
        let run = sandbox
            .run(&[&["dedup", again.to_str().unwrap(), "-o", "b", "--mode", "annotate"], flags].concat());
        assert!(run.expect(2).stderr.contains("has a field twicetold already"));
        annotations
    }

    #[test]
    fn a_column_is_added_and_schema_values_codecs_and_metadata_stay() {
        let alone = "{cluster: null, kept: true, kept_id: null, similarity: null, relation: null, copies: 1}";
        let mut expected = vec![alone.to_owned(); 12];
        for (cluster, kept, removed, similarity, relation) in
            [(1, 1, 4, "1.0", "exact"), (2, 2, 8, "0.9411764705882353", "near"), (3, 6, 12, "1.0", "exact")]
        {
            let kept_id = format!("cluster: {cluster}, kept: true, kept_id: \"d{kept}\"");
            expected[kept - 1] = format!("{{{kept_id}, similarity: null, relation: null, copies: 2}}");
            let kept_id = format!("cluster: {cluster}, kept: false, kept_id: \"d{kept}\"");
            expected[removed - 1] =
                format!("{{{kept_id}, similarity: {similarity}, relation: \"{relation}\", copies: null}}");
        }
        for codec in ["snappy", "gzip", "zstd", "brotli", "lz4", "none"] {
            for page in [1, 2] {
                let name = format!("pyarrow-{codec}-v{page}.parquet");
                assert_eq!(annotated(&name, &["--text-field", "meta.text"]), expected, "{name}");
            }
        }
        for name in
            ["pandas.parquet", "versions/polars-2.1.0.parquet", "versions/pyarrow-3.0.0-lz4-v2.parquet"]
        {
            assert_eq!(annotated(name, &[]), expected, "{name}");
        }
    }

    #[test]
    fn a_member_for_the_reference_is_added_only_where_there_is_one() {
        let sandbox = Sandbox::new();
        let input = fixture("pandas.parquet");
        let known = table(&input).rows[3].iter().find(|(name, _)| name == "text").unwrap().1.clone();
        let known: String = serde_json::from_str(&known).unwrap();
        sandbox.file("known.jsonl", record("known", &known));
        let named = ["dedup", input.to_str().unwrap(), "-o", "out", "-q", "--mode", "annotate"];
        sandbox.run(&[&named[..], &["--against", "known.jsonl"]].concat()).expect(0);
        let annotated = table(&sandbox.path("out/annotated/pandas.parquet"));
        assert!(annotated.schema.last().unwrap().contains("\"reference\""), "{:?}", annotated.schema);
        let told = |row: usize| annotated.rows[row].last().unwrap().1.clone();
        let of_reference = "kept: false, kept_id: \"known\", similarity: 1.0, relation: \"exact\", copies: null, reference: true}";
        assert!(told(3).ends_with(of_reference), "{}", told(3));
        assert!(told(0).ends_with(of_reference), "{}", told(0));
        assert!(told(2).ends_with("relation: null, copies: 1, reference: false}"), "{}", told(2));
        sandbox.run(&[&named[..], &["--overwrite"]].concat()).expect(0);
        let usual = table(&sandbox.path("out/annotated/pandas.parquet"));
        assert!(!usual.schema.last().unwrap().contains("reference"), "{:?}", usual.schema);
    }

    /// Arrow's readers take its own schema, kept in the file, side by side with that of the file.
    #[test]
    fn arrow_reads_the_column_and_all_others_as_they_were() {
        let python = |arguments: &[&str]| std::process::Command::new("python3").args(arguments).output();
        if !python(&["-c", "import pyarrow.parquet"]).is_ok_and(|output| output.status.success()) {
            drop(std::io::Write::write_all(&mut std::io::stderr(), b"skipped: pyarrow is not installed\n"));
            return;
        }
        let script = "import sys, pyarrow as a, pyarrow.parquet as p\n\
            before, after = (p.read_table(path) for path in sys.argv[1:])\n\
            column = after.column('twicetold')\n\
            after = after.drop(['twicetold'])\n\
            assert after.schema == before.schema and after.to_pylist() == before.to_pylist()\n\
            print(column.type, column.to_pylist()[3])";
        for name in ["pandas-3.1.1", "pyarrow-3.0.0-lz4-v2", "pyarrow-17.0.0-zstd-v2", "polars-2.1.0"] {
            let sandbox = Sandbox::new();
            let before = fixture(&format!("versions/{name}.parquet"));
            let before = before.to_str().unwrap();
            sandbox.file("other.jsonl", record("other", "nothing that is told there"));
            let against = ["--overwrite", "--against", "other.jsonl"];
            for (flags, [of_type, of_value]) in
                [(&[][..], [""; 2]), (&against, [", reference: bool", ", 'reference': False"])]
            {
                let arguments = [&["dedup", before, "-o", "out", "-q", "--mode", "annotate"], flags].concat();
                sandbox.run(&arguments).expect(0);
                let after = sandbox.path(&format!("out/annotated/{name}.parquet"));
                let output = python(&["-c", script, before, after.to_str().unwrap()]).unwrap();
                assert_eq!(
                    String::from_utf8(output.stdout).unwrap(),
                    format!(
                        "struct<cluster: int64, kept: bool, kept_id: string, similarity: double, relation: \
                         string{of_type}> {{'cluster': 1, 'kept': False, 'kept_id': 'd1', 'similarity': 1.0, \
                         'relation': 'exact'{of_value}}}\n"
                    ),
                    "{name}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
            }
        }
    }
}

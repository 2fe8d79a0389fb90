//! Bugs that were there once.

mod files;
mod forms;
mod fuzzed;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use twicetold::corpus::{Corpus, OpenOptions};

use crate::sandbox::{Sandbox, record, story};

mod judged;
mod memory;

/// A text of fewer words than a passage has was `near` itself in `explain`, and shared nothing with itself.
#[test]
fn identical_texts_of_two_words_are_exact() {
    let sandbox = Sandbox::new();
    for (a, b) in [("Gale warning", "GALE, warning!"), ("Fog", "fog.")] {
        sandbox.file("a.txt", a);
        sandbox.file("b.txt", b);
        let run = sandbox.run(&["explain", "a.txt", "b.txt", "--json"]).expect(0);
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&json["relation"], &json["exact"]), (&"exact".into(), &true.into()), "{json}");
        assert_eq!((&json["own"], &json["jaccard"]), (&[0.0, 0.0].into(), &1.0.into()), "{json}");
        assert_eq!(json["passages"][0]["bytes"], Value::from([a.trim_end().len(), b.len() - 1]), "{json}");
        let shown = sandbox.run(&["explain", "a.txt", "b.txt"]).expect(0).stdout;
        assert!(shown.contains("exact: the same"), "{shown}");
    }
}

/// Issue 11: `"id": null` was the id `null`, and `"source": null` a source of that name.
#[test]
fn a_null_or_empty_id_is_none_and_the_word_null_is_one() {
    let sandbox = Sandbox::new();
    let text = story("a", 80);
    let lines = [
        json!({ "id": null, "text": text, "source": null }),
        json!({ "id": "", "text": text, "source": "" }),
        json!({ "id": "null", "text": text, "source": "null" }),
        json!({ "text": text }),
    ];
    sandbox.file("in.jsonl", lines.each_ref().map(|line| format!("{line}\n")).concat());
    // The same in a format that is read through a view.
    sandbox.file("in.json", json!(lines).to_string());
    for name in ["in.jsonl", "in.json"] {
        sandbox.run(&["dedup", name, "-o", &format!("out-{name}")]).expect(0);
        let cluster = &sandbox.lines(&format!("out-{name}/clusters.jsonl"))[0];
        let members = cluster["members"].as_array().unwrap();
        let ids: Vec<&str> = members.iter().map(|member| member["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [&format!("{name}:1"), &format!("{name}:2"), "null", &format!("{name}:4")]);
    }
}

/// Issue 11: an empty cell of a table was an id.
#[test]
fn an_empty_cell_is_no_id() {
    let sandbox = Sandbox::new();
    let text = story("a", 80);
    sandbox.file("in.csv", format!("id,text\n,{text}\nnull,{text}\n"));
    sandbox.run(&["dedup", "in.csv", "-o", "out"]).expect(0);
    let removed = &sandbox.lines("out/removed.jsonl")[0];
    assert_eq!((&removed["id"], &removed["kept_id"]), (&json!("null"), &json!("in.csv:1")));
}

/// Different records, whose ids begin with `name`.
fn records(name: &str, count: usize) -> String {
    (0..count).map(|n| record(&format!("{name}{n}"), &story(&format!("{name}x{n}x"), 20))).collect()
}

/// Records below a directory of an output, by file.
fn written(sandbox: &Sandbox, directory: &str) -> BTreeMap<String, usize> {
    let files = sandbox.tree(directory).into_iter();
    files.map(|(name, bytes)| (name, bytes.split(|&byte| byte == b'\n').count() - 1)).collect()
}

#[test]
fn three_files_of_one_name_make_three_files() {
    let sandbox = Sandbox::new();
    for (directory, name) in [("data", "a"), ("x/data", "b"), ("x/y/data", "c")] {
        sandbox.file(&format!("{directory}/in.jsonl"), records(name, 5));
    }
    for (mode, root) in [("remove", "clean"), ("annotate", "annotated")] {
        let mut trees = Vec::new();
        for inputs in [["data", "../data", "../../data"], ["../../data", "../data", "data"]] {
            let output = sandbox.path(&format!("{mode}{}", trees.len()));
            let output = output.to_str().unwrap();
            let mut command = sandbox.command(&["dedup", "--mode", mode, "-o", output]);
            let run = command.args(inputs).current_dir(sandbox.path("x/y")).output().unwrap();
            assert!(run.status.success(), "{run:?}");
            trees.push(written(&sandbox, &format!("{mode}{}/{root}", trees.len())));
        }
        assert_eq!(trees[0].values().collect::<Vec<_>>(), [&5, &5, &5], "{:?}", trees[0]);
        assert_eq!(trees[0], trees[1]);
    }
}

#[test]
#[cfg(unix)]
fn names_that_are_equal_as_text_stay_apart() {
    use std::os::unix::ffi::OsStrExt;

    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("in")).unwrap();
    for (index, name) in [&b"a\xff.jsonl"[..], b"a\xfe.jsonl", b"a\xfd.jsonl"].into_iter().enumerate() {
        let path = sandbox.path("in").join(std::ffi::OsStr::from_bytes(name));
        if fs::write(path, records(&format!("n{index}"), 2)).is_err() {
            // Some systems have no such names.
            return;
        }
    }
    sandbox.run(&["dedup", "in", "-o", "out"]).expect(0);
    let written = written(&sandbox, "out/clean");
    assert_eq!((written.len(), written.values().sum::<usize>()), (3, 6), "{written:?}");
}

#[test]
fn a_file_that_is_called_like_standard_input_stays_apart_from_it() {
    let sandbox = Sandbox::new();
    sandbox.file("stdin.jsonl", records("a", 2));
    let run = sandbox.run_with_input(&["dedup", "-", "stdin.jsonl", "-o", "out"], records("b", 3).as_bytes());
    run.expect(0);
    assert_eq!(written(&sandbox, "out/clean").values().sum::<usize>(), 5);
}

#[cfg(feature = "archives")]
fn tar_of(members: &[(&str, String)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o640);
        header.set_mtime(1_000_000_000);
        archive.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

#[cfg(feature = "archives")]
#[test]
fn every_member_of_a_tar_with_repeated_names_is_read_and_written() {
    let sandbox = Sandbox::new();
    let long = format!("{}/x.jsonl", "d".repeat(90));
    let members = [
        ("x.jsonl", records("a", 2)),
        ("note.bin", "left alone".to_owned()),
        ("./x.jsonl", records("b", 3) + &records("a", 1)),
        ("x.jsonl", records("c", 4)),
        (&long, records("d", 1)),
        (&long, records("e", 1)),
    ];
    sandbox.file("in/a.tar", tar_of(&members));
    sandbox.run(&["dedup", "in", "-o", "out"]).expect(0);
    let removed = &sandbox.lines("out/removed.jsonl")[0];
    assert_eq!(
        (&removed["file"], &removed["kept_file"]),
        (&"a.tar/2/x.jsonl".into(), &"a.tar/x.jsonl".into())
    );
    let mut archive = tar::Archive::new(Cursor::new(fs::read(sandbox.path("out/clean/a.tar")).unwrap()));
    let target = sandbox.path("extracted");
    archive.unpack(&target).unwrap();
    let found = written(&sandbox, "extracted");
    let long_again = format!("2/{long}");
    let expected =
        [("x.jsonl", 2), ("2/x.jsonl", 3), ("3/x.jsonl", 4), (&long, 1), (&long_again, 1), ("note.bin", 0)];
    assert_eq!(found, expected.map(|(name, count)| (name.to_owned(), count)).into());
}

#[cfg(feature = "archives")]
#[test]
fn every_member_of_a_zip_with_repeated_names_is_read_and_written() {
    use zip::write::SimpleFileOptions;

    let sandbox = Sandbox::new();
    let names = ["x.jsonl", "y.jsonl", "z.jsonl", "p.bin", "q.bin"];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, count) in names.iter().zip(2..) {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(records(name, count).as_bytes()).unwrap();
    }
    let mut bytes = archive.finish().unwrap().into_inner();
    // Writers of today refuse to write a name twice; others do not.
    for (name, other) in [("y.jsonl", "x.jsonl"), ("z.jsonl", "x.jsonl"), ("q.bin", "p.bin")] {
        for at in 0..bytes.len() - name.len() {
            if bytes[at..].starts_with(name.as_bytes()) {
                bytes[at..at + name.len()].copy_from_slice(other.as_bytes());
            }
        }
    }
    sandbox.file("in/a.zip", bytes);
    sandbox.run(&["dedup", "in", "-o", "out"]).expect(0);
    assert_eq!(sandbox.json("out/summary.json")["documents"]["kept"], 9);
    let archive = fs::File::open(sandbox.path("out/clean/a.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    let mut found = BTreeMap::new();
    for number in 0..archive.len() {
        let mut member = archive.by_index(number).unwrap();
        let mut content = String::new();
        member.read_to_string(&mut content).unwrap();
        found.insert(String::from_utf8(member.name_raw().to_vec()).unwrap(), content.lines().count());
    }
    let expected = [("x.jsonl", 2), ("2/x.jsonl", 3), ("3/x.jsonl", 4), ("p.bin", 5), ("2/p.bin", 6)];
    assert_eq!(found, expected.map(|(name, count)| (name.to_owned(), count)).into());
}

#[test]
fn overlapping_inputs_are_named_alike_in_any_order() {
    let sandbox = Sandbox::new();
    sandbox.file("dir/b.jsonl", records("a", 3));
    sandbox.file("dir/sub/a.jsonl", records("a", 3));
    sandbox.run(&["dedup", "dir", "dir/sub", "-o", "one"]).expect(0);
    sandbox.run(&["dedup", "dir/sub", "dir", "dir/sub/a.jsonl", "-o", "two"]).expect(0);
    let tree = |name| {
        sandbox
            .tree(name)
            .into_iter()
            .filter(|(name, _)| Path::new(name).extension().is_some_and(|ending| ending == "jsonl"))
            .collect::<Vec<_>>()
    };
    assert_eq!(tree("one"), tree("two"));
    assert_eq!(
        written(&sandbox, "one/clean"),
        [("b.jsonl".to_owned(), 3), ("sub/a.jsonl".to_owned(), 0)].into()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn names_depend_on_the_set_of_inputs_alone(
        files in prop::collection::btree_set((0..3u8, 0..3u8, 0..2u8), 1..8),
        chosen in prop::collection::vec((0..12usize, any::<bool>()), 1..6),
        rotation in 0..6usize,
    ) {
        let sandbox = Sandbox::new();
        for (first, second, name) in &files {
            // Zero is no directory: so files lie at every depth.
            let directory = [first, second].iter().filter(|&&&n| n > 0).map(|n| format!("d{n}/")).collect::<Vec<_>>().concat();
            sandbox.file(&format!("in/{directory}f{name}.jsonl"), records("a", 1));
        }
        let places = ["", "d1", "d2", "d1/d1", "d1/d2", "d2/d1", "d2/d2", "f0.jsonl", "f1.jsonl", "d1/f0.jsonl", "d2/f1.jsonl"];
        let mut inputs: Vec<_> = chosen
            .iter()
            .filter_map(|&(place, is_roundabout)| {
                let path = sandbox.path("in").join(places.get(place)?);
                let path = if is_roundabout { sandbox.path("in/../in").join(places[place]) } else { path };
                path.exists().then_some(path)
            })
            .collect();
        prop_assume!(!inputs.is_empty());
        let list = |inputs: &[_]| -> Vec<String> {
            let corpus = Corpus::open(inputs, &OpenOptions::new(sandbox.path(""))).unwrap();
            corpus.inputs().iter().map(|source| source.name().to_owned()).collect()
        };
        let expected = list(&inputs);
        let names: std::collections::BTreeSet<_> = expected.iter().collect();
        prop_assert_eq!(names.len(), expected.len());
        prop_assert!(expected.is_sorted());
        let by = rotation % inputs.len();
        inputs.rotate_left(by);
        inputs.push(inputs[0].clone());
        prop_assert_eq!(&list(&inputs), &expected);
        inputs.reverse();
        prop_assert_eq!(&list(&inputs), &expected);
    }
}

#[test]
fn an_input_that_would_be_replaced_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", records("a", 3) + &records("a", 1));
    for mode in ["remove", "annotate"] {
        sandbox.run(&["dedup", "in", "-o", "out", "--overwrite"]).expect(0);
        let before = sandbox.tree("out");
        for input in ["out/clean", "out/clean/a.jsonl", "out/removed.jsonl"] {
            let run = sandbox.run(&["dedup", input, "-o", "out", "--overwrite", "--mode", mode]).expect(2);
            assert!(run.stderr.contains("would be replaced"), "{}", run.stderr);
            let against = ["dedup", "in", "--against", input, "-o", "out", "--overwrite", "--mode", mode];
            sandbox.run(&against).expect(2);
        }
        assert_eq!(sandbox.tree("out"), before);
        sandbox.run(&["dedup", "out/clean", "-o", "elsewhere", "--overwrite"]).expect(0);
    }
}

#[test]
fn outputs_are_no_input() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", records("a", 3) + &records("a", 2));
    let counts = |output: &str| {
        let documents = &sandbox.json(&format!("{output}/summary.json"))["documents"];
        (documents["read"].clone(), documents["kept"].clone(), documents["rejected"].clone())
    };
    sandbox.run(&["dedup", "in", "-o", "in/out"]).expect(0);
    let first = counts("in/out");
    assert_eq!(first, (5.into(), 3.into(), 0.into()));
    let run = sandbox.run(&["dedup", "in", "-o", "in/out", "--overwrite"]).expect(0);
    assert_eq!(counts("in/out"), first);
    assert!(run.stderr.contains("passing over the output of an earlier run in in/out"), "{}", run.stderr);
    sandbox.run(&["dedup", "in", "-o", "in/other"]).expect(0);
    assert_eq!(counts("in/other"), first);
    // What a version without a list wrote is known by its summary.
    fs::remove_file(sandbox.path("in/other/.twicetold-files.json")).unwrap();
    sandbox.run(&["scan", "in", "-o", "tables"]).expect(0);
    assert_eq!(counts("tables"), first);
    // Other files in such a directory are input still.
    sandbox.file("in/out/mine.jsonl", records("m", 1));
    sandbox.run(&["dedup", "in", "-o", "in/out", "--overwrite"]).expect(0);
    assert_eq!(counts("in/out").0, 6);
    let run = sandbox.run(&["dedup", "tables", "-o", "no"]).expect(2);
    assert!(run.stderr.contains("holds the output of an earlier run"), "{}", run.stderr);
    assert!(!sandbox.path("no").exists());
}

#[test]
#[cfg(feature = "report")]
fn explain_writes_its_page_over_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.file("a.txt", story("a", 60));
    sandbox.file("b.txt", story("a", 50));
    sandbox.file("notes.html", "mine");
    for (page, more) in [("a.txt", vec!["--overwrite"]), ("./b.txt", vec![]), ("notes.html", vec![])] {
        let call = ["explain", "a.txt", "b.txt", "--html", page];
        sandbox.run(&[&call[..], &more].concat()).expect(2);
    }
    assert_eq!((sandbox.read("a.txt"), sandbox.read("notes.html")), (story("a", 60), "mine".to_owned()));
    for _ in 0..2 {
        sandbox.run(&["explain", "a.txt", "b.txt", "--html", "pair.html"]).expect(0);
    }
    sandbox.run(&["explain", "a.txt", "b.txt", "--html", "notes.html", "--overwrite"]).expect(0);
    assert!(sandbox.read("notes.html").contains("<mark>"));
}

#[test]
fn the_output_directory_is_looked_at_before_any_input() {
    let sandbox = Sandbox::new();
    sandbox.file("in/damaged.jsonl.gz", b"\x1f\x8b\x08\0damaged");
    sandbox.file("out/mine.txt", "mine");
    for command in ["dedup", "scan", "stories"] {
        let run = sandbox.run(&[command, "in", "-o", "out"]).expect(2);
        assert!(run.stderr.contains("not empty"), "{}", run.stderr);
    }
}

#[test]
fn overwrite_removes_only_what_a_run_listed() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", records("a", 3));
    sandbox.run(&["dedup", "in", "-o", "out"]).expect(0);
    sandbox.file("out/clean/sub/thesis.txt", "three years");
    let before = sandbox.tree("out");
    let run = sandbox.run(&["dedup", "in", "-o", "out", "--overwrite"]).expect(2);
    assert!(run.stderr.contains("out/clean/sub/thesis.txt"), "{}", run.stderr);
    assert_eq!(sandbox.tree("out"), before);
    fs::rename(sandbox.path("out/clean/sub/thesis.txt"), sandbox.path("out/thesis.txt")).unwrap();
    fs::remove_dir(sandbox.path("out/clean/sub")).unwrap();
    sandbox.run(&["scan", "in", "-o", "out", "--overwrite"]).expect(0);
    assert_eq!(sandbox.read("out/thesis.txt"), "three years");
    assert!(!sandbox.path("out/clean").exists());
}

#[test]
fn a_run_that_fails_leaves_no_directory_above_its_output() {
    let sandbox = Sandbox::new();
    sandbox.run(&["dedup", "missing.jsonl", "-o", "x/y/z"]).expect(2);
    sandbox.file("in.jsonl.gz", b"\x1f\x8b\x08\0damaged");
    sandbox.run(&["dedup", "in.jsonl.gz", "-o", "x/y/z"]).expect(1);
    assert!(!sandbox.path("x").exists());
}

#[test]
#[cfg(unix)]
fn a_link_in_place_of_the_lock_is_not_followed() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", records("a", 3));
    sandbox.file("precious", "precious");
    fs::create_dir(sandbox.path("out")).unwrap();
    std::os::unix::fs::symlink("../precious", sandbox.path("out/.twicetold-lock")).unwrap();
    sandbox.run(&["dedup", "in", "-o", "out"]).expect(2);
    assert_eq!(sandbox.read("precious"), "precious");
}

/// An output without the figures that differ from run to run.
fn lasting(sandbox: &Sandbox, output: &str) -> Vec<(String, Vec<u8>)> {
    let is_lasting = |name: &str| name != "timing.json" && name != "report.html";
    sandbox.tree(output).into_iter().filter(|(name, _)| is_lasting(name)).collect()
}

#[test]
fn a_run_that_is_killed_leaves_the_old_output_or_the_new_one() {
    let sandbox = Sandbox::new();
    for file in 0..40 {
        sandbox.file(&format!("old/{file}.jsonl"), records(&format!("o{file}"), 2));
        sandbox.file(&format!("new/{file}.jsonl"), records(&format!("n{file}"), 2));
    }
    sandbox.run(&["dedup", "old", "-o", "a"]).expect(0);
    sandbox.run(&["dedup", "new", "-o", "b"]).expect(0);
    let (old, new) = (lasting(&sandbox, "a"), lasting(&sandbox, "b"));
    for attempt in 0..30 {
        let mut child = sandbox
            .command(&["dedup", "new", "-o", "a", "--overwrite"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The staging directory tells that the run is near its end.
        while child.try_wait().unwrap().is_none() && !sandbox.path("a/.twicetold-partial/new/clean").exists()
        {
            sleep(Duration::from_micros(200));
        }
        sleep(Duration::from_micros(400 * attempt));
        drop(child.kill());
        child.wait().unwrap();
        // The next run puts things right before it refuses the directory.
        sandbox.run(&["dedup", "new", "-o", "a"]).expect(2);
        let found = lasting(&sandbox, "a");
        if found == new {
            sandbox.run(&["dedup", "old", "-o", "a", "--overwrite"]).expect(0);
        } else {
            assert!(found == old, "neither: {:?}", found.iter().map(|(name, _)| name).collect::<Vec<_>>());
        }
    }
}

#[test]
fn of_two_runs_into_one_directory_each_writes_all_or_nothing() {
    let sandbox = Sandbox::new();
    sandbox.file("one/a.jsonl", records("a", 50));
    sandbox.file("two/b.jsonl", records("b", 50));
    sandbox.run(&["dedup", "one", "-o", "x"]).expect(0);
    sandbox.run(&["dedup", "two", "-o", "y"]).expect(0);
    for _ in 0..10 {
        let runs = ["one", "two"].map(|input| {
            let mut command = sandbox.command(&["dedup", input, "-o", "out", "--overwrite"]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        });
        let codes = runs.map(|mut run| run.wait().unwrap().code());
        assert!(
            codes.contains(&Some(0)) && codes.iter().all(|code| matches!(code, Some(0 | 2))),
            "{codes:?}"
        );
        let found = lasting(&sandbox, "out");
        assert!(found == lasting(&sandbox, "x") || found == lasting(&sandbox, "y"));
        assert!(!sandbox.path("out/.twicetold-lock").exists());
    }
}

#[test]
fn rejected_records_are_counted_with_the_path_of_their_table() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", records("a", 2) + "{\"text\": 3\n");
    let run = sandbox.run(&["dedup", "in", "-o", "out"]).expect(0);
    assert!(run.stderr.contains("1, listed in out/rejected.jsonl"), "{}", run.stderr);
}

/// Issue 11: going on panicked, or blamed another file, if a file had no record that could be read.
#[test]
fn a_run_goes_on_past_files_without_a_readable_record() {
    for empty in ["a.jsonl", "m.jsonl", "z.jsonl"] {
        let sandbox = Sandbox::new();
        for (name, number) in [("b.jsonl", 1), ("n.jsonl", 2)] {
            sandbox.file(&format!("in/{name}"), record(&format!("r{number}"), &story("same", 30)));
        }
        sandbox.file(&format!("in/{empty}"), "not a record\n");
        let arguments = ["dedup", "in", "-o", "out", "--memory", "60M"];
        // A safety stop keeps the work of the run.
        sandbox.run(&[&arguments[..], &["--abort-if-removed", "0%"]].concat()).expect(4);
        sandbox.run(&[&arguments[..], &["--resume"]].concat()).expect(0);
        sandbox.run(&["dedup", "in", "-o", "plain"]).expect(0);
        for name in ["removed.jsonl", "clusters.jsonl", "rejected.jsonl", "summary.json"] {
            let read = |directory: &str| fs::read(sandbox.path(&format!("{directory}/{name}"))).unwrap();
            assert!(read("out") == read("plain"), "{name}, where {empty} holds no record");
        }
    }
}

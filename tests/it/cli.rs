//! Every command, every way it ends.
#![allow(clippy::cast_possible_truncation, reason = "small numbers of a test")]

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;

use serde_json::json;

use crate::sandbox::{Sandbox, record, story};

/// Two texts told twice and one told once.
fn corpus() -> String {
    let near = story("b", 60).replace("b30 ", "other ");
    [
        record("a1", &story("a", 50)),
        record("b1", &story("b", 60)),
        record("a2", &story("a", 50).to_uppercase()),
        record("b2", &near),
        record("c", &story("c", 50)),
    ]
    .concat()
}

#[test]
fn dedup_keeps_the_original_lines_and_accounts_for_the_rest() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", corpus());
    sandbox.run(&["dedup", "in", "-o", "out"]).expect(0);
    let input = corpus();
    let lines: Vec<&str> = input.lines().collect();
    assert_eq!(sandbox.read("out/clean/a.jsonl"), format!("{}\n{}\n{}\n", lines[0], lines[1], lines[4]));
    let removed = sandbox.lines("out/removed.jsonl");
    assert_eq!(
        removed[0],
        json!({"id": "a2", "file": "a.jsonl", "record": 3, "kept_id": "a1", "kept_file": "a.jsonl",
               "kept_record": 1, "similarity": 1.0, "relation": "exact"})
    );
    assert_eq!((&removed[1]["id"], &removed[1]["relation"]), (&json!("b2"), &json!("near")));
    assert_eq!(removed[1]["similarity"], json!(51.0 / 61.0));
    let clusters = sandbox.lines("out/clusters.jsonl");
    assert_eq!(clusters.len(), 2);
    assert_eq!(clusters[0]["members"][1]["id"], "a2");
    let counts = &sandbox.json("out/summary.json")["documents"];
    assert_eq!((&counts["read"], &counts["kept"], &counts["removed"]), (&json!(5), &json!(3), &json!(2)));
    assert!(sandbox.json("out/timing.json")["cpu_seconds"].is_number());
}

#[test]
fn standard_input_goes_to_standard_output() {
    let sandbox = Sandbox::new();
    let run = sandbox.run_with_input(&["dedup", "-"], corpus().as_bytes()).expect(0);
    assert_eq!(run.stdout.lines().count(), 3);
    assert!(run.stderr.contains("removed            2 (40.0 %)"), "{}", run.stderr);
    let quiet = sandbox.run_with_input(&["dedup", "-", "--quiet"], corpus().as_bytes()).expect(0);
    assert_eq!((quiet.stderr.as_str(), quiet.stdout), ("", run.stdout));
    assert_eq!(sandbox.tree("").len(), 0);
}

#[test]
fn compressed_files_come_back_compressed() {
    let sandbox = Sandbox::new();
    sandbox.file("in/z.jsonl.zst", zstd::encode_all(corpus().as_bytes(), 3).unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(corpus().replace("\"a", "\"z").replace("\"b", "\"y").as_bytes()).unwrap();
    sandbox.file("in/g.jsonl.gz", gzip.finish().unwrap());
    sandbox.run(&["dedup", "in", "-o", "out"]).expect(0);
    let kept = fs::read(sandbox.path("out/clean/g.jsonl.gz")).unwrap();
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&kept[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 3);
    // Everything in the second file repeats the first; what is left is a valid file of nothing.
    let kept = fs::read(sandbox.path("out/clean/z.jsonl.zst")).unwrap();
    assert_eq!(zstd::decode_all(&kept[..]).unwrap(), b"");
}

#[test]
fn a_directory_of_texts_keeps_the_files_it_keeps() {
    let sandbox = Sandbox::new();
    sandbox.file("in/one.txt", story("a", 30));
    sandbox.file("in/deep/two.txt", story("a", 30) + "\n");
    sandbox.file("in/three.txt", story("b", 30));
    sandbox.run(&["dedup", "in", "-o", "out"]).expect(0);
    let names: Vec<String> = sandbox.tree("out/clean").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["deep/two.txt", "three.txt"]);
    assert_eq!(sandbox.lines("out/removed.jsonl")[0]["id"], "one.txt:1");
}

#[test]
fn bad_lines_are_listed_and_the_run_goes_on() {
    let sandbox = Sandbox::new();
    let mut input = record("a", &story("a", 20)).into_bytes();
    input.extend(b"{\"text\": \"cut\n");
    input.extend(b"{\"body\": \"no text here\"}\n\n");
    input.extend(b"{\"text\": 5}\n[1]\n{\"text\": \"\xff\"}\n");
    input.extend(record("long", &story("l", 2000)).into_bytes());
    sandbox.file("bad.jsonl", &input);
    sandbox.run(&["dedup", "bad.jsonl", "-o", "out", "--max-record", "1K"]).expect(0);
    let rejected = sandbox.lines("out/rejected.jsonl");
    let reasons: Vec<(u64, &str)> = rejected
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(reasons.len(), 6, "{reasons:?}");
    assert!(reasons[0].1.starts_with("not valid JSON"), "{reasons:?}");
    assert_eq!(reasons[1], (3, "no field \"text\""));
    assert_eq!(reasons[2], (5, "field \"text\" is not a string"));
    assert_eq!(reasons[3], (6, "not a JSON object"));
    assert_eq!(reasons[4], (7, "not valid UTF-8"));
    assert!(reasons[5].1.starts_with("longer than 1024 bytes"), "{reasons:?}");
    let byte = rejected[4]["byte"].as_u64().unwrap() as usize;
    assert_eq!(input[byte], 0xff);
    let counts = &sandbox.json("out/summary.json")["documents"];
    assert_eq!((&counts["read"], &counts["kept"], &counts["rejected"]), (&json!(7), &json!(1), &json!(6)));
}

#[test]
fn strict_refuses_a_bad_line_before_anything_is_written() {
    let sandbox = Sandbox::new();
    sandbox.file("bad.jsonl", record("a", "x y") + "{\n");
    let run = sandbox.run(&["dedup", "bad.jsonl", "-o", "out", "--strict"]).expect(3);
    assert!(run.stderr.contains("bad.jsonl:2: not valid JSON"), "{}", run.stderr);
    assert!(!sandbox.path("out").exists());
}

#[test]
fn a_wrong_call_is_one_line_and_status_2() {
    let sandbox = Sandbox::new();
    sandbox.file("a.jsonl", corpus());
    sandbox.file("full/mine.txt", "x");
    sandbox.file("odd.jsonl", "{\"headline\": 5, \"url\": \"u\"}\n");
    sandbox.file("empty/.hidden", "");
    for (arguments, message) in [
        (&["dedup", "nowhere.jsonl", "-o", "out"][..], "nowhere.jsonl: no such file"),
        (&["dedup", "a.jsonl"], "output is not given"),
        (&["scan", "a.jsonl", "--memory", "64M", "--resume"], "named with -o DIR where --resume"),
        (&["dedup", "a.jsonl", "-o", "out", "--resume"], "resume is given without --memory"),
        (&["dedup", "a.jsonl", "-o", "full"], "full: the output directory is not empty"),
        (&["dedup", "a.jsonl", "-o", "a.jsonl"], "cannot write to the output directory"),
        (&["dedup", "a.jsonl", "-o", "out", "--threshold", "1.5"], "threshold is 1.5, but must be"),
        (&["dedup", "a.jsonl", "-o", "out", "--hashes", "0"], "hashes is 0"),
        (&["dedup", "a.jsonl", "-o", "out", "--bands", "50", "--rows", "50"], "bands x rows is 50 x 50"),
        (&["dedup", "a.jsonl", "-o", "out", "--threshold", "0.01"], "recall is 0.99"),
        (&["dedup", "a.jsonl", "-o", "out", "--keep", "best"], "keep is best"),
        (&["dedup", "a.jsonl", "-o", "out", "--keep", "earliest"], "date-field"),
        (&["dedup", "odd.jsonl", "-o", "out"], "this file has: headline, url"),
        (&["dedup", "empty", "-o", "out"], "no input"),
        (&["explain", "x", "y", "--in", "a.jsonl"], "no document with id x"),
        (&["explain", "x", "y"], "x: no such file"),
        (&["truth", "a.jsonl", "--containment", "0"], "containment is 0"),
        (&["curve", "--recall", "2"], "recall is 2"),
        (&["dedup", "a.jsonl", "-o", "out", "--max-record", "lots"], "is not a size"),
        (&["dedup", "a.jsonl", "-o", "out", "--no-such-flag"], "unexpected argument"),
    ] {
        let run = sandbox.run(arguments).expect(2);
        assert!(run.stderr.contains(message), "{arguments:?} says:\n{}", run.stderr);
        assert!(!sandbox.path("out").exists(), "{arguments:?}");
    }
}

#[test]
fn damaged_compressed_input_is_a_failure_that_leaves_nothing() {
    let sandbox = Sandbox::new();
    let whole = zstd::encode_all(story("a", 5000).as_bytes(), 3).unwrap();
    sandbox.file("cut.jsonl.zst", &whole[..whole.len() / 2]);
    let run = sandbox.run(&["dedup", "cut.jsonl.zst", "-o", "out"]).expect(1);
    assert!(
        run.stderr.contains("cut.jsonl.zst: the compressed data is damaged or cut short"),
        "{}",
        run.stderr
    );
    assert!(!sandbox.path("out").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_failure() {
    let sandbox = Sandbox::new();
    sandbox.file("a.jsonl", corpus());
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox
        .command(&["dedup", "-", "--quiet"])
        .stdin(fs::File::open(sandbox.path("a.jsonl")).unwrap())
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"));
}

#[test]
fn a_closed_pipe_is_success() {
    let sandbox = Sandbox::new();
    let many: String = (0..3000).map(|n| record(&format!("d{n}"), &story(&format!("t{n}w"), 50))).collect();
    sandbox.file("a.jsonl", many);
    let mut child = sandbox
        .command(&["dedup", "-", "--quiet"])
        .stdin(fs::File::open(sandbox.path("a.jsonl")).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn overwrite_replaces_what_an_earlier_run_left() {
    let sandbox = Sandbox::new();
    sandbox.file("a.jsonl", corpus());
    sandbox.run(&["dedup", "a.jsonl", "-o", "out"]).expect(0);
    sandbox.file("b.jsonl", record("x", "one two three"));
    sandbox.run(&["dedup", "b.jsonl", "-o", "out"]).expect(2);
    sandbox.run(&["dedup", "b.jsonl", "-o", "out", "--overwrite"]).expect(0);
    let names: Vec<String> = sandbox.tree("out/clean").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["b.jsonl"]);
}

#[test]
fn scan_writes_no_corpus() {
    let sandbox = Sandbox::new();
    sandbox.file("a.jsonl", corpus());
    let run = sandbox.run(&["scan", "a.jsonl", "--json"]).expect(0);
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed["summary"]["documents"]["removed"], 2);
    sandbox.run(&["scan", "a.jsonl", "-o", "out"]).expect(0);
    assert!(!sandbox.path("out/clean").exists());
    assert_eq!(sandbox.lines("out/clusters.jsonl").len(), 2);
}

#[test]
fn the_priority_decides_which_repeat_stays() {
    let sandbox = Sandbox::new();
    let line = |id: &str, source: &str, date: &str, score: f64, text: &str| {
        let line = json!({"id": id, "source": source, "date": date, "score": score, "text": text});
        format!("{line}\n")
    };
    let long = story("a", 50) + " and more";
    sandbox.file(
        "a.jsonl",
        [
            line("first", "Gazette", "2007-04-12", 1.0, &story("a", 50)),
            line("long", "Post", "11Apr2007", 3.0, &long),
            line("old", "Wire", "Tue, 10 Apr 2007 08:00:00 +0000", 2.0, &story("a", 50)),
        ]
        .concat(),
    );
    for (arguments, kept) in [
        (&["--keep", "first"][..], "first"),
        (&["--keep", "longest"], "long"),
        (&["--keep", "earliest"], "old"),
        (&["--keep", "latest"], "first"),
        (&["--keep", "max:score"], "long"),
        (&["--keep", "min:score"], "first"),
        (&["--prefer-source", "Wire,Post"], "old"),
        (&["--prefer-source", "Post,Wire", "--keep", "earliest"], "long"),
        (&["--prefer-source", "Post,Wire", "--keep", "earliest,source"], "old"),
    ] {
        let mut all = vec!["dedup", "a.jsonl", "-o", "out", "--overwrite", "--threshold", "0.9"];
        all.extend(arguments);
        sandbox.run(&all).expect(0);
        assert_eq!(sandbox.lines("out/clean/a.jsonl")[0]["id"], kept, "{arguments:?}");
        assert_eq!(sandbox.lines("out/removed.jsonl").len(), 2, "{arguments:?}");
    }
}

#[test]
fn nested_fields_are_named_by_paths() {
    let sandbox = Sandbox::new();
    let line = json!({"doc": {"body": story("a", 20)}, "meta": {"url": "u1"}});
    sandbox.file("a.jsonl", format!("{line}\n{}\n", line.to_string().replace("u1", "u2")));
    let arguments = ["dedup", "a.jsonl", "-o", "out", "--text-field", "doc.body", "--id-field", "meta.url"];
    sandbox.run(&arguments).expect(0);
    assert_eq!(sandbox.lines("out/removed.jsonl")[0]["id"], "u2");
}

#[test]
fn short_texts_are_one_shingle_and_empty_ones_are_kept() {
    let sandbox = Sandbox::new();
    let texts = ["", "Hello, world", "hello world!", "...", "hello", ""];
    let lines: String = texts.iter().map(|text| record("x", text)).collect();
    sandbox.file("a.jsonl", lines);
    sandbox.run(&["dedup", "a.jsonl", "-o", "out"]).expect(0);
    let summary = sandbox.json("out/summary.json");
    assert_eq!(summary["documents"]["removed"], 1);
    assert_eq!(summary["documents"]["without_tokens"], 3);
}

#[test]
fn generate_plants_what_dedup_finds() {
    let sandbox = Sandbox::new();
    let arguments = ["generate", "--docs", "3000", "--seed", "7", "--duplicates", "0.3", "-o", "archive"];
    sandbox.run(&arguments).expect(0);
    sandbox.run(&["dedup", "archive/docs.jsonl", "-o", "out"]).expect(0);
    let removed: Vec<String> =
        sandbox.lines("out/removed.jsonl").iter().map(|line| line["id"].to_string()).collect();
    let truth = sandbox.lines("archive/truth.jsonl");
    let planted: Vec<String> = truth.iter().map(|line| line["id"].to_string()).collect();
    // Copies stand behind their originals, so whatever goes is a copy.
    assert!(removed.iter().all(|id| planted.contains(id)));
    let similar: Vec<_> = truth.iter().filter(|line| line["jaccard"].as_f64().unwrap() >= 0.85).collect();
    let found = similar.iter().filter(|line| removed.contains(&line["id"].to_string())).count();
    assert!(similar.len() > 100 && found * 100 >= similar.len() * 99, "{found} of {}", similar.len());
}

#[test]
fn generate_says_what_is_wrong() {
    let sandbox = Sandbox::new();
    sandbox.file("full/mine.txt", "x");
    for (arguments, message) in [
        (&["generate", "-o", "full"][..], "not empty"),
        (&["generate", "-o", "out", "--edits", "burn"], "edit"),
        (&["generate", "-o", "out", "--duplicates", "1"], "duplicates is 1"),
        (&["generate", "-o", "out", "--from", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
    ] {
        let run = sandbox.run(arguments).expect(2);
        assert!(run.stderr.contains(message), "{arguments:?} says:\n{}", run.stderr);
    }
    assert!(!sandbox.path("out").exists());
}

#[test]
fn a_field_that_is_nowhere_is_refused_whatever_it_is_for() {
    let sandbox = Sandbox::new();
    sandbox.file(
        "in.jsonl",
        "{\"id\":\"1\",\"text\":\"a b c\",\"source\":\"x\",\"date\":\"2020-01-01\",\"score\":1}\n",
    );
    for (flags, message) in [
        (
            ["--source-field", "sorce"],
            "no field \"sorce\"; this file has: id, text, source, date, score; did you mean \"source\"?; name it with --source-field",
        ),
        (["--date-field", "dat"], "did you mean \"date\"?; name it with --date-field"),
        (["--id-field", "number"], "score; name it with --id-field"),
        (["--keep", "max:scores"], "did you mean \"score\"?; name it with --keep"),
        (["--threads", "0"], "it must be a whole number from 1 to 1024"),
        (["--threads", "100000"], "it must be a whole number from 1 to 1024"),
    ] {
        let run = sandbox.run(&["dedup", "in.jsonl", "-o", "out", flags[0], flags[1]]).expect(2);
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(!sandbox.path("out").exists());
    }
}

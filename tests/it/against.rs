//! The input compared with a reference: held against the definition, and as its users meet it.

use std::io::Write;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};
use twicetold::corpus::{Corpus, OpenOptions};
use twicetold::engine::{Dedup, Matching};
use twicetold::{Recall, Threshold};

use crate::brute_force::{jaccard, lines, texts};
use crate::sandbox::{Sandbox, record, story};

/// What becomes of each text by the definition: kept, or removed, and whether on account of a reference.
fn obvious(texts: &[String], references: &[String], threshold: f64) -> Vec<Option<bool>> {
    let mut kept: Vec<String> = Vec::new();
    let decide = |text: &String| {
        let repeats = |others: &[String]| others.iter().any(|other| jaccard(text, other) >= threshold);
        let fate = if repeats(references) {
            Some(true)
        } else if repeats(&kept) {
            Some(false)
        } else {
            None
        };
        if fate.is_none() {
            kept.push(text.clone());
        }
        fate
    };
    texts.iter().map(decide).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_repeats_a_reference_goes_and_all_else_is_decided_as_ever(
        texts in texts(60), references in texts(40), percent in 20u32..=100, is_exact in any::<bool>(),
    ) {
        let threshold = f64::from(percent.max(if is_exact { 20 } else { 40 })) / 100.0;
        let sandbox = Sandbox::new();
        let path: PathBuf = sandbox.file("texts.jsonl", lines(&texts));
        let against = vec![sandbox.file("references.jsonl", lines(&references))];
        let options = with!(OpenOptions::new(sandbox.path("")), against);
        let corpus = Corpus::open(&[path], &options).unwrap();
        let matching = with!(Matching::default(), threshold: Threshold::new(threshold).unwrap(),
            recall: Recall::new(if is_exact { 1.0 } else { 0.99 }).unwrap());
        let outcome = with!(Dedup::default(), matching).decide(&corpus, &()).unwrap();
        let mut decided = vec![None; texts.len()];
        for removal in outcome.removals() {
            let by = removal.by.index();
            decided[removal.document.index()] = Some(by >= texts.len());
            let kept = if by < texts.len() { &texts[by] } else { &references[by - texts.len()] };
            prop_assert_eq!(removal.similarity, jaccard(&texts[removal.document.index()], kept));
            prop_assert!(removal.similarity >= threshold);
        }
        for removal in outcome.removals() {
            prop_assert!(decided.get(removal.by.index()).is_none_or(Option::is_none));
        }
        if is_exact {
            prop_assert_eq!(decided, obvious(&texts, &references, threshold));
        }
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Inputs and references in several formats and under several names; of the inputs, `b`, `d` and `e` stand in the
/// reference, and `c` repeats `a`.
fn mixed(sandbox: &Sandbox) {
    let near = story("two", 60).replace("two30 ", "other ");
    let input = [("a", story("one", 40)), ("b", near), ("c", story("one", 40))];
    let input: String = input.iter().map(|(id, text)| record(id, text)).collect();
    sandbox.file("in/part.jsonl.gz", gzip(&input));
    let table = format!("id,text\nd,{}\ne,{}\nf,{}\n", story("three", 30), story("four", 30), story("x", 9));
    sandbox.file("in/table.csv", table);
    let questions = format!("question,number\n{},1\n{},2\n", story("two", 60), story("three", 30));
    sandbox.file("questions.csv", questions);
    let line = |text: &str| format!("{}\n", json!({ "question": text, "source": "exam" }));
    let more =
        [line(&story("four", 30)), line(&story("four", 30)), "{\"question\": 5}\n".to_owned()].concat();
    sandbox.file("more/deep/exam.jsonl.zst", zstd::encode_all(more.as_bytes(), 1).unwrap());
}

const MIXED: [&str; 8] =
    ["dedup", "in", "--against-text-field", "question", "--against", "questions.csv", "more", "-o"];

#[test]
fn references_of_any_format_remove_and_are_never_written() {
    let sandbox = Sandbox::new();
    mixed(&sandbox);
    let run = sandbox.run(&[&MIXED[..], &["out"]].concat()).expect(0);
    assert!(
        run.stderr.contains("in the reference") && run.stderr.contains("3, which repeat 3 of its 5 records"),
        "{}",
        run.stderr
    );
    let removed: Vec<Value> = sandbox.lines("out/removed.jsonl");
    let told = |line: &Value| {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (text("id"), text("kept_file"), line["kept_record"].clone(), line["reference"].clone())
    };
    let expected = [
        ("b", "questions.csv", 1, true.into()),
        ("c", "part.jsonl.gz", 1, Value::Null),
        ("d", "questions.csv", 2, true.into()),
        ("e", "deep/exam.jsonl.zst", 1, true.into()),
    ];
    let expected = expected.map(|(id, file, record, reference): (&str, &str, i32, Value)| {
        (id.to_owned(), file.to_owned(), record.into(), reference)
    });
    assert_eq!(removed.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(removed[3]["kept_id"], "deep/exam.jsonl.zst:1");

    let summary = sandbox.json("out/summary.json");
    let reference = json!({ "files": 2, "read": 5, "rejected": 1, "met": 3, "removed": 3 });
    assert_eq!(summary["reference"], reference);
    let documents = &summary["documents"];
    let counts = ["read", "kept", "removed", "rejected"].map(|name| documents[name].as_u64().unwrap());
    assert_eq!(counts, [6, 2, 4, 0]);
    let rejected = sandbox.lines("out/rejected.jsonl");
    assert_eq!(
        (rejected.len(), &rejected[0]["reference"], &rejected[0]["line"]),
        (1, &true.into(), &3.into())
    );

    let clusters = sandbox.lines("out/clusters.jsonl");
    let in_reference = clusters.iter().filter(|cluster| cluster["reference"] == true);
    assert_eq!((clusters.len(), in_reference.count()), (4, 3));
    let exam = clusters.iter().find(|c| c["representative"] == "deep/exam.jsonl.zst:1").unwrap();
    assert_eq!((&exam["sources"], &exam["members"][1]["reference"]), (&json!(["exam"]), &true.into()));

    let clean: Vec<String> = sandbox.tree("out/clean").into_iter().map(|(name, _)| name).collect();
    assert_eq!(clean, ["part.jsonl.gz", "table.csv"]);
    assert_eq!(sandbox.read("out/clean/table.csv"), format!("id,text\nf,{}\n", story("x", 9)));
}

#[test]
fn the_output_is_the_same_for_any_threads_memory_and_order_of_names() {
    let sandbox = Sandbox::new();
    // Families of references and of inputs, some too large to be paired.
    let line = |n: u32, family: u32| {
        let words = if family == 0 { 40 } else { 25 };
        let text = format!("{} {}", story(&format!("f{family}w"), words), story(&format!("n{n}w"), 2));
        record(&format!("d{n}"), &text)
    };
    for (file, numbers) in [("in/a", 0..1500), ("in/b", 1500..3000), ("old/c", 3000..3200), ("old/d", 0..200)]
    {
        let family = |n: u32| if n.is_multiple_of(3) { 0 } else { n % 409 };
        let content: String = numbers.map(|n| line(n, family(n))).collect();
        sandbox.file(&format!("{file}.jsonl"), content);
    }
    let output = |name: &str, inputs: &[&str], references: &[&str], more: &[&str]| {
        let arguments = [
            &["dedup", "-o", name, "--quiet"],
            inputs,
            &["--keep", "longest"],
            more,
            &["--against"],
            references,
        ];
        sandbox.run(&arguments.concat()).expect(0);
        let mut tree = sandbox.tree(name);
        tree.retain(|(name, _)| name != "timing.json");
        tree
    };
    let expected = output("out", &["in"], &["old"], &[]);
    let summary = sandbox.json("out/summary.json");
    assert!(summary["reference"]["removed"].as_u64().unwrap() > 1500, "{summary:#}");
    assert!(summary["index"]["crowded"].as_u64().unwrap() > 1000, "{summary:#}");
    assert!(summary["documents"]["removed"].as_u64() > summary["reference"]["removed"].as_u64());
    let files = (["in/b.jsonl", "in/a.jsonl"], ["old/d.jsonl", "old/c.jsonl"]);
    assert!(expected == output("one", &files.0, &files.1, &["--threads", "1"]));
    assert!(expected == output("five", &files.0, &["old"], &["--threads", "5"]));
    assert!(expected == output("bounded", &["in"], &files.1, &["--memory", "24M"]));
}

#[test]
fn a_reference_that_repeats_another_stays_and_the_first_is_named() {
    let sandbox = Sandbox::new();
    sandbox
        .file("in.jsonl", record("copy", &story("a", 40).to_uppercase()) + &record("own", &story("b", 40)));
    let references = [("r1", story("b", 60)), ("r2", story("a", 40)), ("r3", story("a", 40))];
    let references: String = references.iter().map(|(id, text)| record(id, text)).collect();
    sandbox.file("old.jsonl", references);
    sandbox.run(&["scan", "in.jsonl", "-o", "out", "--against", "old.jsonl"]).expect(0);
    let removed = sandbox.lines("out/removed.jsonl");
    assert_eq!(removed.len(), 1);
    let told = ["id", "kept_id", "relation"].map(|name| removed[0][name].as_str().unwrap());
    assert_eq!(told, ["copy", "r2", "exact"]);
    // Nothing but the reference stands behind the share that is removed.
    let stop = ["--abort-if-removed", "49%"];
    let arguments = [&["dedup", "in.jsonl", "-o", "out2"], &stop[..], &["--against", "old.jsonl"]].concat();
    let run = sandbox.run(&arguments).expect(4);
    assert!(run.stderr.contains("1 of 2 documents"), "{}", run.stderr);
}

#[test]
fn paragraphs_are_looked_at_in_kept_documents_only() {
    let sandbox = Sandbox::new();
    let (shared, own) = (story("s", 15), story("o", 40));
    sandbox.file("in.jsonl", record("1", &format!("{shared}\n\n{own}")));
    sandbox.file("old.jsonl", record("r", &format!("{shared}\n\n{}", story("q", 80))));
    let arguments = ["dedup", "in.jsonl", "--paragraphs", "remove", "-o", "out", "--against", "old.jsonl"];
    sandbox.run(&arguments).expect(0);
    assert_eq!(sandbox.read("out/clean/in.jsonl"), sandbox.read("in.jsonl"));
    assert_eq!(sandbox.json("out/summary.json")["paragraphs"]["read"], 2);
}

#[test]
fn calls_that_make_no_sense_are_refused_by_name() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", record("1", "some text"));
    sandbox.file("in/b.jsonl", record("2", "other text"));
    sandbox.file("more.jsonl", record("r", "some text"));
    sandbox.file("old.csv", "question,other\nx,y\n");
    for (arguments, message) in [
        (&["in", "--against", "in/b.jsonl"][..], "no file that is among the inputs"),
        (&["-", "--against", "-"], "no file that is among the inputs"),
        (&["in", "--against", "nowhere"], "nowhere: no such file"),
        (&["in", "--against", "old.csv"], "name it with --against-text-field"),
        (&["in", "--against-text-field", "qestion", "--against", "old.csv"], "did you mean \"question\"?"),
        (&["in", "--dry-run", "--against", "more.jsonl"], "dry-run is given with against"),
    ] {
        let run = sandbox.run(&[&["dedup", "-o", "out"], arguments].concat()).expect(2);
        assert!(run.stderr.contains(message), "{arguments:?} says:\n{}", run.stderr);
        assert!(!sandbox.path("out").exists());
    }
    let strict = ["dedup", "in", "--strict", "-o", "out", "--against", "bad.jsonl"];
    sandbox.file("bad.jsonl", record("r", "text") + "{\"text\": 5}\n");
    assert!(sandbox.run(&strict).expect(3).stderr.contains("bad.jsonl:2"));
}

#[test]
fn the_kept_records_of_a_pipe_are_compared_too() {
    let sandbox = Sandbox::new();
    sandbox.file("old.jsonl", record("r", &story("a", 40)));
    let (old, new) = (record("1", &story("a", 40)), record("2", &story("b", 40)));
    let run =
        sandbox.run_with_input(&["dedup", "-", "--against", "old.jsonl"], (old + &new).as_bytes()).expect(0);
    assert_eq!(run.stdout, new);
}

//! `eval`: any tool's result against labels, in every form in which either may come.

use serde_json::{Value, json};

use crate::sandbox::{Run, Sandbox, record, story};

/// The JSON that a call prints.
fn evaluated(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let run = sandbox.run(&[&["eval"], arguments, &["--json", "--bootstrap", "20"]].concat()).expect(0);
    serde_json::from_str(&run.stdout).unwrap()
}

fn value(evaluation: &Value, figure: &str) -> f64 {
    evaluation["figures"][figure]["value"].as_f64().unwrap_or_else(|| panic!("no {figure}: {evaluation:#}"))
}

/// Labels of two stories, one told three times and one twice, and of a document that is alone.
fn labelled(sandbox: &Sandbox) {
    sandbox.file("labels.csv", "id,story\na1,x\na2,x\na3,x\nb1,y\nb2,y\nc1,z\n");
}

#[test]
fn clusters_are_read_in_every_form() {
    let sandbox = Sandbox::new();
    labelled(&sandbox);
    // a3 is missed, and c1 is taken for b.
    let forms = [
        ("r.jsonl", "{\"id\":\"a1\",\"cluster\":1}\n{\"id\":\"a2\",\"cluster\":1}\n{\"id\":\"a3\",\"cluster\":null}\n{\"cluster\":\"1 \",\"id\":\"b1\"}\n{\"id\":\"b2\",\"cluster\":\"1 \"}\n{\"id\":\"c1\",\"cluster\":\"1 \"}\n".to_owned()),
        ("r.csv", "cluster_id,id\n1,a1\n1,a2\n3,a3\n2,b1\n2,b2\n2,c1\n".to_owned()),
        ("crlf.csv", "\u{feff}id,cluster\r\na1,1\r\na2,1\r\na3,3\r\nb1,2\r\nb2,2\r\nc1,2\r\n".to_owned()),
        ("quoted.tsv", "\"id\"\t\"cluster\"\n\"a1\"\t1\na2\t1\na3\t\nb1\t2\nb2\t2\nc1\t2\n".to_owned()),
        ("lists.jsonl", "[\"a1\",\"a2\"]\n[\"a3\"]\n\n[\"b1\",\"b2\",\"c1\"]\n".to_owned()),
        ("one.json", "[\n  [\"a1\", \"a2\"],\n  [\"a3\"],\n  [\"b1\", \"b2\", \"c1\"]\n]\n".to_owned()),
    ];
    for (name, content) in forms {
        sandbox.file(name, content);
        let evaluation = evaluated(&sandbox, &[name, "--labels", "labels.csv"]);
        assert_eq!(evaluation["pairs"], json!({ "labelled": 4, "found": 4, "both": 2 }), "{name}");
        assert_eq!(evaluation["result"]["form"], "clusters", "{name}");
        assert_eq!((value(&evaluation, "pair_precision"), value(&evaluation, "pair_recall")), (0.5, 0.5));
    }
}

#[test]
fn pairs_are_read_in_every_form() {
    let sandbox = Sandbox::new();
    labelled(&sandbox);
    let forms = [
        ("truth.tsv", "a1\ta2\t0.9000\t1.0000\nb1\tc1\t0.5000\t0.6000\n"),
        (
            "truth.jsonl",
            "{\"a\":\"a1\",\"b\":\"a2\",\"jaccard\":0.9,\"containment\":1}\n{\"a\":\"b1\",\"b\":\"c1\",\"jaccard\":0.5,\"containment\":0.6}\n",
        ),
        ("named.csv", "id1,id2,score\na2,a1,0.9\nb1,c1,0.5\n"),
        ("unnamed.csv", "a2,a1,0.9\nb1,c1,0.5\n"),
        (
            "removed.jsonl",
            "{\"id\":\"a2\",\"kept_id\":\"a1\",\"similarity\":0.9}\n{\"id\":\"b1\",\"kept_id\":\"c1\",\"similarity\":0.5}\n",
        ),
    ];
    for (name, content) in forms {
        sandbox.file(name, content);
        let evaluation = evaluated(&sandbox, &[name, "--labels", "labels.csv"]);
        assert_eq!(evaluation["pairs"], json!({ "labelled": 4, "found": 2, "both": 1 }), "{name}");
        assert_eq!(evaluation["similarities_from"], "result", "{name}");
        let bins = evaluation["bins"].as_array().unwrap();
        let found: Vec<_> = bins.iter().map(|bin| (bin["from"].as_f64(), bin["found"].as_u64())).collect();
        assert_eq!(found, [(Some(0.5), Some(1)), (Some(0.9), Some(1)), (None, Some(0))], "{name}");
    }
    sandbox.file("two.csv", "a1,a2\nb1,c1\n");
    let refused = sandbox.run(&["eval", "two.csv", "--labels", "labels.csv"]).expect(2);
    assert!(refused.stderr.contains("two.csv: ") && refused.stderr.contains("--form"), "{}", refused.stderr);
    let pairs = evaluated(&sandbox, &["two.csv", "--labels", "labels.csv", "--form", "pairs"]);
    assert_eq!(pairs["pairs"]["found"], 2);
    let clusters = evaluated(&sandbox, &["two.csv", "--labels", "labels.csv", "--form", "clusters"]);
    assert_eq!(clusters["only_in_result"]["count"], 0);
    assert_eq!(clusters["pairs"]["found"], 0);
}

#[test]
fn kept_ids_are_told_by_copies_left_and_originals_lost() {
    let sandbox = Sandbox::new();
    labelled(&sandbox);
    // Of x one copy is left, of y all are lost, and z is kept.
    for (name, content) in [
        ("kept.txt", "a1\na2\nc1\n"),
        ("kept.jsonl", "{\"id\":\"a1\",\"text\":\"t\"}\n{\"id\":\"a2\"}\n{\"id\":\"c1\"}\n"),
        ("kept.csv", "id,cluster,kept\na1,1,true\na2,1,1\na3,1,false\nb1,2,0\nb2,2,false\nc1,3,true\n"),
    ] {
        sandbox.file(name, content);
        let evaluation = evaluated(&sandbox, &[name, "--labels", "labels.csv"]);
        let expected = json!({
            "documents": 6, "removed": 3, "originals_lost": 1, "unjustified": 2, "copies_left": 1, "pairs_left": 1,
        });
        assert_eq!(evaluation["kept"], expected, "{name}");
        assert_eq!(value(&evaluation, "removal_precision"), 2.0 / 3.0);
        assert_eq!(value(&evaluation, "removal_recall"), 2.0 / 3.0);
    }
}

#[test]
fn records_with_a_text_and_a_cluster_are_not_guessed() {
    let sandbox = Sandbox::new();
    labelled(&sandbox);
    let records = [("a1", 1), ("a2", 1), ("c1", 2)];
    let line = |(id, story): (&str, u32)| format!("{}\n", json!({ "id": id, "text": "t", "story": story }));
    sandbox.file("kept.jsonl", records.map(line).concat());
    let call = ["eval", "kept.jsonl", "--labels", "labels.csv"];
    assert!(sandbox.run(&call).expect(2).stderr.contains("--form kept, clusters"));
    let kept = evaluated(&sandbox, &["kept.jsonl", "--labels", "labels.csv", "--form", "kept"]);
    assert_eq!(kept["kept"]["removed"], 3);
    let clusters = evaluated(&sandbox, &["kept.jsonl", "--labels", "labels.csv", "--result-field", "story"]);
    assert_eq!(clusters["pairs"]["found"], 1);
    // What annotates each record says it by itself.
    let text = story("a", 60);
    sandbox.file("in.jsonl", ["a1", "a2", "c1"].map(|id| record(id, &text)).concat());
    sandbox.run(&["dedup", "in.jsonl", "-o", "out", "--mode", "annotate"]).expect(0);
    let annotated = evaluated(&sandbox, &["out/annotated/in.jsonl", "--labels", "labels.csv"]);
    assert_eq!((&annotated["pairs"]["found"], &annotated["kept"]["removed"]), (&json!(3), &json!(2)));
}

#[test]
fn a_run_is_measured_by_a_field_of_its_corpus_and_by_the_exact_truth() {
    let sandbox = Sandbox::new();
    let texts = [("a1", "a", "x"), ("a2", "a", "x"), ("b1", "b", "y"), ("b2", "b", "y"), ("c1", "c", "z")];
    let line = |(id, text, story_of): (&str, &str, &str)| {
        format!("{}\n", json!({ "id": id, "text": story(text, 60), "story": story_of }))
    };
    sandbox.file("in.jsonl", texts.map(line).concat());
    sandbox.run(&["dedup", "in.jsonl", "-o", "out"]).expect(0);
    let by_field = evaluated(&sandbox, &["out", "--labels", "in.jsonl", "--label-field", "story"]);
    assert_eq!(by_field["result"]["form"], "dedup");
    assert_eq!((value(&by_field, "pair_f1"), value(&by_field, "removal_f1")), (1.0, 1.0));
    assert_eq!(by_field["kept"]["removed"], 2);
    // Through the reader of corpora, in another format.
    let array: Vec<Value> = texts.map(|text| serde_json::from_str(&line(text)).unwrap()).into();
    sandbox.file("in.json", json!(array).to_string());
    let by_corpus = evaluated(&sandbox, &["out", "--labels", "in.json", "--label-field", "story"]);
    assert_eq!(by_corpus["labels"]["form"], "corpus");
    assert_eq!(by_corpus["figures"], by_field["figures"]);
    let truth = sandbox.run(&["truth", "in.jsonl", "--threshold", "0.5"]).expect(0);
    sandbox.file("truth.tsv", truth.stdout);
    let call = ["out", "--labels", "truth.tsv", "--threshold", "0.8", "--corpus", "in.jsonl"];
    let by_truth = evaluated(&sandbox, &call);
    assert_eq!((by_truth["documents"].as_u64(), value(&by_truth, "pair_f1")), (Some(5), 1.0));
    assert_eq!(by_truth["similarities_from"], "labels");
    assert_eq!(by_truth["bins"][0]["from"], 1.0);
    // The kept ids as a list, and pairs that are in the wrong order.
    sandbox.run(&["dedup", "in.jsonl", "-o", "listed", "--mode", "list"]).expect(0);
    let list = sandbox.tree("listed").into_iter().find(|(name, _)| name.contains("kept")).unwrap();
    let by_list = evaluated(
        &sandbox,
        &[&format!("listed/{}", list.0), "--labels", "in.jsonl", "--label-field", "story"],
    );
    assert_eq!(by_list["kept"], by_field["kept"]);
}

#[test]
fn a_corpus_gives_exact_similarities_and_documents_in_no_pair() {
    let sandbox = Sandbox::new();
    let records =
        [record("a1", &story("a", 60)), record("a2", &story("a", 60)), record("c1", &story("c", 60))];
    sandbox.file("in.jsonl", records.concat());
    sandbox.file("labels.tsv", "id_a\tid_b\na1\ta2\n");
    sandbox.file("found.jsonl", "[\"a1\",\"a2\"]\n");
    let without = evaluated(&sandbox, &["found.jsonl", "--labels", "labels.tsv"]);
    assert_eq!((&without["documents"], without.get("bins")), (&json!(2), None));
    let with = evaluated(&sandbox, &["found.jsonl", "--labels", "labels.tsv", "--corpus", "in.jsonl"]);
    assert_eq!((&with["documents"], &with["similarities_from"]), (&json!(3), &json!("corpus")));
    assert_eq!((&with["bins"][0]["from"], &with["bins"][0]["both"]), (&json!(1.0), &json!(1)));
    assert_eq!(with["not_in_result"], json!({ "count": 1, "first": ["c1"] }));
}

#[test]
fn judged_pairs_leave_others_unknown() {
    let sandbox = Sandbox::new();
    sandbox.file("found.jsonl", "[\"a\",\"b\",\"c\",\"d\"]\n");
    for (name, content) in [
        ("judged.csv", "a,b,label\na,b,1\nc,d,0\na,e,1\n"),
        ("unnamed.csv", "a,b,1\nc,d,0\na,e,1\n"),
        (
            "judged.jsonl",
            "{\"id1\":\"a\",\"id2\":\"b\",\"match\":true}\n{\"id1\":\"c\",\"id2\":\"d\",\"match\":0}\n{\"id1\":\"a\",\"id2\":\"e\",\"match\":1}\n",
        ),
    ] {
        sandbox.file(name, content);
        let evaluation = evaluated(&sandbox, &["found.jsonl", "--labels", name]);
        assert_eq!(evaluation["pairs"], json!({ "labelled": 2, "found": 2, "both": 1 }), "{name}");
        assert!(evaluation["figures"].get("adjusted_rand").is_none());
    }
}

#[test]
fn published_labels_are_read_in_their_own_forms() {
    let sandbox = Sandbox::new();
    sandbox.file("found.jsonl", "[\"1\",\"2\"]\n");
    // NEWS-COPY: one list of lists of two.
    sandbox.file("gt.json", "[[\"1\", \"2\"], [\"2\", \"3\"], [\"1\", \"3\"]]");
    let news = evaluated(&sandbox, &["found.jsonl", "--labels", "gt.json"]);
    assert_eq!((&news["labels"]["form"], &news["pairs"]["labelled"]), (&json!("pairs"), &json!(3)));
    // CORE: each duplicate names the others.
    sandbox.file(
        "core.jsonl",
        [
            json!({ "core_id": "1", "cat": "exact_dup", "labelled_duplicates": ["2"] }),
            json!({ "core_id": 2, "cat": "exact_dup", "labelled_duplicates": [1] }),
            json!({ "core_id": "9", "cat": "non_dup", "labelled_duplicates": [] }),
        ]
        .map(|line| format!("{line}\n"))
        .concat(),
    );
    let core = evaluated(&sandbox, &["found.jsonl", "--labels", "core.jsonl"]);
    assert_eq!((&core["documents"], value(&core, "pair_f1")), (&json!(3), 1.0));
    // SpotSigs: a directory a cluster, as this program and as others call its files.
    for (name, text) in [("gold/x/p1.txt", "a"), ("gold/x/p2.txt", "a"), ("gold/y/p3.txt", "b")] {
        sandbox.file(name, story(text, 60));
    }
    sandbox.run(&["dedup", "gold", "-o", "out"]).expect(0);
    let spots = evaluated(&sandbox, &["out", "--labels", "gold"]);
    assert_eq!((&spots["labels"]["form"], value(&spots, "pair_f1")), (&json!("directories"), 1.0));
    sandbox.file("kept.txt", "x/p1.txt\ny/p3.txt\n");
    let others = evaluated(&sandbox, &["kept.txt", "--labels", "gold"]);
    assert_eq!(value(&others, "removal_f1"), 1.0);
    // PAN: a directory for each way of reuse, and one for none.
    sandbox.file("pan/01-no-plagiarism/pairs", "s1.txt o1.txt\n");
    sandbox.file("pan/02-no-obfuscation/pairs", "s1.txt o2.txt\r\ns2.txt o1.txt\r\n");
    sandbox.file("pan/pairs", "s1.txt o1.txt\ns1.txt o2.txt\ns2.txt o1.txt\n");
    sandbox.file("reuse.csv", "suspicious,source\ns1.txt,o1.txt\ns1.txt,o2.txt\n");
    let pan = evaluated(&sandbox, &["reuse.csv", "--labels", "pan"]);
    assert_eq!(pan["pairs"], json!({ "labelled": 2, "found": 2, "both": 1 }));
    let alone = evaluated(&sandbox, &["reuse.csv", "--labels", "pan/02-no-obfuscation/pairs"]);
    assert_eq!(alone["pairs"], json!({ "labelled": 2, "found": 2, "both": 1 }));
}

#[test]
fn what_cannot_be_used_is_named_by_file_and_line() {
    let sandbox = Sandbox::new();
    labelled(&sandbox);
    sandbox.file("found.jsonl", "[\"a1\",\"a2\"]\n");
    let refused = |result: &str, labels: &str, more: &[&str]| {
        let run = sandbox.run(&[&["eval", result, "--labels", labels], more].concat()).expect(2);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        run.stderr
    };
    for (name, content, expected) in [
        ("twice.csv", "id,cluster\na1,x\na1,y\n", "twice.csv:3: \"a1\" is in another cluster by line 2"),
        ("twice.jsonl", "[\"a1\",\"a2\"]\n[\"a2\"]\n", "twice.jsonl:2: \"a2\" is in another cluster"),
        ("short.csv", "id,cluster\na1,x\na2\n", "short.csv:3: 1 values, where 2 are needed"),
        ("empty-id.csv", "id,cluster\n,x\n", "empty-id.csv:2: an empty id"),
        ("bad.jsonl", "{\"id\":\"a\",\"cluster\":1}\n{\"id\":\"b\",\n", "bad.jsonl:2: not valid JSON"),
        ("no-id.jsonl", "{\"id\":\"a\",\"cluster\":1}\n{\"cluster\":1}\n", "no-id.jsonl:2: no field \"id\""),
        ("beyond.csv", "a,b,score\na1,a2,1.5\n", "beyond.csv:2: \"1.5\" is no number from 0 to 1"),
        ("neither.csv", "a,b,label\na1,a2,perhaps\n", "neither.csv:2: \"perhaps\" is no 1 or 0"),
        (
            "both.csv",
            "a,b,label\na1,a2,1\na2,a1,0\n",
            "both.csv:3: \"a2\" and \"a1\" are judged otherwise by line 2",
        ),
        ("nothing.csv", "", "nothing.csv: it cannot be told"),
        ("names.csv", "id,cluster\n", "names.csv: it cannot be told what it says of documents (no document)"),
        ("damaged.json", "[[\"a1\",", "damaged.json: it cannot be told"),
        ("damaged.jsonl", "{\"id\":\"a1\",\n", "damaged.jsonl:1: not valid JSON"),
        ("ids.txt", "a1\na2\n", "ids.txt: it cannot be told"),
    ] {
        sandbox.file(name, content);
        let stderr = refused("found.jsonl", name, &[]);
        assert!(stderr.contains(expected), "{name}: {stderr}");
    }
    sandbox.file("latin.csv", b"id,cluster\na1,x\n\xe9,y\n");
    assert!(refused("found.jsonl", "latin.csv", &[]).contains("latin.csv:3: not valid UTF-8"));
    sandbox.file("other.jsonl", "[\"n1\",\"n2\"]\n");
    sandbox.file("pairs.csv", "a,b\na1,a2\n");
    let told = sandbox.run(&["eval", "other.jsonl", "--labels", "pairs.csv"]).expect(0).stderr;
    assert!(told.contains("no document of the result stands in a labelled pair"), "{told}");
    let stderr = refused("other.jsonl", "labels.csv", &[]);
    assert!(stderr.contains("no document is in both") && stderr.contains("\"n1\""), "{stderr}");
    assert!(refused("found.jsonl", "missing.csv", &[]).contains("missing.csv: no such file"));
    assert!(refused("found.jsonl", "labels.csv", &["--threshold", "0.8"]).contains("--threshold"));
    assert!(
        refused("found.jsonl", "labels.csv", &["--label-field", "storey"])
            .contains("did you mean \"story\"?")
    );
    assert!(refused("-", "-", &[]).contains("--labels is -"));
}

#[test]
fn standard_input_and_repetitions_are_taken_and_told() {
    let sandbox = Sandbox::new();
    labelled(&sandbox);
    let call = ["eval", "-", "--labels", "labels.csv", "--json"];
    let run = sandbox.run_with_input(&call, b"a1\r\na1\r\nb1\r\nc1\r\n").expect(0);
    let evaluation: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&evaluation["kept"]["copies_left"], &evaluation["kept"]["removed"]), (&json!(0), &json!(3)));
    assert!(run.stderr.contains("1 ids or pairs a second time"), "{}", run.stderr);
}

#[test]
fn the_output_is_the_same_with_any_number_of_threads_and_steers_no_terminal() {
    let sandbox = Sandbox::new();
    sandbox.file("labels.jsonl", "[\"a\",\"b\",\"c\"]\n[\"d\"]\n[\"e\\u001b[2J\",\"f\"]\n");
    sandbox.file("found.jsonl", "[\"a\",\"b\"]\n[\"c\",\"d\"]\n[\"\\u001b]0;x\\u0007\"]\n");
    let run = |more: &[&str]| -> Run {
        sandbox.run(&[&["eval", "found.jsonl", "--labels", "labels.jsonl"], more].concat()).expect(0)
    };
    for form in [&[][..], &["--json"], &["--csv"]] {
        let (one, many) =
            (run(&[form, &["--threads", "1"]].concat()), run(&[form, &["--threads", "5"]].concat()));
        assert_eq!(one.stdout, many.stdout);
        assert!(!one.stdout.contains('\u{1b}'), "{}", one.stdout);
    }
    let csv = run(&["--csv"]).stdout;
    assert!(csv.starts_with("figure,from,to,value,low,high\npair_precision,,,0.5,"), "{csv}");
    let table = run(&[]).stdout;
    assert!(table.contains("only in result") && table.contains("\\u{1b}]0;x"), "{table}");
}

#[test]
fn ids_come_back_from_the_escapes_of_truth() {
    let sandbox = Sandbox::new();
    let ids = ["=a", "-b", "c\td", "e\\f", "'g", "h\ni", "\tj", "'\\k", "l"];
    let texts = ids.map(|id| format!("{}\n", json!({ "id": id, "text": story("a", 60) })));
    sandbox.file("in.jsonl", texts.concat());
    for (name, more) in [("truth.tsv", None), ("truth.jsonl", Some("--json"))] {
        let call: Vec<&str> = ["truth", "in.jsonl"].into_iter().chain(more).collect();
        sandbox.file(name, sandbox.run(&call).expect(0).stdout);
    }
    let evaluation = evaluated(&sandbox, &["truth.tsv", "--labels", "truth.jsonl", "--corpus", "in.jsonl"]);
    assert_eq!((&evaluation["documents"], &evaluation["pairs"]["both"]), (&json!(9), &json!(36)));
    assert_eq!((&evaluation["not_in_result"]["count"], value(&evaluation, "pair_f1")), (&json!(0), 1.0));
}

//! Safety stops: a run that would remove too much writes nothing.

use crate::sandbox::{Sandbox, record, story};

fn with_source(id: &str, source: &str, text: &str) -> String {
    format!("{}\n", serde_json::json!({ "id": id, "source": source, "text": text }))
}

/// Five documents, of which AP's two both go and one of UPI's three.
fn corpus() -> String {
    [
        with_source("u1", "UPI", &story("a", 50)),
        with_source("u2", "UPI", &story("b", 50)),
        with_source("a1", "AP", &story("a", 50)),
        with_source("a2", "AP", &story("b", 60)),
        with_source("u3", "UPI", &story("a", 50).to_uppercase()),
    ]
    .concat()
}

#[test]
fn a_run_that_would_pass_a_limit_ends_before_it_writes() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", corpus());
    for (limit, messages) in [
        (
            ["--abort-if-removed", "50%"],
            ["3 of 5 documents (60 %) would be removed, more than 50 %", "a1 repeats u1, similarity 1.0000"],
        ),
        (["--abort-if-cluster", "2"], ["the cluster of u1 has 3 documents, more than 2", "u3 repeats u1"]),
        (
            ["--abort-if-source-removed", "0.9"],
            [
                "source \"AP\" would lose 2 of its 2 documents (100 %), more than 90 %",
                "a2 repeats u2, similarity 0.8214",
            ],
        ),
    ] {
        for command in ["dedup", "scan"] {
            let run = sandbox.run(&[command, "in.jsonl", "-o", "out", limit[0], limit[1]]).expect(4);
            for message in messages.iter().chain(&["safety stop", "nothing was written", "removed: a0 a1 a2"])
            {
                assert!(run.stderr.contains(message), "{limit:?} says:\n{}", run.stderr);
            }
            assert!(!sandbox.path("out").exists(), "{limit:?}");
        }
        let run = sandbox.run_with_input(&["dedup", "-", limit[0], limit[1]], corpus().as_bytes()).expect(4);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_limit_that_is_just_met_stops_nothing() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", corpus());
    for limit in [
        ["--abort-if-removed", "60%"],
        ["--abort-if-cluster", "3"],
        ["--abort-if-source-removed", "100%"],
        // AP has but two documents.
        ["--abort-if-source-removed", "90%:3"],
    ] {
        sandbox.run(&["dedup", "in.jsonl", "-o", "out", "--overwrite", limit[0], limit[1]]).expect(0);
    }
    let run = sandbox.run(&["dedup", "in.jsonl", "-o", "out2", "--abort-if-removed", "60"]).expect(2);
    assert!(run.stderr.contains("such as 60% or 0.6"), "{}", run.stderr);
}

#[test]
fn without_a_source_field_a_source_is_a_file_or_a_directory_of_texts() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", record("1", &story("x", 30)) + &record("2", &story("y", 30)));
    sandbox.file("in/b.jsonl", record("3", &story("x", 30)) + &record("4", &story("y", 30)));
    let run = sandbox.run(&["dedup", "in", "-o", "out", "--abort-if-source-removed", "90%"]).expect(4);
    assert!(run.stderr.contains("source \"b.jsonl\" would lose 2 of its 2"), "{}", run.stderr);
    for (name, topic) in [("p/1", "x"), ("p/2", "y"), ("q/1", "x"), ("q/2", "z")] {
        sandbox.file(&format!("texts/{name}.txt"), story(topic, 30));
    }
    sandbox.run(&["dedup", "texts", "-o", "out", "--abort-if-source-removed", "50%"]).expect(0);
    let run = sandbox.run(&["dedup", "texts", "-o", "out2", "--abort-if-source-removed", "49%"]).expect(4);
    assert!(run.stderr.contains("source \"q\" would lose 1 of its 2"), "{}", run.stderr);
}

#[test]
fn an_empty_corpus_passes_no_limit_but_is_no_success() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", "");
    let limits = ["--abort-if-removed", "0%", "--abort-if-cluster", "0", "--abort-if-source-removed", "0%"];
    let run = sandbox.run(&[&["dedup", "in.jsonl", "-o", "out"], &limits[..]].concat()).expect(1);
    assert!(run.stderr.contains("no document"), "{}", run.stderr);
}

#[test]
fn a_source_of_which_next_to_nothing_is_left_is_spoken_of() {
    let sandbox = Sandbox::new();
    let told = |source: &str, count: usize| -> String {
        (0..count)
            .map(|n| with_source(&format!("{source}{n}"), source, &story(&format!("s{n}w"), 12)))
            .collect()
    };
    let own: String =
        (0..50).map(|n| with_source(&format!("o{n}"), "Echo", &story(&format!("o{n}w"), 12))).collect();
    // Of 1,000 documents 950 go, which is not more than 95 %; of 1,001, 951 are.
    sandbox.file("a.jsonl", told("Wire", 1000));
    sandbox.file("b.jsonl", told("Echo", 950) + &own);
    let run = sandbox.run(&["dedup", "a.jsonl", "b.jsonl", "-o", "out"]).expect(0);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    assert_eq!(sandbox.json("out/summary.json")["source_losses"], serde_json::Value::Null);
    sandbox.file("b.jsonl", told("Echo", 951) + &own);
    let said = "warning: source \"Echo\" loses 951 of its 1,001 documents (95.0 %); --per-source 1 keeps";
    for flags in [&["dedup", "-o", "out", "--overwrite"][..], &["scan"], &["scan", "--memory", "24M"]] {
        let run = sandbox.run(&[flags, &["a.jsonl", "b.jsonl"]].concat()).expect(0);
        assert_eq!(run.stderr.matches("warning").count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    let expected = serde_json::json!([{ "source": "Echo", "documents": 1001, "removed": 951 }]);
    assert_eq!(sandbox.json("out/summary.json")["source_losses"], expected);
    sandbox.run(&["dedup", "a.jsonl", "b.jsonl", "-o", "kept", "--per-source", "1"]).expect(0);
    assert_eq!(sandbox.json("kept/summary.json")["source_losses"], serde_json::Value::Null);
    // Without a source field a source is a file.
    let plain = |count: usize| -> String {
        (0..count).map(|n| record(&format!("{count}.{n}"), &story(&format!("s{n}w"), 12))).collect()
    };
    sandbox.file("p/a.jsonl", plain(1200));
    sandbox.file("p/b.jsonl", plain(1100));
    let run = sandbox.run(&["scan", "p"]).expect(0);
    assert!(run.stderr.contains("warning: source \"b.jsonl\" loses 1,100 of its 1,100"), "{}", run.stderr);
    assert!(!run.stderr.contains("--per-source"), "{}", run.stderr);
    assert!(!sandbox.run(&["scan", "p", "-q"]).expect(0).stderr.contains("warning"));
}

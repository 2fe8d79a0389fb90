//! `explain`: files, ids of a corpus, and what a run removed.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, record, story};

#[test]
fn two_files_are_set_side_by_side() {
    let sandbox = Sandbox::new();
    sandbox.file("a.txt", "Late news. The boat left Pell at noon on Monday.");
    sandbox.file("b.txt", "The boat left Hull at noon on Monday, we hear.");
    let shown = sandbox.run(&["explain", "a.txt", "b.txt", "--width", "80"]).expect(0).stdout;
    assert!(shown.contains("[Pell]") && shown.contains("[Hull]") && shown.contains(" = "), "{shown}");
    assert!(shown.contains("bands shared") && !shown.contains('\u{1b}'), "{shown}");
    assert_eq!(shown, sandbox.run(&["compare", "a.txt", "b.txt", "--width", "80"]).expect(0).stdout);
    let run = sandbox.run(&["explain", "a.txt", "b.txt", "--json"]).expect(0);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let passage = &json["passages"][0];
    assert_eq!((&passage["first_byte"], &passage["words"]), (&[11, 0].into(), &[8, 8].into()));
    assert_eq!(json["removal"], Value::Null);
}

#[test]
fn a_removed_document_is_shown_beside_what_was_kept_for_it() {
    let sandbox = Sandbox::new();
    let long = story("w", 200);
    let words: Vec<&str> = long.split(' ').collect();
    // Two documents have the id of the one that is removed: the place tells them apart.
    sandbox.file("in/a.jsonl", record("long", &long) + &record("short", &story("other", 90)));
    sandbox.file("in/b.jsonl", record("short", &words[..120].join(" ")));
    sandbox.run(&["scan", "in", "-o", "out", "--remove-excerpts", "--shingle", "word:3"]).expect(0);
    let shown = sandbox.run(&["explain", "short", "--run", "out", "--in", "in"]).expect(0).stdout;
    assert!(shown.contains("removed        as excerpt for long, similarity 0.59"), "{shown}");
    // The shingles of the run, not those of the flags.
    assert!(shown.contains("118 and 198, 118 shared") && shown.contains("excerpt:"), "{shown}");
    let both = sandbox.run(&["explain", "short", "long", "--run", "out", "--in", "in"]).expect(0).stdout;
    assert!(both.contains("removed  "), "{both}");
    let kept = sandbox.run(&["explain", "long", "--run", "out", "--in", "in"]).expect(2).stderr;
    assert!(kept.contains("A is long, but must be the id of a document that the run removed"), "{kept}");
    sandbox.run(&["explain", "short", "--run", "out"]).expect(2);
    let missing = sandbox.run(&["explain", "short", "--run", "in", "--in", "in"]).expect(2).stderr;
    assert!(missing.contains("summary.json: no such file"), "{missing}");
}

/// A run against a reference whose file and record are named as those of the input are, by id and place.
fn against_a_namesake(sandbox: &Sandbox) {
    let near = story("two", 60).replace("two30 ", "other ");
    let input = [("twin", story("one", 40)), ("copy", near), ("again", story("one", 40))];
    sandbox.file("in/part.jsonl", input.map(|(id, text)| record(id, &text)).concat());
    let twin = serde_json::json!({ "id": "twin", "question": story("two", 60), "body": "" });
    sandbox.file("exam/part.jsonl", format!("{twin}\n"));
    let run = ["scan", "in", "-o", "out", "--against-text-field", "question", "--against", "exam"];
    sandbox.run(&run).expect(0);
}

#[test]
fn a_document_removed_on_account_of_a_reference_is_shown_beside_its_record() {
    let sandbox = Sandbox::new();
    against_a_namesake(&sandbox);
    let explain = |ids: &[&str], more: &[&str]| {
        let named = ["--run", "out", "--in", "in", "--against-text-field", "question", "--against", "exam"];
        sandbox.run(&[&["explain"], ids, more, &named].concat()).expect(0).stdout
    };
    let shown = explain(&["copy"], &[]);
    assert!(shown.contains("removed        as near for twin of the reference, similarity 0.8"), "{shown}");
    assert!(shown.contains("[other]") && shown.contains("[two30]") && !shown.contains("one7"), "{shown}");
    assert_eq!(shown, explain(&["copy", "twin"], &[]), "the recorded twin, not the one of the input");
    let json: Value = serde_json::from_str(&explain(&["copy"], &["--json"])).unwrap();
    assert_eq!(json["removal"], sandbox.lines("out/removed.jsonl")[0]);
    assert_eq!(json["removal"]["reference"], true);
    assert_eq!(Some(&json["jaccard"]), sandbox.lines("out/removed.jsonl")[0].get("similarity"));

    let own = explain(&["again"], &[]);
    assert!(own.contains("removed        as exact for twin, similarity 1.0000"), "{own}");
    let unremoved = explain(&["twin", "again"], &[]);
    assert!(!unremoved.contains("removed  ") && unremoved.contains("relation       exact"), "{unremoved}");
}

#[test]
fn a_reference_that_was_not_named_or_is_another_is_asked_for() {
    let sandbox = Sandbox::new();
    against_a_namesake(&sandbox);
    sandbox.file("other/part.csv", "text\nx\n");
    for (arguments, message) in [
        (
            &["copy", "--run", "out", "--in", "in"][..],
            "copy was removed for twin (part.jsonl:1), a record of a reference that was not named; name it with --against",
        ),
        (&["copy", "twin", "--run", "out", "--in", "in"], "name it with --against"),
        (
            &["copy", "--run", "out", "--in", "in", "--against", "other"],
            "part.jsonl:1: no such record in the references; name with --against what the run was given",
        ),
        (
            &["again", "--run", "out", "--in", "exam", "--text-field", "question"],
            "part.jsonl:3: no such record in the inputs; name with --in",
        ),
        (&["copy", "twin", "--against", "exam"], "--in"),
    ] {
        let run = sandbox.run(&[&["explain"], arguments].concat()).expect(2);
        assert!(run.stderr.contains(message), "{arguments:?} says:\n{}", run.stderr);
    }
}

#[test]
fn two_ids_are_looked_up_in_the_input_and_then_in_the_reference() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("a", &story("one", 40)));
    sandbox.file("old.jsonl", record("a", &story("two", 40)) + &record("r", &story("one", 40)));
    let arguments = ["explain", "a", "r", "--in", "in.jsonl", "--against", "old.jsonl"];
    let shown = sandbox.run(&arguments).expect(0).stdout;
    assert!(shown.contains("relation       exact"), "{shown}");
}

#[test]
#[cfg(feature = "report")]
fn the_page_holds_both_texts_and_needs_nothing_else() {
    let sandbox = Sandbox::new();
    let articles = crate::sandbox::newswire().join("articles");
    let ids = ["explain", "wire-0001", "newsdeck-0001", "--in", articles.to_str().unwrap()];
    sandbox.run(&[&ids[..], &["--html", "pair.html"]].concat()).expect(0);
    let page = sandbox.read("pair.html");
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("<mark>") && page.ends_with("</html>"),
        "{page}"
    );
    for forbidden in ["<script", "http://", "https://", "src=", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn two_documents_of_a_corpus_are_explained_as_stories_has_them() {
    let sandbox = Sandbox::new();
    let record = |n: usize, day: usize| {
        let text = format!("{} {}", story("frame", 60), story(&format!("own{n}w"), 12));
        json!({ "id": format!("page-{n}"), "text": text, "source": "paper", "date": format!("2020-01-{day:02}") })
            .to_string()
            + "\n"
    };
    // A form that one paper fills in every third day, and one of these told again.
    let mut news: String = (0..5).map(|n| record(n, 1 + 3 * n)).collect();
    news += &record(2, 8).replace("page-2", "again").replace("frame59", "frame59 late");
    sandbox.file("news.jsonl", news);
    let verdict = |a: &str, b: &str| {
        let run = sandbox.run(&["explain", a, b, "--in", "news.jsonl", "--json"]).expect(0);
        let explained: Value = serde_json::from_str(&run.stdout).unwrap();
        (
            explained["story"]["linked"].as_bool().unwrap(),
            explained["story"]["reason"].as_str().unwrap().to_owned(),
        )
    };
    assert!(verdict("page-2", "again").0, "{:?}", verdict("page-2", "again"));
    let (is_linked, reason) = verdict("page-2", "page-3");
    assert!(!is_linked && reason.starts_with("a form: "), "{reason}");
    sandbox.run(&["stories", "news.jsonl", "-o", "told"]).expect(0);
    let told = sandbox.lines("told/stories.jsonl");
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["origin"]["id"], &told[0]["members"][0]["id"]), (&json!("page-2"), &json!("again")));
    let shown = sandbox.run(&["explain", "page-2", "page-3", "--in", "news.jsonl"]).expect(0).stdout;
    assert!(shown.contains("\nstory          not linked: a form: "), "{shown}");
}

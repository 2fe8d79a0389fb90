//! `explain`: files, ids of a corpus, and what a run removed.

use serde_json::Value;

use crate::sandbox::{Sandbox, newswire, record, story};

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

#[test]
#[cfg(feature = "report")]
fn the_page_holds_both_texts_and_needs_nothing_else() {
    let sandbox = Sandbox::new();
    let articles = newswire().join("articles");
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

//! The labelled corpus, told apart as its labels say.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::sandbox::{Sandbox, newswire};

#[test]
fn what_is_removed_belongs_to_the_story_of_what_is_kept() {
    let sandbox = Sandbox::new();
    let articles = newswire().join("articles");
    sandbox.run(&["dedup", articles.to_str().unwrap(), "-o", "out"]).expect(0);
    let labels = fs::read_to_string(newswire().join("labels.jsonl")).unwrap();
    let labels: BTreeMap<String, Value> = labels
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|label| (label["id"].as_str().unwrap().to_owned(), label))
        .collect();
    let removed = sandbox.lines("out/removed.jsonl");
    for line in &removed {
        let (id, kept) = (line["id"].as_str().unwrap(), line["kept_id"].as_str().unwrap());
        assert_eq!(labels[id]["story"], labels[kept]["story"], "{line}");
        assert!(line["similarity"].as_f64().unwrap() >= 0.8, "{line}");
    }
    // Every exact copy loses either itself or what it copies.
    let gone = |id: &str| removed.iter().any(|line| line["id"] == id);
    for (id, label) in labels.iter().filter(|(_, label)| label["role"] == "exact") {
        assert!(gone(id) || gone(label["of"].as_str().unwrap()), "{id}");
    }
}

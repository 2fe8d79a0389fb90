//! Bugs that were there once.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, story};

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

//! Bugs that were there once.

use serde_json::Value;

use crate::sandbox::Sandbox;

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

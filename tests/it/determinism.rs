//! The same input gives the same output, byte for byte.

use crate::sandbox::{Sandbox, newswire, record, story};

/// Everything but `timing.json`, the one file that may differ.
fn output_of(sandbox: &Sandbox, arguments: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut all = vec!["dedup", "-o", "out", "--overwrite", "--quiet"];
    all.extend(arguments);
    sandbox.run(&all).expect(0);
    let mut tree = sandbox.tree("out");
    let before = tree.len();
    tree.retain(|(name, _)| name != "timing.json");
    assert_eq!(tree.len(), before - 1, "timing.json must be there");
    tree
}

#[test]
fn any_number_of_threads_gives_the_same_directory() {
    let sandbox = Sandbox::new();
    // Enough records for many blocks and chunks, with crowded buckets.
    let mut lines = String::new();
    for n in 0..20_000 {
        let (family, variant) = (n % 97, n / 97 % 40);
        let text =
            format!("{} variant{variant} {}", story(&format!("f{family}w"), 30), story(&format!("n{n}w"), 2));
        lines.push_str(&record(&format!("d{n}"), &text));
    }
    sandbox.file("many.jsonl", lines);
    let news = newswire().join("articles").to_str().unwrap().to_owned();
    for input in ["many.jsonl", &news] {
        let one = output_of(&sandbox, &[input, "--threads", "1"]);
        assert!(one.len() >= 5, "{:?}", one.iter().map(|file| &file.0).collect::<Vec<_>>());
        for threads in ["2", "16"] {
            assert!(
                one == output_of(&sandbox, &[input, "--threads", threads]),
                "{input} with {threads} threads"
            );
        }
    }
}

#[test]
fn the_order_in_which_files_are_named_does_not_matter() {
    let sandbox = Sandbox::new();
    for (name, topic) in [("a.jsonl", "x"), ("b.jsonl", "x"), ("c.jsonl", "y")] {
        sandbox.file(name, record(name, &story(topic, 20)));
    }
    let forward = output_of(&sandbox, &["a.jsonl", "b.jsonl", "c.jsonl"]);
    assert!(forward == output_of(&sandbox, &["c.jsonl", "b.jsonl", "a.jsonl"]));
    assert!(forward == output_of(&sandbox, &["b.jsonl", "a.jsonl", "c.jsonl", "a.jsonl"]));
    assert_eq!(sandbox.lines("out/removed.jsonl")[0]["id"], "b.jsonl");
}

//! A dry run against the run that it foretells.

use serde_json::Value;

use crate::sandbox::{Sandbox, newswire, record, story};

fn estimate(sandbox: &Sandbox, input: &str) -> Value {
    let run = sandbox.run(&["dedup", input, "--dry-run", "--json", "--quiet"]).expect(0);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn a_small_corpus_is_foretold_exactly_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let articles = newswire().join("articles").to_str().unwrap().to_owned();
    let foretold = estimate(&sandbox, &articles);
    assert_eq!(sandbox.tree("").len(), 0);
    sandbox.run(&["dedup", &articles, "-o", "out"]).expect(0);
    let counts = &sandbox.json("out/summary.json")["documents"];
    for name in ["removed", "removed_low", "removed_high"] {
        assert_eq!(foretold[name], counts["removed"], "{name}");
    }
    assert_eq!(
        foretold["sampled"].as_u64().unwrap() + foretold["repeats_exact"].as_u64().unwrap(),
        foretold["documents"]
    );
    let written: u64 = sandbox.tree("out/clean").iter().map(|(_, bytes)| bytes.len() as u64).sum();
    assert_eq!(foretold["output_bytes"], written);
    let run = sandbox.run(&["dedup", &articles, "--dry-run", "-o", "out3"]).expect(0);
    assert!(run.stdout.contains("to be removed") && run.stdout.contains("clean corpus"), "{}", run.stdout);
    assert!(!sandbox.path("out3").exists());
}

#[test]
fn compressed_input_needs_room_for_temporary_files() {
    let sandbox = Sandbox::new();
    let text = record("1", &story("a", 500)) + &record("2", &story("b", 500));
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    sandbox.file("in.jsonl.zst", &packed);
    let foretold = estimate(&sandbox, "in.jsonl.zst");
    assert_eq!(foretold["temporary_bytes"], text.len());
    assert_eq!(foretold["output_bytes"], packed.len());
}

#[test]
fn an_empty_corpus_has_nothing_to_foretell() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("1", "") + &record("2", "..."));
    let foretold = estimate(&sandbox, "in.jsonl");
    assert_eq!((&foretold["removed"], &foretold["sampled"]), (&0.into(), &0.into()));
}

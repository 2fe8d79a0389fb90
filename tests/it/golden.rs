//! What the commands print, kept in `tests/it/golden/`.
//!
//! After a change that is meant, `TWICETOLD_BLESS=1 cargo test golden` writes the files anew; read the difference.

use std::env;
use std::fs;
use std::path::Path;

use crate::sandbox::{Sandbox, newswire};

#[track_caller]
fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(name);
    if env::var_os("TWICETOLD_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(actual == expected, "{name} differs; it is now:\n{actual}");
}

fn articles() -> String {
    newswire().join("articles").to_str().unwrap().to_owned()
}

#[test]
fn golden_tables_of_dedup() {
    let sandbox = Sandbox::new();
    sandbox.run(&["dedup", &articles(), "-o", "out", "--keep", "earliest"]).expect(0);
    for name in ["removed.jsonl", "clusters.jsonl", "rejected.jsonl", "summary.json"] {
        check(&format!("newswire-{name}"), &sandbox.read(&format!("out/{name}")));
    }
}

#[test]
fn golden_truth() {
    let run = Sandbox::new().run(&["truth", &articles(), "--threshold", "0.5"]).expect(0);
    check("newswire-truth.tsv", &run.stdout);
    let run = Sandbox::new().run(&["truth", &articles(), "--containment", "0.9"]).expect(0);
    check("newswire-containment.tsv", &run.stdout);
}

#[test]
fn golden_curve() {
    let arguments = ["curve", "--threshold", "0.8", "--hashes", "128", "--recall", "0.99"];
    check("curve.txt", &Sandbox::new().run(&arguments).expect(0).stdout);
    check("curve.json", &Sandbox::new().run(&["curve", "--json"]).expect(0).stdout);
}

#[test]
fn golden_explain() {
    let arguments = ["explain", "wire-0001", "newsdeck-0001", "--in", &articles(), "--width", "100"];
    check("explain.txt", &Sandbox::new().run(&arguments).expect(0).stdout);
}

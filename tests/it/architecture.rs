//! The rules about who may know whom.

use std::fs;
use std::path::{Path, PathBuf};

/// From left to right: a module may use those before it, and what stands in one entry may use one another.
const ORDER: &[&str] = &[
    "nearest",
    "number",
    "error",
    "hash",
    "params",
    "partition",
    "document",
    "work",
    "corpus",
    "text",
    "shingle",
    "sketch",
    "lsh",
    "similarity",
    "select",
    "reuse",
    "output",
    "generate",
    "report",
    "engine",
];

/// Beneath all stages: these may know each other.
const FOUNDATION: &[&str] = &["error", "hash", "params", "document"];

fn source_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    source_files(&root, &mut paths);
    paths.sort();
    let described = paths.iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let module = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        (name, module, fs::read_to_string(path).unwrap())
    });
    described.collect()
}

/// The modules of this crate that a file names.
fn used_modules(source: &str) -> Vec<String> {
    source
        .split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Code without its tests, which may know everything.
fn without_tests(source: &str) -> &str {
    source.split("#[cfg(test)]\nmod tests").next().unwrap()
}

#[test]
fn a_module_knows_only_the_ones_to_its_left() {
    let place = |module: &str| ORDER.iter().position(|&m| m == module);
    let mut seen = 0;
    for (name, module, source) in sources() {
        if matches!(module.as_str(), "lib" | "main" | "cli") {
            continue;
        }
        let own =
            place(&module).unwrap_or_else(|| panic!("src/{name}: say where `{module}` stands in ORDER"));
        for used in used_modules(without_tests(&source)) {
            let Some(other) = place(&used) else { panic!("src/{name} uses unknown crate::{used}") };
            let foundation = FOUNDATION.contains(&module.as_str()) && FOUNDATION.contains(&used.as_str());
            assert!(other <= own || foundation, "src/{name} uses crate::{used}, which lies to its right");
            seen += 1;
        }
    }
    assert!(seen > 50, "the rule must have something to look at: {seen}");
}

#[test]
fn the_library_does_not_know_the_command_line() {
    for (name, module, source) in sources() {
        if !matches!(module.as_str(), "main" | "cli") {
            for word in ["clap::", "anyhow::", "indicatif::", "std::env", "process::exit", "println!"] {
                assert!(!without_tests(&source).contains(word), "src/{name} mentions {word}");
            }
        }
    }
}

#[test]
fn only_the_hash_module_uses_the_hash_crate() {
    for (name, _, source) in sources() {
        let uses = source.contains("xxhash_rust")
            || source.contains("DefaultHasher")
            || source.contains("RandomState");
        assert!(!uses || name == "hash.rs", "src/{name} hashes by itself");
    }
}

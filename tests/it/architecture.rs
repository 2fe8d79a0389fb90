//! The rules about who may know whom. ARCHITECTURE.md states the order; `cargo test --test it architecture` lists all
//! that breaks it.

mod circles;
mod order;
mod resolver;
mod sources;
mod visitor;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use circles::{circles, describe};
use order::{Order, first_column};
use sources::Sources;

/// The order of the modules, and the modules with an order of rooms.
const MODULES: &str = "Which module knows which?";
const WITH_ROOMS: &[&str] = &["engine", "corpus", "cli"];
const CRATES: &str = "Which crates, and why?";

/// Crates, functions and macros that only the command line uses.
const COMMAND_LINE: &[&str] = &[
    "anyhow",
    "clap",
    "clap_complete",
    "clap_mangen",
    "ctrlc",
    "indicatif",
    "terminal_size",
    "toml",
    "std::env",
    "std::process::exit",
    "process::exit",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn architecture() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

/// The text of every file below `src`, by its path there.
fn texts() -> BTreeMap<String, String> {
    let source = root().join("src");
    let mut texts = BTreeMap::new();
    let mut open = vec![source.clone()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/");
                texts.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// Parsed once for all tests.
static SOURCES: LazyLock<Sources> = LazyLock::new(|| Sources::parse(&texts()));

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}

#[test]
fn the_resolver_sees_every_file_and_follows_every_path() {
    let seen = SOURCES.files.union(&SOURCES.test_files).cloned().collect::<BTreeSet<_>>();
    let unseen = texts().into_keys().filter(|file| !seen.contains(file));
    let mut violations = unseen.map(|file| format!("src/{file}: no module names it")).collect::<Vec<_>>();
    violations.extend(SOURCES.dead_ends());
    assert_none(&violations);
    assert!(SOURCES.ties().len() > 300, "the rules must have something to look at");
}

#[test]
fn a_module_and_a_room_know_only_those_above_them() {
    let ties = SOURCES.ties();
    let document = architecture();
    let modules = [(MODULES.to_owned(), String::new())];
    let rooms = WITH_ROOMS.iter().map(|module| (format!("Rooms of `{module}`"), format!("{module}/")));
    let mut violations = Vec::new();
    for (heading, below) in modules.into_iter().chain(rooms) {
        match Order::read(&document, &heading, &below) {
            Ok(order) => {
                violations.extend(order.strangers(SOURCES.files.iter()));
                violations.extend(order.violations(&ties));
            }
            Err(missing) => violations.push(missing),
        }
    }
    assert_none(&violations);
}

#[test]
fn no_files_use_one_another_in_a_circle() {
    let ties = SOURCES.ties();
    let found = circles(&ties).iter().map(|circle| describe(circle, &ties)).collect::<Vec<_>>();
    assert_none(&found);
}

#[test]
fn no_two_types_have_one_name() {
    let shared = SOURCES.types.iter().filter(|(_, files)| files.len() > 1);
    let found = shared.map(|(name, files)| format!("{name}: {}", files.join(", "))).collect::<Vec<_>>();
    assert_none(&found);
}

#[test]
fn the_library_does_not_know_the_command_line() {
    let mut violations = Vec::new();
    for (file, path) in SOURCES.foreign_paths() {
        let is_library = file != "main.rs" && !file.starts_with("cli/");
        let names = |word: &&str| {
            path.strip_prefix(*word).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if is_library && COMMAND_LINE.iter().any(names) {
            violations.push(format!("src/{file} uses {path}"));
        }
    }
    assert_none(&violations);
}

#[test]
fn only_the_hash_module_uses_the_hash_crate() {
    for (file, text) in texts() {
        let uses = ["xxhash_rust", "DefaultHasher", "RandomState"].iter().any(|word| text.contains(word));
        // A product whose upper bits are cut off is a hash; in `boundaries` it brings eight bits together.
        let multiplies = text.contains("wrapping_mul(") && file != "text/boundaries.rs";
        let is_hash = file == "hash.rs" || file.starts_with("hash/");
        assert!(!(uses || multiplies) || is_hash, "src/{file} hashes by itself");
    }
}

#[test]
fn every_dependency_has_a_row_that_says_why() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest = manifest.parse::<toml::Table>().unwrap();
    let rows = first_column(&architecture(), CRATES).concat();
    let mut dependencies = dependencies(&manifest);
    // Tests use the package itself, with a feature.
    dependencies.remove(env!("CARGO_PKG_NAME"));
    let missing = dependencies.iter().filter(|name| !rows.contains(name));
    let mut violations =
        missing.map(|name| format!("`{name}` has no row under `{CRATES}`")).collect::<Vec<_>>();
    let is_feature = |name: &String| manifest["features"].get(name).is_some();
    let stale = rows.iter().filter(|name| !dependencies.contains(*name) && !is_feature(name));
    violations.extend(stale.map(|name| format!("`{name}` is no dependency, but has a row under `{CRATES}`")));
    assert_none(&violations);
}

/// The names in all tables of dependencies, for any system.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        match key.as_str() {
            "dependencies" | "dev-dependencies" | "build-dependencies" => found.extend(table.keys().cloned()),
            "target" => {
                for system in table.values().filter_map(toml::Value::as_table) {
                    found.extend(dependencies(system));
                }
            }
            _ => {}
        }
    }
    found
}

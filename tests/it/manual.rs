//! `docs/cmd`: the help of every command as a page.
//!
//! `TWICETOLD_BLESS=1 cargo test manual` writes the pages anew after a change of the help.
#![cfg(feature = "report")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cmd")
}

/// Every page by its name, as the program prints it.
fn pages() -> Vec<(String, String)> {
    let sandbox = Sandbox::new();
    let print = |arguments: &[&str]| sandbox.run(arguments).expect(0).stdout;
    let index = print(&["man", "--markdown"]);
    let links = index.lines().filter_map(|line| line.strip_prefix("- [")?.split_once(']'));
    let names: Vec<&str> = links.map(|(name, _)| name).collect();
    assert!(names.contains(&"dedup") && names.len() >= 10, "{names:?}");
    let mut pages: Vec<_> =
        names.iter().map(|name| (format!("{name}.md"), print(&["man", name, "--markdown"]))).collect();
    pages.push(("README.md".to_owned(), index));
    pages
}

#[test]
fn the_pages_of_the_commands_say_what_the_help_says() {
    let bless = env::var_os("TWICETOLD_BLESS").is_some();
    if bless {
        fs::create_dir_all(directory()).unwrap();
    }
    let pages = pages();
    for (name, page) in &pages {
        let path = directory().join(name);
        if bless {
            fs::write(&path, page).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            written == *page,
            "docs/cmd/{name} is stale: TWICETOLD_BLESS=1 cargo test manual; it is now:\n{page}"
        );
    }
    for entry in fs::read_dir(directory()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(pages.iter().any(|(page, _)| *page == name), "docs/cmd/{name} is the page of no command");
    }
}

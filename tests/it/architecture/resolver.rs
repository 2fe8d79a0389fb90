//! The rules can fail: small made-up packages that break them, and paths of every form.

use std::collections::{BTreeMap, BTreeSet};

use super::circles::{circles, describe};
use super::order::{Order, first_column};
use super::sources::Sources;

fn package(files: &[(&str, &str)]) -> Sources {
    let texts = files.iter().map(|&(file, text)| (file.to_owned(), text.to_owned()));
    Sources::parse(&texts.collect::<BTreeMap<_, _>>())
}

/// The ties of a package as lines `from -> to: names`.
fn ties(files: &[(&str, &str)]) -> Vec<String> {
    let sources = package(files);
    assert_eq!(sources.dead_ends(), Vec::<String>::new());
    let line = |((from, to), names): (&(String, String), &BTreeSet<String>)| {
        format!("{from} -> {to}: {}", names.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    sources.ties().iter().map(line).collect()
}

/// A module `a` with items, and a module `b` with the given text.
fn uses_of_a(text: &str) -> Vec<String> {
    ties(&[
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod inner; pub use inner::Deep as Shown; pub struct Near; pub mod open;"),
        ("a/inner.rs", "pub struct Deep; pub fn made() {}"),
        ("a/open.rs", "pub const SIZE: u8 = 1; pub enum Choice { First }"),
        ("b.rs", text),
    ])
}

#[test]
fn a_grouped_use_leads_to_each_file() {
    let found = uses_of_a("use crate::a::{Near, inner::{self, Deep}, open::SIZE as LARGE};");
    let facade = "a/mod.rs -> a/inner.rs: Deep";
    assert_eq!(
        found,
        [facade, "b.rs -> a/inner.rs: Deep", "b.rs -> a/mod.rs: Near", "b.rs -> a/open.rs: SIZE"]
    );
}

#[test]
fn a_name_passed_on_leads_to_the_file_that_defines_it() {
    for text in [
        "use crate::a::Shown;",
        "use crate::a; fn f() { a::Shown; }",
        "use super::a::Shown as Other;",
        "use crate::a::*; fn f(_: Shown) {}",
        "fn f(_: &[crate::a::Shown]) {}",
        "fn f() { println!(\"{}\", [crate::a::Shown]); }",
        "#[derive(crate::a::Shown)] struct S;",
        "mod within { use super::super::a::Shown; }",
        "mod within { fn f() { use crate::a::Shown; } }",
    ] {
        let found = uses_of_a(text);
        assert_eq!(found, ["a/mod.rs -> a/inner.rs: Deep", "b.rs -> a/inner.rs: Deep"], "{text}");
    }
}

#[test]
fn paths_in_macros_and_attributes_count() {
    for text in [
        "fn f() { assert!(crate::a::open::SIZE > 0); }",
        "use crate::a::open; fn f() { vec![0; open::SIZE]; }",
        "struct S { #[serde(default = \"crate::a::open::SIZE\")] field: u8 }",
        "use crate::a::open::*; fn f() { format!(\"{}\", SIZE); }",
    ] {
        let found = uses_of_a(text);
        assert!(found.contains(&"b.rs -> a/open.rs: SIZE".to_owned()), "{text}: {found:?}");
    }
    let found = uses_of_a("fn f() -> u8 { use crate::a::open::Choice::*; 1 }");
    assert!(found.contains(&"b.rs -> a/open.rs: Choice".to_owned()), "{found:?}");
}

#[test]
fn code_that_uses_no_other_file_adds_no_tie() {
    for text in [
        "#[cfg(test)] mod tests { use crate::a::Near; }",
        "#[cfg(all(unix, test))] use crate::a::Near;",
        "struct S; impl S { #[cfg(test)] fn f(_: crate::a::Near) {} }",
        "pub(in crate::a) struct S;",
        "/// See [`crate::a::Near`].\nstruct S;",
        "use crate::a;",
        "use std::io::Read; mod open { pub struct Near; } fn f(_: open::Near) {}",
    ] {
        assert_eq!(uses_of_a(text), ["a/mod.rs -> a/inner.rs: Deep"], "{text}");
    }
}

#[test]
fn a_module_and_a_function_of_one_name_are_not_confused() {
    let found = ties(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod compare; pub use compare::compare;"),
        ("a/compare.rs", "pub fn compare() {}"),
        ("b.rs", "fn f() { crate::a::compare(); }"),
    ]);
    assert_eq!(found, ["a.rs -> a/compare.rs: compare", "b.rs -> a/compare.rs: compare"]);
}

#[test]
fn the_binary_sees_through_the_root_of_the_library() {
    let found = ties(&[
        ("lib.rs", "mod a; pub use a::Public;"),
        ("a.rs", "pub struct Public;"),
        ("main.rs", "mod cli;"),
        ("cli/mod.rs", "use twicetold::Public; mod args; use args::Args;"),
        ("cli/args.rs", "pub struct Args; fn f() { super::super::cli::args::Args; }"),
    ]);
    assert_eq!(
        found,
        ["cli/mod.rs -> a.rs: Public", "cli/mod.rs -> cli/args.rs: Args", "lib.rs -> a.rs: Public"]
    );
}

#[test]
fn a_path_that_leads_nowhere_is_noticed() {
    let sources = package(&[("lib.rs", "mod a;"), ("a.rs", "use crate::gone::Name; use std::io;")]);
    assert_eq!(sources.dead_ends(), ["src/a.rs: crate::gone::Name"]);
}

#[test]
fn files_of_tests_are_known_but_not_read() {
    let files = [("lib.rs", "#[cfg(test)] mod a;"), ("a.rs", "mod b;"), ("a/b.rs", "not Rust")];
    let sources = package(&files);
    assert_eq!(sources.files.iter().collect::<Vec<_>>(), ["lib.rs"]);
    assert_eq!(sources.test_files.iter().collect::<Vec<_>>(), ["a.rs", "a/b.rs"]);
}

#[test]
fn a_circle_is_found_with_the_names_that_tie_it() {
    let sources = package(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "pub struct C(super::a::A);"),
        ("d.rs", "use crate::a::A;"),
    ]);
    let ties = sources.ties();
    let found = circles(&ties);
    assert_eq!(found, [["a.rs", "b.rs", "c.rs"]]);
    let text = describe(&found[0], &ties);
    assert!(text.ends_with("src/c.rs -> src/a.rs: A") && !text.contains("d.rs"), "{text}");
}

#[test]
fn a_child_and_its_parent_are_a_circle_if_each_uses_the_other() {
    let child = ("a/child.rs", "use super::Options; pub struct Child;");
    let parents = [
        ("mod child; pub struct Options;", 0),
        ("mod child; pub use child::Child; pub struct Options;", 1),
        ("mod child; mod options; pub use child::Child; use options::Options;", 0),
    ];
    for (parent, expected) in parents {
        let options = ("a/options.rs", "pub struct Options;");
        let sources = package(&[("lib.rs", "mod a;"), ("a/mod.rs", parent), child, options]);
        assert_eq!(circles(&sources.ties()).len(), expected, "{parent}");
    }
}

const DOCUMENT: &str = "
## Modules

Some words.

| module | what it holds |
|---|---|
| `low`, `beside` | first |
| `high` (binary) | knows `low` |

### Rooms of `high`

| room | |
|---|---|
| `one` | |
| `two` | |

## Other
";

#[test]
fn a_table_is_read_by_row() {
    assert_eq!(first_column(DOCUMENT, "Modules"), [vec!["low", "beside"], vec!["high"]]);
    assert_eq!(first_column(DOCUMENT, "Rooms of `high`"), [["one"], ["two"]]);
    assert!(Order::read(DOCUMENT, "Other", "").is_err_and(|message| message.contains("`Other`")));
}

#[test]
fn an_order_is_held_to_between_modules_and_between_rooms() {
    let sources = package(&[
        ("lib.rs", "mod low; mod beside; mod high; mod strange; pub struct Root;"),
        ("low.rs", "use crate::beside::B; use crate::high::Two; use crate::Root; pub struct L;"),
        ("beside.rs", "use crate::low::L; pub struct B;"),
        ("high/mod.rs", "mod one; mod two; pub use two::Two; pub struct Door;"),
        ("high/one.rs", "use super::two::Two; use super::Door; pub struct One;"),
        ("high/two/mod.rs", "use crate::low::L; use crate::high::one::One; pub struct Two;"),
        ("strange.rs", ""),
    ]);
    let ties = sources.ties();
    let modules = Order::read(DOCUMENT, "Modules", "").unwrap_or_else(|message| panic!("{message}"));
    assert_eq!(
        modules.violations(&ties),
        [
            "src/low.rs -> src/high/two/mod.rs (Two): `high` comes after `low`",
            "src/low.rs -> src/lib.rs (Root): `lib` comes after `low`",
        ]
    );
    assert_eq!(
        modules.strangers(sources.files.iter()),
        ["src/strange.rs: `strange` has no row under `Modules`"]
    );
    let rooms =
        Order::read(DOCUMENT, "Rooms of `high`", "high/").unwrap_or_else(|message| panic!("{message}"));
    assert_eq!(
        rooms.violations(&ties),
        [
            "src/high/one.rs -> src/high/mod.rs (Door): `mod` comes after `one`",
            "src/high/one.rs -> src/high/two/mod.rs (Two): `two` comes after `one`",
        ]
    );
    let one = [String::from("high/one.rs")];
    assert_eq!(rooms.strangers(one.iter()), ["`two`, a row under `Rooms of `high``, has no file"]);
}

#[test]
fn types_of_one_name_are_counted_where_they_are_defined() {
    let types = package(&[
        ("lib.rs", "mod a; mod b; pub use a::Kind;"),
        ("a.rs", "pub enum Kind {} trait Watch { type Kind; } #[cfg(test)] struct Other;"),
        ("b.rs", "fn f() { type Kind = u8; } struct Other; union Bits { a: u8 }"),
    ])
    .types;
    assert_eq!(types["Kind"], ["a.rs", "b.rs"]);
    assert_eq!((types["Other"].len(), types["Bits"].len(), types["Watch"].len()), (1, 1, 1));
}

#[test]
fn paths_to_other_crates_are_seen_in_code_macros_and_uses() {
    let text = "use std::{env, io}; fn f(toml: u8) { clap::X; println!(); vec![eprint!(\"a\"), toml::from()]; crate::f(0); }";
    let found = package(&[("lib.rs", text)]).foreign_paths();
    let found = found.iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>();
    for path in ["clap::X", "eprint!", "println!", "std::env", "toml::from"] {
        assert!(found.contains(&path), "{path} in {found:?}");
    }
    assert!(!found.contains(&"toml") && !found.contains(&"crate::f"), "{found:?}");
}

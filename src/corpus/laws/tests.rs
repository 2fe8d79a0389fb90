//! The laws over examples that were damaged.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

/// A change of an example.
#[derive(Clone, Debug)]
enum Damage {
    Put(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    Repeat(Index, Index),
}

fn damage(words: &'static [&'static str]) -> impl Strategy<Value = Damage> {
    let index = any::<Index>;
    let word = proptest::sample::select(words).prop_map(|word| word.as_bytes().to_vec());
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Put(at, byte)),
        (index(), word).prop_map(|(at, word)| Damage::Insert(at, word)),
        (index(), index()).prop_map(|(from, to)| Damage::Remove(from, to)),
        (index(), index()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &Index| index.index(bytes.len() + 1);
        let range = |from: &Index, to: &Index| {
            let (from, to) = (place(from), place(to));
            // Short ones leave more of the example whole.
            from.min(to)..from.max(to).min(from.min(to) + 64)
        };
        match self {
            Self::Put(at, byte) => {
                let at = place(at);
                if let Some(place) = bytes.get_mut(at) {
                    *place = *byte;
                }
            }
            Self::Insert(at, word) => {
                let at = place(at);
                bytes.splice(at..at, word.iter().copied());
            }
            Self::Remove(from, to) => {
                let range = range(from, to);
                bytes.drain(range);
            }
            Self::Repeat(from, to) => {
                let range = range(from, to);
                let copy = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, copy);
            }
        }
    }
}

/// Checks a law on the examples of a directory below `tests`, as they are and damaged.
fn holds(law: fn(&[u8]), directory: &str, ending: &str, words: &'static [&'static str]) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let mut examples = Vec::new();
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(ending) {
            examples.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    examples.sort();
    assert!(!examples.is_empty(), "no examples in {}", directory.display());
    for (_, example) in &examples {
        law(example);
    }
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let damages = proptest::collection::vec(damage(words), 1..5);
    let result = runner.run(&(any::<Index>(), damages), |(example, damages)| {
        let mut bytes = example.get(&examples).1.clone();
        for damage in &damages {
            damage.apply(&mut bytes);
        }
        law(&bytes);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

const JSON: &[&str] =
    &["{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"text\":\"x\"", "\\u0041", "\\", "\n", "1e9", "null"];

#[test]
fn the_json_scanner_is_as_strict_as_serde_json() {
    holds(super::json, "seeds/json", "", JSON);
}

#[test]
fn literals_decode_as_with_serde_json() {
    holds(super::literal, "seeds/literal", "", &["\\ud83d", "\\ude00", "\\n", "\\u00e9", "é", "\\\\", "a"]);
}

#[test]
fn arrays_are_written_as_they_are_kept() {
    holds(super::json_array, "seeds/json_array", "", JSON);
}

#[test]
fn tables_are_written_as_they_are_kept() {
    holds(super::csv, "seeds/csv", "", &["\"", ",", "\n", "\r\n", "\r", "\"\"", "\t", ";", "é", "\"\n"]);
}

#[test]
#[cfg(feature = "warc")]
fn web_archives_are_written_as_they_are_kept() {
    let words =
        &["WARC/1.0\r\n", "\r\n", "\n\n", "Content-Length: 4", "WARC-Type: conversion\n", "HTTP/1.1 200\n"];
    holds(super::warc, "seeds/warc", "", words);
}

#[test]
#[cfg(feature = "warc")]
fn pages_are_read_with_and_without_a_head() {
    let words =
        &["<p>", "<head>", "</head>", "<title>", "</title>", "<!--", "&amp;", "<svg>", "<script>", "&lt;"];
    holds(super::html, "seeds/html", "", words);
}

#[test]
#[cfg(feature = "parquet")]
fn parquet_is_written_as_it_is_kept() {
    holds(super::parquet, "fixtures", ".parquet", &["PAR1", "\0", "\u{15}"]);
}

#[test]
#[cfg(feature = "archives")]
fn tape_archives_are_written_as_they_were() {
    holds(super::tar, "fixtures", ".tar", &["\0", "a.txt", "path=a.txt\n", "0"]);
}

#[test]
#[cfg(feature = "archives")]
fn zip_archives_are_written_as_they_were() {
    holds(super::zip, "fixtures", ".zip", &["PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "\0"]);
}

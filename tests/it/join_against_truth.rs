//! The exact join against truth that another program computed, on public corpora that are not part of the project.
//!
//! Set `TWICETOLD_DATA` to a directory that holds `senate/`, `civil-codes/` and `powershell/`, each with
//! `docs.jsonl.zst` and `exact_jaccard_word5.tsv`, compressed or not. Without it these tests say so and pass.

#![expect(clippy::unwrap_used, reason = "in a test, what is not as expected should panic")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use twicetold::shingle::Shingler;
use twicetold::similarity::{Measure, SetCollection, join};
use twicetold::{TextParams, Threshold};

#[test]
fn senate_press_releases_at_0_4() {
    check("senate", 0.4);
}

#[test]
fn civil_codes_at_0_4() {
    check("civil-codes", 0.4);
}

#[test]
fn powershell_pages_at_0_5() {
    check("powershell", 0.5);
}

/// Every pair with both values as the files print them, by ids in order.
type Pairs = BTreeMap<(String, String), (String, String)>;

fn check(corpus: &str, threshold: f64) {
    let Some(directory) = data(corpus) else { return };
    let (ids, sets) = read_sets(&directory.join("docs.jsonl.zst"));
    let measure = Measure::Jaccard(Threshold::new(threshold).unwrap());
    let found = join(&sets, measure, &()).unwrap();
    let mut pairs = Pairs::new();
    for pair in found.pairs() {
        let values = (format!("{:.4}", pair.jaccard), format!("{:.4}", pair.containment));
        pairs.insert(in_order(&ids[pair.a as usize], &ids[pair.b as usize]), values);
    }
    assert_eq!(found.count(), pairs.len() as u64, "ids are not distinct");
    let truth = read_truth(&directory);
    let (mut missed, mut wrong) = (truth.clone(), pairs);
    missed.retain(|ids, values| wrong.get(ids) != Some(values));
    wrong.retain(|ids, values| truth.get(ids) != Some(values));
    assert!(!truth.is_empty());
    assert!(
        missed.is_empty() && wrong.is_empty(),
        "{corpus}: of {} true pairs, missing or with other values: {} such as {:?}; found instead: {} such as {:?}",
        truth.len(),
        missed.len(),
        missed.first_key_value(),
        wrong.len(),
        wrong.first_key_value(),
    );
}

#[expect(clippy::print_stderr, reason = "a test that checks nothing has to say so")]
fn data(corpus: &str) -> Option<PathBuf> {
    let directory = std::env::var_os("TWICETOLD_DATA");
    if directory.is_none() {
        eprintln!("{corpus}: skipped, for TWICETOLD_DATA does not name a directory of corpora");
    }
    Some(PathBuf::from(directory?).join(corpus))
}

fn in_order(a: &str, b: &str) -> (String, String) {
    let (a, b) = (a.min(b), a.max(b));
    (a.to_owned(), b.to_owned())
}

fn read_truth(directory: &Path) -> Pairs {
    let plain = directory.join("exact_jaccard_word5.tsv");
    let file: Box<dyn Read> = if plain.exists() {
        Box::new(File::open(plain).unwrap())
    } else {
        decoder(&plain.with_extension("tsv.zst"))
    };
    let lines = BufReader::new(file).lines().map(Result::unwrap).skip(1);
    lines
        .map(|line| {
            let mut fields = line.split('\t').map(str::to_owned);
            let mut field = || fields.next().unwrap();
            let (a, b, jaccard, containment) = (field(), field(), field(), field());
            (in_order(&a, &b), (jaccard, containment))
        })
        .collect()
}

fn decoder(path: &Path) -> Box<dyn Read> {
    Box::new(zstd::Decoder::new(File::open(path).unwrap()).unwrap())
}

fn read_sets(path: &Path) -> (Vec<String>, SetCollection) {
    let shingler = Shingler::new(&TextParams::default());
    let (mut ids, mut sets, mut units, mut hashes) =
        (Vec::new(), SetCollection::default(), Vec::new(), Vec::new());
    for line in BufReader::new(decoder(path)).lines() {
        let record: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        ids.push(record["id"].as_str().unwrap().to_owned());
        units.clear();
        words_of_the_truth(record["text"].as_str().unwrap(), &mut units);
        shingler.roll(&units, &mut hashes);
        sets.push(&hashes);
    }
    (ids, sets)
}

/// The truth's own words: lowercased runs of bytes that are an ASCII letter, an ASCII digit or not ASCII at all.
/// Hashed with FNV-1a.
fn words_of_the_truth(text: &str, units: &mut Vec<u64>) {
    let words = text.as_bytes().split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    units.extend(words.filter(|word| !word.is_empty()).map(|word| {
        word.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
        })
    }));
}

//! Contained pairs found from samples, against every contained pair, on public corpora that are not part of the
//! project. Set `TWICETOLD_DATA` as for the join; without it these tests say so and pass.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small numbers of a test")]

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use twicetold::reuse::containment::{ContainmentSearch, Sampler, Samples, candidates, verify};
use twicetold::select::ShingleSource;
use twicetold::shingle::{ShingleScratch, Shingler};
use twicetold::similarity::{Measure, SetCollection, join};
use twicetold::{Shingling, TextParams, Threshold};

struct Sets(SetCollection);

impl ShingleSource for Sets {
    type Scratch<'s> = ();

    fn scratch(&self) {}

    fn shingles<'a, 's: 'a>(&'s self, node: u32, (): &'a mut ()) -> &'a [u64] {
        self.0.get(node as usize)
    }
}

#[test]
fn senate_press_releases_that_contain_one_another() {
    check("senate");
}

#[test]
fn civil_codes_that_contain_one_another() {
    check("civil-codes");
}

#[test]
fn powershell_pages_that_contain_one_another() {
    check("powershell");
}

#[expect(clippy::print_stderr, reason = "a test that checks nothing has to say so")]
fn data(corpus: &str) -> Option<PathBuf> {
    let directory = std::env::var_os("TWICETOLD_DATA");
    if directory.is_none() {
        eprintln!("{corpus}: skipped, for TWICETOLD_DATA does not name a directory of corpora");
    }
    Some(PathBuf::from(directory?).join(corpus).join("docs.jsonl.zst"))
}

fn check(corpus: &str) {
    let Some(path) = data(corpus) else { return };
    let search = ContainmentSearch::default();
    let below = Threshold::default();
    let sampler = Sampler::new(search, Shingling::default()).unwrap();
    let (sets, samples, units) = read(&path, &sampler);
    let rows: Vec<u32> = (0..samples.len() as u32).collect();
    let found: BTreeSet<(u32, u32)> = {
        let candidates = candidates(&samples, &rows, &sampler, &()).unwrap();
        let pairs = verify(&candidates, &search, Some(below), &sets);
        pairs.iter().map(|pair| (pair.smaller.min(pair.larger), pair.smaller.max(pair.larger))).collect()
    };
    let long_enough = |node: u32| units[node as usize] >= search.least_units as usize;
    let all = join(&sets.0, Measure::Containment(search.containment), &()).unwrap();
    let truth: BTreeSet<(u32, u32)> = all
        .pairs()
        .filter(|pair| pair.jaccard < below.get() && long_enough(pair.a) && long_enough(pair.b))
        .map(|pair| (pair.a, pair.b))
        .collect();
    assert!(truth.len() > 1000, "{corpus}: {} pairs are too few to measure", truth.len());
    assert!(found.is_subset(&truth), "{corpus}: precision must be 1");
    let recall = found.len() as f64 / truth.len() as f64;
    assert!(recall >= 0.97, "{corpus}: {} of {} pairs found, {recall}", found.len(), truth.len());
}

fn read(path: &Path, sampler: &Sampler) -> (Sets, Samples, Vec<usize>) {
    let shingler = Shingler::new(&TextParams::default());
    let mut scratch = ShingleScratch::default();
    let (mut sets, mut samples, mut units) = (SetCollection::default(), Samples::default(), Vec::new());
    let file = std::fs::File::open(path).unwrap();
    let lines = std::io::BufReader::new(zstd::Decoder::new(file).unwrap()).lines();
    for line in lines {
        let record: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let shingles = shingler.shingles(record["text"].as_str().unwrap(), &mut scratch);
        sets.push(shingles.hashes);
        samples.push(sampler, shingles.hashes, shingles.units());
        units.push(shingles.units());
    }
    (Sets(sets), samples, units)
}

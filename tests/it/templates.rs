//! `--keep-templates` against its definition, over all pairs.
#![allow(clippy::cast_precision_loss, reason = "small numbers of a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use twicetold::TextParams;
use twicetold::reuse::relation::{RelateScratch, Relater, Relation};
use twicetold::shingle::{ShingleScratch, Shingler};

use crate::sandbox::{Sandbox, record};

fn corpora(path: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora").join(path);
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn shingles(text: &str) -> BTreeSet<u64> {
    let mut scratch = ShingleScratch::default();
    Shingler::new(&TextParams::default()).shingles(text, &mut scratch).hashes.iter().copied().collect()
}

/// The definition: in order, a text goes if a kept one is similar to it and no template. Returns what goes.
fn obvious(texts: &[String], threshold: f64) -> BTreeSet<String> {
    let (relater, mut scratch) = (Relater::default(), RelateScratch::default());
    let sets: Vec<BTreeSet<u64>> = texts.iter().map(|text| shingles(text)).collect();
    let mut kept: Vec<usize> = Vec::new();
    for node in 0..texts.len() {
        let repeats = kept.iter().any(|&by| {
            let shared = sets[node].intersection(&sets[by]).count() as f64;
            let jaccard = shared / (sets[node].len() as f64 + sets[by].len() as f64 - shared);
            let is_template = |scratch: &mut RelateScratch| {
                relater.relate(&texts[by], &texts[node], scratch).relation == Some(Relation::Template)
            };
            jaccard >= threshold && !is_template(&mut scratch)
        });
        if !repeats {
            kept.push(node);
        }
    }
    (0..texts.len()).filter(|node| !kept.contains(node)).map(|node| node.to_string()).collect()
}

fn gone(sandbox: &Sandbox, arguments: &[&str]) -> BTreeSet<String> {
    let all = ["dedup", "docs.jsonl", "-o", "out", "--overwrite", "--recall", "1"];
    sandbox.run(&[&all[..], arguments].concat()).expect(0);
    let removed = sandbox.lines("out/removed.jsonl");
    removed.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn forms_stay_and_stories_told_again_go() {
    let sandbox = Sandbox::new();
    let pairs = corpora("forms/pairs.jsonl");
    let sides = pairs.iter().flat_map(|pair| [&pair["a"], &pair["b"]]);
    let texts: Vec<String> = sides.map(|text| text.as_str().unwrap().to_owned()).collect();
    let lines: String = texts.iter().enumerate().map(|(n, text)| record(&n.to_string(), text)).collect();
    sandbox.file("docs.jsonl", lines);
    for threshold in ["0.3", "0.5"] {
        let expected = obvious(&texts, threshold.parse().unwrap());
        let all = gone(&sandbox, &["--threshold", threshold]);
        let kept = gone(&sandbox, &["--threshold", threshold, "--keep-templates"]);
        assert_eq!(kept, expected, "{threshold}");
        assert!(kept.len() < all.len(), "{threshold}: {} of {}", kept.len(), all.len());
        let figures = &sandbox.json("out/summary.json")["templates"];
        assert!(figures["kept_apart"].as_u64() > Some(0) && figures["bounded"] == 0, "{figures}");
    }
}

#[test]
fn labelled_templates_of_the_newswire_corpus_stay() {
    let sandbox = Sandbox::new();
    let mut texts = String::new();
    let articles = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newswire/articles");
    let mut paths: Vec<_> = fs::read_dir(articles).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        texts.push_str(&fs::read_to_string(path).unwrap());
    }
    sandbox.file("docs.jsonl", texts);
    let labels: BTreeMap<String, Value> = corpora("newswire/labels.jsonl")
        .into_iter()
        .map(|label| (label["id"].as_str().unwrap().to_owned(), label))
        .collect();
    let is_template = |id: &String| labels[id]["role"] == "template";
    let all = gone(&sandbox, &["--threshold", "0.35"]);
    let kept = gone(&sandbox, &["--threshold", "0.35", "--keep-templates"]);
    assert!(all.iter().filter(|id| is_template(id)).count() >= 6, "{all:?}");
    // One bulletin is taken for an update of another.
    assert!(kept.iter().filter(|id| is_template(id)).count() <= 1, "{kept:?}");
    // Nothing else is spared for it.
    let spared: Vec<&String> = all.difference(&kept).filter(|id| !is_template(id)).collect();
    assert!(spared.is_empty(), "{spared:?}");
}

#[test]
fn a_large_family_of_forms_stays_and_its_bound_is_counted() {
    let sandbox = Sandbox::new();
    // Names that have nothing in common: with a third of the letters changed, a name passes for a corrected one.
    let town = |n: usize| {
        let mut number = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        number ^= number >> 29;
        let letter = |place: u32| char::from(b'a' + (number >> (place * 7) & 0x7f) as u8 % 26);
        format!("T{}", (0..8).map(letter).collect::<String>())
    };
    let form = |n: usize| {
        format!(
            "The council of {0} will receive {1} crowns for its harbour, the ministry said. It is to mend the quays and the two \
             old sheds by the water, which have been closed since the storm, and to pay for a new light at the end of the pier. \
             The mayor of {0} said that the town had waited for this for years and that work would begin at once.",
            town(n),
            1000 + n * 17
        )
    };
    let lines: String = (0..400).map(|n| record(&n.to_string(), &form(n % 100 + n / 200 * 100))).collect();
    sandbox.file("docs.jsonl", lines);
    let removed = gone(&sandbox, &["--threshold", "0.4", "--keep-templates"]);
    // Of each form there are two or more equal ones, which go; no other does.
    let relations: BTreeSet<String> =
        sandbox.lines("out/removed.jsonl").iter().map(|line| line["relation"].to_string()).collect();
    assert_eq!(relations, BTreeSet::from(["\"exact\"".to_owned()]));
    assert_eq!(removed.len(), 200);
    let figures = &sandbox.json("out/summary.json")["templates"];
    assert!(figures["bounded"].as_u64() > Some(100) && figures["kept_apart"] == 199, "{figures}");
    let bounded = ["dedup", "docs.jsonl", "-o", "bounded", "--threshold", "0.4", "--recall", "1", "--memory"];
    sandbox.run(&[&bounded[..], &["64M", "--keep-templates"]].concat()).expect(0);
    for name in ["removed.jsonl", "summary.json"] {
        assert_eq!(sandbox.read(&format!("out/{name}")), sandbox.read(&format!("bounded/{name}")));
    }
}

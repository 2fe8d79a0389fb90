//! Tokens and shingles against the labels of the newswire corpus, which another program computed.
#![allow(clippy::cast_precision_loss, reason = "small numbers of a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use twicetold::TextParams;
use twicetold::shingle::{ShingleScratch, Shingler, TextIdentity};

/// An article's shingles and identity.
struct Article {
    shingles: BTreeSet<u64>,
    identity: TextIdentity,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newswire")
}

fn records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn articles() -> BTreeMap<String, Article> {
    let shingler = Shingler::new(&TextParams::default());
    let mut scratch = ShingleScratch::default();
    let mut articles = BTreeMap::new();
    for entry in fs::read_dir(corpus().join("articles")).unwrap() {
        for record in records(&entry.unwrap().path()) {
            let shingles = shingler.shingles(record["text"].as_str().unwrap(), &mut scratch);
            let article =
                Article { shingles: shingles.hashes.iter().copied().collect(), identity: shingles.identity };
            articles.insert(record["id"].as_str().unwrap().to_owned(), article);
        }
    }
    articles
}

#[test]
fn every_labelled_similarity_is_recomputed_to_its_four_decimals() {
    let articles = articles();
    let labels = records(&corpus().join("labels.jsonl"));
    assert_eq!(labels.len(), articles.len());
    let mut compared = 0;
    for label in &labels {
        let Some(of) = label["of"].as_str() else { continue };
        let id = label["id"].as_str().unwrap();
        let (article, origin) = (&articles[id], &articles[of]);
        let shared = article.shingles.intersection(&origin.shingles).count() as f64;
        let (own, other) = (article.shingles.len() as f64, origin.shingles.len() as f64);
        let (jaccard, containment) = (shared / (own + other - shared), shared / own.min(other));
        for (name, found) in [("jaccard", jaccard), ("containment", containment)] {
            let stated = label[name].as_f64().unwrap();
            // Half a unit of the last decimal, and what floating point adds to it.
            assert!((found - stated).abs() <= 0.5e-4 + 1e-9, "{id} of {of}: {name} {found}, label {stated}");
        }
        let role = label["role"].as_str().unwrap();
        assert_eq!(article.identity == origin.identity, role == "exact", "{id} of {of}: {role}");
        compared += 1;
    }
    let derived = labels.iter().filter(|label| !label["jaccard"].is_null()).count();
    assert_eq!(compared, derived);
}

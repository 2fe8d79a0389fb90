//! What the library promises, held against brute force over all pairs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use twicetold::corpus::{Corpus, OpenOptions};
use twicetold::engine::{Dedup, Matching};
use twicetold::{Recall, Threshold};

use crate::sandbox::Sandbox;

/// Texts of families that share most words, so that similarities straddle the threshold.
fn texts() -> impl Strategy<Value = Vec<String>> {
    let text = (0u32..5, 5u32..40, proptest::collection::vec((0u32..60, 0u32..4), 0..6));
    let make = |(family, length, changes): (u32, u32, Vec<(u32, u32)>)| {
        let mut words: Vec<String> = (0..length).map(|n| format!("f{family}w{n}")).collect();
        for (place, word) in changes {
            if let Some(old) = words.get_mut(place as usize) {
                *old = format!("other{word}");
            }
        }
        words.join(" ")
    };
    proptest::collection::vec(text.prop_map(make), 1..60)
}

fn shingles(text: &str) -> BTreeSet<Vec<&str>> {
    let words: Vec<&str> = text.split(' ').collect();
    if words.len() < 5 { BTreeSet::from([words]) } else { words.windows(5).map(<[&str]>::to_vec).collect() }
}

fn jaccard(a: &str, b: &str) -> f64 {
    let (a, b) = (shingles(a), shingles(b));
    let shared = a.intersection(&b).count();
    shared as f64 / (a.len() + b.len() - shared) as f64
}

/// The greedy kept set by its definition.
fn obvious(texts: &[String], threshold: f64) -> Vec<bool> {
    let mut kept: Vec<String> = Vec::new();
    let decide = |text: &String| {
        let stays = kept.iter().all(|other| jaccard(text, other) < threshold);
        if stays {
            kept.push(text.clone());
        }
        stays
    };
    texts.iter().map(decide).collect()
}

/// What the program decides: whether each text is kept, and for each removed one the kept one and the similarity.
fn decided(texts: &[String], threshold: f64, recall: f64) -> (Vec<bool>, Vec<(usize, usize, f64)>) {
    let sandbox = Sandbox::new();
    let lines: Vec<String> =
        texts.iter().map(|text| serde_json::json!({ "text": text }).to_string()).collect();
    let path: PathBuf = sandbox.file("texts.jsonl", lines.join("\n"));
    let options = OpenOptions::new(sandbox.path(""));
    let corpus = Corpus::open(&[path], &options).unwrap();
    let matching = Matching {
        threshold: Threshold::new(threshold).unwrap(),
        recall: Recall::new(recall).unwrap(),
        ..Matching::default()
    };
    let outcome = Dedup { matching, ..Dedup::default() }.decide(&corpus, &()).unwrap();
    let mut kept = vec![true; texts.len()];
    let mut removals = Vec::new();
    for removal in outcome.removals() {
        kept[removal.document.index()] = false;
        removals.push((removal.document.index(), removal.by.index(), removal.similarity));
    }
    (kept, removals)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn with_recall_1_the_kept_set_is_the_greedy_one_over_all_pairs(texts in texts(), percent in 20u32..=100) {
        let threshold = f64::from(percent) / 100.0;
        let (kept, _) = decided(&texts, threshold, 1.0);
        prop_assert_eq!(kept, obvious(&texts, threshold));
    }

    #[test]
    fn every_removal_is_justified_by_a_kept_document(texts in texts(), percent in 40u32..=100) {
        let threshold = f64::from(percent) / 100.0;
        let (kept, removals) = decided(&texts, threshold, 0.99);
        for (document, by, similarity) in removals {
            prop_assert!(kept[by]);
            prop_assert_eq!(similarity, jaccard(&texts[document], &texts[by]));
            prop_assert!(similarity >= threshold);
        }
    }
}

#[test]
fn at_the_default_recall_few_pairs_at_the_threshold_are_missed() {
    // One pair a corpus of two: its similarity is the nearest to 0.8 from above, where a miss is likeliest.
    let (mut pairs, mut missed) = (0, 0);
    let mut texts = Vec::new();
    for topic in 0..4000u32 {
        let words: Vec<String> = (0..49).map(|n| format!("t{topic}w{n}")).collect();
        let mut changed = words.clone();
        changed[0] = "x".to_owned();
        // Four shingles lie in the change at the end, one in that at the start: 40 of 50 are shared.
        changed[45] = "y".to_owned();
        let similarity = jaccard(&words.join(" "), &changed.join(" "));
        assert!((0.8..0.82).contains(&similarity), "{similarity}");
        texts.extend([words.join(" "), changed.join(" ")]);
        pairs += 1;
    }
    let (kept, _) = decided(&texts, 0.8, 0.99);
    for pair in kept.chunks(2) {
        missed += usize::from(pair[1]);
    }
    // 40 misses are promised at most; the bound adds four standard deviations.
    assert!(missed <= 40 + 26, "{missed} of {pairs} missed");
}

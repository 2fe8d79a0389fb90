//! What the library promises, held against brute force over all pairs.

use std::path::PathBuf;

use proptest::prelude::*;
use twicetold::corpus::{Corpus, OpenOptions};
use twicetold::engine::{Dedup, Matching};
use twicetold::{Recall, Threshold};

use crate::brute_force::{jaccard, lines, pairs_at_four_fifths, texts};
use crate::sandbox::Sandbox;

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
    let path: PathBuf = sandbox.file("texts.jsonl", lines(texts));
    let options = OpenOptions::new(sandbox.path(""));
    let corpus = Corpus::open(&[path], &options).unwrap();
    let matching = with!(Matching::default(), threshold: Threshold::new(threshold).unwrap(),
        recall: Recall::new(recall).unwrap());
    let outcome = with!(Dedup::default(), matching).decide(&corpus, &()).unwrap();
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
    fn with_recall_1_the_kept_set_is_the_greedy_one_over_all_pairs(texts in texts(60), percent in 20u32..=100) {
        let threshold = f64::from(percent) / 100.0;
        let (kept, _) = decided(&texts, threshold, 1.0);
        prop_assert_eq!(kept, obvious(&texts, threshold));
    }

    #[test]
    fn every_removal_is_justified_by_a_kept_document(texts in texts(60), percent in 40u32..=100) {
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
    let pairs = 4000;
    let texts = pairs_at_four_fifths(pairs);
    for pair in texts.chunks(2) {
        let similarity = jaccard(&pair[0], &pair[1]);
        assert!((0.8..0.82).contains(&similarity), "{similarity}");
    }
    let (kept, _) = decided(&texts, 0.8, 0.99);
    let missed = kept.chunks(2).filter(|pair| pair[1]).count();
    // 40 misses are promised at most; the bound adds four standard deviations.
    assert!(missed <= 40 + 26, "{missed} of {pairs} missed");
}

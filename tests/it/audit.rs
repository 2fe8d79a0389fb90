//! What the audit of a run says, against all pairs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use twicetold::corpus::{Corpus, OpenOptions};
use twicetold::engine::{AuditSample, Dedup, Matching};
use twicetold::output::AuditFigures;
use twicetold::{Bands, Rows, Threshold};

use crate::brute_force::{jaccard, lines, pairs_at_four_fifths, texts};
use crate::sandbox::Sandbox;

/// The audit of a run with these bands, and which texts are kept.
fn audited(
    texts: &[String],
    threshold: f64,
    bands: (u32, u32),
    audit: AuditSample,
) -> (Option<AuditFigures>, Vec<bool>) {
    let sandbox = Sandbox::new();
    let path: PathBuf = sandbox.file("texts.jsonl", lines(texts));
    let corpus = Corpus::open(&[path], &OpenOptions::new(sandbox.path(""))).unwrap();
    let matching = with!(Matching::default(), threshold: Threshold::new(threshold).unwrap(),
        bands: Some(Bands(bands.0)), rows: Some(Rows(bands.1)));
    let outcome = with!(Dedup::default(), matching, audit).decide(&corpus, &()).unwrap();
    let mut kept = vec![true; texts.len()];
    for removal in outcome.removals() {
        kept[removal.document.index()] = false;
    }
    (outcome.summary().audit.clone(), kept)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn an_audit_of_all_documents_knows_all_pairs(texts in texts(60), percent in 50u32..=100) {
        let threshold = f64::from(percent) / 100.0;
        let (audit, kept) = audited(&texts, threshold, (2, 12), AuditSample::Documents(100));
        let audit = audit.unwrap();
        // Equal texts are one document.
        let distinct: Vec<usize> =
            (0..texts.len()).filter(|&place| !texts[..place].contains(&texts[place])).collect();
        let similar: Vec<(usize, usize)> = distinct
            .iter()
            .flat_map(|&a| distinct.iter().map(move |&b| (a, b)))
            .filter(|&(a, b)| a < b && jaccard(&texts[a], &texts[b]) >= threshold)
            .collect();
        prop_assert_eq!(audit.documents, distinct.len() as u64);
        // The audit misses a pair at the threshold once in some thousand times.
        let missing = (similar.len() as u64).checked_sub(audit.similar);
        prop_assert!(missing.is_some_and(|missing| missing <= 1), "{:?} {}", audit, similar.len());
        prop_assert!(!audit.pairs_drawn);
        let both = similar.iter().filter(|&&(a, b)| kept[a] && kept[b]).count() as u64;
        prop_assert!(audit.both_kept <= both && both <= audit.both_kept + missing.unwrap());
        // What is found has been decided about.
        prop_assert!(audit.found + audit.both_kept <= audit.similar);
        prop_assert_eq!(audit.measured_recall.is_some(), audit.similar > 0);
        prop_assert!(audit.nearest.is_sorted_by_key(|decision| (decision.similarity - threshold).abs()));
        for decision in &audit.nearest {
            let [a, b] = [decision.document.index(), decision.kept.index()];
            prop_assert_eq!(decision.similarity, jaccard(&texts[a], &texts[b]));
            prop_assert_eq!(decision.removed, !kept[a]);
            prop_assert!(kept[b] && (decision.removed || decision.similarity < threshold));
        }
    }
}

#[test]
fn bands_that_miss_half_of_the_pairs_are_measured_to() {
    let texts = pairs_at_four_fifths(2000);
    // 1 - (1 - 0.8^8)^4 = 0.52.
    let (audit, kept) = audited(&texts, 0.8, (4, 8), AuditSample::Documents(10_000));
    let audit = audit.unwrap();
    let found = kept.chunks(2).filter(|pair| !pair[1]).count() as u64;
    assert_eq!(
        (audit.documents, audit.similar, audit.found, audit.both_kept),
        (4000, 2000, found, 2000 - found)
    );
    let [low, high] = audit.recall_interval.unwrap();
    assert!((940..1140).contains(&found), "{found}");
    assert!(low < 0.52 && 0.525 < high && high - low < 0.05, "{low} {high}");
    assert!((audit.predicted_recall.unwrap() - 0.5216).abs() < 0.01, "{audit:?}");
}

#[test]
fn one_in_a_hundred_is_drawn_unless_the_caller_says_how_many() {
    let texts = pairs_at_four_fifths(500);
    let drawn = |audit| audited(&texts, 0.8, (21, 6), audit).0.map(|audit| (audit.documents, audit.similar));
    let (documents, similar) = drawn(AuditSample::default()).unwrap();
    assert!(documents == 10 && (8..=10).contains(&similar), "{documents} {similar}");
    assert_eq!(drawn(AuditSample::Documents(0)), None);
    assert_eq!(drawn(AuditSample::Documents(1)), Some((1, 1)));
    assert_eq!(audited(&texts[..90], 0.8, (21, 6), AuditSample::default()).0, None);
}

#[test]
fn more_pairs_than_are_compared_are_drawn_from() {
    // Each text is similar to each other, but equal to none.
    let common: Vec<String> = (0..60).map(|n| format!("w{n}")).collect();
    let texts: Vec<String> = (0..400).map(|n| format!("{} own{n}", common.join(" "))).collect();
    let (audit, _) = audited(&texts, 0.8, (21, 6), AuditSample::Documents(1));
    let audit = audit.unwrap();
    assert_eq!((audit.documents, audit.compared, audit.similar, audit.found), (1, 200, 200, 200));
    assert!(audit.pairs_drawn);
    let others: BTreeSet<_> = audit.nearest.iter().map(|decision| decision.document).collect();
    assert_eq!((audit.nearest.len(), others.len()), (10, 10));
}

#[test]
fn a_run_within_a_memory_limit_measures_the_same() {
    let sandbox = Sandbox::new();
    sandbox.file("texts.jsonl", lines(&pairs_at_four_fifths(1000)));
    let run = |more: &[&str]| {
        let mut all = vec![
            "dedup",
            "texts.jsonl",
            "-o",
            "out",
            "--overwrite",
            "--quiet",
            "--bands",
            "5",
            "--rows",
            "9",
        ];
        all.extend(["--audit", "300"].iter().chain(more));
        sandbox.run(&all).expect(0);
        sandbox.json("out/summary.json")
    };
    let summary = run(&[]);
    assert!(summary["audit"]["measured_recall"].as_f64().unwrap() < 0.9, "{summary}");
    assert_eq!(summary, run(&["--memory", "16M", "--threads", "2"]));
}

//! Every metric against its definition, over all pairs of documents.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "counts of small corpora")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Documents of a small corpus, at most.
const MOST: u32 = 12;

fn members(clusters: &[u32]) -> Vec<Membership> {
    (0..).zip(clusters).map(|(document, &cluster)| Membership { document, cluster }).collect()
}

fn id_pairs(pairs: &[(u32, u32)]) -> Vec<IdPair> {
    pairs.iter().map(|&(a, b)| IdPair { a, b, similarity: None }).collect()
}

fn measure(ids: u32, result: &ToolResult, labels: &Labels) -> Evaluation {
    let options = EvaluateOptions { replicates: 0, ..EvaluateOptions::default() };
    evaluate(ids as usize, result, labels, None, &[], &options, &()).unwrap()
}

fn value(evaluation: &Evaluation, metric: Metric) -> Option<f64> {
    evaluation.figures.iter().find(|measured| measured.metric == metric).expect("it has this metric").value
}

fn has(evaluation: &Evaluation, metric: Metric) -> bool {
    evaluation.figures.iter().any(|measured| measured.metric == metric)
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        _ => a == b,
    }
}

/// All pairs of so many documents.
fn every_pair(documents: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..documents).flat_map(move |b| (0..b).map(move |a| (a, b)))
}

type PairSet = BTreeSet<(u32, u32)>;

fn closure(documents: u32, pairs: &PairSet) -> Vec<u32> {
    let mut group: Vec<u32> = (0..documents).collect();
    loop {
        let before = group.clone();
        for &(a, b) in pairs {
            let least = group[a as usize].min(group[b as usize]);
            (group[a as usize], group[b as usize]) = (least, least);
        }
        if group == before {
            return group;
        }
    }
}

fn same(groups: &[u32]) -> PairSet {
    let documents = u32::try_from(groups.len()).unwrap();
    every_pair(documents).filter(|&(a, b)| groups[a as usize] == groups[b as usize]).collect()
}

/// The harmonic mean, as the field takes it.
fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

/// Checks the metrics of pairs by their definitions.
fn check_pairs(evaluation: &Evaluation, labelled: &PairSet, found: &PairSet) {
    let both = labelled.intersection(found).count();
    let share = |whole: usize| (whole > 0).then(|| both as f64 / whole as f64);
    assert!(near(value(evaluation, Metric::PairPrecision), share(found.len())));
    assert!(near(value(evaluation, Metric::PairRecall), share(labelled.len())));
    let mean = (labelled.len() + found.len() > 0)
        .then(|| f1(share(found.len()).unwrap_or(0.0), share(labelled.len()).unwrap_or(0.0)));
    assert!(near(value(evaluation, Metric::PairF1), mean));
    let pairs = evaluation.pairs;
    let counts = (pairs.labelled as usize, pairs.found as usize, pairs.both as usize);
    assert_eq!(counts, (labelled.len(), found.len(), both));
}

/// The entropy of a grouping, in the words of information theory.
fn entropy(counts: impl Iterator<Item = usize>, all: usize) -> f64 {
    counts.map(|count| count as f64 / all as f64).map(|p| -p * p.ln()).sum()
}

/// Checks the metrics of clusters by their definitions.
fn check_clusters(evaluation: &Evaluation, labels: &[u32], found: &[u32]) {
    let all = labels.len();
    let (mut label_sizes, mut found_sizes, mut cells) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut precision, mut recall) = (0.0, 0.0);
    for document in 0..all {
        *label_sizes.entry(labels[document]).or_insert(0) += 1;
        *found_sizes.entry(found[document]).or_insert(0) += 1;
        *cells.entry((labels[document], found[document])).or_insert(0) += 1;
        let with = |groups: &[u32]| -> BTreeSet<usize> {
            (0..all).filter(|&other| groups[other] == groups[document]).collect()
        };
        let (label, found) = (with(labels), with(found));
        let both = label.intersection(&found).count() as f64;
        precision += both / found.len() as f64 / all as f64;
        recall += both / label.len() as f64 / all as f64;
    }
    let sizes = |sizes: &BTreeMap<u32, usize>| entropy(sizes.values().copied(), all);
    let (of_labels, of_found) = (sizes(&label_sizes), sizes(&found_sizes));
    let joint = entropy(cells.values().copied(), all);
    let homogeneity = if label_sizes.len() == 1 { 1.0 } else { 1.0 - (joint - of_found) / of_labels };
    let completeness = if found_sizes.len() == 1 { 1.0 } else { 1.0 - (joint - of_labels) / of_found };
    for (metric, expected) in [
        (Metric::BCubedPrecision, precision),
        (Metric::BCubedRecall, recall),
        (Metric::BCubedF1, f1(precision, recall)),
        (Metric::Homogeneity, homogeneity),
        (Metric::Completeness, completeness),
        (Metric::VMeasure, f1(homogeneity, completeness)),
    ] {
        let measured = value(evaluation, metric);
        assert!(near(measured, Some(expected)), "{metric:?}: {measured:?} is not {expected}");
    }
}

/// Checks the adjusted Rand index in the form of Hubert and Arabie: of the index, its expectation and its maximum.
fn check_adjusted_rand(evaluation: &Evaluation, documents: u32, labelled: &PairSet, found: &PairSet) {
    let (labelled, found, both) =
        (labelled.len() as f64, found.len() as f64, labelled.intersection(found).count() as f64);
    let all = every_pair(documents).count() as f64;
    let expected = if all == 0.0 { 0.0 } else { labelled * found / all };
    let most = f64::midpoint(labelled, found);
    let index = if most == expected { 1.0 } else { (both - expected) / (most - expected) };
    let measured = value(evaluation, Metric::AdjustedRand);
    assert!(near(measured, Some(index)), "{measured:?} is not {index}");
}

/// Checks what is said of the kept documents, by searches through the graph of labelled pairs.
fn check_kept(evaluation: &Evaluation, labelled: &PairSet, is_kept: &[bool], judged: Option<&BTreeSet<u32>>) {
    let documents = u32::try_from(is_kept.len()).unwrap();
    let counts = |document: &u32| judged.is_none_or(|judged| judged.contains(document));
    let kept = |document: u32| is_kept[document as usize];
    let of = |is_one: &dyn Fn(u32) -> bool| -> BTreeSet<u32> {
        (0..documents).filter(counts).filter(|&document| is_one(document)).collect()
    };
    let components = |within: &BTreeSet<u32>| {
        let edges: PairSet =
            labelled.iter().copied().filter(|(a, b)| within.contains(a) && within.contains(b)).collect();
        let groups = closure(documents, &edges);
        within.iter().map(|&document| groups[document as usize]).collect::<BTreeSet<_>>().len()
    };
    let unjustified = of(&|document| {
        let touches = |&&(a, b): &&(u32, u32)| a == document || b == document;
        !kept(document) && !labelled.iter().filter(touches).any(|&(a, b)| kept(a) || kept(b))
    });
    let stay = of(&kept);
    let measured = evaluation.kept.unwrap();
    let expected = KeptErrors {
        documents: of(&|_| true).len() as u64,
        removed: of(&|document| !kept(document)).len() as u64,
        copies_left: (stay.len() - components(&stay)) as u64,
        originals_lost: components(&unjustified) as u64,
        unjustified: unjustified.len() as u64,
    };
    assert_eq!(measured, expected);
    let left = labelled.iter().filter(|&&(a, b)| kept(a) && kept(b)).count();
    assert_eq!(evaluation.pairs.left, left as u64);
    let right = (expected.removed - expected.originals_lost) as f64;
    let share = |whole: f64| (whole > 0.0).then(|| right / whole);
    assert!(near(value(evaluation, Metric::RemovalPrecision), share(expected.removed as f64)));
    assert!(near(value(evaluation, Metric::RemovalRecall), share(right + expected.copies_left as f64)));
}

/// Pairs as they may be given: in either order, several times.
fn some_pairs(documents: u32) -> impl Strategy<Value = Vec<(u32, u32)>> {
    let pair = (0..documents, 0..documents).prop_filter("two documents", |(a, b)| a != b);
    vec(pair, 0..10)
}

fn ordered(pairs: &[(u32, u32)]) -> PairSet {
    pairs.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect()
}

/// A corpus: two clusterings, two lists of pairs, and whether each document is kept.
type CorpusCase = (Vec<u32>, Vec<u32>, Vec<(u32, u32)>, Vec<(u32, u32)>, Vec<bool>);

fn a_case() -> impl Strategy<Value = CorpusCase> {
    (2..MOST).prop_flat_map(|documents| {
        let clusters = move || vec(0..4u32, documents as usize);
        let kept = vec(any::<bool>(), documents as usize);
        (clusters(), clusters(), some_pairs(documents), some_pairs(documents), kept)
    })
}

fn listed(is_kept: &[bool]) -> KeptDocuments {
    KeptDocuments::Listed(
        (0..).zip(is_kept).filter(|(_, kept)| **kept).map(|(document, _)| document).collect(),
    )
}

fn removed(is_kept: &[bool]) -> KeptDocuments {
    KeptDocuments::AllBut(
        (0..).zip(is_kept).filter(|(_, kept)| !**kept).map(|(document, _)| document).collect(),
    )
}

proptest! {
    #[test]
    fn clusters_against_clusters_are_as_defined((labels, found, _, _, is_kept) in a_case()) {
        let documents = u32::try_from(labels.len()).unwrap();
        let known = Labels { duplicates: KnownDuplicates::Clusters(members(&labels)), documents: None };
        let result =
            ToolResult { duplicates: FoundDuplicates::Clusters(members(&found)), kept: Some(removed(&is_kept)) };
        let evaluation = measure(documents, &result, &known);
        check_pairs(&evaluation, &same(&labels), &same(&found));
        check_adjusted_rand(&evaluation, documents, &same(&labels), &same(&found));
        check_clusters(&evaluation, &labels, &found);
        check_kept(&evaluation, &same(&labels), &is_kept, None);
    }

    #[test]
    fn pairs_against_clusters_are_as_defined((labels, _, found, _, is_kept) in a_case()) {
        let documents = u32::try_from(labels.len()).unwrap();
        let known = Labels { duplicates: KnownDuplicates::Clusters(members(&labels)), documents: None };
        let result =
            ToolResult { duplicates: FoundDuplicates::Pairs(id_pairs(&found)), kept: Some(listed(&is_kept)) };
        let evaluation = measure(documents, &result, &known);
        let found = ordered(&found);
        check_pairs(&evaluation, &same(&labels), &found);
        check_clusters(&evaluation, &labels, &closure(documents, &found));
    }

    #[test]
    fn clusters_against_pairs_are_as_defined((_, found, labels, _, is_kept) in a_case()) {
        let documents = u32::try_from(found.len()).unwrap();
        let known = Labels {
            duplicates: KnownDuplicates::Pairs(id_pairs(&labels)),
            documents: Some((0..documents).collect()),
        };
        let result =
            ToolResult { duplicates: FoundDuplicates::Clusters(members(&found)), kept: Some(listed(&is_kept)) };
        let evaluation = measure(documents, &result, &known);
        let labels = ordered(&labels);
        check_pairs(&evaluation, &labels, &same(&found));
        check_clusters(&evaluation, &closure(documents, &labels), &found);
        check_kept(&evaluation, &labels, &is_kept, None);
        let implied = same(&closure(documents, &labels)).len() - labels.len();
        prop_assert_eq!(evaluation.implied_pairs, implied as u64);
    }

    #[test]
    fn pairs_against_pairs_are_as_defined((_, _, labels, found, is_kept) in a_case()) {
        let documents = u32::try_from(is_kept.len()).unwrap();
        let known = Labels {
            duplicates: KnownDuplicates::Pairs(id_pairs(&labels)),
            documents: Some((0..documents).collect()),
        };
        let result = ToolResult { duplicates: FoundDuplicates::Pairs(id_pairs(&found)), kept: None };
        let evaluation = measure(documents, &result, &known);
        let (labels, found) = (ordered(&labels), ordered(&found));
        check_pairs(&evaluation, &labels, &found);
        check_clusters(&evaluation, &closure(documents, &labels), &closure(documents, &found));
    }

    #[test]
    fn of_judged_pairs_only_these_count((_, clusters, positive, negative, is_kept) in a_case()) {
        let documents = u32::try_from(is_kept.len()).unwrap();
        let positive = ordered(&positive);
        let negative: PairSet = ordered(&negative).difference(&positive).copied().collect();
        let list = |pairs: &PairSet| id_pairs(&pairs.iter().copied().collect::<Vec<_>>());
        let known = Labels {
            duplicates: KnownDuplicates::Judged { positive: list(&positive), negative: list(&negative) },
            documents: None,
        };
        let result =
            ToolResult { duplicates: FoundDuplicates::Clusters(members(&clusters)), kept: Some(removed(&is_kept)) };
        let evaluation = measure(documents, &result, &known);
        let judged: PairSet = positive.union(&negative).copied().collect();
        let found: PairSet = same(&clusters).intersection(&judged).copied().collect();
        check_pairs(&evaluation, &positive, &found);
        prop_assert!(!has(&evaluation, Metric::AdjustedRand), "unlisted pairs are unknown");
        // Documents are numbered anew, so they are counted by name.
        let named: BTreeSet<u32> = positive.iter().flat_map(|&(a, b)| [a, b]).collect();
        check_kept(&evaluation, &positive, &is_kept, Some(&named));
    }

    #[test]
    fn pairs_of_a_bin_are_those_of_its_similarity(
        (labels, found, known, _, is_kept) in a_case(), similarities in vec(0.0..=1.0, 10),
    ) {
        let documents = u32::try_from(labels.len()).unwrap();
        let known: BTreeMap<(u32, u32), f64> = ordered(&known).into_iter().zip(similarities).collect();
        let list: Vec<IdPair> =
            known.iter().map(|(&(a, b), &similarity)| IdPair { a: b, b: a, similarity: Some(similarity) }).collect();
        let result =
            ToolResult { duplicates: FoundDuplicates::Clusters(members(&found)), kept: Some(listed(&is_kept)) };
        let label = Labels { duplicates: KnownDuplicates::Clusters(members(&labels)), documents: None };
        let options =
            EvaluateOptions { replicates: 0, bins: std::vec![0.25, 0.5, 1.0], ..EvaluateOptions::default() };
        let evaluation = evaluate(documents as usize, &result, &label, None, &list, &options, &()).unwrap();
        let (labelled, found) = (same(&labels), same(&found));
        let mut expected = Vec::new();
        let ends = [Some((0.25, 0.5)), Some((0.5, 1.0)), Some((1.0, 2.0)), None];
        for end in ends {
            let is_in = |pair: &&(u32, u32)| match (end, known.get(pair)) {
                (Some((from, to)), Some(&similarity)) => similarity >= from && similarity < to,
                (None, similarity) => similarity.is_none_or(|&similarity| similarity < 0.25),
                (Some(_), None) => false,
            };
            let kept = |&&(a, b): &&(u32, u32)| is_kept[a as usize] && is_kept[b as usize];
            let count = |pairs: &mut dyn Iterator<Item = &(u32, u32)>| pairs.filter(is_in).count() as u64;
            let pairs = CountedPairs {
                labelled: count(&mut labelled.iter()),
                found: count(&mut found.iter()),
                both: count(&mut labelled.intersection(&found)),
                left: count(&mut labelled.iter().filter(kept)),
            };
            if pairs.labelled + pairs.found > 0 {
                expected.push((end.map(|(from, _)| from), pairs));
            }
        }
        let bins: Vec<_> = evaluation.bins.iter().map(|bin| (bin.from, bin.pairs)).collect();
        if known.is_empty() { prop_assert!(bins.is_empty()) } else { prop_assert_eq!(bins, expected) }
    }

    #[test]
    fn intervals_do_not_depend_on_threads((labels, found, _, _, is_kept) in a_case(), seed in 0..9u64) {
        let result =
            ToolResult { duplicates: FoundDuplicates::Clusters(members(&found)), kept: Some(listed(&is_kept)) };
        let known = Labels { duplicates: KnownDuplicates::Clusters(members(&labels)), documents: None };
        let options = EvaluateOptions {
            replicates: 50,
            seed: crate::params::Seed(seed),
            ..EvaluateOptions::default()
        };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| evaluate(labels.len(), &result, &known, None, &[], &options, &()).unwrap())
        };
        prop_assert_eq!(with(1), with(3));
    }
}

#[test]
fn an_interval_covers_the_share_that_texts_were_drawn_with() {
    // 400 labelled pairs, each found with probability 0.7: the standard error of recall is 0.023.
    let mut covered = 0;
    for trial in 0..60u32 {
        let labels: Vec<u32> = (0..800).map(|document| document / 2).collect();
        let is_found = |pair: u32| crate::hash::mix(u64::from(trial * 1000 + pair)) % 10 < 7;
        let found = (0..400).filter(|&pair| is_found(pair));
        let found = found.flat_map(|pair| [2 * pair, 2 * pair + 1]);
        let found = found.map(|document| Membership { document, cluster: document / 2 }).collect();
        let result = ToolResult { duplicates: FoundDuplicates::Clusters(found), kept: None };
        let known = Labels { duplicates: KnownDuplicates::Clusters(members(&labels)), documents: None };
        let options = EvaluateOptions { replicates: 300, ..EvaluateOptions::default() };
        let evaluation = evaluate(800, &result, &known, None, &[], &options, &()).unwrap();
        let recall = evaluation.figures.iter().find(|one| one.metric == Metric::PairRecall).unwrap();
        let [low, high] = recall.interval.unwrap();
        assert!((0.04..0.14).contains(&(high - low)), "{low} to {high}");
        covered += u32::from(low <= 0.7 && 0.7 <= high);
    }
    assert!(covered >= 51, "{covered} of 60 intervals of 95 % have the share");
}

#[test]
fn ids_of_one_side_only_are_named() {
    let known = Labels { duplicates: KnownDuplicates::Clusters(members(&[0, 0, 1])), documents: None };
    let found = std::vec![Membership { document: 0, cluster: 7 }, Membership { document: 3, cluster: 7 }];
    let result = ToolResult { duplicates: FoundDuplicates::Clusters(found), kept: None };
    let options = EvaluateOptions { replicates: 0, ..EvaluateOptions::default() };
    let evaluation = evaluate(5, &result, &known, Some(&[0, 1, 4]), &[], &options, &()).unwrap();
    assert_eq!(evaluation.documents, 2);
    assert_eq!((evaluation.only_in_result, evaluation.not_in_result), (std::vec![3], std::vec![1]));
    assert_eq!((evaluation.not_in_corpus, evaluation.unlabelled), (std::vec![2], std::vec![4]));
}

#[test]
fn nothing_at_all_has_no_metrics() {
    let known = Labels { duplicates: KnownDuplicates::Clusters(Vec::new()), documents: None };
    let result = ToolResult { duplicates: FoundDuplicates::Clusters(Vec::new()), kept: None };
    let evaluation = evaluate(0, &result, &known, None, &[], &EvaluateOptions::default(), &()).unwrap();
    assert!(
        evaluation.figures.iter().all(|measured| measured.value.is_none() && measured.interval.is_none())
    );
}

#[test]
fn a_cluster_of_a_million_is_not_taken_apart() {
    let million = 1_000_000;
    let known = members(&std::vec![0; million]);
    let found = members(&(0..1_000_000).map(|document| document / 500_000).collect::<Vec<_>>());
    let known = Labels { duplicates: KnownDuplicates::Clusters(known), documents: None };
    let result = ToolResult { duplicates: FoundDuplicates::Clusters(found), kept: None };
    let options = EvaluateOptions { replicates: 2, ..EvaluateOptions::default() };
    let evaluation = evaluate(million, &result, &known, None, &[], &options, &()).unwrap();
    assert_eq!(evaluation.pairs.labelled, 499_999_500_000);
    assert_eq!(evaluation.pairs.both, 2 * 124_999_750_000);
    assert_eq!(value(&evaluation, Metric::Homogeneity), Some(1.0));
}

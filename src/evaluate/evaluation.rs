//! A result against labels.

use super::bins::{PairCounts, count_in_bins, count_of, distinct};
use super::bootstrap::intervals;
use super::given::{
    EvaluateOptions, FoundDuplicates, IdPair, KeptDocuments, KnownDuplicates, Labels, ToolResult,
};
use super::kept::{KeptCounts, kept_counts};
use super::metric::{Metric, Sums};
use super::population::Population;
use super::side::{OrderedPair, Side};
use super::units::Units;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Measured {
    /// What is measured.
    pub metric: Metric,
    /// Its value; none where it is nothing divided by nothing, such as the precision of a result without a pair.
    pub value: Option<f64>,
    /// The ends of an interval of 95 %, if draws were asked for and it has a value in half of them.
    pub interval: Option<[f64; 2]>,
}

/// Counts of pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CountedPairs {
    /// Pairs that the labels call duplicates.
    pub labelled: u64,
    /// Pairs that the result does; where only judged pairs count, of these.
    pub found: u64,
    /// Pairs that both do.
    pub both: u64,
    /// Labelled pairs of which both documents were kept; 0 if the result does not say what it keeps.
    pub left: u64,
}

/// Pairs of some similarity.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SimilarityBin {
    /// The least similarity, and the one that is no more of the bin; none for the bin of pairs whose similarity is below all
    /// bins or not known, and above the last bin.
    pub from: Option<f64>,
    /// See above.
    pub to: Option<f64>,
    /// Its pairs.
    pub pairs: CountedPairs,
}

/// What is right and wrong about the kept documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptErrors {
    /// Documents, those without a labelled duplicate included; where pairs were judged, only those with one.
    pub documents: u64,
    /// Those that were removed.
    pub removed: u64,
    /// Kept documents that could have gone: all but one of those that are labelled duplicates, directly or through other
    /// kept ones.
    pub copies_left: u64,
    /// Documents that should have stayed: one of each labelled cluster of which none was kept.
    pub originals_lost: u64,
    /// Removed documents that are a labelled duplicate of no kept one.
    pub unjustified: u64,
}

/// A result measured by labels. Ids are numbers of [`IdNumbers`](super::IdNumbers), ascending.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// Documents that were evaluated.
    pub documents: u64,
    /// Clusters of the labels, documents that are alone included; where only pairs are labelled, their components. These are
    /// drawn for the intervals.
    pub label_clusters: u64,
    /// Pairs in one of these clusters that are not labelled themselves, so that the figures of clusters hold the result to
    /// more than is labelled.
    pub implied_pairs: u64,
    /// Documents of the largest of them.
    pub largest_label_cluster: u64,
    /// Clusters of the result, or components of its pairs; none if it names neither.
    pub found_clusters: Option<u64>,
    /// The figures that this result and these labels have, in order.
    pub figures: Vec<Measured>,
    /// All pairs; none if the result names neither pairs nor clusters, and no documents that it keeps.
    pub pairs: CountedPairs,
    /// The pairs of each similarity, if some are known, in order; those of unknown similarity last. Bins without a pair are
    /// left out.
    pub bins: Vec<SimilarityBin>,
    /// The kept documents, if the result says which.
    pub kept: Option<KeptErrors>,
    /// Ids that the result names, but not the labels: they have no part in any figure.
    pub only_in_result: Vec<u32>,
    /// Ids that the result does not name: they count as alone, and as removed if it lists what it keeps.
    pub not_in_result: Vec<u32>,
    /// Ids of the labels that the corpus does not have: they have no part in any figure.
    pub not_in_corpus: Vec<u32>,
    /// Ids of the corpus without a label: they have no part in any figure.
    pub unlabelled: Vec<u32>,
}

/// Measures a result by labels. `ids` is how many ids they name together; `corpus` are those of all documents, if they are
/// known, and `similarities` those of some pairs.
///
/// Clusters are never taken apart into pairs: O(n log n) for *n* documents and given pairs, and a draw of the intervals is
/// O(n).
///
/// # Errors
/// [`Error::Parameter`] if bins do not ascend, [`Error::Interrupted`] if the run should end.
///
/// # Panics
/// If a number is not below `ids`.
pub fn evaluate(
    ids: usize,
    result: &ToolResult,
    labels: &Labels,
    corpus: Option<&[u32]>,
    similarities: &[IdPair],
    options: &EvaluateOptions,
    interrupt: &dyn Interrupt,
) -> Result<Evaluation> {
    if !options.bins.is_sorted_by(|a, b| a < b) {
        let bins = options.bins.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        return Err(Error::parameter("bins", bins, "ascending numbers"));
    }
    let population = Population::new(ids, result, labels, corpus);
    let label_side = label_side(&population, labels, options.threshold);
    let wrong = judged_wrong(&population, labels, &label_side);
    let found = found_side(&population, result);
    interrupt.check()?;
    let mut is_kept = is_kept(&population, result);
    let judged = wrong.is_some().then(|| in_a_pair(&label_side, population.count));
    if let (Some(is_kept), Some(judged)) = (&mut is_kept, &judged) {
        // Nothing is known of what a document in no positive pair repeats, so that it is no loss.
        for (is_kept, &is_judged) in is_kept.iter_mut().zip(judged) {
            *is_kept |= !is_judged;
        }
    }
    let kept = is_kept.as_deref().map(|is_kept| kept_counts(&label_side, is_kept));
    let units = Units::new(&label_side, found.as_ref(), wrong.as_deref(), kept.as_deref());
    let total = units.total();
    let intervals = intervals(&units, options.replicates, options.seed, interrupt)?;
    let has = |metric: Metric| match metric {
        _ if metric.is_of_removals() => kept.is_some(),
        _ if metric.is_of_pairs() => found.is_some(),
        _ => found.is_some() && wrong.is_none(),
    };
    let figures = Metric::ALL.into_iter().zip(intervals).filter(|(metric, _)| has(*metric));
    let figures = figures.map(|(metric, interval)| Measured { metric, value: total.value(metric), interval });
    let left = kept.iter().flatten().map(|counts| counts.pairs_left).sum();
    let all = all_pairs(&label_side, found.as_ref(), &total, left);
    let is_judged = |pair| wrong.as_ref().is_none_or(|wrong| wrong.binary_search(&pair).is_ok());
    let count = |pair| {
        let mut counts = count_of(pair, &label_side, found.as_ref(), is_kept.as_deref());
        if counts.labelled == 0 && !is_judged(pair) {
            counts.found = 0;
        }
        counts
    };
    let known =
        similarities.iter().filter_map(|pair| Some((population.pair(pair.a, pair.b)?, pair.similarity?)));
    let known = distinct(known);
    let bins = if known.is_empty() { Vec::new() } else { bins(&known, &options.bins, all, count) };
    Ok(Evaluation {
        documents: population.count as u64,
        label_clusters: label_side.sizes.len() as u64,
        implied_pairs: if wrong.is_some() {
            0
        } else {
            label_side.pairs_within_groups() - label_side.count()
        },
        largest_label_cluster: label_side.sizes.iter().copied().max().unwrap_or(0).into(),
        found_clusters: found.as_ref().map(|found| found.sizes.len() as u64),
        figures: figures.collect(),
        pairs: counted(all),
        bins,
        kept: kept.map(|kept| kept_set(&kept, judged.as_deref())),
        only_in_result: population.only_in_result,
        not_in_result: population.not_in_result,
        not_in_corpus: population.not_in_corpus,
        unlabelled: population.unlabelled,
    })
}

fn label_side(population: &Population, labels: &Labels, threshold: Option<f64>) -> Side {
    let is_similar = |pair: &&IdPair| {
        threshold.is_none_or(|least| pair.similarity.is_some_and(|similarity| similarity >= least))
    };
    match &labels.duplicates {
        KnownDuplicates::Clusters(members) => {
            let members = members
                .iter()
                .filter_map(|member| Some((population.place(member.document)?, member.cluster)));
            Side::of_clusters(population.count, members)
        }
        KnownDuplicates::Pairs(pairs) | KnownDuplicates::Judged { positive: pairs, .. } => {
            let pairs = pairs.iter().filter(is_similar);
            Side::of_pairs(population.count, pairs.filter_map(|pair| population.pair(pair.a, pair.b)))
        }
    }
}

/// The pairs that were judged to be no duplicates, ascending, if only judged pairs count.
fn judged_wrong(population: &Population, labels: &Labels, label_side: &Side) -> Option<Vec<OrderedPair>> {
    let KnownDuplicates::Judged { negative, .. } = &labels.duplicates else { return None };
    let mut wrong: Vec<OrderedPair> =
        negative.iter().filter_map(|pair| population.pair(pair.a, pair.b)).collect();
    // Of a pair that was judged either way, the yes counts.
    wrong.retain(|&pair| !label_side.holds(pair));
    wrong.sort_unstable();
    wrong.dedup();
    Some(wrong)
}

fn found_side(population: &Population, result: &ToolResult) -> Option<Side> {
    match &result.duplicates {
        FoundDuplicates::Clusters(members) => {
            let members = members
                .iter()
                .filter_map(|member| Some((population.place(member.document)?, member.cluster)));
            Some(Side::of_clusters(population.count, members))
        }
        FoundDuplicates::Pairs(pairs) => {
            let pairs = pairs.iter().filter_map(|pair| population.pair(pair.a, pair.b));
            Some(Side::of_pairs(population.count, pairs))
        }
        FoundDuplicates::Untold => None,
    }
}

/// Of each document, whether it was kept, if the result says so.
fn is_kept(population: &Population, result: &ToolResult) -> Option<Vec<bool>> {
    let (ids, listed) = match result.kept.as_ref()? {
        KeptDocuments::Listed(ids) => (ids, true),
        KeptDocuments::AllBut(ids) => (ids, false),
    };
    let mut is_kept = vec![!listed; population.count];
    for place in ids.iter().filter_map(|&id| population.place(id)) {
        is_kept[place as usize] = listed;
    }
    Some(is_kept)
}

/// Of each document, whether it stands in a pair.
fn in_a_pair(labels: &Side, documents: usize) -> Vec<bool> {
    let mut is_in = vec![false; documents];
    for &(a, b) in labels.pairs.iter().flatten() {
        is_in[a as usize] = true;
        is_in[b as usize] = true;
    }
    is_in
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of pairs, below 2^53")]
fn all_pairs(labels: &Side, found: Option<&Side>, total: &Sums, left: u64) -> PairCounts {
    PairCounts {
        labelled: labels.count(),
        // Where only judged pairs count, the sums have them.
        found: found.map_or(0, |_| total.found as u64),
        both: total.both as u64,
        left,
    }
}

fn counted(counts: PairCounts) -> CountedPairs {
    let PairCounts { labelled, found, both, left } = counts;
    CountedPairs { labelled, found, both, left }
}

fn bins(
    known: &[(OrderedPair, f64)],
    ends: &[f64],
    all: PairCounts,
    count: impl Fn(OrderedPair) -> PairCounts,
) -> Vec<SimilarityBin> {
    let (bins, rest) = count_in_bins(known, ends, all, count);
    let bins = bins.into_iter().enumerate().map(|(place, pairs)| SimilarityBin {
        from: Some(ends[place]),
        to: ends.get(place + 1).copied(),
        pairs: counted(pairs),
    });
    let rest = SimilarityBin { from: None, to: None, pairs: counted(rest) };
    let is_empty = |pairs: &CountedPairs| pairs.labelled == 0 && pairs.found == 0;
    bins.chain([rest]).filter(|bin| !is_empty(&bin.pairs)).collect()
}

fn kept_set(counts: &[KeptCounts], judged: Option<&[bool]>) -> KeptErrors {
    let sum = |of: fn(&KeptCounts) -> u64| counts.iter().map(of).sum();
    KeptErrors {
        documents: match judged {
            Some(judged) => judged.iter().filter(|&&is_judged| is_judged).count() as u64,
            None => sum(|counts| counts.documents),
        },
        removed: sum(|counts| counts.removed),
        copies_left: sum(|counts| counts.copies_left),
        originals_lost: sum(|counts| counts.originals_lost),
        unjustified: sum(|counts| counts.unjustified),
    }
}

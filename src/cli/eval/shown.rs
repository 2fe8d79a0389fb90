//! An evaluation as a person reads it.
#![allow(clippy::cast_precision_loss, reason = "counts for people")]

use std::fmt::Write;

use twicetold::evaluate::{CountedPairs, IdNumbers, Metric, SimilarityBin};
use twicetold::number::grouped;

use super::measured::MeasuredResult;

/// Ids that are named of those that only one side has.
const NAMED: usize = 3;

pub(super) fn readable(shown: &MeasuredResult<'_>) -> String {
    let evaluation = shown.evaluation;
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        writeln!(text, "{name:<20}{value}").expect("a string takes everything");
    };
    let [result_form, labels_form] = &shown.forms;
    let [result, labels] = shown.paths.map(|path| path.display());
    line("result", &format!("{result} ({result_form})"));
    let threshold = shown.threshold.map(|least| format!(", from {least} on")).unwrap_or_default();
    line("labels", &format!("{labels} ({labels_form}{threshold})"));
    let clusters = format!(
        "{} in {} labelled clusters, the largest of {}",
        grouped(evaluation.documents),
        grouped(evaluation.label_clusters),
        grouped(evaluation.largest_label_cluster)
    );
    line("documents", &clusters);
    // A list of kept ids names no duplicates.
    let is_list = evaluation.found_clusters.is_none();
    for (name, ids, what) in [
        ("  only in result", &evaluation.only_in_result, "left out"),
        (
            "  not in result",
            &evaluation.not_in_result,
            if is_list { "taken as removed" } else { "taken as alone" },
        ),
        ("  not in corpus", &evaluation.not_in_corpus, "left out"),
        ("  without label", &evaluation.unlabelled, "left out"),
    ] {
        if !ids.is_empty() {
            line(name, &named(ids, shown.ids, what));
        }
    }
    if evaluation.implied_pairs > 0 {
        line(
            "implied pairs",
            &format!("{}, which clusters have beside those labelled", grouped(evaluation.implied_pairs)),
        );
    }
    let CountedPairs { labelled, found, both, .. } = evaluation.pairs;
    let has_pairs = evaluation.figures.iter().any(|measured| measured.metric.is_of_pairs());
    if has_pairs {
        let counts = [labelled, found, both].map(grouped);
        line("pairs", &format!("{} labelled, {} found, {} both", counts[0], counts[1], counts[2]));
    }
    if let Some(kept) = &evaluation.kept {
        line("removed", &format!("{} of {}", grouped(kept.removed), grouped(kept.documents)));
        line(
            "  originals lost",
            &format!(
                "{}; {} removed repeat no kept one",
                grouped(kept.originals_lost),
                grouped(kept.unjustified)
            ),
        );
        line(
            "  copies left",
            &format!(
                "{}; {} labelled pairs kept whole",
                grouped(kept.copies_left),
                grouped(evaluation.pairs.left)
            ),
        );
    }
    figures(shown, &mut text);
    bins(shown, has_pairs, &mut text);
    text
}

/// How many ids, what they count as, and the first of them.
fn named(ids: &[u32], names: &IdNumbers, what: &str) -> String {
    let first: Vec<String> = ids.iter().take(NAMED).map(|&id| names.literal(id)).collect();
    let more = if ids.len() > NAMED { " ..." } else { "" };
    format!("{}, {what}: {}{more}", grouped(ids.len() as u64), first.join(", "))
}

fn words(metric: Metric) -> &'static str {
    match metric {
        Metric::PairPrecision => "pair precision",
        Metric::PairRecall => "pair recall",
        Metric::PairF1 => "pair F1",
        Metric::AdjustedRand => "adjusted Rand",
        Metric::BCubedPrecision => "B-cubed precision",
        Metric::BCubedRecall => "B-cubed recall",
        Metric::BCubedF1 => "B-cubed F1",
        Metric::Homogeneity => "homogeneity",
        Metric::Completeness => "completeness",
        Metric::VMeasure => "V-measure",
        Metric::RemovalPrecision => "removal precision",
        Metric::RemovalRecall => "removal recall",
        Metric::RemovalF1 => "removal F1",
        _ => metric.name(),
    }
}

fn figures(shown: &MeasuredResult<'_>, text: &mut String) {
    let has_intervals = shown.evaluation.figures.iter().any(|measured| measured.interval.is_some());
    let head = if has_intervals { "  95 % interval" } else { "" };
    writeln!(text, "\n{:<20}{:>7}{head}", "figure", "value").expect("a string takes everything");
    for measured in &shown.evaluation.figures {
        let interval = measured
            .interval
            .map(|ends| format!("  {} to {}", four(ends[0]), four(ends[1])))
            .unwrap_or_default();
        let value = share(measured.value);
        writeln!(text, "{:<20}{value:>7}{interval}", words(measured.metric))
            .expect("a string takes everything");
    }
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), four)
}

/// A number with four decimals; of one that rounds to nothing, no sign.
fn four(number: f64) -> String {
    let text = format!("{number:.4}");
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}

fn part(part: u64, whole: u64) -> String {
    share((whole > 0).then(|| part as f64 / whole as f64))
}

fn bins(shown: &MeasuredResult<'_>, has_pairs: bool, text: &mut String) {
    let (bins, has_kept) = (&shown.evaluation.bins, shown.evaluation.kept.is_some());
    if bins.is_empty() {
        return;
    }
    let mut row = |cells: [&str; 7]| {
        let [similarity, labelled, found, both, precision, recall, left] = cells;
        let mut line = format!("{similarity:<20}{labelled:>12}");
        if has_pairs {
            write!(line, "{found:>12}{both:>12}{precision:>11}{recall:>9}")
                .expect("a string takes everything");
        }
        if has_kept {
            write!(line, "{left:>12}").expect("a string takes everything");
        }
        writeln!(text, "{line}").expect("a string takes everything");
    };
    row(["\nsimilarity", "labelled", "found", "both", "precision", "recall", "both kept"]);
    for SimilarityBin { from, to, pairs, .. } in bins {
        let name = match (from, to) {
            (Some(from), Some(to)) => format!("{from} to {to}"),
            (Some(from), None) if *from >= 1.0 => "1".to_owned(),
            (Some(from), None) => format!("{from} and more"),
            (None, _) => "less or unknown".to_owned(),
        };
        let counts = [pairs.labelled, pairs.found, pairs.both, pairs.left].map(grouped);
        let [labelled, found, both, left] = counts.each_ref().map(String::as_str);
        let (precision, recall) = (part(pairs.both, pairs.found), part(pairs.both, pairs.labelled));
        row([&name, labelled, found, both, &precision, &recall, left]);
    }
}

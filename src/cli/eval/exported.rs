//! An evaluation as programs read it.
#![allow(clippy::cast_precision_loss, reason = "counts below 2^53")]

use std::fmt::Write;

use serde_json::{Value, json};
use twicetold::evaluate::{CountedPairs, SimilarityBin};

use super::measured::MeasuredResult;

/// Ids that are listed of those that only one side has.
const LISTED: usize = 100;

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

pub(super) fn json(shown: &MeasuredResult<'_>) -> Value {
    let evaluation = shown.evaluation;
    let [result, labels] = shown.paths.map(|path| path.to_string_lossy());
    let [result_form, labels_form] = &shown.forms;
    let ids = |ids: &[u32]| {
        let listed: Vec<&str> = ids.iter().take(LISTED).map(|&id| shown.ids.name(id)).collect();
        json!({ "count": ids.len(), "first": listed })
    };
    let mut value = json!({
        "result": { "path": result, "form": result_form, "clusters": evaluation.found_clusters },
        "labels": {
            "path": labels,
            "form": labels_form,
            "threshold": shown.threshold,
            "clusters": evaluation.label_clusters,
            "largest_cluster": evaluation.largest_label_cluster,
            "implied_pairs": evaluation.implied_pairs,
        },
        "documents": evaluation.documents,
        "only_in_result": ids(&evaluation.only_in_result),
        "not_in_result": ids(&evaluation.not_in_result),
        "not_in_corpus": ids(&evaluation.not_in_corpus),
        "unlabelled": ids(&evaluation.unlabelled),
        "figures": {},
    });
    for measured in &evaluation.figures {
        value["figures"][measured.metric.name()] =
            json!({ "value": measured.value, "interval": measured.interval });
    }
    let CountedPairs { labelled, found, both, left, .. } = evaluation.pairs;
    value["pairs"] = json!({ "labelled": labelled, "found": found, "both": both });
    if let Some(kept) = &evaluation.kept {
        value["kept"] = json!({
            "documents": kept.documents,
            "removed": kept.removed,
            "originals_lost": kept.originals_lost,
            "unjustified": kept.unjustified,
            "copies_left": kept.copies_left,
            "pairs_left": left,
        });
    }
    if !evaluation.bins.is_empty() {
        value["similarities_from"] = json!(shown.similarities);
        value["bins"] = evaluation.bins.iter().map(bin).collect();
    }
    value["bootstrap"] = json!({ "draws": shown.bootstrap, "seed": shown.seed, "level": 0.95 });
    value
}

fn bin(bin: &SimilarityBin) -> Value {
    let CountedPairs { labelled, found, both, left, .. } = bin.pairs;
    json!({
        "from": bin.from,
        "to": bin.to,
        "labelled": labelled,
        "found": found,
        "both": both,
        "precision": share(both, found),
        "recall": share(both, labelled),
        "pairs_left": left,
    })
}

/// A line a figure. Names are ours and values are numbers, so that nothing needs quotes.
pub(super) fn csv(shown: &MeasuredResult<'_>) -> String {
    let evaluation = shown.evaluation;
    let mut text = "figure,from,to,value,low,high\n".to_owned();
    let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let mut line = |name: &str, bin: [Option<f64>; 2], value: Option<f64>, interval: Option<[f64; 2]>| {
        let [from, to] = bin.map(number);
        let (low, high) = (number(interval.map(|ends| ends[0])), number(interval.map(|ends| ends[1])));
        writeln!(text, "{name},{from},{to},{},{low},{high}", number(value))
            .expect("a string takes everything");
    };
    for measured in &evaluation.figures {
        line(measured.metric.name(), [None; 2], measured.value, measured.interval);
    }
    let mut count = |name: &str, count: u64| line(name, [None; 2], Some(count as f64), None);
    count("documents", evaluation.documents);
    count("only_in_result", evaluation.only_in_result.len() as u64);
    count("not_in_result", evaluation.not_in_result.len() as u64);
    count("not_in_corpus", evaluation.not_in_corpus.len() as u64);
    count("unlabelled", evaluation.unlabelled.len() as u64);
    let CountedPairs { labelled, found, both, left, .. } = evaluation.pairs;
    count("pairs_labelled", labelled);
    count("pairs_found", found);
    count("pairs_both", both);
    if let Some(kept) = &evaluation.kept {
        count("removed", kept.removed);
        count("originals_lost", kept.originals_lost);
        count("unjustified", kept.unjustified);
        count("copies_left", kept.copies_left);
        count("pairs_left", left);
    }
    for SimilarityBin { from, to, pairs, .. } in &evaluation.bins {
        for (name, value) in [
            ("pairs_labelled", Some(pairs.labelled as f64)),
            ("pairs_found", Some(pairs.found as f64)),
            ("pairs_both", Some(pairs.both as f64)),
            ("pair_precision", share(pairs.both, pairs.found)),
            ("pair_recall", share(pairs.both, pairs.labelled)),
            ("pairs_left", Some(pairs.left as f64)),
        ] {
            line(&format!("bin_{name}"), [*from, *to], value, None);
        }
    }
    text
}

//! The summary at the end of a run, as a person reads it.
#![allow(clippy::cast_precision_loss, reason = "sizes and shares for people")]

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};
use twicetold::Relation;
use twicetold::engine::Estimate;
use twicetold::number::grouped;
use twicetold::output::{AuditFigures, ItemFigures, SourceLoss, StorySummary, Summary, Timing};

use super::results::{self, print_json};
use super::terminal::{RunSummary, Terminal};
use super::text_file::read_text;

impl RunSummary for Summary {
    fn readable(&self, timing: &Timing, output: Option<&Path>) -> String {
        readable(self, timing, output)
    }
}

impl RunSummary for StorySummary {
    fn readable(&self, timing: &Timing, output: Option<&Path>) -> String {
        readable_stories(self, timing, output)
    }
}

/// Shows the figures of a run, to a person or to a program.
pub(super) fn print(
    terminal: &Terminal,
    summary: &impl RunSummary,
    timing: &Timing,
    output: Option<&Path>,
) -> anyhow::Result<()> {
    if terminal.wants_json() {
        print_json(&json!({ "summary": summary, "timing": timing }))?;
    } else {
        terminal.summary(summary, timing, output);
    }
    Ok(())
}

/// Says of which sources next to nothing is left.
pub(super) fn warn(terminal: &Terminal, summary: &Summary) {
    if let Some(warning) = losses(summary) {
        terminal.note(&warning);
    }
}

fn losses(summary: &Summary) -> Option<String> {
    let share = |loss: &&SourceLoss| loss.removed as f64 / loss.documents as f64;
    let worst = summary.source_losses.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
    let SourceLoss { source, documents, removed, .. } = worst;
    let share = 100.0 * share(&worst);
    let others = match summary.source_losses.len() - 1 {
        0 => String::new(),
        1 => ", and another source more than 95 % of its own".to_owned(),
        others => format!(", and {others} others more than 95 % of theirs"),
    };
    let asked = &summary.parameters;
    let has_sources = asked.fields.iter().any(|(name, _)| *name == "source");
    let keeps_one = asked.per_source.is_none() && !asked.keep.iter().any(|key| key == "none");
    let goes_together = !asked.cross_source_only && asked.paragraphs.is_none() && summary.reference.is_none();
    let advice = if has_sources && keeps_one && goes_together {
        "; --per-source 1 keeps one of each source in a cluster"
    } else {
        ""
    };
    let (removed, documents) = (grouped(*removed), grouped(*documents));
    Some(format!(
        "warning: source {source:?} loses {removed} of its {documents} documents ({share:.1} %){others}{advice}"
    ))
}

/// Says that an earlier call was done, with its figures for a program.
pub(super) fn print_earlier(terminal: &Terminal, output: &Path) -> anyhow::Result<()> {
    if !terminal.wants_json() {
        terminal.note(&format!(
            "nothing left to do: the earlier call was done, its output is in {}",
            output.display()
        ));
        return Ok(());
    }
    let read = |name: &str| -> anyhow::Result<Value> {
        let path = output.join(name);
        let text = read_text(&path)?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    };
    print_json(&json!({ "summary": read("summary.json")?, "timing": read("timing.json")? }))
}

/// Documents by what became of them.
fn counted(summary: &Summary, output: Option<&Path>) -> Vec<(&'static str, String)> {
    let documents = &summary.documents;
    let mut lines =
        vec![("documents read", grouped(documents.read)), ("kept", share(documents.kept, documents.read))];
    if let Some(spared) = documents.kept_for_source {
        lines.push(("  for their source", format!("{}, which repeat another", grouped(spared))));
    }
    lines.extend([
        ("removed", share(documents.removed, documents.read)),
        ("  exact copies", grouped(documents.removed_as[Relation::Exact])),
        ("  near-duplicates", grouped(documents.removed_as[Relation::Near])),
    ]);
    if summary.excerpts.is_some() || summary.contained.is_some() {
        lines.push(("  excerpts", grouped(documents.removed_as[Relation::Excerpt])));
    }
    if summary.contained.is_some() || documents.removed_as[Relation::Expansion] > 0 {
        lines.push(("  expansions", grouped(documents.removed_as[Relation::Expansion])));
    }
    if let Some(reference) = &summary.reference {
        let (removed, met) = (grouped(reference.removed), grouped(reference.met));
        let (read, rejected) = (grouped(reference.read), grouped(reference.rejected));
        lines.push((
            "  in the reference",
            format!("{removed}, which repeat {met} of its {read} records ({rejected} rejected)"),
        ));
    }
    if let Some(contained) = &summary.contained {
        lines.push(("  contained", held(contained, output)));
    }
    lines
}

fn readable(summary: &Summary, timing: &Timing, output: Option<&Path>) -> String {
    let documents = &summary.documents;
    let mut lines = counted(summary, output);
    lines.extend([
        ("rejected", rejected(documents.rejected, output)),
        (
            "clusters",
            format!("{}, the largest of {}", grouped(summary.clusters), grouped(summary.largest_cluster)),
        ),
    ]);
    if let Some(paragraphs) = &summary.paragraphs {
        lines.push((
            "paragraphs",
            format!(
                "{}, of which {} repeat others; {} removed from {} documents",
                grouped(paragraphs.read),
                grouped(paragraphs.repeats),
                grouped(paragraphs.removed),
                grouped(paragraphs.documents_shortened),
            ),
        ));
        if paragraphs.documents_by_line > 0 {
            let split = format!("{} documents, a paragraph each", grouped(paragraphs.documents_by_line));
            lines.push(("  lines of", split));
        }
        if paragraphs.documents_emptied + paragraphs.documents_below_tenth > 0 {
            lines.push((
                "  nothing left of",
                format!(
                    "{} documents, and less than a tenth of {} others (shortened.jsonl)",
                    grouped(paragraphs.documents_emptied),
                    grouped(paragraphs.documents_below_tenth),
                ),
            ));
        }
    }
    let index = &summary.index;
    let shape = match index.bands {
        0 => "exact index".to_owned(),
        bands => format!("{bands} bands of {} rows", index.rows),
    };
    lines.push((
        "predicted recall",
        format!("{:.4} at similarity {} ({shape})", summary.predicted_recall, summary.parameters.threshold),
    ));
    if let Some(audit) = &summary.audit {
        lines.push(("measured recall", measured(audit)));
    }
    if let Some(templates) = &summary.templates {
        lines.push((
            "templates",
            format!(
                "{} documents kept apart, {} not compared with all",
                grouped(templates.kept_apart),
                grouped(templates.bounded)
            ),
        ));
    }
    if let Some(excerpts) = &summary.excerpts {
        lines.push((
            "excerpts",
            format!(
                "predicted recall {:.4} at containment {}, from {} words on; {} documents looked up exactly, {} held back",
                excerpts.predicted_recall,
                excerpts.containment,
                excerpts.least_words,
                grouped(excerpts.exact_lookups),
                grouped(excerpts.held_back),
            ),
        ));
    }
    if index.crowded > 0 {
        lines.push((
            "crowded",
            format!(
                "{} documents in large buckets, {}",
                grouped(index.crowded),
                if index.compared_as_wholes {
                    "compared with all of them that stay"
                } else {
                    "compared by an exact index"
                }
            ),
        ));
    }
    lines.push(("time", time(timing)));
    table(&lines)
}

/// What the audit measured.
fn measured(audit: &AuditFigures) -> String {
    match audit.measured().zip(audit.predicted_recall) {
        Some((measured, predicted)) => format!("{measured}; predicted {predicted:.4}"),
        None => format!("none: {} documents drawn are similar to no other", grouped(audit.documents)),
    }
}

/// How many documents hold records of the reference, and which of these were not searched for.
fn held(contained: &ItemFigures, output: Option<&Path>) -> String {
    let ItemFigures { containment, shingle, least_words, too_short, .. } = contained;
    let [documents, found, searched] =
        [contained.documents, contained.found, contained.searched].map(grouped);
    let held = format!(
        "{documents} hold {found} of {searched} records searched for, to {containment} of their {shingle} shingles"
    );
    if *too_short == 0 {
        return held;
    }
    let listed = listed(output, "unsearched.jsonl");
    format!("{held}; {} of fewer than {least_words} words not searched for{listed}", grouped(*too_short))
}

fn readable_stories(summary: &StorySummary, timing: &Timing, output: Option<&Path>) -> String {
    let StorySummary { documents, links, not_linked, bounded, .. } = summary;
    let told = documents.alone + documents.in_stories;
    let mut lines = vec![
        ("documents read", grouped(documents.read)),
        ("stories", format!("{} documents are {} stories", grouped(told), grouped(summary.stories))),
        (
            "told again",
            format!("{}, the largest of {}", grouped(summary.stories_retold), grouped(summary.largest_story)),
        ),
        ("  exact copies", share(links[Relation::Exact], told)),
        ("  near-duplicates", share(links[Relation::Near], told)),
        ("  excerpts", share(links[Relation::Excerpt], told)),
        ("  expansions", share(links[Relation::Expansion], told)),
        ("alone", share(documents.alone, told)),
        ("rejected", rejected(documents.rejected, output)),
        (
            "templates",
            format!("{} pairs of forms filled in differently, not linked", grouped(not_linked.templates)),
        ),
    ];
    if not_linked.forms > 0 {
        lines.push((
            "forms",
            format!("{} pairs alike only in what recurs, not linked", grouped(not_linked.forms)),
        ));
    }
    if not_linked.kept_apart > 0 {
        lines.push((
            "kept apart",
            format!("{} more, on account of such forms", grouped(not_linked.kept_apart)),
        ));
    }
    if documents.round_ups > 0 {
        lines.push((
            "round-ups",
            format!("{}, which cover several stories and belong to none", grouped(documents.round_ups)),
        ));
    }
    if let Some(window) = summary.parameters.window.as_ref().filter(|_| documents.without_date < told) {
        lines.push((
            "window",
            format!("{window}; {} pairs lie farther apart", grouped(not_linked.outside_window)),
        ));
        if documents.without_date > 0 {
            lines.push((
                "without a date",
                format!("{}, linked whatever the window", grouped(documents.without_date)),
            ));
        }
    }
    if bounded.pairs_passed_over > 0 {
        lines.push((
            "passed over",
            format!("{} pairs less likely than 32 that failed", grouped(bounded.pairs_passed_over)),
        ));
    }
    lines.push(("time", time(timing)));
    table(&lines)
}

fn time(timing: &Timing) -> String {
    format!(
        "{:.2} s ({:.2} s of CPU), {:.0} MB/s, at most {} of memory",
        timing.seconds,
        timing.cpu_seconds,
        timing.megabytes_per_second,
        bytes(timing.peak_memory_bytes),
    )
}

fn table(lines: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in lines {
        writeln!(text, "{name:<18} {value}").expect("a string takes everything");
    }
    text
}

/// Prints what a run would find and cost.
pub(super) fn print_estimate(terminal: &Terminal, estimate: &Estimate) -> anyhow::Result<()> {
    if terminal.wants_json() { print_json(estimate) } else { results::print(&readable_estimate(estimate)) }
}

/// How many records could not be read, and where they are listed.
fn rejected(records: u64, output: Option<&Path>) -> String {
    match output {
        Some(_) if records > 0 => grouped(records) + &listed(output, "rejected.jsonl"),
        _ => grouped(records),
    }
}

/// Where something is listed, if it is.
fn listed(output: Option<&Path>, name: &str) -> String {
    output.map_or(String::new(), |output| format!(", listed in {}", output.join(name).display()))
}

fn readable_estimate(estimate: &Estimate) -> String {
    let removed = share(estimate.removed, estimate.documents);
    let range = match (grouped(estimate.removed_low), grouped(estimate.removed_high)) {
        (low, high) if low == high => String::new(),
        (low, high) => format!(", likely {low} to {high}"),
    };
    let lines = [
        ("documents", format!("{}, {} rejected", grouped(estimate.documents), grouped(estimate.rejected))),
        ("compared", format!("{} of them", grouped(estimate.sampled))),
        ("to be removed", format!("{removed}{range}")),
        ("  equal tokens", grouped(estimate.repeats_exact)),
        ("time", format!("about {:.1} s, and that of writing", estimate.seconds)),
        ("memory", format!("about {}, beside the mapped input", bytes(estimate.memory_bytes))),
        ("clean corpus", format!("about {}", bytes(estimate.output_bytes))),
        ("temporary files", bytes(estimate.temporary_bytes + estimate.work_bytes)),
    ];
    lines.map(|(name, value)| format!("{name:<18} {value}\n")).concat()
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return grouped(part);
    }
    format!("{} ({:.1} %)", grouped(part), part as f64 * 100.0 / whole as f64)
}

fn bytes(size: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let step = (size.max(1).ilog2() / 10).min(4) as usize;
    format!("{:.1} {}", size as f64 / (1u64 << (10 * step)) as f64, units[step])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_shares_are_scaled() {
        assert_eq!(bytes(0), "0.0 B");
        assert_eq!(bytes(3 << 29), "1.5 GiB");
        assert_eq!(share(1, 8), "1 (12.5 %)");
    }
}

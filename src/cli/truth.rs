//! `twicetold truth`.

use std::collections::HashMap;
use std::io::{BufWriter, Write};

use anyhow::Context;
use clap::Args;
use twicetold::corpus::guarded_cell;
use twicetold::engine::{truth, truth_within};
use twicetold::number::grouped;
use twicetold::{Containment, JoinPair, Measure, Threshold};

use super::comparing::TextArgs;
use super::memory::BoundedRun;
use super::reading::InputArgs;
use super::results::{Results, UNWRITABLE};
use super::settings::PresetArgs;
use super::sizes::parse_size;
use super::terminal::Terminal;

/// List every similar pair, computed exactly
///
/// Prints one line per pair: both ids, Jaccard similarity, and containment (the share of the smaller document's shingles that
/// the larger one has), separated by tabs. In an id, a tab is written \t, a line end \n or \r and a backslash \\; an id
/// that a spreadsheet would take for a formula gets an apostrophe before it. With --json a pair is a line of JSON, ids as
/// they are. No pair is missed. Use it to measure the recall of other runs. Holds all shingles
/// in memory, unless --memory is given.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold truth news.jsonl --threshold 0.5 > pairs.tsv
  twicetold truth news.jsonl --json > pairs.jsonl
  twicetold truth news.jsonl --containment 0.6")]
pub(crate) struct TruthArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Least Jaccard similarity of a pair
    ///
    /// A number above 0 and at most 1. A lower threshold lists more pairs and takes longer.
    #[arg(long, short, value_name = "J", default_value_t = 0.5, help_heading = "Comparing")]
    threshold: f64,
    /// List by containment of at least C instead
    ///
    /// A number above 0 and at most 1. By default pairs are listed by their Jaccard similarity.
    #[arg(long, value_name = "C", conflicts_with = "threshold", help_heading = "Comparing")]
    containment: Option<f64>,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    preset: PresetArgs,
    /// Memory limit in bytes, as 4G [default: none]
    ///
    /// K, M, G and T are powers of 1024. Shingles and pairs go to work files below --temp-dir. Two blocks of documents are
    /// compared at a time, so the time is about the square of how often the limit goes into what all shingles take. The output is the same
    /// with any limit. It takes at least 24 bytes per document, 12 MB, 1 MB per thread, and 192 bytes per different
    /// shingle of the longest document, and says so if the limit is too low.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Running")]
    memory: Option<u64>,
}

/// Ids that are kept for pairs to come, within a limit of memory.
const HELD_IDS: usize = 1 << 12;

impl TruthArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let measure = match self.containment {
            Some(least) => Measure::Containment(Containment::new(least)?),
            None => Measure::Jaccard(Threshold::new(self.threshold)?),
        };
        let results = Results::open()?;
        let corpus = self.input.open(&[], terminal)?;
        let temp_dir = self.input.fields.temp_dir.as_deref();
        let bounded = self.memory.map(|bytes| BoundedRun::temporary(bytes, temp_dir)).transpose()?;
        let text = self.text.params();
        let truth = match &bounded {
            Some(bounded) => truth_within(&corpus, &text, measure, &bounded.options, terminal)?,
            None => truth(&corpus, &text, measure, terminal)?,
        };
        let mut results = BufWriter::with_capacity(1 << 16, results);
        // A document of many pairs is looked up once. Only asked by key, so its order is nowhere seen.
        let mut ids: HashMap<u32, String> = HashMap::new();
        for pair in truth.pairs()? {
            let pair = pair?;
            if bounded.is_some() && ids.len() > HELD_IDS {
                ids.clear();
            }
            for document in [pair.a, pair.b] {
                ids.entry(document).or_insert_with(|| {
                    let id = truth.id(document);
                    if terminal.wants_json() { serde_json::Value::from(id).to_string() } else { cell(&id) }
                });
            }
            let (a, b) = (&ids[&pair.a], &ids[&pair.b]);
            let JoinPair { jaccard, containment, .. } = pair;
            if terminal.wants_json() {
                let members =
                    format!("\"a\":{a},\"b\":{b},\"jaccard\":{jaccard:?},\"containment\":{containment:?}");
                writeln!(results, "{{{members}}}").context(UNWRITABLE)?;
            } else {
                writeln!(results, "{a}\t{b}\t{jaccard:.4}\t{containment:.4}").context(UNWRITABLE)?;
            }
        }
        results.flush().context(UNWRITABLE)?;
        truth.check_inputs()?;
        terminal.note(&format!(
            "{} pairs among {} documents, {} records rejected",
            grouped(truth.count()),
            grouped(truth.documents() as u64),
            grouped(truth.rejected() as u64)
        ));
        Ok(())
    }
}

/// An id as a cell of a table whose cells end at tabs and whose rows end at line ends.
fn cell(id: &str) -> String {
    let mut cell = String::with_capacity(id.len());
    for character in guarded_cell(id).chars() {
        match character {
            '\t' => cell.push_str("\\t"),
            '\n' => cell.push_str("\\n"),
            '\r' => cell.push_str("\\r"),
            '\\' => cell.push_str("\\\\"),
            _ => cell.push(character),
        }
    }
    cell
}

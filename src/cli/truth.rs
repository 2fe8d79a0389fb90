//! `twicetold truth`.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};

use anyhow::Context;
use clap::Args;
use twicetold::Measure;
use twicetold::engine::truth;
use twicetold::number::grouped;
use twicetold::{Containment, Threshold};

use super::comparing::TextArgs;
use super::reading::InputArgs;
use super::terminal::Terminal;

/// List every similar pair, computed exactly
///
/// Prints one line per pair: both ids, Jaccard similarity, and containment (the share of the smaller document's shingles that
/// the larger one has), separated by tabs. No pair is missed. Use it to measure the recall of other runs. Holds all shingles
/// in memory.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold truth news.jsonl --threshold 0.5 > pairs.tsv
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
}

impl TruthArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let measure = match self.containment {
            Some(least) => Measure::Containment(Containment::new(least)?),
            None => Measure::Jaccard(Threshold::new(self.threshold)?),
        };
        let corpus = self.input.open(&[], terminal)?;
        let truth = truth(&corpus, &self.text.params(), measure, terminal)?;
        let unwritable = "cannot write to standard output";
        let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        // A document of many pairs is looked up once. Only asked by key, so its order is nowhere seen.
        let mut ids: HashMap<u32, String> = HashMap::new();
        for pair in truth.pairs() {
            for document in [pair.a, pair.b] {
                let id = ids.entry(document).or_insert_with(|| truth.id(document));
                write!(stdout, "{id}\t").context(unwritable)?;
            }
            writeln!(stdout, "{:.4}\t{:.4}", pair.jaccard, pair.containment).context(unwritable)?;
        }
        stdout.flush().context(unwritable)?;
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

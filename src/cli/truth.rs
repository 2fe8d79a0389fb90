//! `twicetold truth`.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};

use anyhow::Context;
use clap::Args;
use twicetold::Measure;
use twicetold::engine::truth;
use twicetold::{Containment, Threshold};

use super::args::{InputArgs, TextArgs};
use super::summary::count;
use super::terminal::Terminal;

/// List every similar pair, computed exactly
///
/// Writes one line a pair to standard output: id1, id2, Jaccard similarity and containment (the share of the
/// smaller set's shingles that the larger has), with tabs between. Holds all shingles in memory.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold truth news.jsonl --threshold 0.5 > pairs.tsv
  twicetold truth news.jsonl --containment 0.6")]
pub(crate) struct TruthArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Least Jaccard similarity of a pair
    #[arg(long, short, value_name = "J", default_value_t = 0.5)]
    threshold: f64,
    /// Least containment of a pair instead
    ///
    /// Least containment of a pair, instead of a Jaccard similarity
    #[arg(long, value_name = "C", conflicts_with = "threshold")]
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
        terminal.note(&format!(
            "{} pairs among {} documents, {} records rejected",
            count(truth.count()),
            count(truth.documents() as u64),
            count(truth.rejected() as u64)
        ));
        Ok(())
    }
}

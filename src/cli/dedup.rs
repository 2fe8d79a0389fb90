//! `twicetold dedup`.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use twicetold::engine::{Dedup, Written};
use twicetold::output::Mode;

use super::decision_args::DecisionArgs;
use super::errors::CallError;
use super::output_args::OverwriteArgs;
use super::reading::InputArgs;
use super::results::{Results, UNWRITABLE};
use super::summary;
use super::terminal::Terminal;

/// Bytes of results that are written at a time.
const RESULT_BYTES: usize = 1 << 16;

/// Write a clean corpus and an account of every decision
///
/// Removes exact copies and near-duplicates, and keeps one document of each cluster. Kept records are written to DIR/clean,
/// in files named and packed like the input. removed.jsonl names, for each removed record, the kept record that it repeats,
/// and their similarity. The output directory is left as it was unless the exit status is 0.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold dedup news/ -o clean
  twicetold dedup part-*.jsonl.zst -o clean --threshold 0.7 --keep earliest
  zcat dump.jsonl.gz | twicetold dedup - > clean.jsonl
  twicetold dedup news/ -o clean --abort-if-removed 60% --abort-if-source-removed 90%:50
  twicetold dedup news/ -o marked --mode annotate
  twicetold dedup crawl/ -o clean --against evaluation/*.jsonl last-month/
  twicetold dedup news/ --dry-run")]
pub(crate) struct DedupArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Output directory; optional if the input is -
    ///
    /// The directory is made if it does not exist. If the input is - and this flag is not given, kept records go to
    /// standard output.
    #[arg(long, short, value_name = "DIR", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Remove, annotate or list repeats
    ///
    /// `remove` writes the kept records to DIR/clean. `annotate` writes every record to DIR/annotated and adds a field
    /// `twicetold`: the record's cluster, whether it is kept, the id of the kept record, the similarity, the relation and how
    /// many records a kept one stands for, and with --against whether the kept record is a reference. `list` writes only ids, to DIR/kept.txt and DIR/removed.txt.
    /// Each mode writes the tables as well.
    #[arg(
        long,
        value_enum,
        value_name = "MODE",
        default_value_t = OutputModeArg::Remove,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    mode: OutputModeArg,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    /// Estimate duplicates, time, memory and disk
    ///
    /// Prints the estimate and writes nothing. Every record is read, but only a sample is compared; it is drawn by content,
    /// so that repeats are drawn together. Exact repeats are all counted. The range of removed documents covers the sampling
    /// error (about 95 %); looser repeats may be counted a little high. With
    /// --memory, the estimate is of a run within that limit, and keeps to it.
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
    /// Do not write report.html
    ///
    /// The report is a page that shows clusters, sources and the closest decisions. By default it is written.
    #[cfg(feature = "report")]
    #[arg(long, help_heading = "Output")]
    no_report: bool,
    #[command(flatten)]
    decisions: DecisionArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OutputModeArg {
    /// Write the kept records
    Remove,
    /// Write every record with the decision about it
    Annotate,
    /// Write the ids of kept and removed records
    List,
}

impl From<OutputModeArg> for Mode {
    fn from(mode: OutputModeArg) -> Self {
        match mode {
            OutputModeArg::Remove => Self::Remove,
            OutputModeArg::Annotate => Self::Annotate,
            OutputModeArg::List => Self::List,
        }
    }
}

impl DedupArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let decisions = &self.decisions;
        let mut run = decisions.dedup(self.mode.into())?;
        if self.dry_run {
            decisions.reuse.note_estimate(terminal);
            let _bounded = decisions.bound(&mut run, &self.input, None, terminal)?;
            let corpus = decisions.open(&self.input, &run, None, terminal)?;
            return summary::print_estimate(terminal, &run.estimate(&corpus, terminal)?);
        }
        let Some(path) = &self.output else { return self.stream(run, terminal) };
        let _bounded = decisions.bound(&mut run, &self.input, Some(path), terminal)?;
        if decisions.has_ended(&run, &self.input, (path, Written::Records), terminal)? {
            return summary::print_earlier(terminal, path);
        }
        let output = terminal.open_output(path, self.overwrite.if_not_empty())?;
        let corpus = decisions.open(&self.input, &run, Some(path), terminal)?;
        #[cfg_attr(not(feature = "report"), expect(unused_mut, reason = "only the report's time is added"))]
        let mut outcome = run.decide(&corpus, terminal)?;
        outcome.check(&decisions.safety.stops())?;
        summary::warn(terminal, outcome.summary());
        #[cfg(feature = "report")]
        if !self.no_report {
            outcome.write_report(&output, terminal)?;
        }
        let (summary, timing) = outcome.write(output, terminal)?;
        summary::print(terminal, &summary, &timing, Some(path))
    }

    /// Writes the kept records of standard input to standard output.
    fn stream(&self, mut run: Dedup, terminal: &Terminal) -> anyhow::Result<()> {
        let decisions = &self.decisions;
        if self.input.inputs.iter().any(|input| input.as_os_str() != "-") {
            let expected = "named with -o DIR (or use scan, which writes no clean corpus)";
            return Err(CallError::missing("--output", expected).into());
        }
        let _bounded = decisions.bound(&mut run, &self.input, None, terminal)?;
        let results = Results::open()?;
        let corpus = decisions.open(&self.input, &run, None, terminal)?;
        let outcome = run.decide(&corpus, terminal)?;
        outcome.check(&decisions.safety.stops())?;
        summary::warn(terminal, outcome.summary());
        let mut results = BufWriter::with_capacity(RESULT_BYTES, results);
        outcome.write_stream(&mut results, terminal)?;
        results.flush().context(UNWRITABLE)?;
        let (summary, timing) = outcome.finish();
        terminal.summary(&summary, &timing, None);
        Ok(())
    }
}

//! `twicetold scan`.

use std::path::PathBuf;

use clap::Args;
use twicetold::engine::{ParagraphMode, Written};
use twicetold::output::Mode;

use super::decision_args::DecisionArgs;
use super::errors::CallError;
use super::output_args::OverwriteArgs;
use super::reading::InputArgs;
use super::summary;
use super::terminal::Terminal;

/// Find repeats without writing a clean corpus
///
/// Decides as dedup does and prints the summary; with --output it also writes the tables, such as clusters.jsonl and
/// removed.jsonl. Use it to look at a corpus, or to try parameters, before dedup.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold scan news/
  twicetold scan news/ -o tables --threshold 0.6")]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Directory for the tables [default: none written]
    ///
    /// The directory is made if it does not exist.
    #[arg(long, short, value_name = "DIR", help_heading = "Output")]
    output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    decisions: DecisionArgs,
}

impl ScanArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let mut run = self.decisions.dedup(Mode::Remove)?;
        let _bounded = self.decisions.bound(&mut run, &self.input, self.output.as_deref(), terminal)?;
        if run.paragraphs.mode == ParagraphMode::Remove {
            return Err(CallError::Argument {
                argument: "--paragraphs",
                value: "remove".to_owned(),
                expected: "report or off for scan, which writes no clean corpus (dedup does)",
            }
            .into());
        }
        let (path, if_not_empty) = (self.output.as_deref(), self.overwrite.if_not_empty());
        if let Some(path) = path
            && self.decisions.has_ended(&run, &self.input, (path, Written::Tables), terminal)?
        {
            return summary::print_earlier(terminal, path);
        }
        let output = path.map(|path| terminal.open_output(path, if_not_empty)).transpose()?;
        let corpus = self.decisions.open(&self.input, &run, path, terminal)?;
        let outcome = run.decide(&corpus, terminal)?;
        outcome.check(&self.decisions.safety.stops())?;
        summary::warn(terminal, outcome.summary());
        let (summary, timing) = match output {
            Some(output) => outcome.write_tables(output)?,
            None => outcome.finish(),
        };
        summary::print(terminal, &summary, &timing, path)
    }
}

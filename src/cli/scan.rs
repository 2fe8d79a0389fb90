//! `twicetold scan`.

use std::path::PathBuf;

use clap::Args;
use twicetold::Error;
use twicetold::engine::{Dedup, ParagraphMode, Strictness};
use twicetold::output::{IfNotEmpty, Mode, OutputDirectory};

use super::against::AgainstArgs;
use super::args::{InputArgs, KeepArgs, MatchArgs, MemoryArgs, SafetyArgs};
use super::paragraphs::ParagraphArgs;
use super::reuse::ReuseArgs;
use super::summary;
use super::terminal::Terminal;

/// Find what repeats, without writing a clean corpus
///
/// Find what repeats, without writing a clean corpus: clusters and summary only. Ends with a status as dedup does.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold scan news/
  twicetold scan news/ -o tables --threshold 0.6")]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Directory for the tables [default: none are written]
    ///
    /// Directory for the tables; without it only the summary is shown
    #[arg(long, short, value_name = "DIR", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Replace an earlier run's files in the directory
    #[arg(long, help_heading = "Output")]
    overwrite: bool,
    #[command(flatten)]
    against: AgainstArgs,
    #[command(flatten)]
    matching: MatchArgs,
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    reuse: ReuseArgs,
    #[command(flatten)]
    paragraphs: ParagraphArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    /// End with status 3 if a record cannot be read
    #[arg(long, help_heading = "Reading")]
    strict: bool,
    #[command(flatten)]
    safety: SafetyArgs,
}

impl ScanArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let temp_dir = self.input.fields.temp_dir.as_deref();
        let out_of_core = if let Some(output) = &self.output {
            self.memory.out_of_core(output, temp_dir)?
        } else {
            self.memory.without_output()?;
            None
        };
        let run = Dedup {
            matching: self.reuse.matching(self.matching.matching()?),
            comparing: self.against.comparing(),
            priority: self.keep.priority()?,
            strictness: if self.strict { Strictness::Strict } else { Strictness::Lenient },
            excerpts: self.reuse.containment()?,
            paragraphs: self.paragraphs.options(),
            mode: Mode::Remove,
            out_of_core,
        };
        if run.paragraphs.mode == ParagraphMode::Remove {
            return Err(Error::Parameter {
                name: "paragraphs",
                value: "remove".to_owned(),
                expected: "report or off for scan, which writes no clean corpus (dedup does)",
            }
            .into());
        }
        let if_not_empty = if self.overwrite { IfNotEmpty::Overwrite } else { IfNotEmpty::Refuse };
        let path = self.output.as_deref();
        let output = path.map(|path| OutputDirectory::open(path, if_not_empty)).transpose()?;
        let corpus = self.input.open_against(&self.against, &run.priority, path, terminal)?;
        let outcome = run.decide(&corpus, terminal)?;
        outcome.check(&self.safety.stops())?;
        let (summary, timing) = match output {
            Some(output) => outcome.write_tables(output)?,
            None => outcome.finish(),
        };
        summary::print(terminal, &summary, &timing, path)
    }
}

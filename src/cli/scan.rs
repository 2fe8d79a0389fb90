//! `twicetold scan`.

use std::path::PathBuf;

use clap::Args;
use twicetold::Error;
use twicetold::engine::{Dedup, ParagraphMode, Strictness};
use twicetold::output::{IfNotEmpty, OutputDirectory};

use super::args::{InputArgs, KeepArgs, MatchArgs, MemoryArgs};
use super::dedup::report;
use super::paragraphs::ParagraphArgs;
use super::terminal::Terminal;

/// Find what repeats, without writing a clean corpus: clusters and summary only
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Directory for the tables; without it only the summary is shown
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace what an earlier run left in the output directory
    #[arg(long, requires = "output")]
    overwrite: bool,
    #[command(flatten)]
    matching: MatchArgs,
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    paragraphs: ParagraphArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    /// End with status 3 if a record cannot be read
    #[arg(long, help_heading = "Reading")]
    strict: bool,
}

impl ScanArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let temp_dir = self.input.fields.temp_dir.as_deref();
        let out_of_core = match &self.output {
            Some(output) => self.memory.out_of_core(output, temp_dir)?,
            None => None,
        };
        let run = Dedup {
            matching: self.matching.matching()?,
            priority: self.keep.priority()?,
            strictness: if self.strict { Strictness::Strict } else { Strictness::Lenient },
            paragraphs: self.paragraphs.options(),
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
        let corpus = self.input.open(&run.priority, terminal)?;
        let if_not_empty = if self.overwrite { IfNotEmpty::Overwrite } else { IfNotEmpty::Refuse };
        let output = self.output.map(|path| OutputDirectory::open(&path, if_not_empty)).transpose()?;
        let outcome = run.decide(&corpus, terminal)?;
        let (summary, timing) = match output {
            Some(output) => outcome.write_tables(output)?,
            None => outcome.finish(),
        };
        report(terminal, &summary, &timing)
    }
}

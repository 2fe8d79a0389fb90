//! `twicetold dedup`.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use twicetold::Error;
use twicetold::engine::{Dedup, Strictness};
use twicetold::output::{IfNotEmpty, Mode, OutputDirectory};

use super::against::AgainstArgs;
use super::args::{InputArgs, KeepArgs, MatchArgs, MemoryArgs, SafetyArgs};
use super::paragraphs::ParagraphArgs;
use super::reuse::ReuseArgs;
use super::summary;
use super::terminal::Terminal;

/// Write a clean corpus and an account of every decision
///
/// Every kept record is written to DIR/clean, in files named and packed like the input; removed.jsonl names, for
/// every removed record, the kept one that it repeats and their similarity. Ends with status 0 when done, 1 if
/// the run failed, 2 if the call was wrong, 3 if --strict met a bad record, 4 at a safety stop; the output directory
/// is as it was unless the status is 0.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold dedup news/ -o clean
  twicetold dedup part-*.jsonl.zst -o clean --threshold 0.7 --keep earliest
  zcat dump.jsonl.gz | twicetold dedup - > clean.jsonl
  twicetold dedup news/ -o clean --abort-if-removed 60% --abort-if-source-removed 90%:50
  twicetold dedup news/ -o marked --mode annotate
  twicetold dedup crawl/ -o clean --against evaluation/*.jsonl last-month/
  twicetold dedup news/ --dry-run")]
#[expect(clippy::struct_excessive_bools, reason = "a command line is made of switches")]
pub(crate) struct DedupArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Directory to write to; with - as input, optional
    ///
    /// Directory to write to, made if it is not there. With - as input and without this, kept records go to standard
    /// output
    #[arg(long, short, value_name = "DIR", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Remove, annotate or list repeats
    ///
    /// What is written: the kept records in DIR/clean; every record in DIR/annotated, with a field `twicetold` that
    /// holds its cluster, whether it is kept, the kept one's id, the similarity and the relation, and with --against
    /// whether that one is of the reference; or only the ids, in DIR/kept.txt and DIR/removed.txt. The tables are written
    /// in any case
    #[arg(
        long,
        value_enum,
        value_name = "MODE",
        default_value_t = ModeArg::Remove,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    mode: ModeArg,
    /// Replace an earlier run's files in the directory
    #[arg(long, help_heading = "Output")]
    overwrite: bool,
    /// Estimate what a run would find and cost
    ///
    /// Estimate duplicates, time, memory and disk, print them, and write nothing. Every record is read, but only a sample
    /// is compared, chosen by content so that repeats are sampled together; exact repeats are counted. The range given for
    /// what would be removed covers the sampling error (about 95 %); looser repeats may be counted a little high
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
    /// Do not write report.html
    ///
    /// Do not write report.html, the page that shows what was decided
    #[cfg(feature = "report")]
    #[arg(long, help_heading = "Output")]
    no_report: bool,
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
    ///
    /// End with status 3, and write nothing, if a record cannot be read
    #[arg(long, help_heading = "Reading")]
    strict: bool,
    #[command(flatten)]
    safety: SafetyArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ModeArg {
    /// The kept records
    Remove,
    /// Every record, with a field that says what became of it
    Annotate,
    /// The ids of what is kept and of what is removed
    List,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::Remove => Self::Remove,
            ModeArg::Annotate => Self::Annotate,
            ModeArg::List => Self::List,
        }
    }
}

impl DedupArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let mut run = self.options()?;
        let stops = self.safety.stops();
        if self.dry_run {
            self.reuse.note_estimate(terminal);
            let corpus = self.input.open_against(&self.against, &run.priority, None, terminal)?;
            return summary::print_estimate(terminal, &run.estimate(&corpus, terminal)?);
        }
        let Some(path) = self.output else {
            let from_stdin = self.input.inputs.iter().all(|input| input.as_os_str() == "-");
            if !from_stdin {
                return Err(Error::Parameter {
                    name: "output",
                    value: "not given".to_owned(),
                    expected: "named with -o DIR (or use scan, which writes no clean corpus)",
                }
                .into());
            }
            self.memory.without_output()?;
            let corpus = self.input.open_against(&self.against, &run.priority, None, terminal)?;
            let outcome = run.decide(&corpus, terminal)?;
            outcome.check(&stops)?;
            let mut stdout = io::stdout().lock();
            outcome.write_stream(&mut stdout, terminal)?;
            stdout.flush().context("cannot write to standard output")?;
            let (summary, timing) = outcome.finish();
            terminal.summary(&summary, &timing, None);
            return Ok(());
        };
        run.out_of_core = self.memory.out_of_core(&path, self.input.fields.temp_dir.as_deref())?;
        let if_not_empty = if self.overwrite { IfNotEmpty::Overwrite } else { IfNotEmpty::Refuse };
        let output = OutputDirectory::open(&path, if_not_empty)?;
        let corpus = self.input.open_against(&self.against, &run.priority, Some(&path), terminal)?;
        #[cfg_attr(not(feature = "report"), expect(unused_mut, reason = "only the report's time is added"))]
        let mut outcome = run.decide(&corpus, terminal)?;
        outcome.check(&stops)?;
        #[cfg(feature = "report")]
        if !self.no_report {
            outcome.write_report(&output, terminal)?;
        }
        let (summary, timing) = outcome.write(output, terminal)?;
        summary::print(terminal, &summary, &timing, Some(&path))
    }

    fn options(&self) -> Result<Dedup, Error> {
        Ok(Dedup {
            matching: self.reuse.matching(self.matching.matching()?),
            comparing: self.against.comparing(),
            priority: self.keep.priority()?,
            strictness: if self.strict { Strictness::Strict } else { Strictness::Lenient },
            excerpts: self.reuse.containment()?,
            paragraphs: self.paragraphs.options(),
            mode: self.mode.into(),
            out_of_core: None,
        })
    }
}

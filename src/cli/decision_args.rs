//! The flags that `dedup` and `scan` share: everything that decides which records are removed.

use std::path::Path;

use clap::Args;
use twicetold::corpus::Corpus;
use twicetold::engine::{AuditSample, Dedup, Written};
use twicetold::output::Mode;

use super::against::AgainstArgs;
use super::comparing::MatchArgs;
use super::keep::KeepArgs;
use super::memory::{BoundedRun, MemoryArgs};
use super::paragraphs::ParagraphArgs;
use super::reading::{InputArgs, StrictArgs};
use super::reuse::ReuseArgs;
use super::safety::SafetyArgs;
use super::terminal::Terminal;

/// Everything that decides which records are removed.
#[derive(Clone, Debug, Args)]
pub(crate) struct DecisionArgs {
    #[command(flatten)]
    against: AgainstArgs,
    #[command(flatten)]
    matching: MatchArgs,
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    pub reuse: ReuseArgs,
    #[command(flatten)]
    paragraphs: ParagraphArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    strict: StrictArgs,
    /// Documents drawn to measure the recall [default: 1 in 100]
    ///
    /// For N documents drawn at random, all documents that are similar to them are looked for in another way, and the
    /// summary says how many of these the index finds: the measured recall, with the interval in which it lies, beside the
    /// predicted one. By default one document in 100 is drawn, at most 1,000; which takes 2 to 7 % of the CPU time, and below
    /// 100 documents nothing is measured. More documents narrow the interval. With 0 nothing is measured.
    #[arg(long, value_name = "N", help_heading = "Comparing", hide_short_help = true)]
    audit: Option<u32>,
    #[command(flatten)]
    pub safety: SafetyArgs,
}

impl DecisionArgs {
    /// The run that these flags ask for, within memory.
    pub(crate) fn dedup(&self, mode: Mode) -> anyhow::Result<Dedup> {
        let mut run = Dedup::default();
        run.matching = self.reuse.matching(self.matching.matching()?)?;
        run.comparing = self.against.comparing()?;
        run.priority = self.keep.priority()?;
        run.representatives = self.keep.representatives()?;
        run.strictness = self.strict.strictness();
        run.excerpts = self.reuse.containment()?;
        run.paragraphs = self.paragraphs.options();
        run.audit = self.audit.map_or_else(AuditSample::default, AuditSample::Documents);
        run.mode = mode;
        Ok(run)
    }

    /// Puts a run that writes to `output` within the limit of memory, if there is one. What comes back is to be kept until
    /// the run has ended.
    pub(crate) fn bound(
        &self,
        run: &mut Dedup,
        input: &InputArgs,
        output: Option<&Path>,
        terminal: &Terminal,
    ) -> anyhow::Result<Option<BoundedRun>> {
        let temp_dir = input.fields.temp_dir.as_deref();
        let bounded = match output {
            Some(output) => self.memory.out_of_core(output, temp_dir)?,
            None => self.memory.without_output(temp_dir)?,
        };
        run.out_of_core = bounded.as_ref().map(|bounded| bounded.options.clone());
        // Without an output directory there is nothing to go on from.
        if let Some(work) = run.out_of_core.as_ref().filter(|_| output.is_some()) {
            terminal.keeps_work(&work.directory);
        }
        Ok(bounded)
    }

    /// Whether an earlier call was killed when its output at `output` stood, and this one is to go on with it. Then there is
    /// nothing left to do: its work files are removed.
    pub(crate) fn has_ended(
        &self,
        run: &Dedup,
        input: &InputArgs,
        (output, written): (&Path, Written),
        terminal: &Terminal,
    ) -> anyhow::Result<bool> {
        if !run.is_done(output, written)? {
            return Ok(false);
        }
        let corpus = self.open(input, run, Some(output), terminal)?;
        run.end(&corpus, terminal)?;
        Ok(true)
    }

    /// Opens the inputs, with the references behind them, for a run that writes to `output`.
    pub(crate) fn open(
        &self,
        input: &InputArgs,
        run: &Dedup,
        output: Option<&Path>,
        terminal: &Terminal,
    ) -> anyhow::Result<Corpus> {
        input.open_against(&self.against, &run.priority, self.paragraphs.title_field()?, output, terminal)
    }
}

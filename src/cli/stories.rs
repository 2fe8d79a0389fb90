//! `twicetold stories`.

use std::path::PathBuf;

use clap::Args;
use twicetold::Credits;
use twicetold::corpus::SourceGuess;
use twicetold::engine::{Stories, Window};
use twicetold::{Containment, Error, Threshold};

use super::comparing::{BandArgs, TextArgs};
use super::memory::BoundedRun;
use super::output_args::OverwriteArgs;
use super::reading::{InputArgs, StrictArgs};
use super::sizes::parse_size;
use super::summary;
use super::terminal::Terminal;
use super::text_file::read_text;

/// Find articles that tell the same story, and who told it first
///
/// Links near-duplicates, and articles of which one largely contains the other, such as a wire story cut to its first half.
/// Forms filled in with other facts are not linked. Articles that are linked, directly or by others, are one story.
/// stories.jsonl has a line for every story of two or more articles; sources.csv and flows.csv show which source repeats
/// which, and how much later. The source is a field of its own, or else the host in a field such as url.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold stories news/ -o told
  twicetold stories news/ -o told --window 14d --strip-credits
  twicetold stories crawl.jsonl.gz -o told --containment 0.5 --source-field url")]
pub(crate) struct StoriesArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Output directory
    ///
    /// The directory is made if it does not exist. There is no default.
    #[arg(long, short, value_name = "DIR", required = true, help_heading = "Output")]
    output: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    /// Do not write report.html
    ///
    /// The report is a page that shows stories, their sources and their order in time. By default it is written.
    #[cfg(feature = "report")]
    #[arg(long, help_heading = "Output")]
    no_report: bool,
    /// Least containment that links articles
    ///
    /// Containment is the share of the shorter text's shingles that the longer text has: a number above 0 and at most 1. A
    /// lower value links more (higher recall) and looser (lower precision): at 0.4, texts that quote the same half page.
    /// Articles of fewer than 50 words are linked as near-duplicates only.
    #[arg(long, value_name = "C", default_value_t = Containment::default().get(), help_heading = "Linking")]
    containment: f64,
    /// Longest time between links, or none
    ///
    /// A whole number of hours, days or weeks (36h, 14d or 2w), or `none` if time does not matter. A shorter window links fewer
    /// articles that are alike by chance (higher precision), and misses late repeats (lower recall). Articles with a
    /// similarity of 0.95 or more are linked whatever time lies between them, unless one source prints them again and again,
    /// and so are articles without a date. A story
    /// may span a longer time, by links from one article to the next.
    #[arg(long, value_name = "SPAN", default_value = "4d", value_parser = time_limit, help_heading = "Linking")]
    window: TimeLimit,
    /// Ignore credits, datelines and bylines
    ///
    /// Leaves the names of agencies, datelines, bylines and rights notices out of the comparison. They differ from paper to
    /// paper: they make articles of one story look less alike, and short articles of different stories more. Raises recall
    /// and precision where papers credit an agency.
    #[arg(long, help_heading = "Linking")]
    strip_credits: bool,
    /// File of more credits to ignore [default: none]
    ///
    /// One rule per line: `agency Northline` (`agency Northline News = Northline` where it is to be called otherwise),
    /// `byline Words by`, `sentence Our wire service` (how a sentence begins) or `line Follow us` (how a line begins).
    /// Needs --strip-credits.
    #[arg(
        long,
        value_name = "FILE",
        requires = "strip_credits",
        hide_short_help = true,
        help_heading = "Linking"
    )]
    credits: Option<PathBuf>,
    /// Least Jaccard similarity that links
    ///
    /// A number above 0 and at most 1, for articles of any length. A lower threshold links more, and looser (higher recall,
    /// lower precision), and takes longer.
    #[arg(long, short, value_name = "J", default_value_t = Threshold::default().get(), help_heading = "Comparing")]
    threshold: f64,
    #[command(flatten)]
    bands: BandArgs,
    #[command(flatten)]
    text: TextArgs,
    /// Memory limit in bytes, as 4G [default: none]
    ///
    /// K, M, G and T are powers of 1024. Data that would not fit goes to work files in DIR, or below --temp-dir, which are
    /// removed when the run ends. The output is the same with any limit. A run takes at least 128 bytes per document, 12 MB,
    /// and 1 MB per thread, and says so if the limit is too low; beside these, the two texts that each thread compares.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Running")]
    memory: Option<u64>,
    #[command(flatten)]
    strict: StrictArgs,
}

/// How close in time linked articles must lie, if that matters.
#[derive(Clone, Copy, Debug)]
struct TimeLimit(Option<Window>);

fn time_limit(text: &str) -> Result<TimeLimit, Error> {
    if text.trim().eq_ignore_ascii_case("none") {
        Ok(TimeLimit(None))
    } else {
        text.parse().map(Some).map(TimeLimit)
    }
}

impl StoriesArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let mut run = self.options()?;
        let temp_dir = self.input.fields.temp_dir.as_deref();
        let bounded =
            self.memory.map(|memory| BoundedRun::anew(memory, &self.output, temp_dir)).transpose()?;
        run.out_of_core = bounded.as_ref().map(|bounded| bounded.options.clone());
        let output = terminal.open_output(&self.output, self.overwrite.if_not_empty())?;
        let corpus = self.input.fields.open_guessing(
            &self.input.inputs,
            &[],
            SourceGuess::OwnFieldOrAddress,
            Some(&self.output),
            terminal,
        )?;
        #[cfg_attr(not(feature = "report"), expect(unused_mut, reason = "only the report's time is added"))]
        let mut outcome = run.tell(&corpus, terminal)?;
        #[cfg(feature = "report")]
        if !self.no_report {
            outcome.write_report(&output, terminal)?;
        }
        let (summary, timing) = outcome.write(output)?;
        summary::print(terminal, &summary, &timing, Some(&self.output))
    }

    fn options(&self) -> Result<Stories, Error> {
        let strip_credits = self.strip_credits.then(|| self.credits()).transpose()?;
        let mut stories = Stories::default();
        stories.matching = self.bands.matching(self.threshold, self.text.params())?;
        stories.containment = Containment::new(self.containment)?;
        stories.window = self.window.0;
        stories.strip_credits = strip_credits;
        stories.strictness = self.strict.strictness();
        Ok(stories)
    }

    fn credits(&self) -> Result<Credits, Error> {
        let mut credits = Credits::default();
        if let Some(path) = &self.credits {
            credits.add(&read_text(path)?, path)?;
        }
        Ok(credits)
    }
}

//! `twicetold stories`.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Args;
use twicetold::Credits;
use twicetold::corpus::SourceGuess;
use twicetold::engine::{Stories, Strictness, Window};
use twicetold::output::{IfNotEmpty, OutputDirectory};
use twicetold::{Containment, Error, Threshold};

use super::args::{BandArgs, InputArgs, TextArgs};
use super::summary;
use super::terminal::Terminal;

/// Find which articles tell the same story, and who told it first
///
/// Find which articles tell the same story, and who told it first: N articles are M stories. Near-duplicates are linked,
/// and articles of which one is largely contained in the other, such as a wire story cut to its first half; forms filled in
/// with other facts are not. stories.jsonl has a line for every story of two or more, sources.csv and flows.csv say which
/// source tells what again and how much later. A source is a field of its own, else the host of a field such as url.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold stories news/ -o told
  twicetold stories news/ -o told --window 14d --strip-credits
  twicetold stories crawl.jsonl.gz -o told --containment 0.5 --source-field url")]
#[expect(clippy::struct_excessive_bools, reason = "a command line is made of switches")]
pub(crate) struct StoriesArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Directory to write to
    ///
    /// Directory to write to, made if it is not there
    #[arg(long, short, value_name = "DIR", required = true, help_heading = "Output")]
    output: PathBuf,
    /// Replace an earlier run's files in the directory
    #[arg(long, help_heading = "Output")]
    overwrite: bool,
    /// Do not write report.html
    ///
    /// Do not write report.html, the page that shows what was found
    #[cfg(feature = "report")]
    #[arg(long, help_heading = "Output")]
    no_report: bool,
    /// Least containment that links
    ///
    /// Least share of the shorter text's shingles that the longer must have for an excerpt or an expansion, above 0 and at
    /// most 1. Lower links looser: at 0.4, texts that quote half a page of the same. Texts of fewer than 50 words are
    /// linked as near-duplicates only
    #[arg(long, value_name = "C", default_value_t = Containment::default().get(), help_heading = "Linking")]
    containment: f64,
    /// Link only what lies so close in time, as 14d
    ///
    /// Link only articles whose dates lie so close: 36h, 14d or 2w [default: time does not matter]. A story may span longer,
    /// by links from one to the next; an article without a date is linked with none
    #[arg(long, value_name = "SPAN", help_heading = "Linking")]
    window: Option<Window>,
    /// Leave credits, datelines and bylines out
    ///
    /// Leave credits out of what is compared: names of agencies, datelines, bylines, notices of rights. They differ from paper
    /// to paper, and make tellings of one story look less alike, or short texts of different ones more
    #[arg(long, help_heading = "Linking")]
    strip_credits: bool,
    /// More credits to leave out, a rule a line
    ///
    /// File of more credits to leave out, with --strip-credits: a rule a line, such as `agency Northline`, `byline Words by`,
    /// `sentence Our wire service` (the beginning of a sentence) or `line Follow us` (of a line)
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
    /// Least Jaccard similarity at which two articles are near-duplicates, whatever their lengths; above 0 and at most 1
    #[arg(long, short, value_name = "J", default_value_t = Threshold::default().get(), help_heading = "Comparing")]
    threshold: f64,
    #[command(flatten)]
    bands: BandArgs,
    #[command(flatten)]
    text: TextArgs,
    /// End with status 3 if a record cannot be read
    ///
    /// End with status 3, and write nothing, if a record cannot be read
    #[arg(long, help_heading = "Reading")]
    strict: bool,
}

impl StoriesArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let run = self.options()?;
        let if_not_empty = if self.overwrite { IfNotEmpty::Overwrite } else { IfNotEmpty::Refuse };
        let output = OutputDirectory::open(&self.output, if_not_empty)?;
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
        Ok(Stories {
            matching: self.bands.matching(self.threshold, self.text.params())?,
            containment: Containment::new(self.containment)?,
            window: self.window,
            strip_credits,
            strictness: if self.strict { Strictness::Strict } else { Strictness::Lenient },
        })
    }

    fn credits(&self) -> Result<Credits, Error> {
        let mut credits = Credits::default();
        if let Some(path) = &self.credits {
            let list = fs::read_to_string(path).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => Error::MissingInput { path: path.clone() },
                _ => Error::Io { path: path.clone(), action: "read it", source },
            })?;
            credits.add(&list, path)?;
        }
        Ok(credits)
    }
}
